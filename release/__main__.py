"""Build sdist and wheel, install the wheel into an empty environment outside the checkout, and try it.

`make test` tries the base and the extras of a first evening; `make release` tries each extra by itself, for
each Python that is named.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from release.environment import Environment
from release.trials import EXTRAS, Trial, base

ROOT = Path(__file__).parents[1]
FIRST_EVENING = ("report", "sweep")


def main() -> None:
    """Build, install, try; end with 1 at the first thing that is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("--extras", nargs="*", choices=sorted(EXTRAS), default=FIRST_EVENING)
    parser.add_argument("--all-extras", action="store_true", help="Each extra by itself.")
    parser.add_argument("--python", nargs="*", default=[sys.executable], help="Interpreters to try.")
    parser.add_argument(
        "--dist", type=Path, help="Where sdist and wheel are kept; else they are thrown away."
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twin-release-") as work:
        wheel = build(given.dist or Path(work) / "dist")
        for python in given.python:
            place = Path(work) / "tried"
            trial = Trial(Environment.made(place, python), wheel)
            base(trial)
            for extra in sorted(EXTRAS) if given.all_extras else given.extras:
                with trial.environment.extra(f"{wheel}[{extra}]"):
                    EXTRAS[extra](trial)
            trial.environment.remove()
    print("release: all as it should be")


def build(dist: Path) -> Path:
    """Build the sdist, from it the wheel, and return the wheel."""
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", dist, ROOT], check=True, stdout=subprocess.DEVNULL
    )
    (wheel,) = dist.glob("*.whl")
    sizes = [f"{path.name} ({path.stat().st_size / 1e6:.1f} MB)" for path in sorted(dist.iterdir())]
    print(f"built {', '.join(sizes)}", flush=True)
    return wheel


if __name__ == "__main__":
    main()

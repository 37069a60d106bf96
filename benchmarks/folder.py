"""Measure a network of one's own: `python -m benchmarks.folder DIR [days]`.

DIR holds an INP file and a pandapower grid in JSON (anywhere below it, one of each), or is a scenario folder.
Prints what `make bench` prints of its cases, from the second day on: the twin, both floors, the naive loop.
Networks to try are those of InfraRisk (Micropolis, Shelby County), in infrarisk/data/networks of
github.com/srijithbalakrishnan/dreaminsg-integrated-model: copy a water.inp and its power.json into a folder.
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.performance import cells, printed
from benchmarks.run import measure
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold

DAYS = 3
_ROUNDS = 3


def case_of(folder: Path, work: Path, days: int) -> Case:
    """Make a case of the networks in a folder; what is scaffolded goes into another.

    Raises
    ------
    InvalidInput
        If they cannot be read.
    """
    if not (folder / "scenario.yaml").is_file():
        files = {"power": one(folder, "json"), "water": one(folder, "inp")}
        scaffold(work / folder.name, files)
        folder = work / folder.name
    start = load_scenario(folder).start
    settings = [f"end={start + timedelta(days)}", "days=every"]
    return Case(folder.name, load_scenario(folder, settings), 1)


def one(folder: Path, suffix: str) -> Path:
    """Return the one file with a suffix below a folder; ends with a line if there are none or several."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() == f".{suffix}")
    if len(found) != 1:
        names = ", ".join(str(p.relative_to(folder)) for p in found) or "none"
        sys.exit(f"{folder}: one .{suffix} file is measured, found: {names}")
    return found[0]


def main(arguments: list[str]) -> None:
    """Measure and print."""
    if not arguments or not Path(arguments[0]).is_dir():
        sys.exit("python -m benchmarks.folder DIR [days]: a folder with an INP file and a pandapower JSON")
    folder, days = Path(arguments[0]).resolve(), max(2, int(arguments[1])) if len(arguments) > 1 else DAYS
    with tempfile.TemporaryDirectory() as work:
        try:
            case = case_of(folder, Path(work), days)
        except InvalidInput as error:
            sys.exit(str(error))
        printed([cells(case.name, measure(case, _ROUNDS))])


if __name__ == "__main__":
    main(sys.argv[1:])

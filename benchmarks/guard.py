"""Compare the twin over its floors on three networks with the committed figures.

Processor time and ratios, the best of several rounds in turn: neither the machine nor its load decides. Warns
if slower, fails if doubled.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.cases import ROOT, cases
from benchmarks.turns import in_turn

GUARD = ROOT / "benchmarks" / "guard.json"
GUARDED = ("CIGRE MV + Net1", "IEEE 118 + Net3", "IEEE 118 + Net6")
"""The smallest, where calls count; the pumps' cycles; and 3,356 nodes, 61 pumps and 124 controls."""
FLOORS = ("floor", "alone")
_ROUNDS = 3
_NOISE = 1.3


def write(ratios: Mapping[str, tuple[float, float]]) -> None:
    """Keep the twin over each floor, by case."""
    kept = {name: dict(zip(FLOORS, (round(r, 2) for r in own), strict=True)) for name, own in ratios.items()}
    GUARD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def verdict(ratio: float, committed: float) -> str:
    """Say how a ratio is beside the committed one."""
    if ratio < _NOISE * committed:
        return "ok"
    return "slower than committed" if ratio < 2.0 * committed else "doubled"


def measure() -> dict[str, tuple[float, float]]:
    """Return the twin over each floor, by case."""
    with tempfile.TemporaryDirectory() as folder:
        return {case.name: in_turn(case, _ROUNDS).least for case in cases(Path(folder), GUARDED)}


def main(arguments: list[str]) -> int:
    """Print a line per case and floor; return 1 if a ratio has doubled. `--write` keeps what is measured."""
    measured = measure()
    if arguments == ["--write"]:
        write(measured)
    committed = json.loads(GUARD.read_text(encoding="utf-8"))
    words = []
    for name, ratios in measured.items():
        for floor, ratio in zip(FLOORS, ratios, strict=True):
            own = committed[name][floor]
            words.append(verdict(ratio, own))
            print(f"speed of {name}: twin/{floor} {ratio:.2f}, committed {own:.2f}: {words[-1]}")
    return int("doubled" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

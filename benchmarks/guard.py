"""Compare twin/floor of the smallest case with the committed figure: warn if slower, fail if doubled."""

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.cases import cases
from benchmarks.performance import GUARD, GUARDED
from benchmarks.turns import in_turn

_ROUNDS = 7
_NOISE = 1.3


def main() -> int:
    """Print one line; return 1 if the ratio has doubled."""
    committed = json.loads(GUARD.read_text(encoding="utf-8"))[GUARDED]
    with tempfile.TemporaryDirectory() as folder:
        case = next(case for case in cases(Path(folder)) if case.name == GUARDED)
        beside = in_turn(case, _ROUNDS)
    ratio = min(beside.twin) / min(beside.floor)  # the best of each: what noise adds is no part of it
    word = (
        "ok"
        if ratio < _NOISE * committed
        else "slower than committed"
        if ratio < 2 * committed
        else "doubled"
    )
    print(f"speed of {GUARDED}: twin/floor {ratio:.2f}, committed {committed:.2f}: {word}")
    return int(ratio >= 2 * committed)


if __name__ == "__main__":
    sys.exit(main())

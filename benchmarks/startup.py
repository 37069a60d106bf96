"""What starting costs, beside importing pandapower."""

import subprocess
import sys
import time
from statistics import median

from benchmarks.copies import ALATAU

_ROUNDS = 5


def startup() -> dict[str, float]:
    """Return seconds of each command, medians of rounds in turn."""
    commands = {
        "python -c 'import pandapower'": ["-c", "import pandapower"],
        "twin --help": ["-m", "twin", "--help"],
        "twin validate --quick scenarios/alatau": ["-m", "twin", "validate", "--quick", str(ALATAU)],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(_ROUNDS):
        for name, arguments in commands.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            times[name].append(time.perf_counter() - began)
    return {name: median(values) for name, values in times.items()}

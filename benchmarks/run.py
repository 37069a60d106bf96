"""Measure all of `make bench`: the twin beside its floors, the naive loop and pandapower's time series.

``python -m benchmarks.run kept series`` measures these sections of the page alone.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import guard, loading, performance, series
from benchmarks.cases import Case, cases
from benchmarks.days import compare
from benchmarks.growth import by_horizon, by_size, plot
from benchmarks.kept import measure as measure_kept
from benchmarks.n1 import measure as measure_n1
from benchmarks.naive import naive, time_series
from benchmarks.profile import shares
from benchmarks.startup import startup
from benchmarks.turns import in_turn

ROUNDS = 5


def measure(case: Case, rounds: int = ROUNDS) -> dict[str, float | None]:
    """Return milliseconds per coupled hour: medians of rounds in turn, so that noise hits all alike."""
    return {
        **in_turn(case, rounds).medians(),
        "naive": _milliseconds(naive, case, case.naive_hours),
        "series": _milliseconds(time_series, case, 24),
    }


def main() -> None:
    """Measure, print the table, and write the page."""
    results: dict[str, Any] = {"cases": {}}
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(Path(folder)):
            results["cases"][case.name] = measure(case)
            print(*performance.cells(case.name, results["cases"][case.name]), sep="  ", flush=True)
        size = by_size(Path(folder))
    performance.printed([performance.cells(name, m) for name, m in results["cases"].items()])
    horizon = by_horizon()
    plot({n: t.ms_per_hour for n, t in size.items()}, horizon)
    results |= {"size": size, "horizon": horizon, "n1": measure_n1(), "startup": startup()}
    results |= {"days": compare(), "kept": measure_kept(), "profile": shares()}
    results |= {"series": series.measure(), "loading": loading.measure()}
    performance.write(results)
    guard.write(guard.measure())


def again(section: str) -> None:
    """Measure one section of the page anew."""
    match section:
        case "days":
            performance.replace(performance.days_section(compare()))
        case "kept":
            performance.replace(performance.kept_section(measure_kept()))
        case "series":
            performance.replace(performance.series_section(series.measure(), loading.measure()))
        case _:
            sys.exit(f"no section {section} (days, kept, series)")


def _milliseconds(loop: Callable[[Case, int], float], case: Case, hours: int) -> float | None:
    """Time a loop of others' programs, which need not find a solution for other people's networks."""
    try:
        return 1e3 * loop(case, hours)
    except Exception as error:  # whatever they raise is theirs
        print(f"{case.name}: {loop.__name__}: {type(error).__name__}: {str(error)[:100]}")
        return None


if __name__ == "__main__":
    for name in sys.argv[1:]:
        again(name)
    if not sys.argv[1:]:
        main()

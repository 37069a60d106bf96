"""Measure all of `make bench`: the twin beside its floor, the naive loop and pandapower's time series."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import performance
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
NAIVE_HOURS = 6


def measure(case: Case) -> dict[str, float]:
    """Return milliseconds per coupled hour: medians of rounds in turn, so that noise hits all alike."""
    beside = in_turn(case, ROUNDS)
    return {
        "floor": median(beside.floor),
        "twin": median(beside.twin),
        "ratio": median(t / f for t, f in zip(beside.twin, beside.floor, strict=True)),
        "solutions": beside.solutions,
        "naive": 1e3 * naive(case, NAIVE_HOURS),
        "series": 1e3 * time_series(case, 24),
    }


def main() -> None:
    """Measure, print the table, and write the page."""
    results: dict[str, Any] = {"cases": {}}
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(Path(folder)):
            results["cases"][case.name] = measure(case)
        size = by_size(Path(folder))
    _print(results["cases"])
    horizon = by_horizon()
    plot({n: t.ms_per_hour for n, t in size.items()}, horizon)
    results |= {"size": size, "horizon": horizon, "n1": measure_n1(), "startup": startup()}
    results |= {"days": compare(), "kept": measure_kept(), "profile": shares()}
    performance.write(results)


def _print(measured: dict[str, dict[str, float]]) -> None:
    table = Table(*performance.COLUMNS)
    for name, m in measured.items():
        table.add_row(*performance.cells(name, m))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

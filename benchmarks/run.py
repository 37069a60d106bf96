"""Print the table of `make bench`: the twin beside its floor, the naive loop and pandapower's time series."""

import gc
import tempfile
import time
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.cases import Case, cases
from benchmarks.floor import play, record
from benchmarks.n1 import measure as measure_n1
from benchmarks.naive import naive, time_series
from twin import simulation

ROUNDS = 5
NAIVE_HOURS = 6


def measure(case: Case) -> dict[str, float]:
    """Return milliseconds per coupled hour: medians of rounds in turn, so that noise hits all alike."""
    tape, clock = record(case)
    hours = clock.account.coupled_hours
    twin, floor = [], []
    for _ in range(ROUNDS):
        run = simulation.Clock(case.scenario, None)
        gc.collect()
        began = time.perf_counter()
        run.run()
        twin.append(time.perf_counter() - began)
        floor.append(play(tape, clock))
    return {
        "floor": 1e3 * median(floor) / hours,
        "twin": 1e3 * median(twin) / hours,
        "ratio": median(t / f for t, f in zip(twin, floor, strict=True)),
        "solutions": tape.solutions / hours,
        "naive": 1e3 * naive(case, NAIVE_HOURS),
        "series": 1e3 * time_series(case, 24),
    }


def main() -> None:
    """Measure all cases and print the table."""
    table = Table("case", "floor ms/h", "twin ms/h", "twin/floor", "solutions/h", "naive ms/h", "naive/twin",
                  "pandapower series ms/h", "coupled hours/s")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(Path(folder)):
            m = measure(case)
            table.add_row(
                case.name,
                f"{m['floor']:.3f}",
                f"{m['twin']:.3f}",
                f"{m['ratio']:.2f}",
                f"{m['solutions']:.1f}",
                f"{m['naive']:.0f}",
                f"{m['naive'] / m['twin']:.0f}",
                f"{m['series']:.1f}",
                f"{1e3 / m['twin']:,.0f}",
            )
    console = Console(width=120)
    console.print(table)
    n1 = measure_n1()
    console.print(
        f"N-1 of Alatau: {n1['outages']:.0f} outages in {n1['all_ms']:.1f} ms, Newton {n1['own_ms']:.1f} ms; "
        f"the rest is {n1['ratio']:.1f} intact load flows of {n1['intact_ms']:.3f} ms"
    )


if __name__ == "__main__":
    main()

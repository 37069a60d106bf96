"""How cost grows: with the size of the city (copies of Alatau) and with the horizon."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.cases import ROOT
from benchmarks.copies import write_copies
from benchmarks.steady import Timing, steady
from benchmarks.without import ON_REQUEST
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

SIZES = (1, 2, 4, 8, 16, 32)
YEARS = (1, 2, 4, 8)
PICTURE = ROOT / "docs" / "pictures" / "growth.svg"


def by_size(folder: Path) -> dict[int, Timing]:
    """Run a week of June 2032 in cities of one to 32 Alataus, once winter days are solved there too."""
    week = ["start=2032-06-01", "end=2032-06-08", "days=every"]
    for n in SIZES:
        _solve_winter(write_copies(n, folder / f"winter{n}"))
    return {n: steady(load_scenario(write_copies(n, folder / f"x{n}"), week)) for n in SIZES}


def _solve_winter(city: Path) -> None:
    """Let two days of January and February 2026 pass: sewers that are nearly empty are hardest to solve."""
    for month in ("01", "02"):
        days = [f"start=2026-{month}-01", f"end=2026-{month}-03", "days=every"]
        run = simulation.run(load_scenario(city, days))
        if run.status != "complete" or run.metrics["unsolved_hours"]:
            raise RuntimeError(f"{city.name} in {month}: {run.reason or 'hours without a solution'}")


def by_horizon() -> dict[int, float]:
    """Return the seconds that so many years of Alatau take, on representative days."""
    timings = {n: steady(load_scenario(ON_REQUEST, [f"end={2026 + n}-01-01"])) for n in YEARS}
    return {n: 1152 * n / t.hours_per_s for n, t in timings.items()}


def exponent(cost: Mapping[int, float]) -> float:
    """Return k of ``cost = c size^k``, least squares of logarithms."""
    sizes, costs = np.log(list(cost)), np.log(list(cost.values()))
    return float(np.polyfit(sizes, costs, 1)[0])


def plot(size: Mapping[int, float], horizon: Mapping[int, float]) -> None:
    """Draw both on double logarithmic axes."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "twin"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    panels = (
        (axes[0], size, "Alataus in the city", "ms per coupled hour"),
        (axes[1], horizon, "years (representative days)", "s"),
    )
    for axis, cost, label, unit in panels:
        axis.loglog(list(cost), list(cost.values()), "o-", color="#0b5394")
        axis.set(xlabel=label, ylabel=unit, title=f"exponent {exponent(cost):.2f}")
        axis.set_xticks(list(cost), [str(n) for n in cost])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    figure.savefig(PICTURE, metadata={"Date": None})

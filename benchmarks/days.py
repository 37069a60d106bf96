"""Representative days beside every day: what they cost in accuracy on ten years of Alatau.

``python -m benchmarks.days [ROUNDS]`` prints this, and what runs take with kept days, so many rounds.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from unittest.mock import patch

from benchmarks.steady import Timing, steady
from benchmarks.without import write_without
from twin.results.run import Run
from twin.results.tables import Headroom
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.simulation.books import PlannedDay
from twin.simulation.day import DayRecord

T = TypeVar("T")

TOTALS = (
    *("unserved_water_m3", "service_cost_bn_kzt", "pump_energy_mwh", "energy_served_mwh"),
    *("water_served_m3", "sewage_treated_m3", "sewage_spilled_m3"),
)
INFEEDS = {"SS01 infeed": "power/EG-SS01", "SS10 infeed": "power/EG-SS10"}
"""Of 220 kV: they share a load by tap positions, which remember weeks."""
TOGETHER = f"{' and '.join(INFEEDS)}, their sum"
NOTED_PERCENT = 0.1
"""Of what is asked for in a month: from there on it is short."""


@dataclass(frozen=True)
class Comparison:
    """Both kinds of days side by side.

    Attributes
    ----------
    totals
        Of ten years, every day first.
    peaks
        By capacity, the largest relative difference of annual peaks.
    breaches
        By capacity and its number, the month of each first breach; every day last.
    shortages
        The months in which water begins to be short, each with the worst month's percent; every day last.
    every
        Every day under a clock.
    """

    totals: dict[str, tuple[float, float]]
    peaks: dict[str, float]
    breaches: dict[str, tuple[str, str]]
    shortages: dict[str, tuple[float, float]]
    every: Timing


@dataclass(frozen=True)
class _Days:
    """A run of ten years; by month the percent of water unserved, by year the peak of both infeeds."""

    run: Run
    shares: dict[str, float]
    together: dict[int, float]


def compare() -> Comparison:
    """Run both and time every day: without roads, and gas, which has cold days beside representative ones."""
    with TemporaryDirectory(prefix="twin-benchmark-") as own:
        scenario = write_without(("gas", "roads"), Path(own) / "alatau")
        chosen, every = _run(scenario, "representative"), _run(scenario, "every")
        timed = steady(load_scenario(scenario, ["days=every"]))
    return Comparison(
        {name: (every.run.metrics[name], chosen.run.metrics[name]) for name in TOTALS},
        peaks(_annual(chosen), _annual(every)),
        beside(_breaches(chosen.run), _breaches(every.run), "none"),
        beside(shortages(chosen.shares), shortages(every.shares), 0.0),
        timed,
    )


def beside(a: Mapping[str, T], b: Mapping[str, T], without: T) -> dict[str, tuple[T, T]]:
    """Return what two have by the same keys, in order."""
    return {key: (a.get(key, without), b.get(key, without)) for key in sorted(a.keys() | b.keys())}


def _run(scenario: Path, days: str) -> _Days:
    sums: dict[str, tuple[float, float]] = {}
    together: dict[int, float] = defaultdict(float)

    def observe(progress: simulation.Progress) -> None:
        own = clock.books.account.totals.get("water")
        if own is None:  # a further day, the first of all, is no part of totals
            return
        sums[f"{progress.date:%Y-%m}"] = own["unserved_m3"], own["served_m3"]

    def take(planned: PlannedDay, record: DayRecord) -> None:
        peak, year = record.readings[:, infeeds].sum(axis=1).max(), planned.day.day.year
        together[year] = max(together[year], float(peak))
        taken(planned, record)

    clock = simulation.Clock(load_scenario(scenario, [f"days={days}"]), observe)
    infeeds = [
        column
        for column, signal in enumerate(clock.city.signals)
        if signal.asset in INFEEDS.values() and signal.quantity == "asked_mva"
    ]
    taken = clock.books.take
    with patch.object(clock.books, "take", take):
        clock.run()
    return _Days(clock.outcome(0.0), monthly_shares(sums), together)


def monthly_shares(sums: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return each month's percent from what was unserved and served up to its end."""
    shares = {}
    for (_, before), (month, after) in pairwise([("", (0.0, 0.0)), *sums.items()]):
        unserved, served = after[0] - before[0], after[1] - before[1]
        shares[month] = 100.0 * unserved / (unserved + served)
    return shares


def shortages(shares: Mapping[str, float]) -> dict[str, float]:
    """Return the months in which water begins to be short, each with the worst percent until it ends."""
    found: dict[str, float] = {}
    begun = ""
    for month, share in shares.items():
        begun = (begun or month) if share > NOTED_PERCENT else ""
        if begun:
            found[begun] = max(found.get(begun, 0.0), share)
    return found


def peaks(chosen: Mapping[str, list[float]], every: Mapping[str, list[float]]) -> dict[str, float]:
    """Return by capacity the largest relative difference of annual peaks."""
    return {
        name: max(abs(a / b - 1.0) for a, b in zip(chosen[name], values, strict=True))
        for name, values in every.items()
        if min(values, default=0.0) > 0.0
    }


def _annual(own: _Days) -> dict[str, list[float]]:
    """Return by capacity the largest demand of each year in which it stands all along."""
    rows = list(own.run.rows(Headroom))
    names = dict.fromkeys(row.name for row in rows if row.name not in INFEEDS)
    found = {name: annual(row for row in rows if row.name == name) for name in names}
    standing = Counter(int(row.month[:4]) for row in rows if row.name in INFEEDS)
    whole = [peak for year, peak in own.together.items() if standing[year] == 12 * len(INFEEDS)]
    return {**found, TOGETHER: whole}


def annual(rows: Iterable[Headroom]) -> list[float]:
    """Return the largest of each year's monthly peaks, of years with twelve."""
    years: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        years[row.month[:4]].append(row.peak)
    return [max(own) for own in years.values() if len(own) == 12]


def _breaches(run: Run) -> dict[str, str]:
    """Return the month of each first breach, by capacity and its number."""
    months: dict[str, str] = {}
    for row in run.rows(Headroom):
        if row.first_breach:
            name = row.name
            again = sum(key.rstrip(" 0123456789") == name for key in months)
            months[f"{name} {again + 1}" if again else name] = row.month
    return months


if __name__ == "__main__":
    from benchmarks.kept import measure
    from benchmarks.performance import days_section, kept_section

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print("\n".join([*days_section(compare()), *kept_section(measure(rounds))]))

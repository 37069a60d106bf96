"""Representative days beside every day: what they cost in accuracy on ten years of Alatau.

``python -m benchmarks.days [ROUNDS]`` prints this, and what runs take with kept days, so many rounds.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

from benchmarks.copies import ALATAU
from benchmarks.steady import Timing, steady
from twin.results.run import Run
from twin.results.tables import Headroom
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

TOTALS = (
    *("unserved_water_m3", "service_cost_bn_kzt", "pump_energy_mwh", "energy_served_mwh"),
    *("water_served_m3", "sewage_treated_m3", "sewage_spilled_m3"),
)
INFEEDS = ("SS01 infeed", "SS10 infeed")
"""Of 220 kV: they share a load by tap positions, which remember weeks."""
TOGETHER = " and ".join(INFEEDS)
SHORT_PERCENT = 2.0
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
    begins
        The months in which water begins to be short, by the share that is unserved; every day last.
    every
        Every day under a clock.
    """

    totals: dict[str, tuple[float, float]]
    peaks: dict[str, float]
    breaches: dict[str, tuple[str, str]]
    begins: dict[str, tuple[str, str]]
    every: Timing


def compare() -> Comparison:
    """Run both; every day once more under a clock."""
    (chosen, shares), (every, asked) = (_run(days) for days in ("representative", "every"))
    a, b = _breaches(chosen), _breaches(every)
    breaches = {key: (a.get(key, "none"), b.get(key, "none")) for key in sorted(a.keys() | b.keys())}
    return Comparison(
        {name: (every.metrics[name], chosen.metrics[name]) for name in TOTALS},
        peaks(_monthly(chosen), _monthly(every)),
        breaches,
        _begins(shares, asked),
        steady(load_scenario(ALATAU, ["days=every"])),
    )


def _run(days: str) -> tuple[Run, dict[str, float]]:
    """Run ten years; return by month the percent of the water asked for that was not served, too."""
    sums: dict[str, tuple[float, float]] = {}

    def observe(progress: simulation.Progress) -> None:
        own = clock.books.account.totals["water"]
        sums[f"{progress.date:%Y-%m}"] = own["unserved_m3"], own["served_m3"]

    clock = simulation.Clock(load_scenario(ALATAU, [f"days={days}"]), observe)
    clock.run()
    return clock.outcome(0.0), monthly_shares(sums)


def monthly_shares(sums: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return each month's percent from what was unserved and served up to its end."""
    shares = {}
    for (_, before), (month, after) in pairwise([("", (0.0, 0.0)), *sums.items()]):
        unserved, served = after[0] - before[0], after[1] - before[1]
        shares[month] = 100.0 * unserved / (unserved + served)
    return shares


def shortages(shares: Mapping[str, float]) -> list[str]:
    """Return the months in which it begins to be short: the one before was not."""
    return [
        month
        for (_, before), (month, now) in pairwise([("", 0.0), *shares.items()])
        if now > SHORT_PERCENT >= before
    ]


def _begins(chosen: Mapping[str, float], every: Mapping[str, float]) -> dict[str, tuple[str, str]]:
    found = [(shortages(own), own) for own in (chosen, every)]
    months = sorted({month for begins, _ in found for month in begins})

    def told(month: str, begins: list[str], own: Mapping[str, float]) -> str:
        return f"{own[month]:.1f} %" if month in begins else f"no ({own[month]:.1f} %)"

    return {month: (told(month, *found[0]), told(month, *found[1])) for month in months}


def peaks(chosen: Mapping[str, list[float]], every: Mapping[str, list[float]]) -> dict[str, float]:
    """Return by capacity the largest relative difference of annual peaks."""
    return {
        name: max(abs(a / b - 1.0) for a, b in zip(chosen[name], values, strict=True))
        for name, values in every.items()
        if min(values, default=0.0) > 0.0
    }


def _monthly(run: Run) -> dict[str, list[float]]:
    """Return by capacity the largest demand of each year in which it stands all along."""
    rows = [(TOGETHER if row.name in INFEEDS else row.name, row) for row in run.rows(Headroom)]
    return {name: annual(row for own, row in rows if own == name) for name in {name for name, _ in rows}}


def annual(rows: Iterable[Headroom]) -> list[float]:
    """Return the largest of each year's monthly peaks, of years with twelve; rows of a month are summed."""
    months: dict[str, float] = {}
    for row in rows:
        months[row.month] = months.get(row.month, 0.0) + row.peak
    years = [list(own) for _, own in groupby(months.items(), lambda item: item[0][:4])]
    return [max(peak for _, peak in own) for own in years if len(own) == 12]


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

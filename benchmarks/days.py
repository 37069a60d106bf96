"""Representative days beside every day: what they cost in accuracy on ten years of Alatau."""

from dataclasses import dataclass

from benchmarks.copies import ALATAU
from benchmarks.steady import Timing, steady
from twin.results.run import Run
from twin.results.tables import Headroom
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

ANNUAL = ("energy_served_mwh", "water_served_m3", "sewage_treated_m3", "pump_energy_mwh")


@dataclass(frozen=True)
class Comparison:
    """Largest relative differences over the years, and first breaches by capacity and days."""

    totals: dict[str, float]
    peaks: dict[str, float]
    breaches: dict[str, tuple[str, str]]
    every: Timing


def compare() -> Comparison:
    """Run both; every day once more under a clock."""
    chosen, every = (
        simulation.run(load_scenario(ALATAU, [f"days={d}"])) for d in ("representative", "every")
    )
    totals = {name: abs(chosen.metrics[name] / every.metrics[name] - 1.0) for name in ANNUAL}
    peaks = {
        name: max(abs(a / b - 1.0) for a, b in zip(_annual(chosen, name), _annual(every, name), strict=True))
        for name in {row.name for row in every.rows(Headroom)}
        if min(_annual(every, name), default=0.0) > 0.0
    }
    a, b = _breaches(chosen), _breaches(every)
    breaches = {key: (a.get(key, "none"), b.get(key, "none")) for key in sorted(a.keys() | b.keys())}
    return Comparison(totals, peaks, breaches, steady(load_scenario(ALATAU, ["days=every"])))


def _annual(run: Run, name: str) -> list[float]:
    """Return a capacity's largest demand of each year in which it stands all along."""
    peaks: dict[str, list[float]] = {}
    for row in run.rows(Headroom):
        if row.name == name:
            peaks.setdefault(row.month[:4], []).append(row.peak)
    return [max(values) for values in peaks.values() if len(values) == 12]


def _breaches(run: Run) -> dict[str, str]:
    """Return the month of each first breach, by capacity and its number."""
    months: dict[str, str] = {}
    for row in run.rows(Headroom):
        if row.first_breach:
            name = row.name
            again = sum(key.rstrip(" 0123456789") == name for key in months)
            months[f"{name} {again + 1}" if again else name] = row.month
    return months

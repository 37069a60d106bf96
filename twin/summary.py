"""A finished run in a few lines: what ends `twin run`, and cards in notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.results import Run

_LOST = {
    "unserved_mwh": "MWh unserved",
    "unserved_m3": "m3 unserved",
    "spilled_m3": "m3 spilled",
}
_UTILITIES = {
    "power": ("MVA", "supply", ("supply", "substation"), ("unserved_energy_mwh", "MWh")),
    "water": ("m3/day", "source", ("source", "pumping"), ("unserved_water_m3", "m3")),
    "wastewater": ("m3/day", "treatment", ("treatment",), ("sewage_spilled_m3", "m3 spilled")),
}
"""Unit of the peak, kind of capacity that has it, kinds that can breach, and what is lost."""


def summary(run: Run) -> list[tuple[str, str]]:
    """Return the lines of the table that ends a run: what, and its value in words."""
    m = run.metrics
    breaches = [f"{r['capacity_name']} {r['month']}" for r in run.headroom if r["first_breach"]]
    late = [f"{s['site']} {s['commissioned'] or 'after the end'}" for s in run.sites if _late(run, s)]
    rows = [
        ("status", run.status + (f": {run.reason}" if run.reason else "")),
        ("simulated", f"{run.scenario.start} to {run.scenario.end}, {run.coupled_hours:,} coupled hours"),
        ("speed", f"{run.wall_s:.1f} s, {run.coupled_hours / max(run.wall_s, 1e-9):,.0f} coupled hours/s"),
        *_power_lines(m),
        *_water_lines(m),
        *_queue_and_money(run),
        ("violations", f"{len(run.violations)} rows, {len({v['cause'] for v in run.violations})} causes"),
        ("first breaches", "; ".join(breaches) or "none"),
        ("missing sites", "; ".join(_missing(run)) or "none"),
        ("late sites", "; ".join(late) or "none"),
    ]
    return rows


def utilities(run: Run) -> list[tuple[str, str, str, str]]:
    """Return a row per utility: its name, its peak, its first breach, and what was not served."""
    found = []
    for network, (unit, source, kinds, lost) in _UTILITIES.items():
        if not any(signal.asset.startswith(f"{network}/") for signal in run.signals):
            continue
        peaks: dict[str, float] = {}
        for row in run.headroom:
            if row["kind"] == source:
                peaks[row["month"]] = peaks.get(row["month"], 0.0) + row["peak"]
        breached = [row for row in run.headroom if row["first_breach"] and row["kind"] in kinds]
        breach = min((row["month"] for row in breached), default="")
        names = [row["capacity_name"] for row in breached if row["month"] == breach]
        metric, words = lost
        found.append(
            (
                network,
                f"{max(peaks.values()):,.0f} {unit}" if peaks else "",
                f"{breach} {', '.join(names)}" if breach else "none",
                f"{_large(run.metrics.get(metric, 0.0))} {words}",
            )
        )
    return found


def _queue_and_money(run: Run) -> Iterable[tuple[str, str]]:
    if run.developments:
        end = run.scenario.end
        connected = sum(bool(d["connected"]) and d["connected"] < end for d in run.developments)
        yield "developments", f"{connected} of {len(run.developments)} connected"
    if run.scenario.sites:
        built = sum(bool(s["commissioned"]) and s["commissioned"] < run.scenario.end for s in run.sites)
        money = run.metrics.get("capex_bn_kzt", 0.0)
        yield "sites", f"{built} of {len(run.sites)} commissioned, {money:,.1f} bn KZT in all"


def _late(run: Run, site: dict[str, Any]) -> bool:
    """Tell whether a site came later than the order alone says, or not by the end though it should."""
    planned, commissioned = site["planned"], site["commissioned"]
    return planned is not None and planned < (commissioned or run.scenario.end)


def _missing(run: Run) -> Iterable[str]:
    """Say what was not served for want of each site that came later, the largest first of each unit."""
    amounts: dict[tuple[str, str], float] = {}
    for row in run.unserved:
        if row["missing_site"] and row["quantity"] in _LOST:
            key = row["missing_site"], row["quantity"]
            amounts[key] = amounts.get(key, 0.0) + row["amount"]
    for (site, quantity), amount in sorted(amounts.items(), key=lambda item: -item[1]):
        yield f"{site} {_large(amount)} {_LOST[quantity]}"


def _power_lines(m: dict[str, float]) -> Iterable[tuple[str, str]]:
    if "peak_power_mw" not in m:
        return
    yield "peak power", f"{m['peak_power_mw']:,.1f} MW"
    yield "energy served", f"{m['energy_served_mwh'] / 1e3:,.0f} GWh, losses {_percent(m)}"
    yield "energy unserved", f"{m['unserved_energy_mwh']:,.0f} MWh"
    yield "lowest voltage", f"{m['min_voltage_pu']:.3f} pu"


def _percent(m: dict[str, float]) -> str:
    return f"{100.0 * m['losses_energy_mwh'] / max(m['energy_served_mwh'], 1e-9):.2f} %"


def _water_lines(m: dict[str, float]) -> Iterable[tuple[str, str]]:
    if "water_served_m3" in m:
        yield "water served", f"{_large(m['water_served_m3'])} m3"
        yield "water unserved", f"{_large(m['unserved_water_m3'])} m3"
    if "sewage_treated_m3" in m:
        yield "sewage treated", f"{_large(m['sewage_treated_m3'])} m3"
        yield "sewage spilled", f"{_large(m['sewage_spilled_m3'])} m3"


def _large(amount: float) -> str:
    """Return an amount as people say it: what a reader compares, not what a machine sums."""
    return f"{amount / 1e6:,.2f} million" if amount >= 1e6 else f"{amount:,.0f}"

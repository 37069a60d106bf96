"""A finished run in a few lines: what ends `twin run`, and cards in notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from twin.results.figures import DECIMALS, amount, fixed
from twin.results.tables import DevelopmentRow, Headroom, SiteRow, Unserved, Violation

if TYPE_CHECKING:
    from twin.results.run import Run

NOT_COMPUTED = "not computed"
_LOST = {
    "unserved_mwh": "MWh unserved",
    "unserved_m3": "m3 unserved",
    "spilled_m3": "m3 spilled",
}
_UTILITIES = {
    "power": ("MVA", "supply", ("unserved_energy_mwh", "MWh")),
    "water": ("m3/day", "source", ("unserved_water_m3", "m3")),
    "wastewater": ("m3/day", "treatment", ("sewage_spilled_m3", "m3 spilled")),
}
"""Unit of the peak, kind of capacity that has it, and what is lost."""


def summary(run: Run) -> list[tuple[str, str]]:
    """Return the lines of the table that ends a run: what, and its value in words."""
    left_out = run.left_out
    breaches = [
        f"{row.name} {row.month}"
        for row in run.rows(Headroom)
        if row.first_breach and row.network not in left_out
    ]
    late = [f"{s.site} {s.commissioned or 'after the end'}" for s in run.rows(SiteRow) if _late(run, s)]
    violations = run.rows(Violation)
    rows = [
        ("status", run.status + (f": {run.reason}" if run.reason else "")),
        ("simulated", f"{run.scenario.start} to {run.scenario.end}, {run.coupled_hours:,} coupled hours"),
        ("speed", f"{run.wall_s:.1f} s, {run.coupled_hours / max(run.wall_s, 1e-9):,.0f} coupled hours/s"),
        *_unsolved(run),
        *_network_lines(run),
        *_queue_and_money(run),
        ("violations", f"{len(violations)} rows, {len({v.cause for v in violations})} causes"),
        ("first breaches", "; ".join([*breaches, *_not_looked_at(run)]) or "none"),
        ("missing sites", "; ".join(_missing(run)) or "none"),
        ("late sites", "; ".join(late) or "none"),
    ]
    return rows


def utilities(run: Run) -> list[tuple[str, str, str, str]]:
    """Return a row per utility: its name, its peak, its first breach, and what was not served."""
    found = []
    for network, (unit, source, lost) in _UTILITIES.items():
        if not any(signal.asset.startswith(f"{network}/") for signal in run.signals):
            continue
        peaks: dict[str, float] = {}
        own = [row for row in run.rows(Headroom) if row.network == network]
        for row in own:
            if row.kind == source:
                peaks[row.month] = peaks.get(row.month, 0.0) + row.peak
        breached = [row for row in own if row.first_breach]
        breach = min((row.month for row in breached), default="")
        names = [row.name for row in breached if row.month == breach]
        metric, words = lost
        if missing := run.not_computed(network):
            found.append((network, f"{NOT_COMPUTED}: {missing}", NOT_COMPUTED, NOT_COMPUTED))
            continue
        found.append(
            (
                network,
                f"{amount(max(peaks.values()))} {unit}" if peaks else "",
                f"{breach} {', '.join(names)}" if breach else "none",
                f"{amount(run.metrics[metric], DECIMALS[metric])} {words}"
                if metric in run.metrics
                else NOT_COMPUTED,
            )
        )
    return found


def _unsolved(run: Run) -> Iterable[tuple[str, str]]:
    """Say how many hours had no solution, of which network, and why."""
    if run.gaps:
        yield "unsolved", "; ".join(map(str, run.gaps))


def _not_looked_at(run: Run) -> Iterable[str]:
    for network in run.networks:
        if missing := run.not_computed(network):
            yield f"{network} not computed ({missing})"


def _network_lines(run: Run) -> Iterable[tuple[str, str]]:
    lines = {"power": _power_lines, "water": _water_lines, "wastewater": _sewage_lines}
    for network in run.networks:
        if missing := run.not_computed(network):
            yield network, f"{NOT_COMPUTED}: {missing}"
        else:
            yield from lines[network](run.metrics)


def _queue_and_money(run: Run) -> Iterable[tuple[str, str]]:
    end = run.scenario.end
    if developments := run.rows(DevelopmentRow):
        connected = sum(d.connected is not None and d.connected < end for d in developments)
        yield "developments", f"{connected} of {len(developments)} connected"
    if run.scenario.sites:
        sites = run.rows(SiteRow)
        built = sum(s.commissioned is not None and s.commissioned < end for s in sites)
        money = _told(run.metrics, "capex_bn_kzt", "bn KZT in all")
        yield "sites", f"{built} of {len(sites)} commissioned, {money}"


def _late(run: Run, site: SiteRow) -> bool:
    """Tell whether a site came later than the order alone says, or not by the end though it should."""
    return site.planned is not None and site.planned < (site.commissioned or run.scenario.end)


def _missing(run: Run) -> Iterable[str]:
    """Say what was not served for want of each site that came later, the largest first of each unit."""
    amounts: dict[tuple[str, str], float] = {}
    for row in run.rows(Unserved):
        if row.missing_site and row.quantity in _LOST and row.network not in run.left_out:
            key = row.missing_site, row.quantity
            amounts[key] = amounts.get(key, 0.0) + row.amount
    for (site, quantity), lost in sorted(amounts.items(), key=lambda item: -item[1]):
        yield f"{site} {amount(lost)} {_LOST[quantity]}"


def _power_lines(m: dict[str, float]) -> Iterable[tuple[str, str]]:
    yield "peak power", _told(m, "peak_power_mw", "MW")
    gwh = {name: value / 1e3 for name, value in m.items()}
    yield "energy served", f"{_told(gwh, 'energy_served_mwh', 'GWh')}, losses {_percent(m)}"
    yield "energy unserved", _told(m, "unserved_energy_mwh", "MWh")
    yield "lowest voltage", _told(m, "min_voltage_pu", "pu")


def _water_lines(m: dict[str, float]) -> Iterable[tuple[str, str]]:
    yield "water served", _told(m, "water_served_m3", "m3")
    yield "water unserved", _told(m, "unserved_water_m3", "m3")


def _sewage_lines(m: dict[str, float]) -> Iterable[tuple[str, str]]:
    yield "sewage treated", _told(m, "sewage_treated_m3", "m3")
    yield "sewage spilled", _told(m, "sewage_spilled_m3", "m3")


def _told(m: dict[str, float], name: str, unit: str) -> str:
    return f"{amount(m[name], DECIMALS[name])} {unit}" if name in m else NOT_COMPUTED


def _percent(m: dict[str, float]) -> str:
    """Return losses as part of what was served; without anything served there is no such part."""
    losses, served = m.get("losses_energy_mwh"), m.get("energy_served_mwh")
    if losses is None or not served or served <= 0.0:
        return "none" if losses == 0.0 else NOT_COMPUTED
    return f"{fixed(100.0 * losses / served, 2)} %"

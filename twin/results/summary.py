"""A finished run in a few lines: what ends `twin run`, and cards in notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from twin.errors import counted
from twin.figures import NOT_COMPUTED, amount, fixed
from twin.results.tables import DevelopmentRow, Headroom, SiteRow, Unserved, Violation
from twin.scenario.currency import told
from twin.utilities import registry
from twin.utilities.metric import Line, Loss
from twin.utilities.utility import Utility

if TYPE_CHECKING:
    from twin.results.run import Run


_TOLD = 0.5
"""Less than this of a loss, in its unit, the table shows as nothing."""


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
        ("speed", f"{run.wall_s:.1f} s, {_pace(run)}"),
        *_unsolved(run),
        *_network_lines(run),
        *_queue_and_money(run),
        *_revenue(run),
        (
            "violations",
            f"{counted(len(violations), 'row')}, {counted(len({v.cause for v in violations}), 'cause')}",
        ),
        ("first not served", "; ".join(_first_losses(run)) or "none"),
        ("first over limit", "; ".join(_first_limits(run)) or "none"),
        ("first breaches", "; ".join([*breaches, *_not_looked_at(run)]) or "none"),
        ("missing sites", "; ".join(_missing(run)) or "none"),
        ("late sites", "; ".join(late) or "none"),
    ]
    return rows


def utilities(run: Run) -> list[tuple[str, str, str, str]]:
    """Return a row per utility: its name, its peak, its first breach, and what was not served."""
    return [_utility(run, registry.utilities()[name]) for name in run.networks]


def _utility(run: Run, utility: Utility) -> tuple[str, str, str, str]:
    if missing := run.not_computed(utility.name):
        return utility.name, f"{NOT_COMPUTED}: {missing}", NOT_COMPUTED, NOT_COMPUTED
    main = next((kind for kind in utility.capacities if kind.main), None)
    own = [row for row in run.rows(Headroom) if row.network == utility.name]
    peaks: dict[str, float] = {}
    for row in own:
        if main is not None and row.kind == main.name:
            peaks[row.month] = peaks.get(row.month, 0.0) + row.peak
    breached = [row for row in own if row.first_breach]
    breach = min((row.month for row in breached), default="")
    names = [row.name for row in breached if row.month == breach]
    return (
        utility.name,
        f"{amount(max(peaks.values()))} {main.told_in}" if main is not None and peaks else "",
        f"{breach} {', '.join(names)}" if breach else "none",
        ", ".join(_lost(run, utility, loss) for loss in utility.losses),
    )


def _lost(run: Run, utility: Utility, loss: Loss) -> str:
    told = next(metric for metric in utility.metrics if metric.name == loss.metric).told(run.metrics)
    return told if told == NOT_COMPUTED or loss.words == "unserved" else f"{told} {loss.words}"


def _pace(run: Run) -> str:
    """Return how fast a run was; hours that were kept from other runs were not simulated in it."""
    if run.days_found:
        return f"{counted(run.days_found, 'day')} kept from earlier runs"
    return f"{run.coupled_hours / max(run.wall_s, 1e-9):,.0f} coupled hours/s"


def _unsolved(run: Run) -> Iterable[tuple[str, str]]:
    """Say how many hours had no solution, of which network, and why."""
    if run.gaps:
        yield "unsolved", "; ".join(map(str, run.gaps))


def _not_looked_at(run: Run) -> Iterable[str]:
    for network in run.networks:
        if missing := run.not_computed(network):
            yield f"{network} not computed ({missing})"


def _network_lines(run: Run) -> Iterable[tuple[str, str]]:
    for network in run.networks:
        if missing := run.not_computed(network):
            yield network, f"{NOT_COMPUTED}: {missing}"
        else:
            for line in registry.utilities()[network].summary:
                if text := _told(network, line, run.metrics):
                    yield line.label, text
            yield from registry.utilities()[network].tells(run.rows)


def _told(network: str, line: Line, metrics: Mapping[str, float]) -> str:
    try:
        return line.value(metrics)
    except Exception as error:
        error.add_note(f"in the line {line.label} of {network}, made of its metrics")
        raise


def _queue_and_money(run: Run) -> Iterable[tuple[str, str]]:
    end = run.scenario.end
    if developments := run.rows(DevelopmentRow):
        connected = sum(d.connected is not None and d.connected < end for d in developments)
        yield "developments", f"{connected} of {len(developments)} connected"
    if run.scenario.sites:
        sites = run.rows(SiteRow)
        built = sum(s.commissioned is not None and s.commissioned < end for s in sites)
        currency = run.scenario.currency
        paid = run.metrics.get(told("capex_bn_kzt", currency))
        money = NOT_COMPUTED if paid is None else f"{amount(paid, 1)} bn {currency} in all"
        yield "sites", f"{built} of {len(sites)} commissioned, {money}"


def _revenue(run: Run) -> Iterable[tuple[str, str]]:
    """Say what customers pay beside what service that was not given costs, both as present values."""
    currency = run.scenario.currency
    paid, lost = (run.metrics.get(told(f"{name}_bn_kzt", currency)) for name in ("revenue", "service_cost"))
    if paid is not None:
        cost = "" if lost is None else f"; service not given costs {fixed(lost, 3)} bn {currency}"
        yield "revenue", f"{fixed(paid, 3)} bn {currency}{cost}"


def _first_losses(run: Run) -> Iterable[str]:
    """Say when each service was first not given in full, the earliest first, and its largest cause then."""
    found: list[tuple[str, str]] = []
    for name in run.networks:
        for loss in registry.utilities()[name].losses if name not in run.left_out else ():
            months: dict[str, list[Unserved]] = {}
            for row in run.rows(Unserved):
                if (row.network, row.quantity) == (name, loss.quantity):
                    months.setdefault(row.month, []).append(row)
            told = [month for month, rows in months.items() if sum(row.amount for row in rows) >= _TOLD]
            if told:
                most = max(months[min(told)], key=lambda row: row.amount)
                words = "" if loss.words == "unserved" else loss.words
                what = words if name in words else f"{name} {words}".strip()
                found.append(
                    (most.month, f"{what} {most.month} ({most.kind} {most.asset.partition('/')[2]})")
                )
    return [said for _, said in sorted(found, key=lambda own: own[0])]


def _first_limits(run: Run) -> Iterable[str]:
    """Say when each signal was first beyond its limit, and where; capacities have their own line."""
    first: dict[tuple[str, str], Violation] = {}
    for row in run.rows(Violation):
        network, slash, _ = row.asset.partition("/")
        if slash and network in run.networks and network not in run.left_out:
            before = first.setdefault((network, row.quantity), row)
            if row.first_seen < before.first_seen:
                first[network, row.quantity] = row
    for (_, quantity), row in sorted(first.items(), key=lambda item: item[1].first_seen):
        yield f"{quantity} {row.month} ({row.asset})"


def _late(run: Run, site: SiteRow) -> bool:
    """Tell whether a site came later than the order alone says, or not by the end though it should."""
    return site.planned is not None and site.planned < (site.commissioned or run.scenario.end)


def _missing(run: Run) -> Iterable[str]:
    """Say what was not served for want of each site that came later, the largest first of each unit."""
    losses = {loss.quantity: loss for name in run.networks for loss in registry.utilities()[name].losses}
    amounts: dict[tuple[str, str], float] = {}
    for row in run.rows(Unserved):
        if row.missing_site and row.quantity in losses and row.network not in run.left_out:
            key = row.missing_site, row.quantity
            amounts[key] = amounts.get(key, 0.0) + row.amount
    for (site, quantity), lost in sorted(amounts.items(), key=lambda item: -item[1]):
        loss = losses[quantity]
        yield f"{site} {amount(lost)} {loss.unit} {loss.words}"

"""View models: tables of a results folder turned into small columns by month. One function per view."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from twin.dates import add_months
from twin.report.costs import housing, waits
from twin.report.folder import Folder, Row, number
from twin.scenario.works import OrderRow

_MONEY = ("own", "drawn", "interest", "principal", "fees", "damages", "liability")

Months = list[float | None]


def headroom(folder: Folder) -> dict[str, Any]:
    """Return each named capacity by month: what can be relied on, the peak, three headrooms.

    The headrooms are those of the month's own peak, so that all views call the same months short.
    """
    place = _places(folder)
    ways = {way: f"{way}_headroom_in_month" for way in ("intact", "firm", "committed")}
    declared = folder.scenario.capacities
    brought = {name: next(iter(own.values())).from_site for name, own in declared.items() if own}
    rows: dict[str, dict[str, Any]] = {}
    for row in folder.table("headroom"):
        own = rows.setdefault(
            row["capacity_name"],
            {
                "name": row["capacity_name"],
                "kind": row["kind"],
                "unit": row["unit"],
                "outage": "",
                "site": brought.get(row["capacity_name"], ""),
            }
            | {key: _empty(folder) for key in ("capacity", "peak", *ways)},
        )
        own["outage"] = row.get("worst_outage") or own["outage"]
        at = place[row["month"]]
        own["capacity"][at], own["peak"][at] = number(row["capacity"]), number(row["peak"])
        for key, column in ways.items():
            own[key][at] = number(row[column])
    return {"rows": list(rows.values())}


def supply(folder: Folder) -> list[dict[str, Any]]:
    """Return, for each utility, what can be relied on, its peak, and what was not served, by month."""
    place = _places(folder)
    views = []
    table = folder.table("headroom")
    lost = folder.table("unserved")
    for utility, own in folder.utilities.items():
        rows = [row for row in table if (row["network"], row["kind"]) == (utility, own["source"])]
        losses = {loss["quantity"]: loss["unit"] for loss in own["losses"]}
        missed = [row for row in lost if row["quantity"] in losses]
        if not rows and not missed:
            continue
        views.append(
            {
                "utility": utility,
                "unit": rows[0]["unit"] if rows else "",
                "capacity": _summed(folder, ((place[r["month"]], number(r["capacity"])) for r in rows)),
                "peak": _summed(folder, ((place[r["month"]], number(r["peak"])) for r in rows)),
                "lost": _summed(folder, ((place[r["month"]], number(r["amount"])) for r in missed)),
                "lost_unit": next(iter(losses.values()), ""),
                "missing": _largest_by_site(missed),
            }
        )
    return views


def calendar(folder: Folder) -> list[dict[str, Any]]:
    """Return each site as planned and as it came: dates, trade, money, what it waited for."""
    declared = folder.scenario.sites
    triggers = {row.site: row for row in folder.scenario.order if row.capacity}
    sites = []
    for row in folder.table("sites"):
        own = declared[row["site"]]
        started = row["started"]
        if not started and row["commissioned"]:
            started = months_before(row["commissioned"], own.build_months + own.slip_months)
        sites.append(
            {
                "site": row["site"],
                "name": row["name"],
                "kind": row["kind"],
                "district": row["district"],
                "trade": row["trade"],
                "instrument": row["instrument"],
                "cost": number(row["cost_bn_kzt"]),
                "planned_start": months_before(row["planned"], own.build_months) if row["planned"] else "",
                "planned": row["planned"],
                "started": started,
                "building": row["construction_started"],
                "commissioned": row["commissioned"],
                "slip": number(row["slip_months"]),
                "waited": number(row["waited_months"]),
                "waited_for": [part for part in row["waited_for"].split(";") if part],
                "slowed": number(row.get("slowed_days")),
                "slowed_at": row.get("slowed_by", "").rpartition(" ")[2],
                "trigger": _trigger(triggers.get(row["site"])),
            }
        )
    return sites


def crews(folder: Folder) -> list[dict[str, Any]]:
    """Return crews there are and crews in use by month, for each trade."""
    place = _places(folder)
    trades: dict[str, dict[str, Any]] = {}
    for row in folder.table("crews"):
        blank = {"trade": row["trade"], "crews": _empty(folder), "used": _empty(folder)}
        own = trades.setdefault(row["trade"], blank)
        if row["month"] in place:
            own["crews"][place[row["month"]]] = number(row["crews"])
            own["used"][place[row["month"]]] = number(row["used"])
    return list(trades.values())


def queue(folder: Folder) -> dict[str, Any] | None:
    """Return who asked for service, who waits for what, and how many wait in each month.

    A development that several capacities block counts as a part of one for each, so that the utilities of a
    month add up to the developments that wait; ``housing`` counts years of a district's housing that wait.
    """
    rows = folder.table("developments")
    if not rows:
        return None
    place = _places(folder)
    waiting: dict[str, list[float]] = {}
    sites: dict[tuple[str, str], set[str]] = {}
    for wait in waits(folder):
        waiting.setdefault(wait.utility, [0.0] * len(place))[place[wait.month]] += wait.share
        sites.setdefault((wait.development, wait.capacity), set()).add(wait.missing_site)
    homes = housing(folder).values()
    end = str(folder.run.get("end", ""))
    return {
        "developments": [_development(row, end, sites) for row in rows],
        "waiting": {utility: [round(count, 3) for count in months] for utility, months in waiting.items()},
        "housing": [len(set().union(*(months[i] for months in homes))) for i in place.values()],
    }


def cash_flow(folder: Folder) -> dict[str, Any] | None:
    """Return money by month in bn KZT: own payments, borrowing, debt, works by instrument."""
    rows = folder.table("cashflow")
    if not rows:
        return None
    place = _places(folder)
    cells = [(place[row["month"]], row) for row in rows if row["month"] in place]
    # in the scenario's order, so that an instrument has the same colour in each of its runs
    instruments = list(dict.fromkeys([*folder.scenario.instruments, *(r["instrument"] for r in rows)]))
    return {
        **{
            key: _summed(folder, ((i, number(row.get(f"{key}_bn_kzt"))) for i, row in cells))
            for key in _MONEY
        },
        "works": {
            name: _summed(
                folder,
                ((i, number(row.get("works_bn_kzt"))) for i, row in cells if row["instrument"] == name),
            )
            for name in instruments
        },
    }


def months_before(day: str, months: float) -> str:
    """Return the date so many months before one."""
    return add_months(date.fromisoformat(day), -months).isoformat()


def _development(row: Row, horizon_end: str, sites: dict[tuple[str, str], set[str]]) -> dict[str, Any]:
    """Return one development; one that asks after the horizon is not waiting."""
    requested = row["requested"] if "-" in row["requested"] else f"{row['requested']}-07-01"
    connected = row["connected"] if row["connected"] and row["connected"] < horizon_end else ""
    blocked = [part.partition(":") for part in row.get("blocked_by", "").split(";") if part]
    return {
        "name": row["name"] or row["development"],
        "district": row["district"],
        "jobs": number(row.get("jobs")),
        "requested": requested,
        "connected": connected,
        "waited": number(row.get("waited_months")),
        "blocked_by": [
            {
                "utility": utility,
                "capacity": capacity,
                "sites": sorted(sites.get((row["development"], capacity), set()) - {""}),
            }
            for utility, _, capacity in blocked
        ],
    }


def _trigger(row: OrderRow | None) -> dict[str, Any] | None:
    """Return the condition that starts a site: a capacity, and how full it is or how little room it has."""
    if row is None:
        return None
    bounds = {
        "utilisation_above_percent": row.utilisation_above_percent,
        "headroom_below": row.headroom_below,
    }
    return {"capacity": row.capacity} | {key: value for key, value in bounds.items() if value is not None}


def _largest_by_site(rows: Iterable[Row]) -> list[dict[str, Any]]:
    amounts: dict[str, float] = {}
    for row in rows:
        amounts[row["missing_site"]] = amounts.get(row["missing_site"], 0.0) + float(row["amount"])
    largest = sorted(amounts.items(), key=lambda item: -item[1])
    return [{"site": site, "amount": number(str(amount))} for site, amount in largest if site][:5]


def _places(folder: Folder) -> dict[str, int]:
    return {month: i for i, month in enumerate(folder.months)}


def _empty(folder: Folder) -> Months:
    return [None] * len(folder.months)


def _summed(folder: Folder, cells: Iterable[tuple[int, float | None]]) -> Months:
    """Return the sum of the cells of each month, None where there is none."""
    sums = _empty(folder)
    for i, value in cells:
        if value is not None:
            sums[i] = (sums[i] or 0.0) + value
    return sums

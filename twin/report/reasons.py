"""Why one plan costs more than another: what makes the difference, and from when on the cities differ."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from twin.report.costs import JOBS, Pricing, housing, waits
from twin.report.folder import Folder, Row

METRIC = "plan_cost_bn_kzt"
_WORTH = "npv_bn_kzt"
_HOUSING = "service_cost_housing_bn_kzt"
_NAMED = 3
_LEAST = 1e-6
"""bn KZT: below it a difference is the rounding of tables."""
_SAME = 1e-3
"""Of a capacity: by less its peaks do not differ."""
PAID = ("own", "interest", "principal", "fees")
"""Columns of ``cashflow.csv`` that leave the public purse."""

ByMonth = dict[str, float]


class Reason(NamedTuple):
    """A part of a difference.

    Attributes
    ----------
    kind
        ``investor``, ``housing``, ``lost``, ``paid``, ``worth`` or ``rest``.
    amount
        Present value in bn KZT: positive if the other plan costs more by it.
    key
        Of the sentence that says it, among the words of the pages.
    values
        What stands in the sentence; months as ``2028-07``.
    """

    kind: str
    amount: float
    key: str
    values: Mapping[str, Any]


def compared(first: Folder, other: Folder) -> dict[str, Any]:
    """Return from when on two cities differ, and why one plan costs more.

    Returns
    -------
    dict
        ``parting``: see `parting`. ``difference`` in bn KZT of the cost of the plan, None where the runs do
        not have it, and the ``reasons`` for it, the largest first, which add up to it.
    """
    found = reasons(first, other)
    difference = other.metrics[METRIC] - first.metrics[METRIC] if found is not None else None
    return {
        "parting": parting(first, other),
        "difference": difference,
        "reasons": [own._asdict() for own in found or ()],
    }


def reasons(first: Folder, other: Folder) -> list[Reason] | None:
    """Return what makes two plans differ in cost, the largest first; None for runs without that cost."""
    if any(METRIC not in own.metrics or _WORTH not in own.metrics for own in (first, other)):
        return None
    found = [*_investors(first, other), *_housing(first, other), *_lost(first, other)]
    paid = list(_paid(first, other))
    found += [*paid, *_worth(first, other, sum(own.amount for own in paid))]
    rest = other.metrics[METRIC] - first.metrics[METRIC] - sum(own.amount for own in found)
    if abs(rest) > _LEAST:
        found.append(Reason("rest", rest, "why.rest", {}))
    kept = [own for own in found if abs(own.amount) > _LEAST]
    return sorted(kept, key=lambda own: -abs(own.amount))


def parting(first: Folder, other: Folder) -> dict[str, Any] | None:
    """Return the first month in which two cities differ, and in what; None if they never do.

    Returns
    -------
    dict
        ``month``, and ``what``: ``site`` (in service), ``development`` (connected) or ``capacity`` (what can
        be relied on, or its peak), each with its ``name`` and what it is in both, ``was`` and ``now``.
    """
    differing = [*_dates(first, other), *_capacities(first, other)]
    if not differing:
        return None
    month = min(when for when, _ in differing)
    return {"month": month, "what": [what for when, what in differing if when == month]}


def _dates(first: Folder, other: Folder) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield sites and developments whose dates differ, by the earlier month."""
    for table, key, column in (
        ("sites", "site", "commissioned"),
        ("developments", "development", "connected"),
    ):
        was, now = ({row[key]: row for row in own.table(table)} for own in (first, other))
        for name in dict.fromkeys((*was, *now)):
            days = [rows[name][column] if name in rows else "" for rows in (was, now)]
            if days[0] != days[1]:
                row = was.get(name) or now[name]
                named = row["name"] or name if key == "development" else name
                told = {"kind": key, "name": named, "was": days[0], "now": days[1]}
                yield min(day for day in days if day)[:7], told


def _capacities(first: Folder, other: Folder) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield capacities by the first month in which they, or their peaks, differ."""
    was, now = (
        {(row["capacity_name"], row["month"]): row for row in own.table("headroom")} for own in (first, other)
    )
    begun: dict[str, str] = {}
    for name, month in (key for key in was if key in now):  # what stands in one city alone came with a site
        if _differ(was[name, month], now[name, month]):
            begun[name] = min(month, begun.get(name, month))
    for name, month in begun.items():
        peaks = [own[name, month]["peak"] for own in (was, now)]
        yield month, {"kind": "capacity", "name": name, "was": peaks[0], "now": peaks[1]}


def _differ(was: Row, now: Row) -> bool:
    least = _SAME * max(float(row["capacity"]) for row in (was, now))
    return any(abs(float(was[name]) - float(now[name])) > least for name in ("capacity", "peak"))


def _investors(first: Folder, other: Folder) -> Iterator[Reason]:
    """Yield who waits longer, or not so long, and for what."""
    before, after = _waiting(first), _waiting(other)
    names = {row["development"]: row["name"] or row["development"] for row in first.table("developments")}
    blocked = [_blocking(own) for own in (first, other)]
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, {}), after.get(name, {})
        months = sorted(was.keys() ^ now.keys())
        if months:
            longer = len(now) > len(was)
            capacities = Counter[str]()
            for month in months:
                capacities.update(blocked[longer].get((name, month), {}))
            values = {"name": names.get(name, name), "months": abs(len(now) - len(was)), **_between(months)}
            values["capacities"] = [capacity for capacity, _ in capacities.most_common(_NAMED)]
            key = f"why.investor_{'longer' if longer else 'shorter'}{'' if capacities else '_bare'}"
            yield Reason("investor", sum(now.values()) - sum(was.values()), key, values)


def _waiting(folder: Folder) -> dict[str, ByMonth]:
    """Return what each development's waiting is worth by month."""
    pricing = Pricing(folder)
    return {
        row["development"]: {
            month: pricing.of(JOBS, month, float(row.get("jobs") or 0.0))
            for month in folder.months
            if _asked(row) <= month < (row["connected"][:7] or "9999")
        }
        for row in folder.table("developments")
    }


def _asked(row: Row) -> str:
    requested = row["requested"]
    return requested[:7] if "-" in requested else f"{requested}-07"


def _blocking(folder: Folder) -> dict[tuple[str, str], Counter[str]]:
    """Return what blocks a development in a month, by how much."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for wait in waits(folder):
        found.setdefault((wait.development, wait.month), Counter())[wait.capacity] += 1
    return found


def _housing(first: Folder, other: Folder) -> Iterator[Reason]:
    """Yield by how much more, or less, new housing waits in all, and for what."""
    amount = other.metrics.get(_HOUSING, 0.0) - first.metrics.get(_HOUSING, 0.0)
    before, after = housing(first), housing(other)
    moved, months = Counter[str](), set[str]()
    for name in dict.fromkeys((*before, *after)):
        nobody = [set[str]() for _ in first.months]
        for month, was, now in zip(
            first.months, before.get(name, nobody), after.get(name, nobody), strict=True
        ):
            if was != now:
                moved[name] += len(was ^ now)
                months.add(month)
    if amount:
        values = _between(sorted(months) or [first.months[0], first.months[-1]])
        values["capacities"] = [capacity for capacity, _ in moved.most_common(_NAMED)]
        way = "more" if amount > 0.0 else "less"
        yield Reason("housing", amount, f"why.housing_{way}{'' if moved else '_bare'}", values)


def _lost(first: Folder, other: Folder) -> Iterator[Reason]:
    """Yield what was not served more, or less, and for want of which site."""
    before, after = _unserved(first), _unserved(other)
    units = {name: own["units"] for name, own in other.losses.items()}
    was_worth, now_worth = Pricing(first), Pricing(other)
    for quantity, site in dict.fromkeys((*before, *after)):
        was, now = before.get((quantity, site), {}), after.get((quantity, site), {})
        months = sorted(m for m in was.keys() | now.keys() if was.get(m, 0.0) != now.get(m, 0.0))
        if months and quantity in units:
            worth = sum(now_worth.of(quantity, month, amount) for month, amount in now.items())
            worth -= sum(was_worth.of(quantity, month, amount) for month, amount in was.items())
            more = sum(now.values()) - sum(was.values())
            what = {"key": f"lost.{quantity}", "values": {"amount": abs(more)}}
            key = f"why.lost_{'more' if more > 0.0 else 'less'}{'' if site else '_bare'}"
            yield Reason("lost", worth, key, {"what": what, "site": site, **_between(months)})


def _unserved(folder: Folder) -> dict[tuple[str, str], ByMonth]:
    found: dict[tuple[str, str], ByMonth] = {}
    for row in folder.table("unserved"):
        months = found.setdefault((row["quantity"], row["missing_site"]), {})
        months[row["month"]] = months.get(row["month"], 0.0) + float(row["amount"])
    return found


def _paid(first: Folder, other: Folder) -> Iterator[Reason]:
    """Yield what is paid for each site sooner, later, more or less."""
    before, after = _payments(first), _payments(other)
    names = {row["site"]: row["name"] for own in (first, other) for row in own.table("sites")}
    for site in dict.fromkeys((*before, *after)):
        was, now = before.get(site, {}), after.get(site, {})
        months = sorted(m for m in was.keys() | now.keys() if was.get(m) != now.get(m))
        if months:
            values = {"site": site, "name": names.get(site, ""), "from": months[0]}
            key = "why.paid_other"
            if not was or not now:
                key = "why.paid_gone" if was else "why.paid_new"
            elif min(was) != min(now):
                key, values["from"], values["to"] = "why.paid_moved", min(was), min(now)
            yield Reason("paid", sum(now.values()) - sum(was.values()), key, values)


def _payments(folder: Folder) -> dict[str, ByMonth]:
    """Return the present value of what is paid for each site by month, as its net present value counts it."""
    place = {month: i for i, month in enumerate(folder.months)}
    yearly = 1.0 + folder.scenario.finance.discount_rate_percent / 100.0
    found: dict[str, ByMonth] = {}
    for row in folder.table("cashflow"):
        paid = sum(float(row[f"{name}_bn_kzt"]) for name in PAID) - float(row["damages_bn_kzt"])
        if paid and row["month"] in place:
            months = found.setdefault(row["site"], {})
            months[row["month"]] = paid * yearly ** (-(place[row["month"]] + 1) / 12.0)
    return found


def _worth(first: Folder, other: Folder, paid: float) -> Iterable[Reason]:
    """Return by how much less the works are worth when the run ends, less what is still owed."""
    amount = first.metrics[_WORTH] - other.metrics[_WORTH] - paid
    return [Reason("worth", amount, f"why.worth_{'less' if amount > 0.0 else 'more'}", {})]


def _between(months: list[str]) -> dict[str, Any]:
    return {"from": months[0], "to": months[-1]}

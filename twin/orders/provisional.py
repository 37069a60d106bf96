"""What can be said of a change before its city is simulated: dates, money, and capacities by known demand."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from twin.cells import cell
from twin.city.capacity import amount_of
from twin.columns import columns, values
from twin.dates import next_month
from twin.orders.answers import by_year, months_short, share
from twin.results.tables import CashRow
from twin.scenario.schema import Capacity, Scenario
from twin.simulation.metrics import headlines
from twin.works.construction import Works, forecast
from twin.works.money import cashflow, money_metrics, site_money


def provisional(
    scenario: Scenario, base: Mapping[str, Any] | None = None, ratings: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Return what is known without simulating anything.

    Parameters
    ----------
    base
        The answer for the scenario as planned: its peaks are taken for those to come.
    ratings
        By address, those that stand in the networks' own files.

    Returns
    -------
    dict
        ``sites``: when each starts and serves by crews, money and other sites alone; what waits for a
        trigger, or never comes, has no dates. ``metrics`` and ``years`` of money, and ``headroom``, are like
        those of an answer; there is no headroom without the base, and its ``unknown`` are months in which a
        capacity stands that does not in the base, so that its peak is not known.
    """
    works = forecast(scenario)
    money = site_money(scenario, works)
    found = money_metrics(scenario, works, money)
    names = [column.name for column in columns(CashRow)]
    rows = [
        {name: str(cell(own)) for name, own in zip(names, values(row), strict=True)}
        for row in cashflow(scenario, money)
    ]
    return {
        "sites": {
            name: {"started": _day(w.started), "commissioned": _day(w.commissioned)}
            for name, w in works.items()
        },
        "metrics": {name: found[name] for name in headlines(found)},
        "years": by_year(rows),
        "headroom": [] if base is None or ratings is None else _headroom(scenario, works, base, ratings),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _headroom(
    scenario: Scenario, works: Mapping[str, Works], base: Mapping[str, Any], ratings: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return each capacity through time as the works bring it, less its peaks in the base."""
    dates = {name: own.commissioned for name, own in works.items() if own.commissioned is not None}
    ends = [next_month(date.fromisoformat(f"{month}-01")) for month in base["months"]]
    standing = [frozenset(name for name, day in dates.items() if day < end) for end in ends]
    rows = []
    for own in base["headroom"]:
        members = scenario.capacities.get(own["capacity"])
        if members:
            firm = _firm(scenario, members, ratings, standing)
            left = [_less(there, peak) for there, peak in zip(firm, own["peak"], strict=True)]
            shares = [share(less, there or 0.0) for less, there in zip(left, firm, strict=True)]
            short = months_short(base["months"], left)
            known = zip(base["months"], firm, own["peak"], strict=True)
            unknown = [month for month, there, peak in known if there is not None and peak is None]
            rows.append({**own, "left": left, "share": shares, "short": short, "unknown": unknown})
    return rows


def _firm(
    scenario: Scenario,
    members: Mapping[str, Capacity],
    ratings: Mapping[str, float],
    standing: Sequence[frozenset[str]],
) -> list[float | None]:
    """Return what can be relied on in each month, None where nothing of it stands."""
    own = {site for row in members.values() for site in (row.from_site, row.until_site)}
    known: dict[frozenset[str], float | None] = {}
    for sites in standing:
        if sites & own not in known:
            amount = amount_of(scenario, members, ratings, sites & own)
            known[sites & own] = amount.firm if amount else None
    return [known[sites & own] for sites in standing]


def _less(there: float | None, peak: float | None) -> float | None:
    return None if there is None or peak is None else there - peak

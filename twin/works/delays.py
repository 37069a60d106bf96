"""What sites and developments became: their dates, what they waited for, and the crews at work."""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from twin.dates import DAYS_PER_MONTH, add_months, month_position
from twin.demand.requests import Request
from twin.results.tables import CrewsRow, DevelopmentRow, SiteRow
from twin.scenario.orders import trade_of
from twin.scenario.schema import Scenario
from twin.works.construction import Works, planned_dates
from twin.works.resources import crews_on


def site_rows(scenario: Scenario, works: Mapping[str, Works]) -> list[SiteRow]:
    """Return the rows of ``sites.csv``, of all that are not cancelled."""
    planned = planned_dates(scenario)
    payers = {site: name for name, terms in scenario.instruments.items() for site in terms.sites}
    return [
        SiteRow(
            site=name,
            name=site.name,
            kind=site.kind,
            district=site.district,
            trade=trade_of(scenario, site),
            instrument=payers.get(name, ""),
            cost_bn_kzt=works[name].price_bn or site.cost_bn_kzt,
            planned=planned[name],
            started=works[name].started,
            construction_started=works[name].construction_started,
            commissioned=works[name].commissioned,
            slip_months=works[name].slip_months,
            waited_months=works[name].waited_days / DAYS_PER_MONTH,
            waited_for=";".join(works[name].waited_for),
        )
        for name, site in scenario.sites.items()
        if name in works
    ]


def known_dates(works: Mapping[str, Works]) -> dict[str, date]:
    """Return when each site was commissioned that was."""
    return {name: w.commissioned for name, w in works.items() if w.commissioned is not None}


def development_rows(scenario: Scenario, requests: Mapping[str, Request]) -> list[DevelopmentRow]:
    """Return the rows of ``developments.csv``."""
    return [
        DevelopmentRow(
            development=name,
            name=development.name,
            district=development.district,
            jobs=development.jobs,
            investment_bn_kzt=development.investment_bn_kzt,
            power_mw=development.power_mw,
            requested=requests[name].requested,
            connected=requests[name].connected,
            waited_months=_waited_months(scenario, requests[name]),
            blocked_by=_joined(f"{b.utility}:{b.capacity_name}" for b in requests[name].blockers),
            missing_sites=_joined(b.missing_site for b in requests[name].blockers),
        )
        for name, development in scenario.developments.items()
    ]


def _waited_months(scenario: Scenario, request: Request) -> float:
    """Return how long a development waited, until the end if it still does."""
    until = request.connected or scenario.end
    return max(0.0, month_position(until) - month_position(request.requested))


def connection_metrics(
    scenario: Scenario, requests: Mapping[str, Request], people_waiting: Mapping[str, float]
) -> dict[str, float]:
    """Return how long the developments that asked within the horizon waited, and people for housing.

    Parameters
    ----------
    people_waiting
        By month.
    """
    asked = {n: r for n, r in requests.items() if r.requested < scenario.end}
    if not requests and not people_waiting:
        return {}
    delays = {name: _waited_months(scenario, request) for name, request in asked.items()}
    months = list(delays.values()) or [0.0]
    rows = scenario.developments
    return {
        "connection_delay_months_p50": float(np.percentile(months, 50)),
        "connection_delay_months_p90": float(np.percentile(months, 90)),
        "jobs_delayed_job_months": sum(rows[name].jobs * delay for name, delay in delays.items()),
        "investment_delayed_bn_kzt_months": sum(
            rows[name].investment_bn_kzt * delay for name, delay in delays.items()
        ),
        "housing_delayed_person_months": sum(people_waiting.values()),
        "developments_unconnected": float(sum(r.connected is None for r in asked.values())),
    }


def crew_rows(scenario: Scenario, works: Mapping[str, Works]) -> list[CrewsRow]:
    """Return how many crews each trade has and uses on the first day of each month."""
    trades = {name: trade_of(scenario, scenario.sites[name]) for name in works}
    rows = []
    months = round(month_position(scenario.end) - month_position(scenario.start) + 0.49)
    for trade in scenario.crews:
        own = [
            (w.construction_started, w.ready or date.max, scenario.sites[name].crews)
            for name, w in works.items()
            if trades[name] == trade and w.construction_started
        ]
        for number in range(months):
            day = add_months(scenario.start.replace(day=1), number)
            used = sum(crews for begun, ready, crews in own if begun <= day < ready)
            rows.append(CrewsRow(f"{day:%Y-%m}", trade, crews_on(scenario, trade, day), used))
    return sorted(rows, key=lambda row: row.month)


def _joined(words: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(word for word in words if word))

"""What sites and developments became: their dates, what they waited for, and the crews at work."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from twin.dates import DAYS_PER_MONTH, add_months, month_position
from twin.demand.requests import Request
from twin.results.tables import CrewsRow, DevelopmentRow, SiteRow
from twin.scenario.orders import trade_of
from twin.scenario.schema import Scenario
from twin.utilities.metric import Metric
from twin.utilities.registry import utilities
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
            slowed_days=works[name].slowed_days,
            slowed_by=f"freight to {site.delivered_at}" if works[name].slowed_days else "",
        )
        for name, site in scenario.sites.items()
        if name in works
    ]


def known_dates(works: Mapping[str, Works]) -> dict[str, date]:
    """Return when each site was commissioned that was."""
    return {name: w.commissioned for name, w in works.items() if w.commissioned is not None}


def development_rows(scenario: Scenario, requests: Mapping[str, Request]) -> list[DevelopmentRow]:
    """Return the rows of ``developments.csv``."""
    contracts = [own.contract.column for own in utilities().values() if own.contract is not None]
    made: Any = DevelopmentRow  # which has a field for each contract, whatever utilities there are
    return [
        made(
            development=name,
            name=development.name,
            district=development.district,
            jobs=development.jobs,
            investment_bn_kzt=development.investment_bn_kzt,
            requested=requests[name].requested,
            connected=requests[name].connected,
            waited_months=_waited_months(scenario, requests[name]),
            blocked_by=_joined(f"{b.utility}:{b.capacity_name}" for b in requests[name].blockers),
            missing_sites=_joined(b.missing_site for b in requests[name].blockers),
            **{column: getattr(development, column) for column in contracts},
        )
        for name, development in scenario.developments.items()
    ]


def _waited_months(scenario: Scenario, request: Request) -> float:
    """Return how long a development waited, until the end if it still does."""
    until = request.connected or scenario.end
    return max(0.0, month_position(until) - month_position(request.requested))


class Waits(NamedTuple):
    """How long customers waited.

    Attributes
    ----------
    months
        Of each development that asked within the horizon.
    jobs, investment_bn_kzt
        Of each of them.
    people
        By month, those whose housing waited.
    unconnected
        How many still wait at the end.
    """

    months: Mapping[str, float]
    jobs: Mapping[str, float]
    investment_bn_kzt: Mapping[str, float]
    people: Mapping[str, float]
    unconnected: int

    def percentile(self, percent: float) -> float:
        """Return how long so many of a hundred developments waited at most; 0 if none asked."""
        return float(np.percentile(list(self.months.values()) or [0.0], percent))


JOBS_DELAYED: Metric[Waits] = Metric(
    "jobs_delayed_job_months",
    "job-months",
    lambda w: sum(w.jobs[name] * months for name, months in w.months.items()),
    headline=9,
)
CONNECTION_METRICS: tuple[Metric[Waits], ...] = (
    Metric("connection_delay_months_p50", "months", lambda w: w.percentile(50)),
    Metric("connection_delay_months_p90", "months", lambda w: w.percentile(90), headline=8),
    JOBS_DELAYED,
    Metric(
        "investment_delayed_bn_kzt_months",
        "",
        lambda w: sum(w.investment_bn_kzt[name] * months for name, months in w.months.items()),
    ),
    Metric("housing_delayed_person_months", "", lambda w: sum(w.people.values())),
    Metric("developments_unconnected", "", lambda w: float(w.unconnected)),
)


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
    rows = scenario.developments
    waits = Waits(
        months={name: _waited_months(scenario, request) for name, request in asked.items()},
        jobs={name: rows[name].jobs for name in asked},
        investment_bn_kzt={name: rows[name].investment_bn_kzt for name in asked},
        people=people_waiting,
        unconnected=sum(r.connected is None for r in asked.values()),
    )
    return {metric.name: metric.value(waits) for metric in CONNECTION_METRICS}


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

"""From what a run accounted to its metrics and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import isfinite

from twin.city.city import City
from twin.city.events import Postings
from twin.city.relief import P90_LEAD_FACTOR, relief_sites
from twin.columns import Row
from twin.dates import add_months
from twin.demand.developments import Connections
from twin.demand.further import further_days
from twin.errors import Mistake
from twin.results.run import Run, timestamp
from twin.results.solved import OPEN_WARNED, open_balances, status_of
from twin.results.tables import (
    AccessRow,
    BoundRow,
    CashRow,
    CrewsRow,
    DevelopmentRow,
    EventRow,
    FurtherDayRow,
    Headroom,
    PeopleRow,
    QueueRow,
    SiteRow,
    StandInRow,
    Unserved,
    Violation,
)
from twin.scenario.currency import told_keys
from twin.scenario.schema import Scenario
from twin.scenario.warnings import warnings
from twin.simulation.access import access_rows
from twin.simulation.account import Account
from twin.simulation.books import Books
from twin.simulation.metrics import computed, declared_of, told
from twin.simulation.overuse import overused
from twin.utilities.utility import Study
from twin.works.construction import Works, commissioning_dates
from twin.works.delays import crew_rows, development_rows, known_dates, site_rows
from twin.works.money import SiteMoney, cashflow, site_money


def outcome(
    scenario: Scenario,
    city: City,
    books: Books,
    studies: Sequence[Study],
    works: Mapping[str, Works],
    connections: Connections,
    wall_s: float,
) -> Run:
    """Return the finished run."""
    account, recorder = books.account, books.recorder
    money = site_money(scenario, works)
    left_out = {gap.network for gap in account.gaps if gap.mostly}
    values = computed(scenario, city, recorder, account, works, money, connections, left_out)
    metrics = {name: value for name, value in values.items() if isfinite(value)}
    status, reason = status_of(account.ended, account.gaps, metrics)
    tables = _tables(scenario, books, studies, works, connections, money)
    return Run(
        scenario=scenario,
        status=status,
        reason=reason,
        gaps=account.gaps,
        ended_early=bool(account.ended),
        warnings=_warnings(scenario, books, values, tables),
        signals=city.signals,
        metrics=told_keys(metrics, scenario.currency),
        told=told(declared_of(scenario), scenario.currency),
        months=recorder.months,
        tables=tables,
        coupled_hours=account.coupled_hours,
        wall_s=wall_s,
        recorded=None if books.recording is None else books.recording.finish(),
    )


def _tables(
    scenario: Scenario,
    books: Books,
    studies: Sequence[Study],
    works: Mapping[str, Works],
    connections: Connections,
    money: Sequence[SiteMoney],
) -> dict[type[Row], Sequence[Row]]:
    """Return the rows of every table, but those that are made of statistics and of files."""
    dates = commissioning_dates(scenario) | known_dates(works)
    tables: dict[type[Row], Sequence[Row]] = {
        Headroom: [_relieved(scenario, row, dates) for row in books.ledger.rows],
        Violation: books.recorder.violations,
        Unserved: _unserved_rows(books.account),
        EventRow: _event_rows(scenario, books.postings),
        SiteRow: site_rows(scenario, works),
        DevelopmentRow: development_rows(scenario, connections.requests),
        QueueRow: connections.queue,
        CrewsRow: crew_rows(scenario, works),
        CashRow: cashflow(scenario, money),
        PeopleRow: books.account.people,
        BoundRow: books.recorder.bounds(),
    }
    if any(further_days(scenario, month) for month in scenario.seasons):
        tables[FurtherDayRow] = _further_rows(books.account)
    if books.stand_ins:
        tables[StandInRow] = books.stand_ins
    if access := access_rows(scenario, books.recorder.signals, books.recorder.months):
        tables[AccessRow] = access
    for study in studies:
        tables |= study.rows
    return tables


def _unserved_rows(account: Account) -> list[Unserved]:
    """Return the rows of ``unserved.csv``."""
    return [
        Unserved(
            month, cause.asset.split("/")[0], cause.quantity, cause.kind, cause.asset, float(amount), site
        )
        for (month, cause, site), amount in account.unserved.items()
    ]


def _further_rows(account: Account) -> list[FurtherDayRow]:
    """Return the rows of ``further_days.csv``."""
    return [
        FurtherDayRow(
            month,
            day,
            cause.asset.split("/")[0],
            cause.quantity,
            cause.kind,
            cause.asset,
            float(amount),
            site,
        )
        for (month, day, cause, site), amount in account.further.items()
    ]


def _event_rows(scenario: Scenario, postings: Postings) -> list[EventRow]:
    """Return the rows of ``events.csv``, in order of time; of an instant, what came of the others last."""
    events = postings.events
    order = sorted(range(len(events)), key=lambda i: (events[i].time_s, events[i].late, i))
    number = {i + 1: place for place, i in enumerate(order, 1)}
    return [
        EventRow(
            number[i + 1],
            timestamp(scenario, events[i].time_s),
            events[i].kind,
            events[i].subject,
            events[i].detail,
            number.get(events[i].cause),
        )
        for i in order
    ]


def _warnings(
    scenario: Scenario,
    books: Books,
    values: Mapping[str, float],
    tables: Mapping[type[Row], Sequence[Row]],
) -> tuple[str, ...]:
    """Return what is to be told beside the figures, each once: of the input, then of the run."""
    told: list[Mistake] = [*warnings(scenario)]
    told += books.warnings
    told += overused(scenario, tables)
    for gap in books.account.gaps:
        told.append(Mistake(gap.network, 0, f"{gap.share}: {gap.reason}"))
    for name, error in open_balances(values, OPEN_WARNED).items():
        told.append(Mistake(name, 0, f"balance open by {error:.2g} of what passed through"))
    for name, value in values.items():
        if not isfinite(value):
            told.append(Mistake(name, 0, f"came out as {value}", "left out of metrics.json"))
    return tuple(dict.fromkeys(map(str, told)))


def _relieved(scenario: Scenario, row: Headroom, dates: Mapping[str, date]) -> Headroom:
    """Return a row; with its first breach, what would relieve it and when to start that."""
    if not row.first_breach:
        return row
    breach = date.fromisoformat(f"{row.month}-01")
    standing = [site for site, day in dates.items() if day < add_months(breach, 1)]
    relief = relief_sites(scenario, row.name, standing) & dates.keys()
    site = min(relief, key=lambda s: (dates[s], s), default="")
    if not site:
        return row
    lead = scenario.sites[site].build_months * P90_LEAD_FACTOR
    return replace(row, relieved_by=site, latest_safe_start=add_months(breach, -lead))

"""Sites: each is permitted, procured, built and commissioned, as crews, money and other sites allow."""

from calendar import monthrange
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from graphlib import TopologicalSorter
from math import inf
from typing import Any

import simpy

from twin.city.events import Event, Postings
from twin.dates import DAYS_PER_MONTH, add_months, next_month
from twin.model import LAST_YEAR
from twin.results.tables import Headroom
from twin.scenario.futures import site_factor
from twin.scenario.orders import means_are_limited, trade_of
from twin.scenario.schema import Scenario
from twin.scenario.works import OrderRow
from twin.utilities.base import Change
from twin.works.resources import ReadySite, Resources

_WINTER = (12, 1, 2)
_DAY_S = 86400
_LONG_DAYS = 30 * 366
"""Where a forecast ends: what has not begun by then never will."""

Process = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Works:
    """What became of one site; dates are None as long as they are not known.

    Attributes
    ----------
    started, construction_started, ready, commissioned
        Permits begin; the contract is signed; works are done; it serves.
    price_bn
        At the contract.
    slip_months
        By how much its months exceed the planned ones.
    waited_for, waited_days
        Such as ``crew electrical``, ``money grant``, ``site SS01``, ``trigger``, and for how long in all.
    slowed_days
        What its works lost because its material was longer on its way, parts of a day too.
    """

    started: date | None = None
    construction_started: date | None = None
    planned_ready: date | None = None
    ready: date | None = None
    commissioned: date | None = None
    price_bn: float = 0.0
    slip_months: float = 0.0
    waited_for: list[str] = field(default_factory=list)
    waited_days: int = 0
    slowed_days: float = 0.0


def planned_dates(scenario: Scenario) -> dict[str, date | None]:
    """Return each site's date by the order alone: its start plus its months, not before what it requires.

    None for what waits for a trigger, and what requires that; cancelled sites have no row.
    """
    rows = order_rows(scenario)
    dates: dict[str, date | None] = {}
    graph = {name: site.requires for name, site in scenario.sites.items()}
    for name in TopologicalSorter(graph).static_order():
        row = rows[name]
        if row.cancelled:
            continue
        ready = add_months(row.start or scenario.start, scenario.sites[name].build_months)
        known = [ready, *(dates[required] for required in graph[name])]
        dates[name] = None if row.capacity else _latest(known)
    return {name: dates[name] for name in scenario.sites if name in dates}


def planned_openings(scenario: Scenario) -> dict[str, date]:
    """Return when each site was to open by the plan: the start of its stage and its months, in any order."""
    return {
        name: add_months(scenario.stages[site.stage], site.build_months)
        for name, site in scenario.sites.items()
    }


def forecast(scenario: Scenario) -> dict[str, Works]:
    """Return what becomes of each site that is not cancelled, as long as no trigger fires."""
    env = simpy.Environment()
    construction = Construction(env, scenario, Postings())
    env.run(until=((scenario.end - scenario.start).days + _LONG_DAYS) * _DAY_S)
    return construction.works


def commissioning_dates(scenario: Scenario) -> dict[str, date]:
    """Return the forecast date of each site that will be commissioned."""
    works = forecast(scenario)
    return {name: w.commissioned for name, w in works.items() if w.commissioned is not None}


def order_rows(scenario: Scenario) -> dict[str, OrderRow]:
    """Return each site's row of the build order; without an order, it starts with its stage."""
    if scenario.order:
        return {row.site: row for row in scenario.order}
    return {
        name: OrderRow(site=name, start=scenario.stages[site.stage]) for name, site in scenario.sites.items()
    }


class Construction:
    """One process per site; posts the changes of those that are commissioned.

    Parameters
    ----------
    env, scenario, postings
        The clock counts seconds from the scenario's start.

    Attributes
    ----------
    works
        What became of each site that is not cancelled, in the order of their priority.
    """

    def __init__(self, env: simpy.Environment, scenario: Scenario, postings: Postings) -> None:
        self._env, self._scenario, self._agenda = env, scenario, postings
        self._resources = Resources(env, scenario) if means_are_limited(scenario) else None
        rows = order_rows(scenario)
        self._trades = {name: trade_of(scenario, site) for name, site in scenario.sites.items()}
        self._payers = {site: name for name, terms in scenario.instruments.items() for site in terms.sites}
        self._changes: dict[str, list[Change]] = {}
        self._during: dict[str, list[Change]] = {}
        for c in scenario.site_changes:
            phase = self._during if c.phase == "works" else self._changes
            phase.setdefault(c.site, []).append(Change(c.asset, c.field, c.value))
        self.works = {name: Works() for name, row in rows.items() if not row.cancelled}
        self._done = {name: env.event() for name in self.works}
        self._triggers = {name: env.event() for name in self.works if rows[name].capacity}
        self._months = dict.fromkeys(self._triggers, 0)
        self._rows = rows
        self._first_min: dict[str, float] = {}
        for priority, name in enumerate(self.works):
            env.process(self._build(name, priority))

    def opened(self, name: str) -> simpy.Event:
        """Return the event of a site's commissioning; one that is cancelled is never commissioned."""
        return self._done.setdefault(name, self._env.event())

    def look(self, headroom: Sequence[Headroom]) -> None:
        """Fire the triggers that a closed month's headroom sets off."""
        by_name = {row.name: row for row in headroom}
        for name in [name for name, event in self._triggers.items() if not event.triggered]:
            row = self._rows[name]
            seen = by_name.get(row.capacity)
            self._months[name] = self._months[name] + 1 if seen and _sets_off(row, seen) else 0
            if self._months[name] >= row.months:
                self._triggers[name].succeed()

    def hear(self, month: date, drive_min: Mapping[str, float]) -> None:
        """Slow the works of a month by how long their material was on its way, beside the first month.

        Crews and money stay booked as they were when the works began.
        """
        opens, slowest = next_month(month), self._scenario.works.slowest_pace
        for asset, minutes in drive_min.items():
            self._first_min.setdefault(asset, minutes)
        for name, works in self.works.items():
            asset, begun = self._scenario.sites[name].delivered_at, works.construction_started
            if not asset or begun is None or works.ready is None or works.ready <= opens:
                continue
            now, first = drive_min.get(asset, 0.0), self._first_min.get(asset, 0.0)
            pace = max(slowest, min(1.0, first / now)) if now > 0.0 else 1.0
            whole = int(works.slowed_days)
            works.slowed_days += max(0, (opens - max(begun, month)).days) * (1.0 - pace)
            works.ready += timedelta(days=int(works.slowed_days) - whole)

    def _build(self, name: str, priority: int) -> Process:
        works, site, row = self.works[name], self._scenario.sites[name], self._rows[name]
        shares = self._scenario.works
        started = row.start or self._scenario.start
        if name in self._triggers:
            started = yield from self._wait_for_trigger(works, name, started)
        planned = site.build_months * site_factor(self._scenario, "slip", name)
        months = max(0.0, planned + site.slip_months)
        works.slip_months = months - site.build_months
        yield from self._until(started)
        works.started = started
        self._tell("site started", name)
        yield from self._until(add_months(started, planned * shares.permit_share))
        preparing = min(months, planned * (shares.permit_share + shares.procurement_share))
        prepared = add_months(started, preparing)
        yield from self._until(prepared)

        def ready(begun: date) -> date:
            # whole months from the start, where nothing was waited for: no day is lost by rounding
            if begun == prepared and self._winter_speed(name) == 1.0:
                return add_months(started, months)
            return self._ready(name, months - preparing, begun)

        begun = yield from self._wait_for_means(name, priority, prepared, ready)
        works.construction_started, works.ready = begun, ready(begun)
        works.price_bn = self._price(name, begun)
        planned_remaining = site.build_months * (1.0 - shares.permit_share - shares.procurement_share)
        works.planned_ready = self._ready(name, planned_remaining, begun)
        self._tell("construction started", name, self._during.get(name, ()))
        while self._today() < works.ready:
            yield from self._until(works.ready)
        yield from self._wait_for_sites(works, site.requires)
        self._commission(name)

    def _wait_for_trigger(self, works: Works, name: str, earliest: date) -> Generator[simpy.Event, Any, date]:
        yield from self._until(earliest)
        yield self._triggers[name]
        today = self._today()
        started = max(earliest, today if today.day == 1 else next_month(today))
        if started > earliest:
            works.waited_for.append("trigger")
            works.waited_days += (started - earliest).days
        return started

    def _wait_for_means(
        self, name: str, priority: int, prepared: date, ready: Callable[[date], date]
    ) -> Generator[simpy.Event, Any, date]:
        """Wait for crews and money; return the day on which both are there."""
        if self._resources is None:
            return prepared
        site = self._scenario.sites[name]
        request = ReadySite(
            name,
            priority,
            self._trades[name],
            site.crews,
            self._payers.get(name, ""),
            lambda day: self._price(name, day),
            ready,
            prepared if prepared < self._scenario.start else None,
        )
        asked = self._env.now
        reasons = yield self._resources.ask(request)
        days = int(self._env.now - asked) // _DAY_S
        if days == 0:
            return prepared
        self.works[name].waited_for.extend(reasons)
        self.works[name].waited_days += days
        return self._today()

    def _wait_for_sites(self, works: Works, requires: Sequence[str]) -> Process:
        ready = works.ready or self._today()
        for required in requires:
            if not self._done[required].triggered:
                yield self._done[required]
        dates = {required: self.works[required].commissioned or ready for required in requires}
        works.commissioned = max([ready, *dates.values()])
        if works.commissioned > ready:
            works.waited_for.extend(f"site {r}" for r, day in dates.items() if day == works.commissioned)
        works.waited_days += (works.commissioned - ready).days

    def _commission(self, name: str) -> None:
        self._done[name].succeed()
        self._agenda.commissioned.append(name)
        self._agenda.demand_moved = True
        event = Event(int(self._env.now), "site commissioned", name, self._scenario.sites[name].name)
        self._agenda.post(event, self._changes.get(name, ()))

    def _price(self, name: str, day: date) -> float:
        """Return a site's price if its contract is signed on a day: prices rise until then."""
        years = max(0, (day - self._scenario.start).days) / 365.25
        rise = float((1.0 + self._scenario.finance.inflation_percent / 100.0) ** years)
        cost = self._scenario.sites[name].cost_bn_kzt
        return cost * site_factor(self._scenario, "cost", name) * rise

    def _ready(self, name: str, months: float, begun: date) -> date:
        """Return when works are done that begin on a day: winter slows what is built outdoors."""
        speed = self._winter_speed(name)
        if speed == 1.0:
            return add_months(begun, months)
        indoors = min(
            months, self._scenario.sites[name].build_months * self._scenario.works.commissioning_share
        )
        return add_months(_after_winters(begun, (months - indoors) * DAYS_PER_MONTH, speed), indoors)

    def _winter_speed(self, name: str) -> float:
        if self._resources is None:
            return 1.0
        years = self._scenario.crews.get(self._trades[name], {})
        return min((row.winter_speed for row in years.values()), default=1.0)

    def _until(self, day: date) -> Generator[simpy.Event, None, None]:
        delay = (day - self._scenario.start).days * _DAY_S - int(self._env.now)
        if delay > 0:
            yield self._env.timeout(delay)

    def _today(self) -> date:
        return self._scenario.start + timedelta(seconds=int(self._env.now))

    def _tell(self, kind: str, name: str, changes: Sequence[Change] = ()) -> None:
        """Post what crews and money decided; where they are at hand, only what changes a network is news."""
        if self._resources is not None or changes:
            event = Event(int(self._env.now), kind, name, self._scenario.sites[name].name)
            self._agenda.post(event, changes)


def _sets_off(row: OrderRow, seen: Headroom) -> bool:
    if row.headroom_below is not None:
        return seen.firm_headroom < row.headroom_below
    limit = row.utilisation_above_percent if row.utilisation_above_percent is not None else inf
    return 100.0 * seen.peak_12_months > limit * seen.capacity


def _after_winters(day: date, work_days: float, speed: float) -> date:
    """Return the day on which so many days of work are done, at a slower pace in winter."""
    while True:
        pace = speed if day.month in _WINTER else 1.0
        if day.year > LAST_YEAR:
            return date.max
        left = monthrange(day.year, day.month)[1] - day.day + 1
        if left * pace >= work_days:
            return day + timedelta(days=round(work_days / pace))
        work_days -= left * pace
        day += timedelta(days=left)


def _latest(dates: Sequence[date | None]) -> date | None:
    known = [day for day in dates if day is not None]
    return max(known) if len(known) == len(dates) else None

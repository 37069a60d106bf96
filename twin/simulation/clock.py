"""The clock: runs a scenario through time."""

import time as wall
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial

from twin.city.capacity import Ledger
from twin.city.city import City
from twin.city.opening import opening_key
from twin.dates import next_month
from twin.demand.further import further_days
from twin.demand.growth import Growth
from twin.results.run import Run
from twin.scenario.schema import Scenario
from twin.simulation.books import Books, PlannedDay
from twin.simulation.calendar import Day, calendar, real_days, with_further
from twin.simulation.commitments import Commitments
from twin.simulation.day import DAY_S, DayRecord, Watch, pass_day, unwatched
from twin.simulation.days import Days, Wanted
from twin.simulation.drivers import Drivers, Live, MonthEnd
from twin.simulation.instants import Walk
from twin.simulation.outcome import outcome
from twin.simulation.settling import SETTLING_DAYS
from twin.simulation.standing import Standing, simulate
from twin.simulation.store import Store
from twin.utilities.base import Vector
from twin.utilities.registry import utilities
from twin.utilities.utility import Study
from twin.works.budgets import check_budgets
from twin.works.construction import commissioning_dates


@dataclass(frozen=True, slots=True)
class Progress:
    """What an observer is told at the end of each simulated day.

    Attributes
    ----------
    date
        The simulated instant.
    coupled_hours
        Hours simulated so far.
    share
        Part of the run that is done, 0 to 1.
    news
        The last thing that happened.
    """

    date: datetime
    coupled_hours: int
    share: float
    news: str


Observer = Callable[[Progress], None]


Simulated = tuple[PlannedDay, MonthEnd | None, DayRecord]
"""A day, if it is a month's last what stands then, and what came of it."""
_AHEAD = 4
"""Days that are asked for ahead, for each further core."""


def run(
    scenario: Scenario,
    observer: Observer | None = None,
    city: City | None = None,
    jobs: int = 1,
    store: Store | None = None,
) -> Run:
    """Run a scenario from its start to its end.

    Parameters
    ----------
    scenario
        From `twin.scenario.load_scenario`.
    observer
        Called at the end of each simulated day.
    city
        Already opened for a scenario of the same `opening_key`; it is reset first. `Runner` sees to that.
    jobs
        Cores that simulate days that stand for others; the result is the same.
    store
        Where such days are kept, and found again; the result is the same.

    Returns
    -------
    Run
        With status ``unsolved`` and a reason if 24 hours in a row had no solution, which ends it, or more
        than 1 % of a network's hours; ``unbalanced`` if what a network took in and gave out differ.

    Raises
    ------
    InvalidInput
        If a network file cannot be opened, or an asset or field that a change names does not exist.
    """
    began = wall.perf_counter()
    clock = Clock(scenario, observer, city, jobs, store)
    clock.run()
    return clock.outcome(wall.perf_counter() - began)


class Runner:
    """Runs scenarios one after another; opens the networks anew only if a scenario's differ.

    A city that was reset gives the same result as one just opened, to the bit.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._city: City | None = None
        self._key, self._store = "", store

    def run(self, scenario: Scenario, observer: Observer | None = None, jobs: int = 1) -> Run:
        """Run a scenario like `run`."""
        city, key = self._opened(scenario)
        self._city = None
        finished = run(scenario, observer, city, jobs, self._store)
        # kept only after a run that ended in order: what an exception leaves behind is not trusted
        self._city, self._key = city, key
        return finished

    def ratings(self, scenario: Scenario) -> dict[str, float]:
        """Return by address the ratings that stand in a scenario's networks, which are opened for it."""
        self._city, self._key = self._opened(scenario)
        return ratings_of(self._city)

    def _opened(self, scenario: Scenario) -> tuple[City, str]:
        key = opening_key(scenario)
        city = self._city if key == self._key else None
        return city or open_city(scenario), key


def open_city(scenario: Scenario) -> City:
    """Open a scenario's networks with the demand points that growth fills."""
    return City(scenario, Growth(scenario).points)


def ratings_of(city: City) -> dict[str, float]:
    """Return by address the ratings that stand in the networks' own files."""
    return {asset: mva for network in city.networks.values() for asset, mva in network.ratings.items()}


def studies(scenario: Scenario, city: City) -> list[Study]:
    """Return what utilities look at month by month, beside the run."""
    made = (
        utilities()[name].study(scenario, settings, city.networks[name])
        for name, settings in scenario.simulated.items()
    )
    return [study for study in made if study is not None]


class Clock:
    """Walks through the calendar: what acts on the city, the days, and what comes of them.

    Days that stand for others begin from the networks as opened, each under its own standing; with
    `days: every` each goes on from the one before.
    """

    def __init__(
        self,
        scenario: Scenario,
        observer: Observer | None = None,
        city: City | None = None,
        jobs: int = 1,
        store: Store | None = None,
    ) -> None:
        self._scenario, self._observer = scenario, observer
        self._jobs, self._store = jobs if scenario.days == "representative" else 1, store
        self._opening = opening_key(scenario) if scenario.days == "representative" else ""
        self._growth = Growth(scenario)
        if city is not None:
            city.reset()
        self.city = city if city is not None else open_city(scenario)
        ledger = Ledger(scenario, self.city.signals, ratings_of(self.city))
        self._dates = commissioning_dates(scenario)
        assets = tuple(dict.fromkeys(signal.asset for signal in self.city.signals))
        self._drivers = Drivers(scenario, self._growth, assets, self._stands, self._next, self._drive)
        self.books = Books(scenario, self.city, ledger, self._drivers.postings, self._next)
        self._commitments = Commitments(scenario, self._growth.points)
        self.studies = studies(scenario, self.city)
        self._found = 0
        self._first_drawn: dict[str, float] = {}
        check_budgets(scenario)

    def run(self) -> None:
        """Run to the end of the horizon, or until 24 hours in a row have no solution."""
        days = self.days
        account = self.books.account
        account.planned_hours = 24.0 * sum(day.weight for day in days)
        with Days(self.city, self._opening, self._jobs, self._store) as kept:
            alone = self._scenario.days == "representative"
            simulated = self._alone(days, kept) if alone else self._every(days)
            for number, (planned, end, record) in enumerate(simulated, 1):
                self.books.take(planned, record)
                if account.ended and end is None:
                    end = self._drivers.end_month(planned.day.month)
                if end is not None:
                    self._end_month(end, record.relief)
                if account.ended:
                    break
                self._tell(planned.day, number / len(days))
            self._found = kept.found
        if not account.ended:
            self._drivers.until(self._second(self._scenario.end) + 1)

    def walk(
        self, wanted: Collection[date], watch: Callable[[date, int], None] | None = None
    ) -> Iterator[tuple[Day, DayRecord]]:
        """Walk to some days again and yield them with their records.

        Days before are simulated, or taken from the store, only as far as something later hears of them.

        Parameters
        ----------
        watch
            Called at each instant of the wanted days; then these are simulated, and not taken from the store.
        """
        last, self.studies = max(wanted), []
        hears = self._drivers.heed_headroom or bool(self._scenario.failures)
        with Days(self.city, self._opening, 1, self._store) as kept:
            for day in self.days:
                if day.day > last:
                    break
                look = partial(watch, day.day) if watch and day.day in wanted else None
                if self._scenario.days == "every":
                    planned, record = self._going_on(day, look or unwatched)
                else:
                    planned, standing = self._plan(day)
                    if not hears and day.day not in wanted:
                        continue
                    record = simulate(self.city, standing, look) if look else kept.take(kept.want(standing))
                if hears:
                    self.books.take(planned, record)
                    if day.closes:
                        self._end_month(self._drivers.end_month(day.month), record.relief)
                if day.day in wanted:
                    yield day, record

    def outcome(self, wall_s: float) -> Run:
        """Return what was accounted so far as a run that took so many seconds."""
        finished = outcome(
            self._scenario,
            self.city,
            self.books,
            self.studies,
            self._drivers.construction.works,
            self._drivers.connections,
            wall_s,
        )
        again = Walk(Clock, self._scenario, self._store)
        return replace(finished, days_found=self._found, again=again)

    def _alone(self, days: Sequence[Day], kept: Days) -> Iterator[Simulated]:
        """Yield days that each begin from the networks as opened, with what came of them.

        What acts on the city goes ahead as far as nothing that comes of earlier days can decide it: the
        queue and triggers hear of a month's headroom, random failures of what is in service.
        """
        waiting: deque[tuple[PlannedDay, MonthEnd | None, Wanted]] = deque()
        ahead = 0 if self._scenario.failures else _AHEAD * (self._jobs - 1)
        for day in days:
            planned, standing = self._plan(day)
            end = self._drivers.end_month(day.month) if day.closes else None
            if self.studies:  # they look at the networks themselves
                yield planned, end, simulate(self.city, standing, self._watch)
                continue
            waiting.append((planned, end, kept.want(standing)))
            least = 0 if end and self._drivers.heed_headroom else ahead
            while len(waiting) > least:
                planned, end, wanted = waiting.popleft()
                yield planned, end, kept.take(wanted)
        for planned, end, wanted in waiting:
            yield planned, end, kept.take(wanted)

    def _every(self, days: Sequence[Day]) -> Iterator[Simulated]:
        """Yield days that each go on from the one before, with what came of them."""
        for day in days:
            planned, record = self._going_on(day, self._watch)
            yield planned, self._drivers.end_month(day.month) if day.closes else None, record

    def _plan(self, day: Day) -> tuple[PlannedDay, Standing]:
        """Let everything happen until a day is over; return the day and its standing."""
        drivers, midnight = self._drivers, self._second(day.day)
        before_s = max(midnight - DAY_S, 0)
        if drivers.now <= before_s:
            drivers.until(before_s + 1)
        demand, changes = drivers.start_day(day.day, day.further), drivers.standing(before_s)
        counts = drivers.moved(day.day, day.further) if day.further else frozenset()
        drivers.until(midnight + DAY_S)
        standing = Standing(
            changes,
            demand,
            drivers.posted(before_s + 1, midnight),
            drivers.posted(max(midnight, 1), midnight + DAY_S),
            self._commitments.asked if day.closes else {},
            self.city.alike(max(midnight // DAY_S - SETTLING_DAYS, 0)),
        )
        return PlannedDay(day, midnight, drivers.commissioned(midnight), demand, counts), standing

    def _going_on(self, day: Day, watch: Watch) -> tuple[PlannedDay, DayRecord]:
        """Simulate a day that goes on from the one before."""
        drivers, midnight = self._drivers, self._second(day.day)
        demand, live = drivers.start_day(day.day), Live(drivers, midnight)
        asked = self._commitments.asked if day.closes else {}
        record = pass_day(self.city, demand, live, midnight, asked, watch)
        drivers.until(midnight + DAY_S)
        return PlannedDay(day, midnight, drivers.commissioned(midnight), demand), record

    def _end_month(self, end: MonthEnd, relief: Mapping[str, Vector]) -> None:
        """Close a month; drivers hear what room there is."""
        for study in self.studies:
            study.end_month(f"{end.month:%Y-%m}")
        self._note_stand_ins(end, relief)
        headroom = self.books.end_month(end, *self._commitments.committed(end, relief))
        self._drivers.construction.look(headroom)
        self._drivers.construction.hear(end.month, self.books.drives.end_month())
        if self._scenario.connection == "when-capacity":
            by_district = self._commitments.by_district(end, relief)
            self._drivers.connections.end_month(end.month, headroom, by_district, end.commissioned)

    def _note_stand_ins(self, end: MonthEnd, relief: Mapping[str, Vector]) -> None:
        """Note what capacities carry for utilities that are late, as things stand on the month's last day."""
        if self._growth.bridging:
            day, further = (
                next_month(end.month) - timedelta(days=1),
                further_days(self._scenario, end.month.month),
            )
            carried = self._growth.bridging.carried(day, further)
            self.books.stand_ins += self._commitments.stand_ins(end.month, carried, relief)

    def _watch(self, second: int) -> None:
        for study in self.studies:
            study.watch()

    def _second(self, day: date) -> int:
        return (day - self._scenario.start).days * DAY_S

    def _stands(self, asset: str) -> bool:
        going_on = self._scenario.days == "every"
        return self.books.stands(asset, self.city.active() if going_on else None)

    def _drive(self, asset: str) -> float:
        """Return how long a crew took to an asset on the last day, minutes."""
        return self.books.drives.minutes.get(asset, 0.0)

    def _next(self, sites: Collection[str]) -> str:
        """Return which of some sites is forecast to come next, empty if none is planned."""
        planned = (site for site in sites if site in self._drivers.construction.works)
        return min(planned, key=lambda site: (self._dates.get(site, date.max), site), default="")

    @cached_property
    def days(self) -> list[Day]:
        """Return the days to simulate; such as stand for unlike days have their mean."""
        growth, scenario = self._growth, self._scenario
        if scenario.days == "every" or not growth.days_differ:
            return with_further(scenario, list(calendar(scenario, self._peak_load)))
        lowest = any(growth.series.given.values())
        days, self.books.account.typical_percent = real_days(
            scenario, lambda day: growth.net_load(day, self._requested(day)), lowest
        )
        for day in days:
            if day.like:
                growth.stand_for(day.day, day.like)
        return with_further(scenario, days)

    def _requested(self, day: date) -> list[str]:
        requests = self._drivers.connections.requests.items()
        return [name for name, request in requests if request.requested <= day]

    def _peak_load(self, day: date) -> float:
        """Return what is drawn on a day, of each utility by what it first was: each has a unit of its own."""
        total = 0.0
        for name, demand in self._growth.demand(day, self._requested(day)).items():
            if utilities()[name].draws:
                drawn = float(demand.base.sum())
                total += drawn / self._first_drawn.setdefault(name, drawn) if drawn else 0.0
        return total or (day - self._scenario.start).days

    def _tell(self, day: Day, share: float) -> None:
        if self._observer is not None:
            events = self.books.postings.events
            news = f"{events[-1].kind}: {events[-1].subject} {events[-1].detail}".strip() if events else ""
            instant = datetime.combine(day.day, time())
            self._observer(Progress(instant, self.books.account.coupled_hours, share, news))

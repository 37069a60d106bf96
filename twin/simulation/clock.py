"""The clock: runs a scenario through time."""

import time as wall
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from datetime import date, datetime, time

import simpy
from simpy.events import EventPriority

from twin.city.capacity import Ledger, missing_sites
from twin.city.city import City, DayDemand, Settled
from twin.city.events import Event, Postings
from twin.city.opening import opening_key
from twin.demand.developments import Connections
from twin.demand.growth import Growth
from twin.results.run import Run
from twin.scenario.schema import Scenario
from twin.simulation.account import Account
from twin.simulation.calendar import Day, calendar
from twin.simulation.commitments import Commitments
from twin.simulation.incidents import Incidents
from twin.simulation.interruptions import Interruptions
from twin.simulation.outages import outages
from twin.simulation.outcome import outcome
from twin.simulation.recorder import Recorder
from twin.utilities.base import Mask
from twin.utilities.registry import utilities
from twin.utilities.utility import Study
from twin.works.budgets import check_budgets
from twin.works.construction import Construction, commissioning_dates

_TICK_S = 3600
_DAY_S = 86400
# SimPy serves lower numbers first: the clock comes after every driver of its instant
_LAST = EventPriority(2)
_UNSOLVED_LIMIT_S = 24 * 3600


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


def run(scenario: Scenario, observer: Observer | None = None, city: City | None = None) -> Run:
    """Run a scenario from its start to its end.

    Parameters
    ----------
    scenario
        From `twin.scenario.load_scenario`.
    observer
        Called at the end of each simulated day.
    city
        Already opened for a scenario of the same `opening_key`; it is reset first. `Runner` sees to that.

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
    clock = Clock(scenario, observer, city)
    clock.run()
    return clock.outcome(wall.perf_counter() - began)


class Runner:
    """Runs scenarios one after another; opens the networks anew only if a scenario's differ.

    A city that was reset gives the same result as one just opened, to the bit.
    """

    def __init__(self) -> None:
        self._city: City | None = None
        self._key = ""

    def run(self, scenario: Scenario, observer: Observer | None = None) -> Run:
        """Run a scenario like `run`."""
        key = opening_key(scenario)
        city, self._city = self._city if key == self._key else None, None
        if city is None:
            city = open_city(scenario)
        finished = run(scenario, observer, city)
        # kept only after a run that ended in order: what an exception leaves behind is not trusted
        self._city, self._key = city, key
        return finished


def open_city(scenario: Scenario) -> City:
    """Open a scenario's networks with the demand points that growth fills."""
    return City(scenario, Growth(scenario).points)


def studies(scenario: Scenario, city: City) -> list[Study]:
    """Return what utilities look at month by month, beside the run."""
    made = (
        utilities()[name].study(scenario, settings, city.networks[name])
        for name, settings in scenario.simulated.items()
    )
    return [study for study in made if study is not None]


class Clock:
    """Advances the city from instant to instant and hands every counted one to the recorder.

    It wakes at the hour, at whatever a driver posts, and when a network changes state by itself.
    """

    def __init__(
        self, scenario: Scenario, observer: Observer | None = None, city: City | None = None
    ) -> None:
        self._scenario = scenario
        self._observer = observer
        self._growth = Growth(scenario)
        self.postings = Postings()
        self.account = Account()
        if city is not None:
            city.reset()
        self.city = city if city is not None else open_city(scenario)
        ratings = {a: mva for network in self.city.networks.values() for a, mva in network.ratings.items()}
        self.ledger = Ledger(scenario, self.city.signals, ratings)
        self.recorder = Recorder(scenario, self.city.signals, self.ledger)
        self._commitments = Commitments(scenario, self.city, self._growth)
        self.studies = studies(scenario, self.city)
        check_budgets(scenario)
        self._env = simpy.Environment()
        self.construction = Construction(self._env, scenario, self.postings)
        self.connections = Connections(self._env, scenario, self.postings, self._growth, self._next)
        self._active = self.city.active()
        self._commissioned: tuple[str, ...] = ()
        self._dates = commissioning_dates(scenario)
        self._unsolved_since: int | None = None
        self._incidents = Incidents(scenario, self.city.signals, self.postings)
        self._interruptions = Interruptions(scenario, self.city.signals)

    def run(self) -> None:
        """Run to the end of the horizon, or until 24 hours in a row have no solution."""
        assets = (signal.asset for signal in self.city.signals)
        outages(self._env, self._scenario, self.postings, assets, self._stands)
        self._env.run(self._env.process(self._clock()))

    def outcome(self, wall_s: float) -> Run:
        """Return what was accounted so far as a run that took so many seconds."""
        return outcome(
            self._scenario,
            self.city,
            self.recorder,
            self.ledger,
            self.postings,
            self.account,
            self.studies,
            self.construction.works,
            self.connections,
            wall_s,
        )

    def _clock(self) -> Generator[simpy.Event, None, None]:
        days = list(calendar(self._scenario, self._peak_load))
        self.account.planned_hours = 24.0 * sum(day.weight for day in days)
        for number, (before, day) in enumerate(zip([None, *days], days, strict=False)):
            if before and before.month != day.month:
                self._end_month(before.month)
            yield self._sleep((day.day - self._scenario.start).days * _DAY_S - int(self._env.now))
            yield from self._simulate(day)
            if self.account.ended:
                break
            self._tell(day, (number + 1) / len(days))
        if days:
            self._end_month(day.month)

    def _simulate(self, day: Day) -> Generator[simpy.Event, None, None]:
        now = int(self._env.now)
        end = now + _DAY_S
        totals, causes = self.city.read_totals(), self.city.read_causes()
        demand = self._start_day(day)
        while now < end and not self.account.ended:
            demand = self._apply(day, demand, now)
            if now % _TICK_S == 0:
                self.city.start_step(demand, now % _DAY_S)
                self.account.coupled_hours += 1
            settled = self.city.settle(now)
            valid = self._active & self.city.solved if settled.unsolved else self._active
            self._note(settled, now, valid)
            seconds = self._until_next(now)
            if day.weight:
                for study in self.studies:
                    study.watch()
                self.recorder.add(now, seconds, self.city.readings, valid)
            self._count(settled, now, seconds, day.weight)
            self.city.advance(seconds)
            now += seconds
            # SimPy need not wake the clock where nothing else happens
            if now >= end or self._env.peek() <= now or self.account.ended:
                yield self._sleep(now - int(self._env.now))
        if day.weight:
            self.recorder.end_day()
            self.account.add(totals, self.city.read_totals(), day.weight)
            self.account.blame(
                f"{day.month:%Y-%m}", causes, self.city.read_causes(), day.weight, self._missing_site
            )

    def _start_day(self, day: Day) -> DayDemand:
        self.recorder.start_day(day.weight)
        self._take_changes()
        demand = self._demand(day.day)
        self.city.start_day(demand)
        return demand

    def _apply(self, day: Day, demand: DayDemand, now: int) -> DayDemand:
        """Apply what drivers posted; demand is shared anew if that changed what stands."""
        if not self.postings.changes and not self.postings.demand_moved:
            return demand
        self._take_changes()
        demand = self._demand(day.day)
        self.city.start_day(demand)
        self.city.refresh(demand, now % _DAY_S)
        return demand

    def _take_changes(self) -> None:
        changes = self.postings.take()
        if changes:
            self.city.apply(changes)
            self._active = self.city.active()
        commissioned = tuple(self.postings.commissioned)
        if commissioned != self._commissioned:
            self._commissioned = commissioned
            self._growth.commission(commissioned)
        self.postings.demand_moved = False
        self._interruptions.forget()

    def _demand(self, day: date) -> DayDemand:
        return self._growth.demand(day, self.connections.shares(day))

    def _until_next(self, now: int) -> int:
        soonest = min(_TICK_S - now % _TICK_S, self.city.next_change_s(now), self._env.peek() - now)
        return max(1, int(soonest))

    def _sleep(self, seconds: int) -> simpy.Event:
        """Return an event that comes last in its instant."""
        event = self._env.event()
        event._ok, event._value = True, None
        self._env.schedule(event, priority=_LAST, delay=seconds)
        return event

    def _note(self, settled: Settled, now: int, valid: Mask) -> None:
        """Record what began or ended by itself and instants without a solution."""
        for name, unsolved in settled.unsolved.items():
            self.postings.post(Event(now, "unsolved", unsolved.element or name, unsolved.reason))
        city = self.city
        without = self._interruptions.without(city, self._active, self._commissioned)
        self._incidents.update(now, city.readings, valid, without)
        if settled.unsettled:
            self.postings.post(Event(now, "unsettled", "city", f"{settled.residual_kw:.3g} kW still move"))

    def _count(self, settled: Settled, now: int, seconds: int, weight: float) -> None:
        self.account.settled(settled, seconds, weight)
        if not settled.unsolved:
            self._unsolved_since = None
            return
        if self._unsolved_since is None:
            self._unsolved_since = now
        if now + seconds - self._unsolved_since >= _UNSOLVED_LIMIT_S:
            name, unsolved = next(iter(settled.unsolved.items()))
            self.account.ended = f"{name} had no solution for 24 hours: {unsolved.reason}"

    def _stands(self, asset: str) -> bool:
        return self._interruptions.stands(asset, self._active, self._commissioned)

    def _missing_site(self, asset: str) -> str:
        """Return the next site to come that would have helped an asset, empty if none is planned."""
        return self._next(missing_sites(self._scenario, asset, self._commissioned))

    def _next(self, sites: Collection[str]) -> str:
        """Return which of some sites is forecast to come next, empty if none is planned."""
        planned = (site for site in sites if site in self.construction.works)
        return min(planned, key=lambda site: (self._dates.get(site, date.max), site), default="")

    def _end_month(self, month: date) -> None:
        """Close a month with what stood on its last simulated day."""
        for study in self.studies:
            study.end_month(f"{month:%Y-%m}")
        by_point = self._commitments.by_point()
        committed = self._commitments.committed(self.postings.connected, by_point)
        self.account.people += self._growth.people_rows(month)
        closed = len(self.ledger.rows)
        for name in self.recorder.end_month(f"{month:%Y-%m}", self._commissioned, *committed):
            self.postings.post(Event(int(self._env.now), "first breach", name))
        headroom = self.ledger.rows[closed:]
        self.construction.look(headroom)
        if self._scenario.connection == "when-capacity":
            by_district = self._commitments.by_district(by_point)
            self.connections.end_month(month, headroom, by_district, self._commissioned)

    def _peak_load(self, day: date) -> float:
        connected = [name for name, r in self.connections.requests.items() if r.requested <= day]
        drawn = (d for name, d in self._growth.demand(day, connected).items() if utilities()[name].draws)
        return float(sum(demand.base.sum() for demand in drawn)) or (day - self._scenario.start).days

    def _tell(self, day: Day, share: float) -> None:
        if self._observer is not None:
            last = self.postings.events[-1] if self.postings.events else None
            news = f"{last.kind}: {last.subject} {last.detail}".strip() if last else ""
            instant = datetime.combine(day.day, time())
            self._observer(Progress(instant, self.account.coupled_hours, share, news))

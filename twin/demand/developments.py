"""Developments and each year's housing ask for service, and get it at once or when there is room.

Inputs say a development's year, not its day; in the middle, the error is half a year at most.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain

import numpy as np
import simpy

from twin.city.events import Event, Postings
from twin.city.relief import relief_sites
from twin.dates import month_position, next_month
from twin.demand.bridging import by_utility
from twin.demand.gates import Gates
from twin.demand.growth import Growth
from twin.demand.requests import Blocker, Needs, Request, capacity_utility, left, without
from twin.results.tables import Headroom, QueueRow
from twin.scenario.schema import Scenario, kind_of, utility_of
from twin.utilities.base import Vector
from twin.utilities.registry import utilities

_DAY_S = 86400
_SMALL = 1e-9
NO_POINT = "no point of connection"


class _Room:
    """What room there is in a month, and who is refused for want of it.

    Parameters
    ----------
    room
        Of each capacity; what is granted is taken from it.
    full, unreached
        Return the blocker that a capacity, by its place, is for a district; that a utility is, None if not.
    """

    def __init__(
        self,
        room: Vector,
        full: Callable[[int, str], Blocker],
        unreached: Callable[[str, str], Blocker | None],
    ) -> None:
        self._room, self._full, self._unreached = room, full, unreached
        self._held: dict[tuple[str, str], list[Blocker]] = {}

    def take(self, need: Vector) -> None:
        """Take what a customer needs."""
        self._room -= need

    def hold(self, request: Request, blockers: list[Blocker], lacks: Collection[str] = ()) -> None:
        """Let later housing of a district wait for what earlier waits for, in all or of some utilities."""
        for name in lacks or (request.only,):
            if request.housing_year:
                self._held[request.district, name] = blockers

    def blockers(self, request: Request, need: Vector) -> list[Blocker]:
        """Return what a customer has to wait for."""
        before = self._held.get((request.district, request.only), []) if request.housing_year else []
        if before:
            return before
        ahead = (self._held.get((request.district, name), []) for name in request.instead)
        found = [*chain.from_iterable(ahead), *self.lacks(request, need)]
        return list(dict.fromkeys(found))

    def lacks(self, request: Request, need: Vector) -> list[Blocker]:
        """Return the capacities and points of connection that a customer lacks."""
        short = np.flatnonzero((need > _SMALL) & (need > self._room + _SMALL)).tolist()
        asked = [n for n in utilities() if request.needs.get(n, 0.0) > 0.0]
        found = [self._unreached(utility, request.district) for utility in asked]
        found += [self._full(i, request.district) for i in short]
        return [blocker for blocker in found if blocker is not None]


class Connections:
    """Connects customers; posts each connection.

    Parameters
    ----------
    env, scenario, postings
        The clock counts seconds from the scenario's start.
    growth
        Told how many people may live in each district.
    next_site
        Of some sites, the next to come, empty if none is planned.
    gates
        What holds districts back.

    Attributes
    ----------
    requests
        By development.
    queue
        Rows of ``queue.csv``: month, customer and blocker.
    people_waiting
        At the end of each month in which housing waits.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        postings: Postings,
        growth: Growth,
        next_site: Callable[[Collection[str]], str],
        gates: Gates,
    ) -> None:
        self._env, self._scenario, self._agenda, self._growth = env, scenario, postings, growth
        self._next_site, self._gates = next_site, gates
        self._column = {name: i for i, name in enumerate(scenario.districts)}
        self.requests = {name: self._development(name) for name in scenario.developments}
        self.queue: list[QueueRow] = []
        self.people_waiting: dict[str, float] = {}
        queued = scenario.connection == "when-capacity"
        self._waiting: list[Request] = []
        self._granted: list[Request] = []
        self._ramping: list[Request] = []
        for request in self.requests.values():
            if queued and request.requested > scenario.start:
                self._waiting.append(request)
            else:
                env.process(self._connect_once_open(request))
        if queued:
            self._waiting = sorted([*self._waiting, *self._cohorts()], key=lambda r: r.requested)
            growth.hold(growth.people_on(scenario.start))

    def shares(self, day: date) -> dict[str, float]:
        """Return the share of its contract that each connected development draws on a day."""
        shares = dict.fromkeys(self._agenda.connected, 1.0)
        if self._ramping:
            now = month_position(day)
            growing = {request.name: self._share(request, now) for request in self._ramping}
            self._ramping = [request for request in self._ramping if growing[request.name] < 1.0]
            shares |= growing
        return shares

    def end_month(
        self,
        month: date,
        headroom: Sequence[Headroom],
        by_district: Mapping[str, Vector],
        commissioned: Collection[str],
    ) -> None:
        """Connect on the first of the next month all that there is room for, and note who waits for what.

        Parameters
        ----------
        headroom
            The closed month's rows.
        by_district
            Of capacities that serve by place: what a unit in each district puts onto them.
        """
        opens = next_month(month)
        if waiting := self._growth.waiting_on(opens):
            self.people_waiting[f"{month:%Y-%m}"] = waiting
        asking = [r for r in self._waiting if r.requested <= opens]
        if not asking:
            return
        needs = Needs(self._scenario, headroom, by_district, self._column)
        further = self._growth.further(month, self.shares(month))
        room = _Room(
            needs.capacity - needs.at_season(month, further),
            # who lacks what is the same for all of a district
            cache(partial(self._full, headroom, commissioned)),
            cache(partial(self._unreached, commissioned)),
        )
        now = month_position(opens)
        self._granted = [request for request in self._granted if self._share(request, now) < 1.0]
        for request, need in zip(self._granted, needs.of(self._granted), strict=True):
            room.take(need * (1.0 - self._share(request, now)))
        done, chosen = list[Request](), list[Request]()
        for request, need in zip(asking, needs.of(asking), strict=True):
            blockers = room.blockers(request, need)
            if not request.housing_year:
                blockers = [*blockers, *self._gates.blockers(request)]
            granted, own = request, need
            if blockers:
                self._wait(request, opens, blockers)
                less = without(request, {blocker.utility for blocker in blockers})
                if less is None or room.lacks(less, needs.of([less])[0]):
                    room.hold(request, blockers)
                    continue
                granted, own = less, needs.of([less])[0]
                room.hold(request, blockers, granted.lacks)
            room.take(own)
            done.append(request)
            chosen.append(granted)
        self._leave(done, chosen)
        self._env.process(self._connect(chosen, opens))

    def _leave(self, done: Sequence[Request], chosen: Sequence[Request]) -> None:
        """Let requests leave the queue; what they are connected without goes on to wait in their place."""
        gone = {id(request): own for request, own in zip(done, chosen, strict=True)}
        places = (
            left(request, gone[id(request)].lacks) if id(request) in gone else [request]
            for request in self._waiting
        )
        self._waiting = list(chain.from_iterable(places))
        self._granted += chosen

    def note_gates(self, month: date) -> None:
        """Note who waits, as a month ends, for a site that was to open; a queue notes its own."""
        if not self._scenario.gates:
            return
        opens = next_month(month)
        for district, blocker in self._gates.held_housing():
            names = blocker.utility, blocker.capacity_name, blocker.missing_site
            self.queue.append(QueueRow(f"{opens:%Y-%m}", f"housing {district}", *names))
        if waiting := self._growth.waiting_on(opens):
            self.people_waiting[f"{month:%Y-%m}"] = waiting
        if self._scenario.connection == "when-capacity":
            return
        for request in self.requests.values():
            if request.requested < opens and request.connected is None:
                blockers = self._gates.blockers(request)
                if blockers:
                    self._wait(request, opens, blockers)

    def _connect_once_open(self, request: Request) -> Generator[simpy.Event, None, None]:
        """Connect a development when it asks, or as soon as its district's gates are open."""
        yield self._env.timeout(self._until(request.requested))
        for opened in self._gates.before(request):
            if not opened.triggered:
                yield opened
        today = self._scenario.start + timedelta(seconds=int(self._env.now))
        yield from self._connect([request], max(today, request.requested))

    def _development(self, name: str) -> Request:
        row = self._scenario.developments[name]
        place = self._column[row.district]
        needs = {
            utility: getattr(row, own.contract.column)
            * self._growth.factor_of(own)
            * float(self._growth.planned(own)[place])
            for utility, own in utilities().items()
            if own.contract is not None
        }
        return Request(name, row.district, connection_date(self._scenario, name), needs)

    def _cohorts(self) -> list[Request]:
        """Return each district's housing of each year."""
        first, cohorts = self._scenario.start, []
        while first < self._scenario.end:
            following = date(first.year + 1, 1, 1)
            instead = self._growth.housing_instead(first, following)
            for place, (district, needs) in enumerate(self._growth.housing(first, following)):
                name = f"housing {district} {first.year}"
                meanwhile = by_utility(instead, place)
                cohorts.append(Request(name, district, first, needs, first.year, meanwhile))
            first = following
        return cohorts

    def _share(self, request: Request, now: float) -> float:
        """Return what part of its full need a connected customer draws at a month's position."""
        if request.housing_year:
            return min(1.0, max(0.0, now / 12.0 - request.housing_year))
        ramp = self._scenario.connection_terms.ramp_months
        if not ramp or request.connected is None:
            return 0.0 if request.connected is None else 1.0
        begun = request.connected
        if begun <= self._scenario.start:
            # connected before the run: by now it may have grown
            begun = min(begun, _asked(self._scenario, request.name))
        return min(1.0, max(0.0, (now - month_position(begun)) / ramp))

    def _full(
        self, headroom: Sequence[Headroom], commissioned: Collection[str], place: int, district: str
    ) -> Blocker:
        """Return the blocker of a district's customers that is a capacity without room for them."""
        row = headroom[place]
        relief = relief_sites(self._scenario, row.name, commissioned)
        utility = capacity_utility(self._scenario, row.name)
        if kind_of(self._scenario.capacities[row.name]).spread == "points":
            points = (p for p in self._scenario.demand_points if p.district == district)
            relief = relief or {p.from_site for p in points if utility_of(p.asset) == utility}
        missing = self._next_site(relief - {"", *commissioned})
        return Blocker(utility, row.name, missing)

    def _unreached(self, commissioned: Collection[str], utility: str, district: str) -> Blocker | None:
        """Return the blocker of a district that a utility does not reach yet."""
        own = utilities()[utility]
        reached = own.drawn_at or self._growth.reached(utility)[self._column[district]]
        if reached or utility not in self._scenario.simulated:
            return None
        points = [p for p in self._scenario.demand_points if utility_of(p.asset) == utility]
        sites = {p.from_site for p in points if p.district == district} - {"", *commissioned}
        return Blocker(utility, NO_POINT, self._next_site(sites))

    def _wait(self, request: Request, opens: date, blockers: Sequence[Blocker]) -> None:
        if not request.blockers and not request.housing_year:
            why = ", ".join(f"{b.utility}: {b.capacity_name}" for b in blockers)
            self._agenda.post(Event(int(self._env.now), "development waits", request.name, why))
        request.blockers |= dict.fromkeys(blockers)
        self.queue.extend(
            QueueRow(f"{opens:%Y-%m}", request.name, b.utility, b.capacity_name, b.missing_site)
            for b in blockers
        )

    def _connect(self, requests: Sequence[Request], day: date) -> Generator[simpy.Event, None, None]:
        yield self._env.timeout(self._until(day))
        for request in requests:
            request.connected = day
            self._agenda.demand_moved = True
            if request.housing_year:
                until = date(request.housing_year + 1, 1, 1)
                self._growth.allow(request.district, until, request.only, request.lacks)
            else:
                self._ramping.append(request)
                self._agenda.connected.append(request.name)
                name = self._scenario.developments[request.name].name
                self._agenda.post(Event(int(self._env.now), "development connected", request.name, name))

    def _until(self, day: date) -> int:
        """Return the seconds until a day, none for one that has begun."""
        return max(0, (day - self._scenario.start).days * _DAY_S - int(self._env.now))


def connection_date(scenario: Scenario, name: str) -> date:
    """Return when a development asks for its connection: 1 July of its year."""
    return max(scenario.start, _asked(scenario, name))


def _asked(scenario: Scenario, name: str) -> date:
    return date(scenario.developments[name].request_year, 7, 1)

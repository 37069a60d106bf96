"""What acts on the city: construction, connections and outages, and what stands by them."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import simpy

from twin.city.city import DayDemand
from twin.city.events import Postings
from twin.demand.developments import Connections
from twin.demand.gates import Gates
from twin.demand.growth import Growth
from twin.results.tables import PeopleRow
from twin.scenario.schema import Scenario
from twin.simulation.day import Posted
from twin.simulation.outages import outages
from twin.utilities.base import Change, Vector
from twin.utilities.coupling import NEVER
from twin.utilities.demand import Demand, FurtherDay
from twin.works.construction import Construction, planned_openings

_HELD = "held"
Commissioned = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """What stands, and what is yet to come, once a month's last day is over.

    Attributes
    ----------
    second
        When that is, seconds from the scenario's start.
    commissioned
        Sites in service.
    people
        Who lives where.
    committed
        What developments not yet connected will ask of each utility, by demand point and in all.
    shares
        By utility, each demand point's share of each district's demand.
    """

    month: date
    second: int
    commissioned: tuple[str, ...]
    people: Sequence[PeopleRow]
    committed: dict[str, tuple[Vector, float]]
    shares: dict[str, Vector]


class Drivers:
    """Runs what acts on the city by itself, up to any second from the scenario's start.

    Parameters
    ----------
    scenario, growth
        Of the run.
    assets
        All addresses, for the patterns of failures.
    stands
        Whether an asset is in service now.
    next_site
        Of some sites, the next to come, empty if none is planned.
    drive_min
        How long a crew takes to an asset, as of the last day.
    """

    def __init__(
        self,
        scenario: Scenario,
        growth: Growth,
        assets: Sequence[str],
        stands: Callable[[str], bool],
        next_site: Callable[[Collection[str]], str],
        drive_min: Callable[[str], float],
    ) -> None:
        self._scenario, self._growth = scenario, growth
        self.postings = Postings()
        self._env = simpy.Environment()
        self.construction = Construction(self._env, scenario, self.postings)
        planned = planned_openings(scenario) if scenario.gates else {}
        gates = Gates(self._env, scenario, self.postings, growth, planned, self.construction.opened)
        self.connections = Connections(self._env, scenario, self.postings, growth, next_site, gates)
        outages(self._env, scenario, self.postings, assets, stands, drive_min)
        self._commissionings: list[tuple[int, Commissioned]] = [(0, ())]
        self._standing: dict[tuple[str, str], Change] = {}
        self._posted: deque[Posted] = deque()
        self._day = scenario.start
        self._further: FurtherDay | None = None
        self._demand: DayDemand = {}

    @property
    def heed_headroom(self) -> bool:
        """Return whether what happens next depends on the months before: their headroom, their ways."""
        scenario = self._scenario
        supplied = any(site.delivered_at for site in scenario.sites.values())
        return (
            scenario.connection == "when-capacity" or any(row.capacity for row in scenario.order) or supplied
        )

    @property
    def now(self) -> int:
        """Return the second before which everything has happened."""
        return int(self._env.now)

    def next_s(self) -> int:
        """Return when something happens next, seconds from the start."""
        soonest = self._env.peek()
        return NEVER if soonest == float("inf") else int(soonest)

    def start_day(self, day: date, further: FurtherDay | None = None) -> DayDemand:
        """Reckon with a day's demand from now on; return it as it is with what stands now."""
        self._day, self._further = day, further
        self._demand = self._growth.demand(day, self.connections.shares(day), further)
        self._posted = deque(one._replace(demand=self._demand) for one in self._posted)
        return self._demand

    def until(self, second: int) -> None:
        """Let everything happen before a second."""
        while self.next_s() < second:
            self._instant()
        if self._env.now < second:
            self._env.run(until=second)
            self._env.step()  # SimPy leaves the event at which it stopped in the queue

    def posted(self, since: int, until: int) -> tuple[Posted, ...]:
        """Return what was posted from a second until before another; seconds since the first."""
        return tuple(
            one._replace(second=one.second - since) for one in self._posted if since <= one.second < until
        )

    def standing(self, second: int) -> tuple[Change, ...]:
        """Return what was changed until the end of a second and holds; then what led to it is forgotten.

        It is sorted by asset, of each in order: which site came first is no part of what stands.
        """
        while self._posted and self._posted[0].second <= second:
            for change in self._posted.popleft().changes:
                key = change.asset, change.field
                # what is changed again takes its place after what was changed meanwhile
                self._standing.pop(key, None)
                if change.field != _HELD or change.value:
                    self._standing[key] = change
        return tuple(sorted(self._standing.values(), key=lambda change: change.asset))

    def commissioned(self, since: int) -> list[tuple[int, Commissioned]]:
        """Return the sites in service at a second, and from later ones on; seconds since the first."""
        first = sum(at <= since for at, _ in self._commissionings) - 1
        return [(max(0, at - since), sites) for at, sites in self._commissionings[first:]]

    def _instant(self) -> None:
        """Let the next instant happen."""
        now = self._env.peek()
        while self._env.peek() == now:
            self._env.step()
        postings = self.postings
        if not postings.changes and not postings.demand_moved:
            return
        commissioned = tuple(postings.commissioned)
        if commissioned != self._commissionings[-1][1]:
            self._commissionings.append((int(now), commissioned))
            self._growth.commission(commissioned)
        postings.demand_moved = False
        shares = self.connections.shares(self._day)
        self._demand = self._growth.demand(self._day, shares, self._further)
        self._posted.append(Posted(int(now), tuple(postings.take()), self._demand))

    def moved(self, day: date, further: FurtherDay) -> frozenset[str]:
        """Return the networks whose demand on a day is another, for it is a further one."""
        shares = self.connections.shares(day)
        plain, own = (self._growth.demand(day, shares, one) for one in (None, further))
        return frozenset(name for name in own if _differ(own[name], plain[name]))

    def end_month(self, month: date) -> MonthEnd:
        """Return what stands now that a month's last day is over."""
        growth = self._growth
        self.connections.note_gates(month)
        return MonthEnd(
            month,
            self.now,
            self._commissionings[-1][1],
            growth.people_rows(month),
            growth.committed(self.postings.connected),
            {name: growth.shares(name).copy() for name in growth.points},
        )


def _differ(one: Demand, other: Demand) -> bool:
    return any(
        getattr(one, part).shape != getattr(other, part).shape
        or bool((getattr(one, part) != getattr(other, part)).any())
        for part in ("base", "factors", "native")
    )


class Live:
    """What drivers post for a day, while it goes by: see `Upcoming`."""

    def __init__(self, drivers: Drivers, midnight_s: int) -> None:
        self._drivers, self._midnight_s = drivers, midnight_s
        self._since, self._next_s = midnight_s, drivers.next_s()

    def take(self, second: int) -> Posted | None:
        """Let drivers act up to a second of the day; return what they post, None for nothing."""
        until = self._midnight_s + second + 1
        if self._next_s >= until:
            return None
        self._drivers.until(until)
        self._next_s = self._drivers.next_s()
        posted = self._drivers.posted(self._since, until)
        self._since = until
        self._drivers.standing(until)
        if not posted:
            return None
        changes = tuple(change for one in posted for change in one.changes)
        return Posted(second, changes, posted[-1].demand)

    def next_s(self, second: int) -> int:
        """Return the seconds until something happens."""
        return self._next_s - self._midnight_s - second

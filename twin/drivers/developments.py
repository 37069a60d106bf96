"""Developments and each year's housing ask for service, and get it at once or when there is room.

Inputs say a development's year, not its day; in the middle, the error is half a year at most.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import simpy

from twin.capacity import Headroom, relief_sites
from twin.drivers.agenda import Agenda, Event
from twin.drivers.growth import Growth
from twin.finance import month_position
from twin.networks.base import Vector
from twin.scenario.schema import Scenario

_DAY_S = 86400
_SMALL = 1e-9
_UTILITY = {"substation": "power", "supply": "power", "source": "water", "treatment": "sewer"}
NO_POINT = "no point of connection"


@dataclass(frozen=True, slots=True, order=True)
class Blocker:
    """A capacity without room in a month, and the next site that would relieve it."""

    utility: str
    capacity_name: str
    missing_site: str


@dataclass(slots=True)
class Request:
    """A customer's request for service.

    Attributes
    ----------
    name
        A development's, or ``housing Gate 2027``.
    power_mw
        At the evening peak.
    water_m3_per_day, sewage_m3_per_day
        On the maximum day; on any day.
    housing_year
        The year in which a cohort of housing grows; 0 for developments.
    connected
        None as long as it waits.
    blockers
        Every blocker so far, in the order in which they appeared.
    """

    name: str
    district: str
    requested: date
    power_mw: float
    water_m3_per_day: float
    sewage_m3_per_day: float
    housing_year: int = 0
    connected: date | None = None
    blockers: dict[Blocker, None] = field(default_factory=dict)


class Connections:
    """Connects customers; posts each connection.

    Parameters
    ----------
    env, scenario, agenda
        The clock counts seconds from the scenario's start.
    growth
        Told how many people may live in each district.
    next_site
        Of some sites, the next to come, empty if none is planned.

    Attributes
    ----------
    requests
        By development.
    queue
        Rows of ``queue.csv``: month, customer and blocker.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        agenda: Agenda,
        growth: Growth,
        next_site: Callable[[Collection[str]], str],
    ) -> None:
        self._env, self._scenario, self._agenda, self._growth = env, scenario, agenda, growth
        self._next_site = next_site
        self._column = {name: i for i, name in enumerate(scenario.districts)}
        self.requests = {name: self._development(name) for name in scenario.developments}
        self.queue: list[dict[str, object]] = []
        queued = scenario.connection == "when-capacity"
        self._waiting: list[Request] = []
        self._granted: list[Request] = []
        for request in self.requests.values():
            if queued and request.requested > scenario.start:
                self._waiting.append(request)
            else:
                env.process(self._connect([request], request.requested))
        if queued:
            self._waiting = sorted([*self._waiting, *self._cohorts()], key=lambda r: r.requested)
            growth.hold(growth.people_on(scenario.start))

    def shares(self, day: date) -> dict[str, float]:
        """Return the share of its contract that each connected development draws on a day."""
        return {name: self._share(self.requests[name], day) for name in self._agenda.connected}

    def end_month(
        self,
        month: date,
        headroom: Sequence[Headroom],
        power_by_district: Mapping[str, Vector],
        commissioned: Collection[str],
    ) -> None:
        """Connect on the first of the next month all that there is room for, and note who waits for what.

        Parameters
        ----------
        headroom
            The closed month's rows.
        power_by_district
            By substation and supply, the MW that a MW in each district puts onto it.
        """
        opens = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
        asking = [r for r in self._waiting if r.requested <= opens]
        if not asking:
            return
        needs = _Needs(self._scenario, headroom, power_by_district, self._column)
        room = needs.capacity - needs.at_season(month)
        for request in self._granted:
            room -= needs.of(request) * (1.0 - self._share(request, opens))
        held: dict[str, list[Blocker]] = {}
        chosen = []
        for request in asking:
            blockers = held.get(request.district, []) if request.housing_year else []
            need = needs.of(request)
            blockers = blockers or self._blockers(request, need, room, headroom, commissioned)
            if blockers:
                self._wait(request, opens, blockers)
                if request.housing_year:
                    held[request.district] = blockers
            else:
                room -= need
                chosen.append(request)
        names = {r.name for r in chosen}
        self._waiting = [r for r in self._waiting if r.name not in names]
        self._granted += chosen
        self._env.process(self._connect(chosen, opens))

    def _development(self, name: str) -> Request:
        row, settings = self._scenario.developments[name], self._scenario.demand
        power = row.power_mw * settings.coincidence
        sewage = row.water_m3_per_day * settings.development_return
        requested = connection_date(self._scenario, name)
        return Request(name, row.district, requested, power, row.water_m3_per_day, sewage)

    def _cohorts(self) -> list[Request]:
        """Return each district's housing of each year."""
        first, cohorts = self._scenario.start, []
        while first < self._scenario.end:
            following = date(first.year + 1, 1, 1)
            for district, power, water, sewage in self._growth.housing(first, following):
                name = f"housing {district} {first.year}"
                cohorts.append(Request(name, district, first, power, water, sewage, first.year))
            first = following
        return cohorts

    def _share(self, request: Request, day: date) -> float:
        """Return what part of its full need a connected customer draws on a day."""
        if request.housing_year:
            return min(1.0, max(0.0, month_position(day) / 12.0 - request.housing_year))
        ramp = self._scenario.connection_terms.ramp_months
        if not ramp or request.connected is None:
            return 0.0 if request.connected is None else 1.0
        return min(1.0, max(0.0, (month_position(day) - month_position(request.connected)) / ramp))

    def _blockers(
        self,
        request: Request,
        need: Vector,
        room: Vector,
        headroom: Sequence[Headroom],
        commissioned: Collection[str],
    ) -> list[Blocker]:
        blockers = [self._without_point(request, network, commissioned) for network in ("power", "water")]
        found = [blocker for blocker in blockers if blocker is not None]
        for i in np.flatnonzero((need > _SMALL) & (need > room + _SMALL)):
            row = headroom[int(i)]
            relief = relief_sites(self._scenario, row.name, commissioned)
            if row.kind in ("substation", "supply"):
                points = (p for p in self._scenario.demand_points if p.district == request.district)
                relief = relief or {p.from_site for p in points if p.asset.startswith("power/")}
            missing = self._next_site(relief - {"", *commissioned})
            found.append(Blocker(_utility(self._scenario, row), row.name, missing))
        return found

    def _without_point(self, request: Request, network: str, commissioned: Collection[str]) -> Blocker | None:
        """Return the blocker of a district that a network does not reach yet."""
        asks = request.power_mw if network == "power" else request.water_m3_per_day
        reached = self._growth.reached(network)[self._column[request.district]]
        if asks <= 0.0 or reached or getattr(self._scenario.networks, network) is None:
            return None
        points = [p for p in self._scenario.demand_points if p.asset.startswith(f"{network}/")]
        sites = {p.from_site for p in points if p.district == request.district} - {"", *commissioned}
        return Blocker(network, NO_POINT, self._next_site(sites))

    def _wait(self, request: Request, opens: date, blockers: Sequence[Blocker]) -> None:
        if not request.blockers and not request.housing_year:
            why = ", ".join(f"{b.utility}: {b.capacity_name}" for b in blockers)
            self._agenda.post(Event(int(self._env.now), "development waits", request.name, why))
        request.blockers |= dict.fromkeys(blockers)
        self.queue.extend(
            {
                "month": f"{opens:%Y-%m}",
                "development": request.name,
                "utility": b.utility,
                "capacity_name": b.capacity_name,
                "missing_site": b.missing_site,
            }
            for b in blockers
        )

    def _connect(self, requests: Sequence[Request], day: date) -> Generator[simpy.Event, None, None]:
        delay = (day - self._scenario.start).days * _DAY_S - int(self._env.now)
        yield self._env.timeout(max(0, delay))
        for request in requests:
            request.connected = day
            self._agenda.demand_moved = True
            if request.housing_year:
                self._growth.allow(request.district, date(request.housing_year + 1, 1, 1))
            else:
                self._agenda.connected.append(request.name)
                name = self._scenario.developments[request.name].name
                self._agenda.post(Event(int(self._env.now), "development connected", request.name, name))


class _Needs:
    """A month's capacities as vectors, and what a customer puts onto each."""

    def __init__(
        self,
        scenario: Scenario,
        headroom: Sequence[Headroom],
        power_by_district: Mapping[str, Vector],
        column: Mapping[str, int],
    ) -> None:
        self._scenario, self._rows, self._column = scenario, headroom, column
        firm = scenario.connection_terms.headroom == "firm"
        self.capacity = np.array(
            [r.capacity if firm else r.intact_headroom + r.peak_12_months for r in headroom], dtype=float
        )
        power = scenario.networks.power
        per_mva = 1.0 / power.design_power_factor if power else 1.0
        none = np.zeros(len(column))
        self._power = np.array(
            [power_by_district.get(r.name, none) * (per_mva if r.kind == "supply" else 1.0) for r in headroom]
        ).reshape(len(headroom), len(column))
        whole = {r.kind: r.peak for r in headroom}
        shares = [_volume_share(scenario, r, whole) for r in headroom]
        self._water = np.array([water for water, _ in shares])
        self._sewage = np.array([sewage for _, sewage in shares])

    def of(self, request: Request) -> Vector:
        """Return a customer's need on each capacity, in its unit."""
        power = request.power_mw * self._power[:, self._column[request.district]]
        water = request.water_m3_per_day * self._water
        return np.asarray(power + water + request.sewage_m3_per_day * self._sewage)

    def at_season(self, month: date) -> Vector:
        """Return the month's peaks as they would be in the year's peak season."""
        seasons = self._scenario.seasons
        season = seasons.get(month.month)
        if season is None:
            return np.array([r.peak for r in self._rows], dtype=float)
        power = max(s.power for s in seasons.values()) / (season.power or 1.0)
        water = max(s.water for s in seasons.values()) / (season.water or 1.0)
        factor = {"power": power, "water": water, "sewer": 1.0}
        return np.array([r.peak * factor[_utility(self._scenario, r)] for r in self._rows])


def _utility(scenario: Scenario, row: Headroom) -> str:
    if row.kind == "pumping":
        water = next(iter(scenario.capacities[row.name])).startswith("water/")
        return "water" if water else "sewer"
    return _UTILITY[row.kind]


def _volume_share(scenario: Scenario, row: Headroom, whole: Mapping[str, float]) -> tuple[float, float]:
    """Return the parts of new water and of new sewage that pass a capacity; pumping has its present part."""
    utility = _utility(scenario, row)
    part = 1.0
    if row.kind == "pumping":
        total = whole.get("source" if utility == "water" else "treatment", 0.0)
        part = row.peak / total if total else 0.0
    return part if utility == "water" else 0.0, part if utility == "sewer" else 0.0


def connection_date(scenario: Scenario, name: str) -> date:
    """Return when a development asks for its connection: 1 July of its year."""
    return max(scenario.start, date(scenario.developments[name].request_year, 7, 1))

"""A road network as the city knows it: hours in user equilibrium, nothing stored between them."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.utilities.base import NOTHING, Cause, Change, Mask, Signal, Vector, WithoutStorage
from twin.utilities.roads import readings
from twin.utilities.roads.assignment import Assignment, Links
from twin.utilities.roads.demand import FREIGHT, WORKPLACES
from twin.utilities.roads.files import HERE
from twin.utilities.roads.gravity import within
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.purposes import FEEDBACK_ROUNDS, Ends, Patterns
from twin.utilities.roads.roadworks import Offer, Roadworks
from twin.utilities.roads.settings import RoadsSettings
from twin.utilities.roads.snapshot import RoadSnapshot

_NEVER = 1 << 40
_SMALL = 1e-9
_NAMED_SHARE = 0.05
"""A road is named as a cause of an hour if it has so much of its hours lost."""
WHOLE = f"{HERE}/network"
TOTALS = (
    *("trips_veh", "made_veh", "not_made_veh", "vehicle_km", "vehicle_h"),
    *("free_vehicle_h", "lost_vehicle_h", "lost_person_h"),
)
LOST, NOT_MADE = "lost_person_h", "not_made_veh"


@dataclass
class State:
    """All that changes, beside the paths of the assignment."""

    works: Roadworks
    offer: Offer
    base: Vector
    jobs: Vector
    factors: Vector
    native: float
    patterns: Patterns | None
    values: Vector
    rates: Vector
    delays: Vector
    sums: Vector
    lost: Vector
    cut: dict[str, float] = field(default_factory=dict)
    solved: bool = False


class RoadNetwork(WithoutStorage):
    """A plan as a `Network`.

    Parameters
    ----------
    points
        Addresses of the zones that stand for districts.
    external
        Zones that stand for all beyond the city.
    lit
        Addresses of the roads whose traffic lights stop without power: the port ``running``.

    Raises
    ------
    InvalidInput
        If a zone or a road is unknown.
    """

    name: str = HERE
    totals: tuple[str, ...] = TOTALS

    def __init__(
        self,
        plan: RoadPlan,
        settings: RoadsSettings,
        points: Sequence[str] = (),
        external: Sequence[str] = (),
        lit: Sequence[str] = (),
    ) -> None:
        self.plan, self._settings, self._lit = plan, settings, tuple(lit)
        self._points = tuple(points)
        self._zone = {f"{HERE}/{zone}": i for i, zone in enumerate(plan.zones)}
        self._road = {f"{HERE}/{road.name}": i for i, road in enumerate(plan.roads)}
        depot = settings.depot or next(iter(plan.zones), "")
        wanted = dict.fromkeys((*points, *(f"{HERE}/{zone}" for zone in (*external, depot))), self._zone)
        wanted |= dict.fromkeys(lit, self._road)
        if unknown := [asset for asset, known in wanted.items() if asset not in known]:
            raise InvalidInput([Mistake(asset, 0, "no such zone or road") for asset in unknown])
        self._of_point = np.array([self._zone[point] for point in points], dtype=np.intp)
        self._external = np.isin(np.arange(len(self._zone)), [self._zone[f"{HERE}/{z}"] for z in external])
        self._depot = self._zone[f"{HERE}/{depot}"]
        self.links = links_of(plan)
        self._assignment = Assignment(self.links, np.array(list(plan.zones.values())))
        self.signals: tuple[Signal, ...] = readings.signals(
            tuple(self._road), tuple(self._zone), self._lit, WHOLE
        )
        self.ratings: Mapping[str, float] = {
            f"{HERE}/{road.name}": road.capacity for road in plan.roads if road.in_service
        }
        self._gap = 0.0
        self._length = np.array([road.length_km for road in plan.roads])
        self.reset()

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """Return what of the files is not used."""
        return self.plan.warnings

    def reset(self) -> None:
        """Return to the opened state."""
        roads = len(self._road)
        works = Roadworks.of(self.plan)
        self._now = State(
            works=works,
            offer=works.offer(self.plan, self._settings.dark_capacity_share),
            base=np.zeros((len(self._points), WORKPLACES + 1)),
            jobs=np.zeros(len(self._zone)),
            factors=np.zeros(WORKPLACES + 1),
            native=1.0,
            patterns=None,
            values=np.zeros(len(self.signals)),
            rates=np.zeros(len(TOTALS)),
            delays=np.zeros(roads),
            sums=np.zeros(len(TOTALS)),
            lost=np.zeros(roads + 1),
        )
        self._take_roads()
        self._cut_off = ~np.isfinite(self._assignment.times(free=True))

    def apply(self, changes: Sequence[Change]) -> None:
        """Build roads (`in_service`), set their `lanes`, hold and release them (`held`)."""
        self._now.works.apply(changes, self._road)
        self._take_roads()

    def set_base(self, base: Vector) -> None:
        """Set what begins and ends in each zone."""
        if not np.array_equal(base, self._now.base):
            self._now.base, self._now.patterns = base.copy(), None
            self._now.jobs = np.zeros(len(self._zone))
            np.add.at(self._now.jobs, self._of_point, base[:, WORKPLACES])

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        """Set this hour's factors."""
        self._now.factors = factors.copy() if factors.size else np.zeros(WORKPLACES + 1)
        self._now.native = native

    def set_input(self, port: str, values: Vector) -> None:
        """Put out the traffic lights without power."""
        lit = self._now.works.lit
        for asset, may_run in zip(self._lit, values, strict=True):
            lit[self._road[asset]] = bool(may_run)
        self._take_roads()

    def solve(self) -> None:
        """Find the hour's user equilibrium."""
        now = self._now
        now.solved = False
        if now.patterns is None:
            now.patterns = self._distributed()
        trips = now.native * self.plan.trips + now.patterns.vehicles(
            now.factors, self._settings.persons_per_car
        )
        made = np.where(self._cut_off, 0.0, trips)
        self._assign(made)
        self._read_out(trips, made)
        now.solved = True

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._now.values

    def read_totals(self) -> Vector:
        """Return trips, vehicle-kilometres and hours since the opening."""
        return self._now.sums

    def read_causes(self) -> Mapping[Cause, float]:
        """Return hours lost by the road on which they are, and trips not made by what cuts them off.

        What is lost on many roads, little on each, stands under the network as a whole.
        """
        names = [*self._road, WHOLE]
        lost = {
            Cause(LOST, "road", names[i]): float(self._now.lost[i])
            for i in np.flatnonzero(self._now.lost > _SMALL)
        }
        cut = {
            Cause(NOT_MADE, "no solution" if asset == WHOLE else "road", asset): amount
            for asset, amount in self._now.cut.items()
        }
        return lost | cut

    def active(self) -> Mask:
        """Return which roads can be driven on; zones always are."""
        there = np.tile(self._now.works.open, 5)
        return np.concatenate([there, np.ones(len(self.signals) - len(there), dtype=bool)])

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return 0: no contract is for a road."""
        return np.zeros(len(self._points))

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return nothing: signals tell what is amiss."""
        return {}

    def next_change_s(self) -> int:
        """Return a very long time: nothing is stored."""
        return _NEVER

    def advance(self, seconds: int) -> None:
        """Account trips and hours at the last solution; without one, no trip is made."""
        now, hours = self._now, seconds / 3600.0
        if now.solved:
            now.sums += now.rates * hours
            readings.lose(now.delays, _NAMED_SHARE, hours, now.lost)
            missing = float(now.rates[2]) * hours
        else:
            missing = float(self._asked().sum()) * hours
            now.sums[[0, 2]] += missing
        if missing > _SMALL:
            why = self._closed() if now.solved else WHOLE
            now.cut[why] = now.cut.get(why, 0.0) + missing

    def snapshot(self) -> RoadSnapshot:
        """Return the network as it is at the last solution."""
        if not self._now.solved:
            raise Unsolved("no user equilibrium", WHOLE)
        return RoadSnapshot(self.plan, self._now.works.copy(), self._of_roads().copy())

    def hour(self) -> tuple[Vector, Offer, float] | None:
        """Return the hour that is solved: trips that are made, what roads offer, vehicle-hours spent."""
        if not self._now.solved:
            return None
        made = np.where(self._cut_off, 0.0, self._asked())
        return made, self._now.offer, float(self._now.rates[4])

    def save(self) -> object:
        """Return what it would go on from."""
        return deepcopy(self._now), self._cut_off.copy(), self._assignment.save()

    def restore(self, state: object) -> None:
        """Go on from a saved state."""
        now, cut_off, paths = cast(tuple[State, Mask, object], state)
        self._now, self._cut_off = deepcopy(now), cut_off.copy()
        self._assignment.restore(paths)

    def _take_roads(self) -> None:
        """Let the assignment know what roads can carry, and find which zones they do not join."""
        self._now.offer = self._now.works.offer(self.plan, self._settings.dark_capacity_share)
        if self._assignment.set_roads(*self._now.offer):
            self._cut_off = ~np.isfinite(self._assignment.times(free=True))
            self._now.patterns = None

    def _distributed(self) -> Patterns:
        """Distribute the standing's trips, in rounds of feedback from free-flow times."""
        minutes = self._assignment.times(free=True)
        ends = np.zeros((len(self._zone), WORKPLACES + 1))
        np.add.at(ends, self._of_point, self._now.base)
        every = Ends(ends, self._external)
        patterns = every.patterns(minutes, self._settings)
        if not ends.any():
            return patterns
        # where each step has a base of its own, its factors are ones, and the base is an hour's
        by_step = bool(np.all(self._now.factors == 1.0))
        hour = np.full(WORKPLACES + 1, 1.0 if by_step else self._settings.peak_hour_share)
        for _ in range(FEEDBACK_ROUNDS - 1):
            trips = patterns.vehicles(hour, self._settings.persons_per_car) + self.plan.trips
            self._assign(np.where(self._cut_off, 0.0, trips))
            patterns = every.patterns(self._assignment.times(), self._settings)
        return patterns

    def _assign(self, trips: Vector) -> None:
        ended = self._assignment.solve(trips, self._settings.max_gap, int(self._settings.max_rounds))
        if not ended.reached:
            self._assignment.forget()
            reason = f"after {ended.rounds} rounds the relative gap is {ended.gap:.1e}"
            raise Unsolved(f"{reason}, not {self._settings.max_gap:g}", WHOLE)
        self._gap = ended.gap

    def _asked(self) -> Vector:
        """Return the hour's trips, as far as they are known."""
        now = self._now
        trips = now.native * self.plan.trips
        if now.patterns is not None:
            trips = trips + now.patterns.vehicles(now.factors, self._settings.persons_per_car)
        return np.asarray(trips)

    def _read_out(self, trips: Vector, made: Vector) -> None:
        now, settings = self._now, self._settings
        volume, time = self._assignment.volume, self._assignment.time
        of_roads = readings.of_roads(self.links, now.offer.capacity, volume, time)
        minutes = self._assignment.times()
        within_zones = within(minutes)
        asked, count, missing = float(trips.sum()), float(made.sum()), (trips - made).sum(axis=1)
        spent = float(volume @ time) / 60.0
        free = float(volume @ self.links.free_min) / 60.0
        zones = [
            readings.jobs_near(within_zones, now.jobs),
            within_zones[self._depot],
            missing,
        ]
        whole = [asked, 60.0 * spent / count if count else 0.0, self._gap]
        power = np.full(len(self._lit), settings.signals_kw)
        now.values = np.concatenate([of_roads, *zones, power, whole])
        now.delays = of_roads[4 * len(self._road) :] * self._persons(made, now.patterns)
        length, not_made, late = float(volume @ self._length), float(missing.sum()), float(now.delays.sum())
        now.rates = np.array([asked, count, not_made, length, spent, free, spent - free, late])

    def _persons(self, made: Vector, patterns: Patterns | None) -> float:
        """Return people in a vehicle of the hour; a lorry has its driver."""
        total = float(made.sum())
        assert patterns is not None
        lorries = float(np.where(self._cut_off, 0.0, patterns.freight).sum() * self._now.factors[FREIGHT])
        cars = max(total - lorries, 0.0)
        return (cars * self._settings.persons_per_car + lorries) / total if total else 1.0

    def _of_roads(self) -> Vector:
        """Return the readings of roads, shape (quantities, roads)."""
        return self._now.values[: 5 * len(self._road)].reshape(5, -1)

    def _closed(self) -> str:
        """Return the largest road that is closed, the network as a whole if none is."""
        closed = ~self._now.works.open
        if not closed.any():
            return WHOLE
        sizes = np.where(closed, self.links.capacity, 0.0)
        return list(self._road)[int(np.argmax(sizes))]


def links_of(plan: RoadPlan) -> Links:
    """Return the roads of a plan as vectors."""
    columns = {
        name: np.array([getattr(road, name) for road in plan.roads], dtype=float)
        for name in ("free_min", "b", "power", "capacity")
    }
    return Links(
        np.array([road.tail for road in plan.roads], dtype=np.int64),
        np.array([road.head for road in plan.roads], dtype=np.int64),
        **columns,
        nodes=len(plan.nodes),
        no_way_through=plan.no_way_through,
    )

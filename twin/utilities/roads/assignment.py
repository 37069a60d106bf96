"""User equilibrium on a road network: no path undercuts one that is driven (Wardrop's first principle)."""

from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from twin.pinned import pin
from twin.utilities.base import Mask, Vector
from twin.utilities.roads.kernels import DONE, FULL, compact, minutes_between, settle, take_trips
from twin.utilities.roads.projection import price
from twin.utilities.roads.shortest import Driven, Floats, Graph, Ints, Pairs, Roads, State, Store

_PATHS_PER_PAIR, _LINKS_PER_PATH, _SOME_PATHS = 3, 12, 4096


class Links(NamedTuple):
    """The links of a network, and its nodes.

    Attributes
    ----------
    tail, head
        Numbers of the nodes that a link leads from and to.
    free_min, b, power
        Of the BPR function ``t = free (1 + b (v / c)^power)``.
    capacity
        Vehicles per hour, above zero.
    nodes
        How many there are.
    no_way_through
        By node, whether trips only begin and end there.
    """

    tail: Ints
    head: Ints
    free_min: Floats
    b: Floats
    power: Floats
    capacity: Floats
    nodes: int
    no_way_through: Mask


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """How an assignment ended.

    Attributes
    ----------
    gap
        The relative gap that is left.
    reached
        It is no more than was asked for.
    rounds
        Searches of all shortest paths.
    """

    gap: float
    reached: bool
    rounds: int


class _Saved(NamedTuple):
    """What an assignment goes on from."""

    pairs: Pairs | None
    store: Store
    rows: Ints
    columns: Ints
    of_links: tuple[Vector, Vector, Vector]
    per_capacity: Vector
    closed: Mask


class Assignment:
    """Finds equilibria on one network, each from the paths of the one before while roads stay as they are.

    Parameters
    ----------
    links
        Of the network.
    zones
        By zone, the number of its node.
    """

    def __init__(self, links: Links, zones: Ints) -> None:
        self._links, self._zones = links, np.asarray(zones, dtype=np.int64)
        count, nodes = len(links.tail), links.nodes
        out = np.argsort(links.tail, kind="stable").astype(np.int64)
        first = np.zeros(nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(links.tail, minlength=nodes), out=first[1:])
        tail = np.ascontiguousarray(links.tail, dtype=np.int64)
        self._graph = Graph(
            first,
            out,
            np.ascontiguousarray(links.head, dtype=np.int64),
            np.zeros(count, dtype=bool),
            links.free_min.astype(float),
            (links.free_min * links.b).astype(float),
            1.0 / links.capacity,
            links.power.astype(float),
            np.ascontiguousarray(links.no_way_through, dtype=bool),
        )
        self._state = State(
            np.zeros(count),
            np.zeros(count),
            np.zeros(count),
            np.zeros(count),
            np.zeros(nodes),
            np.zeros(nodes, dtype=np.int64),
            np.zeros(count + 1),
            np.zeros(count + 1, dtype=np.int64),
            np.zeros(count, dtype=np.int64),
            np.zeros(count, dtype=np.int64),
            np.zeros(1, dtype=np.int64),
            np.zeros(nodes + 1, dtype=np.int64),
        )
        self._roads = pin(Roads(self._graph, self._state, tail))
        self.forget()

    @property
    def volume(self) -> Vector:
        """Return vehicles per hour by link, as of the last equilibrium."""
        return self._state.volume

    @property
    def time(self) -> Vector:
        """Return minutes by link, as of the last equilibrium."""
        return self._state.time

    def forget(self) -> None:
        """Forget all paths: the next equilibrium is found from free-flow times."""
        self._pairs: Pairs | None = None
        self._rows: Ints = np.zeros(0, dtype=np.int64)
        self._columns: Ints = np.zeros(0, dtype=np.int64)
        self._store = _empty_store(0, 0)

    def set_roads(self, capacity: Vector, closed: Mask) -> bool:
        """Set capacities, veh/h, and which links are closed; return whether that is another network."""
        graph, wanted = self._graph, np.where(closed, 0.0, 1.0 / np.where(closed, 1.0, capacity))
        if np.array_equal(graph.per_capacity, wanted) and np.array_equal(graph.closed, closed):
            return False
        graph.per_capacity[:], graph.closed[:] = wanted, closed
        self.forget()
        return True

    def times(self, free: bool = False) -> Vector:
        """Return minutes from zone to zone at the last equilibrium, shape (zones, zones); inf without a way.

        Parameters
        ----------
        free
            At free-flow times instead; then there is no last equilibrium.
        """
        if free:
            self.forget()
            self._state.volume[:] = 0.0
            price(self._graph, self._state)
        found = np.empty((len(self._zones), len(self._zones)))
        minutes_between(self._roads, self._zones, found)
        return found

    def solve(self, trips: Vector, gap: float, rounds: int = 1000) -> Equilibrium:
        """Find the equilibrium of so many trips from zone to zone, veh/h; none may be without a way.

        Parameters
        ----------
        trips
            Shape (zones, zones); those within a zone use no road.
        gap
            The relative gap to be reached.
        """
        self._take(trips)
        assert self._pairs is not None
        used = 0
        while True:
            ended, left, more = settle(self._roads, self._driven, gap, rounds - used)
            used += int(more)
            if ended != FULL:
                break
            self._drive(self._pairs, _grown(self._store, self._pairs))
        return Equilibrium(float(left), ended == DONE, used)

    def _take(self, trips: Vector) -> None:
        """Let pairs have their new trips: paths that are there keep their shares."""
        trips = trips.astype(float)
        np.fill_diagonal(trips, 0.0)
        if self._pairs is not None:
            now = trips[self._rows, self._columns]
            if take_trips(self._driven, now, np.count_nonzero(trips)):
                return
        self._rows, self._columns = np.nonzero(trips)
        first = np.zeros(len(self._zones) + 1, dtype=np.int64)
        np.cumsum(np.bincount(self._rows, minlength=len(self._zones)), out=first[1:])
        ends, count = self._zones[self._columns], len(self._rows)
        pairs = Pairs(
            first,
            self._zones,
            np.ascontiguousarray(ends),
            trips[self._rows, self._columns],
            np.full(count, -1, dtype=np.int64),
        )
        paths = _PATHS_PER_PAIR * count + _SOME_PATHS
        self._drive(pairs, _empty_store(paths, _LINKS_PER_PATH * paths))

    def _drive(self, pairs: Pairs, store: Store) -> None:
        """Let pairs drive on the paths of a store."""
        self._pairs, self._store = pairs, store
        self._driven = pin(Driven(pairs, store))

    def save(self) -> object:
        """Return what it goes on from: a value of its own."""
        state, graph = self._state, self._graph
        pairs = None if self._pairs is None else Pairs._make(own.copy() for own in self._pairs)
        return _Saved(
            pairs,
            Store._make(own.copy() for own in self._store),
            self._rows.copy(),
            self._columns.copy(),
            (state.volume.copy(), state.time.copy(), state.slope.copy()),
            graph.per_capacity.copy(),
            graph.closed.copy(),
        )

    def restore(self, saved: object) -> None:
        """Go on from what was saved."""
        own = cast(_Saved, saved)
        self.forget()
        if own.pairs is not None:
            store = Store._make(one.copy() for one in own.store)
            self._drive(Pairs._make(one.copy() for one in own.pairs), store)
        self._rows, self._columns = own.rows.copy(), own.columns.copy()
        state = self._state
        for mine, was in zip((state.volume, state.time, state.slope), own.of_links, strict=True):
            mine[:] = was
        self._graph.per_capacity[:], self._graph.closed[:] = own.per_capacity, own.closed


def _empty_store(paths: int, links: int) -> Store:
    whole: NDArray[np.int64] = np.zeros(paths, dtype=np.int64)
    return Store(
        whole,
        whole.copy(),
        np.zeros(paths),
        whole.copy(),
        np.zeros(links, dtype=np.int64),
        np.zeros(2, dtype=np.int64),
    )


def _grown(store: Store, pairs: Pairs) -> Store:
    """Return a store of twice the size with the paths in use."""
    larger = _empty_store(2 * len(store.flow), 2 * len(store.links))
    compact(pairs, store, larger)
    return larger

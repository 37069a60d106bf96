"""Compiled kernels of the assignment: flow is moved between paths until all cost the same.

The method is gradient projection on path flows (Jayakrishnan, Tsai, Prashker and Rajadhyaksha, A faster
path-based algorithm for traffic assignment, Transportation Research Record 1443, 1994), one pair of zones
after another, each on the costs that the one before has left.
"""

from typing import Any

import numpy as np

from twin.compiled import compiled
from twin.pinned import Pinned
from twin.utilities.base import Vector
from twin.utilities.roads.projection import extrapolate, price, sweep, with_several
from twin.utilities.roads.shortest import Ints, search, search_all

DONE, FULL, NOT_REACHED = 0, 1, 2
"""How `equilibrate` ends: the gap is met; the store of paths is full; the gap is not met."""
_INNER_ROUNDS = 20
_INNER_SHARE = 0.1
"""Paths are kept as they are until their excess cost is this share of what the new ones brought."""
_STRAIGHT_ROUNDS = 5
"""After so many sweeps, flows go on in the direction that they have taken."""
_SMALL = 0.3
"""A pair waits for the next round if it could gain less than this share of the mean excess of pairs."""
_STALLED_ROUNDS = 5
"""Rounds without a better gap after which none is to be expected: rounding is all that is left."""


@compiled
def _keep(pairs: Any, store: Any, state: Any, pair: int, steps: int, flow: float) -> None:
    """Keep the path in `trace` as a pair's first."""
    path, begin = store.used[0], store.used[1]
    store.start[path], store.length[path], store.flow[path] = begin, steps, flow
    store.next[path], pairs.head[pair] = pairs.head[pair], path
    for i in range(steps):
        store.links[begin + i] = state.trace[i]
    store.used[0] = path + 1
    store.used[1] = begin + steps


@compiled
def _find_paths(graph: Any, pairs: Any, store: Any, state: Any, tail: Any) -> tuple[float, bool]:
    """Keep each pair's shortest path where it is a new one; return the cost if all took it, and if it fitted.

    A pair without any path has all its trips put onto its first at once, so that the next one sees them.
    """
    least = 0.0
    for number in range(len(pairs.origin)):
        origin = pairs.origin[number]
        search(graph, state, origin)
        for pair in range(pairs.first[number], pairs.first[number + 1]):
            trips, here, steps = pairs.trips[pair], pairs.end[pair], 0
            cost = state.distance[here]
            if trips <= 0.0 or cost == np.inf:
                continue
            least += trips * cost
            while here != origin:
                link = state.back[here]
                state.trace[steps] = link
                steps += 1
                here = tail[link]
            empty = pairs.head[pair] < 0
            if not empty and _known(pairs, store, state, pair, steps, cost):
                continue
            if store.used[0] == len(store.flow) or store.used[1] + steps > len(store.links):
                return least, False
            _keep(pairs, store, state, pair, steps, trips if empty else 0.0)
            if empty:
                for i in range(steps):
                    link = state.trace[i]
                    state.volume[link] += trips
    return least, True


@compiled
def _known(pairs: Any, store: Any, state: Any, pair: int, steps: int, cost: float) -> bool:
    """Return whether a pair has a path as short as the one in `trace`, or that one itself."""
    path = pairs.head[pair]
    while path >= 0:
        own, begin, same = 0.0, store.start[path], store.length[path] == steps
        for i in range(store.length[path]):
            link = store.links[begin + i]
            own += state.time[link]
            same = same and link == state.trace[i]
        if same or own <= cost:
            return True
        path = store.next[path]
    return False


@compiled
def rescale(pairs: Any, store: Any, trips: Any, count: int) -> bool:
    """Give pairs their new trips, of which their paths keep their shares; return whether that can be.

    It cannot where more than these pairs are among the `count` that have trips, or one of them has none left.
    """
    for pair in range(len(trips)):
        if trips[pair] != 0.0:
            count -= 1
        if trips[pair] <= 0.0 and pairs.trips[pair] > 0.0:
            return False
    if count:
        return False
    for pair in range(len(trips)):
        if pairs.trips[pair] > 0.0:
            path, by = pairs.head[pair], trips[pair] / pairs.trips[pair]
            while path >= 0:
                store.flow[path] *= by
                path = store.next[path]
        pairs.trips[pair] = trips[pair]
    return True


@compiled
def compact(pairs: Any, store: Any, larger: Any) -> None:
    """Copy the paths in use to another store, in the order of their pairs."""
    count, size = 0, 0
    for pair in range(len(pairs.head)):
        path, before = pairs.head[pair], -1
        pairs.head[pair] = count if path >= 0 else -1
        while path >= 0:
            larger.start[count], larger.length[count] = size, store.length[path]
            larger.flow[count], larger.next[count] = store.flow[path], -1
            for i in range(store.length[path]):
                larger.links[size + i] = store.links[store.start[path] + i]
            size += store.length[path]
            if before >= 0:
                larger.next[before] = count
            before = count
            count += 1
            path = store.next[path]
    larger.used[0] = count
    larger.used[1] = size


@compiled
def load(graph: Any, pairs: Any, store: Any, state: Any) -> float:
    """Sum the volumes of links from the flows of paths; return the vehicle-minutes spent in an hour."""
    state.volume[:] = 0.0
    for pair in range(len(pairs.head)):
        path = pairs.head[pair]
        while path >= 0:
            begin = store.start[path]
            for i in range(store.length[path]):
                state.volume[store.links[begin + i]] += store.flow[path]
            path = store.next[path]
    price(graph, state)
    spent: float = np.dot(state.volume, state.time)
    return spent


@compiled
def equilibrate(
    graph: Any, pairs: Any, store: Any, state: Any, tail: Any, target: float, most: int
) -> tuple[int, float, int]:
    """Find the user equilibrium; return how it ended, the relative gap, and the rounds.

    The gap is ``(spent - least) / spent`` with what all trips spend, and what they would at the present times
    on the shortest paths.
    """
    gap, best, stalled = np.inf, np.inf, 0
    for number in range(most):
        spent = load(graph, pairs, store, state)
        least, fits = _find_paths(graph, pairs, store, state, tail)
        if not fits:
            return FULL, gap, number
        if spent <= 0.0:
            spent = load(graph, pairs, store, state)
            if spent <= 0.0:
                return DONE, 0.0, number
            gap = np.inf
        else:
            gap = max(spent - least, 0.0) / spent
            if gap <= target:
                return DONE, gap, number
        stalled = 0 if gap < best else stalled + 1
        best = min(best, gap)
        if stalled > _STALLED_ROUNDS:
            return NOT_REACHED, gap, number
        first, small, several = -1.0, 0.0, with_several(pairs, store)
        since = store.flow.copy()
        for inner in range(_INNER_ROUNDS):
            if inner and inner % _STRAIGHT_ROUNDS == 0:
                extrapolate(graph, pairs, store, state, several, since)
            excess = sweep(graph, pairs, store, state, several, small)
            small = _SMALL * excess / len(pairs.head)
            if first < 0.0:
                first = excess
            if excess <= _INNER_SHARE * first or excess <= 0.1 * target * spent:
                break
    return NOT_REACHED, gap, most


@compiled
def settle(roads: Pinned, driven: Pinned, target: float, most: int) -> tuple[int, float, int]:
    """Do `equilibrate`, and `load` what came of it unless the store is full.

    Parameters
    ----------
    roads, driven
        A `Roads` and a `Driven`.
    """
    there, own = roads.parts, driven.parts
    ended, left, rounds = equilibrate(
        there.graph, own.pairs, own.store, there.state, there.tail, target, most
    )
    if ended != FULL:
        load(there.graph, own.pairs, own.store, there.state)
    return ended, left, rounds


@compiled
def take_trips(driven: Pinned, trips: Vector, count: int) -> bool:
    """Do `rescale` with the pairs and paths of a `Driven`."""
    fits: bool = rescale(driven.parts.pairs, driven.parts.store, trips, count)
    return fits


@compiled
def minutes_between(roads: Pinned, zones: Ints, found: Vector) -> None:
    """Do `search_all` on a `Roads`."""
    search_all(roads.parts.graph, roads.parts.state, zones, found)

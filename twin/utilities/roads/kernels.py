"""Compiled kernels of the assignment: shortest paths, and flow moved between paths until all cost the same.

The method is gradient projection on path flows (Jayakrishnan, Tsai, Prashker and Rajadhyaksha, A faster
path-based algorithm for traffic assignment, Transportation Research Record 1443, 1994), one pair of zones
after another, each on the costs that the one before has left.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DONE, FULL, NOT_REACHED = 0, 1, 2
"""How `equilibrate` ends: the gap is met; the store of paths is full; the gap is not met."""
_INNER_ROUNDS = 40
_INNER_SHARE = 0.02
"""Paths are kept as they are until their excess cost is this share of what the new ones brought."""
_STALLED_ROUNDS = 5
"""Rounds without a better gap after which none is to be expected: rounding is all that is left."""


class Graph(NamedTuple):
    """Links as vectors: time = free + rise (v / capacity)^power, from each node in order."""

    first: Ints
    """By node, its first place in `out`; one more for the end."""
    out: Ints
    to: Ints
    closed: NDArray[np.bool_]
    free: Floats
    rise: Floats
    per_capacity: Floats
    power: Floats
    no_way_through: NDArray[np.bool_]
    """Nodes at which trips begin and end, and through which none passes."""


class Pairs(NamedTuple):
    """Pairs of zones with trips, by origin."""

    first: Ints
    """By origin, its first pair; one more for the end."""
    origin: Ints
    """By origin, its node."""
    end: Ints
    trips: Floats
    head: Ints
    """By pair, its first path, -1 for none."""


class Store(NamedTuple):
    """Paths: of each its links, its flow and the next of its pair; `used` counts paths and links."""

    start: Ints
    length: Ints
    flow: Floats
    next: Ints
    links: Ints
    used: Ints


class State(NamedTuple):
    """By link its flow, time and derivative; scratch for the search and for marks."""

    volume: Floats
    time: Floats
    slope: Floats
    distance: Floats
    back: Ints
    key: Floats
    node: Ints
    mark: Ints
    other: Ints
    clock: Ints
    trace: Ints


@compiled
def price(graph: Any, state: Any, link: int) -> None:
    """Set a link's time and its derivative at its volume."""
    power, rise = graph.power[link], graph.rise[link]
    if power == 0.0 or rise == 0.0:
        state.time[link] = graph.free[link] + (rise if power == 0.0 else 0.0)
        state.slope[link] = 0.0
        return
    ratio = max(state.volume[link], 0.0) * graph.per_capacity[link]
    if power == 4.0:
        before = ratio * ratio * ratio
    elif power == 1.0:
        before = 1.0
    else:
        # below 1 the derivative has no bound at zero flow
        before = max(ratio, 1e-9) ** (power - 1.0)
    state.time[link] = graph.free[link] + rise * before * ratio
    state.slope[link] = rise * power * before * graph.per_capacity[link]


@compiled
def search(graph: Any, state: Any, origin: int) -> None:
    """Find the shortest paths from a node: `distance` by node, and the link that leads there in `back`."""
    distance, back, key, node = state.distance, state.back, state.key, state.node
    distance[:] = np.inf
    back[:] = -1
    distance[origin], key[0], node[0], size = 0.0, 0.0, origin, 1
    while size:
        least, here = key[0], node[0]
        size -= 1
        _sink(key, node, size, key[size], node[size])
        if least > distance[here] or (graph.no_way_through[here] and here != origin):
            continue
        for place in range(graph.first[here], graph.first[here + 1]):
            link = graph.out[place]
            if graph.closed[link]:
                continue
            there, reached = graph.to[link], least + state.time[link]
            if reached < distance[there]:
                distance[there], back[there] = reached, link
                _rise(key, node, size, reached, there)
                size += 1


@compiled
def _sink(key: Any, node: Any, size: int, value: float, item: int) -> None:
    """Put an entry in place of a heap's first."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and key[child + 1] < key[child]:
            child += 1
        if key[child] >= value:
            break
        key[place], node[place] = key[child], node[child]
        place = child
    key[place], node[place] = value, item


@compiled
def _rise(key: Any, node: Any, size: int, value: float, item: int) -> None:
    """Add an entry to a heap."""
    place = size
    while place:
        above = (place - 1) // 2
        if key[above] <= value:
            break
        key[place], node[place] = key[above], node[above]
        place = above
    key[place], node[place] = value, item


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
            if trips <= 0.0:
                continue
            cost = state.distance[here]
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
def _even_out(graph: Any, pairs: Any, store: Any, state: Any, pair: int) -> float:
    """Move flow from a pair's dearer paths to its cheapest; return what they cost too much."""
    best, lowest, path = -1, np.inf, pairs.head[pair]
    while path >= 0:
        cost, begin = 0.0, store.start[path]
        for i in range(store.length[path]):
            cost += state.time[store.links[begin + i]]
        if cost < lowest:
            best, lowest = path, cost
        path = store.next[path]
    state.clock[0] += 1
    mark, begin_best, length_best = state.clock[0], store.start[best], store.length[best]
    for i in range(length_best):
        state.mark[store.links[begin_best + i]] = mark
    excess, before, path = 0.0, -1, pairs.head[pair]
    while path >= 0:
        following = store.next[path]
        if path != best:
            excess += _move(graph, store, state, path, best, mark)
            if store.flow[path] <= 0.0:  # an empty path is forgotten
                if before < 0:
                    pairs.head[pair] = following
                else:
                    store.next[before] = following
                path = following
                continue
        before, path = path, following
    return excess


@compiled
def _move(graph: Any, store: Any, state: Any, path: int, best: int, mark: int) -> float:
    """Move flow between two paths by a Newton step on the links that they do not share."""
    state.clock[1] += 1
    other, begin, begin_best = state.clock[1], store.start[path], store.start[best]
    dearer, slope = 0.0, 0.0
    for i in range(store.length[path]):
        link = store.links[begin + i]
        state.other[link] = other
        if state.mark[link] != mark:
            dearer += state.time[link]
            slope += state.slope[link]
    for i in range(store.length[best]):
        link = store.links[begin_best + i]
        if state.other[link] != other:
            dearer -= state.time[link]
            slope += state.slope[link]
    if dearer == 0.0:
        return 0.0
    has, lacks = store.flow[path], store.flow[best]
    if slope > 0.0:
        flow = max(min(dearer / slope, has), -lacks)
    else:
        flow = has if dearer > 0.0 else -lacks
    store.flow[path], store.flow[best] = has - flow, lacks + flow
    for i in range(store.length[path]):
        link = store.links[begin + i]
        if state.mark[link] != mark:
            state.volume[link] -= flow
            price(graph, state, link)
    for i in range(store.length[best]):
        link = store.links[begin_best + i]
        if state.other[link] != other:
            state.volume[link] += flow
            price(graph, state, link)
    return has * dearer if dearer > 0.0 else -lacks * dearer


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
    spent = 0.0
    for link in range(len(state.volume)):
        price(graph, state, link)
        spent += state.volume[link] * state.time[link]
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
        first = -1.0
        for _ in range(_INNER_ROUNDS):
            excess = 0.0
            for pair in range(len(pairs.head)):
                path = pairs.head[pair]
                if path >= 0 and store.next[path] >= 0:
                    excess += _even_out(graph, pairs, store, state, pair)
            if first < 0.0:
                first = excess
            if excess <= _INNER_SHARE * first or excess <= 0.1 * target * spent:
                break
    return NOT_REACHED, gap, most

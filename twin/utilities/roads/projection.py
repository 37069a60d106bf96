"""Flow moved between the paths of pairs until all of a pair cost the same, and the times that follow."""

from typing import Any

import numpy as np

from twin.compiled import compiled


@compiled
def price(graph: Any, state: Any) -> None:
    """Set the times of all links and their derivatives at their volumes."""
    roads = (graph.free, graph.rise, graph.per_capacity, graph.power, state.volume, state.time, state.slope)
    for link in range(len(state.volume)):
        _add(roads, link, 0.0)


@compiled
def _add(roads: Any, link: int, flow: float) -> None:
    """Add to a link's volume; set its time and its derivative."""
    free, rise, per_capacity, powers, volume, time, slope = roads
    volume[link] += flow
    power = powers[link]
    if power == 0.0 or rise[link] == 0.0:
        time[link] = free[link] + (rise[link] if power == 0.0 else 0.0)
        slope[link] = 0.0
        return
    ratio = max(volume[link], 0.0) * per_capacity[link]
    if power == 4.0:
        before = ratio * ratio * ratio
    elif power == 1.0:
        before = 1.0
    else:
        # below 1 the derivative has no bound at zero flow
        before = max(ratio, 1e-9) ** (power - 1.0)
    time[link] = free[link] + rise[link] * before * ratio
    slope[link] = rise[link] * power * before * per_capacity[link]


@compiled
def with_several(pairs: Any, store: Any) -> Any:
    """Return the pairs that have more than one path: only these have flow to be moved."""
    found, count = np.empty(len(pairs.head), dtype=np.int64), 0
    for pair in range(len(pairs.head)):
        path = pairs.head[pair]
        if path >= 0 and store.next[path] >= 0:
            found[count] = pair
            count += 1
    return found[:count]


@compiled
def sweep(graph: Any, pairs: Any, store: Any, state: Any, several: Any, small: float) -> float:
    """Move flow of pairs with several paths to the cheapest; return what the dearer cost too much.

    A pair that could gain no more than `small` is left as it is.
    """
    time, links, start, length, after = state.time, store.links, store.start, store.length, store.next
    head, flow, trips, mark = pairs.head, store.flow, pairs.trips, state.mark
    roads = (graph.free, graph.rise, graph.per_capacity, graph.power, state.volume, time, state.slope)
    clock, excess = state.clock[0], 0.0
    for pair in several:
        best, lowest, highest, path = -1, np.inf, 0.0, head[pair]
        while path >= 0:
            cost = 0.0
            for i in range(start[path], start[path] + length[path]):
                cost += time[links[i]]
            highest = max(highest, cost)
            if cost < lowest:
                best, lowest = path, cost
            path = after[path]
        if (highest - lowest) * trips[pair] <= small:
            continue
        clock += 1
        of_best, first, end = clock, start[best], start[best] + length[best]
        for i in range(first, end):
            mark[links[i]] = of_best
        before, path = -1, head[pair]
        while path >= 0:
            following = after[path]
            if path != best:
                clock += 1
                begin = start[path]
                moved, cost = _move(
                    roads,
                    links,
                    begin,
                    begin + length[path],
                    first,
                    end,
                    mark,
                    state.other,
                    of_best,
                    clock,
                    flow[path],
                    flow[best],
                )
                flow[path] -= moved
                flow[best] += moved
                excess += cost
                if flow[path] <= 0.0:  # an empty path is forgotten
                    if before < 0:
                        head[pair] = following
                    else:
                        after[before] = following
                    path = following
                    continue
            before, path = path, following
    state.clock[0] = clock
    return excess


@compiled
def _move(
    roads: Any,
    links: Any,
    begin: int,
    end: int,
    best_begin: int,
    best_end: int,
    mark: Any,
    other: Any,
    of_best: int,
    of_own: int,
    has: float,
    lacks: float,
) -> tuple[float, float]:
    """Move flow between two paths by a Newton step on the links that they do not share.

    Returns
    -------
    tuple
        What was moved to the best path, and what the dearer of the two cost too much.
    """
    time, slope = roads[5], roads[6]
    dearer, steep = 0.0, 0.0
    for i in range(begin, end):
        link = links[i]
        other[link] = of_own
        if mark[link] != of_best:
            dearer += time[link]
            steep += slope[link]
    for i in range(best_begin, best_end):
        link = links[i]
        if other[link] != of_own:
            dearer -= time[link]
            steep += slope[link]
    if steep > 0.0:
        moved = max(min(dearer / steep, has), -lacks)
    else:
        moved = has if dearer > 0.0 else (-lacks if dearer < 0.0 else 0.0)
    if moved != 0.0:
        for i in range(begin, end):
            if mark[links[i]] != of_best:
                _add(roads, links[i], -moved)
        for i in range(best_begin, best_end):
            if other[links[i]] != of_own:
                _add(roads, links[i], moved)
    return moved, has * dearer if dearer > 0.0 else -lacks * dearer


@compiled
def extrapolate(graph: Any, pairs: Any, store: Any, state: Any, several: Any, since: Any) -> None:
    """Move flows on in the direction in which they went since they were noted, as far as it pays.

    Sweeps go on for long in one direction where many pairs share roads; a step along it after some sweeps is
    the method of parallel tangents (LeBlanc, Helgason and Boyce, Improved efficiency of the Frank-Wolfe
    algorithm for convex network programs, Transportation Science 19, 1985).
    """
    change, farthest = state.change, np.inf
    change[:] = 0.0
    for pair in several:
        if _lost(pairs, store, since, pair):
            _note(pairs, store, since, pair)
            continue
        path = pairs.head[pair]
        while path >= 0:
            moved = store.flow[path] - since[path]
            if moved < 0.0:
                farthest = min(farthest, -store.flow[path] / moved)
            for i in range(store.start[path], store.start[path] + store.length[path]):
                change[store.links[i]] += moved
            path = store.next[path]
    falls = -np.dot(change, state.time)
    bends = np.dot(change * change, state.slope)
    if falls > 0.0 and bends > 0.0:
        far = min(falls / bends, farthest)
        for pair in several:
            path = pairs.head[pair]
            while path >= 0:
                store.flow[path] = max(store.flow[path] + far * (store.flow[path] - since[path]), 0.0)
                path = store.next[path]
        roads = (
            graph.free,
            graph.rise,
            graph.per_capacity,
            graph.power,
            state.volume,
            state.time,
            state.slope,
        )
        for link in range(len(change)):
            if change[link] != 0.0:
                _add(roads, link, far * change[link])
    for pair in several:
        _note(pairs, store, since, pair)


@compiled
def _lost(pairs: Any, store: Any, since: Any, pair: int) -> bool:
    """Return whether a pair has forgotten a path since its flows were noted."""
    path, change = pairs.head[pair], 0.0
    while path >= 0:
        change += store.flow[path] - since[path]
        path = store.next[path]
    return bool(abs(change) > 1e-9 * pairs.trips[pair])


@compiled
def _note(pairs: Any, store: Any, since: Any, pair: int) -> None:
    """Note the flows of a pair's paths."""
    path = pairs.head[pair]
    while path >= 0:
        since[path] = store.flow[path]
        path = store.next[path]

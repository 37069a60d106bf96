"""Shortest paths: the network as vectors, and trees found with a heap."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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


class Driven(NamedTuple):
    """Who drives: pairs of zones, and their paths."""

    pairs: Pairs
    store: Store


class State(NamedTuple):
    """By link its flow, time and derivative; scratch for steps, for the search and for marks."""

    volume: Floats
    time: Floats
    slope: Floats
    change: Floats
    distance: Floats
    back: Ints
    key: Floats
    node: Ints
    mark: Ints
    other: Ints
    clock: Ints
    trace: Ints


class Roads(NamedTuple):
    """Where they drive: the network, how it stands, and from which node each link leads."""

    graph: Graph
    state: State
    tail: Ints


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
def search_all(graph: Any, state: Any, zones: Any, found: Any) -> None:
    """Set the times from zone to zone, shape (zones, zones)."""
    for row in range(len(zones)):
        search(graph, state, zones[row])
        for column in range(len(zones)):
            found[row, column] = state.distance[zones[column]]

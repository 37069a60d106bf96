"""What limits a dry junction is what a search in breadth meets first."""

from collections import deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.utilities.epanet.structures import Ways
from twin.utilities.water import upstream
from twin.utilities.water.upstream import Limits

_EDGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=24)


def _ways(edges: list[tuple[int, int]]) -> tuple[Ways, list[list[tuple[int, int]]]]:
    """Return what leads from node to node, for compiled code and as lists of links and nodes beyond."""
    leads: list[list[tuple[int, int]]] = [[] for _ in range(12)]
    for link, (one, other) in enumerate(edges):
        leads[one].append((link, other))
        leads[other].append((link, one))
    flat = np.array([pair for own in leads for pair in own], dtype=np.intp).reshape(-1, 2)
    end = np.cumsum([len(own) for own in leads]).astype(np.intp)
    return Ways(end, flat[:, 0].copy(), flat[:, 1].copy()), leads


def _in_breadth(start: int, limits: Limits, leads: list[list[tuple[int, int]]]) -> tuple[int, int]:
    queue, seen, tank = deque([start]), {start}, -1
    while queue:
        node = queue.popleft()
        if limits.held[node] >= 0:
            return upstream.POWER, int(limits.held[node])
        if tank < 0 and limits.is_tank[node]:
            tank = node
        for link, other in leads[node]:
            if limits.link[link] != upstream.UNKNOWN:
                return int(limits.link[link]), link
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return (upstream.TANK, tank) if tank >= 0 else (upstream.NO_INFLOW, start)


@settings(max_examples=150, deadline=None)
@given(
    edges=_EDGES,
    sources=st.sets(st.integers(0, 23), max_size=4),
    held=st.dictionaries(st.integers(0, 11), st.integers(0, 23), max_size=2),
    tanks=st.sets(st.integers(0, 11), max_size=3),
)
def test_what_limits_is_met_first_from_every_node(
    edges: list[tuple[int, int]], sources: set[int], held: dict[int, int], tanks: set[int]
) -> None:
    ways, leads = _ways(edges)
    link, stopped, is_tank = np.zeros(24, np.intp), np.full(12, -1), np.zeros(12, np.bool_)
    link[list(sources)] = upstream.SOURCE
    for node, by in held.items():
        stopped[node] = by
    is_tank[list(tanks)] = True
    limits, room = Limits(link, stopped, is_tank.copy(), is_tank), upstream._room(12)
    found = [upstream._nearest(start, limits, ways, room) for start in range(12)]
    assert found == [_in_breadth(start, limits, leads) for start in range(12)]

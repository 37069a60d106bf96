"""Following gas from node to node: whose gas passes where, and what stands in its way."""

import numpy as np

from twin.compiled import Plain, compiled
from twin.utilities.base import Vector
from twin.utilities.gas.structures import RESISTS, Index

_NO_FLOW = 1e-12


@compiled
def downstream_order(start: Index, end: Index, flow: Vector, live: Index, nodes: int) -> Index:
    """Return nodes so that each stands behind those whose gas it gets; circles of flow stand last."""
    waits, found = np.zeros(nodes, np.intp), np.empty(nodes, np.intp)
    first = np.zeros(nodes + 1, np.intp)
    for b in live:
        if abs(flow[b]) > _NO_FLOW:
            first[(start[b] if flow[b] > 0.0 else end[b]) + 1] += 1
            waits[end[b] if flow[b] > 0.0 else start[b]] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    leads, at = np.empty(first[nodes], np.intp), first[:-1].copy()
    for b in live:
        if abs(flow[b]) > _NO_FLOW:
            upper = start[b] if flow[b] > 0.0 else end[b]
            leads[at[upper]] = end[b] if flow[b] > 0.0 else start[b]
            at[upper] += 1
    count, taken = 0, np.zeros(nodes, np.bool_)
    for node in range(nodes):
        if waits[node] == 0:
            found[count] = node
            taken[node] = True
            count += 1
    done = 0
    while done < count:
        node = found[done]
        done += 1
        for k in range(first[node], first[node + 1]):
            waits[leads[k]] -= 1
            if waits[leads[k]] == 0:
                found[count] = leads[k]
                taken[leads[k]] = True
                count += 1
    for node in range(nodes):
        if not taken[node]:
            found[count] = node
            count += 1
    return found


@compiled
def incoming(start: Index, end: Index, flow: Vector, live: Index, nodes: int) -> tuple[Index, Index]:
    """Return where the branches that bring gas to each node begin in a list, and that list."""
    first = np.zeros(nodes + 1, np.intp)
    for b in live:
        if abs(flow[b]) > _NO_FLOW:
            first[(end[b] if flow[b] > 0.0 else start[b]) + 1] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    brings, at = np.empty(first[nodes], np.intp), first[:-1].copy()
    for b in live:
        if abs(flow[b]) > _NO_FLOW:
            lower = end[b] if flow[b] > 0.0 else start[b]
            brings[at[lower]] = b
            at[lower] += 1
    return first, brings


@compiled
def parts_through(
    ways: Plain, flow: Vector, start: Index, end: Index, marked: Vector, fed: Vector, marked_fed: Vector
) -> Vector:
    """Return which part of each node's gas has passed marked branches or came from marked sources.

    Gas is taken to mix at nodes: all that leaves one has come from the same branches in the same parts.

    Parameters
    ----------
    ways
        `downstream_order` and both of `incoming`.
    marked
        Of each branch 1 where its gas counts, else 0.
    fed, marked_fed
        What is fed in at each node, kg/s, and what of it counts.
    """
    nodes, first, brings = ways
    part = np.zeros(len(nodes))
    for node in nodes:
        total, own = max(fed[node], 0.0), max(marked_fed[node], 0.0)
        for k in range(first[node], first[node + 1]):
            b = brings[k]
            upper = start[b] if flow[b] > 0.0 else end[b]
            strength = abs(flow[b])
            total += strength
            own += strength * (marked[b] + (1.0 - marked[b]) * part[upper])
        part[node] = own / total if total > 0.0 else 0.0
    return part


@compiled
def asked_upstream(
    ways: Plain, flow: Vector, start: Index, end: Index, missing: Vector
) -> tuple[Vector, Vector]:
    """Return how much more each branch would carry, and each node get from its source, if none were missing.

    Parameters
    ----------
    missing
        At each node, kg/s; it is asked of the branches that bring gas there, as much as each brings.
    """
    nodes, first, brings = ways
    more, at_node = np.zeros(len(flow)), missing.copy()
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        total = 0.0
        for k in range(first[node], first[node + 1]):
            total += abs(flow[brings[k]])
        if total <= 0.0 or at_node[node] <= 0.0:
            continue
        for k in range(first[node], first[node + 1]):
            b = brings[k]
            upper = start[b] if flow[b] > 0.0 else end[b]
            own = at_node[node] * abs(flow[b]) / total
            more[b] += own
            at_node[upper] += own
        at_node[node] = 0.0
    return more, at_node


@compiled
def narrowest(
    node: int, ways: Plain, flow: Vector, ends: Plain, kind: Index, square: Vector
) -> tuple[int, int]:
    """Follow gas upstream; return the branch that loses most, and that at which the way ends, -1 for none."""
    nodes, first, brings = ways
    start, end = ends
    worst, most, last = -1, 0.0, -1
    for _ in range(len(nodes)):
        best, strength = -1, 0.0
        for k in range(first[node], first[node + 1]):
            if abs(flow[brings[k]]) > strength:
                best, strength = brings[k], abs(flow[brings[k]])
        if best < 0:
            break
        last = best
        loses = abs(square[start[best]] - square[end[best]])
        if kind[best] == RESISTS and loses > most:
            worst, most = best, loses
        if kind[best] > RESISTS + 3:  # a regulator holds the pressure here, or passes all it can
            break
        node = start[best] if flow[best] > 0.0 else end[best]
    return worst, last

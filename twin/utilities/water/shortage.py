"""Why water is missing: from each junction that lacks it upstream, to the element that could not carry more.

Upstream is where most of a node's inflow comes from. The way ends at a source or at a tank that holds water;
where nothing flows in, the nearest limiting link counts. The first of these that is met is the cause:

1. ``power``: a link that is held closed for want of power discharges at the node,
2. ``source``: a flow control valve at its setting (a licence, a well field's yield),
3. ``pump``: a pump that lifts nothing, because its flow is beyond its curve,
4. ``trunk``: none of them; then the pipe or valve on the way that loses the most head.

A dry junction near which nothing limits waits for an empty tank to fill (``tank``), or nothing open leads to
it (``no inflow``).
"""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.utilities.base import Cause, Mask, Vector
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.structures import Index, Ways

_NO_FLOW = 1e-9
_AT_SETTING = 0.999
_EMPTY = 1e-6

_KINDS = "", "power", "source", "pump", "trunk", "trunk", "tank", "no inflow"
_UNKNOWN, _POWER, _SOURCE, _PUMP, _TRUNK, _AT_END, _TANK, _NO_INFLOW = range(len(_KINDS))
"""What limits a node; up to `_TRUNK` it is a link, then a node."""


class Limits(NamedTuple):
    """What stands in the way of water now.

    Attributes
    ----------
    link
        Of each link: `_SOURCE`, `_PUMP` or nothing.
    held
        Of each node, the link that is held closed for want of power and discharges there, or -1.
    is_end, is_tank
        Whether a node is a source, or a tank that holds water; whether it is a tank.
    """

    link: Index
    held: Index
    is_end: Mask
    is_tank: Mask


class Flows(NamedTuple):
    """Where water comes from: of each node the link that brings most, or -1; of each link its upper node."""

    inflow: Index
    above: Index
    loss: Vector


class Found(NamedTuple):
    """What limits each node, as far as it is known: kind, link or node, and the loss of head of a link."""

    kind: Index
    asset: Index
    loss: Vector


def missing_water(engine: Hydraulics, short: Index) -> dict[Cause, float]:
    """Return the m3/s that is missing now, by cause.

    Parameters
    ----------
    engine
        Solved.
    short
        Nodes that lack water.
    """
    loss = np.abs(engine.head[engine.ends[:, 0]] - engine.head[engine.ends[:, 1]])
    loss[engine.pumps] = 0.0
    limits, ways = _limits(engine), engine.ways
    kinds, assets, amounts = _missing(engine.flow, engine.ends, loss, limits, ways, short, engine.deficit)
    causes: dict[Cause, float] = {}
    for kind, asset, amount in zip(kinds.tolist(), assets.tolist(), amounts.tolist(), strict=True):
        name = engine.links[asset] if kind <= _TRUNK else engine.nodes[asset]
        cause = Cause("unserved_m3", _KINDS[kind], f"{engine.name}/{name}")
        causes[cause] = causes.get(cause, 0.0) + amount
    return causes


def _limits(engine: Hydraulics) -> Limits:
    """Return what stands in the way of water at a solution."""
    storage = engine.storage
    controlled = engine.flow_control_valves, engine.setting, engine.project.flow_unit
    stores = engine.reservoirs, engine.tanks, storage.volume, storage.min_volume
    held = engine.held_links()
    return Limits(*_obstacles(engine.flow, engine.head, engine.ends, controlled, engine.pumps, held, stores))


@compiled
def _obstacles(
    flow: Vector,
    head: Vector,
    ends: Index,
    controlled: tuple[Index, Vector, float],
    pumps: Index,
    held_links: Index,
    stores: tuple[Index, Index, Vector, Vector],
) -> tuple[Index, Index, Mask, Mask]:
    link, held = np.full(len(flow), _UNKNOWN), np.full(len(head), -1)
    valves, setting, unit = controlled
    reservoirs, tanks, volume, least = stores
    for valve in valves:
        if abs(flow[valve]) >= _AT_SETTING * (setting[valve] * unit):
            link[valve] = _SOURCE
    for pump in pumps:
        if flow[pump] > _NO_FLOW and head[ends[pump, 1]] - head[ends[pump, 0]] <= 0.0:
            link[pump] = _PUMP
    for stopped in held_links:
        held[ends[stopped, 1]] = stopped
    is_end, is_tank = np.zeros(len(head), np.bool_), np.zeros(len(head), np.bool_)
    is_end[reservoirs] = True
    for i in range(len(tanks)):
        is_tank[tanks[i]] = True
        is_end[tanks[i]] = volume[i] > least[i] + _EMPTY
    return link, held, is_end, is_tank


@compiled
def _missing(
    flow: Vector, ends: Index, loss: Vector, limits: Limits, ways: Ways, short: Index, deficit: Vector
) -> tuple[Index, Index, Vector]:
    """Return kinds, assets and m3/s of what limits some nodes, in the order in which it is met."""
    nodes, flows = len(limits.held), _flows(flow, ends, loss, len(limits.held))
    found = Found(np.zeros(nodes, np.intp), np.zeros(nodes, np.intp), np.zeros(nodes))
    seen, barren, queue = np.full(nodes, -1), np.zeros(nodes, np.bool_), np.empty(nodes, np.intp)
    place = np.full((len(_KINDS), max(nodes, len(flow))), -1)
    kinds, assets, amounts = (
        np.empty(len(short), np.intp),
        np.empty(len(short), np.intp),
        np.zeros(len(short)),
    )
    count = 0
    for node in short:
        kind, asset = _trace(node, flows, limits, ways, found, seen, barren, queue)
        k = place[kind, asset]
        if k < 0:
            k = place[kind, asset] = count
            kinds[k], assets[k] = kind, asset
            count += 1
        amounts[k] += deficit[node]
    return kinds[:count], assets[:count], amounts[:count]


@compiled
def _flows(flow: Vector, ends: Index, loss: Vector, nodes: int) -> Flows:
    inflow, most, above = np.full(nodes, -1), np.zeros(nodes), np.empty(len(flow), np.intp)
    for link in range(len(flow)):
        strength, backwards = abs(flow[link]), flow[link] < 0.0
        above[link] = ends[link, 1] if backwards else ends[link, 0]
        below = ends[link, 0] if backwards else ends[link, 1]
        if strength > _NO_FLOW and strength >= most[below]:
            inflow[below], most[below] = link, strength
    return Flows(inflow, above, loss)


@compiled
def _trace(
    start: int,
    flows: Flows,
    limits: Limits,
    ways: Ways,
    found: Found,
    seen: Index,
    barren: Mask,
    queue: Index,
) -> tuple[int, int]:
    """Follow water upstream to what limits it, and note that for all nodes on the way."""
    node, passed = start, 0
    way = np.empty(len(found.kind), np.intp)
    while found.kind[node] == _UNKNOWN:
        kind, asset = _here(node, flows, limits)
        if kind == _UNKNOWN and flows.inflow[node] < 0:
            kind, asset = _nearest(node, limits, ways, seen, barren, queue)
        if kind != _UNKNOWN:
            found.kind[node], found.asset[node], found.loss[node] = kind, asset, 0.0
            break
        link = flows.inflow[node]
        way[passed] = node
        passed += 1
        # so that circles of flow end
        found.kind[node], found.asset[node], found.loss[node] = _TRUNK, link, flows.loss[link]
        node = flows.above[link]
    kind, asset, loss = found.kind[node], found.asset[node], found.loss[node]
    for k in range(passed - 1, -1, -1):
        link = flows.inflow[way[k]]
        if kind in (_TRUNK, _AT_END) and flows.loss[link] > loss:
            kind, asset, loss = _TRUNK, link, flows.loss[link]
        found.kind[way[k]], found.asset[way[k]], found.loss[way[k]] = kind, asset, loss
    return kind, asset


@compiled
def _here(node: int, flows: Flows, limits: Limits) -> tuple[int, int]:
    """Return what a node itself says; the kind is unknown if the way goes on."""
    if limits.held[node] >= 0:
        return _POWER, limits.held[node]
    if limits.is_end[node]:
        return _AT_END, node
    link = flows.inflow[node]
    if link >= 0 and limits.link[link] != _UNKNOWN:
        return limits.link[link], link
    return _UNKNOWN, -1


@compiled
def _nearest(
    start: int, limits: Limits, ways: Ways, seen: Index, barren: Mask, queue: Index
) -> tuple[int, int]:
    """Return what the limiting link nearest to a dry node says, over links that are commissioned.

    Parameters
    ----------
    seen
        From which node each was last reached.
    barren
        Nodes from which no limiting link is reached: written, and there only a tank is looked for.
    queue
        Room for all nodes.
    """
    queue[0], seen[start], tank = start, start, -1
    first, last = 0, 1
    while first < last:
        node = queue[first]
        first += 1
        if limits.held[node] >= 0:
            return _POWER, limits.held[node]
        if tank < 0 and limits.is_tank[node]:
            tank = node
            if barren[start]:
                break
        for k in range(ways.end[node - 1] if node else 0, ways.end[node]):
            link, other = ways.link[k], ways.node[k]
            if limits.link[link] != _UNKNOWN:
                return limits.link[link], link
            if seen[other] != start:
                seen[other] = start
                queue[last] = other
                last += 1
    barren[queue[:last]] = True
    return (_TANK, tank) if tank >= 0 else (_NO_INFLOW, start)

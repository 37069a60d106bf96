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
from twin.utilities.base import Mask, Vector
from twin.utilities.epanet.structures import Index, Reading, Storage, Ways

_NO_FLOW = 1e-9
_AT_SETTING = 0.999
_EMPTY = 1e-6
_MISSING_M3_PER_S = 1e-9
_NOT_YET = -2

KINDS = "", "power", "source", "pump", "trunk", "trunk", "tank", "no inflow", "no solution"
UNKNOWN, POWER, SOURCE, PUMP, TRUNK, AT_END, TANK, NO_INFLOW, UNSOLVED = range(len(KINDS))
"""What limits a node; up to `TRUNK` it is a link, then a node, in the end the whole network."""


class Limits(NamedTuple):
    """What stands in the way of water now.

    Attributes
    ----------
    link
        Of each link: `SOURCE`, `PUMP` or nothing.
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


class Places(NamedTuple):
    """What there is: both ends of each link; junctions, pumps, flow control valves and reservoirs."""

    ends: Index
    junctions: Index
    pumps: Index
    valves: Index
    reservoirs: Index


class Room(NamedTuple):
    """What the searches write into, of all nodes.

    Attributes
    ----------
    seen
        From which node each was last reached.
    to_limit, to_tank
        How many links each is away from a limiting link and from a tank: see `_spread`; `_NOT_YET` known.
    queue, way
        Nodes to be looked at, and those on the way upstream.
    """

    seen: Index
    to_limit: Index
    to_tank: Index
    queue: Index
    way: Index


class Search(NamedTuple):
    """What a search for causes goes by, beside a solution.

    Attributes
    ----------
    setting, unit
        Of links, in the unit of the file, and that unit in m3/s.
    """

    places: Places
    ways: Ways
    setting: Vector
    unit: float


@compiled
def missing_now(reading: Reading, tanks: Storage, search: Search, held: Index) -> tuple[Index, Index, Vector]:
    """Return kinds, assets and m3/s of what limits junctions, in the order in which it is met."""
    places, ways, nodes = search.places, search.ways, len(reading.head)
    limits = _obstacles(reading, tanks, search, held)
    flows = _flows(reading.flow, places.ends, _losses(reading.head, places), nodes)
    found = Found(np.zeros(nodes, np.intp), np.zeros(nodes, np.intp), np.zeros(nodes))
    room = _room(nodes)
    place = np.full((len(KINDS), max(nodes, len(reading.flow))), -1, np.int32)
    short = places.junctions[reading.deficit[places.junctions] > _MISSING_M3_PER_S]
    kinds, assets, amounts = np.zeros_like(short), np.zeros_like(short), np.zeros(len(short))
    count = 0
    for node in short:
        kind, asset = _trace(node, flows, limits, ways, found, room)
        k = place[kind, asset]
        if k < 0:
            k = place[kind, asset] = count
            kinds[k], assets[k] = kind, asset
            count += 1
        amounts[k] += reading.deficit[node]
    return kinds[:count], assets[:count], amounts[:count]


@compiled
def _room(nodes: int) -> Room:
    return Room(
        np.full(nodes, -1),
        np.full(nodes, _NOT_YET),
        np.full(nodes, _NOT_YET),
        np.empty(nodes, np.intp),
        np.empty(nodes, np.intp),
    )


@compiled
def _losses(head: Vector, places: Places) -> Vector:
    """Return how much head each link loses; pumps lose none."""
    loss = np.empty(len(places.ends))
    for link in range(len(loss)):
        loss[link] = abs(head[places.ends[link, 0]] - head[places.ends[link, 1]])
    loss[places.pumps] = 0.0
    return loss


@compiled
def _obstacles(reading: Reading, tanks: Storage, search: Search, held_links: Index) -> Limits:
    """Return what stands in the way of water at a solution."""
    places, flow, head, ends = search.places, reading.flow, reading.head, search.places.ends
    link, held = np.full(len(flow), UNKNOWN), np.full(len(head), -1)
    for valve in places.valves:
        if abs(flow[valve]) >= _AT_SETTING * (search.setting[valve] * search.unit):
            link[valve] = SOURCE
    for pump in places.pumps:
        if flow[pump] > _NO_FLOW and head[ends[pump, 1]] - head[ends[pump, 0]] <= 0.0:
            link[pump] = PUMP
    for stopped in held_links:
        held[ends[stopped, 1]] = stopped
    is_end, is_tank = np.zeros(len(head), np.bool_), np.zeros(len(head), np.bool_)
    is_end[places.reservoirs] = True
    for i in range(len(tanks.nodes)):
        is_tank[tanks.nodes[i]] = True
        is_end[tanks.nodes[i]] = tanks.volume[i] > tanks.lowest[i] + _EMPTY
    return Limits(link, held, is_end, is_tank)


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
    room: Room,
) -> tuple[int, int]:
    """Follow water upstream to what limits it, and note that for all nodes on the way."""
    node, passed, way = start, 0, room.way
    while found.kind[node] == UNKNOWN:
        kind, asset = _here(node, flows, limits)
        if kind == UNKNOWN and flows.inflow[node] < 0:
            kind, asset = _nearest(node, limits, ways, room)
        if kind != UNKNOWN:
            found.kind[node], found.asset[node], found.loss[node] = kind, asset, 0.0
            break
        link = flows.inflow[node]
        way[passed] = node
        passed += 1
        # so that circles of flow end
        found.kind[node], found.asset[node], found.loss[node] = TRUNK, link, flows.loss[link]
        node = flows.above[link]
    kind, asset, loss = found.kind[node], found.asset[node], found.loss[node]
    for k in range(passed - 1, -1, -1):
        link = flows.inflow[way[k]]
        if kind in (TRUNK, AT_END) and flows.loss[link] > loss:
            kind, asset, loss = TRUNK, link, flows.loss[link]
        found.kind[way[k]], found.asset[way[k]], found.loss[way[k]] = kind, asset, loss
    return kind, asset


@compiled
def _here(node: int, flows: Flows, limits: Limits) -> tuple[int, int]:
    """Return what a node itself says; the kind is unknown if the way goes on."""
    if limits.held[node] >= 0:
        return POWER, limits.held[node]
    if limits.is_end[node]:
        return AT_END, node
    link = flows.inflow[node]
    if link >= 0 and limits.link[link] != UNKNOWN:
        return limits.link[link], link
    return UNKNOWN, -1


@compiled
def _nearest(start: int, limits: Limits, ways: Ways, room: Room) -> tuple[int, int]:
    """Return what the limiting link nearest to a dry node says, over links that are commissioned."""
    if room.to_limit[0] == _NOT_YET:
        _spread(_at_limit(limits, ways), ways, room.to_limit, room.queue)
    node = _first_at(start, room.to_limit, ways, room)
    if node >= 0:
        limit: tuple[int, int] = _limit_at(node, limits, ways)
        return limit
    if room.to_tank[0] == _NOT_YET:
        _spread(limits.is_tank, ways, room.to_tank, room.queue)
    tank = _first_at(start, room.to_tank, ways, room)
    return (TANK, tank) if tank >= 0 else (NO_INFLOW, start)


@compiled
def _limit_at(node: int, limits: Limits, ways: Ways) -> tuple[int, int]:
    """Return the link that is held closed and discharges at a node, or the first there that limits."""
    if limits.held[node] >= 0:
        return POWER, limits.held[node]
    for k in range(ways.end[node - 1] if node else 0, ways.end[node]):
        if limits.link[ways.link[k]] != UNKNOWN:
            return limits.link[ways.link[k]], ways.link[k]
    return UNKNOWN, -1


@compiled
def _at_limit(limits: Limits, ways: Ways) -> Mask:
    """Return the nodes at which a link limits."""
    at = np.zeros(len(limits.held), np.bool_)
    for node in range(len(at)):
        at[node] = _limit_at(node, limits, ways)[0] != UNKNOWN
    return at


@compiled
def _spread(wanted: Mask, ways: Ways, steps: Index, queue: Index) -> None:
    """Write how many links each node is away from the nearest wanted one, -1 where none is reached."""
    steps[:] = -1
    first, last = 0, 0
    for node in range(len(wanted)):
        if wanted[node]:
            steps[node] = 0
            queue[last] = node
            last += 1
    while first < last:
        node = queue[first]
        first += 1
        for k in range(ways.end[node - 1] if node else 0, ways.end[node]):
            other = ways.node[k]
            if steps[other] < 0:
                steps[other] = steps[node] + 1
                queue[last] = other
                last += 1


@compiled
def _first_at(start: int, steps: Index, ways: Ways, room: Room) -> int:
    """Return the wanted node that a search in breadth meets first, -1 if it meets none.

    Only what brings it nearer is looked at: what is as near as it can be is met from such nodes alone.
    """
    seen, queue = room.seen, room.queue
    queue[0], first, last = start, 0, 1
    while steps[queue[first]] > 0:
        node = queue[first]
        first += 1
        for k in range(ways.end[node - 1] if node else 0, ways.end[node]):
            other = ways.node[k]
            if steps[other] < steps[node] and seen[other] != start:
                seen[other] = start
                queue[last] = other
                last += 1
    return int(queue[first]) if steps[start] >= 0 else -1

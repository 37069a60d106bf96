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

import numpy as np

from twin.utilities.base import Cause
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.project import Index

_NO_FLOW = 1e-9
_AT_SETTING = 0.999
_EMPTY = 1e-6

Finding = tuple[str, str, float]


def missing_water(engine: Hydraulics, short: Index) -> dict[Cause, float]:
    """Return the m3/s that is missing now, by cause.

    Parameters
    ----------
    engine
        Solved.
    short
        Nodes that lack water.
    """
    trace = _Trace(engine)
    causes: dict[Cause, float] = {}
    for node in short.tolist():
        kind, asset, _ = trace.cause(node)
        cause = Cause("unserved_m3", kind, f"{engine.name}/{asset}")
        causes[cause] = causes.get(cause, 0.0) + float(engine.deficit[node])
    return causes


class _Trace:
    """Follows water upstream; every node is visited once."""

    def __init__(self, engine: Hydraulics) -> None:
        self._engine, self._links, self._tanks = engine, engine.links, set(engine.tanks.tolist())
        flow, ends = engine.flow, engine.ends
        backwards = flow < 0.0
        above = np.where(backwards, ends[:, 1], ends[:, 0])
        below = np.where(backwards, ends[:, 0], ends[:, 1])
        strength = np.abs(flow)
        order = np.argsort(strength, kind="stable")
        order = order[strength[order] > _NO_FLOW]
        inflow = np.full(len(engine.nodes), -1, dtype=np.intp)
        inflow[below[order]] = order
        self._inflow, self._above = inflow.tolist(), above.tolist()
        loss = np.abs(engine.head[ends[:, 0]] - engine.head[ends[:, 1]])
        loss[engine.pumps] = 0.0
        self._loss = loss.tolist()
        self._limiting = self._limiting_links()
        self._held = {int(engine.ends[link, 1]): int(link) for link in engine.held_links()}
        holding = engine.storage.volume > engine.storage.min_volume + _EMPTY
        self._ends = {*engine.reservoirs.tolist(), *engine.tanks[holding].tolist()}
        self._known: dict[int, Finding] = {}

    def cause(self, node: int) -> Finding:
        """Return kind, asset and head loss of what limits a node's supply."""
        way: list[tuple[int, int]] = []
        found: Finding | None = None
        while found is None:
            found = self._known.get(node) or self._here(node)
            if found is None:
                link = self._inflow[node]
                way.append((node, link))
                self._known[node] = ("trunk", self._links[link], self._loss[link])  # closes circles of flow
                node = self._above[link]
        for passed, link in reversed(way):
            if found[0] == "trunk" and self._loss[link] > found[2]:
                found = ("trunk", self._links[link], self._loss[link])
            self._known[passed] = found
        return found

    def _here(self, node: int) -> Finding | None:
        """Return what a node itself says, None if the way goes on."""
        if node in self._held:
            return "power", self._links[self._held[node]], 0.0
        if node in self._ends:
            return "trunk", self._engine.nodes[node], 0.0
        link = self._inflow[node]
        if link < 0:
            return self._nearest(node)
        if link in self._limiting:
            return self._limiting[link], self._links[link], 0.0
        return None

    def _nearest(self, start: int) -> Finding:
        """Return what the limiting link nearest to a dry node says, over links that are commissioned."""
        seen, frontier, tank = {start}, [start], -1
        while frontier:
            reached: list[int] = []
            for node in frontier:
                if node in self._held:
                    return "power", self._links[self._held[node]], 0.0
                tank = node if tank < 0 and node in self._tanks else tank
                for link, other in self._engine.neighbours[node]:
                    if link in self._limiting:
                        return self._limiting[link], self._links[link], 0.0
                    if other not in seen:
                        seen.add(other)
                        reached.append(other)
            frontier = reached
        kind, node = ("no inflow", start) if tank < 0 else ("tank", tank)
        return kind, self._engine.nodes[node], 0.0

    def _limiting_links(self) -> dict[int, str]:
        engine = self._engine
        valves = engine.flow_control_valves
        at_setting = np.abs(engine.flow[valves]) >= _AT_SETTING * engine.setting_m3_per_s(valves)
        ends, pumps = engine.ends, engine.pumps
        lift = engine.head[ends[pumps, 1]] - engine.head[ends[pumps, 0]]
        beyond = (engine.flow[pumps] > _NO_FLOW) & (lift <= 0.0)
        return dict.fromkeys(valves[at_setting].tolist(), "source") | dict.fromkeys(
            pumps[beyond].tolist(), "pump"
        )

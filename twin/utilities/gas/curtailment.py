"""Demand beyond what sources and stations can pass: who is cut, how much, and for want of what.

Where all that could hold the pressure of a zone passes what it can, the demand whose gas comes through there
is cut: interruptible classes first, homes last, within a rank all by the same part.
"""

from typing import NamedTuple

import numpy as np

from twin.errors import Unsolved
from twin.utilities.base import Vector
from twin.utilities.gas.capacities import MAIN, SOURCE, STATION
from twin.utilities.gas.names import BRANCHES, NAME
from twin.utilities.gas.regulation import FULL, HELD, OPEN, Regulation
from twin.utilities.gas.structures import Index
from twin.utilities.gas.tracing import downstream_order, incoming, narrowest, parts_through

_CLOSE, _INLET_CLOSE = 1e-7, 1e-5
_MOST_ROUNDS = 100
_LEAST_PART = 1e-3
Cuts = dict[tuple[str, str], Vector]
"""By kind and address of what is short, kg/s that are cut at each sink."""


class _Short(NamedTuple):
    """What has to pass less: regulators by row and nodes of sources, by how much, and what tells it."""

    regulators: list[int]
    sources: list[int]
    excess: float
    kind: str
    address: str


class Curtailment:
    """Brings a network within what its sources and regulators can pass.

    Parameters
    ----------
    regulation
        Settled once without limits.
    """

    def __init__(self, regulation: Regulation) -> None:
        self._regulation, self._grid = regulation, regulation.grid

    def relieve(self, fed: Vector) -> Cuts:
        """Cut demand until nothing passes more than it can; the network is solved then.

        Raises
        ------
        Unsolved
            If that is not found.
        """
        cuts: Cuts = {}
        before: dict[str, tuple[float, float]] = {}
        for _ in range(_MOST_ROUNDS):
            short, turned = self._look()
            if not short and not turned:
                return cuts
            if turned:
                self._regulation.write()
            if short:
                one = short[0]  # what else is short may have room after that
                was, faster = before.get(one.address, (np.inf, 1.0))
                # what is cut here may be drawn there, where pressure rises: then more has to be cut
                faster = 2.0 * faster if one.excess > 0.5 * was else 1.0
                before[one.address] = one.excess, faster
                self._cut(one._replace(excess=faster * one.excess), cuts)
            self._regulation.settle(fed)
        raise Unsolved("no curtailment brings stations and sources within their limits", f"{NAME}/network")

    def exceeds(self) -> bool:
        """Return whether anything passes more than it can."""
        return bool(self._over_regulators() or self._over_sources() or self._starved())

    def _over_regulators(self) -> list[int]:
        own, now = self._regulation, self._grid.now
        flow = now.flow[self._grid.file.regulators.branch]
        over = own.passing() & (own.mode != FULL) & (flow > own.limits.regulators * (1.0 + _CLOSE))
        return [int(r) for r in np.flatnonzero(over)]

    def _over_sources(self) -> list[int]:
        own = self._regulation
        if not any(np.isfinite(most) for most in own.cap_at.values()):
            return []
        supplied = own.supplied()
        return [
            n for n, most in own.cap_at.items() if n not in own.full and supplied[n] > most * (1.0 + _CLOSE)
        ]

    def _starved(self) -> list[int]:
        """Return the regulators that have less pressure before them than they need."""
        own, grid = self._regulation, self._grid
        if not np.isfinite(own.limits.inlet_bar).any():
            return []
        branch = grid.file.regulators.branch
        flows = grid.now.flow[branch] > _CLOSE * grid.scale()[1]
        low = grid.now.square[grid.branch.start[branch]] < self._least() * (1.0 - _INLET_CLOSE)
        return [int(r) for r in np.flatnonzero(own.passing() & flows & low)]

    def _least(self) -> Vector:
        inlet = self._grid.branch.start[self._grid.file.regulators.branch]
        bar = self._regulation.limits.inlet_bar + self._grid.file.nodes.outer_bar[inlet]
        return np.where(np.isfinite(bar), np.maximum(bar, 0.0) ** 2, -np.inf)

    def _look(self) -> tuple[list[_Short], bool]:
        """Let those that pass too much pass what they can, where others hold their zone; return the rest."""
        own, grid = self._regulation, self._grid
        over, sources = self._over_regulators(), self._over_sources()
        zone, controlled = grid.lossless(), grid.file.regulators.controlled
        short = [self._at_open(r) for r in over if own.mode[r] == OPEN]
        short += [one for r in self._starved() if (one := self._at_inlet(r)) is not None]
        turned = False
        held = [r for r in over if own.mode[r] == HELD]
        for number in dict.fromkeys(
            [*(int(zone[controlled[r]]) for r in held), *(int(zone[n]) for n in sources)]
        ):
            those = [r for r in held if zone[controlled[r]] == number]
            nodes = [n for n in sources if zone[n] == number]
            if self._others(number, zone, those, nodes):
                turned = True
            elif len(nodes) + len({int(controlled[r]) for r in those}) > 1:
                # all of them pass too much: without a cut the last would have to bring what no pressure can
                short.append(self._at_last(number, zone, those, nodes))
                turned, those, nodes = True, *self._without_last(those, nodes)
            else:
                short.append(self._at_last(number, zone, those, nodes))
                continue
            own.mode[those] = FULL
            own.full |= {node: own.cap_at[node] for node in nodes}
        return short, turned

    def _others(self, number: int, zone: Index, over: list[int], nodes: list[int]) -> bool:
        """Return whether something else holds the pressure of a zone, or can; let that do it."""
        own, grid = self._regulation, self._grid
        controlled, branch = grid.file.regulators.controlled, grid.file.regulators.branch
        if any(zone[n] == number and grid.slack[n] and n not in nodes for n in own.at_node):
            return True
        # a regulator that takes its gas from the zone itself brings it none
        brings = (zone[controlled] == number) & (zone[grid.branch.start[branch]] != number)
        here = brings & own.passing() & (own.mode == HELD)
        if any(int(r) not in over for r in np.flatnonzero(here)):
            return True
        square = grid.now.square
        waits = np.flatnonzero(brings & own.waiting())
        ready = [int(r) for r in waits if square[grid.branch.start[branch[r]]] > square[controlled[r]]]
        if ready:
            own.mode[max(ready, key=lambda r: grid.file.regulators.target_bar[r])] = HELD
        return bool(ready)

    def _without_last(self, over: list[int], nodes: list[int]) -> tuple[list[int], list[int]]:
        """Return all but the one with the most, which goes on to hold the zone."""
        own, controlled = self._regulation, self._grid.file.regulators.controlled
        if nodes:
            last = max(nodes, key=lambda n: own.cap_at[n])
            return over, [n for n in nodes if n != last]
        best = max(over, key=lambda r: own.limits.regulators[r])
        return [r for r in over if controlled[r] != controlled[best]], []

    def _at_last(self, number: int, zone: Index, over: list[int], nodes: list[int]) -> _Short:
        """Return what the last of a zone has to pass less; all that feed the zone are short."""
        own, grid = self._regulation, self._grid
        controlled = grid.file.regulators.controlled
        full = [int(r) for r in np.flatnonzero((own.mode == FULL) & (zone[controlled] == number))]
        fed = [n for n in own.full if zone[n] == number]
        if nodes:
            excess = sum(own.supplied()[n] - own.cap_at[n] for n in nodes)
            address = grid.file.names["ext_grid"][own.at_node[nodes[0]][0]]
            return _Short([*full, *over], [*fed, *nodes], excess, SOURCE, address)
        flow = grid.now.flow[grid.file.regulators.branch[over]]
        excess = float((flow - own.limits.regulators[over]).sum())
        address = grid.file.names["press_control"][over[0]]
        return _Short([*full, *over], fed, excess, STATION, address)

    def _at_open(self, r: int) -> _Short:
        own, grid = self._regulation, self._grid
        excess = float(grid.now.flow[grid.file.regulators.branch[r]] - own.limits.regulators[r])
        return _Short([r], [], excess, STATION, grid.file.names["press_control"][r])

    def _at_inlet(self, r: int) -> _Short | None:
        """Return by how much less a regulator has to pass, so that its inlet keeps the pressure it needs."""
        grid, now = self._grid, self._grid.now
        b = int(grid.file.regulators.branch[r])
        inlet, flow = int(grid.branch.start[b]), float(now.flow[b])
        least, there = float(self._least()[r]), float(now.square[inlet])
        highest = max(bar**2 for bar in grid.held.values())
        share = np.sqrt(max(highest - least, 0.0) / max(highest - there, 1e-12)) if highest > least else 0.0
        ends = grid.branch.start, grid.branch.end
        pipe, _ = narrowest(inlet, self._ways(), now.flow, ends, grid.kind, now.square)
        excess = max(flow * (1.0 - min(share, 1.0)), 1e-6 * flow)
        if pipe >= 0 and BRANCHES[grid.file.branches.table[pipe]] == "pipe":
            return _Short([r], [], excess, MAIN, grid.file.names["pipe"][grid.file.branches.row[pipe]])
        return _Short([r], [], excess, STATION, grid.file.names["press_control"][r])

    def _ways(self) -> tuple[Index, Index, Index]:
        grid = self._grid
        there = grid.branch.start, grid.branch.end, grid.now.flow, np.flatnonzero(grid.live), len(grid.slack)
        return downstream_order(*there), *incoming(*there)

    def _cut(self, one: _Short, cuts: Cuts) -> None:
        """Cut what comes through what is short, rank by rank."""
        own, grid, now = self._regulation, self._grid, self._grid.now
        marked, at_node = np.zeros(len(grid.kind)), np.zeros(len(grid.slack))
        marked[grid.file.regulators.branch[one.regulators]] = 1.0
        supplied = own.supplied()
        fed = np.maximum(now.fed, 0.0)
        for node, amount in supplied.items():
            if node not in own.full:
                fed[node] += max(amount, 0.0)
        for node in one.sources:
            at_node[node] = max(supplied[node], 0.0)
        part = parts_through(self._ways(), now.flow, grid.branch.start, grid.branch.end, marked, fed, at_node)
        of_sink = part[grid.sinks.node]
        left = one.excess
        kept = cuts.setdefault((one.kind, one.address), np.zeros(len(of_sink)))
        for rank in range(now.wanted.shape[1]):
            served = now.wanted[:, rank] * now.part[:, rank]
            served[of_sink < _LEAST_PART] = 0.0
            through = float((served * of_sink).sum())
            if through <= 0.0 or left <= 0.0:
                continue
            share = min(left / through, 1.0)
            less = now.wanted[:, rank] * share * (of_sink >= _LEAST_PART)
            now.wanted[:, rank] -= less
            kept += less
            left -= share * through

"""Why gas is not served: what passes no more, which main loses the pressure, what is out."""

import numpy as np

from twin.utilities.base import Cause, Vector
from twin.utilities.gas.capacities import MAIN, SOURCE, STATION
from twin.utilities.gas.curtailment import Cuts
from twin.utilities.gas.grid import Grid
from twin.utilities.gas.names import BRANCHES
from twin.utilities.gas.standing import Standing
from twin.utilities.gas.structures import Index
from twin.utilities.gas.tracing import downstream_order, incoming, narrowest

UNSERVED, POWER = "gas_unserved_m3", "power"
_LEAST_PART = 1e-9
_KINDS = {"press_control": STATION, "compressor": STATION, "pump": STATION, "ext_grid": SOURCE}


class Blame:
    """Finds causes at a solution of a grid."""

    def __init__(self, grid: Grid, standing: Standing) -> None:
        self._grid, self._standing = grid, standing

    def missing(self, total: Vector, cuts: Cuts) -> dict[Cause, float]:
        """Return m3/h that are not served, by cause.

        Parameters
        ----------
        total
            kg/s that each sink asks for.
        cuts
            What was cut for want of sources and stations.
        """
        grid, now = self._grid, self._grid.now
        per_h = grid.file.fluid.m3_per_kg * 3600.0
        found: dict[Cause, float] = {}
        if not cuts and float((now.wanted * now.part).sum()) >= float(total.sum()) * (1.0 - _LEAST_PART):
            return found
        for (kind, address), amounts in cuts.items():
            self._add(found, kind, address, float(amounts.sum()) * per_h)
        reached = grid.reached[grid.sinks.node] & self._standing.now("sink")
        low = (now.wanted * (1.0 - now.part)).sum(axis=1) * reached
        for row in np.flatnonzero(low > _LEAST_PART * max(float(total.sum()), 1e-12)).tolist():
            self._add(found, *self._lost_on_the_way(int(grid.sinks.node[row])), float(low[row]) * per_h)
        for row in np.flatnonzero(~reached & (total > 0.0)).tolist():
            self._add(found, *self._cut_off(row), float(total[row]) * per_h)
        return found

    @staticmethod
    def _add(found: dict[Cause, float], kind: str, address: str, amount: float) -> None:
        cause = Cause(UNSERVED, kind, address)
        found[cause] = found.get(cause, 0.0) + amount

    def _lost_on_the_way(self, node: int) -> tuple[str, str]:
        """Return the main that loses most on the way of the gas to a node, else what the way begins with."""
        grid, now = self._grid, self._grid.now
        there = grid.branch.start, grid.branch.end, now.flow, np.flatnonzero(grid.live), len(grid.slack)
        ways = downstream_order(*there), *incoming(*there)
        ends = grid.branch.start, grid.branch.end
        worst, last = narrowest(node, ways, now.flow, ends, grid.kind, now.square)
        for b in (worst, last):
            if b >= 0:
                table = BRANCHES[grid.file.branches.table[b]]
                return _KINDS.get(table, MAIN), grid.file.names[table][grid.file.branches.row[b]]
        return SOURCE, self._nearest_source(node)

    def _nearest_source(self, node: int) -> str:
        names, nodes = self._grid.file.names["ext_grid"], self._grid.file.sources.node
        at = np.flatnonzero(nodes == node)
        return names[int(at[0])] if len(at) else names[0]

    def _cut_off(self, row: int) -> tuple[str, str]:
        """Return what that is out stands nearest to a sink that no gas reaches."""
        grid, file = self._grid, self._grid.file
        if not self._standing.now("sink")[row]:
            return "outage", file.names["sink"][row]
        start, end, table = grid.branch.start, grid.branch.end, file.branches.table
        stopped = self._standing.stopped()
        met = {int(file.draws["sink"].node[row])}
        border = sorted(met)
        while border:
            for b in self._at(border, start, end):
                name, own = BRANCHES[table[b]], int(file.branches.row[b])
                out = not self._standing.now(name)[own]
                if out and (self._standing.built[name][own] or (name, own) in stopped):
                    kind = POWER if (name, own) in stopped else _KINDS.get(name, MAIN)
                    return kind, file.names[name][own]
            sources = [r for r, n in enumerate(file.sources.node) if int(n) in border]
            if sources:
                return SOURCE, file.names["ext_grid"][sources[0]]
            further = {int(n) for b in self._at(border, start, end) for n in (start[b], end[b])} - met
            met |= further
            border = sorted(further)
        return "no inflow", file.names["sink"][row]

    @staticmethod
    def _at(nodes: list[int], start: Index, end: Index) -> list[int]:
        """Return the branches at some nodes."""
        return [int(b) for b in np.flatnonzero(np.isin(start, nodes) | np.isin(end, nodes))]

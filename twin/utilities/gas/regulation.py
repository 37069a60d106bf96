"""What regulators and sources do: hold a pressure, stand open, stand shut, or pass all that they can.

A regulator holds its pressure as long as there is more before it; it stands open where there is not, and
shut where gas would flow back. What can pass no more passes that; another of the same zone holds the pressure
then. Where none can, demand there is cut: see `curtailment`.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.errors import Unsolved
from twin.utilities.base import Mask, Vector
from twin.utilities.gas.grid import Grid
from twin.utilities.gas.names import NAME
from twin.utilities.gas.structures import HOLDS, PASSES, SHARES, Index

HELD, OPEN, SHUT, FULL = range(4)
_CLOSE = 1e-7
_MOST_ROUNDS, _MOST_TURNS = 60, 8


Modes = tuple[Index, dict[int, float]]


class Limits(NamedTuple):
    """What can pass, kg/s, and the least pressure before regulators, bar above the atmosphere.

    Attributes
    ----------
    regulators, sources
        By row of their tables, infinite where nothing is said.
    inlet_bar
        By row of the regulators, minus infinity where nothing is said.
    """

    regulators: Vector
    sources: Vector
    inlet_bar: Vector


class Regulation:
    """The modes of regulators, by row of their table, and of the nodes that sources hold.

    Attributes
    ----------
    mode
        Of each regulator: `HELD`, `OPEN`, `SHUT`, `FULL`.
    full
        Nodes of sources that feed in all they can, and how much that is, kg/s.
    """

    def __init__(self, grid: Grid, limits: Limits) -> None:
        self.grid, self.limits = grid, limits
        own = grid.file.regulators
        self._branch, self._controlled = own.branch, own.controlled
        outer = grid.file.nodes.outer_bar
        self._target = (own.target_bar + outer[own.controlled]) ** 2
        self._acting = own.acts
        self.mode: Index = np.full(len(own.branch), HELD, dtype=np.intp)
        self.full: dict[int, float] = {}

    def begin(self, stands: Mapping[str, Mask]) -> None:
        """Take what is in service; of the regulators of a node that with the highest pressure holds it."""
        file, outer = self.grid.file, self.grid.file.nodes.outer_bar
        held: dict[int, list[int]] = {}
        own = file.sources
        for row in np.flatnonzero(stands["ext_grid"] & own.holds).tolist():
            held.setdefault(int(own.node[row]), []).append(row)
        self.at_node = held
        pressures = {node: float(np.mean(own.bar[rows]) + outer[node]) for node, rows in held.items()}
        self.cap_at = {node: float(self.limits.sources[rows].sum()) for node, rows in held.items()}
        self.grid.connect(stands, pressures)
        self._regulating = self._acting & self.grid.live[self._branch]
        # one whose junction no gas reaches finds too little pressure there, and stands open
        self._regulating &= self.grid.reached[self._controlled]
        self.mode[:] = HELD
        for r in np.flatnonzero(self._regulating).tolist():
            same = self._regulating & (self._controlled == self._controlled[r])
            if self._target[same].max() > self._target[r] * (1.0 + _CLOSE):
                self.mode[r] = SHUT
        self.full = {}
        self.write()

    def write(self) -> None:
        """Let the grid's branches and sources do what the modes say."""
        grid = self.grid
        grid.kind[:], grid.other[:] = grid.by_itself, -1
        grid.now.given[:] = 0.0
        flows = np.flatnonzero(grid.by_itself == PASSES)
        grid.now.given[flows] = grid.file.flows[0][grid.file.branches.row[flows]]
        leads: dict[tuple[int, int], int] = {}
        for r in np.flatnonzero(self._regulating).tolist():
            b, mode = int(self._branch[r]), self.mode[r]
            if mode in (SHUT, FULL):
                grid.kind[b] = PASSES
                grid.now.given[b] = self.limits.regulators[r] if mode == FULL else 0.0
                continue
            ends = (int(grid.branch.start[b]), int(grid.branch.end[b]))
            key = (int(self._controlled[r]), -1) if mode == HELD else ends
            if key in leads:
                first = leads[key]
                grid.kind[b], grid.other[b] = SHARES, self._branch[first]
                grid.branch.ratio[b] = self._part(r, first)
            else:
                leads[key] = r
                if mode == HELD:
                    grid.kind[b], grid.other[b] = HOLDS, self._controlled[r]
                    grid.now.given[b] = self._target[r]
        for node in self.at_node:
            grid.slack[node] = node not in self.full

    def _part(self, r: int, first: int) -> float:
        """Return what a regulator carries over what another beside it carries, by their ratings."""
        ratings = self.limits.regulators
        both = np.isfinite(ratings[r]) and np.isfinite(ratings[first]) and ratings[first] > 0.0
        return float(ratings[r] / ratings[first]) if both else 1.0

    def settle(self, fed: Vector) -> None:
        """Solve until every regulator does what its pressures ask of it.

        Parameters
        ----------
        fed
            What is fed in at each node beside sources, kg/s.

        Raises
        ------
        Unsolved
            If there is no such state.
        """
        turns = np.zeros(len(self.mode), dtype=np.intp)
        for _ in range(_MOST_ROUNDS):
            self._begin(fed)
            found = self.grid.attempt()
            if not found and not self._starving(turns):
                self.grid.solve()
                found = True
            wanted = self._turned() if found else self._opened()
            turning = (wanted != self.mode) & (turns < _MOST_TURNS)
            rising = [node for node in self.full if self._above(node)] if found else []
            if not turning.any() and not rising:
                return
            turns += turning
            self.mode[turning] = wanted[turning]
            for node in rising:
                del self.full[node]
            self._anchor()
            self.write()
        raise Unsolved("regulators find no state that lasts", f"{NAME}/network")

    def _begin(self, fed: Vector) -> None:
        grid = self.grid
        grid.now.fed[:] = np.where(grid.reached, fed, 0.0)
        for node, most in self.full.items():
            grid.now.fed[node] += most
        for node, bar in grid.held.items():
            if grid.slack[node]:
                grid.now.square[node] = bar**2

    def _opened(self) -> Index:
        """Return the modes where those that have less before than behind them stand open."""
        now, branch, b = self.grid.now, self.grid.branch, self._branch
        pushes = now.square[branch.end[b]] > now.square[branch.start[b]]
        opening = self._regulating & (self.mode == HELD) & pushes
        return np.where(opening, OPEN, self.mode)

    def _starving(self, turns: Index) -> bool:
        """Return whether regulators ask for more than can come to them, as a failed attempt shows."""
        return bool(((self._opened() != self.mode) & (turns < _MOST_TURNS)).any())

    def _anchor(self) -> None:
        """Let something hold the pressure of every zone: what passed all it could, else what was shut."""
        if not len(self.mode) or not self._regulating.any():
            return
        grid, target = self.grid, self.grid.file.regulators.target_bar
        self.write()
        zone = grid.lossless()
        held = {int(zone[node]) for node in self.at_node if grid.slack[node]}
        brings = zone[grid.branch.start[self._branch]] != zone[self._controlled]
        held |= {int(zone[n]) for n in self._controlled[self._regulating & brings & (self.mode == HELD)]}
        for number in {int(zone[n]) for n in self._controlled[self._regulating]} - held:
            here = self._regulating & (zone[self._controlled] == number)
            for mode in (FULL, SHUT):
                those = np.flatnonzero(here & (self.mode == mode))
                if len(those):
                    self.mode[those[int(np.argmax(target[those]))]] = HELD
                    break

    def _above(self, node: int) -> bool:
        """Return whether a source that feeds in all it can could hold its pressure with less."""
        return bool(self.grid.now.square[node] > self.grid.held[node] ** 2 * (1.0 + _CLOSE))

    def _turned(self) -> Index:
        """Return the mode that each regulator's pressures and flow ask for."""
        if not len(self._branch):
            return self.mode
        now, branch = self.grid.now, self.grid.branch
        places = self._branch, branch.start, branch.end, self._controlled
        wanted, least = self.mode.copy(), _CLOSE * float(self.grid.scale()[1])
        _turn(wanted, self._regulating, places, self._target, now.square, now.flow, least)
        return wanted

    def passing(self) -> Mask:
        """Return the regulators that are in service and not shut."""
        return np.asarray(self._regulating & (self.mode != SHUT))

    def waiting(self) -> Mask:
        """Return the regulators that are in service and shut."""
        return np.asarray(self._regulating & (self.mode == SHUT))

    def supplied(self) -> dict[int, float]:
        """Return what comes out of the sources of each node at the last solution, kg/s."""
        balance = self.grid.balance
        return {node: self.full.get(node, -float(balance[node])) for node in self.at_node}

    def save(self) -> Modes:
        """Return the modes, to keep."""
        return self.mode.copy(), dict(self.full)

    def restore(self, saved: Modes) -> None:
        """Return to saved modes."""
        if self.full == saved[1] and np.array_equal(self.mode, saved[0]):
            return  # as in most hours
        self.mode, self.full = saved[0].copy(), dict(saved[1])
        self.write()


@compiled
def _turn(
    mode: Index,
    regulating: Mask,
    places: tuple[Index, Index, Index, Index],
    target: Vector,
    square: Vector,
    flow: Vector,
    least: float,
) -> None:
    """Turn the modes of regulators to what their pressures and flow ask for.

    Parameters
    ----------
    places
        The branch of each regulator, where branches start and end, and the node whose pressure it holds.
    target
        What it holds there, bar2.
    least
        A flow that counts as one, kg/s.
    """
    branch, start, end, controlled = places
    for r in range(len(mode)):
        if not regulating[r]:
            continue
        b, held = branch[r], square[controlled[r]]
        before, behind = square[start[b]], square[end[b]]
        low, high = held < target[r] * (1.0 - _CLOSE), held > target[r] * (1.0 + _CLOSE)
        if mode[r] in (HELD, OPEN) and flow[b] < -least:
            mode[r] = SHUT
        elif mode[r] == HELD:
            mode[r] = OPEN if behind > before * (1.0 + _CLOSE) else HELD
        elif (mode[r] in (OPEN, FULL) and high) or (
            mode[r] == SHUT and low and before > behind * (1.0 + _CLOSE)
        ):
            mode[r] = HELD

"""The dispatcher: when an element is beyond what it may carry, load behind it is shed until it is not.

Load is shed by class, interruptible first, critical last, in blocks of a tenth of a load's class; critical
load (pumps, plants) goes whole. What is behind an element, and by how much it relieves it, comes from
the DC power flow's sensitivities (B. Stott, J. Jardim, O. Alsac, DC Power Flow Revisited, 2009). If there
is no solution at all, the voltage has collapsed: load is shed by the DC flows until they fit, then a block
everywhere at a time, until there is one.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from twin.compiled import compiled
from twin.utilities.base import Vector
from twin.utilities.power.rules import Index
from twin.utilities.power.state import State

INTERRUPTIBLE, ORDINARY, CRITICAL = range(3)
COLLAPSE = -1
_BLOCK = 0.1
_BEHIND = 0.02
_MARGIN = 1e-3
_NOTHING_MW = 1e-9
_NO_PART = 1e-9
_TURNS = 10
"""Blocks of a class of a load: as many as `_BLOCK` goes into it."""


@dataclass(slots=True)
class Shedding:
    """What is shed, held until the hour ends.

    Attributes
    ----------
    kept
        Part of each class and load that is served, shape (3, loads).
    shed_mw
        By the element that asked for it: internal branch, or the number of branches plus that of an
        external grid; `COLLAPSE` for the voltage.
    """

    kept: Vector
    shed_mw: dict[int, float] = field(default_factory=dict)


class Behind(NamedTuple):
    """Which loads relieve an element, in the order of how much.

    Attributes
    ----------
    relief
        MW less on it, in its direction, for a MW less of each load.
    forward, backward
        Loads that relieve it while it carries power in its direction, and against it.
    """

    relief: Vector
    forward: Index
    backward: Index


class Dispatcher:
    """Sheds load of one switching state.

    Parameters
    ----------
    state
        The grid; sensitivities are those of its taps as opened.
    limit
        Emergency limits: percent of rating by internal branch, then MVA by external grid.
    """

    def __init__(self, state: State, limit: Vector) -> None:
        self._state, self._limit = state, limit
        net = state.compiled
        self._alive = (state.bus_of_load >= 0).astype(float)
        self._susceptance = np.abs(net.yft)
        size, b = len(net.start), self._susceptance
        rows = np.concatenate([net.f, net.t, net.f, net.t])
        columns = np.concatenate([net.f, net.t, net.t, net.f])
        self._full = csc_matrix((np.concatenate([b, b, -b, -b]), (rows, columns)), shape=(size, size))
        self._free = np.setdiff1d(np.arange(size), net.ref)
        self._solver = splu(self._full[self._free][:, self._free].tocsc()) if len(self._free) else None
        self._found: dict[int, Behind] = {}
        self._scales = np.maximum(*np.split(state.scales, 2)) / net.base_mva

    def relieve(self, power_mw: Vector, over: Vector, layers: Vector, shedding: Shedding) -> float:
        """Shed behind every element beyond its limit, the worst first; return the MW shed.

        Parameters
        ----------
        power_mw
            Flow of each internal branch from its first end, then out of each external grid.
        over
            Loading over limit of each.
        layers
            Asked MW by class and load, shape (3, loads).
        shedding
            Changed in place.
        """
        total, gone = 0.0, np.zeros(layers.shape[1])
        for element in sorted(np.flatnonzero(over > 1.0).tolist(), key=lambda e: -over[e]):
            asked, own = abs(power_mw[element]), self._behind(element)
            flow = power_mw[element] - own.relief @ gone
            needed = asked * (1.0 - 1.0 / over[element]) - (asked - abs(flow)) + _MARGIN
            if needed <= _MARGIN:
                continue
            before = shedding.kept.copy()
            forward = power_mw[element] >= 0.0
            order, relief = (own.forward, own.relief) if forward else (own.backward, -own.relief)
            shed = _shed(order, relief, needed, layers, shedding.kept)
            if shed > 0.0:
                total += shed
                shedding.shed_mw[element] = shedding.shed_mw.get(element, 0.0) + shed
                gone += ((before - shedding.kept) * layers).sum(axis=0)
        return total

    def collapse(self, layers: Vector, shedding: Shedding) -> float:
        """Shed until DC flows fit, else a block of the lowest class everywhere; return the MW shed."""
        flow = self.flows((layers * shedding.kept).sum(axis=0))
        shed = self.relieve(flow, self._over(flow), layers, shedding)
        if shed > 0.0:
            return shed
        for number in range(len(layers)):
            there = float((np.maximum(layers[number], 0.0) * self._alive).sum())
            if (np.maximum(layers[number], 0.0) * shedding.kept[number] * self._alive).sum() > _NOTHING_MW:
                order = np.flatnonzero(self._alive)
                shed = float(_shed(order, self._alive, _BLOCK * there, layers, shedding.kept))
                shedding.shed_mw[COLLAPSE] = shedding.shed_mw.get(COLLAPSE, 0.0) + shed
                return shed
        return 0.0

    def flows(self, load_mw: Vector) -> Vector:
        """Return the DC flows that loads cause: of each internal branch, then out of each external grid."""
        net, state = self._state.compiled, self._state
        at_bus = np.zeros(len(net.start))
        np.add.at(at_bus, state.bus_of_load[self._alive > 0.0], load_mw[self._alive > 0.0])
        angle = np.zeros(len(net.start))
        if self._solver is not None:
            angle[self._free] = self._solver.solve(-at_bus[self._free])
        branch = self._susceptance * (angle[net.f] - angle[net.t])
        slack = (self._full @ angle + at_bus)[state.sources]
        return np.concatenate([branch, slack[state.ext_slack] * state.ext_share])

    def _over(self, flow: Vector) -> Vector:
        """Return DC loading over limit, at 1 pu of voltage."""
        branches = len(self._susceptance)
        return np.concatenate([np.abs(flow[:branches]) * self._scales, np.abs(flow[branches:])]) / self._limit

    def _behind(self, element: int) -> "Behind":
        """Return the loads behind an element, found once."""
        if element not in self._found:
            relief = self.relief(element)
            order = np.argsort(-relief, kind="stable")
            back = np.argsort(relief, kind="stable")
            self._found[element] = Behind(
                relief, order[relief[order] >= _BEHIND], back[-relief[back] >= _BEHIND]
            )
        return self._found[element]

    def relief(self, element: int) -> Vector:
        """Return how much a megawatt less of each load takes off an element."""
        return np.asarray(self.relief_at(element)[self._state.bus_of_load] * self._alive)

    def relief_at(self, element: int) -> Vector:
        """Return how much a megawatt less drawn at each internal bus takes off an element."""
        net, state, branches = self._state.compiled, self._state, len(self._susceptance)
        push, out = np.zeros(len(net.start)), np.zeros(len(net.start))
        if element < branches:
            push[net.f[element]], push[net.t[element]] = 1.0, -1.0
            push *= -self._susceptance[element]
        else:
            at = state.sources[state.ext_slack[element - branches]]
            push = -self._full[:, [at]].toarray()[:, 0]
        if self._solver is not None:
            out[self._free] = self._solver.solve(push[self._free])
        if element >= branches:
            out[at] = 1.0
            out *= state.ext_share[element - branches]
        return out


@compiled
def _shed(order: Index, relief: Vector, needed: float, layers: Vector, kept: Vector) -> float:
    """Take blocks in order of class, of turn, of relief, until enough is relieved; return the MW."""
    total = 0.0
    for number in range(len(layers)):
        whole = number == CRITICAL
        for _ in range(1 if whole else _TURNS):
            gained, taken = 0.0, 0
            for load in order:
                part = kept[number, load] if whole else min(_BLOCK, kept[number, load])
                block = layers[number, load] * part
                if block <= _NOTHING_MW:
                    continue
                taken += 1
                total += block
                gained += relief[load] * block
                left = kept[number, load] - part
                kept[number, load] = left if left >= _NO_PART else 0.0
                if gained >= needed:
                    break
            if not taken:
                break
            needed -= gained
            if needed <= 0.0:
                return total
    return total

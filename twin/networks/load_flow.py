"""The load flow: Newton-Raphson on a compiled switching state, taps moved until voltages are in band."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from twin.networks.base import Vector
from twin.networks.power_compile import Compiled, Complex, Index
from twin.networks.power_state import Matrices, State, matrices
from twin.networks.power_taps import TapChangers

_ITERATIONS = 20
_TAP_ROUNDS = 40
_BISECTIONS = 12
COLLAPSED_PU = 0.4
"""No stable solution lies lower: the nose of the PV curve of a load behind an impedance is at
E / sqrt(2 + 2 sin phi), at least half of E (T. Van Cutsem, C. Vournas, Voltage Stability, 1998)."""


class Solution(NamedTuple):
    """A solved load flow.

    Attributes
    ----------
    voltage
        Of each internal bus, pu.
    at_bus
        What is served at each, MVA.
    elements, limits
        Address of each internal branch, then of each external grid, and what they may carry in an
        emergency: percent of rating, MVA.
    """

    state: State
    matrices: Matrices
    voltage: Complex
    at_bus: Complex
    elements: Sequence[str]
    limits: Vector


class LoadFlow:
    """Holds the voltages and tap positions of a grid from one solution to the next.

    Parameters
    ----------
    changers
        The grid's tap changers.
    tolerance_pu
        How closely power must balance at each bus.

    Attributes
    ----------
    state, matrices
        The switching state and its admittances at the present taps.
    limited
        The state, generators at their reactive limits as buses of given power.
    voltage
        Of each internal bus, pu.
    position
        Of each tap changer.
    """

    state: State
    limited: State
    matrices: Matrices

    def __init__(self, changers: TapChangers, tolerance_pu: float) -> None:
        from lightsim2grid.algorithm import NRSing_KLU

        self._tolerance = tolerance_pu
        self._changers = changers
        self.new_solver = NRSing_KLU
        self.reset()

    def reset(self) -> None:
        """Forget all solutions; taps as opened."""
        self.position: Index = self._changers.opened.copy()
        self.voltage: Complex = np.zeros(0, dtype=np.complex128)
        self._known = False

    def switch(self, state: State) -> None:
        """Take over another switching state; what the last solution says of its buses is the start."""
        known = self._by_bus() if self._known else None
        self.state = self.limited = state
        self._solver: Any = self.new_solver()
        self.voltage = _start(state, known)
        self._at_bus: Complex = np.zeros_like(self.voltage)
        self._start, self._power = np.zeros((2, len(state.fold.keep)), dtype=np.complex128)
        self._write_taps()

    def solve(self, at_bus_mva: Complex) -> bool:
        """Solve for what loads draw at each internal bus; return whether there is a solution."""
        self._known = False
        if not len(self.voltage):
            return True
        for _ in range(_TAP_ROUNDS):
            if not self._within_limits(at_bus_mva):
                return False
            if not len(self._changers):
                break
            if not self._changers.out_of_band(self.voltage, self.state.compiled.bus):
                break
            moves = self._changers.moves(self._controlled(), self.position)
            if not moves.any():
                break
            self.position = self.position + moves
            self._write_taps()
        self._known = True
        return True

    def largest_factor(self, at_bus_mva: Complex) -> tuple[float, int]:
        """Return the largest factor on all loads that has a solution, and the bus of lowest voltage there.

        Bisection on the load flow, taps as they are: the nose of the PV curve to 1/4096.
        """
        low, high, weakest = 0.0, 1.0, -1
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            if self._within_limits(at_bus_mva * middle):
                low, weakest = middle, int(np.abs(self.voltage).argmin())
            else:
                high = middle
        return low, weakest

    def sum_by_bus(self, demand: Vector) -> Complex:
        """Return what loads draw at each internal bus, MVA, from MW and Mvar of each load.

        The array is the load flow's own: copy to keep it.
        """
        _sum_by_bus(self.state.bus_of_load, demand, self._at_bus)
        return self._at_bus

    def _within_limits(self, at_bus_mva: Complex) -> bool:
        """Solve; generators beyond a reactive limit stay at it and no longer hold their voltage.

        As pandapower does: all that are beyond at once, none comes back at the same instant.
        """
        compiled = self.state.compiled
        if not len(compiled.most_mvar) or not len(compiled.pv):
            return self._newton(at_bus_mva)
        if self.limited is not self.state:
            self.limited, self._solver = self.state, self.new_solver()
            self.voltage = _at_setpoints(self.voltage, compiled)
        while self._newton(at_bus_mva):
            beyond, mvar = self._beyond(at_bus_mva)
            if not len(beyond):
                return True
            self.limited, self._solver = _at_limits(self.limited, beyond, mvar), self.new_solver()
        return False

    def _beyond(self, at_bus_mva: Complex) -> tuple[Index, Vector]:
        """Return the buses at which generators give more than they may, or less, and what they may, Mvar."""
        net = self.limited.compiled
        full = csc_matrix((self.matrices.data, net.ybus.indices, net.ybus.indptr), shape=net.ybus.shape)
        power = self.voltage * np.conj(full @ self.voltage)
        given = ((power - net.fixed).imag * net.base_mva + at_bus_mva.imag)[net.pv]
        least, most = net.least_mvar[net.pv], net.most_mvar[net.pv]
        beyond = (given > most) | (given < least)
        return net.pv[beyond], np.where(given > most, most, least)[beyond]

    def _newton(self, at_bus_mva: Complex) -> bool:
        folded, compiled = self.limited.fold, self.limited.compiled
        now, power = self._start, self._power
        _write_start_and_power(
            self.voltage, at_bus_mva, compiled.fixed, compiled.base_mva, folded.keep, now, power
        )
        if self._run(now, power):
            return True
        for flat in (True, False):
            self._solver = self.new_solver()
            if self._run(compiled.start[folded.keep] if flat else self._no_load(), power):
                return True
        self._solver = self.new_solver()
        return False

    def _run(self, start: Complex, power: Complex) -> bool:
        """Let Newton solve and take it over; a root below the nose is no solution (see `COLLAPSED_PU`)."""
        folded = self.limited.fold
        found = bool(
            self._solver.compute_pf(
                self.matrices.newton,
                start,
                power,
                folded.ref,
                folded.weights,
                folded.pv,
                folded.pq,
                _ITERATIONS,
                self._tolerance,
            )
        )
        return found and bool(_take_over(self._solver.get_V(), folded.keep, self.voltage, COLLAPSED_PU))

    def _no_load(self) -> Complex:
        """Return the voltages without load at the present taps: linear, so taps far apart do no harm."""
        folded, compiled = self.limited.fold, self.limited.compiled
        v, free = compiled.start[folded.keep], folded.pq
        held = np.setdiff1d(np.arange(len(v)), free)
        rows = self.matrices.newton[free]
        if len(free):
            v[free] = splu(rows[:, free].tocsc()).solve(-(rows[:, held] @ v[held]))
        return v

    def _write_taps(self) -> None:
        self.matrices = matrices(self.state, self._changers, self.position)

    def _controlled(self) -> Vector:
        """Return the voltage at each tap changer's bus, 0 where dead."""
        bus = self.state.compiled.bus[self._changers.bus]
        return np.abs(self.voltage[bus]) * (bus >= 0)

    def _by_bus(self) -> Complex:
        bus = self.state.compiled.bus
        return np.where(bus >= 0, self.voltage[bus], 0.0)


@njit(cache=True)
def _sum_by_bus(bus_of_load: Index, demand: Vector, total: Complex) -> None:
    total[:] = 0.0
    for load in range(len(bus_of_load)):
        if bus_of_load[load] >= 0:
            total[bus_of_load[load]] += demand[0, load] + 1j * demand[1, load]


@njit(cache=True)
def _write_start_and_power(
    voltage: Complex,
    at_bus_mva: Complex,
    fixed: Complex,
    base_mva: float,
    keep: Index,
    start: Complex,
    power: Complex,
) -> None:
    """Write the voltage at the kept buses, where Newton starts, and what is injected there, pu."""
    for i in range(len(keep)):
        start[i] = voltage[keep[i]]
        power[i] = fixed[keep[i]] - at_bus_mva[keep[i]] / base_mva


@njit(cache=True)
def _take_over(found: Complex, keep: Index, voltage: Complex, least_pu: float) -> bool:
    """Write voltages that are found at the kept buses, unless one is too low; return whether."""
    if lowest(found) <= least_pu:
        return False
    for i in range(len(keep)):
        voltage[keep[i]] = found[i]
    return True


@njit(cache=True)
def lowest(voltage: Complex) -> float:
    """Return the lowest magnitude."""
    least = np.inf
    for v in voltage:
        least = min(least, abs(v))
    return least


def _start(state: State, known: Complex | None) -> Complex:
    """Return where Newton starts: the last solution where there is one, else that without load."""
    compiled = state.compiled
    v = compiled.start.copy()
    if known is None:
        return v
    carry = (compiled.bus >= 0) & (np.abs(known) > 0.0)
    v[compiled.bus[carry]] = known[carry]
    v[compiled.ref] = compiled.start[compiled.ref]
    return _at_setpoints(v, compiled)


def _at_setpoints(voltage: Complex, net: Compiled) -> Complex:
    """Return voltages with the magnitudes that generators hold."""
    v = voltage.copy()
    v[net.pv] *= np.abs(net.start[net.pv]) / np.abs(v[net.pv])
    return v


def _at_limits(state: State, buses: Index, mvar: Vector) -> State:
    """Return a state in which generators at some buses give so many Mvar and hold no voltage."""
    net, fold = state.compiled, state.fold
    fixed = net.fixed.copy()
    fixed[buses] += 1j * mvar / net.base_mva
    at = np.searchsorted(fold.keep, buses).astype(np.int32)
    return replace(
        state,
        compiled=replace(net, fixed=fixed, pv=np.setdiff1d(net.pv, buses), pq=np.union1d(net.pq, buses)),
        fold=replace(fold, pv=np.setdiff1d(fold.pv, at), pq=np.union1d(fold.pq, at)),
    )

"""The load flow on a compiled switching state, taps moved until voltages are in band.

Each begins with the Jacobian's factors of an earlier one; where these do not lead to a solution, and in grids
that obey more than Kirchhoff's laws, Newton-Raphson with KLU solves.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from twin.compiled import compiled
from twin.pinned import Pinned, pin
from twin.utilities.base import Vector
from twin.utilities.power.compile import Compiled
from twin.utilities.power.kept_factors import Buses, Grid, Kept, approach, copied, keep
from twin.utilities.power.rules import AnyIndex, Balance, Complex, Index, obey
from twin.utilities.power.state import Matrices, State, matrices
from twin.utilities.power.taps import TapChangers

_SHARE, _FINEST_PU, _COARSEST_PU = 1e-5, 1e-10, 1e-8
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
        What is served at each at 1 pu, MVA.
    wanted_mw, constant_mw
        What loads, and what else draws power, would miss at each if it were dead.
    elements, limits
        Address of each internal branch, then of each external grid, and what they may carry in an
        emergency: percent of rating, MVA.
    served
        MW and Mvar served to each load, shape (2, loads).
    position
        Of each tap changer.
    """

    state: State
    matrices: Matrices
    voltage: Complex
    at_bus: Complex
    wanted_mw: Vector
    constant_mw: Vector
    elements: Sequence[str]
    limits: Vector
    served: Vector
    position: Index

    def by_bus(self) -> Complex:
        """Return the voltage of each bus of the net, 0 where dead."""
        return _by_bus(self.state.compiled, self.voltage)


class SavedFlow(NamedTuple):
    """Where a load flow goes on from.

    Attributes
    ----------
    position
        Of each tap changer.
    voltage
        Of each internal bus, pu.
    known
        Whether that is a solution.
    carried
        Voltage of each bus of the net from which another switching state starts, None if there is none.
    kept
        The factors, None if there are none.
    """

    position: Index
    voltage: Complex
    known: bool
    carried: Complex | None
    kept: Kept | None


class LoadFlow:
    """Holds the voltages and tap positions of a grid from one solution to the next.

    Parameters
    ----------
    changers
        The grid's tap changers.
    mean_pu
        What a bus draws on average: the less it is, the closer power must balance at each.

    Attributes
    ----------
    state, matrices
        The switching state and its admittances at the present taps.
    voltage
        Of each internal bus, pu.
    position
        Of each tap changer.
    """

    state: State
    matrices: Matrices
    _grid: Pinned
    _kept: Kept | None = None

    def __init__(self, changers: TapChangers, mean_pu: float) -> None:
        self._changers = changers
        close = _SHARE * mean_pu or _COARSEST_PU
        self._tolerance = float(np.clip(close, _FINEST_PU, _COARSEST_PU))
        self.reset()

    def new_solver(self) -> Any:
        """Return a Newton solver for the present state."""
        from lightsim2grid.algorithm import NR_KLU, NRSing_KLU

        return NR_KLU() if len(self.state.compiled.rules.slack_weights) else NRSing_KLU()

    def reset(self) -> None:
        """Forget all solutions; taps as opened."""
        self.position: Index = self._changers.opened.copy()
        self.voltage: Complex = np.zeros(0, dtype=np.complex128)
        self._known = False
        self._carried: Complex | None = None

    def save(self) -> SavedFlow:
        """Return where it would go on from."""
        kept = copied(self._kept) if self._kept else None
        return SavedFlow(self.position.copy(), self.voltage.copy(), self._known, self._leave(), kept)

    def restore(self, saved: SavedFlow) -> None:
        """Go on from saved taps and voltages with the switching state that is taken over next."""
        self.reset()
        self.position, self._carried = saved.position.copy(), saved.carried

    def resume(self, saved: SavedFlow) -> None:
        """Go on from the very voltages that were saved in this switching state."""
        self.voltage[:] = saved.voltage
        self._known = saved.known
        if self._kept and saved.kept:
            for now, then in zip(self._kept, saved.kept, strict=True):
                now[:] = then

    def switch(self, state: State) -> None:
        """Take over another switching state; what the last solution says of its buses is the start."""
        known, self._carried = self._leave(), None
        self.state = state
        self._solver: Any = self.new_solver()
        self.voltage = start_of(state.compiled, known)
        self._at_bus: Complex = np.zeros_like(self.voltage)
        self.factors: Vector = np.ones((2, len(self.voltage)))
        compiled = state.compiled
        if state.elimination and len(state.fold.keep):
            self._kept = keep(state.elimination)
            buses = Buses(self.voltage, compiled.fixed, compiled.base_mva)
            self._grid = pin(Grid(buses, state.elimination, self._kept))
        else:
            self._kept = None
        self._write_taps()

    def solve(self, at_bus_mva: Complex) -> bool:
        """Solve for what loads draw at each internal bus; return whether there is a solution."""
        self._known = False
        for _ in range(_TAP_ROUNDS):
            if not self._newton(at_bus_mva):
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
            if self._newton(at_bus_mva * middle):
                low, weakest = middle, int(np.abs(self.voltage).argmin())
            else:
                high = middle
        return low, weakest

    def sum_by_bus(self, demand: Vector) -> Complex:
        """Return what loads draw at each internal bus, MVA, from MW and Mvar of each load.

        The array is the load flow's own: copy to keep it.
        """
        sum_by_bus(self.state.bus_of_load, demand, self._at_bus)
        return self._at_bus

    def _newton(self, at_bus_mva: Complex) -> bool:
        if self._kept and self._approach(at_bus_mva):
            return True
        folded, compiled = self.state.fold, self.state.compiled
        if not len(folded.keep):
            return True
        if compiled.rules:
            return self._newton_with_rules(at_bus_mva)
        power = compiled.fixed - at_bus_mva / compiled.base_mva
        now = self.voltage[folded.keep]
        return self._find(now, power[folded.keep], folded.pv, folded.pq, self.matrices.newton)

    def _approach(self, at_bus_mva: Complex) -> bool:
        """Solve with the factors that are kept, from where the grid is; return whether that led anywhere."""
        return bool(approach(self._grid, at_bus_mva, self._tolerance, COLLAPSED_PU))

    def _newton_with_rules(self, at_bus_mva: Complex) -> bool:
        folded, net = self.state.fold, self.state.compiled
        last_pq: AnyIndex = folded.pq
        hold(net, self.voltage)

        def newton(matrix: csc_matrix, power: Complex, pv: AnyIndex, pq: AnyIndex) -> Complex | None:
            nonlocal last_pq
            if len(pq) != len(last_pq):
                self._solver, last_pq = self.new_solver(), pq
            found = self._find(self.voltage[folded.keep], power, pv, pq, matrix)
            return self.voltage[folded.keep] if found else None

        load = at_bus_mva / net.base_mva
        balance = Balance(self.matrices.newton, folded.keep, folded.pv, folded.pq, net.fixed, load)
        found, self.factors = obey(net.rules, newton, balance, np.abs(self.voltage))
        if len(last_pq) != len(folded.pq):
            self._solver = self.new_solver()
        return found is not None

    def _find(self, now: Complex, power: Complex, pv: AnyIndex, pq: AnyIndex, matrix: csc_matrix) -> bool:
        """Solve from where the grid is, then from where there is no load, then from where `runpp` starts."""
        if self._run(now, power, pv, pq, matrix):
            return True
        for flat in (True, False):
            self._solver = self.new_solver()
            start = self.state.compiled.start[self.state.fold.keep] if flat else self._no_load()
            if self._run(start, power, pv, pq, matrix):
                return True
        self._solver = self.new_solver()
        return False

    def _run(self, start: Complex, power: Complex, pv: AnyIndex, pq: AnyIndex, matrix: csc_matrix) -> bool:
        """Let Newton solve and take it over; a root below the nose is no solution (see `COLLAPSED_PU`)."""
        folded = self.state.fold
        found = bool(
            self._solver.compute_pf(
                matrix,
                start,
                power,
                folded.ref,
                folded.weights,
                pv,
                pq,
                _ITERATIONS,
                self._tolerance,
            )
        )
        if not found:
            return False
        v = self._solver.get_V()
        if lowest(v) <= COLLAPSED_PU and self._collapsed(v):
            return False
        _take_over(v, folded.keep, self.voltage)
        return True

    def _collapsed(self, v: Complex) -> bool:
        """Return whether a solution is below the nose; loads that follow the voltage have none."""
        return not self.state.compiled.rules.follow.size and collapsed(v, self._no_load())

    def _no_load(self) -> Complex:
        """Return the voltages without load at the present taps: linear, so taps far apart do no harm."""
        folded, compiled = self.state.fold, self.state.compiled
        v, free = compiled.start[folded.keep], folded.pq
        held = np.setdiff1d(np.arange(len(v)), free)
        rows = self.matrices.newton[free]
        if len(free):
            v[free] = splu(rows[:, free].tocsc()).solve(-(rows[:, held] @ v[held]))
        return v

    def _write_taps(self) -> None:
        self.matrices = matrices(self.state, self._changers, self.position)
        if self._kept and self.state.elimination:
            self._kept.admittance[:] = self.matrices.newton.data[self.state.elimination.source]

    def _controlled(self) -> Vector:
        """Return the voltage at each tap changer's bus, 0 where dead."""
        bus = self.state.compiled.bus[self._changers.bus]
        return np.abs(self.voltage[bus]) * (bus >= 0)

    def _leave(self) -> Complex | None:
        """Return the voltage of each bus of the net that another switching state starts from."""
        return _by_bus(self.state.compiled, self.voltage) if self._known else self._carried


def _by_bus(compiled: Compiled, voltage: Complex) -> Complex:
    bus = compiled.bus
    if not len(voltage):
        return np.zeros(len(bus), dtype=np.complex128)
    return np.where(bus >= 0, voltage[bus], 0.0)


@compiled
def sum_by_bus(bus_of_load: Index, demand: Vector, total: Complex) -> None:
    """Write what loads draw at each internal bus, MVA, from MW and Mvar of each load."""
    total[:] = 0.0
    for load in range(len(bus_of_load)):
        if bus_of_load[load] >= 0:
            total[bus_of_load[load]] += demand[0, load] + 1j * demand[1, load]


@compiled
def _take_over(found: Complex, keep: Index, voltage: Complex) -> None:
    """Write voltages that are found at the kept buses."""
    for i in range(len(keep)):
        voltage[keep[i]] = found[i]


def collapsed(voltage: Complex, unloaded: Complex) -> bool:
    """Return whether any voltage is too low, over what stands there without such loads if that is low too."""
    return bool((np.abs(voltage) <= COLLAPSED_PU * np.minimum(1.0, np.abs(unloaded))).any())


@compiled
def lowest(voltage: Complex) -> float:
    """Return the lowest magnitude."""
    least = np.inf
    for v in voltage:
        least = min(least, abs(v))
    return least


def start_of(compiled: Compiled, known: Complex | None) -> Complex:
    """Return where Newton starts: the last solution where there is one, else that without load.

    Parameters
    ----------
    known
        Voltage of each bus of the net, 0 where it is not known; None without a solution.
    """
    v = compiled.start.copy()
    if known is None:
        return v
    carry = (compiled.bus >= 0) & (np.abs(known) > 0.0)
    v[compiled.bus[carry]] = known[carry]
    v[compiled.ref] = compiled.start[compiled.ref]
    hold(compiled, v)
    return v


def hold(compiled: Compiled, voltage: Complex) -> None:
    """Bring the voltages that generators hold to what they are to be; a limit may have let them go."""
    pv = compiled.pv
    voltage[pv] *= np.abs(compiled.start[pv]) / np.abs(voltage[pv])

"""The load flow's equations in polar form, solved with the Jacobian's factors of an earlier solution.

With ``t_ij = V_i conj(Y_ij V_j)`` and ``S_i = sum_j t_ij``, and unknowns of each bus its angle and the
relative change of its voltage, the Jacobian's entries are

``dS_i / dangle_j = -1j t_ij``, ``dS_i / dvoltage_j = t_ij``; at i = j ``1j (S_i - t_ii)``, ``S_i + t_ii``;

real parts for active power, imaginary parts for reactive power where the voltage is not held. Factors are
kept from one load flow to the next. Steps are Broyden's (C. T. Kelley, Iterative Methods for Linear and
Nonlinear Equations, 1995, algorithm `brsol`), which learn from one another what the factors do not know.
"""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.pinned import Pinned
from twin.utilities.base import Mask, Vector
from twin.utilities.power.elimination import Elimination
from twin.utilities.power.rules import Complex

KEPT_STEPS, MOST_STEPS = 6, 24
"""After so many steps factors are made anew; after so many in all there is no solution from there."""


class Kept(NamedTuple):
    """What a grid keeps between load flows, and room to work.

    Attributes
    ----------
    admittance
        Of each place in the pattern's rows.
    voltage, wanted
        At each bus in the order of elimination, pu: where it is, and what is to be injected.
    lower, upper, inverse
        Factors below and above the diagonal, and what the diagonal is divided by.
    steps
        Of this load flow, shape (KEPT_STEPS + 1, unknowns).
    row
        A row of the Jacobian, zero between its uses.
    made
        One flag: whether there are factors.
    """

    admittance: Complex
    voltage: Complex
    wanted: Complex
    lower: Vector
    upper: Vector
    inverse: Vector
    steps: Vector
    row: Vector
    made: Mask


def copied(kept: Kept) -> Kept:
    """Return what is kept, to keep longer."""
    return Kept._make(part.copy() for part in kept)


class Buses(NamedTuple):
    """All buses' voltage, written, and what is fixed to be injected there, pu; the base power."""

    voltage: Complex
    fixed: Complex
    base_mva: float


class Grid(NamedTuple):
    """All that a load flow with kept factors needs."""

    buses: Buses
    pattern: Elimination
    kept: Kept


def keep(pattern: Elimination) -> Kept:
    """Return room for a pattern's factors; there are none."""
    unknowns, buses = int(pattern.first[-1]), len(pattern.bus)
    return Kept(
        np.zeros(len(pattern.columns), dtype=np.complex128),
        np.zeros(buses, dtype=np.complex128),
        np.zeros(buses, dtype=np.complex128),
        np.zeros(len(pattern.lower)),
        np.zeros(len(pattern.upper)),
        np.zeros(unknowns),
        np.zeros((KEPT_STEPS + 1, unknowns)),
        np.zeros(unknowns),
        np.zeros(1, dtype=bool),
    )


@compiled
def approach(grid: Pinned, at_bus_mva: Complex, tolerance: float, lowest_pu: float) -> bool:
    """Solve from where a grid is, with what loads draw at each internal bus.

    Parameters
    ----------
    grid
        A `Grid`.
    lowest_pu
        A solution with a voltage below it is none to rely on.

    Returns
    -------
    bool
        Whether a solution is found and written; voltages are as they were without one.
    """
    at_hand: Grid = grid.parts
    buses, pattern, kept = at_hand.buses, at_hand.pattern, at_hand.kept
    found: bool = approach_from(buses, pattern, kept, at_bus_mva, tolerance, lowest_pu)
    return found


@compiled
def approach_from(
    buses: Buses, at: Elimination, own: Kept, at_bus_mva: Complex, tolerance: float, lowest_pu: float
) -> bool:
    """Do `approach`, for a grid that is not pinned."""
    for i in range(len(at.bus)):
        bus = at.bus[i]
        own.voltage[i] = buses.voltage[bus]
        own.wanted[i] = buses.fixed[bus] - at_bus_mva[bus] / buses.base_mva
    if not _find(at, own, tolerance):
        return False
    for v in own.voltage:
        if not v.real * v.real + v.imag * v.imag > lowest_pu * lowest_pu:
            return False
    for i in range(len(at.bus)):
        buses.voltage[at.bus[i]] = own.voltage[i]
    return True


@compiled
def _find(at: Elimination, own: Kept, tolerance: float) -> bool:
    """Move voltages until what is injected is what is wanted; return whether such a point is near by."""
    count, steps = 0, own.steps
    error = _mismatch(at, own, steps[0])
    for _ in range(MOST_STEPS):
        if error <= tolerance and own.made[0]:
            _solve(at, own, steps[count])  # kept factors come nearer by little at a time: one step more
            _move(at, own, steps[count])
            return True
        if not error < 1e6:  # it runs away, or is no number
            break
        if not own.made[0] or count == KEPT_STEPS:
            if not _factor(at, own):
                break
            own.made[0], count = True, 0
            _mismatch(at, own, steps[0])
        _solve(at, own, steps[count])
        _learn(steps, count)
        _move(at, own, steps[count])
        count += 1
        error = _mismatch(at, own, steps[count])
    own.made[0] = False
    return False


@compiled
def _mismatch(at: Elimination, own: Kept, missing: Vector) -> float:
    """Write what is wanted and not injected, by unknown; return the largest."""
    worst = 0.0
    for i in range(len(at.bus) - 1):
        current = 0.0 + 0.0j
        for k in range(at.rows[i], at.rows[i + 1]):
            current += own.admittance[k] * own.voltage[at.columns[k]]
        left = own.wanted[i] - own.voltage[i] * current.conjugate()
        first = at.first[i]
        missing[first] = left.real
        worst = max(worst, abs(left.real))
        if at.first[i + 1] - first == 2:
            missing[first + 1] = left.imag
            worst = max(worst, abs(left.imag))
        if not abs(left.real) < np.inf:
            return np.inf
    return worst


@compiled
def _learn(steps: Vector, count: int) -> None:
    """Turn the last step, by kept factors, into Broyden's, from the steps before it."""
    last = steps[count]
    for j in range(count):
        before = steps[j]
        along, square = 0.0, 0.0
        for i in range(len(last)):
            along += before[i] * last[i]
            square += before[i] * before[i]
        if square == 0.0:
            return
        along /= square
        if j < count - 1:
            after = steps[j + 1]
            for i in range(len(last)):
                last[i] += along * after[i]
        elif along < 0.9:
            for i in range(len(last)):
                last[i] /= 1.0 - along


@compiled
def _move(at: Elimination, own: Kept, step: Vector) -> None:
    """Turn and stretch each voltage by a step; the turn is (1 + jd/2) / (1 - jd/2), of length 1."""
    for i in range(len(at.bus) - 1):
        first = at.first[i]
        half = 0.5 * step[first]
        turn = (1.0 - half * half + 2j * half) / (1.0 + half * half)
        if at.first[i + 1] - first == 2:
            turn *= 1.0 + step[first + 1]
        own.voltage[i] *= turn


@compiled
def _solve(at: Elimination, own: Kept, x: Vector) -> None:
    """Solve by the factors, in place."""
    for i in range(len(x)):
        total = x[i]
        for k in range(at.lower_rows[i], at.lower_rows[i + 1]):
            total -= own.lower[k] * x[at.lower[k]]
        x[i] = total
    for i in range(len(x) - 1, -1, -1):
        total = x[i]
        for k in range(at.upper_rows[i], at.upper_rows[i + 1]):
            total -= own.upper[k] * x[at.upper[k]]
        x[i] = total * own.inverse[i]


@compiled
def _factor(at: Elimination, own: Kept) -> bool:
    """Factor the Jacobian where the voltages are; return whether that can be done."""
    for i in range(len(at.bus) - 1):
        first, v = at.first[i], own.voltage[i]
        for part in range(at.first[i + 1] - first):
            injected, itself = 0.0 + 0.0j, 0.0 + 0.0j
            for k in range(at.rows[i], at.rows[i + 1]):
                j = at.columns[k]
                t = v * (own.admittance[k] * own.voltage[j]).conjugate()
                injected += t
                if j == i:
                    itself = t
                elif at.first[j + 1] > at.first[j]:
                    _write(at, own.row, j, part, -1j * t, t)
            _write(at, own.row, i, part, 1j * (injected - itself), injected + itself)
            if not _eliminate(at, own, first + part):
                return False
    return True


@compiled
def _write(at: Elimination, row: Vector, j: int, part: int, by_angle: complex, by_voltage: complex) -> None:
    first = at.first[j]
    row[first] = by_angle.imag if part else by_angle.real
    if at.first[j + 1] - first == 2:
        row[first + 1] = by_voltage.imag if part else by_voltage.real


@compiled
def _eliminate(at: Elimination, own: Kept, u: int) -> bool:
    """Turn a row of the Jacobian into one of the factors, and clear it; return whether it has a pivot."""
    row = own.row
    for k in range(at.lower_rows[u], at.lower_rows[u + 1]):
        above = at.lower[k]
        part = row[above] * own.inverse[above]
        row[above] = 0.0
        own.lower[k] = part
        if part != 0.0:
            for m in range(at.upper_rows[above], at.upper_rows[above + 1]):
                row[at.upper[m]] -= part * own.upper[m]
    pivot = row[u]
    row[u] = 0.0
    for k in range(at.upper_rows[u], at.upper_rows[u + 1]):
        own.upper[k] = row[at.upper[k]]
        row[at.upper[k]] = 0.0
    if pivot == 0.0 or not abs(pivot) < np.inf:
        return False
    own.inverse[u] = 1.0 / pivot
    return True

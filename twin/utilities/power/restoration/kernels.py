"""One grid under many switchings: what is alive, the load flow, and whether all is within its limits.

Every switching is solved in the pattern of the grid with all ways closed. A branch that is open at one end
keeps what is left of its two-port, ``y_ff - y_ft y_tf / y_tt``. What is dead gives its loads up, and hangs
by so small an admittance that nothing flows.
"""

from typing import NamedTuple

import numpy as np

from twin.compiled import Plain, compiled
from twin.utilities.base import Mask, Vector
from twin.utilities.power.elimination import Elimination
from twin.utilities.power.kept_factors import Buses, Kept, approach_from
from twin.utilities.power.load_flow import COLLAPSED_PU
from twin.utilities.power.restoration.ways import IN, OPEN_AT_FROM, OPEN_AT_TO
from twin.utilities.power.rules import Complex, Index

_HANG_PU = -1e-6j
"""A reactance: angles go before voltages in the elimination, and have no pivot beside a resistance."""
_TOLERANCE_PU = 1e-8


class Wires(NamedTuple):
    """A grid with all its ways closed.

    Attributes
    ----------
    f, t
        Internal buses of the branches' ends.
    own, mutual
        Of each branch end, all from, then all to: on its own voltage and on the opposite end's.
    places, factors
        Places of a branch's four entries among the kept admittances, -1 for none, and what they count there.
    diagonal
        The place of each bus's own entry, -1 for none.
    admittance
        All entries, every branch in.
    shunt
        Of each bus, pu.
    starts, links, others
        Of each bus, where its branches begin, they, and the buses at their other ends.
    refs
        Buses with a source.
    scales
        What turns currents at the branches' ends into percent.
    slack_of
        Which source each bus is, -1 for none.
    start
        Voltages to begin with.
    fixed, load, base_mva
        What is fixed to be injected, pu, and what loads draw, MVA, at each bus.
    """

    f: Index
    t: Index
    own: Complex
    mutual: Complex
    places: Index
    factors: Complex
    diagonal: Index
    admittance: Complex
    shunt: Complex
    starts: Index
    links: Index
    others: Index
    refs: Index
    scales: Vector
    slack_of: Index
    start: Complex
    fixed: Complex
    load: Complex
    base_mva: float


class Found(NamedTuple):
    """What a switching leads to; written in place.

    Attributes
    ----------
    alive
        By bus.
    voltage
        Of each bus, pu; 0 where dead.
    loading
        Percent of rating by branch.
    slack
        What flows out of each source's bus, pu.
    """

    alive: Mask
    voltage: Complex
    loading: Vector
    slack: Complex


@compiled
def reach(wires: Plain, stands: Index, alive: Mask, queue: Index) -> int:
    """Write which buses a source reaches by closed branches; return how many, first in the queue."""
    at = Wires(*wires)
    alive[:] = False
    count = 0
    for bus in at.refs:
        if not alive[bus]:
            alive[bus] = True
            queue[count] = bus
            count += 1
    done = 0
    while done < count:
        bus = queue[done]
        done += 1
        for k in range(at.starts[bus], at.starts[bus + 1]):
            other = at.others[k]
            if stands[at.links[k]] == IN and not alive[other]:
                alive[other] = True
                queue[count] = other
                count += 1
    return count


@compiled
def loop(wires: Plain, stands: Index, a: int, b: int) -> Index:
    """Return the closed branches of a way between two buses, all sources taken as one; none without one."""
    at = Wires(*wires)
    size = len(at.start)
    by, before = np.full(size, -1), np.full(size, -1)
    seen = np.zeros(size, dtype=np.bool_)
    queue = np.empty(size, dtype=np.intp)
    queue[0], count, done = a, 1, 0
    seen[a] = True
    joined = False
    while done < count and not seen[b]:
        bus = queue[done]
        done += 1
        if not joined and at.slack_of[bus] >= 0:
            joined = True
            for other in at.refs:
                if not seen[other]:
                    seen[other], before[other] = True, bus
                    queue[count] = other
                    count += 1
        for k in range(at.starts[bus], at.starts[bus + 1]):
            other = at.others[k]
            if stands[at.links[k]] == IN and not seen[other]:
                seen[other], by[other], before[other] = True, at.links[k], bus
                queue[count] = other
                count += 1
    found = np.empty(size, dtype=np.intp)
    length = 0
    if seen[b]:
        bus = b
        while bus != a:
            if by[bus] >= 0:
                found[length] = by[bus]
                length += 1
            bus = before[bus]
    return found[:length]


@compiled
def glance(
    wires: Plain, stands: Index, wanted_mw: Vector, missed: Mask, limits: Vector, highest_pu: float
) -> tuple[float, float]:
    """Look at a switching without solving it.

    A current is at least what it must bring, without losses, at the highest voltage allowed; that is told
    where one branch alone feeds what is behind it.

    Parameters
    ----------
    missed
        Buses that were cut off.
    limits
        Percent of rating by branch.

    Returns
    -------
    restored_mw
        What is served again; -1 where the grid would cut others off.
    strain
        The highest loading over its limit, at least; above 1 there is no need to solve.
    """
    at = Wires(*wires)
    size, restored, strain = len(at.start), 0.0, 0.0
    alive, queue = np.empty(size, dtype=np.bool_), np.empty(size, dtype=np.intp)
    reach(wires, stands, alive, queue)
    degree, behind = np.zeros(size, dtype=np.intp), np.zeros(size)
    for branch in range(len(at.f)):
        if stands[branch] == IN and alive[at.f[branch]]:
            degree[at.f[branch]] += 1
            degree[at.t[branch]] += 1
    for bus in range(size):
        if alive[bus] and missed[bus]:
            restored += wanted_mw[bus]
        elif not alive[bus] and not missed[bus] and wanted_mw[bus] > 0.0:
            return -1.0, np.inf
        behind[bus] = at.load[bus].real / at.base_mva - at.fixed[bus].real
    count = 0
    for bus in range(size):
        if alive[bus] and degree[bus] == 1 and at.slack_of[bus] < 0:
            queue[count] = bus
            count += 1
    done = 0
    while done < count:
        bus = queue[done]
        done += 1
        for k in range(at.starts[bus], at.starts[bus + 1]):
            branch, other = at.links[k], at.others[k]
            if stands[branch] != IN or degree[bus] == 0 or degree[other] == 0:
                continue
            scale = at.scales[branch] if at.f[branch] == bus else at.scales[branch + len(at.f)]
            strain = max(strain, behind[bus] / highest_pu * scale / limits[branch])
            behind[other] += behind[bus]
            degree[bus] -= 1
            degree[other] -= 1
            if degree[other] == 1 and at.slack_of[other] < 0:
                queue[count] = other
                count += 1
    return restored, strain


@compiled
def glances(
    wires: Plain,
    stands: Index,
    opening: Index,
    opened: Index,
    wanted_mw: Vector,
    missed: Mask,
    limits: Vector,
    highest_pu: float,
) -> Vector:
    """Look at a switching with each of some branches opened in turn; see `glance`.

    Parameters
    ----------
    opening, opened
        The branches, and how each stands once it is open.

    Returns
    -------
    Vector
        What is served again, and the strain; shape (branches, 2).
    """
    now, found = stands.copy(), np.empty((len(opening), 2))
    for i in range(len(opening)):
        before = now[opening[i]]
        now[opening[i]] = opened[i]
        found[i] = glance(wires, now, wanted_mw, missed, limits, highest_pu)
        now[opening[i]] = before
    return found


@compiled
def flow(wires: Plain, pattern: Plain, kept: Plain, stands: Index, found: Plain) -> bool:
    """Solve the load flow of a switching into a `Found`; return whether there is a solution.

    Parameters
    ----------
    wires, pattern, kept
        A `Wires`, its `Elimination` and `Kept`.
    stands
        How each branch stands.
    """
    at, own, out = Wires(*wires), Kept(*kept), Found(*found)
    size = len(at.start)
    queue, hang = np.empty(size, dtype=np.intp), np.full(size, -1)
    count = reach(wires, stands, out.alive, queue)
    voltage, load, fixed = at.start.copy(), at.load.copy(), at.fixed.copy()
    seen, done = out.alive.copy(), 0
    while done < count:  # on into what is dead, by whatever branch there is
        bus = queue[done]
        done += 1
        for k in range(at.starts[bus], at.starts[bus + 1]):
            other = at.others[k]
            if not seen[other]:
                seen[other], hang[other] = True, at.links[k]
                voltage[other] = voltage[bus]
                load[other], fixed[other] = 0.0, 0.0
                queue[count] = other
                count += 1
    _admit(at, own.admittance, stands, out.alive, hang)
    own.made[0] = False
    buses = Buses(voltage, fixed, at.base_mva)
    if not approach_from(buses, Elimination(*pattern), own, load, _TOLERANCE_PU, COLLAPSED_PU):
        return False
    _judge(at, stands, voltage, out)
    return True


@compiled
def _admit(at: Wires, admittance: Complex, stands: Index, alive: Mask, hang: Index) -> None:
    """Write the admittances of a switching."""
    admittance[:] = at.admittance
    count = len(at.f)
    for branch in range(count):
        f, t = at.f[branch], at.t[branch]
        if stands[branch] == IN and alive[f]:
            continue
        parts = at.own[branch], at.mutual[branch], at.mutual[branch + count], at.own[branch + count]
        for k in range(4):
            place = at.places[branch, k]
            if place >= 0:
                admittance[place] -= parts[k] * at.factors[branch, k]
        if stands[branch] == OPEN_AT_TO and alive[f] and at.diagonal[f] >= 0:
            admittance[at.diagonal[f]] += _left(at, branch)
        if stands[branch] == OPEN_AT_FROM and alive[t] and at.diagonal[t] >= 0:
            admittance[at.diagonal[t]] += _left(at, branch + count)
    for bus in range(len(alive)):
        if alive[bus] or hang[bus] < 0:
            continue
        if at.diagonal[bus] >= 0:
            admittance[at.diagonal[bus]] -= at.shunt[bus]
        for k in range(4):
            place = at.places[hang[bus], k]
            if place >= 0:
                admittance[place] += (_HANG_PU if k in (0, 3) else -_HANG_PU) * at.factors[hang[bus], k]


@compiled
def _left(at: Wires, end: int) -> complex:
    """Return the admittance that a branch has at one end when the other is open."""
    count = len(at.f)
    other = end - count if end >= count else end + count
    left: complex = at.own[end]
    if at.own[other] != 0.0:
        left -= at.mutual[end] * at.mutual[other] / at.own[other]
    return left


@compiled
def _judge(at: Wires, stands: Index, voltage: Complex, out: Found) -> None:
    """Write loadings, voltages and what sources give."""
    count = len(at.f)
    out.loading[:] = 0.0
    out.slack[:] = 0.0
    for bus in range(len(voltage)):
        out.voltage[bus] = voltage[bus] if out.alive[bus] else 0.0
        slack = at.slack_of[bus]
        if slack >= 0 and out.alive[bus]:
            drawn = at.load[bus] / at.base_mva
            out.slack[slack] += drawn + at.shunt[bus].conjugate() * abs(voltage[bus]) ** 2
    for end in range(2 * count):
        branch = end % count
        bus = at.f[branch] if end < count else at.t[branch]
        if not out.alive[bus]:
            continue
        if stands[branch] == IN:
            other = at.t[branch] if end < count else at.f[branch]
            current = at.own[end] * voltage[bus] + at.mutual[end] * voltage[other]
        elif stands[branch] == (OPEN_AT_TO if end < count else OPEN_AT_FROM):
            current = _left(at, end) * voltage[bus]
        else:
            continue
        out.loading[branch] = max(out.loading[branch], abs(current) * at.scales[end])
        if at.slack_of[bus] >= 0:
            out.slack[at.slack_of[bus]] += voltage[bus] * current.conjugate()

"""From bus voltages to what is read out: loading, flows, supply, losses, shortage."""

from typing import NamedTuple

import numpy as np

from twin.compiled import Plain, compiled
from twin.pinned import Pinned
from twin.utilities.base import Mask, Vector
from twin.utilities.power.rules import Complex, Index

WHOLE = 5
"""How many readings the whole network has: fed in, supplied, load, losses, unserved, the last ones."""


class Layout(NamedTuple):
    """Where a switching state's quantities come from and go to, as the compiled kernel takes them.

    Attributes
    ----------
    ends, others, scales
        Buses at the branches' ends, at the ends opposite, and what turns currents there into percent.
    gather
        Where each reading stands in the pool: bus voltage, branch loading, power into and out of
        branches, and a zero, at which everything dead stands and what the kernel writes itself.
    trafo3w
        Internal branches of each three-winding transformer, -1 where out of service.
    trafos
        How many transformers of two windings there are.
    ref, ref_other, ref_drawn, ref_supplies
        Sources' buses; what all else injects there, MVA, and which of it follows the voltage as loads do;
        which part of what comes out of the solution there is supply, the rest fed in.
    ext_slack, ext_share
        Which source each external grid stands at, and its part there.
    load_bus
        Internal bus of each load, -1 where dead or out of service.
    constant_bus, constant_mw, constant_asked, constant_follows, constant_link
        What draws or feeds constant power, see `power_constants.Constants`; -1 where dead.
    given_mw
        What slack generators are to give, whatever is short.
    shunt
        Conductance at each bus, pu.
    base_mva
        Base power.
    """

    ends: Index
    others: Index
    scales: Vector
    gather: Index
    trafo3w: Index
    trafos: int
    ref: Index
    ref_other: Complex
    ref_drawn: Complex
    ref_supplies: Vector
    ext_slack: Index
    ext_share: Vector
    load_bus: Index
    constant_bus: Index
    constant_mw: Vector
    constant_asked: Mask
    constant_follows: Mask
    constant_link: Mask
    given_mw: float
    shunt: Vector
    base_mva: float


class Solved(NamedTuple):
    """A solution, as `measure` takes it.

    Attributes
    ----------
    own, mutual
        Admittances of each branch end, on its own voltage and on the opposite end's.
    slack_rows
        Rows of the bus matrix at the slack buses, dense.
    voltage
        Of each internal bus, pu.
    at_bus
        What is served at each internal bus at 1 pu, MVA.
    factors
        What voltage makes of MW and Mvar drawn there, shape (2, buses).
    served, asked
        MW and Mvar served to each load, and asked for, shape (2, loads).
    """

    own: Complex
    mutual: Complex
    slack_rows: Complex
    voltage: Complex
    at_bus: Complex
    factors: Vector
    served: Vector
    asked: Vector


class Starts(NamedTuple):
    """Where groups of readings begin: of transformers, supplies and loads, and of what is asked of them.

    Attributes
    ----------
    two, three
        Of transformers of two and of three windings: loadings, then power.
    """

    two: int
    three: int
    supplies: int
    loads: int
    asked: int


class Measured(NamedTuple):
    """What a solution says; written in place.

    Attributes
    ----------
    readings
        In the order of the signals.
    loading
        Percent of rating of each internal branch, then MVA out of each external grid.
    power_mw
        From each internal branch's first end, then out of each external grid.
    """

    readings: Vector
    loading: Vector
    power_mw: Vector


class Readout(NamedTuple):
    """Where what is read out goes."""

    layout: Layout
    measured: Measured


@compiled
def add_energy(sums: Vector, readings: Vector, hours: float) -> None:
    """Add the MWh of so many hours at the whole network's MW, the last readings, to the totals."""
    first = len(readings) - len(sums)
    for i in range(len(sums)):
        sums[i] += readings[first + i] * hours


@compiled
def exceeds(loading: Vector, limits: Vector) -> bool:
    """Return whether any loading is above its limit."""
    for i in range(len(loading)):
        if loading[i] > limits[i]:
            return True
    return False


@compiled
def measure(readout: Pinned, solved: Plain) -> bool:
    """Read a solution out; return whether all that it says are numbers.

    Parameters
    ----------
    readout, solved
        A `Readout`, whose `Measured` is written, and a `Solved`, as a plain tuple.
    """
    at, now, out = readout.parts.layout, Solved(*solved), readout.parts.measured
    starts, pool = _starts(at, len(out.readings)), np.zeros(len(now.voltage) + 3 * len(at.ends) // 2 + 1)
    losses = _branches(at, now, out, pool)
    for i in range(len(out.readings)):
        out.readings[i] = pool[at.gather[i]]
    _three_windings(at, starts, len(now.voltage), pool, out)
    supplied, fed_in = _supplies(at, starts, now, out)
    _ask_transformers(at, starts, out.readings)
    carried, more_fed_in, unserved = _consume(at, now, out.readings, starts.loads)
    direct, drawn_mw, fed_mw, missed = _constants(at, now.factors)
    losses += max(0.0, direct)
    readings = out.readings
    readings[-5] = fed_in + more_fed_in + fed_mw + max(0.0, -direct)
    readings[-4], readings[-3], readings[-2] = supplied, carried + drawn_mw, losses
    readings[-1] = max(0.0, unserved + missed)
    total = 0.0
    for value in readings:
        total += value
    return bool(np.isfinite(total))


@compiled
def _length(z: complex) -> float:
    """Return the absolute value; `abs` also takes care of numbers beyond 1e154, and is slow."""
    length: float = np.sqrt(z.real * z.real + z.imag * z.imag)
    return length


@compiled
def _starts(at: Layout, readings: int) -> Starts:
    three, externals, loads = at.trafo3w.shape[1], len(at.ext_slack), len(at.load_bus)
    asked = readings - WHOLE - at.trafos - three - externals
    first = asked - 2 * loads - 2 * externals
    return Starts(first - 2 * three - 2 * at.trafos, first - 2 * three, first, first + 2 * externals, asked)


@compiled
def _branches(at: Layout, now: Solved, out: Measured, pool: Vector) -> float:
    """Write voltages, loadings and flows into the pool; return what branches and shunts lose, MW."""
    v, buses, branches = now.voltage, len(now.voltage), len(at.ends) // 2
    losses = 0.0
    for bus in range(buses):
        pool[bus] = _length(v[bus])
        losses += at.shunt[bus] * pool[bus] ** 2 * at.base_mva
    for k in range(branches):
        worst = 0.0
        for end in (k, k + branches):
            voltage = v[at.ends[end]]
            current = now.own[end] * voltage + now.mutual[end] * v[at.others[end]]
            mw = (voltage * current.conjugate()).real * at.base_mva
            losses += mw
            worst = max(worst, _length(current) * at.scales[end])
            if end == k:
                out.power_mw[k] = pool[buses + branches + k] = mw
            else:
                pool[buses + 2 * branches + k] = -mw
        out.loading[k] = pool[buses + k] = worst
    return losses


@compiled
def _three_windings(at: Layout, starts: Starts, buses: int, pool: Vector, out: Measured) -> None:
    """Write loading and power of the transformers of three windings, each three internal branches."""
    three, leaving = at.trafo3w.shape[1], buses + len(at.ends)
    for i in range(three):
        for winding in range(3):
            k = at.trafo3w[winding, i]
            if k >= 0:
                place = starts.three + i
                out.readings[place] = max(out.readings[place], out.loading[k])
                if winding:
                    out.readings[place + three] += pool[leaving + k]


@compiled
def _supplies(at: Layout, starts: Starts, now: Solved, out: Measured) -> tuple[float, float]:
    """Write what external grids supply and are asked for; return what sources supply and feed in, MW."""
    v, buses, branches, externals = now.voltage, len(now.voltage), len(at.ends) // 2, len(at.ext_slack)
    supplied, fed_in = at.given_mw, -at.given_mw
    slack = np.empty(len(at.ref), dtype=np.complex128)
    for i in range(len(at.ref)):
        bus, current = at.ref[i], 0.0 + 0.0j
        for j in range(buses):
            current += now.slack_rows[i, j] * v[j]
        drawn = now.at_bus[bus] + at.ref_drawn[i]
        drawn = drawn.real * now.factors[0, bus] + 1j * drawn.imag * now.factors[1, bus] - at.ref_drawn[i]
        slack[i] = v[bus] * current.conjugate() * at.base_mva + drawn - at.ref_other[i]
        supplied += slack[i].real * at.ref_supplies[i]
        fed_in += slack[i].real * (1.0 - at.ref_supplies[i])
    asked = starts.asked + at.trafos + at.trafo3w.shape[1]
    for i in range(externals):
        ext = slack[at.ext_slack[i]] * at.ext_share[i] if at.ext_share[i] != 0.0 else 0.0 + 0.0j
        out.readings[starts.supplies + i] = out.power_mw[branches + i] = ext.real
        supply = _length(ext)
        out.loading[branches + i] = out.readings[starts.supplies + externals + i] = supply
        out.readings[asked + i] = supply
    return supplied, fed_in


@compiled
def _ask_transformers(at: Layout, starts: Starts, readings: Vector) -> None:
    """Write what transformers are asked for: what they give, until what is shed is added."""
    three = at.trafo3w.shape[1]
    for i in range(at.trafos):
        readings[starts.asked + i] = readings[starts.two + at.trafos + i]
    for i in range(three):
        readings[starts.asked + at.trafos + i] = readings[starts.three + three + i]


@compiled
def _consume(at: Layout, now: Solved, readings: Vector, first: int) -> tuple[float, float, float]:
    """Write what each load is served; return what all are, what negative ones feed in, what is missing."""
    carried, fed_in, unserved = 0.0, 0.0, 0.0
    loads = len(at.load_bus)
    for i in range(loads):
        bus, mw, asked = at.load_bus[i], 0.0, now.asked[0, i]
        if bus >= 0:
            mw, asked = now.served[0, i] * now.factors[0, bus], asked * now.factors[0, bus]
        readings[first + loads + i] = mw
        carried += max(mw, 0.0)
        fed_in += max(-mw, 0.0)
        if asked > 0.0:
            unserved += asked - mw
    return carried, fed_in, unserved


@compiled
def _constants(at: Layout, factors: Vector) -> tuple[float, float, float, float]:
    """Return what direct current lines lose, and what else is drawn, fed in and missed by dead ones, MW."""
    direct, drawn, fed_in, missed = 0.0, 0.0, 0.0, 0.0
    for i in range(len(at.constant_bus)):
        bus, mw = at.constant_bus[i], at.constant_mw[i]
        if bus < 0:
            if at.constant_asked[i] and not at.constant_link[i]:
                missed += max(mw, 0.0)
            continue
        if at.constant_follows[i]:
            mw *= factors[0, bus]
        if at.constant_link[i]:
            direct += mw
        else:
            drawn += max(mw, 0.0)
            fed_in += max(-mw, 0.0)
    return direct, drawn, fed_in, missed


def add_asked(at: Layout, trafo: Index, readings: Vector, flows_mw: Vector) -> None:
    """Add to what transformers and supplies are asked for the flows that shed load would bring.

    Parameters
    ----------
    trafo
        Internal branch of each two-winding transformer, -1 where out of service.
    readings
        Changed in place.
    flows_mw
        Of each internal branch from its first end, then out of each external grid.
    """
    two, three, externals = at.trafos, at.trafo3w.shape[1], len(at.ext_share)
    asked = readings[-WHOLE - two - three - externals : -WHOLE]
    branch = flows_mw[: len(at.ends) // 2]
    asked[:two] += _pick(branch, trafo)
    if three:
        asked[two : two + three] += _pick(branch, at.trafo3w[1:]).sum(axis=0)
    start = len(readings) - WHOLE - len(asked) - 2 * len(at.load_bus) - 2 * externals
    now_mw = np.abs(readings[start : start + externals])
    # shed load has the power factor of what is served, 1 where nothing is
    per_mw = np.divide(asked[two + three :], now_mw, out=np.ones(externals), where=now_mw > 0.0)
    asked[two + three :] += flows_mw[len(branch) :] * per_mw


def _pick(values: Vector, places: Index) -> Vector:
    return np.where(places >= 0, values[places], 0.0)

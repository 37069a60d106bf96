"""From bus voltages to what is read out: loading, flows, supply, losses, shortage."""

from typing import Any, NamedTuple

import numpy as np

from twin.compiled import compiled
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


@compiled
def ask(
    asked: Vector,
    own: Vector,
    native: float,
    base: Vector,
    factors: Vector,
    tan: Vector,
    inputs: Index,
    beside: Vector,
    driven: Vector,
) -> None:
    """Write the MW and Mvar that loads ask for, shape (2, loads).

    Parameters
    ----------
    own, native
        What the file gives each load, and its factor.
    base, factors, tan
        MW by load and class; factor and Mvar per MW of each class.
    inputs, beside, driven
        Loads that links drive; what they ask for without that (written); what is driven, shape (2, inputs).
    """
    for i in range(asked.shape[1]):
        mw, mvar = own[0, i] * native, own[1, i] * native
        for k in range(base.shape[1]):
            now = base[i, k] * factors[k]
            mw += now
            mvar += now * tan[k]
        asked[0, i], asked[1, i] = mw, mvar
    for i in range(len(inputs)):
        for part in range(2):
            beside[part, i] = asked[part, inputs[i]]
    drive(asked, inputs, beside, driven, driven)


@compiled
def drive(asked: Vector, inputs: Index, beside: Vector, values: Vector, driven: Vector) -> None:
    """Write what driven loads ask for: what they ask for beside, and what is driven now, kept in `driven`."""
    for i in range(len(inputs)):
        for part in range(2):
            driven[part, i] = values[part, i]
            asked[part, inputs[i]] = beside[part, i] + values[part, i]


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
def measure(
    layout: tuple[Any, ...],
    own: Complex,
    mutual: Complex,
    slack_rows: Complex,
    v: Complex,
    served: Vector,
    asked_by: Vector,
    at_bus: Complex,
    factors: Vector,
    measured: tuple[Vector, ...],
) -> None:
    """Read a solution out.

    Parameters
    ----------
    layout, measured
        A `Layout`, and the `Measured` that is written, as plain tuples.
    own, mutual
        Admittances of each branch end, on its own voltage and on the opposite end's.
    slack_rows
        Rows of the bus matrix at the slack buses, dense.
    v
        Internal bus voltages, pu.
    served, asked_by
        MW and Mvar served to each load, and asked for, shape (2, loads).
    at_bus
        What is served at each internal bus at 1 pu, MVA.
    factors
        What voltage makes of MW and Mvar drawn there, shape (2, buses).
    """
    at, out = Layout(*layout), Measured(*measured)
    branches, buses, externals = len(at.ends) // 2, len(v), len(at.ext_slack)
    loads = len(at.load_bus)
    pool = np.zeros(buses + 3 * branches + 1)
    readings, loading, power = out.readings, out.loading, out.power_mw
    losses = 0.0
    for bus in range(buses):
        pool[bus] = abs(v[bus])
        losses += at.shunt[bus] * pool[bus] ** 2 * at.base_mva
    for k in range(branches):
        worst = 0.0
        for end in (k, k + branches):
            voltage = v[at.ends[end]]
            current = own[end] * voltage + mutual[end] * v[at.others[end]]
            mw = (voltage * current.conjugate()).real * at.base_mva
            losses += mw
            worst = max(worst, abs(current) * at.scales[end])
            if end == k:
                power[k] = pool[buses + branches + k] = mw
            else:
                pool[buses + 2 * branches + k] = -mw
        loading[k] = pool[buses + k] = worst
    for i in range(len(readings)):
        readings[i] = pool[at.gather[i]]

    three = at.trafo3w.shape[1]
    two_at = len(readings) - WHOLE - 3 * (at.trafos + three + externals) - 2 * loads
    three_at = two_at + 2 * at.trafos
    for i in range(three):
        for winding in range(3):
            k = at.trafo3w[winding, i]
            if k >= 0:
                readings[three_at + i] = max(readings[three_at + i], loading[k])
                if winding:
                    readings[three_at + three + i] += pool[buses + 2 * branches + k]
    supplied, fed_in = at.given_mw, -at.given_mw
    slack = np.empty(len(at.ref), dtype=np.complex128)
    for i in range(len(at.ref)):
        bus, current = at.ref[i], 0.0 + 0.0j
        for j in range(buses):
            current += slack_rows[i, j] * v[j]
        drawn = at_bus[bus] + at.ref_drawn[i]
        drawn = drawn.real * factors[0, bus] + 1j * drawn.imag * factors[1, bus] - at.ref_drawn[i]
        slack[i] = v[bus] * current.conjugate() * at.base_mva + drawn - at.ref_other[i]
        supplied += slack[i].real * at.ref_supplies[i]
        fed_in += slack[i].real * (1.0 - at.ref_supplies[i])
    first = three_at + 2 * three
    asked = len(readings) - WHOLE - at.trafos - three - externals
    for i in range(externals):
        ext = slack[at.ext_slack[i]] * at.ext_share[i] if at.ext_share[i] != 0.0 else 0.0 + 0.0j
        readings[first + i] = power[branches + i] = ext.real
        supply = abs(ext)
        loading[branches + i] = readings[first + externals + i] = supply
        readings[asked + at.trafos + three + i] = supply
    for i in range(at.trafos):
        readings[asked + i] = readings[two_at + at.trafos + i]
    for i in range(three):
        readings[asked + at.trafos + i] = readings[three_at + three + i]
    carried, more_fed_in, unserved = _consume(at, served, asked_by, factors, readings, first + 2 * externals)
    direct, drawn_mw, fed_mw, missed = _constants(at, factors)
    losses += max(0.0, direct)
    readings[-5] = fed_in + more_fed_in + fed_mw + max(0.0, -direct)
    readings[-4], readings[-3], readings[-2] = supplied, carried + drawn_mw, losses
    readings[-1] = max(0.0, unserved + missed)


@compiled
def _consume(
    at: Layout, served: Vector, asked_by: Vector, factors: Vector, readings: Vector, first: int
) -> tuple[float, float, float]:
    """Write what each load is served; return what all are, what negative ones feed in, what is missing."""
    carried, fed_in, unserved = 0.0, 0.0, 0.0
    loads = len(at.load_bus)
    for i in range(loads):
        bus, mw, asked = at.load_bus[i], 0.0, asked_by[0, i]
        if bus >= 0:
            mw, asked = served[0, i] * factors[0, bus], asked * factors[0, bus]
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

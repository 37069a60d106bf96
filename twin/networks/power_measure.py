"""From bus voltages to what is read out: loading, flows, supply, losses, shortage."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from twin.networks.base import Vector
from twin.networks.power_compile import Complex, Index
from twin.networks.power_elements import WHOLE


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
    ref, ext_slack, ext_share, ext_other
        Slack buses; which of them each external grid stands at, its part of their supply, and what else
        is injected there, MVA.
    ref_other
        What is injected at slack buses that is no supply, MVA.
    alive
        1 for each load in service at an energised bus.
    shunt
        Conductance at each bus, pu.
    base_mva
        Base power.
    fed_mw, drawn_mw, lost_mw
        What is fed in, what generators draw, and what direct-current lines lose, at any solution.
    """

    ends: Index
    others: Index
    scales: Vector
    gather: Index
    trafo3w: Index
    trafos: int
    ref: Index
    ext_slack: Index
    ext_share: Vector
    ext_other: Complex
    ref_other: Complex
    alive: Vector
    shunt: Vector
    base_mva: float
    fed_mw: float
    drawn_mw: float
    lost_mw: float


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


@njit(cache=True)
def ask(
    asked: Vector,
    own: Vector,
    steady: Vector,
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
    own, native, steady
        What the file gives each load, and its factor; what it gives without one.
    base, factors, tan
        MW by load and class; factor and Mvar per MW of each class.
    inputs, beside, driven
        Loads that links drive; what they ask for without that (written); what is driven, shape (2, inputs).
    """
    for i in range(asked.shape[1]):
        mw, mvar = own[0, i] * native + steady[0, i], own[1, i] * native + steady[1, i]
        for k in range(base.shape[1]):
            now = base[i, k] * factors[k]
            mw += now
            mvar += now * tan[k]
        asked[0, i], asked[1, i] = mw, mvar
    for i in range(len(inputs)):
        for part in range(2):
            beside[part, i] = asked[part, inputs[i]]
    drive(asked, inputs, beside, driven, driven)


@njit(cache=True)
def drive(asked: Vector, inputs: Index, beside: Vector, values: Vector, driven: Vector) -> None:
    """Write what driven loads ask for: what they ask for beside, and what is driven now, kept in `driven`."""
    for i in range(len(inputs)):
        for part in range(2):
            driven[part, i] = values[part, i]
            asked[part, inputs[i]] = beside[part, i] + values[part, i]


@njit(cache=True)
def add_energy(sums: Vector, readings: Vector, hours: float) -> None:
    """Add the MWh of so many hours at the whole network's MW, the last readings, to the totals."""
    first = len(readings) - len(sums)
    for i in range(len(sums)):
        sums[i] += readings[first + i] * hours


@njit(cache=True)
def exceeds(loading: Vector, limits: Vector) -> bool:
    """Return whether any loading is above its limit."""
    for i in range(len(loading)):
        if loading[i] > limits[i]:
            return True
    return False


@njit(cache=True)
def measure(
    layout: tuple[Any, ...],
    own: Complex,
    mutual: Complex,
    slack_rows: Complex,
    v: Complex,
    served: Vector,
    asked_by: Vector,
    at_bus: Complex,
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
        What is served at each internal bus, MVA.
    """
    at, out = Layout(*layout), Measured(*measured)
    branches, buses, externals = len(at.ends) // 2, len(v), len(at.ext_slack)
    pool = np.zeros(buses + 3 * branches + 1)
    readings, loading, power = out.readings, out.loading, out.power_mw
    losses, carried, asked_mw = at.lost_mw, 0.0, 0.0
    for bus in range(buses):
        pool[bus] = abs(v[bus])
        losses += at.shunt[bus] * pool[bus] ** 2 * at.base_mva
        carried += at_bus[bus].real
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
    two_at = len(readings) - WHOLE - 3 * (at.trafos + three + externals) - 2 * len(at.alive)
    three_at = two_at + 2 * at.trafos
    for i in range(three):
        for winding in range(3):
            k = at.trafo3w[winding, i]
            if k >= 0:
                readings[three_at + i] = max(readings[three_at + i], loading[k])
                if winding:
                    readings[three_at + three + i] += pool[buses + 2 * branches + k]
    supplied = 0.0
    slack = np.empty(len(at.ref), dtype=np.complex128)
    for i in range(len(at.ref)):
        bus, current = at.ref[i], 0.0 + 0.0j
        for j in range(buses):
            current += slack_rows[i, j] * v[j]
        slack[i] = v[bus] * current.conjugate() * at.base_mva + at_bus[bus]
        supplied += (slack[i] - at.ref_other[i]).real
    first = three_at + 2 * three
    asked = len(readings) - WHOLE - at.trafos - three - externals
    for i in range(externals):
        ext = (slack[at.ext_slack[i]] - at.ext_other[i]) * at.ext_share[i]
        readings[first + i] = power[branches + i] = ext.real
        supply = abs(ext)
        loading[branches + i] = readings[first + externals + i] = supply
        readings[asked + at.trafos + three + i] = supply
    served_at = first + 2 * externals + len(at.alive)
    for i in range(len(at.alive)):
        readings[served_at + i] = served[0, i] * at.alive[i]
        asked_mw += asked_by[0, i]
    for i in range(at.trafos):
        readings[asked + i] = readings[two_at + at.trafos + i]
    for i in range(three):
        readings[asked + at.trafos + i] = readings[three_at + three + i]
    readings[-5], readings[-4] = at.fed_mw, supplied
    readings[-3], readings[-2] = carried + at.drawn_mw, losses
    readings[-1] = max(0.0, asked_mw - carried)


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
    start = len(readings) - WHOLE - len(asked) - 2 * len(at.alive) - 2 * externals
    now_mw = np.abs(readings[start : start + externals])
    # shed load has the power factor of what is served, 1 where nothing is
    per_mw = np.divide(asked[two + three :], now_mw, out=np.ones(externals), where=now_mw > 0.0)
    asked[two + three :] += flows_mw[len(branch) :] * per_mw


def _pick(values: Vector, places: Index) -> Vector:
    return np.where(places >= 0, values[places], 0.0)

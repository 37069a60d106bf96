"""From bus voltages to what is read out: loading, flows, supply, losses, shortage."""

from typing import NamedTuple

import numpy as np

from twin.networks.base import Vector
from twin.networks.power_compile import Complex, Index
from twin.networks.power_state import Matrices, State

_ZERO = np.zeros(1)


class Measured(NamedTuple):
    """What a solution says.

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


def measure(
    state: State, y: Matrices, v: Complex, served: Vector, asked_mw: float, at_bus: Complex
) -> Measured:
    """Read a solution out.

    Parameters
    ----------
    v
        Internal bus voltages, pu.
    served, asked_mw
        MW and Mvar served to each load, shape (2, loads), and what all loads ask for.
    at_bus
        What is served at each internal bus, MVA.
    """
    net, places, branches = state.compiled, state.places, len(state.compiled.f)
    at_end = v[state.ends]
    current = y.own * at_end + y.mutual * v[state.others]
    power = (at_end * current.conj()).real * net.base_mva
    relative = np.abs(current) * state.scales
    loading = np.maximum(relative[:branches], relative[branches:])
    out = -power[branches:]
    magnitude = np.abs(v)
    readings = np.concatenate([magnitude, loading, power[:branches], out, _ZERO])[state.gather]

    lines, two, three = len(places.line), len(places.trafo), places.trafo3w.shape[1]
    first = len(net.bus) + 2 * lines
    at = first + 2 * two
    if three:
        readings[at : at + three] = _pick(loading, places.trafo3w).max(axis=0)
        readings[at + three : at + 2 * three] = _pick(out, places.trafo3w[1:]).sum(axis=0)
    slack = v[net.ref] * (y.slack @ v).conj() * net.base_mva + at_bus[net.ref]
    ext = (slack[state.ext_slack] - state.ext_other) * state.ext_share
    at += 2 * three
    supply = np.abs(ext)
    readings[at : at + len(ext)] = ext.real
    readings[at + len(ext) : at + 2 * len(ext)] = supply
    at += 2 * len(ext)
    loads = served.shape[1]
    np.multiply(served[0], state.alive, out=readings[at + loads : at + 2 * loads])
    at += 2 * loads
    readings[at : at + two] = readings[first + two : first + 2 * two]
    readings[at + two : at + two + three] = readings[first + 2 * two + three : first + 2 * (two + three)]
    readings[at + two + three : -4] = supply

    supplied = float(slack.real.sum()) + state.fixed_mw
    losses = float(power.sum() + net.shunt @ magnitude**2 * net.base_mva)
    carried = float(at_bus.real.sum())
    readings[-4:] = supplied, carried, losses, max(0.0, asked_mw - carried)
    return Measured(readings, np.concatenate([loading, supply]), np.concatenate([power[:branches], ext.real]))


def add_asked(state: State, readings: Vector, flows_mw: Vector) -> None:
    """Add to what transformers and supplies are asked for the flows that shed load would bring.

    Parameters
    ----------
    readings
        Changed in place.
    flows_mw
        Of each internal branch from its first end, then out of each external grid.
    """
    places, branches = state.places, len(state.compiled.f)
    two, three, externals = len(places.trafo), places.trafo3w.shape[1], len(state.ext_share)
    asked = readings[-4 - two - three - externals : -4]
    branch = flows_mw[:branches]
    asked[:two] += _pick(branch, places.trafo)
    if three:
        asked[two : two + three] += _pick(branch, places.trafo3w[1:]).sum(axis=0)
    start = len(state.gather) - 4 - len(asked) - 2 * len(state.bus_of_load) - 2 * externals
    now_mw = np.abs(readings[start : start + externals])
    # shed load has the power factor of what is served, 1 where nothing is
    per_mw = np.divide(asked[two + three :], now_mw, out=np.ones(externals), where=now_mw > 0.0)
    asked[two + three :] += flows_mw[branches:] * per_mw


def _pick(values: Vector, places: Index) -> Vector:
    return np.where(places >= 0, values[places], 0.0)

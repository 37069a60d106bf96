"""From bus voltages to what is read out: loading, flows, supply, losses, shortage."""

import numpy as np

from twin.networks.base import Vector
from twin.networks.power_compile import Compiled, Complex, Index, Places
from twin.networks.power_state import Matrices, State

_ZERO = np.zeros(1)


def measure(
    state: State, y: Matrices, v: Complex, demand: Vector, at_bus_mva: Complex, supply_rating: Vector
) -> Vector:
    """Return the readings in the order of the signals.

    Parameters
    ----------
    v
        Internal bus voltages, pu.
    demand
        MW and Mvar asked by each load, shape (2, loads).
    at_bus_mva
        Its sum at each internal bus.
    supply_rating
        MVA that each external grid may supply, infinite where unrated.
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
    at = len(net.bus) + 2 * lines + 2 * two
    if three:
        readings[at : at + three] = _pick(loading, places.trafo3w).max(axis=0)
        readings[at + three : at + 2 * three] = _pick(out, places.trafo3w[1:]).sum(axis=0)
    slack = v[net.ref] * (y.slack @ v).conj() * net.base_mva + at_bus_mva[net.ref]
    ext = (slack[state.ext_slack] - state.ext_other) * state.ext_share
    at += 2 * three
    supply = np.abs(ext)
    readings[at : at + len(ext)] = ext.real
    readings[at + len(ext) : at + 2 * len(ext)] = supply
    loads = demand.shape[1]
    np.multiply(demand[0], state.alive, out=readings[-4 - loads : -4])

    served, cut = float(at_bus_mva.real.sum()), 0.0
    if loading.max(initial=0.0) > 100.0 or (supply > supply_rating).any():
        cut = min(served, _cut_off(readings, net, places, ext.real, 100.0 * supply / supply_rating))
    supplied = float(slack.real.sum()) + state.fixed_mw
    losses = float(power.sum() + net.shunt @ magnitude**2 * net.base_mva)
    unserved = float(demand[0].sum()) - served + cut
    readings[-4:] = supplied, served, losses, unserved
    return readings


def _pick(values: Vector, places: Index) -> Vector:
    return np.where(places >= 0, values[places], 0.0)


def _cut_off(readings: Vector, net: Compiled, places: Places, ext_mw: Vector, ext_loading: Vector) -> float:
    """Return the MW beyond rating, without counting elements in series twice.

    Lines, two- and three-winding transformers and supplies stand in series, so the largest group's
    sum is a lower bound of what cannot be carried.
    """
    sums, at = [_beyond(ext_mw, ext_loading)], len(net.bus)
    for count in (len(places.line), len(places.trafo), places.trafo3w.shape[1]):
        loading, power = readings[at : at + count], readings[at + count : at + 2 * count]
        sums.append(_beyond(power, loading))
        at += 2 * count
    return max(sums)


def _beyond(power_mw: Vector, loading_percent: Vector) -> float:
    over = loading_percent > 100.0
    return float((np.abs(power_mw[over]) * (1.0 - 100.0 / loading_percent[over])).sum())

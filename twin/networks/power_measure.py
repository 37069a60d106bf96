"""From bus voltages to what is read out: loading, flows, supply, losses, shortage."""

from dataclasses import dataclass

import numpy as np

from twin.networks.base import Mask, Vector
from twin.networks.power_compile import Compiled, Complex, Ends, Fold, Index, Places
from twin.networks.power_taps import TapPlaces

_ZERO = np.zeros(1)


@dataclass(slots=True)
class State:
    """One compiled switching state with everything that depends on it.

    Attributes
    ----------
    load_bus, ext_bus
        Internal bus of each load and external grid, -1 where out of service or dead.
    ext_share
        Part of its bus's supply that each external grid takes.
    ext_other
        What generators inject at the external grids' buses, MVA.
    fixed_mw
        What generators inject at all other buses, less what wards and motors take.
    gather
        Where each reading stands: see `gather`.
    active
        Per signal, whether its element is in service and energised.
    """

    compiled: Compiled
    fold: Fold
    scales: Ends
    places: Places
    taps: TapPlaces
    load_bus: Index
    ext_bus: Index
    ext_share: Vector
    ext_other: Complex
    fixed_mw: float
    gather: Index
    active: Mask


@dataclass(slots=True)
class Admittances:
    """Branch admittances at the present tap positions, pu."""

    yff: Complex
    yft: Complex
    ytf: Complex
    ytt: Complex


def gather(compiled: Compiled, places: Places, load_bus: Index, externals: int) -> Index:
    """Return where each reading stands in the pool that `measure` builds, in the order of the signals.

    The pool is bus voltage, branch loading, power into and out of branches, and a zero, at which
    everything dead stands and what `measure` writes itself.
    """
    buses, branches = compiled.ybus.shape[0], len(compiled.f)
    zero = buses + 3 * branches

    def at(place: Index, start: int) -> Index:
        return np.where(place >= 0, place + start, zero)

    loading, into, out = buses, buses + branches, buses + 2 * branches
    own = np.full(2 * places.trafo3w.shape[1] + 2 * externals, zero, dtype=np.intp)
    return np.concatenate(
        [
            at(compiled.bus, 0),
            at(places.line, loading),
            at(places.line, into),
            at(places.trafo, loading),
            at(places.trafo, out),
            own,
            at(load_bus, 0),
            np.full(len(load_bus) + 4, zero, dtype=np.intp),
        ]
    )


def measure(
    state: State, y: Admittances, v: Complex, demand: Vector, supply_rating: Vector
) -> tuple[Vector, float]:
    """Return the readings in the order of the signals, and the MW that overloads cut off.

    Parameters
    ----------
    v
        Internal bus voltages, pu.
    demand
        MW and Mvar asked by each load, shape (2, loads).
    supply_rating
        MVA that each external grid may supply, infinite where unrated.
    """
    net, places = state.compiled, state.places
    v_f, v_t = v[net.f], v[net.t]
    i_f, i_t = y.yff * v_f + y.yft * v_t, y.ytf * v_f + y.ytt * v_t
    s_f, s_t = v_f * i_f.conj(), v_t * i_t.conj()
    loading = np.maximum(np.abs(i_f) * state.scales.from_, np.abs(i_t) * state.scales.to)
    magnitude = np.abs(v)
    p_f, p_t = s_f.real * net.base_mva, s_t.real * net.base_mva
    readings = np.concatenate([magnitude, loading, p_f, -p_t, _ZERO])[state.gather]

    lines, two, three = len(places.line), len(places.trafo), places.trafo3w.shape[1]
    at = len(net.bus) + 2 * lines + 2 * two
    if three:
        readings[at : at + three] = _pick(loading, places.trafo3w).max(axis=0)
        readings[at + three : at + 2 * three] = -_pick(p_t, places.trafo3w[1:]).sum(axis=0)
    total = _generated(state, s_f, s_t, magnitude, demand)
    ext = np.where(state.ext_bus >= 0, (total[state.ext_bus] - state.ext_other) * state.ext_share, 0.0)
    at += 2 * three
    supply = np.abs(ext)
    readings[at : at + len(ext)] = ext.real
    readings[at + len(ext) : at + 2 * len(ext)] = supply
    load_mw = np.where(state.load_bus >= 0, demand[0], 0.0)
    readings[-4 - len(load_mw) : -4] = load_mw

    served = float(load_mw.sum())
    cut = 0.0
    if loading.max(initial=0.0) > 100.0 or (supply > supply_rating).any():
        cut = min(served, _cut_off(readings, net, places, ext.real, 100.0 * supply / supply_rating))
    losses = float((p_f + p_t).sum() + (net.shunt * magnitude**2).sum() * net.base_mva)
    supplied = float(total[net.ref].real.sum()) + state.fixed_mw
    readings[-4:] = supplied, served, losses, float(demand[0].sum()) - served + cut
    return readings, cut


def _pick(values: Vector, places: Index) -> Vector:
    return np.where(places >= 0, values[places], 0.0)


def _generated(state: State, s_f: Complex, s_t: Complex, magnitude: Vector, demand: Vector) -> Complex:
    """Return what must be generated at each bus, MVA: what leaves into branches, shunts and loads."""
    net, square = state.compiled, magnitude**2
    size, alive = len(magnitude), state.load_bus >= 0
    at = state.load_bus[alive]
    p = np.bincount(net.f, s_f.real, size) + np.bincount(net.t, s_t.real, size) + net.shunt * square
    q = np.bincount(net.f, s_f.imag, size) + np.bincount(net.t, s_t.imag, size) - net.susceptance * square
    p = p * net.base_mva + np.bincount(at, demand[0][alive], size)
    q = q * net.base_mva + np.bincount(at, demand[1][alive], size)
    return np.asarray(p + 1j * q, dtype=np.complex128)


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

"""From bus voltages to what is read out: loading, flows, supply, losses, shortage."""

from dataclasses import dataclass

import numpy as np

from twin.networks.base import Mask, Vector
from twin.networks.power_compile import Compiled, Complex, Ends, Fold, Index, Places
from twin.networks.power_taps import TapPlaces


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
        What generators inject at the external grids' buses, pu.
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
    active: Mask


@dataclass(slots=True)
class Admittances:
    """Branch admittances at the present tap positions, pu."""

    yff: Complex
    yft: Complex
    ytf: Complex
    ytt: Complex


def _at(values: Vector, places: Index) -> Vector:
    """Return values at places, 0 where there is none."""
    if not len(values):
        return np.zeros(places.shape)
    return np.where(places >= 0, values[places], 0.0)


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
    p_f, p_t = s_f.real * net.base_mva, s_t.real * net.base_mva
    magnitude = np.abs(v)

    voltage = _at(magnitude, net.bus)
    line, trafo = _at(loading, places.line), _at(loading, places.trafo)
    trafo3w = _at(loading, places.trafo3w).max(axis=0, initial=0.0)
    line_mw, trafo_mw = _at(p_f, places.line), -_at(p_t, places.trafo)
    trafo3w_mw = -(_at(p_t, places.trafo3w[1]) + _at(p_t, places.trafo3w[2]))

    injected = _injected(net, s_f, s_t, v)
    load_mw = _at(np.ones(len(v)), state.load_bus) * demand[0]
    ext = _external(state, injected, demand)
    losses = float((p_f + p_t).sum() + (net.shunt * magnitude**2).sum() * net.base_mva)
    served = float(load_mw.sum())
    cut = _overload(
        (np.abs(line_mw), line),
        (np.abs(trafo_mw), trafo),
        (np.abs(trafo3w_mw), trafo3w),
        (np.abs(ext.real), 100.0 * np.abs(ext) / supply_rating),
    )
    cut = min(cut, served)
    supplied = float(injected.real.sum()) * net.base_mva + served
    unserved = float(demand[0].sum()) - served + cut
    supply = _at(magnitude, state.load_bus)
    readings = np.concatenate(
        [
            voltage,
            line,
            line_mw,
            trafo,
            trafo_mw,
            trafo3w,
            trafo3w_mw,
            ext.real,
            np.abs(ext),
            supply,
            load_mw,
            [supplied, served, losses, unserved],
        ]
    )
    return readings, cut


def _injected(net: Compiled, s_f: Complex, s_t: Complex, v: Complex) -> Complex:
    """Return what each bus feeds into branches and shunts, pu."""
    size = len(v)
    p = np.bincount(net.f, s_f.real, size) + np.bincount(net.t, s_t.real, size)
    q = np.bincount(net.f, s_f.imag, size) + np.bincount(net.t, s_t.imag, size)
    injected = p + net.shunt * np.abs(v) ** 2 + 1j * (q - net.susceptance * np.abs(v) ** 2)
    return np.asarray(injected, dtype=np.complex128)


def _external(state: State, injected: Complex, demand: Vector) -> Complex:
    """Return MW and Mvar of each external grid."""
    net = state.compiled
    alive = state.load_bus >= 0
    size = len(injected)
    at_bus = np.bincount(state.load_bus[alive], demand[0][alive], size) + 1j * np.bincount(
        state.load_bus[alive], demand[1][alive], size
    )
    total = injected * net.base_mva + at_bus
    supplied = (total[state.ext_bus] - state.ext_other * net.base_mva) * state.ext_share
    return np.asarray(np.where(state.ext_bus >= 0, supplied, 0.0))


def _overload(*groups: tuple[Vector, Vector]) -> float:
    """Return the MW beyond rating, without counting elements in series twice.

    Each group is (MW, loading in percent). Lines, two- and three-winding transformers and supplies
    stand in series, so the largest group's sum is a lower bound of what cannot be carried.
    """
    sums = []
    for power, loading in groups:
        over = loading > 100.0
        sums.append(float((power[over] * (1.0 - 100.0 / loading[over])).sum()) if over.any() else 0.0)
    return max(sums)

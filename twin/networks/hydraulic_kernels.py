"""What is done with every hydraulic solution, compiled: read it out, find when it ends, account what passed.

Vectors of nodes and links are in EPANET's order and units (``raw``), or in SI units.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from twin.networks.base import Mask, Vector

Index = NDArray[np.intp]

_STILL_M3_PER_S = 1e-9
_SNAPPED_M3 = 1e-9


class Units(NamedTuple):
    """m3/s, m per EPANET unit."""

    flow: float
    length: float


class Levels(NamedTuple):
    """Simple controls by the level of a tank, as vectors.

    Attributes
    ----------
    tank, volume
        Which tank, and its volume at the control's level, m3.
    sign
        +1 acts above it, -1 below.
    link, setting
        What it sets: 0 closed, else speed or valve setting, 1 for a pipe.
    is_pipe
        Of each link: its setting is no state.
    """

    tank: Index
    volume: Vector
    sign: Vector
    link: Index
    setting: Vector
    is_pipe: Mask


@njit(cache=True)
def opens(demand_raw: Vector) -> tuple[float, float]:
    """Return what enters the network less what leaves it, and how much moves in all."""
    open_, moved = 0.0, 0.0
    for value in demand_raw:
        open_ += value
        moved += abs(value)
    return abs(open_), moved


@njit(cache=True)
def take_in(
    raw: tuple[Vector, Vector, Vector, Vector],
    units: Units,
    per_area: Vector,
    is_junction: Mask,
    is_reservoir: Mask,
    out: tuple[Vector, Vector, Vector, Vector, Vector],
) -> tuple[float, float, float]:
    """Turn a solution into SI units; return m3/s supplied, delivered and missing.

    Parameters
    ----------
    raw
        Head, demand and deficit of nodes, flow of links.
    per_area
        What turns a link's flow into its velocity, 1/m2.
    out
        Head, demand, deficit, flow and velocity: written.
    """
    head_raw, demand_raw, deficit_raw, flow_raw = raw
    head, demand, deficit, flow, velocity = out
    delivered, drawn, from_reservoirs, missing = 0.0, 0.0, 0.0, 0.0
    for i in range(len(head)):
        head[i] = head_raw[i] * units.length
        demand[i] = demand_raw[i] * units.flow
        deficit[i] = deficit_raw[i] * units.flow
        missing += deficit[i]
        if is_junction[i]:
            drawn += demand[i]
            delivered += max(demand[i], 0.0)
        elif is_reservoir[i]:
            from_reservoirs += demand[i]
    for i in range(len(flow)):
        flow[i] = flow_raw[i] * units.flow
        velocity[i] = abs(flow[i]) * per_area[i]
    return delivered - drawn - from_reservoirs, delivered, missing


@njit(cache=True)
def seconds_to_change(
    inflow: Vector,
    volume: Vector,
    lowest: Vector,
    highest: Vector,
    levels: Levels,
    status: Vector,
    setting: Vector,
) -> float:
    """Return the seconds until a tank is full or empty or a level control acts, infinite if never.

    Parameters
    ----------
    inflow, volume, lowest, highest
        Of each tank, m3/s and m3.
    status, setting
        Of each link, as EPANET gives them.
    """
    soonest = np.inf
    for i in range(len(inflow)):
        if abs(inflow[i]) > _STILL_M3_PER_S:
            room = highest[i] - volume[i] if inflow[i] > 0.0 else volume[i] - lowest[i]
            if room > _STILL_M3_PER_S:
                soonest = min(soonest, room / abs(inflow[i]))
    for k in range(len(levels.tank)):
        link, tank = levels.link[k], levels.tank[k]
        state = 0.0 if status[link] == 0.0 else 1.0 if levels.is_pipe[link] else setting[link]
        if state == levels.setting[k]:
            continue  # like EPANET: a control that would change nothing is no event
        flow, gap = inflow[tank] * levels.sign[k], (levels.volume[k] - volume[tank]) * levels.sign[k]
        if flow > _STILL_M3_PER_S and gap > 0.0:
            soonest = min(soonest, gap / flow)
    return soonest


@njit(cache=True)
def account(
    step: float,
    inflow: Vector,
    before: Vector,
    after: Vector,
    overflows: Mask,
    rates: tuple[float, float, float],
    totals: Vector,
) -> None:
    """Add to the totals what was supplied, delivered, missing, stored and spilled over a step, m3.

    A tank that was put to its limit makes or destroys water: within a second of its flow that is taken
    off what was delivered or supplied; what an overflowing tank destroys is spilled.
    """
    supplied, delivered, missing = rates[0] * step, rates[1] * step, rates[2] * step
    stored, spilled = 0.0, 0.0
    for i in range(len(inflow)):
        change = after[i] - before[i]
        stored += change
        made = change - inflow[i] * step
        if overflows[i] and made < -_SNAPPED_M3:
            spilled -= made
        elif _SNAPPED_M3 < abs(made) <= abs(inflow[i]) + 1e-9:
            if made > 0.0:
                delivered -= made
            else:
                supplied += made
    totals[0] += supplied
    totals[1] += delivered
    totals[2] += missing
    totals[3] += stored
    totals[4] += spilled

"""What a wastewater network says at every instant, compiled: what arrives at its plants, and its readings."""

from typing import NamedTuple

from twin.compiled import Plain, compiled
from twin.pinned import Pinned
from twin.utilities.base import Vector
from twin.utilities.epanet.structures import Index

_FULL = 1 - 1e-9


class Columns(NamedTuple):
    """Whose readings a wastewater network gives, in the order of its signals.

    Attributes
    ----------
    tanks
        Nodes; the other two are links.
    full_m3_per_s
        Capacity of each gravity reach.
    """

    tanks: Index
    flow_links: Index
    gravity: Index
    full_m3_per_s: Vector


class Passing(NamedTuple):
    """What passes through the sewers now, m3/s.

    Attributes
    ----------
    entering, untreated
        Sewage of all manholes, and what ends in reservoirs without a plant.
    inflow, treated, spill
        Of each plant.
    """

    entering: float
    untreated: float
    inflow: Vector
    treated: Vector
    spill: Vector


class Passed(NamedTuple):
    """What has passed over a step.

    Attributes
    ----------
    entering, lost
        What entered the sewers, and what left them elsewhere than at plants, m3/s.
    treated, spilled, held
        What plants treated, spilled and put into their basins, m3.
    power_kw
        What the pumps drew.
    """

    entering: float
    lost: float
    treated: float
    spilled: float
    held: float
    power_kw: float


@compiled
def arrive(
    demand: Vector, tanks: Index, reservoirs: Index, entering: float, leaked: float, ending: Vector
) -> float:
    """Write what ends in each reservoir, m3/s; return what reservoirs give to the sewers.

    What EPANET's rounding opens in the continuity of the whole, never more than `hydraulics` accepts, is put
    onto the largest.

    Parameters
    ----------
    entering, leaked
        Sewage of all manholes, and what leaks out, m3/s.
    """
    open_, largest = entering, 0
    for node in tanks:
        open_ -= demand[node]
    for place in range(len(reservoirs)):
        ending[place] = demand[reservoirs[place]]
        open_ -= ending[place]
        if ending[place] > ending[largest]:
            largest = place
    open_ -= leaked
    given = 0.0
    for place in range(len(ending)):
        if place == largest:
            ending[place] += open_
        given += max(0.0, -ending[place])
        ending[place] = max(0.0, ending[place])
    return given


@compiled
def take_off(ending: Vector, owed: float, seconds: float) -> float:
    """Take water that never was, m3, off what ends in reservoirs over a step; return what is still owed."""
    whole = 0.0
    for rate in ending:
        whole += rate * seconds
    if whole <= 0.0:
        return owed
    taken = min(owed, whole)
    for place in range(len(ending)):
        ending[place] *= 1.0 - taken / whole
    return owed - taken


@compiled
def write_readings(values: Vector, columns: Plain, whole: Pinned, passing: Plain) -> None:
    """Write fill and spill of tanks, flow, filling of reaches, power, what plants do, and the whole."""
    at, sewage = Columns(*columns), Passing(*passing)
    now, tanks = whole.parts.reading, whole.parts.tanks
    spilling, count, place = sewage.untreated, len(at.tanks), 0
    for i in range(count):
        usable = max(tanks.highest[i] - tanks.lowest[i], 1e-9)
        spill = 0.0
        if tanks.overflows[i] and tanks.volume[i] >= tanks.highest[i] * _FULL:
            spill = max(0.0, now.demand[at.tanks[i]])
        values[i] = (tanks.volume[i] - tanks.lowest[i]) * (100.0 / usable)
        values[count + i] = spill
        spilling += spill
    place = 2 * count
    for i in range(len(at.flow_links)):
        values[place + i] = now.flow[at.flow_links[i]]
    place += len(at.flow_links)
    for i in range(len(at.gravity)):
        values[place + i] = abs(now.flow[at.gravity[i]]) * (100.0 / at.full_m3_per_s[i])
    place += len(at.gravity)
    for i in range(len(now.power_kw)):
        values[place + i] = now.power_kw[i]
    place += len(now.power_kw)
    for rates in (sewage.inflow, sewage.treated, sewage.spill):
        for i in range(len(rates)):
            values[place + i] = rates[i]
        place += len(rates)
    for rate in sewage.spill:
        spilling += rate
    values[-2], values[-1] = sewage.entering, spilling


@compiled
def any_beyond(flow: Vector, gravity: Index, full_m3_per_s: Vector) -> bool:
    """Return whether any gravity reach carries more than it can, m3/s."""
    for i in range(len(gravity)):
        if abs(flow[gravity[i]]) > full_m3_per_s[i]:
            return True
    return False


@compiled
def add_up(sums: Vector, passed: Vector, seconds: float, sewage: Plain) -> float:
    """Add a step to the totals of `WastewaterNetwork`; return what wet wells lost in it, m3.

    Parameters
    ----------
    passed
        Supplied, delivered, missing, stored, spilled and leaked by the hydraulics, m3.
    sewage
        A `Passed`.
    """
    own = Passed(*sewage)
    overflowed: float = passed[4]
    sums[0] += own.entering * seconds
    sums[1] += own.treated
    sums[2] += own.spilled + overflowed + passed[5] + own.lost * seconds
    sums[3] += passed[3] + own.held
    sums[4] += own.power_kw * seconds / 3.6e6
    return overflowed

"""What tanks do, compiled: their limits, when they change a state by themselves, the account of a step."""

import numpy as np
from epanet import toolkit as en

from twin.compiled import compiled
from twin.pinned import Pinned
from twin.utilities.base import Vector
from twin.utilities.epanet import calls
from twin.utilities.epanet.structures import (
    DELIVERED,
    LEAKED,
    MISSING,
    ROUNDED,
    SUPPLIED,
    Index,
    Levels,
    Raw,
    Storage,
    Whole,
)

SHORTEST_WAIT_S = 5.0
_LONGEST_WAIT_S = 3600.0
_STILL_M3_PER_S = 1e-9
_ENDING_M3_PER_S = 1e-6
_SNAPPED_M3 = 1e-9
_ROUNDED_M3 = 1e-6
_LEFT = 0.01
_SHORTEST_STEP_S, _MOST_M = 10.0, 1.0

_VOLUME, _STATUS, _SETTING = int(en.TANKVOLUME), int(en.STATUS), int(en.SETTING)


@compiled
def seconds_to_change(project: int, raw: Raw, tanks: Storage, levels: Levels, demand: Vector) -> float:
    """Return the seconds until a tank is full or empty or a level control acts, infinite if never.

    Parameters
    ----------
    demand
        Of nodes, m3/s: what flows into a tank.
    """
    soonest = np.inf
    for i in range(len(tanks.nodes)):
        inflow = demand[tanks.nodes[i]]
        if abs(inflow) > _STILL_M3_PER_S:
            full, empty = tanks.highest[i] - tanks.volume[i], tanks.volume[i] - tanks.lowest[i]
            room = full if inflow > 0.0 else empty
            if room > _STILL_M3_PER_S:
                soonest = min(soonest, room / abs(inflow))
            if min(full, empty) > _LEFT * (full + empty):
                tanks.wait[i] = SHORTEST_WAIT_S
            elif inflow > 0.0 and empty <= _ROUNDED_M3:
                # EPANET opens again what it closed at an empty tank, but only when it solves
                soonest = min(soonest, tanks.wait[i])
    for k in range(len(levels.tank)):
        tank = levels.tank[k]
        flow = demand[tanks.nodes[tank]] * levels.sign[k]
        gap = (levels.volume[k] - tanks.volume[tank]) * levels.sign[k]
        # like EPANET: a control that would change nothing is no event
        if flow > _STILL_M3_PER_S and 0.0 < gap < soonest * flow and _would_act(project, raw, levels, k):
            soonest = gap / flow
    return soonest


@compiled
def any_brimming(tanks: Storage, demand: Vector) -> bool:
    """Return whether a tank would be full within half a second."""
    for i in range(len(tanks.nodes)):
        if _brims(tanks, i, demand[tanks.nodes[i]]):
            return True
    return False


@compiled
def _brims(tanks: Storage, i: int, inflow: float) -> bool:
    room = tanks.highest[i] - tanks.volume[i]
    return not (tanks.full[i] or tanks.overflows[i]) and 0.0 < room < 0.5 * inflow


@compiled
def fill_up(tanks: Storage, demand: Vector) -> float:
    """Fill tanks that would be full within half a second, and return how much that made, m3.

    Parameters
    ----------
    demand
        Of nodes, m3/s: what flows into a tank.
    """
    made = 0.0
    for i in range(len(tanks.nodes)):
        if _brims(tanks, i, demand[tanks.nodes[i]]):
            made += tanks.highest[i] - tanks.volume[i]
            tanks.volume[i], tanks.full[i] = tanks.highest[i], True
    return made


@compiled
def most_of_a_step(tanks: Storage, demand: Vector) -> float:
    """Return the seconds in which a tank's level moves by as much as one solution may stand for.

    EPANET lets tanks fill at the flow of the last solution, while their levels change that flow.
    """
    least = np.inf
    for i in range(len(tanks.nodes)):
        flow = abs(demand[tanks.nodes[i]])
        if flow > _STILL_M3_PER_S:
            area_m2 = (tanks.highest[i] - tanks.lowest[i]) / tanks.height_m[i]
            least = min(least, _MOST_M * area_m2 / flow)
    return max(least, _SHORTEST_STEP_S)


@compiled
def _would_act(project: int, raw: Raw, levels: Levels, k: int) -> bool:
    """Return whether a link is not yet as a control sets it."""
    link = levels.link[k] + 1
    calls.get_link_value(project, link, _STATUS, raw.value.ctypes.data)
    if raw.value[0] != 0.0 and not levels.is_pipe[k]:
        calls.get_link_value(project, link, _SETTING, raw.value.ctypes.data)
    return bool(raw.value[0] != levels.setting[k])


@compiled
def read_volume(project: int, raw: Raw, tanks: Storage, unit: float) -> None:
    """Take over the volumes that EPANET has reached."""
    calls.get_node_values(project, _VOLUME, raw.volume.ctypes.data)
    for i in range(len(tanks.nodes)):
        tanks.volume[i] = raw.volume[tanks.nodes[i]] * unit


@compiled
def compare_with_limits(tanks: Storage) -> bool:
    """Write which tanks are empty or full; return whether there is one."""
    at_limits = False
    for i in range(len(tanks.nodes)):
        was = tanks.empty[i] or tanks.full[i]
        tanks.empty[i] = tanks.volume[i] <= tanks.lowest[i] + _ROUNDED_M3
        tanks.full[i] = tanks.volume[i] >= tanks.highest[i] - _ROUNDED_M3 and not tanks.overflows[i]
        if tanks.empty[i] or tanks.full[i]:
            at_limits = True
            if not was:  # it came back: the next look may come later
                tanks.wait[i] = min(2.0 * tanks.wait[i], _LONGEST_WAIT_S)
    return at_limits


@compiled
def account(seconds: float, whole: Pinned, too_much: float, passed: Vector) -> None:
    """Write what was supplied, delivered, missing, stored, spilled, leaked and made over a step, m3.

    A tank that was put to its limit makes or destroys water within a second of its flow: what of it counts
    as delivered is taken off there, the rest, made, counts as supplied, or not; what an overflowing tank
    destroys is spilled. What solutions that do not know a limit make beyond that comes last, and is no part
    of what is supplied.

    Parameters
    ----------
    whole
        A `Whole`.
    too_much
        What empty tanks gave customers beyond what they held, m3.
    """
    own: Whole = whole.parts
    now, storage = own.reading, own.tanks
    supplied = (now.rates[SUPPLIED] + now.rates[ROUNDED]) * seconds
    delivered, missing = now.rates[DELIVERED] * seconds, now.rates[MISSING] * seconds
    stored, spilled, net, beyond = 0.0, 0.0, 0.0, 0.0
    for i in range(len(storage.nodes)):
        inflow = now.demand[storage.nodes[i]]
        change = storage.volume[i] - storage.before[i]
        stored += change
        made = change - inflow * seconds
        if storage.overflows[i] and made < -_SNAPPED_M3:
            spilled -= made
        elif _SNAPPED_M3 < abs(made) <= abs(inflow) + 1e-9:
            net += made
        elif abs(made) > 10.0 * _ROUNDED_M3:
            beyond += made
    taken = min(max(too_much, 0.0), delivered)
    delivered -= taken
    supplied += net - taken
    passed[0], passed[1], passed[2], passed[3], passed[4] = supplied, delivered, missing, stored, spilled
    passed[5], passed[6], passed[7] = now.rates[LEAKED] * seconds, net - taken, beyond


@compiled
def returned(seconds: float, whole: Pinned, reservoirs: Index, back: Vector) -> float:
    """Write what tanks have to give back of water that others made at their limits; return customers' part.

    A tank that EPANET empties gives up to a second's flow too much or too little; what did not go to
    customers or reservoirs went to tanks that fill. What it fills took so much from tanks that drain.

    Parameters
    ----------
    whole
        A `Whole`.
    back
        m3 of each tank, negative for what it gets back.
    """
    own: Whole = whole.parts
    now, storage = own.reading, own.tanks
    demand, given = now.demand, now.rates[DELIVERED] + now.rates[LEAKED]
    back[:] = 0.0
    customers, ending = 0.0, 0.0
    for node in reservoirs:
        ending += demand[node] if demand[node] > _ENDING_M3_PER_S else 0.0
    for i in range(len(storage.nodes)):
        inflow = demand[storage.nodes[i]]
        made = storage.volume[i] - storage.before[i] - inflow * seconds
        if not _SNAPPED_M3 < abs(made) <= abs(inflow) + 1e-9 or (storage.overflows[i] and made < 0.0):
            continue
        sign = -1.0 if storage.full[i] else 1.0
        moved = max(now.rates[SUPPLIED] + ending, 0.0) if storage.full[i] else given + ending
        for j in range(len(storage.nodes)):
            if j != i:
                moved += max(sign * demand[storage.nodes[j]], 0.0)
        for j in range(len(storage.nodes)):
            passing = sign * demand[storage.nodes[j]]
            if j != i and passing > 0.0:
                back[j] += made * passing / moved
        if not storage.full[i] and moved > 0.0:
            customers += made * given / moved
    return customers

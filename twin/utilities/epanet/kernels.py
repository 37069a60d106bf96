"""What is done with EPANET at every instant, compiled: write demand, solve, read out, step, account.

Vectors of nodes and links are in EPANET's order and units (``raw``), or in SI units. ``project`` is
`Project.address`. What is called at every instant takes its structures as plain tuples, which enter
compiled code at half the price of named ones, and names them first.
"""

from typing import Any, NamedTuple

import numpy as np
from epanet import toolkit as en
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.utilities.base import Mask, Vector
from twin.utilities.epanet import calls

Index = NDArray[np.intp]

UNSOLVED, BALANCED, OUT_OF_TRIALS, SETTLED = range(4)
_RELATIVE_ERROR = 1e-3
_OPEN_CONTINUITY, _LOOSE_CONTINUITY, _EXACT = 1e-6, 1e-3, 1e-5
_STILL_M3_PER_S = 1e-9
_ENDING_M3_PER_S = 1e-6
_SNAPPED_M3 = 1e-9
_ROUNDED_M3 = 1e-6
_LEFT = 0.01
SHORTEST_WAIT_S = 5.0
_LONGEST_WAIT_S = 3600.0
_SHORTEST_STEP_S, _MOST_M = 10.0, 1.0

_DEMAND, _HEAD, _DEFICIT, _VOLUME = (int(q) for q in (en.DEMAND, en.HEAD, en.DEMANDDEFICIT, en.TANKVOLUME))
_EMITTER, _LEAKAGE = int(en.EMITTERFLOW), int(en.LEAKAGEFLOW)
_FLOW, _ENERGY, _STATUS, _SETTING = (int(q) for q in (en.FLOW, en.ENERGY, en.STATUS, en.SETTING))
_ITERATIONS, _ERROR, _CHANGE = (int(q) for q in (en.ITERATIONS, en.RELATIVEERROR, en.MAXFLOWCHANGE))
_HYDSTEP = int(en.HYDSTEP)


Plain = tuple[Any, ...]
"""A structure without its names."""
Rates = tuple[float, float, float, float, float, float]
"""m3/s supplied, delivered and missing; the pumps' kW; m3/s leaked; m3/s that EPANET's rounding left open."""


class Model(NamedTuple):
    """What the numbers of a project mean.

    Attributes
    ----------
    flow, length
        m3/s and m per EPANET unit.
    leaks
        The file has emitters or leaking pipes, whose flow EPANET counts into the demand of a node.
    demand_driven
        Demand is drawn at any pressure; where that is below zero, nothing of it is delivered.
    follows_tanks
        Steps are short enough for how tanks' inflows answer their volumes.
    still, rounding
        m3/s that a link at rest, and that all links together, may carry or lack by EPANET's rounding.
    """

    flow: float
    length: float
    leaks: bool
    demand_driven: bool
    follows_tanks: bool
    still: float
    rounding: float


class Nodes(NamedTuple):
    """Whether a node is a junction, or a reservoir, and its elevation, m."""

    is_junction: Mask
    is_reservoir: Mask
    elevation: Vector


class Raw(NamedTuple):
    """Memory that EPANET writes into: of nodes, one value; the time now, and of the last step."""

    demand: Vector
    emitter: Vector
    volume: Vector
    value: Vector
    time: NDArray[np.int64]


class Reading(NamedTuple):
    """A solution in SI units: m, m3/s, m/s, and the pumps' kW.

    Attributes
    ----------
    demand
        What leaves the network at a node, leaks included.
    leak
        What of it leaks from emitters and pipes.
    deficit
        What customers ask for and do not get.
    """

    head: Vector
    demand: Vector
    leak: Vector
    deficit: Vector
    flow: Vector
    velocity: Vector
    power_kw: Vector


class Storage(NamedTuple):
    """Tanks: their nodes, m3 before and after the last step, their bounds, and what they do there.

    Attributes
    ----------
    overflows
        Whether a full tank spills; otherwise it closes.
    empty, full
        Which tanks give no more, and which take no more.
    height_m
        Between the levels of its bounds.
    wait
        Seconds after which an empty tank that fills is looked at again.
    """

    nodes: Index
    before: Vector
    volume: Vector
    lowest: Vector
    highest: Vector
    overflows: Mask
    empty: Mask
    full: Mask
    height_m: Vector
    wait: Vector


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
        Whether that is a pipe: its setting is no state.
    number
        EPANET's, from 1 in file order.
    """

    tank: Index
    volume: Vector
    sign: Vector
    link: Index
    setting: Vector
    is_pipe: Mask
    number: Index


@compiled
def write_base(
    project: int, nodes: Index, categories: Index, base: Vector, written: Vector, unit: float
) -> None:
    """Write base demands, m3/s, of the categories (from 1) of nodes that differ from what was written."""
    for i in range(len(base)):
        if base[i] != written[i]:
            calls.set_base_demand(project, nodes[i] + 1, categories[i], base[i] / unit)
            written[i] = base[i]


@compiled
def write_factors(project: int, patterns: Index, factors: Vector) -> None:
    """Write each class's factor into its pattern."""
    for i in range(len(patterns)):
        calls.set_pattern_value(project, patterns[i], 1, factors[i])


@compiled
def solve(
    project: int, raw: Raw, tanks: Storage, model: Model, trials: float, accuracy: float
) -> tuple[int, int]:
    """Let EPANET solve; return its error code and how the solution is to be taken.

    ``UNSOLVED``: what enters the network does not leave it, or heads do not fit flows (frozen valves can
    leave EPANET with a small error of heads and an open continuity; where hardly anything flows, the
    relative error says nothing). ``BALANCED``: a full tank fills or an empty one drains, its trials ended in
    between. ``OUT_OF_TRIALS``: links were frozen in the end. ``SETTLED``: none of these.

    Parameters
    ----------
    trials
        After which EPANET freezes the status of links.
    accuracy
        The relative error of flows with which the file is content.
    """
    error = calls.run(project, raw.time.ctypes.data)
    if error > calls.WARNINGS:
        return error, UNSOLVED
    calls.get_node_values(project, _DEMAND, raw.demand.ctypes.data)
    open_, moved, still = 0.0, 0.0, model.still / model.flow
    for value in raw.demand:
        open_ += value
        moved += abs(value)
    # a file that asks for little takes what EPANET gives; what stays open shows in the balance of the run
    most = _OPEN_CONTINUITY if accuracy < _EXACT else _LOOSE_CONTINUITY
    if abs(open_) > max(most * moved, model.rounding / model.flow):
        return error, UNSOLVED
    calls.get_statistic(project, _ERROR, raw.value.ctypes.data)
    if raw.value[0] > max(_RELATIVE_ERROR, accuracy):
        calls.get_statistic(project, _CHANGE, raw.value.ctypes.data)
        if raw.value[0] >= still:
            return error, UNSOLVED
    for i in range(len(tanks.nodes)):
        inflow = raw.demand[tanks.nodes[i]]
        if (tanks.full[i] and inflow > still) or (tanks.empty[i] and inflow < -still):
            return error, BALANCED
    calls.get_statistic(project, _ITERATIONS, raw.value.ctypes.data)
    return error, OUT_OF_TRIALS if raw.value[0] > trials else SETTLED


@compiled
def take_in(
    project: int,
    raw: Raw,
    tanks: Storage,
    levels: Levels,
    model: Model,
    per_area: Vector,
    nodes: Nodes,
    pumps: Index,
    out: Reading,
) -> tuple[Rates, float]:
    """Turn a solution into SI units; return its rates, and the seconds until something changes by itself.

    Parameters
    ----------
    raw
        Its demand is that of the solution already.
    per_area
        What turns a link's flow into its velocity, 1/m2.
    """
    calls.get_node_values(project, _HEAD, out.head.ctypes.data)
    calls.get_node_values(project, _DEFICIT, out.deficit.ctypes.data)
    calls.get_link_values(project, _FLOW, out.flow.ctypes.data)
    if model.leaks:
        calls.get_node_values(project, _LEAKAGE, out.leak.ctypes.data)
        calls.get_node_values(project, _EMITTER, raw.emitter.ctypes.data)
        for i in range(len(out.leak)):
            out.leak[i] = (out.leak[i] + raw.emitter[i]) * model.flow
    delivered, drawn, from_reservoirs, missing, power_kw, leaked = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    open_, moved = 0.0, 0.0
    for i in range(len(out.head)):
        demand = raw.demand[i] * model.flow
        open_ += demand
        moved += abs(demand)
        out.demand[i] = demand
        out.head[i] *= model.length
        out.deficit[i] *= model.flow
        if nodes.is_junction[i]:
            customers = demand - out.leak[i]
            if model.demand_driven and customers > 0.0 and out.head[i] < nodes.elevation[i]:
                out.deficit[i] += customers
                out.demand[i] = demand = out.leak[i]
                customers = 0.0
            drawn += demand
            delivered += max(customers, 0.0)
            leaked += max(out.leak[i], 0.0)
        elif nodes.is_reservoir[i]:
            from_reservoirs += demand
        missing += out.deficit[i]
    for i in range(len(out.flow)):
        out.flow[i] *= model.flow
        out.velocity[i] = abs(out.flow[i]) * per_area[i]
    for i in range(len(pumps)):
        calls.get_link_value(project, pumps[i] + 1, _ENERGY, raw.value.ctypes.data)
        out.power_kw[i] = raw.value[0]
        power_kw += raw.value[0]
    supplied = delivered + leaked - drawn - from_reservoirs
    if model.demand_driven:
        supplied -= missing
    # what rounding leaves open is put down to the sources; more than that shows
    rounded = open_ if abs(open_) <= max(_OPEN_CONTINUITY * moved, model.rounding) else 0.0
    rates = supplied, delivered, missing, power_kw, leaked, rounded
    soonest = _seconds_to_change(project, raw, tanks, levels, out.demand)
    if model.follows_tanks:
        soonest = min(soonest, _most_of_a_step(tanks, out.demand))
    return rates, soonest


@compiled
def solve_and_take_in(
    project: int,
    trials: float,
    accuracy: float,
    raw: Plain,
    tanks: Plain,
    levels: Plain,
    model: Plain,
    per_area: Vector,
    nodes: Plain,
    pumps: Index,
    out: Plain,
) -> tuple[int, int, tuple[Rates, float]]:
    """Do `solve`, and `take_in` what is settled."""
    memory, storage, means = Raw(*raw), Storage(*tanks), Model(*model)
    error, outcome = solve(project, memory, storage, means, trials, accuracy)
    if outcome != SETTLED:
        return error, outcome, ((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), np.inf)
    controls, reading, places = Levels(*levels), Reading(*out), Nodes(*nodes)
    return (
        error,
        outcome,
        take_in(project, memory, storage, controls, means, per_area, places, pumps, reading),
    )


@compiled
def _seconds_to_change(project: int, raw: Raw, tanks: Storage, levels: Levels, demand: Vector) -> float:
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
def _most_of_a_step(tanks: Storage, demand: Vector) -> float:
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
def step(
    project: int,
    seconds: int,
    raw: Plain,
    tanks: Plain,
    unit: float,
    demand: Vector,
    rates: Rates,
    passed: Vector,
) -> tuple[int, int, bool]:
    """Let EPANET's time pass, at most so many seconds, and account it.

    Returns EPANET's error code, how many seconds passed, and whether a tank is at a limit: once it is put
    there exactly, `account` is due again.

    Parameters
    ----------
    unit
        m3 per EPANET unit of volume.
    demand, rates, passed
        See `account`.
    """
    memory, storage = Raw(*raw), Storage(*tanks)
    calls.set_time(project, _HYDSTEP, seconds)
    error = calls.step(project, memory.time[1:].ctypes.data)
    for i in range(len(storage.nodes)):
        storage.before[i] = storage.volume[i]
    read_volume(project, memory, storage, unit)
    span = memory.time[1] or seconds
    account(span, demand, storage, rates, 0.0, passed)
    return error, span, compare_with_limits(storage)


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
def account(
    seconds: float, demand: Vector, tanks: Storage, rates: Rates, too_much: float, passed: Vector
) -> None:
    """Write what was supplied, delivered, missing, stored, spilled, leaked and made over a step, m3.

    A tank that was put to its limit makes or destroys water within a second of its flow: what of it counts
    as delivered is taken off there, the rest, made, counts as supplied, or not; what an overflowing tank
    destroys is spilled. What solutions that do not know a limit make beyond that comes last, and is no part
    of what is supplied.

    Parameters
    ----------
    too_much
        What empty tanks gave customers beyond what they held, m3.
    """
    supplied, delivered, missing = (rates[0] + rates[5]) * seconds, rates[1] * seconds, rates[2] * seconds
    stored, spilled, net, beyond = 0.0, 0.0, 0.0, 0.0
    for i in range(len(tanks.nodes)):
        inflow = demand[tanks.nodes[i]]
        change = tanks.volume[i] - tanks.before[i]
        stored += change
        made = change - inflow * seconds
        if tanks.overflows[i] and made < -_SNAPPED_M3:
            spilled -= made
        elif _SNAPPED_M3 < abs(made) <= abs(inflow) + 1e-9:
            net += made
        elif abs(made) > 10.0 * _ROUNDED_M3:
            beyond += made
    taken = min(max(too_much, 0.0), delivered)
    delivered -= taken
    supplied += net - taken
    passed[0], passed[1], passed[2], passed[3], passed[4] = supplied, delivered, missing, stored, spilled
    passed[5], passed[6], passed[7] = rates[4] * seconds, net - taken, beyond


@compiled
def returned(
    seconds: float, demand: Vector, tanks: Plain, reservoirs: Index, rates: Rates, back: Vector
) -> float:
    """Write what tanks have to give back of water that others made at their limits; return customers' part.

    A tank that EPANET empties gives up to a second's flow too much or too little; what did not go to
    customers or reservoirs went to tanks that fill. What it fills took so much from tanks that drain.

    Parameters
    ----------
    back
        m3 of each tank, negative for what it gets back.
    """
    storage = Storage(*tanks)
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
        whole = max(rates[0] + ending, 0.0) if storage.full[i] else rates[1] + rates[4] + ending
        for j in range(len(storage.nodes)):
            if j != i:
                whole += max(sign * demand[storage.nodes[j]], 0.0)
        for j in range(len(storage.nodes)):
            passing = sign * demand[storage.nodes[j]]
            if j != i and passing > 0.0:
                back[j] += made * passing / whole
        if not storage.full[i] and whole > 0.0:
            customers += made * (rates[1] + rates[4]) / whole
    return customers

"""What is done with EPANET at every instant, compiled: write demand, solve, read out, step.

``project`` is `Project.address`; structures are those of `structures`.
"""

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
    POWER_KW,
    ROUNDED,
    SUPPLIED,
    Index,
    Links,
    Model,
    Nodes,
    Raw,
    Reading,
    Storage,
    Whole,
)
from twin.utilities.epanet.tank_kernels import (
    account,
    any_brimming,
    compare_with_limits,
    most_of_a_step,
    read_volume,
    seconds_to_change,
)

UNSOLVED, BALANCED, OUT_OF_TRIALS, SETTLED = range(4)
_RELATIVE_ERROR = 1e-3
_OPEN_CONTINUITY, _LOOSE_CONTINUITY, _EXACT = 1e-6, 1e-3, 1e-5

_DEMAND, _HEAD, _DEFICIT = int(en.DEMAND), int(en.HEAD), int(en.DEMANDDEFICIT)
_EMITTER, _LEAKAGE = int(en.EMITTERFLOW), int(en.LEAKAGEFLOW)
_FLOW, _ENERGY = int(en.FLOW), int(en.ENERGY)
_ITERATIONS, _ERROR, _CHANGE = (int(q) for q in (en.ITERATIONS, en.RELATIVEERROR, en.MAXFLOWCHANGE))
_HYDSTEP, _RULESTEP = int(en.HYDSTEP), int(en.RULESTEP)
_TRIALS = int(en.TRIALS)


@compiled
def write_base(
    project: int, nodes: Index, categories: Index, base: Vector, written: Vector, unit: float
) -> float:
    """Write base demands, m3/s, of the categories (from 1) of nodes that differ from what was written.

    Returns the sum of all.
    """
    total = 0.0
    for i in range(len(base)):
        total += base[i]
        if base[i] != written[i]:
            calls.set_base_demand(project, nodes[i] + 1, categories[i], base[i] / unit)
            written[i] = base[i]
    return total


@compiled
def write_factors(project: int, patterns: Index, factors: Vector) -> None:
    """Write each class's factor into its pattern."""
    for i in range(len(patterns)):
        calls.set_pattern_value(project, patterns[i], 1, factors[i])


@compiled
def run(project: int, raw: Raw, model: Model) -> tuple[int, bool]:
    """Let EPANET solve; return its error code, and whether its trials ended before it had found its accuracy.

    A sewer first gets few trials. While it is dry it never comes below its accuracy: flows move by EPANET's
    rounding, trial by trial. Where more than that moves, it goes on for all trials that the file allows.
    """
    few = model.first_trials
    if few < model.trials:
        calls.set_option(project, _TRIALS, few)
    error = calls.run(project, raw.time.ctypes.data)
    if few < model.trials:
        calls.set_option(project, _TRIALS, model.trials)
    calls.get_statistic(project, _ITERATIONS, raw.value.ctypes.data)
    if raw.value[0] <= few or error > calls.WARNINGS:
        return error, False
    calls.get_statistic(project, _CHANGE, raw.value.ctypes.data)
    if few == model.trials or raw.value[0] < model.moved / model.flow:
        return error, True
    error = calls.run(project, raw.time.ctypes.data)
    calls.get_statistic(project, _ITERATIONS, raw.value.ctypes.data)
    return error, raw.value[0] > model.trials


@compiled
def solve(project: int, raw: Raw, tanks: Storage, model: Model) -> tuple[int, int]:
    """Let EPANET solve; return its error code and how the solution is to be taken.

    ``UNSOLVED``: what enters the network does not leave it, or heads do not fit flows (frozen valves can
    leave EPANET with a small error of heads and an open continuity; where hardly anything flows, the
    relative error says nothing). ``BALANCED``: a full tank fills or an empty one drains, its trials ended in
    between. ``OUT_OF_TRIALS``: links were frozen in the end. ``SETTLED``: none of these.
    """
    error, out_of_trials = run(project, raw, model)
    if error > calls.WARNINGS:
        return error, UNSOLVED
    calls.get_node_values(project, _DEMAND, raw.demand.ctypes.data)
    open_, moved, still = 0.0, 0.0, model.still / model.flow
    for value in raw.demand:
        open_ += value
        moved += abs(value)
    # a file that asks for little takes what EPANET gives; what stays open shows in the balance of the run
    most = _OPEN_CONTINUITY if model.accuracy < _EXACT else _LOOSE_CONTINUITY
    if abs(open_) > max(most * moved, model.rounding / model.flow):
        return error, UNSOLVED
    calls.get_statistic(project, _ERROR, raw.value.ctypes.data)
    if raw.value[0] > max(_RELATIVE_ERROR, model.accuracy):
        calls.get_statistic(project, _CHANGE, raw.value.ctypes.data)
        if raw.value[0] >= model.moved / model.flow:
            return error, UNSOLVED
    for i in range(len(tanks.nodes)):
        inflow = raw.demand[tanks.nodes[i]]
        if (tanks.full[i] and inflow > still) or (tanks.empty[i] and inflow < -still):
            return error, BALANCED
    return error, OUT_OF_TRIALS if out_of_trials else SETTLED


@compiled
def solve_and_take_in(project: int, whole: Pinned) -> tuple[int, int, float, bool]:
    """Do `solve`, and `take_in` what is settled; return what both do."""
    own: Whole = whole.parts
    error, outcome = solve(project, own.raw, own.tanks, own.model)
    if outcome != SETTLED:
        own.reading.rates[:] = 0.0
        return error, outcome, np.inf, False
    soonest, brimming = take_in(project, whole)
    return error, outcome, soonest, brimming


@compiled
def take_in(project: int, whole: Pinned) -> tuple[float, bool]:
    """Turn a solution into SI units; return the seconds until something changes, and whether to `fill_up`.

    Parameters
    ----------
    whole
        A `Whole`, whose raw demand is that of the solution already; its reading is written.
    """
    own: Whole = whole.parts
    raw, tanks, model, reading = own.raw, own.tanks, own.model, own.reading
    _fetch(project, raw, model, reading)
    _take_in_links(project, raw, model, own.links, reading)
    _take_in_nodes(raw, model, own.nodes, reading)
    soonest = seconds_to_change(project, raw, tanks, own.levels, reading.demand)
    if model.follows_tanks:
        soonest = min(soonest, most_of_a_step(tanks, reading.demand))
    return float(soonest), model.follows_tanks and any_brimming(tanks, reading.demand)


@compiled
def _fetch(project: int, raw: Raw, model: Model, out: Reading) -> None:
    """Get a solution from EPANET, in its own units; leaks in m3/s."""
    calls.get_node_values(project, _HEAD, out.head.ctypes.data)
    calls.get_node_values(project, _DEFICIT, out.deficit.ctypes.data)
    calls.get_link_values(project, _FLOW, out.flow.ctypes.data)
    if model.leaks:
        calls.get_node_values(project, _LEAKAGE, out.leak.ctypes.data)
        calls.get_node_values(project, _EMITTER, raw.emitter.ctypes.data)
        for i in range(len(out.leak)):
            out.leak[i] = (out.leak[i] + raw.emitter[i]) * model.flow


@compiled
def _take_in_nodes(raw: Raw, model: Model, nodes: Nodes, out: Reading) -> None:
    """Turn what was fetched of nodes into SI units, and write the rates of the whole without the pumps'."""
    delivered, drawn, from_reservoirs, missing, leaked = 0.0, 0.0, 0.0, 0.0, 0.0
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
    supplied = delivered + leaked - drawn - from_reservoirs
    if model.demand_driven:
        supplied -= missing
    out.rates[SUPPLIED], out.rates[DELIVERED] = supplied, delivered
    out.rates[MISSING], out.rates[LEAKED] = missing, leaked
    # what rounding leaves open is put down to the sources; more than that shows
    rounded = abs(open_) <= max(_OPEN_CONTINUITY * moved, model.rounding)
    out.rates[ROUNDED] = open_ if rounded else 0.0


@compiled
def _take_in_links(project: int, raw: Raw, model: Model, links: Links, out: Reading) -> None:
    """Turn what was fetched of links into SI units, and fetch what the pumps draw."""
    for i in range(len(out.flow)):
        out.flow[i] *= model.flow
        out.velocity[i] = abs(out.flow[i]) * links.per_area[i]
    power_kw = 0.0
    for i in range(len(links.pumps)):
        calls.get_link_value(project, links.pumps[i] + 1, _ENERGY, raw.value.ctypes.data)
        out.power_kw[i] = raw.value[0]
        power_kw += raw.value[0]
    out.rates[POWER_KW] = power_kw


@compiled
def step(project: int, seconds: int, rule_step: int, whole: Pinned, passed: Vector) -> tuple[int, int, bool]:
    """Let EPANET's time pass, at most so many seconds, and account it.

    Returns EPANET's error code, how many seconds passed, and whether a tank is at a limit: once it is put
    there exactly, `account` is due again.

    Parameters
    ----------
    rule_step
        How often the file's rules are evaluated, s; 0 without any.
    whole
        A `Whole` with the solution that holds meanwhile.
    passed
        See `account`.
    """
    own: Whole = whole.parts
    raw, tanks = own.raw, own.tanks
    calls.set_time(project, _HYDSTEP, seconds)
    if rule_step:  # EPANET cuts it to the hydraulic step that holds
        calls.set_time(project, _RULESTEP, min(seconds, rule_step))
    error = calls.step(project, raw.time[1:].ctypes.data)
    for i in range(len(tanks.nodes)):
        tanks.before[i] = tanks.volume[i]
    read_volume(project, raw, tanks, own.volume_unit)
    span = raw.time[1] or seconds
    account(span, whole, 0.0, passed)
    return error, span, compare_with_limits(tanks)

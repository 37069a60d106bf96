"""The steady flow of a gas: pandapipes' equations in squared pressures, solved by Newton's method.

Unknowns are the square of the absolute pressure of each node, bar2, and the mass flow m of each branch, kg/s.
A branch from node 1 to node 2 holds (D. Lohmeier, S. Drauz and others, Simulation of multi-energy systems
with pandapipes, Sustainability 12, 2020; multiplied by the sum of its pressures)

``p1^2 - p2^2 + (lift + gravity) (p1 + p2) = C Z(pm) h(m)``

with ``C = Tm pn / (1e5 Tn rho_n A^2)``, the mean pressure ``pm = 2/3 (p1^2 + p1 p2 + p2^2) / (p1 + p2)``,
the compressibility Z, and gravity by the mean of the densities at both ends. At each node flows and draws
add up to nothing. Where friction gives a branch's flow from its ends, the flow is eliminated.
"""

from math import sqrt

import numpy as np

from twin.compiled import Plain, compiled
from twin.pinned import Pinned
from twin.utilities.base import Vector
from twin.utilities.gas.elimination import factor, substitute
from twin.utilities.gas.friction import loss
from twin.utilities.gas.structures import (
    COMPRESSES,
    HOLDS,
    PASSES,
    PUMPS,
    RESISTS,
    SHARES,
    Branch,
    Equations,
    Gas,
    Layout,
    Now,
    Room,
    Sinks,
)

FOUND, NO_SOLUTION, SINGULAR = range(3)
_LEAST_BAR2 = 1e-4
_MOST_STEPS, _MOST_CAREFUL = 40, 1000
_LEAST_SHARE, _BEYOND = 2.0**-12, 1e-9
_CLOSE, _BALANCED, _SAME = 1e-6, 1e-10, 1e-13


@compiled
def compressibility(at: Vector, own: Vector, bar: float) -> tuple[float, float]:
    """Return Z and its slope at an absolute pressure, from a table."""
    i = 0
    while i < len(at) - 2 and bar > at[i + 1]:
        i += 1
    slope = (own[i + 1] - own[i]) / (at[i + 1] - at[i])
    return own[i] + slope * (bar - at[i]), slope


@compiled
def root(square: float) -> float:
    """Return the pressure of a square; below a hundredth of a bar it is that."""
    return sqrt(max(square, _LEAST_BAR2))


@compiled
def _pumped(curve: Vector, flow: float, inlet: float, m3_per_h: float) -> tuple[float, float, float]:
    """Return by how much a pump lifts the pressure, bar, and its derivatives by inlet pressure and flow.

    Parameters
    ----------
    m3_per_h
        At the inlet, of 1 kg/s.
    """
    volume, value, slope = flow * m3_per_h, 0.0, 0.0
    for k in range(len(curve)):
        slope = slope * volume + value
        value = value * volume + curve[k]
    if value <= 0.0 or flow < 0.0:
        return 0.0, 0.0, 0.0
    return value, -slope * volume / inlet, slope * m3_per_h


@compiled
def _measured(gas: Gas, own: Branch, at: Layout, sinks: Sinks, now: Now, room: Room, scale: Vector) -> float:
    """Write what is open in all equations; return the most of it, over squared pressure and flow."""
    room.balance[:] = now.fed
    room.slope[:] = 0.0
    worst = 0.0
    square, flows, balance, error = now.square, now.flow, room.balance, room.error
    kinds, starts, ends = at.kind, own.start, own.end
    for b in at.live:
        kind = kinds[b]
        balance[starts[b]] -= flows[b]
        balance[ends[b]] += flows[b]
        if kind == PASSES:
            continue
        if kind == HOLDS:
            error[b] = square[at.other[b]] - now.given[b]
        elif kind == SHARES:
            error[b] = flows[b] - own.ratio[b] * flows[at.other[b]]
    _lose(gas, own, at, now, room)
    for b in at.live:
        if kinds[b] != PASSES:
            worst = max(worst, abs(error[b]) / scale[1 if kinds[b] == SHARES else 0])
    _deliver(sinks, now, room)
    for node in range(len(at.node)):
        if at.node[node] >= 0:
            worst = max(worst, abs(balance[node]) / scale[1])
    return worst


@compiled
def _lose(gas: Gas, own: Branch, at: Layout, now: Now, room: Room) -> None:
    """Write how far the equations of branches between pressures are from being held, and their derivatives.

    What it needs is taken out of its structures first: handing these on costs more than the equations.
    """
    kinds, starts, ends, square, flows = at.kind, own.start, own.end, now.square, now.flow
    scale, gravity, dense_start, dense_end = own.scale, own.gravity, own.dense_start, own.dense_end
    model, per_flow, rough, fixed = own.model, own.per_flow, own.rough, own.fixed
    length, single, ratio = own.length, own.single, own.ratio
    error, by_start, by_end, by_flow = room.error, room.by_start, room.by_end, room.by_flow
    at_bar, of_bar = gas.at_bar, gas.compressibility
    for b in at.live:
        kind = kinds[b]
        if kind > COMPRESSES:
            continue
        first, last = root(square[starts[b]]), root(square[ends[b]])
        both, flow = first + last, flows[b]
        push, push_first, push_last, c = 0.0, 0.0, 0.0, 0.0
        if gravity[b] != 0.0:
            z, _ = compressibility(at_bar, of_bar, first)
            push_first = 0.5 * gravity[b] * dense_start[b] / z
            z, _ = compressibility(at_bar, of_bar, last)
            push_last = 0.5 * gravity[b] * dense_end[b] / z
            push = push_first * first + push_last * last
        if kind == COMPRESSES and flow >= 0.0:
            push += (ratio[b] - 1.0) * first
            push_first += ratio[b] - 1.0
        elif kind == PUMPS:
            z, _ = compressibility(at_bar, of_bar, first)
            lift, by_inlet, c = _pumped(own.curve[b], flow, first, own.m3_per_h[b] * z / first)
            push, push_first, c = push + lift, push_first + by_inlet, c * both
        open_part = square[starts[b]] - square[ends[b]] + push * both
        a = 1.0 + (push + push_first * both) / (2.0 * first)
        d = -1.0 + (push + push_last * both) / (2.0 * last)
        if kind == RESISTS:
            mean = 2.0 / 3.0 * (first * first + first * last + last * last) / both
            z, z_slope = compressibility(at_bar, of_bar, mean)
            h, h_slope, _ = loss(flow, model[b], per_flow[b], rough[b], fixed[b], length[b], single[b])
            open_part -= scale[b] * z * h
            c = -scale[b] * z * h_slope
            lean = scale[b] * h * z_slope * (2.0 / 3.0) / (both * both)
            a -= lean * (first + 2.0 * last) / 2.0
            d -= lean * (last + 2.0 * first) / 2.0
        error[b], by_start[b], by_end[b], by_flow[b] = open_part, a, d, c


@compiled
def _deliver(sinks: Sinks, now: Now, room: Room) -> None:
    """Take what sinks draw off the balance of their nodes, with the slope of it by the squared pressure."""
    nodes, needs, outer, wanted, parts = sinks.node, sinks.needs, sinks.outer, now.wanted, now.part
    square, balance, slope = now.square, room.balance, room.slope
    ranks = wanted.shape[1]
    for i in range(len(nodes)):
        node = nodes[i]
        bar = root(square[node])
        band = 0.5 * needs[i] / ranks
        for r in range(ranks):
            low = needs[i] - band * (r + 1) + outer[i]
            part = min(max((bar - low) / band, 0.0), 1.0)
            parts[i, r] = part
            balance[node] -= wanted[i, r] * part
            if 0.0 < part < 1.0:
                slope[node] += wanted[i, r] / (band * 2.0 * bar)


@compiled
def assemble(own: Branch, at: Layout, room: Room) -> None:
    """Write the matrix and the right side of a step.

    Entries of a branch: that friction rules: start by start and end, end by start and end; else the balance
    of start and end by its flow, then its own equation by start and end, or by what it holds and its flow.
    """
    nodes = at.node
    size = len(room.right)
    room.entries[:size] = 0.0
    for node in range(len(nodes)):
        if nodes[node] >= 0:
            room.right[nodes[node]] = -room.balance[node]
            room.entries[nodes[node]] = -room.slope[node]
    for b in at.live:
        kind, slot = at.kind[b], at.slots[b]
        s, e = nodes[own.start[b]], nodes[own.end[b]]
        if kind == RESISTS:
            inverse = -1.0 / room.by_flow[b]
            a, d, f = room.by_start[b] * inverse, room.by_end[b] * inverse, room.error[b] * inverse
            if s >= 0:
                room.entries[s] -= a
                room.right[s] += f
            if e >= 0:
                room.entries[e] += d
                room.right[e] -= f
            if slot[0] >= 0:
                room.entries[slot[0]] = -d
                room.entries[slot[1]] = a
            continue
        row = at.branch[b]
        if row < 0:
            continue
        room.right[row] = -room.error[b]
        if slot[0] >= 0:
            room.entries[slot[0]] = -1.0
        if slot[1] >= 0:
            room.entries[slot[1]] = 1.0
        if kind == HOLDS:
            if slot[2] >= 0:
                room.entries[slot[2]] = 1.0
        elif kind == SHARES:
            room.entries[slot[2]] = -own.ratio[b]
            room.entries[row] = 1.0
        else:
            if slot[2] >= 0:
                room.entries[slot[2]] = room.by_start[b]
            if slot[3] >= 0:
                room.entries[slot[3]] = room.by_end[b]
            room.entries[row] = room.by_flow[b]


@compiled
def _move(own: Branch, at: Layout, now: Now, room: Room, share: float, flow: float) -> float:
    """Go a part of a step from what is kept; return the most that unknowns move, over pressure and `flow`."""
    most = 0.0
    for node in range(len(at.node)):
        k = at.node[node]
        if k >= 0:
            now.square[node] = room.kept_square[node] + share * room.step[k]
            most = max(most, abs(share * room.step[k]) / max(now.square[node], _LEAST_BAR2))
    for b in at.live:
        kind = at.kind[b]
        if kind == RESISTS:
            s, e = at.node[own.start[b]], at.node[own.end[b]]
            change = room.error[b]
            change += room.by_start[b] * room.step[s] if s >= 0 else 0.0
            change += room.by_end[b] * room.step[e] if e >= 0 else 0.0
            now.flow[b] = room.kept_flow[b] - share * change / room.by_flow[b]
        elif at.branch[b] >= 0:
            now.flow[b] = room.kept_flow[b] + share * room.step[at.branch[b]]
        most = max(most, abs(now.flow[b] - room.kept_flow[b]) / flow)
    return most


@compiled
def _to_bend(at: Layout, sinks: Sinks, now: Now, room: Room) -> float:
    """Return the part of a step until delivery at a sink begins to fall otherwise, 1 if none does."""
    ranks, part = now.wanted.shape[1], 1.0
    for i in range(len(sinks.node)):
        k = at.node[sinks.node[i]]
        if k < 0 or room.step[k] == 0.0:
            continue
        square, band = now.square[sinks.node[i]], 0.5 * sinks.needs[i] / ranks
        for r in range(ranks + 1):
            bend = (sinks.needs[i] - band * r + sinks.outer[i]) ** 2
            until = (bend - square) / room.step[k]
            if until > _BEYOND:
                part = min(part, until * (1.0 + _BEYOND) + _BEYOND)
    return part


@compiled
def _step(parts: Equations, scale: Vector, share: float, kept: Plain) -> tuple[float, float]:
    """Go a part of a step from what is kept; return how far pressures moved and what is open then."""
    gas, own, at, sinks, now, room = parts
    room.error[:], room.by_start[:], room.by_end[:], room.by_flow[:] = kept
    moved = _move(own, at, now, room, share, scale[1])
    return moved, _measured(gas, own, at, sinks, now, room, scale)


@compiled
def solve(grid: Pinned, pattern: Pinned, scale: Vector, careful: bool) -> int:
    """Find the steady state of a switching state from where the network is.

    Parameters
    ----------
    grid, pattern
        An `Equations` and a `Pattern`.
    scale
        Squared pressure and flow of the network, by which what is open in equations is judged.
    careful
        No step goes beyond where delivery at a sink begins to fall otherwise (J. Katzenelson, An algorithm
        for solving nonlinear resistor networks, 1965); else it is halved until less is open.

    Returns
    -------
    int
        `FOUND`, `NO_SOLUTION` or `SINGULAR`.
    """
    parts: Equations = grid.parts
    gas, own, at, sinks, now, room = parts
    for b in at.live:
        if at.kind[b] == PASSES:
            now.flow[b] = now.given[b]
    open_part = _measured(gas, own, at, sinks, now, room, scale)
    if open_part <= _SAME:
        return FOUND
    for _ in range(_MOST_CAREFUL if careful else _MOST_STEPS):
        assemble(own, at, room)
        if not factor(pattern, room.entries):
            return SINGULAR
        substitute(pattern, room.right, room.step)
        room.kept_square[:], room.kept_flow[:] = now.square, now.flow
        kept = room.error.copy(), room.by_start.copy(), room.by_end.copy(), room.by_flow.copy()
        share = _to_bend(at, sinks, now, room) if careful else 1.0
        moved, reached = _step(parts, scale, share, kept)
        best, best_share = reached, share
        while not careful and share > _LEAST_SHARE:
            if reached <= max(open_part * (1.0 - 0.1 * share), _BALANCED):
                break
            share *= 0.5
            moved, reached = _step(parts, scale, share, kept)
            if reached < best:
                best, best_share = reached, share
        if share != best_share:
            moved, best = _step(parts, scale, best_share, kept)
        if not best < np.inf:
            return NO_SOLUTION
        open_part = best
        if moved <= _CLOSE and open_part <= _BALANCED:
            return FOUND
    return NO_SOLUTION


@compiled
def most_flow(wanted: Vector, fed: Vector, given: Vector) -> float:
    """Return the flow of a network, kg/s: what is asked for, fed in or given to a branch, if that is more."""
    drawn, entering, most = 0.0, 0.0, 1e-9
    for flow in wanted.ravel():
        drawn += flow
    for flow in fed:
        entering += abs(flow)
    for flow in given:
        most = max(most, abs(flow))
    return max(most, drawn, entering)


@compiled
def measure(grid: Pinned, scale: Vector) -> float:
    """Write what is open in all equations where the network is; return the most of it."""
    gas, own, at, sinks, now, room = grid.parts
    most: float = _measured(gas, own, at, sinks, now, room, scale)
    return most

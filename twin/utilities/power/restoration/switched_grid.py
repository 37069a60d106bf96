"""A grid at one instant under any switching of its ways."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from twin.compiled import Plain
from twin.utilities.base import Mask, Vector
from twin.utilities.power.compile import Compiled, Fold, fold
from twin.utilities.power.elimination import Elimination, eliminate
from twin.utilities.power.kept_factors import keep
from twin.utilities.power.load_flow import Solution, start_of, sum_by_bus
from twin.utilities.power.outage_updates import slots
from twin.utilities.power.restoration.kernels import Found, Wires, flow, glance, glances, loop, reach
from twin.utilities.power.restoration.ways import Meshed
from twin.utilities.power.rules import NO_RULES, Complex, Index
from twin.utilities.power.state import Matrices, rated_branches
from twin.utilities.power.taps import entries


class Bounds(NamedTuple):
    """What may not be passed: percent of each branch's rating, MVA of each supply, voltages in pu."""

    loading: Vector
    supply_mva: Vector
    lowest_pu: Vector
    highest_pu: Vector


class Judged(NamedTuple):
    """What a switching leads to; copies.

    Attributes
    ----------
    alive
        By bus.
    loading
        Percent of rating by branch.
    supply
        Of each external grid, MVA.
    voltage
        Of each bus, pu; 0 where dead.
    """

    alive: Mask
    loading: Vector
    supply: Complex
    voltage: Complex

    @property
    def voltage_pu(self) -> Vector:
        """Return the magnitude at each bus."""
        return np.abs(self.voltage)

    @property
    def supply_mva(self) -> Vector:
        """Return the magnitude of each external grid's supply."""
        return np.abs(self.supply)

    def worst(self, bounds: Bounds) -> float:
        """Return the highest loading over its bound; infinite where a voltage is beyond its own."""
        low = self.voltage_pu < bounds.lowest_pu
        if ((low | (self.voltage_pu > bounds.highest_pu)) & self.alive).any():
            return np.inf
        return float(
            max(
                (self.loading / bounds.loading).max(initial=0.0),
                (self.supply_mva / bounds.supply_mva).max(initial=0.0),
            )
        )


class SwitchedGrid:
    """Solves one instant of a grid under one switching after another, taps as they are.

    Loads draw constant power, whatever the file says of how they follow the voltage, and generators hold
    their voltage.

    Parameters
    ----------
    meshed, matrices
        The grid with all ways closed, and its admittances at the taps of the instant.
    instant
        The solution from which it begins.
    refs
        Buses with a source that is left, of those in the meshed state.

    Attributes
    ----------
    wanted_mw
        What would miss at each bus if it were dead.
    """

    def __init__(self, meshed: Meshed, matrices: Matrices, instant: Solution, refs: Index) -> None:
        net = meshed.state.compiled
        self._state = meshed.state
        gone = _unreached(net, refs)
        demoted = np.setdiff1d(net.ref, refs)
        plain = replace(
            net,
            ref=refs,
            pq=np.setdiff1d(np.union1d(net.pq, demoted), gone),
            pv=np.setdiff1d(net.pv, gone),
            rules=NO_RULES,
        )
        folded = fold(plain, gone)
        pattern = eliminate(folded)
        assert pattern is not None  # no slack is shared
        load = np.zeros(len(net.start), dtype=np.complex128)
        sum_by_bus(meshed.state.bus_of_load, instant.served, load)
        self.wanted_mw = _wanted(meshed, instant)
        self._pattern: Plain = tuple(pattern)
        self._kept: Plain = tuple(keep(pattern))
        known = instant.by_bus()
        start = _spread(plain, start_of(plain, known), np.abs(known) > 0.0)
        self._wires = _wires(meshed, matrices, folded, pattern, plain, start, load)
        self._plain: Plain = tuple(self._wires)
        size, sources = len(net.start), len(meshed.state.sources)
        self._found = Found(
            np.zeros(size, dtype=bool),
            np.zeros(size, dtype=np.complex128),
            np.zeros(len(net.f)),
            np.zeros(sources, dtype=np.complex128),
        )
        self._queue = np.empty(size, dtype=np.intp)
        self._supplied = np.isin(meshed.state.sources, refs)

    def alive(self, stands: Index) -> Mask:
        """Return which buses a source reaches."""
        found = np.zeros(len(self._wires.start), dtype=bool)
        reach(self._plain, stands, found, self._queue)
        return found

    def loop(self, stands: Index, branch: int) -> Index:
        """Return the closed branches that would be a loop with another one, all sources taken as one."""
        return np.asarray(
            loop(self._plain, stands, int(self._wires.f[branch]), int(self._wires.t[branch])), dtype=np.intp
        )

    def glance(self, stands: Index, missed: Mask, bounds: Bounds) -> tuple[float, float]:
        """Return what of some buses a switching serves, MW, and how loaded it is at least: see `glance`."""
        highest = float(bounds.highest_pu.max(initial=0.0))
        restored, strain = glance(self._plain, stands, self.wanted_mw, missed, bounds.loading, highest)
        return float(restored), float(strain)

    def glances(
        self, stands: Index, opening: Index, opened: Index, missed: Mask, bounds: Bounds
    ) -> list[tuple[float, float]]:
        """Return the same with each of some branches opened in turn; `opened`: how each stands then."""
        highest = float(bounds.highest_pu.max(initial=0.0))
        found = glances(self._plain, stands, opening, opened, self.wanted_mw, missed, bounds.loading, highest)
        return [(restored, strain) for restored, strain in found.tolist()]

    def touches(self, branch: int, buses: Mask) -> bool:
        """Return whether a branch ends at any of some buses."""
        return bool(buses[self._wires.f[branch]] or buses[self._wires.t[branch]])

    def crosses(self, branch: int, buses: Mask) -> bool:
        """Return whether a branch ends at one of some buses, and its other end at none of them."""
        return bool(buses[self._wires.f[branch]] != buses[self._wires.t[branch]])

    def solve(self, stands: Index) -> Judged | None:
        """Return what a switching leads to, None if it has no solution."""
        found = self._found
        if not flow(self._plain, self._pattern, self._kept, stands, tuple(found)):
            return None
        state = self._state
        slack = found.slack * state.compiled.base_mva
        given = (slack[state.ext_slack] - state.ext_other) * state.ext_share
        supply = given * self._supplied[state.ext_slack]
        return Judged(found.alive.copy(), found.loading.copy(), supply, found.voltage.copy())

    def feed(self, bus: int, mw: float) -> None:
        """Let so much more be fed in at a bus, at power factor 1."""
        self._wires.load[bus] -= mw

    def into_mw(self, judged: Judged, ends: Index) -> Vector:
        """Return the power into some branches at some of their ends: all from, then all to."""
        at, v = self._wires, judged.voltage
        here = np.concatenate([at.f, at.t])[ends]
        there = np.concatenate([at.t, at.f])[ends]
        current = at.own[ends] * v[here] + at.mutual[ends] * v[there]
        return np.asarray((v[here] * current.conj()).real * at.base_mva)


def bounds_of(
    meshed: Meshed,
    names: Mapping[str, Sequence[str]],
    emergency_factor: float,
    supply_mva: Vector,
    voltages_pu: tuple[float, float],
) -> Bounds:
    """Return what elements may carry in an emergency, and the band of voltages."""
    _, limit = rated_branches(meshed.state, names, emergency_factor)
    size = len(meshed.state.compiled.start)
    return Bounds(limit, supply_mva, np.full(size, voltages_pu[0]), np.full(size, voltages_pu[1]))


def relaxed(bounds: Bounds, before: Judged) -> Bounds:
    """Return bounds that what is beyond them before anything is switched need not come within."""
    live, volts = before.alive, before.voltage_pu
    return Bounds(
        np.maximum(bounds.loading, before.loading),
        np.maximum(bounds.supply_mva, before.supply_mva),
        np.where(live, np.minimum(bounds.lowest_pu, volts), bounds.lowest_pu),
        np.where(live, np.maximum(bounds.highest_pu, volts), bounds.highest_pu),
    )


def _wanted(meshed: Meshed, instant: Solution) -> Vector:
    layout, wanted = meshed.state.layout, np.zeros(len(meshed.state.compiled.start))
    loads = layout.load_bus >= 0
    np.add.at(wanted, layout.load_bus[loads], np.maximum(instant.served[0], 0.0)[loads])
    others = (layout.constant_bus >= 0) & ~layout.constant_link
    np.add.at(wanted, layout.constant_bus[others], np.maximum(layout.constant_mw, 0.0)[others])
    return wanted


def _unreached(net: Compiled, refs: Index) -> Index:
    """Return the buses that hang together with no source that is left, whatever is closed."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = len(net.start)
    graph = coo_matrix((np.ones(len(net.f)), (net.f, net.t)), shape=(size, size))
    island = connected_components(graph, directed=False)[1]
    return np.flatnonzero(~np.isin(island, island[refs])).astype(np.intp)


def _spread(net: Compiled, voltage: Complex, known: Mask) -> Complex:
    """Return voltages to begin with: where none is known, the nearest known one, turned as `runpp` would.

    Parameters
    ----------
    known
        By bus of the net, whether its voltage is.
    """
    starts, _, others = _near(net)
    settled = np.zeros(len(voltage), dtype=bool)
    settled[net.bus[known & (net.bus >= 0)]] = True
    settled[net.ref] = True
    waiting = deque(np.flatnonzero(settled).tolist())
    while waiting:
        bus = waiting.popleft()
        for other in others[starts[bus] : starts[bus + 1]].tolist():
            if not settled[other]:
                settled[other] = True
                voltage[other] = voltage[bus] * net.start[other] / net.start[bus]
                waiting.append(other)
    return voltage


def _wires(
    meshed: Meshed,
    matrices: Matrices,
    folded: Fold,
    pattern: Elimination,
    net: Compiled,
    start: Complex,
    load: Complex,
) -> Wires:
    ends = ((net.f, net.f), (net.f, net.t), (net.t, net.f), (net.t, net.t))
    slot, factor = slots(folded, len(net.ybus.data))
    place_of = np.full(len(pattern.source) + 1, -1, dtype=np.intp)
    place_of[pattern.source] = np.arange(len(pattern.source))
    four = np.stack([entries(net, a, b) for a, b in ends], axis=-1)
    each = np.arange(len(net.start))
    starts, links, others = _near(net)
    return Wires(
        f=net.f,
        t=net.t,
        own=matrices.own,
        mutual=matrices.mutual,
        places=place_of[slot[four]],
        factors=factor[four],
        diagonal=place_of[slot[entries(net, each, each)]],
        admittance=folded.matrix(matrices.data).data[pattern.source],
        shunt=net.shunt + 1j * net.susceptance,
        starts=starts,
        links=links,
        others=others,
        refs=net.ref,
        scales=meshed.state.scales,
        slack_of=_slack_of(meshed, net.ref),
        start=start,
        fixed=net.fixed,
        load=load,
        base_mva=net.base_mva,
    )


def _slack_of(meshed: Meshed, refs: Index) -> Index:
    """Return which source each bus is that has one left, -1 for the others."""
    of = np.full(len(meshed.state.compiled.start), -1, dtype=np.intp)
    of[meshed.state.sources] = np.arange(len(meshed.state.sources))
    of[np.setdiff1d(np.arange(len(of)), refs)] = -1
    return of


def _near(net: Compiled) -> tuple[Index, Index, Index]:
    """Return by bus where its branches begin, they, and the buses at their other ends."""
    count = len(net.f)
    bus = np.concatenate([net.f, net.t])
    order = np.argsort(bus, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(bus, minlength=len(net.start)))])
    return starts.astype(np.intp), (order % count).astype(np.intp), np.concatenate([net.t, net.f])[order]

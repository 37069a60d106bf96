"""What each single outage changes in the compiled matrices of a grid.

An outage that cuts nothing off takes its branches' admittances out. Where it cuts buses off, they lose
their loads, and hang on by one branch of unit admittance without charging: no current flows, so the rest
is solved exactly as if they were gone, in the same matrix pattern.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.utilities.base import Mask
from twin.utilities.power.compile import Compiled, Fold
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.rules import Complex, Index
from twin.utilities.power.taps import entries

_NONE: Index = np.zeros(0, dtype=np.intp)
_UNIT = np.array([-1.0j, 1.0j, 1.0j, -1.0j])
"""A reactance: without one a bus's angle has no pivot in the order in which buses are eliminated."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One outage.

    Attributes
    ----------
    asset
        What is out.
    out
        Its internal branches.
    refs
        Slack buses that are left.
    dead, hung
        Buses that are cut off, and a live bus they hang on by.
    slots, values
        Places in the folded matrix and what to add there; None if the outage needs a fold of its own.
    """

    asset: str
    out: Index
    refs: Index
    dead: Index
    hung: int
    slots: Index | None
    values: Complex


class Plans:
    """Prepares the outages of one solved switching state.

    Parameters
    ----------
    solution
        The intact grid.
    names
        Each element's name by table.
    """

    def __init__(self, solution: Solution, names: Mapping[str, Sequence[str]]) -> None:
        self._state, self._matrices = solution.state, solution.matrices
        net = self._net = solution.state.compiled
        ends = ((net.f, net.f), (net.f, net.t), (net.t, net.f), (net.t, net.t))
        self.entries = np.stack([entries(net, a, b) for a, b in ends], axis=-1)
        self._diagonal = entries(net, np.arange(len(net.start)), np.arange(len(net.start)))
        self._slot, self._factor = slots(solution.state.fold, len(net.ybus.data))
        self._near = _neighbours(net)
        self._cut = _cut_off_by(net, self._near)
        self._holds_voltage = np.zeros(len(net.start), dtype=bool)
        self._holds_voltage[net.pv] = True
        self._names = names
        count = len(net.f)
        y = solution.matrices
        self.leaving = np.stack([y.own[:count], y.mutual[:count], y.mutual[count:], y.own[count:]], axis=-1)
        self._taken = self._slot[self.entries]
        self._inside: Mask = np.all(self._taken >= 0, axis=1)
        self._off = -self.leaving * self._factor[self.entries]

    def __iter__(self) -> Iterator[Plan]:
        places, names, refs = self._state.places, self._names, self._net.ref
        for table, rows in (("line", places.line), ("trafo", places.trafo)):
            for name, row in zip(names[table], rows.tolist(), strict=True):
                if row >= 0:
                    yield self._branches(f"power/{name}", [row], self._cut.get(row, []))
        for name, three in zip(names["trafo3w"], places.trafo3w.T.tolist(), strict=True):
            if min(three) >= 0:
                yield self._branches(f"power/{name}", three, self._unreached(three))
        for i, name in enumerate(names["ext_grid"]):
            share = self._state.ext_share[i]
            if share > 0.0:
                at = self._state.sources[self._state.ext_slack[i]]
                left = refs if share < 1.0 else refs[refs != at]
                dead = self._without_source(left)
                yield Plan(f"power/{name}", _NONE, left, dead, -1, None, np.zeros(0, dtype=np.complex128))

    def _branches(self, asset: str, out: list[int], dead: list[int]) -> Plan:
        net, branches = self._net, np.array(out, dtype=np.intp)
        cut = np.array(dead, dtype=np.intp)
        if not dead and self._inside[out].all():
            return Plan(
                asset, branches, net.ref, cut, -1, self._taken[branches].ravel(), self._off[branches].ravel()
            )
        if self._holds_voltage[cut].any():
            return Plan(asset, branches, net.ref, cut, -1, None, np.zeros(0, dtype=np.complex128))
        at, values = [self.entries[branches].ravel()], [-self.leaving[branches].ravel()]
        hung = -1
        if dead:
            inside = sorted({link for bus in dead for link, _ in self._near[bus]} - set(out))
            holds, hung = self._hold_on(out, set(dead))
            kept = [*inside, *holds]
            at += [self.entries[inside].ravel(), self.entries[kept].ravel(), self._diagonal[cut]]
            values += [
                -self.leaving[inside].ravel(),
                np.tile(_UNIT, len(kept)),
                -(net.shunt[cut] + 1j * net.susceptance[cut]),
            ]
        place, value = np.concatenate(at), np.concatenate(values)
        used = self._slot[place] >= 0
        place, value = place[used], value[used]
        return Plan(asset, branches, net.ref, cut, hung, self._slot[place], value * self._factor[place])

    def _hold_on(self, out: list[int], dead: set[int]) -> tuple[list[int], int]:
        """Return the branches by which each cut-off part hangs on to the rest, and a live bus of theirs."""
        loose, kept, live = set(dead), [], -1
        for _ in out:
            for link in out:
                f, t = int(self._net.f[link]), int(self._net.t[link])
                if (f in loose) != (t in loose):
                    kept.append(link)
                    live = live if live >= 0 else (t if f in loose else f)
                    loose -= self._part(f if f in loose else t, loose, out)
        return kept, live

    def _part(self, bus: int, loose: set[int], out: list[int]) -> set[int]:
        part, frontier = {bus}, [bus]
        while frontier:
            frontier = [
                other
                for at in frontier
                for link, other in self._near[at]
                if link not in out and other in loose and other not in part
            ]
            part.update(frontier)
        return part

    def _without_source(self, refs: Index) -> Index:
        """Return the buses of islands in which none of these slack buses stands."""
        fed = np.zeros(len(self._island), dtype=bool)
        fed[self._island[refs]] = True
        return np.flatnonzero(~fed[self._island])

    @cached_property
    def _island(self) -> Index:
        net, size = self._net, len(self._net.start)
        graph = coo_matrix((np.ones(len(net.f)), (net.f, net.t)), shape=(size, size))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)

    def _unreached(self, out: list[int]) -> list[int]:
        """Return the buses that reach no slack bus without some branches."""
        waiting = self._net.ref.tolist()
        reached = set(waiting)
        while waiting:
            for link, other in self._near[waiting.pop()]:
                if other not in reached and link not in out:
                    reached.add(other)
                    waiting.append(other)
        return [bus for bus in range(len(self._net.start)) if bus not in reached]


def slots(fold: Fold, count: int) -> tuple[Index, Complex]:
    """Return where each entry of the full matrix goes in the folded one, -1 if nowhere, and its factor."""
    slot, factor = np.full(count, -1, dtype=np.intp), np.zeros(count, dtype=np.complex128)
    rows = np.repeat(np.arange(fold.operator.shape[0]), np.diff(fold.operator.indptr))
    slot[fold.operator.indices] = rows
    factor[fold.operator.indices] = fold.operator.data
    return slot, factor


def _neighbours(net: Compiled) -> list[list[tuple[int, int]]]:
    near: list[list[tuple[int, int]]] = [[] for _ in range(len(net.start))]
    for link, (f, t) in enumerate(zip(net.f.tolist(), net.t.tolist(), strict=True)):
        near[f].append((link, t))
        near[t].append((link, f))
    return near


def _cut_off_by(net: Compiled, near: list[list[tuple[int, int]]]) -> dict[int, list[int]]:
    """Return the buses that each bridge cuts off from every slack bus.

    Tarjan's bridges (R. E. Tarjan, A note on finding the bridges of a graph, 1974): depth first from the
    slack buses taken as one; a tree branch whose subtree reaches no higher than itself is a bridge.
    """
    order: dict[int, int] = dict.fromkeys(net.ref.tolist(), 0)
    low, cut = dict(order), {}
    visited: list[int] = []
    for root in net.ref.tolist():
        stack = [(root, -1, iter(near[root]), len(visited))]
        while stack:
            bus, by, ways, first = stack[-1]
            for link, other in ways:
                if link == by:
                    continue
                if other in order:
                    low[bus] = min(low[bus], order[other])
                    continue
                order[other] = low[other] = len(order) + 1
                visited.append(other)
                stack.append((other, link, iter(near[other]), len(visited) - 1))
                break
            else:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[bus])
                    if low[bus] >= order[bus]:
                        cut[by] = visited[first:]
    return cut

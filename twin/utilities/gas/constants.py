"""A gas file as the constants of its equations, and a switching state as their layout."""

from math import pi
from typing import NamedTuple

import numpy as np

from twin.pinned import Pinned
from twin.utilities.base import Mask, Vector
from twin.utilities.gas.fluid import NORMAL_BAR, NORMAL_K
from twin.utilities.gas.friction import GIVEN, NIKURADSE
from twin.utilities.gas.gas_file import GasFile
from twin.utilities.gas.names import BRANCHES
from twin.utilities.gas.structures import (
    COMPRESSES,
    HOLDS,
    LOSSLESS,
    PASSES,
    PUMPS,
    RESISTS,
    SHARES,
    Branch,
    Gas,
    Index,
    Layout,
    Room,
)

_GRAVITY = 9.81
_PA_PER_BAR = 1e5


def gas_of(file: GasFile) -> Gas:
    """Return the gas as the equations need it."""
    own = file.fluid
    return Gas(own.density, own.compressibility.x, own.compressibility.y)


def branch_of(file: GasFile, entry_k: Vector) -> Branch:
    """Return the constants of all branches, at whose starts the gas has such temperatures."""
    own, nodes, fluid = file.branches, file.nodes, file.fluid
    mean_k = (entry_k + own.outlet_k) / 2.0
    area = pi * (own.diameter / 2.0) ** 2
    scale = NORMAL_BAR / (NORMAL_K * _PA_PER_BAR * fluid.density) / area**2 * mean_k
    with np.errstate(divide="ignore"):
        smooth = np.where(own.roughness > 0.0, own.diameter / own.roughness, np.inf)
        nikuradse = 1.0 / (2.0 * np.log10(smooth) + 1.14) ** 2
    fixed = np.where(own.friction == GIVEN, own.factor, np.where(own.friction == NIKURADSE, nikuradse, 0.0))
    height = nodes.height_m[own.start] - nodes.height_m[own.end]
    dense = fluid.density * NORMAL_K / NORMAL_BAR
    ratio, curve = np.ones(len(own.row)), np.zeros((len(own.row), max([1, *map(len, file.curves)])))
    for b in np.flatnonzero(own.table == BRANCHES.index("compressor")):
        ratio[b] = file.ratios[own.row[b]]
    for b in np.flatnonzero(own.table == BRANCHES.index("pump")):
        terms = file.curves[own.row[b]]
        curve[b, curve.shape[1] - len(terms) :] = terms
    inlet = 3600.0 / fluid.density * NORMAL_BAR * entry_k / NORMAL_K
    return Branch(
        own.start,
        own.end,
        scale,
        own.friction,
        own.diameter / (fluid.viscosity.at(mean_k) * area),
        own.roughness / own.diameter,
        fixed,
        own.length / own.diameter,
        own.loss,
        _GRAVITY * height / _PA_PER_BAR,
        dense / entry_k,
        dense / own.outlet_k,
        ratio,
        curve,
        inlet,
    )


def kinds_of(file: GasFile) -> Index:
    """Return what each branch does by itself when it is in: regulators that do not act are open."""
    own = file.branches
    losing = (own.length > 0.0) | (own.loss > 0.0)
    kinds = np.where(losing, RESISTS, LOSSLESS).astype(np.intp)
    kinds[own.table == BRANCHES.index("pump")] = PUMPS
    kinds[own.table == BRANCHES.index("compressor")] = COMPRESSES
    control = np.flatnonzero(own.table == BRANCHES.index("flow_control"))
    kinds[control[file.flows[1][own.row[control]]]] = PASSES
    return kinds


class State(NamedTuple):
    """A switching state, compiled.

    Attributes
    ----------
    layout, room
        For the equations.
    rows, columns
        Of the entries of the matrix.
    pattern
        Its order of elimination, once it is chosen; pinned.
    equations
        All of them, `Equations`, pinned.
    """

    layout: Layout
    room: Room
    rows: Index
    columns: Index
    pattern: list[Pinned]
    equations: Pinned | None = None


def compile_state(own: Branch, kind: Index, other: Index, live: Mask, solved: Mask) -> State:
    """Lay out the equations of a switching state.

    Parameters
    ----------
    kind, other
        What each branch does; the node that it holds, or the branch of which it carries a part.
    live
        Branches that are in.
    solved
        Nodes whose pressure is unknown.
    """
    node = np.full(len(solved), -1, dtype=np.intp)
    node[solved] = np.arange(solved.sum())
    branch = np.full(len(kind), -1, dtype=np.intp)
    kept = np.flatnonzero(live & np.isin(kind, (LOSSLESS, PUMPS, COMPRESSES, HOLDS, SHARES)))
    size = int(solved.sum()) + len(kept)
    branch[kept] = np.arange(size - len(kept), size)
    rows, columns = list(range(size)), list(range(size))
    slots = np.full((len(kind), 4), -1, dtype=np.intp)

    def put(b: int, slot: int, row: int, column: int) -> None:
        if row >= 0 and column >= 0:
            slots[b, slot] = len(rows)
            rows.append(row)
            columns.append(column)

    for b in np.flatnonzero(live).tolist():
        s, e, k = int(node[own.start[b]]), int(node[own.end[b]]), int(branch[b])
        if kind[b] == RESISTS:
            if s != e:
                put(b, 0, s, e)
                put(b, 1, e, s)
        elif k >= 0:
            put(b, 0, s, k)
            put(b, 1, e, k)
            if kind[b] == HOLDS:
                put(b, 2, k, int(node[other[b]]))
            elif kind[b] == SHARES:
                put(b, 2, k, int(branch[other[b]]))
            else:
                put(b, 2, k, s)
                put(b, 3, k, e)
    layout = Layout(kind.copy(), node, branch, other.copy(), slots, np.flatnonzero(live).astype(np.intp))
    return State(layout, _room(len(kind), len(solved), size, len(rows)), _places(rows), _places(columns), [])


def _places(values: list[int]) -> Index:
    return np.array(values, dtype=np.intp)


def _room(branches: int, nodes: int, size: int, entries: int) -> Room:
    def zeros(count: int) -> Vector:
        return np.zeros(count)

    sizes = (entries, size, size, *[branches] * 4, *[nodes] * 3, branches)
    return Room._make(map(zeros, sizes))

"""The ways of a grid that its switches open and close, and the grid with all of them closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.utilities.base import Mask
from twin.utilities.power.compile import in_service
from twin.utilities.power.rules import Index
from twin.utilities.power.state import State

IN, OPEN_AT_FROM, OPEN_AT_TO, OUT = range(4)
"""How a branch stands: closed, hanging on one end, or on none."""
_SWITCH_PU = 1e-6
"""Impedance of a switch between buses, which ideal ones would have to be fused for."""


@dataclass(frozen=True, slots=True)
class Way:
    """A line, a transformer or a pair of buses that switches connect.

    Attributes
    ----------
    branch
        Its internal branch.
    now
        How it stands: `IN`, or as its open switches leave it.
    opened
        How it stands once its first switch is open.
    open_rows
        Rows of its switches that are open now.
    opening_row
        Row of the switch that would open it.
    """

    branch: int
    now: int
    opened: int
    open_rows: tuple[int, ...]
    opening_row: int


@dataclass(frozen=True, slots=True)
class Meshed:
    """A grid with every way closed, and how each stands in truth.

    Attributes
    ----------
    ways
        In the order of their first switches in the file.
    """

    state: State
    ways: tuple[Way, ...]

    def branches(self) -> Index:
        """Return how each internal branch stands: `IN`, or as open switches leave it."""
        now = np.full(len(self.state.compiled.f), IN, dtype=np.intp)
        for way in self.ways:
            now[way.branch] = way.now
        return now


def mesh(net: Any, closed: Mask, held: Mask, build: Callable[[], State]) -> Meshed | None:
    """Return a grid with all ways closed; None where there is no open one.

    Parameters
    ----------
    net
        Its tables as they stand; what is written into the table of switches meanwhile is put back.
    closed, held
        By switch: whether it is; whether an outage holds it open, so that nobody can close it.
    build
        Compiles the net as its tables are.
    """
    table = net.switch
    groups = _groups(net, held)
    if not any(not closed[row] for rows in groups.values() for row in rows):
        return None
    before = table[["closed", "z_ohm"]].copy()
    try:
        table.loc[:, "closed"] = closed
        for (kind, *_), rows in groups.items():
            table.iloc[list(rows), table.columns.get_loc("closed")] = True
            if kind == "b":
                volts = net.bus.vn_kv.loc[table.bus.iloc[list(rows)]].to_numpy(dtype=float)
                ohm = table.z_ohm.iloc[list(rows)].to_numpy(dtype=float)
                table.iloc[list(rows), table.columns.get_loc("z_ohm")] = np.where(
                    ohm > 0.0, ohm, _SWITCH_PU * volts**2 / net.sn_mva
                )
        state = build()
        places = _places(net, state)
    finally:
        net.switch[["closed", "z_ohm"]] = before
    ways = [
        _way(places[key], rows, closed, sides)
        for key, rows in groups.items()
        if places.get(key, -1) >= 0 and (sides := _sides(net, key, rows)) is not None
    ]
    return Meshed(state, tuple(ways))


def _groups(net: Any, held: Mask) -> dict[tuple[str, int], list[int]]:
    """Return the switches of each way: of a line and of a transformer all, between buses each its own."""
    table, groups = net.switch, dict[tuple[str, int], list[int]]()
    stands = {"l": _standing(net, "line"), "t": _standing(net, "trafo")}
    fixed = set[tuple[str, int]]()
    for row, (kind, element) in enumerate(zip(table.et, table.element, strict=True)):
        key = (str(kind), row if kind == "b" else int(element))
        if held[row]:
            fixed.add(key)
        if kind == "b" or (kind in stands and element in stands[kind]):
            groups.setdefault(key, []).append(row)
    return {key: rows for key, rows in groups.items() if key not in fixed}


def _standing(net: Any, table: str) -> set[int]:
    return set(net[table].index[in_service(net, table)].tolist())


def _places(net: Any, state: State) -> Mapping[tuple[str, int], int]:
    """Return the internal branch of each way."""
    found = {("l", int(i)): int(at) for i, at in zip(net.line.index, state.places.line, strict=True)}
    found |= {("t", int(i)): int(at) for i, at in zip(net.trafo.index, state.places.trafo, strict=True)}
    start = net._pd2ppc_lookups["branch"].get("switch", (0, 0))[0]
    inner = {int(row): i for i, row in enumerate(state.compiled.branch)}
    for number, row in enumerate(np.flatnonzero(net._impedance_bb_switches).tolist()):
        found["b", row] = inner.get(start + number, -1)
    return found


def _sides(net: Any, key: tuple[str, int], rows: Sequence[int]) -> list[int] | None:
    """Return how each switch leaves its way when it is open."""
    kind, element = key
    if kind == "b":
        return [OUT for _ in rows]
    first = net.line.from_bus.at[element] if kind == "l" else net.trafo.hv_bus.at[element]
    buses = net.switch.bus.iloc[list(rows)].tolist()
    return [OPEN_AT_FROM if bus == first else OPEN_AT_TO for bus in buses]


def _way(branch: int, rows: Sequence[int], closed: Mask, sides: Sequence[int]) -> Way:
    standing = IN
    for row, side in zip(rows, sides, strict=True):
        if not closed[row]:
            standing |= side
    return Way(branch, standing, sides[0], tuple(row for row in rows if not closed[row]), rows[0])

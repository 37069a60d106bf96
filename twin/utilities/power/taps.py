"""On-load tap changers: their admittances at every position, and when they move.

The logic is pandapower's `DiscreteTapControl`: one step per round while the controlled voltage is
outside the band.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Vector
from twin.utilities.power.compile import Compiled
from twin.utilities.power.file_tables import element, number
from twin.utilities.power.internal_tables import has_source, internal, quiet

Index = NDArray[np.intp]
Complex = NDArray[np.complex128]
_SIDES = {"trafo": ("hv", "lv"), "trafo3w": ("hv", "mv", "lv")}
_MOST_POSITIONS = 1000


@dataclass(frozen=True, slots=True)
class TapChangers:
    """All tap changers of a net, as vectors.

    Attributes
    ----------
    elements
        Table and index of each transformer.
    bus
        Position of the controlled bus in the net's bus table.
    direction
        What one step up does to the controlled voltage: +1 or -1.
    rows
        Rows of pandapower's full branch table, shape (changers, branches per changer).
    table
        Admittances yff, yft, ytf, ytt: shape (changers, positions, branches per changer, 4).
    """

    elements: tuple[tuple[str, int], ...]
    bus: Index
    lower: Vector
    upper: Vector
    direction: Vector
    lowest: Index
    highest: Index
    opened: Index
    rows: Index
    table: Complex

    def __len__(self) -> int:
        return len(self.bus)

    def out_of_band(self, voltage: Complex, bus: Index) -> bool:
        """Return whether any controlled voltage is outside its band.

        Parameters
        ----------
        voltage, bus
            Of internal buses, pu; and the internal bus of each bus of the net, -1 where dead.
        """
        return bool(_out_of_band(voltage, bus, self.bus, self.lower, self.upper))

    def moves(self, voltage: Vector, position: Index) -> Index:
        """Return the step each changer wants, -1, 0 or 1, for its own bus's voltage, 0 where dead."""
        low, high = voltage < self.lower, voltage > self.upper
        wish = (low.astype(float) - high) * self.direction * (voltage > 0.0)
        target = np.clip(position + wish.astype(np.intp), self.lowest, self.highest)
        return target - position


@compiled
def _out_of_band(voltage: Complex, bus: Index, controlled: Index, lower: Vector, upper: Vector) -> bool:
    for i in range(len(controlled)):
        at = bus[controlled[i]]
        if at >= 0 and not lower[i] <= abs(voltage[at]) <= upper[i]:
            return True
    return False


def open_tap_changers(net: Any, file: str) -> TapChangers:
    """Read a net's tap changers; whatever keeps pandapower from building the net is said of the file.

    Raises
    ------
    InvalidInput
        As `read_tap_changers`, and if pandapower cannot build the net.
    """
    try:
        with quiet():
            internal(net) if has_source(net) else None
            return read_tap_changers(net, file)
    except InvalidInput:
        raise
    except Exception as error:  # pandapower raises many kinds, each of them about what the file says
        raise InvalidInput([Mistake(file, 0, f"pandapower cannot build this grid: {error}")]) from error


def read_tap_changers(net: Any, file: str) -> TapChangers:
    """Read the net's `DiscreteTapControl` objects and tabulate their admittances by position.

    Raises
    ------
    InvalidInput
        For any other kind of controller.
    """
    controllers = list(net.controller.object[net.controller.in_service.astype(bool)])
    wrong = [c for c in controllers if type(c).__name__ != "DiscreteTapControl"]
    if wrong:
        raise InvalidInput(
            [
                Mistake(file, 0, f"controller {type(c).__name__} is not supported", "DiscreteTapControl")
                for c in wrong
            ]
        )
    wrong_taps = list(_wrong_taps(net, controllers, file))
    if wrong_taps:
        raise InvalidInput(wrong_taps)
    single = [(c, int(i)) for c in controllers for i in np.atleast_1d(c.element_index)]
    bus_row = {index: row for row, index in enumerate(net.bus.index)}
    rows = np.array([_branch_rows(net, c.element, i) for c, i in single], dtype=np.intp).reshape(-1, 3)
    opened = np.array([int(net[c.element].at[i, "tap_pos"]) for c, i in single], dtype=np.intp)
    return TapChangers(
        elements=tuple((c.element, i) for c, i in single),
        bus=np.array([bus_row[_controlled(net, c, i)] for c, i in single], dtype=np.intp),
        lower=np.array([c.vm_lower_pu for c, _ in single], dtype=float),
        upper=np.array([c.vm_upper_pu for c, _ in single], dtype=float),
        direction=np.array([_direction(net, c, i) for c, i in single]),
        lowest=np.array([int(net[c.element].at[i, "tap_min"]) for c, i in single], dtype=np.intp),
        highest=np.array([int(net[c.element].at[i, "tap_max"]) for c, i in single], dtype=np.intp),
        opened=opened,
        rows=rows,
        table=_tabulate(net, [(c.element, i) for c, i in single], rows),
    )


def _wrong_taps(net: Any, controllers: list[Any], file: str) -> Iterator[Mistake]:
    """Yield tap changers of no transformer, without a band, or with positions that are none or too many."""
    for controller in controllers:
        table = str(getattr(controller, "element", ""))
        frame = net[table] if table in _SIDES else None
        for index in np.atleast_1d(getattr(controller, "element_index", [])).tolist():
            if frame is None or index not in frame.index:
                yield Mistake(file, 0, f"a tap changer of {table} {index}", "a trafo or trafo3w of the net")
                continue
            name = element(net, table, index)
            if getattr(controller, "side", None) not in _SIDES[table]:
                yield Mistake(
                    file, 0, f"{name}: its tap changer controls no side", " or ".join(_SIDES[table])
                )
            band = [number(getattr(controller, which, None)) for which in ("vm_lower_pu", "vm_upper_pu")]
            if not band[0] <= band[1]:
                problem = f"{name}: its tap changer's band is {band[0]:g} to {band[1]:g} pu"
                yield Mistake(file, 0, problem, "vm_lower_pu below vm_upper_pu")
            taps = [number(frame.at[index, which]) for which in ("tap_min", "tap_pos", "tap_max")]
            if not (taps[0] <= taps[1] <= taps[2] and taps[2] - taps[0] <= _MOST_POSITIONS):
                shown = ", ".join(f"{tap:g}" for tap in taps)
                problem = f"{name}: tap_min, tap_pos, tap_max are {shown}"
                yield Mistake(file, 0, problem, f"in this order, at most {_MOST_POSITIONS} positions apart")


def _controlled(net: Any, controller: Any, index: int) -> int:
    return int(net[controller.element].at[index, f"{controller.side}_bus"])


def _direction(net: Any, controller: Any, index: int) -> float:
    """Return whether a step up raises (+1) or lowers (-1) the controlled voltage."""
    row = net[controller.element].loc[index]
    sign = float(np.sign(row["tap_step_percent"])) or 1.0
    return sign if row["tap_side"] == controller.side else -sign


def _branch_rows(net: Any, element: str, index: int) -> list[int]:
    """Return an element's rows of the full branch table; two-winding ones repeat theirs thrice."""
    start = net._pd2ppc_lookups["branch"][element][0]
    place = list(net[element].index).index(index)
    if element == "trafo":
        return [start + place] * 3
    count = len(net.trafo3w)
    return [start + place, start + count + place, start + 2 * count + place]


def _tabulate(net: Any, elements: list[tuple[str, int]], rows: Index) -> Complex:
    """Let pandapower build the branch table at every tap position; return the admittances."""
    from pandapower.build_branch import _build_branch_ppc
    from pandapower.pypower.idx_brch import BR_STATUS
    from pandapower.pypower.makeYbus import branch_vectors

    if not elements:
        return np.zeros((0, 1, 3, 4), dtype=np.complex128)
    lowest = [int(net[e].at[i, "tap_min"]) for e, i in elements]
    highest = [int(net[e].at[i, "tap_max"]) for e, i in elements]
    before = [net[e].at[i, "tap_pos"] for e, i in elements]
    steps = max(h - low for h, low in zip(highest, lowest, strict=True)) + 1
    table = np.zeros((len(elements), steps, rows.shape[1], 4), dtype=np.complex128)
    tables = internal(net)[0]  # but for the branches they are the same at every position
    for step in range(steps):
        for (table_of, index), low, high in zip(elements, lowest, highest, strict=True):
            net[table_of].at[index, "tap_pos"] = min(low + step, high)
        with quiet():
            _build_branch_ppc(net, tables)
        branch = tables["branch"]
        branch[:, BR_STATUS] = 1.0
        with np.errstate(all="ignore"):
            ytt, yff, yft, ytf = branch_vectors(branch, len(branch))
        table[:, step] = np.stack([yff, yft, ytf, ytt], axis=-1)[rows]
    for (table_of, index), position in zip(elements, before, strict=True):
        net[table_of].at[index, "tap_pos"] = position
    return table


@dataclass(frozen=True, slots=True)
class TapPlaces:
    """Where a compiled net keeps the admittances that taps change.

    Attributes
    ----------
    inner
        Internal branch of each (changer, branch), flattened; only those in service.
    pick
        Which entries of the flattened (changer, branch) pairs these are.
    entries
        Position in ``ybus.data`` of their yff, yft, ytf, ytt, shape (n, 4).
    """

    inner: Index
    pick: Index
    entries: Index


def tap_places(changers: TapChangers, net: Compiled) -> TapPlaces:
    """Find the admittances of all tap changers in a compiled net."""
    inner_of = {int(row): i for i, row in enumerate(net.branch)}
    inner, pick = [], []
    for flat, row in enumerate(changers.rows.ravel()):
        repeated = flat % 3 and row == changers.rows.ravel()[flat - 1]
        if int(row) in inner_of and not repeated:
            inner.append(inner_of[int(row)])
            pick.append(flat)
    at = np.array(inner, dtype=np.intp)
    ends = ((net.f, net.f), (net.f, net.t), (net.t, net.f), (net.t, net.t))
    places = [entries(net, a[at], b[at]) for a, b in ends] if inner else [np.zeros(0, dtype=np.intp)] * 4
    return TapPlaces(at, np.array(pick, dtype=np.intp), np.stack(places, axis=-1))


def entries(net: Compiled, rows: Index, columns: Index) -> Index:
    """Return where admittances stand in the data of a compiled net's bus matrix."""
    size = net.ybus.shape[0]
    column = np.repeat(np.arange(size), np.diff(net.ybus.indptr))
    places: Index = np.searchsorted(column * size + net.ybus.indices, np.asarray(columns) * size + rows)
    return places

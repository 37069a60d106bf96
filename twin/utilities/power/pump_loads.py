"""Which load of a grid a pump draws from: one of the file's by name, by its kW, or one that is made."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count, cycle
from typing import Any, NamedTuple

from twin.model import MOST
from twin.utilities.scaffold import Guess

_NEAR = 0.1
"""How far a load may be from a pump's kW to be taken for its own."""
_PUMPS = re.compile("pump|насос", re.IGNORECASE)
_WATERWORKS = re.compile("pump|water|intake|well|booster|насос|водо|скважин", re.IGNORECASE)
"""A load of a pump's size that is called otherwise may well be a street's."""
_SUPPLY = 50.0
"""Where the supply of a pump stands among guesses: see `Guess.weight`."""
_IN_TURN = "buses of the largest loads in turn; another load, or a bus, may stand in links.csv"

Frame = dict[str, Any]


class Fed(NamedTuple):
    """Where a pump draws: the name of a load, and how that was found."""

    load: str
    guess: Guess


class PumpLoads:
    """Finds a load for each pump among those of a grid, and adds loads where there is none.

    Parameters
    ----------
    loads, buses
        Tables of the grid; loads are added.
    names
        Of all its elements.
    """

    def __init__(self, loads: Frame, buses: Frame, names: Collection[str]) -> None:
        self._loads, self._taken = loads, set(names)
        self._buses = alive(buses)
        self._own = [row for row in loads["data"] if cell(loads, row, "in_service") is not False]
        by_size = sorted(self._own, key=lambda row: -number(cell(loads, row, "p_mw")))
        of_loads = (cell(loads, row, "bus") for row in by_size)
        order = list(dict.fromkeys(bus for bus in of_loads if isinstance(bus, int) and bus in self._buses))
        self._order = cycle(order or list(self._buses))

    def feed(self, pumps: Sequence[str], draws_kw: Mapping[str, float]) -> dict[str, Fed]:
        """Return where each pump draws.

        Parameters
        ----------
        pumps
            Their addresses.
        draws_kw
            What they draw, as far as that is known.
        """
        found = self._by_name(pumps)
        found |= self._by_size([pump for pump in pumps if pump not in found], draws_kw, found)
        most = max(draws_kw.values(), default=0.0) or 1.0
        for pump in pumps:
            if pump not in found:
                found[pump] = self._made(pump)
        return {pump: self._weighed(found[pump], draws_kw.get(pump, 0.0) / most) for pump in pumps}

    def _weighed(self, fed: Fed, share: float) -> Fed:
        guess = fed.guess
        return Fed(fed.load, Guess(guess.what, guess.chosen, guess.rule, _SUPPLY + share))

    def _by_name(self, pumps: Sequence[str]) -> dict[str, Fed]:
        """Return the pumps whose name one load has: alone, or as a word beside `pump`."""
        found = {}
        for pump in pumps:
            own = pump.split("/", 1)[1]
            named = [row for row in self._own if _means(str(cell(self._loads, row, "name") or ""), own)]
            if len(named) == 1:
                found[pump] = self._of_file(pump, named[0], "by its name")
        return self._alone(found)

    def _by_size(
        self, pumps: Sequence[str], draws_kw: Mapping[str, float], taken: Mapping[str, Fed]
    ) -> dict[str, Fed]:
        """Return the pumps whose kW one load of waterworks has, and no other one is near."""
        used = {fed.load for fed in taken.values()}
        waterworks = [row for row in self._own if _WATERWORKS.search(str(cell(self._loads, row, "name")))]
        found = {}
        for pump in pumps:
            kw = draws_kw.get(pump, 0.0)
            near = [row for row in waterworks if kw and abs(self._kw(row) - kw) <= _NEAR * kw]
            if len(near) == 1 and str(cell(self._loads, near[0], "name") or "") not in {"", *used}:
                rule = f"its {self._kw(near[0]):.4g} kW are near the pump's {kw:.4g}"
                found[pump] = self._of_file(pump, near[0], rule)
        return self._alone(found)

    def _alone(self, found: Mapping[str, Fed]) -> dict[str, Fed]:
        """Return those that no other pump would draw from too."""
        loads = [fed.load for fed in found.values()]
        return {pump: fed for pump, fed in found.items() if loads.count(fed.load) == 1}

    def _of_file(self, pump: str, row: Sequence[Any], rule: str) -> Fed:
        name, bus = str(cell(self._loads, row, "name")), cell(self._loads, row, "bus")
        chosen = f"fed from bus {self._buses.get(bus, bus)}"
        return Fed(name, Guess(pump, chosen, f"the load {name} of the file, {rule}"))

    def _made(self, pump: str) -> Fed:
        """Add a load of nothing, at the buses of the largest loads in turn."""
        loads, bus = self._loads, next(self._order)
        name = next(name for name in _names(pump) if name not in self._taken)
        self._taken.add(name)
        own = {"name": name, "bus": bus, "p_mw": 0.0, "q_mvar": 0.0, "scaling": 1.0, "in_service": True}
        loads["index"].append(max(loads["index"], default=-1) + 1)
        loads["data"].append([own.get(column, _blank(column)) for column in loads["columns"]])
        return Fed(name, Guess(pump, f"fed from bus {self._buses[bus]}", _IN_TURN))

    def _kw(self, row: Sequence[Any]) -> float:
        return 1000.0 * number(cell(self._loads, row, "p_mw"))


def number(value: Any) -> float:
    """Return a cell's number, 0 if it has none: this only says which loads are the largest."""
    return float(value) if isinstance(value, int | float) and abs(value) < MOST else 0.0


def alive(buses: Frame) -> dict[Any, str]:
    """Return the name, or else the index, of each bus in service."""
    return {
        index: str(cell(buses, row, "name") or index)
        for index, row in zip(buses["index"], buses["data"], strict=True)
        if cell(buses, row, "in_service") is not False
    }


def cell(frame: Frame, row: Sequence[Any], column: str) -> Any:
    """Return a cell of a table, None where it has no such column."""
    return row[frame["columns"].index(column)] if column in frame["columns"] else None


def _means(name: str, pump: str) -> bool:
    """Tell whether a load's name is a pump's: the ID alone, or as a word in a name that says pump."""
    if name.lower() == pump.lower():
        return True
    words = re.search(rf"(?<![\w-]){re.escape(pump)}(?![\w-])", name, re.IGNORECASE)
    return words is not None and _PUMPS.search(name) is not None


def _names(pump: str) -> Iterator[str]:
    own = f"pump {pump.split('/', 1)[1]}"
    yield own
    yield from (f"{own} ({n})" for n in count(2))


def _blank(column: str) -> object:
    return "wye" if column == "type" else 0.0 if column.startswith("const_") else None

"""Headroom for generation: what each bus could feed in at the year's lowest net load until a limit binds.

One generator at a time grows at one bus, at power factor 1, until power first flows back through a
transformer or into a supply, until a voltage is above its limit, and until a line or transformer is above its
rating: each by bisection on the AC load flow, taps as they are. What is beyond a limit before may not rise.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from twin.columns import Row
from twin.utilities.base import Signal, Vector
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.restoration.switched_grid import Judged, SwitchedGrid
from twin.utilities.power.restoration.ways import IN, Meshed
from twin.utilities.power.rules import Index
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.state import rated_branches
from twin.utilities.power.tables import GenerationRow

REVERSE_FLOW, VOLTAGE, RATING = "reverse flow", "voltage", "rating"
_MOST_MW, _PRECISION_MW, _NOTHING = 2.0**14, 1e-3, 1e-6
_MOST_BUSES = 2_000


class Limit(NamedTuple):
    """One way in which more generation does not fit.

    Attributes
    ----------
    beyond
        How far each of its elements is beyond what it may, by what a load flow came to; above 0 it binds.
    names
        Addresses of the elements.
    """

    beyond: Callable[[Judged], Vector]
    names: Sequence[str]


class Hosting:
    """Looks for the room that each bus has for generation, at the lowest net load of each year.

    Parameters
    ----------
    network, settings
        The grid and its limits.
    """

    def __init__(self, network: PowerNetwork, settings: PowerSettings) -> None:
        self._power, self._settings = network, settings
        self._fed_in_at = network.signals.index(Signal("power/network", "fed_in_mw", "MW"))
        self._lowest: Solution | None = None
        self._lowest_mw, self._month, self._now = np.inf, "", ""
        self._fresh = False
        self._rows: list[GenerationRow] = []

    def watch(self) -> None:
        """Keep the solution of the lowest net load."""
        net_mw = self._power.load_mw - float(self._power.read()[self._fed_in_at])
        if net_mw < self._lowest_mw:
            self._lowest, self._lowest_mw, self._fresh = self._power.solution(), net_mw, True

    def end_month(self, month: str) -> None:
        """Note the month of the lowest net load, and look at it once its year is over."""
        if self._fresh:
            self._month, self._fresh = month, False
        if month.endswith("-12"):
            self._close()

    def _close(self) -> None:
        if self._lowest is not None and self._month:
            self._rows += Room(self._power.names, self._settings, self._lowest).rows(
                self._month, self._lowest_mw
            )
        self._lowest, self._lowest_mw, self._month = None, np.inf, ""

    @property
    def rows(self) -> Mapping[type[Row], Sequence[Row]]:
        """Return the rows of its table; a year that has not ended counts as far as it was looked at."""
        self._close()
        return {GenerationRow: self._rows}


class Room:
    """The room for generation at one instant."""

    def __init__(
        self, names: Mapping[str, Sequence[str]], settings: PowerSettings, instant: Solution
    ) -> None:
        state = instant.state
        self._names, self._state = names, state
        self._stands: Index = np.full(len(state.compiled.f), IN, dtype=np.intp)
        self._grid = SwitchedGrid(Meshed(state, ()), instant.matrices, instant, state.compiled.ref)
        labels, _ = rated_branches(state, names, 1.0)
        before = self._grid.solve(self._stands)
        self._before = before
        if before is not None:
            self._limits = {
                REVERSE_FLOW: self._reverse(before),
                VOLTAGE: _above(lambda own: own.voltage_pu, before, settings.max_voltage_pu, self._bus_names),
                RATING: _above(lambda own: own.loading, before, settings.max_loading_percent, labels),
            }

    def rows(self, month: str, net_mw: float) -> list[GenerationRow]:
        """Return the room at each bus; of very large grids at those where there are loads."""
        if self._before is None:
            return []
        live = np.unique(self._state.compiled.bus[self._state.compiled.bus >= 0])
        buses = np.setdiff1d(live, self._state.compiled.ref)
        if len(buses) > _MOST_BUSES:
            buses = np.intersect1d(buses, self._state.bus_of_load)[:_MOST_BUSES]
        return [self._row(month, net_mw, int(bus)) for bus in buses]

    def _row(self, month: str, net_mw: float, bus: int) -> GenerationRow:
        most = {name: self._most(bus, limit) for name, limit in self._limits.items()}
        found = {name: mw for name, (mw, _) in most.items() if mw is not None}
        first = min(found, key=lambda name: found[name], default="")
        return GenerationRow(
            month=month,
            bus=self._bus_names[bus],
            net_load_mw=net_mw,
            headroom_mw=found.get(first),
            limit=first,
            limiting_asset=most[first][1] if first else "",
            until_reverse_flow_mw=most[REVERSE_FLOW][0],
            until_voltage_mw=most[VOLTAGE][0],
            until_rating_mw=most[RATING][0],
        )

    def _most(self, bus: int, limit: Limit) -> tuple[float | None, str]:
        """Return how much a bus can feed in until a limit binds, and where; None if it never does."""
        low, high, where = 0.0, 0.0, self._binding(bus, _NOTHING, limit)
        if where is not None:
            return 0.0, where
        step = 1.0
        while where is None:
            low, high, step = high, high + step, 2.0 * step
            where = self._binding(bus, high, limit)
            if high > _MOST_MW:
                return None, ""
        while high - low > _PRECISION_MW:
            middle = 0.5 * (low + high)
            now = self._binding(bus, middle, limit)
            low, high, where = (middle, high, where) if now is None else (low, middle, now)
        return low, where

    def _binding(self, bus: int, mw: float, limit: Limit) -> str | None:
        """Return the element that is farthest beyond a limit, None if all are within."""
        self._grid.feed(bus, mw)
        judged = self._grid.solve(self._stands)
        self._grid.feed(bus, -mw)
        if judged is None:
            return self._bus_names[bus]
        beyond = limit.beyond(judged)
        worst = int(beyond.argmax()) if len(beyond) else -1
        return limit.names[worst] if worst >= 0 and beyond[worst] > _NOTHING else None

    def _reverse(self, before: Judged) -> Limit:
        """Return the limit at which power first flows back through a transformer or into a supply."""
        places, count = self._state.places, len(self._state.compiled.f)
        ends, names = [], []
        for table, rows in (("trafo", places.trafo[None, :]), ("trafo3w", places.trafo3w[1:])):
            for row in rows:
                for name, place in zip(self._names[table], row.tolist(), strict=True):
                    if place >= 0:
                        ends.append(place + count)
                        names.append(f"power/{name}")
        lower: Index = np.array(ends, dtype=np.intp)
        supplies = [f"power/{name}" for name in self._names["ext_grid"]]

        def back(judged: Judged) -> Vector:
            return np.concatenate([self._grid.into_mw(judged, lower), -judged.supply.real])

        already = np.maximum(back(before), 0.0)
        return Limit(lambda judged: back(judged) - already - _NOTHING, [*names, *supplies])

    @cached_property
    def _bus_names(self) -> list[str]:
        """Return the first bus of the net at each internal one; none at those within transformers."""
        named = [""] * len(self._state.compiled.start)
        for name, bus in zip(self._names["bus"], self._state.compiled.bus.tolist(), strict=True):
            if bus >= 0:
                named[bus] = named[bus] or f"power/{name}"
        return named


def _above(read: Callable[[Judged], Vector], before: Judged, most: float, names: Sequence[str]) -> Limit:
    """Return the limit of a quantity that may not be above a value, nor rise where it is."""
    allowed = np.maximum(read(before) + _NOTHING, most)
    return Limit(lambda judged: read(judged) - allowed, names)

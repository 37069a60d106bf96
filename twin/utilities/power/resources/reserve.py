"""Batteries that serve what stands at their own bus while that has no supply."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.power.in_service import InService
from twin.utilities.power.measure import WHOLE
from twin.utilities.power.resources.batteries import Batteries
from twin.utilities.power.rules import Index

_ALL = 1.0 - 1e-9


class _Bus(NamedTuple):
    """A battery with its place in the table of storage, its bus, and the loads there."""

    battery: int
    row: int
    bus: int
    loads: Index


class Reserve:
    """Serves loads at buses without supply.

    Parameters
    ----------
    net
        With its resources.
    reserves
        Of each battery that does so: its number among the batteries, and its row in the table of storage.
    first_supply
        Where the loads' readings begin: supply, then power, of each.

    Attributes
    ----------
    covered_mw
        What of each load batteries serve now.
    """

    def __init__(self, net: Any, reserves: Sequence[tuple[int, int]], first_supply: int) -> None:
        load_bus = net.load.bus.to_numpy()
        self._buses = []
        for battery, row in reserves:
            bus = net.storage.bus.iloc[row]
            loads = np.flatnonzero(load_bus == bus)
            self._buses.append(_Bus(battery, row, int(net.bus.index.get_loc(bus)), loads))
        self._supply, self._power = first_supply, first_supply + len(load_bus)
        self.covered_mw = np.zeros(len(load_bus))

    def serve(
        self,
        standing: InService,
        bus_of_load: Index,
        asked_mw: Vector,
        batteries: Batteries,
        readings: Vector,
    ) -> dict[int, float]:
        """Serve what is asked at dead buses as far as power and energy go; write it into the readings.

        Returns
        -------
        dict
            By number of the battery, the MW that it gives.
        """
        self.covered_mw[:] = 0.0
        given: dict[int, float] = {}
        for own in self._buses:
            stands = standing.now("storage")[own.row] and standing.now("bus")[own.bus]
            loads = own.loads[(bus_of_load[own.loads] < 0) & standing.now("load")[own.loads]]
            wanted = np.maximum(asked_mw[loads] - self.covered_mw[loads], 0.0)
            most = batteries.most_mw(own.battery) if stands else 0.0
            share = min(1.0, most / total) if (total := float(wanted.sum())) > 0.0 else float(most > 0.0)
            self.covered_mw[loads] += share * wanted
            if len(loads) and share >= _ALL:
                readings[self._supply + loads] = 1.0
            if share * total > 0.0:
                given[own.battery] = share * total
        self._tell(readings)
        batteries.give(given)
        return given

    def _tell(self, readings: Vector) -> None:
        served = float(self.covered_mw.sum())
        if served > 0.0:
            loads = np.flatnonzero(self.covered_mw)
            readings[self._power + loads] += self.covered_mw[loads]
            fed_in, _, load, _, unserved = range(len(readings) - WHOLE, len(readings))
            readings[fed_in] += served
            readings[load] += served
            readings[unserved] = max(0.0, readings[unserved] - served)

    def __bool__(self) -> bool:
        return bool(self._buses)

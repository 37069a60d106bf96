"""Where storage stands on a day that stands for others: settled, by days that do not count.

A store that its controls fill begins where they have just called for filling. If it has fallen by the end
of a day, and the network as a whole lost more in that day than the month could take from what is left, the
drain is carried to its end in one step. The balance of the network, not the level of one tank, says whether
a drain goes on: tanks hand water to each other. What storage then gives on the counted day it cannot give
again on each day that this one stands for: see `twin.simulation.account`.
"""

from collections.abc import Callable

import numpy as np

from twin.city.city import City
from twin.simulation.day import Rest, Stored
from twin.utilities.base import Mask, Network, Stores, Vector
from twin.utilities.registry import utilities

_DAYS = 30.0
"""For how long a day may stand."""
_BELOW_CALL = 1e-3
"""Of all it holds, by how much a store begins below the level at which its controls call."""
_MOVES = 1e-3
"""Of all it holds, by how much a store that floats must move in a day to be on its way."""
_HALVES = 2
_REPEATS = 5
"""Settling days at most until a battery's day repeats itself, from the second on."""
SETTLING_DAYS = 2
"""How many days settle, but for a drain that comes to rest on the way."""


class Settling:
    """Settles the storage of one network, day by day.

    Parameters
    ----------
    network
        As opened, with what stands.

    Attributes
    ----------
    drains
        Its stores have been carried to where a drain ends.
    """

    def __init__(self, network: Network) -> None:
        self._network, self._stores = network, network.stores
        self._losses = [
            network.totals.index(loss.quantity)
            for loss in utilities()[network.name].losses
            if loss.quantity in network.totals
        ]
        self._gives = any(loss.instead and not loss.gathers for loss in utilities()[network.name].losses)
        self.drains = False
        self._opened = network.read_stored()
        self._fed: Mask = ~np.isnan(self._stores.calls_m3)
        self._call = np.where(
            self._fed, self._stores.calls_m3 - _BELOW_CALL * self._stores.most_m3, self._opened
        )
        self._falls: list[Vector] = []
        self._low: Mask = np.zeros(len(self._opened), dtype=bool)
        self._between: tuple[float, float] | None = None
        if self._fed.any():
            self._put(self._call)

    def start_day(self) -> None:
        """Note where a settling day begins."""
        self._begins, self._lost = self._network.read_stored(), self._loss()

    def goes_on(self, day: int) -> bool:
        """Look at a settling day that is over; return whether another is needed.

        Parameters
        ----------
        day
            Its number, from 0.
        """
        ends = self._network.read_stored()
        surplus = float((ends - self._begins).sum()) - (self._loss() - self._lost)
        self._falls = [*self._falls[-1:], self._begins - ends]
        if day == 0:
            self._low = self._fed & (ends < self._call)
            left = float((self._call - self._stores.least_m3)[self._low].sum())
            if self._low.any() and -surplus * _DAYS > left:
                self._put(np.where(self._low, self._stores.least_m3, ends))
                self._between = 0.0, 1.0
            return True
        if self._stores.cyclic:
            return self._repeats(day, ends)
        if self._between is None or self.drains:
            return False
        if day == 1 and surplus <= 0.0:
            self.drains = True
            return False
        low, high = self._between
        if day > 1:
            middle = (low + high) / 2.0
            low, high = (middle, high) if surplus > 0.0 else (low, middle)
            self._between = low, high
        least, call = self._stores.least_m3, self._call
        self._put(np.where(self._low, least + (low + high) / 2.0 * (call - least), ends))
        return day < 1 + _HALVES

    def _repeats(self, day: int, ends: Vector) -> bool:
        """Look for what a day begins and ends with; return whether another settling day is needed.

        What a day ends with never falls if it begins with more, and rises by no more than that. So its drift
        goes on, on days like it, until a store is full or empty, and days from there end where they begin.
        """
        last = self._falls[-1]
        moves = np.abs(last) > _MOVES * self._stores.most_m3
        if not moves.any() or day >= _REPEATS:
            return False
        if day % 2:
            far = np.where(last > 0.0, self._stores.least_m3, self._stores.most_m3)
            self._put(np.where(moves, far, ends))
        return True

    def end(self) -> None:
        """Put what no control fills to where days like these lead, as the counted day begins.

        What gathers more each day than it can let go is full. What gives and floats on the network's pressure
        nears its level by a part of the way each day: the rest of the way is that of a geometric series.
        """
        ends, stores = self._network.read_stored(), self._stores
        first, last = self._falls
        full = stores.gathers & (last < 0.0) & (-_DAYS * last > stores.most_m3 - ends)
        leads = np.where(full, stores.most_m3, ends)
        on_its_way = (np.abs(last) > _MOVES * stores.most_m3) & (first * last > 0.0)
        floats = ~self._fed & ~stores.gathers & on_its_way & self._gives
        if floats.any():
            part = np.minimum(last[floats] / first[floats], 1.0 - 1.0 / _DAYS)
            far = ends[floats] - last[floats] * part / (1.0 - part)
            leads[floats] = np.clip(far, stores.least_m3[floats], stores.most_m3[floats])
        if (leads != ends).any():
            self._put(leads)
        self._begins = self._network.read_stored()

    def stored(self) -> Stored:
        """Return what the network held, once the counted day is over."""
        opened, begins = float(self._opened.sum()), float(self._begins.sum())
        return Stored(opened, begins, float(self._network.read_stored().sum()), self.drains)

    def _loss(self) -> float:
        return float(self._network.read_totals()[self._losses].sum())

    def _put(self, volumes: Vector) -> None:
        self._network.put_stored(volumes)


def settle(city: City, pass_one: Callable[[int, Rest], None]) -> tuple[int, dict[str, Settling]]:
    """Let days pass that do not count, until storage stands where it will; return how many, and how.

    Networks that store nothing may rest meanwhile; on the first day also those whose stores follow within
    a day: they gather nothing, and no control fills them.

    Parameters
    ----------
    pass_one
        Lets a day of a number pass, on which some networks rest.
    """
    networks = city.touched()
    settling = {name: Settling(own) for name, own in networks.items() if own.stores.addresses}
    resting = frozenset(name for name, own in networks.items() if _follows(own.stores))
    nothing, number, goes_on = frozenset(networks.keys() - settling.keys()), 0, True
    while goes_on:
        city.touched()
        for own in settling.values():
            own.start_day()
        pass_one(number, resting)
        resting = nothing
        city.resting = frozenset()
        city.touched()
        goes_on = sum(own.goes_on(number) for own in settling.values()) > 0
        number += 1
    for own in settling.values():
        own.end()
    return number, settling


def _follows(stores: Stores) -> bool:
    return bool(np.isnan(stores.calls_m3).all()) and not stores.gathers.any() and not stores.cyclic

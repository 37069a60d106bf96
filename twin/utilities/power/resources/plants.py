"""Plants whose power is decided while a grid is solved: by merit, or by heat and the fuel that there is."""

from collections.abc import Mapping, Sequence

import numpy as np

from twin.utilities.base import Signal, Vector
from twin.utilities.demand import Given
from twin.utilities.power.resources.relieving import Seen, relieved
from twin.utilities.power.resources.table import ALWAYS, CHP, PEAKING, Resource
from twin.utilities.power.rules import Index

_CLOSE_MW = 1e-5


class Plants:
    """Peaking plants, and plants led by heat whose fuel another network delivers.

    Parameters
    ----------
    rows
        All resources by address.
    fuelled
        Addresses of those whose fuel is delivered, in the order in which it is told.
    given
        What series and temperatures give.

    Attributes
    ----------
    drawn_mw
        What each draws: below 0 what it feeds in.
    wanted_mw
        What each would feed in with all the fuel that it asks for.
    """

    def __init__(self, rows: Mapping[str, Resource], fuelled: Sequence[str], given: Sequence[Given]) -> None:
        own = {a: row for a, row in rows.items() if row.kind == PEAKING or a in fuelled}
        self.addresses = tuple(own)
        self._power = np.array([row.mw for row in own.values()])
        self._always = np.array([row.own_rule == ALWAYS for row in own.values()], dtype=bool)
        columns = {one.asset: i for i, one in enumerate(given)}
        led = [columns.get(a, -1) if row.kind == CHP else -1 for a, row in own.items()]
        self._column: Index = np.array(led, dtype=np.intp)
        self._fuelled: Index = np.array([self.addresses.index(a) for a in fuelled], dtype=np.intp)
        self.signals = tuple(Signal(address, "wanted_mw", "MW") for address in self.addresses)
        self.reset()

    def __bool__(self) -> bool:
        return bool(self.addresses)

    def reset(self) -> None:
        """Return to the opened state: all fuel is there."""
        self.allowed_mw = np.full(len(self.addresses), np.inf)
        self.wanted_mw, self.drawn_mw = np.zeros((2, len(self.addresses)))

    def allow(self, mw: Vector) -> None:
        """Take over what the fuel of those whose fuel is delivered allows."""
        self.allowed_mw[self._fuelled] = mw

    def begin(self, given: Vector, bus: Index) -> None:
        """Feed in what heat asks for, or all of what runs always; nothing at a dead bus."""
        wanted = np.where(self._always, self._power, 0.0)
        led = self._column >= 0
        if given.size:
            wanted[led] = given[self._column[led]]
        self.wanted_mw = np.where(bus >= 0, np.minimum(wanted, self._power), 0.0)
        self.burn()

    def dispatch(self, seen: Seen, solved: bool) -> bool:
        """Feed in more against what is beyond its limit, all without a solution; return if anything moved."""
        before, merit = self.wanted_mw, (self._column < 0) & (seen.bus >= 0)
        least = -np.where(merit, self._power, self.wanted_mw)
        own = seen._replace(bus=np.where(merit, seen.bus, -1))
        self.wanted_mw = -(relieved(own, -self.wanted_mw, least) if solved else least)
        self.drawn_mw = np.where(merit, -self.wanted_mw, self.drawn_mw)
        return float(np.abs(self.wanted_mw - before).max()) > _CLOSE_MW

    def burn(self) -> bool:
        """Feed in what is wanted as far as fuel goes; return whether that is less than before."""
        before = self.drawn_mw
        self.drawn_mw = -np.minimum(self.wanted_mw, self.allowed_mw)
        return float((self.drawn_mw - before).max(initial=0.0)) > _CLOSE_MW

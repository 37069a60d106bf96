"""Plants that burn gas: what they ask of their sinks, and what is delivered of it allows."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.utilities.base import Vector
from twin.utilities.coupling import NEVER, Give, LinkRow, Opened, Solved
from twin.utilities.gas.demand import HEATING_VALUE_KWH_PER_M3
from twin.utilities.gas.links import BURNT, FUELLED, Fuel
from twin.utilities.utility import declared

Index = NDArray[np.intp]
_ALL = 1.0 - 1e-6
"""A share from which on nothing is missing: a solver's tolerance is no shortage."""
NETWORK = "gas"


class Fuels:
    """Plants and the sinks that feed them.

    Parameters
    ----------
    links
        All of kind `fuel`, in file order.
    opened
        The city's readings and ports.
    """

    def __init__(self, links: Sequence[LinkRow], opened: Opened) -> None:
        sinks = opened.ports[NETWORK, BURNT].assets
        self._plants_in = {link.asset.split("/")[0] for link in links}
        self.fills: Collection[str] = (NETWORK, *sorted(self._plants_in))
        self._wanted: Index = np.array([opened.columns[link.asset, "wanted_mw"] for link in links])
        self._sink: Index = np.array([sinks.index(link.to) for link in links], dtype=np.intp)
        self._asked: Index = np.array([opened.columns[s, "wanted_m3_per_h"] for s in sinks])
        self._delivered: Index = np.array([opened.columns[s, "delivered_m3_per_h"] for s in sinks])
        efficiency = np.array([declared(link, Fuel).electric_efficiency for link in links])
        self._m3_per_mwh = 1000.0 / efficiency / HEATING_VALUE_KWH_PER_M3
        self._tolerance_mw = opened.tolerance_kw / 1000.0
        self._count = len(sinks)
        self.reset()

    def reset(self) -> None:
        """Return to the opened state: nothing is burnt, all fuel is there."""
        self._handed = np.zeros(len(self._wanted))
        self._allowed = np.full(len(self._wanted), np.inf)
        self._due = False

    def start_hour(self, asked: Mapping[str, Vector]) -> None:
        """Do nothing: plants are asked as they are dispatched."""

    def fill(self, utility: str, readings: Vector, give: Give) -> float:
        """Give the gas network what plants ask for, and the grid what their fuel allows."""
        if utility != NETWORK:
            if self._due:
                self._due = False
                give(utility, FUELLED, self._allowed)
            return 0.0
        wanted = readings[self._wanted]
        moved = float(np.abs(wanted - self._handed).max(initial=0.0))
        if moved > self._tolerance_mw:
            self._handed = wanted.copy()
            m3_per_h = wanted * self._m3_per_mwh
            asked = np.bincount(self._sink, weights=m3_per_h, minlength=self._count)
            give(NETWORK, BURNT, asked.astype(float))
        return 1000.0 * moved

    def respond(self, readings: Vector, now_s: int, solved: Solved) -> bool:
        """Let what is delivered decide how much plants may give; return whether that moved.

        A plant gets of what it asks for the share that its sink delivers; without a solution it gets none.
        """
        share = np.zeros(self._count)
        if solved(NETWORK):
            asked, delivered = readings[self._asked], readings[self._delivered]
            share = np.where(asked > 0.0, delivered / np.where(asked > 0.0, asked, 1.0), 1.0)
        at = share[self._sink]
        allowed = np.where(at >= _ALL, np.inf, at * self._handed)
        both = np.isfinite(allowed) & np.isfinite(self._allowed)
        apart = np.abs(np.where(both, allowed - np.where(both, self._allowed, 0.0), 0.0))
        moved = (np.isfinite(allowed) != np.isfinite(self._allowed)).any() or (
            apart > self._tolerance_mw
        ).any()
        if moved:
            self._allowed, self._due = allowed, True
        return bool(moved)

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return nothing: what a plant wants and gives are signals."""
        return {}

    def next_change_s(self, now_s: int) -> int:
        """Return that it never changes by itself."""
        return NEVER

    def advance(self, readings: Vector, seconds: int, solved: Solved) -> None:
        """Do nothing: no fuel is stored."""

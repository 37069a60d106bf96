"""Treatment plants: an equalisation basin and a rate, exact for a constant inflow."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import Plain, compiled
from twin.utilities.base import Mask, Stores, Vector
from twin.utilities.epanet.project import Index
from twin.utilities.epanet.saved import Copies, copies, put_back
from twin.utilities.wastewater.settings import Treatment

_SECONDS_PER_DAY = 86400.0


class Plants:
    """All plants of a network; those at one outfall share its flow in proportion to capacity.

    Parameters
    ----------
    table
        Plants by name, in file order.

    Attributes
    ----------
    in_service, held, running
        Commissioned; held out of service by an outage; supplied with power.
    stored
        Water in each basin, m3.
    inflow, treated, spill
        Rates at this instant, m3/s.
    spilled
        Of each over the last step, m3.
    """

    def __init__(self, table: Mapping[str, Treatment]) -> None:
        self.names = tuple(table)
        rows = list(table.values())
        self.nodes = tuple(row.node for row in rows)
        self._rated = np.array([row.capacity_m3_per_day for row in rows]) / _SECONDS_PER_DAY
        self._basin = np.array([row.equalisation_m3 for row in rows])
        self._opened = np.array([row.in_service for row in rows], dtype=bool)
        self._same = np.array([[a == b for b in self.nodes] for a in self.nodes], dtype=float)
        self.reset()

    def reset(self) -> None:
        """Return to the opened state: empty basins."""
        count = len(self.names)
        self.in_service = self._opened.copy()
        self.held = np.zeros(count, dtype=bool)
        self.running = np.ones(count)
        self.stored = np.zeros(count)
        self.inflow, self.treated, self.spill = np.zeros((3, count))
        self.spilled = np.zeros(count)
        self._share_outfalls()

    def save(self) -> Copies:
        """Return what they would go on from."""
        return copies(self._moving())

    def restore(self, saved: Copies) -> None:
        """Go on from a saved state."""
        put_back(self._moving(), saved)
        self._share_outfalls()

    def _moving(self) -> tuple[NDArray[Any], ...]:
        rates = self.inflow, self.treated, self.spill, self.spilled
        return self.in_service, self.held, self.running, self.stored, *rates

    def with_basins(self, wells: Stores, addresses: tuple[str, ...]) -> Stores:
        """Return stores and, after them, the plants' basins under their addresses."""
        nothing = np.zeros(len(self._basin))
        return Stores(
            wells.addresses + addresses,
            np.concatenate([wells.least_m3, nothing]),
            np.concatenate([wells.most_m3, self._basin]),
            np.concatenate([wells.calls_m3, nothing * np.nan]),
            np.concatenate([wells.gathers, self._basin > 0.0]),
        )

    def commission(self, plant: int, in_service: bool) -> None:
        """Take a plant into service, or out of it: outfalls are shared anew."""
        self.in_service[plant] = in_service
        self._share_outfalls()

    def hold(self, plant: int, held: bool) -> None:
        """Let an outage hold a plant out of service, or let it go."""
        self.held[plant] = held
        self._share_outfalls()

    @property
    def standing(self) -> Mask:
        """Return which plants are in service and not held."""
        return self.in_service & ~self.held

    def _share_outfalls(self) -> None:
        self._standing = self._rated * self.standing
        at_outfall = self._same @ self._standing if len(self._standing) else self._standing
        first = np.array([self.nodes.index(node) == i for i, node in enumerate(self.nodes)], dtype=float)
        open_ = at_outfall > 0.0
        self._share = np.where(open_, self._standing / np.where(open_, at_outfall, 1.0), first)
        rates = self.inflow, self.treated, self.spill, self.spilled
        parts = self._standing, self.running, self._basin, self._share, self.stored
        self._plain = tuple(State(*parts, *rates))

    def receive(self, ending: Vector, outfalls: Index, untreated: Mask) -> float:
        """Set this instant's rates by what ends in reservoirs; return what ends at no plant, m3/s.

        Parameters
        ----------
        ending
            In each reservoir, m3/s.
        outfalls
            Which reservoir each plant stands at.
        untreated
            Which reservoirs have no plant.
        """
        return float(_receive(self._plain, ending, outfalls, untreated))

    def advance(self, seconds: int) -> tuple[float, float, float]:
        """Let time pass; return what all treated, spilled and put into their basins, m3."""
        treated, spilled, held = _advance(self._plain, seconds)
        return treated, spilled, held


class State(NamedTuple):
    """Plants as compiled code takes them.

    Attributes
    ----------
    standing, running
        What each treats in service, m3/s; 1 with power, else 0.
    basin, share
        m3 it can hold back; its part of what arrives at its outfall.
    stored, inflow, treated, spill, spilled
        See `Plants`; written.
    """

    standing: Vector
    running: Vector
    basin: Vector
    share: Vector
    stored: Vector
    inflow: Vector
    treated: Vector
    spill: Vector
    spilled: Vector


@compiled
def _receive(plants: Plain, ending: Vector, outfalls: Index, untreated: Mask) -> float:
    at, lost = State(*plants), 0.0
    for i in range(len(at.standing)):
        most = at.standing[i] * at.running[i]
        at.inflow[i] = ending[outfalls[i]] * at.share[i]
        at.treated[i] = most if at.stored[i] > 1e-9 else min(most, at.inflow[i])
        at.spill[i] = max(0.0, at.inflow[i] - most) if at.stored[i] >= at.basin[i] - 1e-9 else 0.0
    for place in range(len(ending)):
        if untreated[place]:
            lost += ending[place]
    return lost


@compiled
def _advance(plants: Plain, seconds: float) -> tuple[float, float, float]:
    at = State(*plants)
    all_treated, all_spilled, all_held = 0.0, 0.0, 0.0
    for i in range(len(at.standing)):
        there = at.stored[i] + at.inflow[i] * seconds
        treated = min(at.standing[i] * at.running[i] * seconds, there)
        held = min(there - treated, at.basin[i])
        at.spilled[i] = there - treated - held
        all_treated += treated
        all_spilled += at.spilled[i]
        all_held += held - at.stored[i]
        at.stored[i] = held
    return all_treated, all_spilled, all_held

"""Batteries: what they draw now by their rules, and what is in them.

A battery that watches an element moves until the element carries what its rule says. By how much a megawatt
drawn at the battery moves the element comes from the DC power flow; the load flow is solved again until it is
so. What is stored moves once, when time passes.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from twin.utilities.base import Mask, Signal, Stores, Vector
from twin.utilities.power.resources.relieving import BEHIND, Seen, relieved
from twin.utilities.power.resources.table import PEAK_SHAVING, RESERVE, Resource
from twin.utilities.power.resources.totals import BATTERIES
from twin.utilities.power.rules import Index

_CLOSE_MW = 1e-5
_ROUNDS = 12
_SECOND_H = 1.0 / 3600.0
_FOREVER = 1 << 40
_NOTHING_MW = 1e-9


class SavedBatteries(NamedTuple):
    """What batteries go on from."""

    stored_mwh: Vector
    drawn_mw: Vector
    sums: Vector


class Batteries:
    """All batteries of a grid.

    Parameters
    ----------
    rows
        By address.

    Attributes
    ----------
    drawn_mw
        What each draws, negative while it feeds in.
    stored_mwh
        What is in each.
    """

    def __init__(self, rows: Mapping[str, Resource]) -> None:
        self.addresses, own = tuple(rows), list(rows.values())
        self._rules, self._assets = [row.own_rule for row in own], [row.asset for row in own]
        self._limit_mw = np.array([row.limit_mw or np.inf for row in own])
        self._limit_percent = np.array([row.limit_percent or np.inf for row in own])
        self._power = np.array([row.mw for row in own])
        self._energy = np.array([row.energy_mwh or 0.0 for row in own])
        self._one_way = np.sqrt(np.array([row.efficiency for row in own]))
        full = np.array([rule == RESERVE for rule in self._rules], dtype=bool)
        self._opened = np.where(full, self._energy, 0.5 * self._energy)
        watched = [(row.own_rule, row.asset or row.at) for row in own]
        together = {
            key: sum(row.mw for row, k in zip(own, watched, strict=True) if k == key) for key in watched
        }
        self._share = np.array([row.mw / together[key] for row, key in zip(own, watched, strict=True)])
        self.signals = tuple(
            Signal(address, *kind)
            for address in self.addresses
            for kind in (("stored_mwh", "MWh"), ("state_of_charge_percent", "%"))
        )
        none = np.full(len(own), np.nan)
        gathers = np.zeros(len(own), dtype=bool)
        self.stores = Stores(self.addresses, np.zeros(len(own)), self._energy, none, gathers, len(own) > 0)
        self.reset()

    def __bool__(self) -> bool:
        return bool(self.addresses)

    @property
    def reserves(self) -> list[int]:
        """Return the numbers of those that serve their bus while it has no supply."""
        return [i for i, rule in enumerate(self._rules) if rule == RESERVE]

    def reset(self) -> None:
        """Return to the opened state: reserves full, others half full."""
        self.stored_mwh = self._opened.copy()
        self.drawn_mw = np.zeros(len(self.addresses))
        self.sums = np.zeros(len(BATTERIES))

    def save(self) -> SavedBatteries:
        """Return what they would go on from."""
        return SavedBatteries(self.stored_mwh.copy(), self.drawn_mw.copy(), self.sums.copy())

    def restore(self, saved: SavedBatteries) -> None:
        """Go on from a saved state."""
        self.stored_mwh, self.drawn_mw, self.sums = (own.copy() for own in saved)

    def follow(self, see: Callable[[], Seen], solve: Callable[[], bool]) -> bool:
        """Move all batteries until their rules are kept; return whether there is a solution.

        Parameters
        ----------
        see
            What they see of the last solution.
        solve
            Solves with what they draw now; returns whether there is a solution.
        """
        for _ in range(_ROUNDS):
            wanted = self._wanted(see())
            if float(np.abs(wanted - self.drawn_mw).max()) < _CLOSE_MW:
                return True
            self.drawn_mw = wanted
            if not solve():
                return False
        return True

    def within(self, bus: Index) -> None:
        """Keep what is drawn within what is stored and can be, nothing where a battery is dead."""
        least, most = self._bounds(bus)
        self.drawn_mw = np.clip(self.drawn_mw, least, most)

    def rest(self, seen: Seen, solved: bool) -> bool:
        """Charge less against what is beyond its limit; return whether anything moved."""
        return self._move(seen, solved, np.minimum(self.drawn_mw, 0.0))

    def help(self, seen: Seen, solved: bool) -> bool:
        """Discharge against what is beyond its limit, wholly without a solution; return if anything moved."""
        return self._move(seen, solved, self._bounds(seen.bus)[0])

    def _move(self, seen: Seen, solved: bool, least: Vector) -> bool:
        before = self.drawn_mw
        self.drawn_mw = relieved(seen, self.drawn_mw, least) if solved else least.copy()
        return float(np.abs(self.drawn_mw - before).max()) > _CLOSE_MW

    def next_change_s(self) -> int:
        """Return the whole seconds until one is empty or full."""
        if not self.addresses:
            return _FOREVER
        hours = np.full(len(self.addresses), np.inf)
        charging, giving = self.drawn_mw > _NOTHING_MW, self.drawn_mw < -_NOTHING_MW
        into = self.drawn_mw * self._one_way
        hours[charging] = ((self._energy - self.stored_mwh)[charging]) / into[charging]
        hours[giving] = self.stored_mwh[giving] / (-self.drawn_mw / self._one_way)[giving]
        soonest = float(hours.min(initial=np.inf)) * 3600.0
        return _FOREVER if soonest > _FOREVER else max(1, int(soonest))

    def advance(self, hours: float) -> None:
        """Let time pass: what is stored moves."""
        charged, given = np.maximum(self.drawn_mw, 0.0) * hours, np.maximum(-self.drawn_mw, 0.0) * hours
        lost = charged * (1.0 - self._one_way) + given * (1.0 / self._one_way - 1.0)
        self.stored_mwh = self.stored_mwh + (charged - given - lost)
        self.sums += charged.sum(), given.sum(), lost.sum()

    def most_mw(self, i: int) -> float:
        """Return what a battery could give now."""
        return float(self._power[i]) if self._gives()[i] else 0.0

    def give(self, mw: Mapping[int, float]) -> None:
        """Let some batteries, by number, give so much, beside the grid."""
        self.drawn_mw = self.drawn_mw.copy()
        for i, own in mw.items():
            self.drawn_mw[i] = -own

    def read(self, readings: Vector) -> None:
        """Write what is stored, MWh and percent, of each in turn."""
        readings[0::2] = self.stored_mwh
        readings[1::2] = 100.0 * self.stored_mwh / self._energy

    def put(self, mwh: Vector) -> None:
        """Let so much be in each."""
        self.stored_mwh = np.clip(mwh, 0.0, self._energy)

    def _bounds(self, bus: Index) -> tuple[Vector, Vector]:
        """Return least and most that each can draw now: what is in it, or fits, for a second at least."""
        alive = bus >= 0
        gives = self._gives()
        takes = self._energy - self.stored_mwh >= self._power * self._one_way * _SECOND_H
        return -self._power * (gives & alive), self._power * (takes & alive)

    def _gives(self) -> Mask:
        return np.asarray(self.stored_mwh >= self._power / self._one_way * _SECOND_H)

    def _wanted(self, seen: Seen) -> Vector:
        """Return what each would draw by its rule, as things are."""
        least, most = self._bounds(seen.bus)
        wanted = np.array([self._one_wants(i, seen) if seen.bus[i] >= 0 else 0.0 for i in range(len(least))])
        return np.asarray(np.clip(wanted, least, most))

    def _one_wants(self, i: int, seen: Seen) -> float:
        if self._rules[i] == RESERVE:
            return float(self._power[i])
        if not self._assets[i]:
            return -float(seen.around_mw[i]) * float(self._share[i])
        element = list(seen.shedder.elements).index(self._assets[i])
        relief = float(seen.shedder.relief_at(element)[seen.bus[i]])
        flow = float(seen.measured.power_mw[element])
        if abs(relief) < BEHIND:
            return 0.0
        if relief < 0.0:  # towards the supply
            flow, relief = -flow, -relief
        room = self._limit(i, element, flow, seen) - flow
        return float(self.drawn_mw[i]) + room / relief * float(self._share[i])

    def _limit(self, i: int, element: int, flow: float, seen: Seen) -> float:
        """Return the MW towards a battery that the element it watches is to carry at most."""
        if self._rules[i] != PEAK_SHAVING:
            return 0.0
        if np.isfinite(self._limit_mw[i]):
            return float(self._limit_mw[i])
        loading = float(seen.measured.loading[element])
        return abs(flow) * float(self._limit_percent[i]) / loading if loading > 0.0 else abs(flow)

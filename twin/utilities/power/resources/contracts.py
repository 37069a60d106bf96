"""Demand response: customers who have agreed to draw less, called before batteries help and load is shed."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from twin.utilities.base import Signal, Vector
from twin.utilities.power.asked import Loads
from twin.utilities.power.measure import Measured
from twin.utilities.power.resources.table import Resource
from twin.utilities.power.resources.totals import CONTRACTS
from twin.utilities.power.shedder import Shedder

CLASSES = ("residential", "commercial", "industrial")
_BEHIND = 0.02
_MARGIN = 1.02
_YEAR_H = 8760.0
_NOTHING_MW = 1e-6


class SavedContracts(NamedTuple):
    """What contracts go on from."""

    waited_h: float
    passed_h: float
    used_h: Vector
    sums: Vector
    short: bool


class Contracts:
    """Contracts of demand response: of a class, up to a power, for some hours a year, after a notice.

    Parameters
    ----------
    rows
        By address.
    """

    def __init__(self, rows: Mapping[str, Resource]) -> None:
        own = list(rows.values())
        self._class = np.array([CLASSES.index(row.demand_class) for row in own], dtype=np.intp)
        self._power = np.array([row.mw for row in own])
        self._hours = np.array([row.hours_per_year for row in own])
        self._notice_h = np.array([row.notice_h for row in own])
        self.signals = tuple(Signal(address, "called_mw", "MW") for address in rows)
        self.reset()

    def __bool__(self) -> bool:
        return bool(len(self._power))

    def reset(self) -> None:
        """Return to the opened state: nothing called, nothing used."""
        self._waited_h = self._passed_h = 0.0
        self._used_h = np.zeros(len(self._power))
        self.sums = np.zeros(len(CONTRACTS))
        self._short = False

    def save(self) -> SavedContracts:
        """Return what they would go on from."""
        return SavedContracts(
            self._waited_h, self._passed_h, self._used_h.copy(), self.sums.copy(), self._short
        )

    def restore(self, saved: SavedContracts) -> None:
        """Go on from a saved state."""
        self._waited_h, self._passed_h, self._short = saved.waited_h, saved.passed_h, saved.short
        self._used_h, self.sums = saved.used_h.copy(), saved.sums.copy()

    def begin(self, loads: Loads) -> None:
        """Begin a solution, in which load is short only if that is found anew, or contracts are called."""
        self._short = bool(loads.cut_mw.any())

    def call(self, loads: Loads, solved: bool, measured: Measured, shedder: Shedder) -> bool:
        """Call contracts against what is beyond its emergency limit; return whether any more is called.

        Loads nearest to it are called first; without a solution all that there is.
        """
        self._short = True
        left = self._left(loads)
        if not left.any():
            return False
        more = left if not solved else self._against(left, loads, measured, shedder)
        loads.cut(loads.cut_mw + more)
        return float(more.sum()) > _NOTHING_MW

    def advance(self, hours: float, loads: Loads) -> None:
        """Let time pass: hours are used, and the notice of a shortage runs."""
        by_contract = self.called_mw(loads)
        self._waited_h = self._waited_h + hours if self._short else 0.0
        self._used_h += hours * (by_contract > _NOTHING_MW)
        self.sums += (
            float(by_contract.sum()) * hours,
            hours * float((by_contract > _NOTHING_MW).any()),
        )
        self._passed_h += hours
        if self._passed_h >= _YEAR_H:
            self._passed_h, self._used_h = 0.0, np.zeros(len(self._power))

    def called_mw(self, loads: Loads) -> Vector:
        """Return what each contract is called for now; contracts of a class share by their power."""
        called, free = loads.cut_mw.sum(axis=0), self._free_mw()
        ready = np.array([free[self._class == own].sum() for own in self._class])
        share = np.divide(free, ready, out=np.zeros(len(free)), where=ready > 0.0)
        return np.asarray(share * called[self._class]) if called.size else np.zeros(len(free))

    def _free_mw(self) -> Vector:
        """Return the power of contracts whose notice is over and whose hours are not used up."""
        ready = (self._waited_h >= self._notice_h) & (self._used_h < self._hours)
        return np.asarray(self._power * ready)

    def _left(self, loads: Loads) -> Vector:
        """Return what can be called yet at each point by class, MW: contracts draw on all points alike."""
        drawn = np.maximum(loads.drawn_mw(), 0.0)
        power = np.zeros(drawn.shape[1])
        np.add.at(power, self._class, self._free_mw())
        whole = (drawn + loads.cut_mw).sum(axis=0)
        share = np.divide(power, whole, out=np.zeros_like(whole), where=whole > 0.0)
        return np.asarray(np.maximum(np.minimum(share, 1.0) * (drawn + loads.cut_mw) - loads.cut_mw, 0.0))

    def _against(self, left: Vector, loads: Loads, measured: Measured, shedder: Shedder) -> Vector:
        """Return what is called of what is left, until what is beyond its limit is relieved."""
        over, more = measured.loading / shedder.limits, np.zeros_like(left)
        for element in sorted(np.flatnonzero(over > 1.0), key=lambda e: -over[e]):
            flow = float(measured.power_mw[element])
            needed = abs(flow) * (1.0 - 1.0 / float(over[element])) * _MARGIN
            relief = shedder.relief_of_loads(int(element))[loads.points] * np.sign(flow or 1.0)
            relief = np.where(relief < _BEHIND, 0.0, relief)[:, None]
            needed -= float((relief * more).sum())
            gained = float((relief * (left - more)).sum())
            if needed > 0.0 and gained > 0.0:
                more += (left - more) * (relief > 0.0) * min(1.0, needed / gained)
        return more

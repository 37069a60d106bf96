"""The batteries of a grid, and the account of what its resources gave and took."""

from collections.abc import Mapping

import numpy as np

from twin.utilities.base import Signal, Vector
from twin.utilities.power.resources.batteries import TOTALS, Batteries, SavedBatteries
from twin.utilities.power.resources.table import BATTERY, Resource
from twin.utilities.power.state import State
from twin.utilities.power.varying import Varying

GENERATED = "generated_mwh"
SavedControl = tuple[float, SavedBatteries]


class Control:
    """The batteries of a grid, and what resources gave and took.

    Parameters
    ----------
    rows
        Resources by address; none: nothing is controlled or accounted.

    Attributes
    ----------
    batteries
        Whose they are.
    totals
        Names of what is accounted.
    signals
        What is read out beside the power of what varies.
    """

    def __init__(self, rows: Mapping[str, Resource]) -> None:
        self.batteries = Batteries({address: row for address, row in rows.items() if row.kind == BATTERY})
        self.totals: tuple[str, ...] = ((GENERATED,) if rows else ()) + (TOTALS if self.batteries else ())
        self.signals: tuple[Signal, ...] = self.batteries.signals
        self._generated_mwh = 0.0

    def begin(self, varying: Varying, state: State) -> None:
        """Begin a solution with what batteries drew, as far as that is still possible."""
        self.batteries.within(varying.controlled_bus(state))
        varying.controlled_mw = self.batteries.drawn_mw

    def advance(self, hours: float, generated_mw: float) -> None:
        """Let time pass."""
        self._generated_mwh += generated_mw * hours
        self.batteries.advance(hours)

    def read_totals(self) -> Vector:
        """Return what was accounted."""
        return np.array([self._generated_mwh, *self.batteries.sums])[: len(self.totals)]

    def reset(self) -> None:
        """Return to the opened state."""
        self._generated_mwh = 0.0
        self.batteries.reset()

    def save(self) -> SavedControl:
        """Return what it would go on from."""
        return self._generated_mwh, self.batteries.save()

    def restore(self, saved: SavedControl) -> None:
        """Go on from a saved state."""
        self._generated_mwh = saved[0]
        self.batteries.restore(saved[1])

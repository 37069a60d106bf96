"""What controls resources while a grid is solved, and the account of what they gave and took."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from twin.utilities.base import Signal, Vector
from twin.utilities.power.asked import Loads
from twin.utilities.power.resources.batteries import Batteries, SavedBatteries
from twin.utilities.power.resources.contracts import Contracts, SavedContracts
from twin.utilities.power.resources.table import BATTERY, DEMAND_RESPONSE, Resource
from twin.utilities.power.resources.totals import BATTERIES, CONTRACTS, GENERATED


class SavedControl(NamedTuple):
    """What it goes on from."""

    generated_mwh: float
    batteries: SavedBatteries
    contracts: SavedContracts


class Control:
    """The batteries and the contracts of a grid, and what resources gave and took.

    Parameters
    ----------
    rows
        Resources by address; none: nothing is controlled or accounted.

    Attributes
    ----------
    batteries, contracts
        Of demand response.
    totals
        Names of what is accounted.
    signals
        What is read out beside the power of what varies.
    """

    def __init__(self, rows: Mapping[str, Resource]) -> None:
        self.batteries = Batteries(_of(rows, BATTERY))
        self.contracts = Contracts(_of(rows, DEMAND_RESPONSE))
        self.totals: tuple[str, ...] = (
            *((GENERATED,) if rows else ()),
            *(BATTERIES if self.batteries else ()),
            *(CONTRACTS if self.contracts else ()),
        )
        self.signals: tuple[Signal, ...] = self.batteries.signals + self.contracts.signals
        self._generated_mwh = 0.0

    def __bool__(self) -> bool:
        return bool(self.batteries) or bool(self.contracts)

    def read(self, loads: Loads, readings: Vector) -> None:
        """Write what is stored, and what contracts are called for, into the readings of `signals`."""
        stored = len(self.batteries.signals)
        self.batteries.read(readings[:stored])
        if self.contracts:
            readings[stored:] = self.contracts.called_mw(loads)

    def advance(self, hours: float, generated_mw: float, loads: Loads) -> None:
        """Let time pass."""
        self._generated_mwh += generated_mw * hours
        self.batteries.advance(hours)
        if self.contracts:
            self.contracts.advance(hours, loads)

    def read_totals(self) -> Vector:
        """Return what was accounted."""
        generated = [self._generated_mwh] if self.totals else []
        batteries = self.batteries.sums if self.batteries else ()
        return np.array([*generated, *batteries, *(self.contracts.sums if self.contracts else ())])

    def reset(self) -> None:
        """Return to the opened state."""
        self._generated_mwh = 0.0
        self.batteries.reset()
        self.contracts.reset()

    def save(self) -> SavedControl:
        """Return what it would go on from."""
        return SavedControl(self._generated_mwh, self.batteries.save(), self.contracts.save())

    def restore(self, saved: SavedControl) -> None:
        """Go on from a saved state."""
        self._generated_mwh = saved.generated_mwh
        self.batteries.restore(saved.batteries)
        self.contracts.restore(saved.contracts)


def _of(rows: Mapping[str, Resource], kind: str) -> dict[str, Resource]:
    return {address: row for address, row in rows.items() if row.kind == kind}

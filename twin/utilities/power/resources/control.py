"""What controls resources while a grid is solved, and the account of what they gave and took."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from twin.utilities.base import Signal, Vector
from twin.utilities.demand import Given
from twin.utilities.power.asked import Loads
from twin.utilities.power.resources.batteries import Batteries, SavedBatteries
from twin.utilities.power.resources.contracts import Contracts, SavedContracts
from twin.utilities.power.resources.plants import Plants
from twin.utilities.power.resources.table import BATTERY, DEMAND_RESPONSE, Resource
from twin.utilities.power.resources.totals import BATTERIES, CONTRACTS, GENERATED


class SavedControl(NamedTuple):
    """What it goes on from."""

    generated_mwh: float
    batteries: SavedBatteries
    contracts: SavedContracts
    allowed_mw: Vector


class Control:
    """The batteries, plants and contracts of a grid, and what resources gave and took.

    Parameters
    ----------
    rows
        Resources by address; none: nothing is controlled or accounted.
    fuelled, given
        See `Plants`.

    Attributes
    ----------
    batteries, plants
        Elements that are set while a grid is solved.
    contracts
        Of demand response.
    totals
        Names of what is accounted.
    signals
        What is read out beside the power of what varies.
    """

    def __init__(
        self, rows: Mapping[str, Resource], fuelled: Sequence[str] = (), given: Sequence[Given] = ()
    ) -> None:
        self.batteries = Batteries(_of(rows, BATTERY))
        self.plants = Plants(rows, fuelled, given)
        self.contracts = Contracts(_of(rows, DEMAND_RESPONSE))
        self.totals: tuple[str, ...] = (
            *((GENERATED,) if rows else ()),
            *(BATTERIES if self.batteries else ()),
            *(CONTRACTS if self.contracts else ()),
        )
        self.signals: tuple[Signal, ...] = (
            self.batteries.signals + self.contracts.signals + self.plants.signals
        )
        self._generated_mwh = 0.0

    def __bool__(self) -> bool:
        return bool(self.batteries) or bool(self.contracts) or bool(self.plants)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the elements that are set: batteries, then plants."""
        return self.batteries.addresses + self.plants.addresses

    @property
    def drawn_mw(self) -> Vector:
        """Return what each of them draws."""
        return np.concatenate([self.batteries.drawn_mw, self.plants.drawn_mw])

    def read(self, loads: Loads, readings: Vector) -> None:
        """Write what is stored, and what contracts are called for, into the readings of `signals`."""
        stored = len(self.batteries.signals)
        called = stored + len(self.contracts.signals)
        self.batteries.read(readings[:stored])
        if self.contracts:
            readings[stored:called] = self.contracts.called_mw(loads)
        readings[called:] = self.plants.wanted_mw

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
        self.plants.reset()

    def save(self) -> SavedControl:
        """Return what it would go on from."""
        allowed = self.plants.allowed_mw.copy()
        return SavedControl(self._generated_mwh, self.batteries.save(), self.contracts.save(), allowed)

    def restore(self, saved: SavedControl) -> None:
        """Go on from a saved state."""
        self._generated_mwh = saved.generated_mwh
        self.batteries.restore(saved.batteries)
        self.contracts.restore(saved.contracts)
        self.plants.allowed_mw = saved.allowed_mw.copy()


def _of(rows: Mapping[str, Resource], kind: str) -> dict[str, Resource]:
    return {address: row for address, row in rows.items() if row.kind == kind}

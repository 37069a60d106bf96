"""How batteries, and what stands for the file's own series, take part in the solution of a grid."""

from collections.abc import Callable, Mapping

import numpy as np

from twin.utilities.base import Signal, Vector
from twin.utilities.power.measure import Measured, exceeds
from twin.utilities.power.resources.batteries import TOTALS, Batteries, SavedBatteries, Seen
from twin.utilities.power.resources.table import BATTERY, Resource
from twin.utilities.power.rules import Complex
from twin.utilities.power.shedder import Shedder
from twin.utilities.power.state import State
from twin.utilities.power.varying import Varying

GENERATED = "generated_mwh"
_HELPS = 6
SavedControl = tuple[float, SavedBatteries]


class Control:
    """Controls the batteries of a grid, and accounts what resources give and take.

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

    def solve(
        self,
        solved: bool,
        flow: Callable[[], bool],
        varying: Varying,
        state: State,
        drawn_mva: Callable[[], Complex],
        measured: Measured,
        shedder: Shedder,
    ) -> bool:
        """Let batteries follow their rules, then help where an emergency limit is broken.

        Parameters
        ----------
        solved
            Whether there is a solution now.
        flow
            Solves anew; returns whether there is a solution.
        drawn_mva
            What loads are served at each internal bus.
        shedder
            With the emergency limits.

        Returns
        -------
        bool
            Whether there is a solution.
        """
        batteries, bus = self.batteries, varying.controlled_bus(state)

        def see() -> Seen:
            around = drawn_mva().real + varying.drawn_beside_mw(state)
            return Seen(bus, around[bus] * (bus >= 0), measured, shedder)

        def solve() -> bool:
            varying.controlled_mw = batteries.drawn_mw
            varying.write(state)
            return flow()

        if solved:
            solved = batteries.follow(see, solve)
        for _ in range(_HELPS):
            if solved and not exceeds(measured.loading, shedder.limits):
                break
            if not batteries.help(see() if solved else None, bus):
                break
            solved = solve()
        return solved

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

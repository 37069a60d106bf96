"""Outages solved by the factors of the grid's own pattern, in compiled code."""

import numpy as np

from twin.pinned import pin
from twin.utilities.power.elimination import Elimination
from twin.utilities.power.kept_factors import Buses, Grid, approach, keep
from twin.utilities.power.load_flow import COLLAPSED_PU
from twin.utilities.power.outage_updates import Plan
from twin.utilities.power.rules import Complex, Index

_TOLERANCE_PU = 1e-8


class OutageFlows:
    """Solves outages that leave the pattern of the grid's matrix as it is.

    Parameters
    ----------
    pattern
        Of the intact grid.
    data
        Entries of its folded matrix.
    fixed, base_mva
        What is injected beside loads at each internal bus of the intact grid, pu; base power.
    """

    def __init__(self, pattern: Elimination, data: Complex, fixed: Complex, base_mva: float) -> None:
        self._kept, self._intact = keep(pattern), data[pattern.source]
        self._buses = Buses(np.zeros_like(fixed), fixed.copy(), base_mva)
        self._grid = pin(Grid(self._buses, pattern, self._kept))
        self._place: Index = np.empty(len(pattern.source), dtype=np.intp)
        self._place[pattern.source] = np.arange(len(pattern.source))

    def solve(self, plan: Plan, voltage: Complex, fixed: Complex, at_bus: Complex) -> bool:
        """Solve an outage from voltages that are written; return whether there is a solution.

        Parameters
        ----------
        plan
            With slots in the folded matrix.
        fixed, at_bus
            What is injected beside loads, pu, and what loads draw, MVA; none at buses that are cut off.
        """
        admittance = self._kept.admittance
        admittance[:] = self._intact
        np.add.at(admittance, self._place[plan.slots], plan.values)
        self._kept.made[0] = False
        self._buses.voltage[:], self._buses.fixed[:] = voltage, fixed
        found = bool(approach(self._grid, at_bus, _TOLERANCE_PU, COLLAPSED_PU))
        voltage[:] = self._buses.voltage
        return found

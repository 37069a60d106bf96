"""Outages solved by the factors of the grid's own pattern, in compiled code."""

import numpy as np

from twin.compiled import Plain
from twin.utilities.power.elimination import Elimination
from twin.utilities.power.kept_factors import approach, keep
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
    base_mva
        Base power.
    """

    def __init__(self, pattern: Elimination, data: Complex, base_mva: float) -> None:
        kept = keep(pattern)
        self._pattern: Plain = tuple(pattern)
        self._kept, self._plain = kept, tuple(kept)
        self._intact, self._base_mva = data[pattern.source], base_mva
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
        buses = voltage, fixed, self._base_mva
        return bool(approach((buses, self._pattern, self._plain), at_bus, _TOLERANCE_PU, COLLAPSED_PU))

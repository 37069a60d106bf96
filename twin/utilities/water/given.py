"""Junctions whose demand a time series gives, in the place of the file's own."""

from collections.abc import Sequence

import numpy as np
from epanet import toolkit as en

from twin.utilities.base import NOTHING, Vector
from twin.utilities.demand import Given
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.kernels import write_base
from twin.utilities.names import FACTOR

_STEADY = "twin-given"


class GivenDemand:
    """What time series give to the junctions of a network.

    Its categories of demand take the place of the file's own, which are set to nothing; the solver must be
    closed.

    Parameters
    ----------
    engine
        Freshly opened.
    given
        Which fields of which junctions.

    Attributes
    ----------
    nodes
        The junctions.
    values
        What was given last.
    """

    def __init__(self, engine: Hydraulics, given: Sequence[Given]) -> None:
        self._project = engine.project
        handle, unit = engine.project.handle, engine.project.flow_unit
        self.nodes = np.array([engine.node_at[own.asset] for own in given], dtype=np.intp)
        self._sizes = np.ones(len(given))
        self._categories = np.zeros(len(given), dtype=np.intp)
        if given:
            en.addpattern(handle, _STEADY)
        for row, (own, node) in enumerate(zip(given, self.nodes.tolist(), strict=True)):
            bases = engine.project.base_demands(node + 1)
            if own.field == FACTOR:
                self._sizes[row] = sum(bases) * unit
            for category in range(1, len(bases) + 1):
                en.setbasedemand(handle, node + 1, category, 0.0)
            en.adddemand(handle, node + 1, 0.0, _STEADY, "")
            self._categories[row] = len(bases) + 1
        self._written = np.zeros(len(given))
        self.values, self._growth = np.zeros(len(given)), 1.0

    def set(self, values: Vector, growth: float) -> None:
        """Write what is given now, and by what it has grown since the start."""
        if values is NOTHING or not len(self.nodes):
            return
        self.values, self._growth = values.copy(), growth
        project, base = self._project, values * self._sizes * growth
        write_base(project.address, self.nodes, self._categories, base, self._written, project.flow_unit)

    def reset(self) -> None:
        """Give nothing, as when opened."""
        self.set(np.zeros(len(self.nodes)), 1.0)

    def save(self) -> tuple[Vector, float]:
        """Return what it would go on from."""
        return self.values.copy(), self._growth

    def restore(self, state: tuple[Vector, float]) -> None:
        """Go on from a saved state."""
        self.set(*state)

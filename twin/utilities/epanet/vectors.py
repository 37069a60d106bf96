"""The structures of a project as compiled code takes them, built once."""

from typing import NamedTuple

import numpy as np
from epanet import toolkit as en

from twin.compiled import Plain
from twin.utilities.base import Vector
from twin.utilities.epanet.project import Project
from twin.utilities.epanet.rounding import at_rest
from twin.utilities.epanet.structures import Links, Model, Network, Nodes, Reading, State
from twin.utilities.epanet.tanks import Tanks
from twin.utilities.epanet.topology import Topology

_FEW_TRIALS = 40
"""What a solution hardly ever needs: EPANET's own limit before version 2.2."""


class PlainVectors(NamedTuple):
    """A `State`, a `Network`, the `Storage` and the `Reading` of a project, as plain tuples."""

    state: Plain
    network: Plain
    tanks: Plain
    reading: Plain

    def with_model(self, model: Model) -> "PlainVectors":
        """Return the same vectors with another model."""
        return self._replace(network=tuple(Network(*self.network)._replace(model=tuple(model))))


def read_model(project: Project, elevation: Vector, follows_tanks: bool, accuracy: float) -> Model:
    """Return what the numbers of a project mean."""
    trials = en.getoption(project.handle, en.TRIALS)
    rest = at_rest(project.link_count, elevation)
    return Model(
        project.flow_unit,
        project.length_unit,
        project.has_leaks(),
        en.getdemandmodel(project.handle)[0] == en.DDA,
        follows_tanks,
        rest.still,
        rest.rounding,
        rest.still if follows_tanks else rest.moved,
        trials if follows_tanks else min(_FEW_TRIALS, trials),
        trials,
        accuracy,
    )


def plain_vectors(
    topology: Topology, project: Project, tanks: Tanks, model: Model, reading: Reading
) -> PlainVectors:
    """Return what moves, what stands and what is read of a project, ready to solve."""
    diameter = project.link_values(en.DIAMETER) * project.diameter_unit
    per_area = np.divide(4.0 / np.pi, diameter**2, out=np.zeros(len(diameter)), where=diameter > 0.0)
    elevation = project.node_values(en.ELEVATION) * project.length_unit
    storage = tuple(tanks.vectors)
    network = Network(
        tuple(model),
        tuple(tanks.levels),
        tuple(Nodes(topology.is_junction, topology.is_reservoir, elevation)),
        tuple(Links(per_area, topology.pumps)),
    )
    state = State(tuple(project.raw), storage, project.volume_unit)
    return PlainVectors(tuple(state), tuple(network), storage, tuple(reading))

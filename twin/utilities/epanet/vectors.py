"""The structures of a project as compiled code takes them, built once."""

import numpy as np
from epanet import toolkit as en

from twin.utilities.base import Vector
from twin.utilities.epanet.project import Project
from twin.utilities.epanet.rounding import at_rest
from twin.utilities.epanet.structures import Links, Model, Nodes, Reading, Whole
from twin.utilities.epanet.tanks import Tanks
from twin.utilities.epanet.topology import Topology

_FEW_TRIALS = 40
"""What a solution hardly ever needs: EPANET's own limit before version 2.2."""


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


def whole_of(topology: Topology, project: Project, tanks: Tanks, model: Model, reading: Reading) -> Whole:
    """Return what moves, what stands and what is read of a project, ready to solve."""
    diameter = project.link_values(en.DIAMETER) * project.diameter_unit
    per_area = np.divide(4.0 / np.pi, diameter**2, out=np.zeros(len(diameter)), where=diameter > 0.0)
    elevation = project.node_values(en.ELEVATION) * project.length_unit
    return Whole(
        project.raw,
        tanks.vectors,
        project.volume_unit,
        model,
        tanks.levels,
        Nodes(topology.is_junction, topology.is_reservoir, elevation),
        Links(per_area, topology.pumps),
        reading,
    )

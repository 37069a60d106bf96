"""What compiled code takes of an EPANET project: named structures, and all of them pinned as one.

Vectors of nodes and links are in EPANET's order and units (`Raw`), or in SI units.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.utilities.base import Mask, Vector

Index = NDArray[np.intp]

SUPPLIED, DELIVERED, MISSING, POWER_KW, LEAKED, ROUNDED = range(6)
"""m3/s supplied, delivered and missing; the pumps' kW; m3/s leaked; m3/s that EPANET's rounding left open."""


class Model(NamedTuple):
    """What the numbers of a project mean.

    Attributes
    ----------
    flow, length
        m3/s and m per EPANET unit.
    leaks
        The file has emitters or leaking pipes, whose flow EPANET counts into the demand of a node.
    demand_driven
        Demand is drawn at any pressure; where that is below zero, nothing of it is delivered.
    follows_tanks
        Steps are short enough for how tanks' inflows answer their volumes.
    still, rounding, moved
        m3/s that a link at rest, and that all links together, may carry or lack by EPANET's rounding; by how
        much a trial may move a link at rest.
    first_trials, trials
        Those that it gets at first; those after which EPANET freezes the status of links.
    accuracy
        The relative error of flows with which the file is content.
    """

    flow: float
    length: float
    leaks: bool
    demand_driven: bool
    follows_tanks: bool
    still: float
    rounding: float
    moved: float
    first_trials: float
    trials: float
    accuracy: float


class Nodes(NamedTuple):
    """Whether a node is a junction, or a reservoir, and its elevation, m."""

    is_junction: Mask
    is_reservoir: Mask
    elevation: Vector


class Links(NamedTuple):
    """What turns a link's flow into its velocity, 1/m2, and which links are pumps."""

    per_area: Vector
    pumps: Index


class Ways(NamedTuple):
    """What leads from node to node: where each node's entries end, their links, and the nodes beyond."""

    end: Index
    link: Index
    node: Index


class Raw(NamedTuple):
    """Memory that EPANET writes into: of nodes, one value; the time now, and of the last step."""

    demand: Vector
    emitter: Vector
    volume: Vector
    value: Vector
    time: NDArray[np.int64]


class Reading(NamedTuple):
    """A solution in SI units: m, m3/s, m/s, and the pumps' kW.

    Attributes
    ----------
    demand
        What leaves the network at a node, leaks included.
    leak
        What of it leaks from emitters and pipes.
    deficit
        What customers ask for and do not get.
    rates
        Of the whole, from `SUPPLIED` to `ROUNDED`; zero without a solution that is settled.
    """

    head: Vector
    demand: Vector
    leak: Vector
    deficit: Vector
    flow: Vector
    velocity: Vector
    power_kw: Vector
    rates: Vector


class Storage(NamedTuple):
    """Tanks: their nodes, m3 before and after the last step, their bounds, and what they do there.

    Attributes
    ----------
    overflows
        Whether a full tank spills; otherwise it closes.
    empty, full
        Which tanks give no more, and which take no more.
    height_m
        Between the levels of its bounds.
    wait
        Seconds after which an empty tank that fills is looked at again.
    """

    nodes: Index
    before: Vector
    volume: Vector
    lowest: Vector
    highest: Vector
    overflows: Mask
    empty: Mask
    full: Mask
    height_m: Vector
    wait: Vector


class Levels(NamedTuple):
    """Simple controls by the level of a tank, as vectors.

    Attributes
    ----------
    tank, volume
        Which tank, and its volume at the control's level, m3.
    sign
        +1 acts above it, -1 below.
    link, setting
        What it sets: 0 closed, else speed or valve setting, 1 for a pipe.
    is_pipe
        Whether that is a pipe: its setting is no state.
    number
        EPANET's, from 1 in file order.
    """

    tank: Index
    volume: Vector
    sign: Vector
    link: Index
    setting: Vector
    is_pipe: Mask
    number: Index


class Whole(NamedTuple):
    """All of a project: what moves, m3 per EPANET unit of volume, what stands, and what is read."""

    raw: Raw
    tanks: Storage
    volume_unit: float
    model: Model
    levels: Levels
    nodes: Nodes
    links: Links
    reading: Reading

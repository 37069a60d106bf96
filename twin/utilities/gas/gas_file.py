"""What a pandapipes file of a gas holds, as vectors."""

from collections.abc import Mapping
from typing import NamedTuple

from twin.errors import Mistake
from twin.utilities.base import Mask, Vector
from twin.utilities.gas.columns import Index
from twin.utilities.gas.fluid import Fluid

FRICTIONS = ("nikuradse", "colebrook", "swamee-jain")
GIVEN = len(FRICTIONS)
"""The friction factor is given by the pipe."""


class Branches(NamedTuple):
    """What joins two nodes, a pipe by its sections.

    Attributes
    ----------
    table, row
        Place of the table in `BRANCHES`, and row there.
    start, end
        Nodes.
    length, diameter, roughness, loss
        m, m, m and the loss coefficient.
    friction
        Place in `FRICTIONS`, or `GIVEN`; and the factor that is given.
    outlet_k
        Temperature at the end, K.
    """

    table: Index
    row: Index
    start: Index
    end: Index
    length: Vector
    diameter: Vector
    roughness: Vector
    loss: Vector
    friction: Index
    factor: Vector
    outlet_k: Vector


class Nodes(NamedTuple):
    """Junctions, then the ends of sections within pipes: height, own temperature, outer pressure, start."""

    height_m: Vector
    temperature_k: Vector
    outer_bar: Vector
    nominal_bar: Vector


class Regulators(NamedTuple):
    """What holds the pressure of a node: its branch, the node, bar above the atmosphere, whether it acts."""

    branch: Index
    controlled: Index
    target_bar: Vector
    acts: Mask


class Sources(NamedTuple):
    """Rows of ``ext_grid``.

    Attributes
    ----------
    node
        Where each stands.
    bar, holds
        The pressure, bar above the atmosphere, and whether it holds one.
    kelvin
        The temperature that it brings while it is in service; not a number where it brings none.
    """

    node: Index
    bar: Vector
    holds: Mask
    kelvin: Vector


class Draws(NamedTuple):
    """What draws or feeds at a node, kg/s: nodes and flows, those of sources below 0."""

    node: Index
    kg_per_s: Vector


class GasFile(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    names
        Addresses by table.
    built
        By table, what stands at the opening.
    draws
        By table of those that draw or feed.
    flows, ratios, curves
        Of flow controllers kg/s and whether they act, of compressors the ratio of pressures, of pumps the
        polynomial of their lift in bar by m3/h.
    friction
        The model that counts.
    warnings
        What is not used.
    """

    file: str
    fluid: Fluid
    names: Mapping[str, list[str]]
    built: Mapping[str, Mask]
    nodes: Nodes
    branches: Branches
    regulators: Regulators
    sources: Sources
    draws: Mapping[str, Draws]
    flows: tuple[Vector, Mask]
    ratios: Vector
    curves: list[Vector]
    friction: str
    warnings: tuple[Mistake, ...]

    @property
    def junctions(self) -> int:
        """Return how many of the nodes are junctions."""
        return len(self.names["junction"])

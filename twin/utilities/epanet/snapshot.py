"""A solved project apart from its engine: as an INP file of that instant, and as WNTR's objects."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from epanet import toolkit as en

from twin.errors import Mistake, Unsolved
from twin.utilities.base import Snapshot, Vector
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.instant_inp import Instant, instant_inp, left_out
from twin.utilities.epanet.wntr_objects import read_model, results

_DAY_S = 86400
_CLOSED, _ACTIVE = 2, 4
"""EPANET's own statuses: up to the first a link carries nothing; of a valve that holds its setting."""


@dataclass(frozen=True, slots=True)
class EpanetSnapshot:
    """A project at an instant.

    Attributes
    ----------
    path
        The user's file.
    nodes
        Their IDs, in the order of the values.
    of_nodes, of_links
        By WNTR's names of results, the values in its units.
    """

    path: Path
    file: str
    instant: Instant
    nodes: tuple[str, ...]
    of_nodes: Mapping[str, Vector]
    of_links: Mapping[str, Vector]
    told: tuple[Mistake, ...]

    def write(self, path: Path) -> None:
        """Write the file of this instant."""
        path.write_bytes(instant_inp(self.path, self.instant).encode("utf-8", errors="surrogateescape"))

    def model(self) -> Any:
        """Return it as a `wntr.network.WaterNetworkModel`."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / self.file
            self.write(path)
            return read_model(path)

    def series(self, seconds: Sequence[int], later: Sequence[Snapshot]) -> Any:
        """Return this and later instants as `wntr.sim.SimulationResults`."""
        every = [self, *(one for one in later if isinstance(one, EpanetSnapshot))]
        links = tuple(self.instant.links)
        return results(
            seconds,
            (self.nodes, [one.of_nodes for one in every]),
            (links, [one.of_links for one in every]),
        )


def take_snapshot(engine: Hydraulics, told: Sequence[Mistake] = ()) -> EpanetSnapshot:
    """Return a project as it is at its last solution.

    Parameters
    ----------
    told
        What else the file cannot show.

    Raises
    ------
    Unsolved
        If there is no solution.
    """
    if engine.failed:
        raise Unsolved("no solution", f"{engine.name}/network")
    project, handle = engine.project, engine.project.handle
    model, lowest, required, exponent = en.getdemandmodel(handle)
    heads = project.node_values(en.HEAD).copy()
    levels = heads - project.node_values(en.ELEVATION)
    asked = project.node_values(en.FULLDEMAND)
    held = frozenset(engine.links[link] for link in engine.held())
    return EpanetSnapshot(
        path=engine.path,
        file=f"{engine.name}.inp",
        instant=Instant(
            second=int(project.raw.time[0]) % _DAY_S,
            levels={engine.nodes[i]: float(levels[i]) for i in engine.tanks},
            heads={engine.nodes[i]: float(heads[i]) for i in engine.reservoirs},
            asked={engine.nodes[i]: float(asked[i]) for i in engine.junctions},
            links=dict(zip(engine.links, engine.states(), strict=True)),
            held=held,
            pressures=(lowest, required, exponent) if model == en.PDA else None,
            accuracy=en.getoption(handle, en.ACCURACY),
        ),
        nodes=tuple(engine.nodes),
        of_nodes=_of_nodes(engine),
        of_links=_of_links(engine),
        told=(*left_out(engine.path, held), *told),
    )


def _of_nodes(engine: Hydraulics) -> dict[str, Vector]:
    asked = engine.project.node_values(en.FULLDEMAND) * engine.project.flow_unit
    return {
        "demand": engine.demand.copy(),
        "head": engine.head.copy(),
        "pressure": engine.head - engine.elevation,
        "expected_demand": np.where(engine.is_junction, asked, 0.0),
    }


def _of_links(engine: Hydraulics) -> dict[str, Vector]:
    """Return links' values; of pipes head loss is m per m, of valves m, of pumps what they lift, negative."""
    project = engine.project
    status = project.link_values(en.PUMP_STATE).copy()  # EPANET's own, of any link
    loss = engine.head[engine.ends[:, 0]] - engine.head[engine.ends[:, 1]]
    length = project.link_values(en.LENGTH)[engine.pipes] * project.length_unit
    loss[engine.pipes] = np.abs(loss[engine.pipes]) / length
    loss[engine.valves] = np.abs(loss[engine.valves])
    loss[status <= _CLOSED] = 0.0
    return {
        "flowrate": engine.flow.copy(),
        "velocity": np.abs(engine.velocity),
        "headloss": loss,
        "status": np.select([status <= _CLOSED, status == _ACTIVE], [0.0, 2.0], 1.0),
        "setting": _settings(engine),
    }


def _settings(engine: Hydraulics) -> Vector:
    """Return speeds and settings: of valves that hold a pressure m, a flow m3/s; of pipes the roughness."""
    project, values = engine.project, engine.project.link_values(en.SETTING).copy()
    kinds = np.array([en.getlinktype(project.handle, i + 1) for i in range(len(engine.links))])
    values[np.isin(kinds, (en.PRV, en.PSV, en.PBV))] /= project.pressure_per_m()
    values[kinds == en.FCV] *= project.flow_unit
    return values

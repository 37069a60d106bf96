"""A solved project apart from its engine: as an INP file of that instant, and as WNTR's objects."""

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from epanet import toolkit as en

from twin.errors import Mistake, Unsolved, listed
from twin.utilities.base import Mask, Snapshot, Vector
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.instant_inp import Instant, instant_inp, left_out
from twin.utilities.epanet.project import Project, as_in_file
from twin.utilities.epanet.saved import LinkState
from twin.utilities.epanet.wntr_objects import read_model, results

_DAY_S = 86400
_CLOSED, _OPEN, _ACTIVE = 2, 3, 4
"""EPANET's own statuses: up to `_CLOSED` a link carries nothing; a valve that is active holds its setting."""
_SAME_M, _AT_REST_M3_PER_S, _STILL_M3_PER_S = 1e-3, 2e-5, 1e-6
"""The second EPANET's rounding leaves in loops where nothing flows; less than the third no pump lifts."""


@dataclass(frozen=True)
class EpanetSnapshot:
    """A project at an instant.

    Attributes
    ----------
    path
        The user's file.
    by_itself
        How valves and pumps stand that EPANET itself has opened or closed: one network may have several
        solutions, and which is found depends on how it began.
    nodes
        Their IDs, in the order of the values.
    of_nodes, of_links
        By WNTR's names of results, the values in its units.
    compared
        The nodes through which something flows: the heads of others mean nothing.
    besides
        What else the file cannot show.
    """

    path: Path
    file: str
    instant: Instant
    by_itself: Mapping[str, LinkState]
    nodes: tuple[str, ...]
    of_nodes: Mapping[str, Vector]
    of_links: Mapping[str, Vector]
    compared: Mask
    besides: tuple[Mistake, ...]

    @property
    def told(self) -> tuple[Mistake, ...]:
        """Return what the file cannot show."""
        return *left_out(self.path, self.instant.held), *self._found[1], *self.besides

    def write(self, path: Path) -> None:
        """Write the file of this instant."""
        path.write_bytes(self._found[0])

    @cached_property
    def _found(self) -> tuple[bytes, tuple[Mistake, ...]]:
        """Return the file from which EPANET finds this solution, and what had to be fixed for that."""
        first = self._written(self.instant)
        if not (gap := self._gap(first)) or not self.by_itself:
            return first, self._tell(gap)
        fixed = self._written(replace(self.instant, links={**self.instant.links, **self.by_itself}))
        if self._gap(fixed):
            return first, self._tell(gap)
        problem = (
            f"{listed(list(self.by_itself))}: fixed as the instant has it, for EPANET would find another"
        )
        return fixed, (Mistake(self.path.name, 0, f"{problem} solution from their settings"),)

    def _written(self, instant: Instant) -> bytes:
        return instant_inp(self.path, instant).encode("utf-8", errors="surrogateescape")

    def _gap(self, content: bytes) -> str:
        """Return by how much EPANET's solution of a file is another, empty if it is not."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / self.file
            path.write_bytes(content)
            head, flow = solved(path)
        apart_m = float(np.abs(head - self.of_nodes["head"])[self.compared].max(initial=0.0))
        apart = float(np.abs(flow - self.of_links["flowrate"]).max(initial=0.0))
        allowed = 2.0 * self.instant.accuracy * float(np.abs(flow).sum()) + _AT_REST_M3_PER_S
        return f"{apart_m:.2g} m, {apart:.2g} m3/s" if apart_m > _SAME_M or apart > allowed else ""

    def _tell(self, gap: str) -> tuple[Mistake, ...]:
        problem = f"EPANET finds another solution of this instant, apart by up to {gap}"
        return (Mistake(self.path.name, 0, problem),) if gap else ()

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
            levels={engine.nodes[i]: as_in_file(float(levels[i])) for i in engine.tanks},
            heads={engine.nodes[i]: as_in_file(float(heads[i])) for i in engine.reservoirs},
            asked={engine.nodes[i]: as_in_file(float(asked[i])) for i in engine.junctions},
            links=dict(zip(engine.links, engine.states(), strict=True)),
            held=held,
            pressures=(lowest, required, exponent) if model == en.PDA else None,
            accuracy=en.getoption(handle, en.ACCURACY),
        ),
        by_itself=_by_itself(engine),
        nodes=tuple(engine.nodes),
        of_nodes=_of_nodes(engine),
        of_links=_of_links(engine),
        compared=_passed(engine),
        besides=tuple(told),
    )


def solved(path: Path) -> tuple[Vector, Vector]:
    """Return the heads, m, and flows, m3/s, that EPANET finds of a file as it begins."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(path, Path(folder), None)
        try:
            project.open_solver()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the hydraulics: the twin's instant has them too
                en.runH(project.handle)
            head = project.node_values(en.HEAD) * project.length_unit
            return head, project.link_values(en.FLOW) * project.flow_unit
        finally:
            project.close()


def _passed(engine: Hydraulics) -> Mask:
    """Return the nodes through which something flows."""
    most = np.zeros(len(engine.nodes))
    for side in (0, 1):
        np.maximum.at(most, engine.ends[:, side], np.abs(engine.flow))
    return np.asarray(most > _STILL_M3_PER_S)


def _by_itself(engine: Hydraulics) -> dict[str, LinkState]:
    """Return valves that EPANET has opened or closed, and pumps that cannot lift, as they stand."""
    status = engine.project.link_values(en.PUMP_STATE)
    found = {
        engine.links[i]: LinkState(bool(status[i] > _CLOSED))
        for i in engine.valves
        if status[i] in (_CLOSED, _OPEN)
    }
    still = engine.pumps[np.abs(engine.flow[engine.pumps]) < _STILL_M3_PER_S]
    return found | {engine.links[i]: LinkState(False, 0.0) for i in still}


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

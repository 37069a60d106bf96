"""EPANET in process: one project per network, stepped, pressure-dependent, accounted exactly."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from epanet import toolkit as en
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.networks import epanet_calls as calls
from twin.networks import hydraulic_kernels as kernels
from twin.networks.base import Change, Mask, Vector
from twin.networks.diagnosis import explain
from twin.networks.epanet_project import FOREVER, VALVES, Index, Project
from twin.networks.hydraulic_kernels import BALANCED, OUT_OF_TRIALS, SETTLED, UNSOLVED, Plain, Reading, Units
from twin.networks.tanks import Tanks

_DAMPING = (1.0, 0.1, 10.0)
_HEAD_TOLERANCE = 1e-3


class PlainVectors(NamedTuple):
    """The structures of `hydraulic_kernels` as plain tuples of the same vectors."""

    raw: Plain
    tanks: Plain
    levels: Plain
    reading: Plain


class Hydraulics:
    """One EPANET project, with vectors in SI units at its boundary.

    Parameters
    ----------
    path
        The network.
    name
        First part of its assets' addresses.
    min_pressure_m, required_pressure_m
        Pressures at which nothing and all is delivered.
    powered
        Addresses of the links that stop without power.

    Attributes
    ----------
    nodes, links
        IDs in EPANET's order.
    storage
        The tanks' volumes; `tanks` are their nodes.
    reading, plain
        The last solution; it and more as compiled code takes them.
    passed
        Volumes of the last step, m3: see `steps`.
    connected
        Which nodes reach a reservoir over links that are commissioned.
    controlled
        Links that simple controls act on.
    closed, may_run, setting
        Of each link: taken out by a change; neither that nor without power; its valve setting or speed.
    neighbours
        Of each node, such links and the nodes at their other ends.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        min_pressure_m: float,
        required_pressure_m: float,
        powered: Sequence[str] = (),
    ) -> None:
        self.path, self.name = path, name
        self._pressures = min_pressure_m, required_pressure_m
        self._folder = Path(tempfile.mkdtemp(prefix=f"twin-{name}-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.project = self._open()
        handle = self.project.handle
        self.nodes = [en.getnodeid(handle, i + 1) for i in range(self.project.node_count)]
        self.links = [en.getlinkid(handle, i + 1) for i in range(self.project.link_count)]
        self.node_at = {f"{name}/{node}": i for i, node in enumerate(self.nodes)}
        self.link_at = {f"{name}/{link}": i for i, link in enumerate(self.links)}
        node_type = np.array([en.getnodetype(handle, i + 1) for i in range(len(self.nodes))])
        link_type = np.array([en.getlinktype(handle, i + 1) for i in range(len(self.links))])
        self.junctions = np.flatnonzero(node_type == en.JUNCTION)
        self.reservoirs = np.flatnonzero(node_type == en.RESERVOIR)
        self.tanks = np.flatnonzero(node_type == en.TANK)
        self.pipes = np.flatnonzero((link_type == en.PIPE) | (link_type == en.CVPIPE))
        self.pumps = np.flatnonzero(link_type == en.PUMP)
        self.valves = np.flatnonzero(np.isin(link_type, VALVES))
        self._is_junction, self._is_reservoir = node_type == en.JUNCTION, node_type == en.RESERVOIR
        self.flow_control_valves = np.flatnonzero(link_type == en.FCV)
        self._settable = np.isin(np.arange(len(self.links)), np.concatenate([self.pumps, self.valves]))
        ends = [en.getlinknodes(handle, i + 1) for i in range(len(self.links))]
        self.ends: Index = np.array(ends, dtype=np.intp).reshape(-1, 2) - 1
        self._powered = self._link_indices(powered)
        self._prepare()

    def reset(self) -> None:
        """Open the project anew: the only return to the bit that EPANET offers."""
        self.project.close()
        self.project = self._open()
        self._prepare()

    def _open(self) -> Project:
        return Project(self.path, self._folder, *self._pressures)

    def _prepare(self) -> None:
        project = self.project
        nodes, links = len(self.nodes), len(self.links)
        self.head, self.demand, self.deficit = np.zeros((3, nodes))
        self.flow, self.velocity = np.zeros((2, links))
        self.energy = np.zeros(len(self.pumps))
        self.reading = Reading(self.head, self.demand, self.deficit, self.flow, self.velocity, self.energy)
        self.storage = Tanks(project, self.tanks)
        diameter = project.link_values(en.DIAMETER) * project.diameter_unit
        per_area = np.divide(4.0 / np.pi, diameter**2, out=np.zeros(links), where=diameter > 0.0)
        units, kinds = Units(project.flow_unit, project.length_unit), (self._is_junction, self._is_reservoir)
        self._how = units, per_area, kinds, self.pumps
        self.plain = PlainVectors(
            tuple(project.raw), tuple(self.storage.vectors), tuple(self.storage.levels), tuple(self.reading)
        )
        self.elevation = project.node_values(en.ELEVATION) * project.length_unit
        self._rule_step = project.rule_step_s()
        self._steps = [step for step in (project.pattern_step_s(), self._rule_step) if step]
        count = en.getcount(project.handle, en.CONTROLCOUNT)
        controls = [tuple(en.getcontrol(project.handle, i + 1)) for i in range(count)]
        self._at_times = [int(level) for kind, *_, level in controls if kind == en.TIMER]
        start = project.time_s(en.STARTTIME)
        self._daily = [int(level) - start for kind, *_, level in controls if kind == en.TIMEOFDAY]
        self.controlled = {int(link) - 1 for _, link, *_ in controls}
        at_tanks = np.isin(self.ends[self.pipes], self.tanks).any(axis=1)
        self._tank_pipes = np.setdiff1d(self.pipes[at_tanks], list(self.controlled))
        self._trials = en.getoption(project.handle, en.TRIALS)
        self._running = np.ones(len(self._powered))
        self._shut = np.zeros(links, dtype=bool)
        self.closed = project.link_values(en.INITSTATUS) == en.CLOSED
        self.closed[list(self.controlled)] = False
        if self._rule_step:
            self.closed[:] = False
        self.may_run = ~self.closed
        self.setting = project.link_values(en.INITSETTING).copy()
        self.passed = np.zeros(5)
        self.failed = False
        self._rates = 0.0, 0.0, 0.0, 0.0
        self._error, self._soonest = "", np.inf
        project.open_solver()
        self._reconnect()

    # -- state ----------------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change], known: set[str]) -> None:
        """Open and close pipes and pumps (`open`), set valves and speeds (`setting`).

        Parameters
        ----------
        known
            Addresses that the caller handles itself.
        """
        own = [c for c in changes if c.asset not in known]
        mistakes = [m for c in own if (m := self._mistake(c))]
        if mistakes:
            raise InvalidInput(mistakes)
        for change in own:
            link = self.link_at[change.asset]
            if change.field == "open":
                self.closed[link] = not change.value
            else:
                self.closed[link] = False
                self.setting[link] = float(change.value)
            self._write_status(link)
        self._reconnect()

    def set_running(self, flags: Vector) -> None:
        """Hold closed the powered links whose flag is 0; their controls cannot re-open them."""
        moved = flags != self._running
        for link, flag in zip(self._powered[moved], flags[moved], strict=True):
            self._shut[link] = not flag
            self._write_status(int(link))
        self._running = flags.copy()

    def held_links(self) -> Index:
        """Return the links that are held closed for want of power."""
        return np.flatnonzero(self._shut & ~self.closed)

    def setting_m3_per_s(self, valves: Index) -> Vector:
        """Return the settings of flow control valves."""
        return np.asarray(self.setting[valves] * self.project.flow_unit)

    def _write_status(self, link: int) -> None:
        """Write whether a link may run; what may not, its controls cannot re-open."""
        handle, may_run = self.project.handle, not (self.closed[link] or self._shut[link])
        self.may_run[link] = may_run
        self.project.enable_controls(link + 1, may_run)
        if not may_run:
            en.setlinkvalue(handle, link + 1, en.STATUS, 0)
        elif self._settable[link]:
            en.setlinkvalue(handle, link + 1, en.SETTING, self.setting[link] or 1.0)
        else:
            en.setlinkvalue(handle, link + 1, en.STATUS, 1)

    # -- solving --------------------------------------------------------------------------------

    def solve(self) -> None:
        """Solve the steady state now; what does not balance is tried again with damped steps.

        Raises
        ------
        Unsolved
            If EPANET finds no balanced solution.
        """
        self.failed = not (self.attempt() == SETTLED or self._run_again())
        if self.failed:
            raise Unsolved(*explain(self, self._error))

    def _run_again(self) -> bool:
        """Try what ends most flip-flopping; a balanced solution that still does is taken in the end.

        Pipes at empty tanks, which EPANET closes by itself, are opened; then its damping is varied.
        """
        handle = self.project.handle
        own = en.getoption(handle, en.DAMPLIMIT)
        balanced: list[float] = []
        try:
            for limit in (own, *_DAMPING):
                en.setoption(handle, en.DAMPLIMIT, limit)
                self._open_tank_pipes()
                outcome = self.attempt()
                if outcome == SETTLED:
                    return True
                balanced += [limit] if outcome == BALANCED else []
            for limit in balanced:
                en.setoption(handle, en.DAMPLIMIT, limit)
                if self.attempt() != UNSOLVED:
                    self._read_solution()
                    return True
            return False
        finally:
            en.setoption(handle, en.DAMPLIMIT, own)

    def _open_tank_pipes(self) -> None:
        handle = self.project.handle
        for pipe in self._tank_pipes:
            if self.may_run[pipe]:
                en.setlinkvalue(handle, int(pipe) + 1, en.STATUS, 1)

    def attempt(self) -> int:
        """Let EPANET solve; return whether flows balance and every tank fills and drains as it can.

        What is settled is read in.
        """
        project = self.project
        error, outcome, (self._rates, self._soonest) = kernels.solve_and_take_in(
            project.address,
            self._trials,
            self.plain.raw,
            self.plain.tanks,
            self.plain.levels,
            *self._how,
            self.plain.reading,
        )
        if outcome == UNSOLVED:
            failed = error > calls.WARNINGS
            self._error = calls.message(error) if failed else "no solution within its trials"
        if outcome == OUT_OF_TRIALS:
            outcome = BALANCED if self._keeps_out() else SETTLED
            self._read_solution()
        return int(outcome)

    def _keeps_out(self) -> bool:
        """Return whether a pipe was left closed though its head would fill the tank it leads to."""
        pipes = self._tank_pipes[self.may_run[self._tank_pipes]]
        shut = pipes[self.project.link_values(en.STATUS)[pipes] == 0]
        heads = self.project.node_values(en.HEAD)[self.ends[shut]]
        at_tank = np.isin(self.ends[shut], self.tanks)
        full = self.storage.volume >= self.storage.max_volume - 1e-9
        at_full = np.isin(self.ends[shut], self.tanks[full]).any(axis=1)
        drop = np.where(at_tank[:, 0], heads[:, 1] - heads[:, 0], heads[:, 0] - heads[:, 1])
        return bool((drop[~at_full] > _HEAD_TOLERANCE).any())

    def _read_solution(self) -> None:
        project, storage = self.project, self.storage
        self._rates, self._soonest = kernels.take_in(
            project.address, project.raw, storage.vectors, storage.levels, *self._how, self.reading
        )

    @property
    def power_kw(self) -> float:
        """Return what all pumps draw at the last solution."""
        return self._rates[3]

    # -- time -----------------------------------------------------------------------------------

    def next_change_s(self) -> int:
        """Return the seconds until a tank fills or empties, a control acts or a pattern steps."""
        # rounded as EPANET does, but never to 0: that would drain an empty tank for a whole step
        soonest = max(1, int(self._soonest + 0.5)) if self._soonest < FOREVER else FOREVER
        if self._steps or self._at_times or self._daily:
            now = int(self.project.raw.time[0])
            for step in self._steps:
                soonest = min(soonest, step - now % step)
            for time in self._at_times:
                if time > now:
                    soonest = min(soonest, time - now)
            for time in self._daily:
                soonest = min(soonest, (time - now) % 86400 or 86400)
        return soonest

    def steps(self, seconds: int) -> Iterator[int]:
        """Let time pass and yield each step's length; the solution is that of the step.

        `passed` then holds what was supplied, delivered, unserved, stored and spilled in it, m3. EPANET stops
        early where its tanks do, by a second of rounding; the rest goes by at a new solution. Within that
        second a tank is put to its limit, by EPANET or here: what that makes or destroys is taken off what
        was delivered or supplied; more than a second of flow would stay an open balance.
        """
        passed = 0
        while passed < seconds:
            if passed:
                with suppress(Unsolved):  # then `failed` holds: storage stands still for the rest
                    self.solve()
            step = self._step(seconds - passed)
            passed += step
            yield step

    def _step(self, seconds: int) -> int:
        if self._rule_step:  # EPANET cuts it to the hydraulic step that holds
            en.settimeparam(self.project.handle, en.HYDSTEP, seconds)
            en.settimeparam(self.project.handle, en.RULESTEP, min(seconds, self._rule_step))
        storage, project = self.storage, self.project
        error, step, storage.at_limits = kernels.step(
            project.address,
            seconds,
            self.plain.raw,
            self.plain.tanks,
            project.volume_unit,
            self.demand,
            self._rates,
            self.passed,
        )
        project.check(error)
        if self.failed:
            storage.restore()
            full_demand = np.maximum(project.node_values(en.FULLDEMAND), 0.0).sum()
            self.passed[:] = 0.0
            self.passed[2] = step * full_demand * project.flow_unit
        elif storage.at_limits:
            storage.keep_within_limits()
            kernels.account(step, self.demand, storage.vectors, self._rates, self.passed)
        return int(step)

    # -- opening --------------------------------------------------------------------------------

    def diameter(self, link: int) -> float:
        """Return a pipe's diameter, m."""
        value = en.getlinkvalue(self.project.handle, link + 1, en.DIAMETER)
        return float(value) * self.project.diameter_unit

    def _reconnect(self) -> None:
        """Find anew what leads where over links that are commissioned."""
        open_ = np.flatnonzero(~self.closed)
        ends = self.ends[open_]
        shape = (len(self.nodes), len(self.nodes))
        graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=shape)
        _, label = connected_components(graph, directed=False)
        self.connected: Mask = np.isin(label, label[self.reservoirs])
        self.neighbours: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for link, (a, b) in zip(open_.tolist(), ends.tolist(), strict=True):
            self.neighbours[a].append((link, b))
            self.neighbours[b].append((link, a))

    def _link_indices(self, addresses: Sequence[str]) -> Index:
        wrong = [a for a in addresses if a not in self.link_at]
        if wrong:
            raise InvalidInput([Mistake(self.path.name, 0, f"{a} is not a link") for a in wrong])
        return np.array([self.link_at[a] for a in addresses], dtype=np.intp)

    def _mistake(self, change: Change) -> Mistake | None:
        if change.asset not in self.link_at:
            return Mistake(self.path.name, 0, f"unknown asset {change.asset}")
        if change.field not in ("open", "setting"):
            return Mistake(self.path.name, 0, f"{change.asset} has no field {change.field}", "open, setting")
        return None

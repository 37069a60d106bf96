"""EPANET in process: one project per network, stepped, pressure-dependent, accounted exactly."""

import shutil
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
from twin.scratch import scratch
from twin.utilities.base import Change, Mask, Vector
from twin.utilities.epanet import calls, kernels
from twin.utilities.epanet.diagnosis import explain
from twin.utilities.epanet.held_links import HeldLinks, LinkState, read_controls
from twin.utilities.epanet.kernels import (
    BALANCED,
    OUT_OF_TRIALS,
    SETTLED,
    UNSOLVED,
    Model,
    Nodes,
    Plain,
    Reading,
)
from twin.utilities.epanet.project import FOREVER, VALVES, Index, PressureDemand, Project, at_rest
from twin.utilities.epanet.tanks import Tanks

_DAMPING = (1.0, 0.1, 10.0)
_HEAD_TOLERANCE = 1e-3
_EXACT = 1e-6


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
    demand
        How pressure limits what is delivered; None: as the file says.
    powered
        Addresses of the links that stop without power.
    follows_tanks
        Solve as often as inflows answer the tanks' volumes; not for wells whose pumps the twin steers.

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
        demand: PressureDemand | None,
        powered: Sequence[str] = (),
        follows_tanks: bool = True,
    ) -> None:
        self.path, self.name = path, name
        self._demand_model, self._follows_tanks = demand, follows_tanks
        self._folder = scratch(name)
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
        return Project(self.path, self._folder, self._demand_model)

    def _prepare(self) -> None:
        project = self.project
        nodes, links = len(self.nodes), len(self.links)
        self.head, self.demand, self.leak, self.deficit = np.zeros((4, nodes))
        self.flow, self.velocity = np.zeros((2, links))
        self.reading = Reading(
            self.head,
            self.demand,
            self.leak,
            self.deficit,
            self.flow,
            self.velocity,
            np.zeros(len(self.pumps)),
        )
        self.storage = Tanks(project, self.tanks)
        diameter = project.link_values(en.DIAMETER) * project.diameter_unit
        per_area = np.divide(4.0 / np.pi, diameter**2, out=np.zeros(links), where=diameter > 0.0)
        self.demand_driven = en.getdemandmodel(project.handle)[0] == en.DDA
        self.elevation = project.node_values(en.ELEVATION) * project.length_unit
        model = Model(
            project.flow_unit,
            project.length_unit,
            project.has_leaks(),
            self.demand_driven,
            self._follows_tanks,
            *at_rest(links, self.elevation),
        )
        places = Nodes(self._is_junction, self._is_reservoir, self.elevation)
        self._how = model, per_area, places, self.pumps
        self._plain_how = tuple(model), per_area, tuple(places), self.pumps
        self.plain = PlainVectors(
            tuple(project.raw), tuple(self.storage.vectors), tuple(self.storage.levels), tuple(self.reading)
        )
        self._rule_step, self._pattern_step = project.rule_step_s(), project.pattern_step_s()
        self._pattern_start, self._hydraulic_step = project.time_s(en.PATTERNSTART), project.hydraulic_step_s
        controls = read_controls(project)
        self._at_times = [int(c.level) for c in controls if c.kind == en.TIMER]
        self._daily = [int(c.level) for c in controls if c.kind == en.TIMEOFDAY]
        self._by_clock = any(
            (self._hydraulic_step, self._rule_step, self._pattern_step, self._at_times, self._daily)
        )
        self._holds = HeldLinks(project, self.storage, self.demand)
        self.controlled = {c.link - 1 for c in controls}
        at_tanks = np.isin(self.ends[self.pipes], self.tanks).any(axis=1)
        check_valves = [int(pipe) for pipe in self.pipes if self._holds.has_check_valve(int(pipe))]
        self._tank_pipes = np.setdiff1d(self.pipes[at_tanks], [*self._holds.acted_on, *check_valves])
        self._trials = en.getoption(project.handle, en.TRIALS)
        self._accuracy = en.getoption(project.handle, en.ACCURACY)
        self._running = np.ones(len(self._powered))
        self._held, self._unpowered = np.zeros((2, links), dtype=bool)
        status = project.link_values(en.INITSTATUS).copy()
        self.closed = status == en.CLOSED
        self.closed[list(self._holds.acted_on)] = False
        self._fixed = {int(valve) for valve in self.valves if status[valve] == en.OPEN}
        self._holds.leave_closed(np.flatnonzero(self.closed).tolist())
        self.may_run = ~self.closed
        self.setting = project.link_values(en.INITSETTING).copy()
        self.passed, self._back = np.zeros(8), np.zeros(len(self.tanks))
        self.failed, self._shut = False, list[int]()
        self._rates = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        self._error, self._soonest = "", np.inf
        project.open_solver()
        self._reconnect()

    # -- state ----------------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change], known: set[str]) -> None:
        """Build and take out links (`open`), set valves and pump speeds (`setting`), hold links (`held`).

        What the scenario built, what an outage holds and what has no power are kept apart: a link may run
        where it is built and nothing holds it, and then its patterns, controls and rules decide.

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
            match change.field:
                case "held":
                    self._held[link] = bool(change.value)
                case "open":
                    self.closed[link] = not change.value
                case _:
                    self.closed[link] = False
                    self.setting[link] = float(change.value)
                    self._fixed.discard(link)
            self._hold_or_give_back(link)
            if change.field != "held" and not self.closed[link]:
                self._holds.put(link, self._as_built(link))
        self._reconnect()

    def set_running(self, flags: Vector) -> None:
        """Hold closed the powered links whose flag is 0."""
        moved = flags != self._running
        for link, flag in zip(self._powered[moved], flags[moved], strict=True):
            self._unpowered[link] = not flag
            self._hold_or_give_back(int(link))
        self._running = flags.copy()

    def held_links(self) -> Index:
        """Return the links that are held closed for want of power."""
        return np.flatnonzero(self._unpowered & ~self.closed & ~self._held)

    def setting_m3_per_s(self, valves: Index) -> Vector:
        """Return the settings of flow control valves."""
        return np.asarray(self.setting[valves] * self.project.flow_unit)

    @property
    def standing(self) -> Mask:
        """Return which links are built and not held by an outage."""
        return np.asarray(~self.closed & ~self._held)

    def _hold_or_give_back(self, link: int) -> None:
        self.may_run[link] = may_run = not (self.closed[link] or self._held[link] or self._unpowered[link])
        if may_run != (link in self._holds):
            return
        if may_run:
            self._holds.give_back(link)
        else:
            self._holds.hold(link)
        if self._holds.has_check_valve(link):
            self._reopen(link)

    def _as_built(self, link: int) -> LinkState:
        """Return how a link stands once a scenario opens or sets it."""
        if not self._holds.settable(link) or link in self._fixed:
            return LinkState(True)
        return LinkState(True, float(self.setting[link]) or 1.0)

    # -- solving --------------------------------------------------------------------------------

    def solve(self) -> None:
        """Solve the steady state now; what does not balance is tried again, at last from fresh flows.

        Raises
        ------
        Unsolved
            If EPANET finds no balanced solution.
        """
        self.release()
        self.failed = not (self.attempt() == SETTLED or self._run_again() or self._start_afresh())
        if self.failed:
            raise Unsolved(*explain(self, self._error))
        self._holds.follow()

    def _start_afresh(self) -> bool:
        """Try again from flows that EPANET guesses, and then more exactly than the file asks."""
        self._reopen()
        if self.attempt() == SETTLED or self._run_again():
            return True
        if self._accuracy <= _EXACT:
            return False
        en.setoption(self.project.handle, en.ACCURACY, _EXACT)
        if self.attempt() == SETTLED or self._run_again():
            problem = f"ACCURACY {self._accuracy:g} leaves an open balance: {_EXACT:g} is used"
            self.project.warnings.append(Mistake(self.path.name, 0, problem, "a finer ACCURACY in [OPTIONS]"))
            self._accuracy = _EXACT
            return True
        en.setoption(self.project.handle, en.ACCURACY, self._accuracy)
        return False

    def _reopen(self, check_valve: int = -1) -> None:
        """Close EPANET's solver and open it anew at this instant: the same state, but fresh flows.

        Parameters
        ----------
        check_valve
            A pipe whose check valve is taken out and closed, or put back: EPANET has no status for it.
        """
        project, holds = self.project, self._holds
        now, states = project.time_s(en.HTIME), holds.states()
        levels = project.node_values(en.HEAD)[self.tanks] - project.node_values(en.ELEVATION)[self.tanks]
        en.closeH(project.handle)
        if check_valve >= 0:
            project.set_check_valve(check_valve + 1, bool(self.may_run[check_valve]))
        project.open_solver()
        en.settimeparam(project.handle, en.HTIME, now)
        self.storage.put(levels)
        open_again = [pipe for pipe in self._tank_pipes.tolist() if self.may_run[pipe]]
        for pipe in open_again:  # EPANET closes them at empty and full tanks, by itself and for a while
            states[pipe] = LinkState(True)
        holds.write(states)

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
            en.setoption(handle, en.DAMPLIMIT, own)
            if self._shut_at_limits():
                return True
            for limit in balanced:
                en.setoption(handle, en.DAMPLIMIT, limit)
                if self.attempt() != UNSOLVED:
                    self._read_solution()
                    return True
            return False
        finally:
            en.setoption(handle, en.DAMPLIMIT, own)

    def _shut_at_limits(self) -> bool:
        """Solve with links held closed that would drain empty tanks or fill full ones, until time passes.

        EPANET opens and closes them without end where a pump takes more from an empty tank than reaches it.
        """
        for _ in self.tanks:
            wrong = [link for link in self._against_limits() if link not in self._holds]
            for link in wrong:
                self._holds.hold(link)
            self._shut += wrong
            if not wrong:
                break
            if self.attempt() == SETTLED:
                return True
        self.release()
        return False

    def _against_limits(self) -> list[int]:
        """Return the links, without check valves, that drain an empty tank or fill a full one."""
        storage, flow = self.storage, self.project.link_values(en.FLOW)
        from_, to = self.ends[:, 0], self.ends[:, 1]
        empty, full = self.tanks[storage.empty], self.tanks[storage.full]
        drains = np.where(flow > 0.0, np.isin(from_, empty), np.isin(to, empty))
        fills = np.where(flow > 0.0, np.isin(to, full), np.isin(from_, full))
        moving = np.abs(flow) > self._how[0].still / self.project.flow_unit
        links = np.flatnonzero((drains | fills) & moving).tolist()
        return [link for link in links if not self._holds.has_check_valve(link)]

    def release(self) -> None:
        """Give back the links that are held closed because of tanks at their limits."""
        for link in self._shut:
            if self.may_run[link] and link in self._holds:
                self._holds.give_back(link)
        self._shut.clear()

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
            self._accuracy,
            self.plain.raw,
            self.plain.tanks,
            self.plain.levels,
            *self._plain_how,
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

    @property
    def leaked_m3_per_s(self) -> float:
        """Return what emitters and leaking pipes lose at the last solution."""
        return self._rates[4]

    # -- time -----------------------------------------------------------------------------------

    def next_change_s(self) -> int:
        """Return the seconds until a tank fills or empties, a control acts or a pattern steps."""
        # rounded as EPANET does, but never to 0: that would drain an empty tank for a whole step
        soonest = max(1, int(self._soonest + 0.5)) if self._soonest < FOREVER else FOREVER
        if self._by_clock:
            now = int(self.project.raw.time[0])
            for step in (self._hydraulic_step, self._rule_step):
                if step:
                    soonest = min(soonest, step - now % step)
            if self._pattern_step:
                soonest = min(soonest, self._pattern_step - (now + self._pattern_start) % self._pattern_step)
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
        if self._rule_step:
            self._holds.step(int(step))
        self.release()
        if self.failed:
            storage.restore()
            full_demand = np.maximum(project.node_values(en.FULLDEMAND), 0.0).sum()
            self.passed[:] = 0.0
            self.passed[2] = step * full_demand * project.flow_unit
        elif storage.at_limits:
            storage.keep_within_limits()
            too_much = kernels.returned(
                step, self.demand, self.plain.tanks, self.reservoirs, self._rates, self._back
            )
            storage.give_back(self._back)
            kernels.account(step, self.demand, storage.vectors, self._rates, too_much, self.passed)
        return int(step)

    # -- opening --------------------------------------------------------------------------------

    def diameter(self, link: int) -> float:
        """Return a pipe's diameter, m."""
        value = en.getlinkvalue(self.project.handle, link + 1, en.DIAMETER)
        return float(value) * self.project.diameter_unit

    def _reconnect(self) -> None:
        """Find anew what leads where over links that are commissioned."""
        open_ = np.flatnonzero(self.standing)
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
        if change.field not in ("open", "setting", "held"):
            return Mistake(self.path.name, 0, f"{change.asset} has no field {change.field}", "open, setting")
        if change.field == "setting" and not self._holds.settable(self.link_at[change.asset]):
            return Mistake(self.path.name, 0, f"{change.asset} has no setting", "a pump or a valve; open")
        return None

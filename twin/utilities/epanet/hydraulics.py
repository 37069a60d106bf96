"""EPANET in process: one project per network, stepped, pressure-dependent, accounted exactly."""

import shutil
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from epanet import toolkit as en

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.scratch import scratch
from twin.utilities.base import Change, Mask, Vector
from twin.utilities.epanet import calls, kernels
from twin.utilities.epanet.diagnosis import explain
from twin.utilities.epanet.held_links import HeldLinks, LinkState, read_controls
from twin.utilities.epanet.kernels import BALANCED, OUT_OF_TRIALS, SETTLED, UNSOLVED
from twin.utilities.epanet.project import FOREVER, Index, PressureDemand, Project
from twin.utilities.epanet.structures import LEAKED, POWER_KW, Model, Reading
from twin.utilities.epanet.tank_kernels import account, returned
from twin.utilities.epanet.tank_pipes import TankPipes
from twin.utilities.epanet.tanks import Tanks
from twin.utilities.epanet.times import Times
from twin.utilities.epanet.topology import Topology
from twin.utilities.epanet.vectors import plain_vectors, read_model

_DAMPING = (1.0, 0.1, 10.0)
_EXACT = 1e-6


class Hydraulics(Topology):
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
    storage
        The tanks' volumes; `tanks` are their nodes.
    reading, plain
        The last solution; it and more as compiled code takes them.
    passed
        Volumes of the last step, m3: see `steps`.
    controlled
        Links that simple controls act on.
    closed, may_run, setting
        Of each link: taken out by a change; neither that nor without power; its valve setting or speed.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        demand: PressureDemand | None,
        powered: Sequence[str] = (),
        follows_tanks: bool = True,
    ) -> None:
        self._demand_model, self._follows_tanks = demand, follows_tanks
        self._folder, self.path = scratch(name), path
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.project = self._open()
        super().__init__(path, name, self.project)
        self._powered = self.links_of(powered)
        self._prepare()

    def reset(self) -> None:
        """Open the project anew: the only return to the bit that EPANET offers."""
        self.project.close()
        self.project = self._open()
        self._prepare()

    def _open(self) -> Project:
        return Project(self.path, self._folder, self._demand_model)

    def _prepare(self) -> None:
        """Make everything that holds for the project as opened."""
        project, links = self.project, len(self.links)
        controls = read_controls(project)
        self.controlled = {c.link - 1 for c in controls}
        self.storage = Tanks(project, self.tanks)
        self._accuracy = en.getoption(project.handle, en.ACCURACY)
        self._prepare_vectors()
        self._rule_step, self._times = project.rule_step_s(), Times(project, controls)
        self._holds = HeldLinks(project, self.storage, self.demand)
        self._running = np.ones(len(self._powered))
        self._held, self._unpowered = np.zeros((2, links), dtype=bool)
        status = project.link_values(en.INITSTATUS).copy()
        self.closed = status == en.CLOSED
        self.closed[list(self._holds.acted_on)] = False
        self._fixed = {int(valve) for valve in self.valves if status[valve] == en.OPEN}
        self._holds.leave_closed(np.flatnonzero(self.closed).tolist())
        self.may_run = ~self.closed
        self.setting = project.link_values(en.INITSETTING).copy()
        self._tank_pipes = TankPipes(self, project, self.storage, self._holds, self.may_run)
        self.passed, self._back = np.zeros(8), np.zeros(len(self.tanks))
        self.failed, self._error, self._soonest = False, "", np.inf
        project.open_solver()
        self.reconnect(self.standing)

    def _prepare_vectors(self) -> None:
        """Make the vectors that compiled code writes, and what it reads of the project."""
        project, nodes, links = self.project, len(self.nodes), len(self.links)
        self.head, self.demand, self.leak, self.deficit = np.zeros((4, nodes))
        self.flow, self.velocity = np.zeros((2, links))
        power_kw, self._rates = np.zeros(len(self.pumps)), np.zeros(6)
        reading = Reading(
            self.head, self.demand, self.leak, self.deficit, self.flow, self.velocity, power_kw, self._rates
        )
        self.elevation = project.node_values(en.ELEVATION) * project.length_unit
        self.demand_driven = en.getdemandmodel(project.handle)[0] == en.DDA
        self.plain = plain_vectors(self, project, self.storage, self._model(), reading)

    def _model(self) -> Model:
        return read_model(self.project, self.elevation, self._follows_tanks, self._accuracy)

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
        self.reconnect(self.standing)

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
            self.plain = self.plain.with_model(self._model())
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
        for pipe in (
            self._tank_pipes.that_may_run().tolist()
        ):  # EPANET closes them at empty and full tanks, by itself and for a while
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
                self._tank_pipes.open()
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
            if not self._tank_pipes.shut_at_limits():
                break
            if self.attempt() == SETTLED:
                return True
        self.release()
        return False

    def release(self) -> None:
        """Give back the links that are held closed because of tanks at their limits."""
        if self._tank_pipes.shut:
            self._tank_pipes.release()

    def attempt(self) -> int:
        """Let EPANET solve; return whether flows balance and every tank fills and drains as it can.

        What is settled is read in.
        """
        error, outcome, self._soonest = kernels.solve_and_take_in(
            self.project.address, self.plain.state, self.plain.network, self.plain.reading
        )
        if outcome == UNSOLVED:
            failed = error > calls.WARNINGS
            self._error = calls.message(error) if failed else "no solution within its trials"
        if outcome == OUT_OF_TRIALS:
            outcome = BALANCED if self._tank_pipes.keeps_out() else SETTLED
            self._read_solution()
        return int(outcome)

    def _read_solution(self) -> None:
        plain = self.plain
        self._soonest = kernels.take_in(self.project.address, plain.state, plain.network, plain.reading)

    @property
    def power_kw(self) -> float:
        """Return what all pumps draw at the last solution."""
        return float(self._rates[POWER_KW])

    @property
    def leaked_m3_per_s(self) -> float:
        """Return what emitters and leaking pipes lose at the last solution."""
        return float(self._rates[LEAKED])

    # -- time -----------------------------------------------------------------------------------

    def next_change_s(self) -> int:
        """Return the seconds until a tank fills or empties, a control acts or a pattern steps."""
        # rounded as EPANET does, but never to 0: that would drain an empty tank for a whole step
        soonest = max(1, int(self._soonest + 0.5)) if self._soonest < FOREVER else FOREVER
        return min(soonest, self._times.next_s(int(self.project.raw.time[0]))) if self._times.any else soonest

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
            project.address, seconds, self.plain.state, self.plain.reading, self.passed
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
            reading, tanks = self.plain.reading, self.plain.tanks
            too_much = returned(step, reading, tanks, self.reservoirs, self._back)
            storage.give_back(self._back)
            account(step, reading, tanks, too_much, self.passed)
        return int(step)

    # -- opening --------------------------------------------------------------------------------

    def diameter(self, link: int) -> float:
        """Return a pipe's diameter, m."""
        value = en.getlinkvalue(self.project.handle, link + 1, en.DIAMETER)
        return float(value) * self.project.diameter_unit

    def _mistake(self, change: Change) -> Mistake | None:
        if change.asset not in self.link_at:
            return Mistake(self.path.name, 0, f"unknown asset {change.asset}")
        if change.field not in ("open", "setting", "held"):
            return Mistake(self.path.name, 0, f"{change.asset} has no field {change.field}", "open, setting")
        if change.field == "setting" and not self._holds.settable(self.link_at[change.asset]):
            return Mistake(self.path.name, 0, f"{change.asset} has no setting", "a pump or a valve; open")
        return None

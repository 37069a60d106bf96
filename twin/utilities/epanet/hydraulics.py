"""EPANET in process: one project per network, stepped, pressure-dependent, accounted exactly."""

import shutil
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from epanet import toolkit as en

from twin.errors import Mistake, Unsolved
from twin.pinned import pin
from twin.scratch import scratch
from twin.utilities.base import Stores, Vector
from twin.utilities.epanet import calls, kernels
from twin.utilities.epanet.controls import read_controls
from twin.utilities.epanet.diagnosis import explain
from twin.utilities.epanet.filling import calls_m3
from twin.utilities.epanet.kernels import BALANCED, OUT_OF_TRIALS, SETTLED, UNSOLVED
from twin.utilities.epanet.project import FOREVER, PressureDemand, Project
from twin.utilities.epanet.rules_ahead import RulesAhead
from twin.utilities.epanet.saved import Saved, copies, put_back
from twin.utilities.epanet.standing import Standing
from twin.utilities.epanet.structures import LEAKED, POWER_KW, Model, Reading
from twin.utilities.epanet.tank_kernels import account, fill_up, returned
from twin.utilities.epanet.times import Times
from twin.utilities.epanet.vectors import read_model, whole_of

_DAMPING = (1.0, 0.1, 10.0)
_EXACT = 1e-6
_DAY_S = 86400
_HOUR_S = 3600


class Hydraulics(Standing):
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
    whole
        The last solution and all it is made of, as compiled code takes it.
    stores
        What the tanks can hold, as a `Network` tells it.
    passed
        Volumes of the last step, m3: see `steps`.
    controlled
        Links that simple controls act on.
    """

    failed: bool
    _error: str
    _soonest: float
    _brimming = False

    def __init__(
        self,
        path: Path,
        name: str,
        demand: PressureDemand | None,
        powered: Sequence[str] = (),
        follows_tanks: bool = True,
    ) -> None:
        self._folder, self._follows_tanks = scratch(name), follows_tanks
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        super().__init__(path, name, Project(path, self._folder, demand), powered)
        project = self.project
        controls = read_controls(project)
        self.controlled = {c.link - 1 for c in controls}
        self._opened_accuracy = en.getoption(project.handle, en.ACCURACY)
        self._prepare_vectors()
        self._rules_ahead = RulesAhead(project, self.storage, self._holds.rules)
        self._rule_step, self._times = (
            project.rule_step_s(),
            Times(project, controls, self._holds.rules.times),
        )
        self.stores = Stores(
            tuple(f"{name}/{self.nodes[tank]}" for tank in self.tanks),
            self.storage.min_volume.copy(),
            self.storage.max_volume.copy(),
            calls_m3(project, self.storage, self._holds.rules),
            np.zeros(len(self.tanks), dtype=bool),
        )
        self.passed, self._back, self._made = np.zeros(8), np.zeros(len(self.tanks)), np.zeros(1)
        self._begin()
        project.open_solver()

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """Return what the file says and is not used, or used otherwise."""
        return tuple(dict.fromkeys([*self.project.warnings, *self._found]))

    def reset(self) -> None:
        """Return to the opened state, to the bit: what was written is written back, and EPANET starts again.

        A project that was just opened stands the same, since it was told its levels and controls once too.
        """
        if self._accuracy != self._opened_accuracy:
            en.setoption(self.project.handle, en.ACCURACY, self._opened_accuracy)
            self.whole = self._opened
        self._begin()
        self.storage.reset()
        self.project.start_again()

    def save(self) -> Saved:
        """Return what it would go on from."""
        return Saved(
            self.project.time_s(en.HTIME),
            self._save_links(),
            self.storage.save(),
            self._solved,
            self.failed,
            self._error,
            self._soonest,
            self._accuracy,
            tuple(self._found),
            copies(self._moving()),
        )

    def restore(self, saved: Saved) -> None:
        """Go on from a saved state, with the demand that is written; EPANET's flows are found anew."""
        self.reset()
        self._restore_links(saved.links)
        self._put(saved.time_s, saved.links.states, saved.tanks)
        if saved.accuracy != self._accuracy:
            self._ask_for(saved.accuracy)
        if saved.solved:
            with suppress(Unsolved):
                self.solve()
        if not saved.solved or saved.failed or self.failed:
            put_back(self._moving(), saved.reading)
            self.failed, self._error, self._soonest = saved.failed, saved.error, saved.soonest
        self.project.raw.time[0] = saved.time_s
        self._solved, self._found = saved.solved, list(saved.found)

    def alike(self, day: int) -> int:
        """Return the earliest day since the opening that goes by the file like a day."""
        return self._times.alike(day)

    def start_clock(self, day: int) -> None:
        """Let it be the midnight that begins a day, after a reset, with what is scheduled until then."""
        if day:
            second = day * _DAY_S
            self._holds.schedule(second)
            self.project.raw.time[0] = second

    def put_stored(self, volumes_m3: Vector) -> None:
        """Let so much be in the tanks, m3: nothing of it has passed; to be solved anew."""
        self.release()
        self.storage.put_volumes(volumes_m3)
        self._solved = False

    def _moving(self) -> tuple[Vector, ...]:
        return *self._reading, self.passed, self._back, self._made

    def _ask_for(self, accuracy: float) -> None:
        """Let EPANET solve more, or less, exactly."""
        en.setoption(self.project.handle, en.ACCURACY, accuracy)
        self._accuracy = accuracy
        self.whole = pin(self._opened.parts._replace(model=self._model(accuracy)))

    def _begin(self) -> None:
        """Let everything stand as it does when the project is opened."""
        self._stand_as_opened()
        self._accuracy, self._found = self._opened_accuracy, list[Mistake]()
        for values in self._moving():
            values[:] = 0.0
        self._solved = False
        self.failed, self._error, self._soonest = False, "", np.inf

    def _prepare_vectors(self) -> None:
        """Make the vectors that compiled code writes, and what it reads of the project."""
        project, nodes, links = self.project, len(self.nodes), len(self.links)
        self.head, self.leak, self.deficit = np.zeros((3, nodes))
        self.flow, self.velocity = np.zeros((2, links))
        power_kw, self._rates = np.zeros(len(self.pumps)), np.zeros(6)
        self._reading = Reading(
            self.head, self.demand, self.leak, self.deficit, self.flow, self.velocity, power_kw, self._rates
        )
        self.elevation = project.node_values(en.ELEVATION) * project.length_unit
        self.demand_driven = en.getdemandmodel(project.handle)[0] == en.DDA
        model = self._model(self._opened_accuracy)
        self.whole = self._opened = pin(whole_of(self, project, self.storage, model, self._reading))

    def _model(self, accuracy: float) -> Model:
        return read_model(self.project, self.elevation, self._follows_tanks, accuracy)

    # -- solving --------------------------------------------------------------------------------

    def solve(self) -> None:
        """Solve the steady state now; what does not balance is tried again, at last from fresh flows.

        Raises
        ------
        Unsolved
            If EPANET finds no balanced solution.
        """
        self.release()
        self._solved = True
        self.failed = not (self.attempt() == SETTLED or self._run_again() or self._start_afresh())
        if self.failed:
            raise Unsolved(*explain(self, self._error))
        if self._brimming:
            self._fill_up()
        self._holds.follow()

    def _fill_up(self) -> None:
        """Put tanks that would be full within half a second to their brims, and solve anew.

        Two that keep each other full would else fill and drain by the second without end.
        """
        for _ in self.tanks:
            made = fill_up(self.storage.vectors, self.demand)
            if not made:
                break
            self._made[0] += made
            self.storage.at_limits = True
            self.storage.keep_within_limits()
            if self.attempt() != SETTLED and not self._run_again():
                self.failed = True
                raise Unsolved(*explain(self, self._error))

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
            self._found.append(Mistake(self.path.name, 0, problem, "a finer ACCURACY in [OPTIONS]"))
            self._ask_for(_EXACT)
            return True
        en.setoption(self.project.handle, en.ACCURACY, self._accuracy)
        return False

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

    def attempt(self) -> int:
        """Let EPANET solve; return whether flows balance and every tank fills and drains as it can.

        What is settled is read in.
        """
        error, outcome, self._soonest, self._brimming = kernels.solve_and_take_in(
            self.project.address, self.whole
        )
        if outcome == UNSOLVED:
            failed = error > calls.WARNINGS
            self._error = calls.message(error) if failed else "no solution within its trials"
        if outcome == OUT_OF_TRIALS:
            outcome = BALANCED if self._tank_pipes.keeps_out() else SETTLED
            self._read_solution()
        return int(outcome)

    def _read_solution(self) -> None:
        self._soonest, self._brimming = kernels.take_in(self.project.address, self.whole)

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
        """Return the seconds until a tank fills or empties, a control or rule acts or a pattern steps."""
        # rounded as EPANET does, but never to 0: that would drain an empty tank for a whole step
        soonest = max(1, int(self._soonest + 0.5)) if self._soonest < FOREVER else FOREVER
        now = int(self.project.raw.time[0])
        if self._times.any:
            soonest = min(soonest, self._times.next_s(now))
        return self._until_a_rule_acts(now, soonest) if self._rule_step else soonest

    def _until_a_rule_acts(self, now: int, soonest: int) -> int:
        """Return the seconds until a rule changes a link, at most to the next hour: demand changes then."""
        if self._holds.rules_act:
            return min(soonest, self._rule_step - now % self._rule_step)
        horizon = min(soonest, _HOUR_S - now % _HOUR_S)
        return self._rules_ahead.first_s(now, self._rule_step, horizon, self.demand)

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
        self._solved = False
        storage, project = self.storage, self.project
        error, step, storage.at_limits = kernels.step(
            project.address, seconds, self._rule_step, self.whole, self.passed
        )
        project.check(error)
        if self._rule_step:
            self._holds.step(int(step))
        self.release()
        if self.failed:
            storage.put_before()
            full_demand = np.maximum(project.node_values(en.FULLDEMAND), 0.0).sum()
            self.passed[:] = 0.0
            self.passed[2] = step * full_demand * project.flow_unit
        elif storage.at_limits:
            storage.keep_within_limits()
            too_much = returned(step, self.whole, self.reservoirs, self._back)
            storage.give_back(self._back)
            account(step, self.whole, too_much, self.passed)
        if self._made[0]:
            self.passed[[0, 3]] += self._made[0]  # supplied, and stored
            self._made[0] = 0.0
        return int(step)

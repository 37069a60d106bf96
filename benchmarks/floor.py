"""The two floors: what the bare solvers need, one process, in processor time.

The tape: what the twin asked, played on bare engines: Newton-Raphson with KLU from the same starts at the
same injections, EPANET through its toolkit with the same writes. Of several solutions at one instant the last
is kept, so superfluous ones count against the twin; superfluous instants do not.

Alone: each engine by itself, with the demands that the twin wrote and the changes that were posted, each at
its second. EPANET has the file's own accuracy and its own events (tanks, controls, patterns, rules, its time
step if that is shorter than an hour) beside the hours; Newton with KLU solves every hour, from its last
solution, to 1e-8 pu, and where a change was posted. Neither hears of the other's events.
"""

import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from epanet import toolkit as en
from lightsim2grid.algorithm import NR_KLU, NRSing_KLU

from benchmarks.tape import GRID, Call, engines
from twin.simulation import clock as simulation

_HOUR_S = 3600
_TOLERANCE_PU = 1e-8


class Own(NamedTuple):
    """What an EPANET file itself says of how it is solved."""

    accuracy: float
    hydraulic_step_s: int
    rule_step_s: int


Schedule = Mapping[int, list[Call]]
"""What is written into an engine, by second; the hours are all there, and the end."""


def play(tape: list[Call], clock: simulation.Clock) -> float:
    """Play a tape on bare engines, opened anew; return the seconds it took."""
    clock.city.reset()
    handles = {name: engine.project.handle for name, engine in engines(clock).items()} | {GRID: None}
    newton = _Newton()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.process_time()
        for call in tape:
            if call.function is None:
                newton.solve(*call.arguments)
            else:
                call.function(handles[call.engine], *call.arguments)
        return time.process_time() - began


class Alone:
    """The engines of a run, each by itself.

    Parameters
    ----------
    tape, clock
        Of `benchmarks.tape.record`.

    Attributes
    ----------
    solutions
        How many the last play had.
    """

    def __init__(self, tape: list[Call], clock: simulation.Clock) -> None:
        self._clock = clock
        self._end = _HOUR_S * clock.books.account.coupled_hours
        self._grid = _hours_of_the_grid(tape, self._end)
        self._schedules = {name: schedule(tape, name, self._end) for name in engines(clock)}
        self._own = {name: _own(engine.path) for name, engine in engines(clock).items()}
        self.solutions = 0

    def play(self) -> float:
        """Solve all engines, opened anew, one after the other; return the seconds it took."""
        self._clock.city.reset()
        handles = {name: engine.project.handle for name, engine in engines(self._clock).items()}
        for name, handle in handles.items():
            _as_file(handle, self._own[name])
        self.solutions = len(self._grid)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            began = time.process_time()
            _solve_grid(self._grid)
            for name, handle in handles.items():
                self.solutions += _solve_water(handle, self._schedules[name], self._own[name])
            took = time.process_time() - began
        for engine in engines(self._clock).values():  # as the twin had it
            en.setoption(engine.project.handle, en.ACCURACY, engine._accuracy)
        return took


def _own(path: Path) -> Own:
    """Read a file as EPANET itself does."""
    handle = en.createproject()
    with TemporaryDirectory() as folder:
        en.open(handle, str(path), f"{folder}/report", f"{folder}/binary")
        step, rule_step = en.gettimeparam(handle, en.HYDSTEP), en.gettimeparam(handle, en.RULESTEP)
        own = Own(en.getoption(handle, en.ACCURACY), min(step, _HOUR_S), rule_step)
        en.close(handle)
    en.deleteproject(handle)
    return own


def _as_file(handle: Any, own: Own) -> None:
    en.setoption(handle, en.ACCURACY, own.accuracy)
    en.settimeparam(handle, en.HYDSTEP, own.hydraulic_step_s)
    en.settimeparam(handle, en.RULESTEP, own.rule_step_s)


def schedule(tape: list[Call], name: str, end: int) -> Schedule:
    """Return what was posted to a network, without what says again what is written already."""
    at: dict[int, list[Call]] = {second: [] for second in range(0, end + 1, _HOUR_S)}
    written: dict[tuple[Any, ...], float] = {}
    for call in tape:
        if call.engine != name or not call.posted or call.function is None:
            continue
        *place, value = call.arguments
        where = (call.function, *place)
        if written.get(where) != value:
            written[where] = value
            at.setdefault(call.second, []).append(call)
    return dict(sorted(at.items()))


def _hours_of_the_grid(tape: list[Call], end: int) -> list[tuple[Any, ...]]:
    """Return what Newton is asked at every hour and at every posted change."""
    solved = [call for call in tape if call.function is None]
    due = {*range(0, end, _HOUR_S), *(call.second for call in solved if call.posted)}
    asked, last = [], 0
    for second in sorted(due) if solved else ():
        while last + 1 < len(solved) and solved[last + 1].second <= second:
            last += 1
        *arguments, _ = solved[last].arguments
        asked.append((*arguments, _TOLERANCE_PU))
    return asked


def _solve_grid(asked: list[tuple[Any, ...]]) -> None:
    """Solve hour by hour, each from the last solution where the grid has the same buses."""
    newton, last, before = _Newton(), None, (-1, -1)
    for matrix, start, power, ref, weights, pv, pq, *limits in asked:
        buses = len(start), len(pq)
        begin = last if last is not None and buses == before else start
        last, before = newton.solve(matrix, begin, power, ref, weights, pv, pq, *limits), buses


def _solve_water(handle: Any, posted: Schedule, own: Own) -> int:
    """Let EPANET go from second to second; return how many times it solved."""
    run, follow, set_time = en.runH, en.nextH, en.settimeparam
    now, solved, step = 0, 0, own.hydraulic_step_s
    for second, calls in posted.items():
        while now < second:
            set_time(handle, en.HYDSTEP, min(step, second - now))
            with suppress(Exception):  # what EPANET cannot solve it goes on from
                run(handle)
            solved += 1
            now += follow(handle) or second - now
        for call in calls:
            call.function(handle, *call.arguments)  # type: ignore[misc]
    return solved


class _Newton:
    """KLU's Newton, which keeps its pattern as long as the grid has the same one."""

    def __init__(self) -> None:
        self._solver: Any = None
        self._pattern = (-1, -1)

    def solve(self, matrix: Any, start: Any, power: Any, *rest: Any) -> Any:
        """Solve from a start; return the voltages, None without a solution."""
        _, weights, _, pq = rest[:4]
        pattern = matrix.nnz, len(pq)
        if pattern != self._pattern:
            self._pattern = pattern
            self._solver = NR_KLU() if np.count_nonzero(weights) > 1 else NRSing_KLU()
        found = self._solver.compute_pf(matrix, start, power, *rest)
        return self._solver.get_V() if found else None

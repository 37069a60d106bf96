"""What a run asks of its engines, on a tape: every value written, every solution, every step, in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from epanet import toolkit as en

from benchmarks.cases import Case
from twin.city.city import City
from twin.simulation import clock as simulation
from twin.utilities.epanet import kernels as hydraulic_kernels
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.power.load_flow import LoadFlow
from twin.utilities.power.network import PowerNetwork
from twin.utilities.wastewater import lift_stations
from twin.utilities.wastewater import network as wastewater
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.water import network as water
from twin.utilities.water.network import WaterNetwork

_IN_PYTHON = ("setpatternvalue", "setbasedemand", "setlinkvalue", "settimeparam")
_POSTING = ("apply", "set_running")
GRID = 0


class Call(NamedTuple):
    """What an engine was asked.

    Attributes
    ----------
    engine
        0 for the grid, else the address of an EPANET project, on a finished tape its network's name.
    function
        Of EPANET's toolkit; None is Newton's.
    second
        Of the run.
    posted
        A demand, or what a change, an outage, a lack of power or a lift station's level does to a link; of
        the grid: its first solution after a change. No solver could do without.
    """

    engine: Any
    function: Callable[..., Any] | None
    arguments: tuple[Any, ...]
    second: int = 0
    posted: bool = False


_END = Call(GRID, None, ())  # of an instant
# the toolkit's own functions, not those that watch them
_set_base_demand, _set_pattern_value = en.setbasedemand, en.setpatternvalue
_set_link_value, _set_time = en.setlinkvalue, en.settimeparam
_follow, _run, _advance = lift_stations.follow, LoadFlow._run, City.advance
_approach = LoadFlow._approach
_write_base, _write_factors = hydraulic_kernels.write_base, hydraulic_kernels.write_factors
_solve_and_take_in, _step = hydraulic_kernels.solve_and_take_in, hydraulic_kernels.step
_apply_to_grid = PowerNetwork.apply


def record(case: Case) -> tuple[list[Call], simulation.Clock]:
    """Run a case once with a tape on; return what was necessary of it."""
    recorder = _Recorder()
    with _taped(recorder):
        clock = simulation.Clock(case.scenario, None)
        recorder.tape.clear()
        clock.run()
    if clock.books.account.ended:
        raise RuntimeError(f"{case.name}: {clock.books.account.ended}")
    # a watcher on the tape would be played, and timed, as if it were the engine
    own = (getattr(en, getattr(call.function, "__name__", ""), None) for call in recorder.tape)
    assert all(call.function in (None, function) for call, function in zip(recorder.tape, own, strict=True))
    names = {engine.project.address: name for name, engine in engines(clock).items()} | {GRID: GRID}
    return [call._replace(engine=names[call.engine]) for call in _necessary(recorder.tape)], clock


def solutions(tape: list[Call]) -> int:
    """Return how many solutions are on a tape."""
    return sum(call.function in (None, en.runH) for call in tape)


def engines(clock: simulation.Clock) -> dict[str, Hydraulics]:
    """Return the EPANET networks of a run by name."""
    networks = clock.city.networks
    return {
        name: n._engine for name, n in networks.items() if isinstance(n, WaterNetwork | WastewaterNetwork)
    }


def _necessary(tape: list[Call]) -> list[Call]:
    """Drop solutions that were found again before time passed."""
    kept: list[Call] = []
    again: set[Any] = set()
    for call in reversed(tape):
        if call is _END:
            again.discard(GRID)
            continue
        if call.function is en.nextH:
            again.discard(call.engine)
        if call.function in (None, en.runH):
            if call.engine in again:
                continue
            again.add(call.engine)
        kept.append(call)
    return kept[::-1]


class _Recorder:
    """Takes the place of what reaches an engine: notes the call, and does it."""

    def __init__(self) -> None:
        self.tape: list[Call] = []
        self._second, self._posting, self._switched = 0, 0, False

    def _note(self, engine: Any, function: Any, arguments: tuple[Any, ...], posted: bool = False) -> None:
        self.tape.append(Call(engine, function, arguments, self._second, posted))

    def in_python(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(project: Any, *arguments: Any) -> Any:
            self._note(int(project), function, arguments, self._posting > 0)
            return function(project, *arguments)

        return call

    def posts(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def post(*arguments: Any) -> None:
            self._posting += 1
            try:
                function(*arguments)
            finally:
                self._posting -= 1

        return post

    def base(self, project: int, nodes: Any, categories: Any, values: Any, written: Any, unit: float) -> Any:
        for i in np.flatnonzero(values != written):
            demand = int(nodes[i]) + 1, int(categories[i]), float(values[i]) / unit
            self._note(project, _set_base_demand, demand, True)
        return _write_base(project, nodes, categories, values, written, unit)

    def factors(self, project: int, patterns: Any, values: Any) -> None:
        for pattern, factor in zip(patterns.tolist(), values.tolist(), strict=False):
            self._note(project, _set_pattern_value, (pattern, 1, factor), True)
        _write_factors(project, patterns, values)

    def speeds(self, project: int, wells: Any, inflow: Any) -> None:
        _follow(project, wells, inflow)
        own = wells.parts
        pumps = own.stations.pumps
        for pump in pumps[own.may_run[pumps]].tolist():
            speed = pump + 1, en.SETTING, float(own.setting[pump])
            self._note(project, _set_link_value, speed, True)

    def solve(self, project: int, *arguments: Any) -> Any:
        self._note(project, en.runH, ())
        return _solve_and_take_in(project, *arguments)

    def step(self, project: int, seconds: int, rule_step: int, *arguments: Any) -> Any:
        self._note(project, _set_time, (en.HYDSTEP, seconds))
        if rule_step:
            self._note(project, _set_time, (en.RULESTEP, min(seconds, rule_step)))
        self._note(project, en.nextH, ())
        return _step(project, seconds, rule_step, *arguments)

    def newton(self, flow: LoadFlow, start: Any, power: Any, pv: Any, pq: Any, matrix: Any) -> bool:
        fold = flow.state.fold
        vectors = start.copy(), power.copy()
        arguments = (matrix, *vectors, fold.ref, fold.weights, pv, pq, 20, flow._tolerance)
        self._note(GRID, None, arguments, self._switched)
        return _run(flow, start, power, pv, pq, matrix)

    def kept(self, flow: LoadFlow, at_bus: Any) -> bool:
        """Note what a load flow with kept factors solves as what Newton would be asked."""
        fold, net = flow.state.fold, flow.state.compiled
        start, power = flow.voltage[fold.keep], (net.fixed - at_bus / net.base_mva)[fold.keep]
        asked = flow.matrices.newton, start, power, fold.ref, fold.weights, fold.pv, fold.pq
        self._note(GRID, None, (*asked, 20, flow._tolerance), self._switched)
        return _approach(flow, at_bus)

    def switch(self, network: PowerNetwork, changes: Any) -> None:
        self._switched = True
        _apply_to_grid(network, changes)

    def advance(self, city: City, seconds: int) -> None:
        self._second += seconds
        self._switched = False
        self.tape.append(_END)
        _advance(city, seconds)


@contextmanager
def _taped(to: _Recorder) -> Iterator[None]:
    """Watch everything through which the twin reaches an engine, compiled code and Python."""
    # methods in place of methods: these get their object as an argument
    posting = {name: _method(to.posts(getattr(Hydraulics, name))) for name in _POSTING}
    with (
        patch.multiple(en, **{name: to.in_python(getattr(en, name)) for name in _IN_PYTHON}),
        patch.multiple(water, write_base=to.base, write_factors=to.factors),
        patch.object(wastewater, "write_base", to.base),
        patch.object(lift_stations, "follow", to.speeds),
        patch.multiple(hydraulic_kernels, solve_and_take_in=to.solve, step=to.step),
        patch.multiple(Hydraulics, **posting),
        patch.object(LoadFlow, "_run", _method(to.newton)),
        patch.object(LoadFlow, "_approach", _method(to.kept)),
        patch.object(PowerNetwork, "apply", _method(to.switch)),
        patch.object(City, "advance", _method(to.advance)),
    ):
        yield


def _method(bound: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *arguments: bound(self, *arguments)

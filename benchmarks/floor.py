"""The floor: what the bare solvers need for the same states.

A run is taped: every value that is written into an engine, every solution, every step, in their order. The
tape is then played on bare engines: Newton-Raphson with KLU from the same starts at the same injections,
EPANET through its toolkit with the same writes. Of several solutions at one instant the last is kept, so
superfluous ones count against the twin.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from epanet import toolkit as en
from lightsim2grid.algorithm import NRSing_KLU

from benchmarks.cases import Case
from twin.city.city import City
from twin.simulation import clock as simulation
from twin.utilities.epanet import kernels as hydraulic_kernels
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.power.load_flow import LoadFlow
from twin.utilities.wastewater import lift_stations
from twin.utilities.wastewater import network as wastewater
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.water import network as water
from twin.utilities.water.network import WaterNetwork

_IN_PYTHON = ("setpatternvalue", "setbasedemand", "setlinkvalue", "settimeparam")
_GRID = 0


class Call(NamedTuple):
    """What an engine was asked.

    Attributes
    ----------
    engine
        0 for the grid, else the address of an EPANET project, on a finished tape its network's name.
    function
        Of EPANET's toolkit; None is Newton's.
    """

    engine: Any
    function: Callable[..., Any] | None
    arguments: tuple[Any, ...]


_END = Call(_GRID, None, ())  # of an instant


def record(case: Case) -> tuple[list[Call], simulation.Clock]:
    """Run a case once with a tape on; return what was necessary of it."""
    tape: list[Call] = []
    with _taped(tape.append):
        clock = simulation.Clock(case.scenario, None)
        tape.clear()
        clock.run()
    # a watcher on the tape would be played, and timed, as if it were the engine
    assert all(c.function in (None, getattr(en, getattr(c.function, "__name__", ""), None)) for c in tape)
    names = {engine.project.address: name for name, engine in _engines(clock).items()} | {_GRID: _GRID}
    return [call._replace(engine=names[call.engine]) for call in _necessary(tape)], clock


def solutions(tape: list[Call]) -> int:
    """Return how many solutions are on a tape."""
    return sum(call.function in (None, en.runH) for call in tape)


def play(tape: list[Call], clock: simulation.Clock) -> float:
    """Play a tape on bare engines, opened anew; return the seconds it took."""
    clock.city.reset()
    handles = {name: engine.project.handle for name, engine in _engines(clock).items()} | {_GRID: None}
    solver = NRSing_KLU()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.perf_counter()
        for engine, function, arguments in tape:
            if function is None:
                solver.compute_pf(*arguments)
            else:
                function(handles[engine], *arguments)
        return time.perf_counter() - began


def _engines(clock: simulation.Clock) -> dict[str, Hydraulics]:
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
            again.discard(_GRID)
            continue
        if call.function is en.nextH:
            again.discard(call.engine)
        if call.function in (None, en.runH):
            if call.engine in again:
                continue
            again.add(call.engine)
        kept.append(call)
    return kept[::-1]


@contextmanager
def _taped(add: Callable[[Call], None]) -> Iterator[None]:
    """Watch everything through which the twin reaches an engine, compiled code and Python."""

    def in_python(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(project: Any, *arguments: Any) -> Any:
            add(Call(int(project), function, arguments))
            return function(project, *arguments)

        return call

    def base(project: int, nodes: Any, categories: Any, values: Any, written: Any, unit: float) -> None:
        for i in np.flatnonzero(values != written):
            demand = int(nodes[i]) + 1, int(categories[i]), float(values[i]) / unit
            add(Call(project, set_base_demand, demand))
        hydraulic_kernels.write_base(project, nodes, categories, values, written, unit)

    def factors(project: int, patterns: Any, values: Any) -> None:
        for pattern, factor in zip(patterns.tolist(), values.tolist(), strict=False):
            add(Call(project, set_pattern_value, (pattern, 1, factor)))
        hydraulic_kernels.write_factors(project, patterns, values)

    def speeds(project: int, wells: Any, inflow: Any) -> None:
        follow(project, wells, inflow)
        own = lift_stations.Wells(*wells)
        pumps = lift_stations.Stations(*own.stations).pumps
        for pump in pumps[own.may_run[pumps]].tolist():
            add(Call(project, set_link_value, (pump + 1, en.SETTING, float(own.setting[pump]))))

    def solve(project: int, *arguments: Any) -> Any:
        add(Call(project, en.runH, ()))
        return solve_and_take_in(project, *arguments)

    def step(project: int, seconds: int, *arguments: Any) -> Any:
        add(Call(project, set_time, (en.HYDSTEP, seconds)))
        add(Call(project, en.nextH, ()))
        return next_step(project, seconds, *arguments)

    def newton(self: LoadFlow, start: Any, power: Any, pv: Any, pq: Any, matrix: Any) -> bool:
        fold = self.state.fold
        vectors = start.copy(), power.copy()
        add(Call(_GRID, None, (matrix, *vectors, fold.ref, fold.weights, pv, pq, 20, self._tolerance)))
        return run(self, start, power, pv, pq, matrix)

    def advance(self: City, seconds: int) -> None:
        add(_END)
        pass_time(self, seconds)

    # the toolkit's own functions, not those that watch them
    set_base_demand, set_pattern_value = en.setbasedemand, en.setpatternvalue
    set_link_value, set_time = en.setlinkvalue, en.settimeparam
    follow, run, pass_time = lift_stations.follow, LoadFlow._run, City.advance
    solve_and_take_in, next_step = hydraulic_kernels.solve_and_take_in, hydraulic_kernels.step
    with (
        patch.multiple(en, **{name: in_python(getattr(en, name)) for name in _IN_PYTHON}),
        patch.multiple(water, write_base=base, write_factors=factors),
        patch.object(wastewater, "write_base", base),
        patch.object(lift_stations, "follow", speeds),
        patch.multiple(hydraulic_kernels, solve_and_take_in=solve, step=step),
        patch.object(LoadFlow, "_run", newton),
        patch.object(City, "advance", advance),
    ):
        yield

"""The floor: what the bare solvers need for the same states.

A run is taped: every call that writes into an engine, every solution, every step. The tape is then played
on bare engines: Newton-Raphson with KLU from the same start at the same injections, EPANET with the same
writes. Of several solutions at one instant the last is kept, so superfluous ones count against the twin.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from epanet import toolkit as en
from lightsim2grid.algorithm import NRSing_KLU

from benchmarks.cases import Case
from twin import simulation
from twin.networks.hydraulics import Hydraulics
from twin.networks.load_flow import LoadFlow
from twin.networks.power import PowerNetwork
from twin.networks.wastewater import WastewaterNetwork
from twin.networks.water import WaterNetwork

_WRITES = ("setpatternvalue", "setbasedemand", "setlinkvalue", "settimeparam", "runH", "nextH")
Call = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass
class Tape:
    """What the engines were asked.

    Attributes
    ----------
    flows
        Arguments of each load flow.
    calls
        Per hydraulic network, its calls in order.
    """

    flows: list[tuple[Any, ...]] = field(default_factory=list)
    calls: dict[Any, list[Call]] = field(default_factory=dict)

    @property
    def solutions(self) -> int:
        """Return how many solutions are on the tape."""
        hydraulic = sum(call is en.runH for calls in self.calls.values() for call, _ in calls)
        return len(self.flows) + hydraulic


def record(case: Case) -> tuple[Tape, simulation.Clock]:
    """Run a case once with a tape on."""
    tape = Tape()
    with _taped(tape):
        clock = simulation.Clock(case.scenario, None)
        tape.calls.clear()
        clock.run()
    by_handle = {int(engine.project.handle): name for name, engine in _engines(clock).items()}
    tape.calls = {by_handle[key]: _necessary(calls) for key, calls in tape.calls.items()}
    return tape, clock


def play(tape: Tape, clock: simulation.Clock) -> float:
    """Play a tape on bare engines, opened anew; return the seconds it took."""
    clock.city.reset()
    solver = NRSing_KLU()
    handles = {name: engine.project.handle for name, engine in _engines(clock).items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.perf_counter()
        for arguments in tape.flows:
            solver.compute_pf(*arguments)
        for name, calls in tape.calls.items():
            handle = handles[name]
            for call, arguments in calls:
                call(handle, *arguments)
        return time.perf_counter() - began


def _engines(clock: simulation.Clock) -> dict[str, Hydraulics]:
    networks = clock.city.networks
    return {
        name: n._engine for name, n in networks.items() if isinstance(n, WaterNetwork | WastewaterNetwork)
    }


def _necessary(calls: list[Call]) -> list[Call]:
    """Drop solutions that were solved again before time passed."""
    kept: list[Call] = []
    for i, (call, arguments) in enumerate(calls):
        if call is en.runH:
            following = next((c for c, _ in calls[i + 1 :] if c in (en.runH, en.nextH)), None)
            if following is not en.nextH and following is not None:
                continue
        kept.append((call, arguments))
    return kept


@contextmanager
def _taped(tape: Tape) -> Iterator[None]:
    def taped(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(project: Any, *arguments: Any) -> Any:
            tape.calls.setdefault(int(project), []).append((function, arguments))
            return function(project, *arguments)

        return call

    solve = PowerNetwork.solve
    run = LoadFlow._run
    last: list[tuple[Any, ...]] = []

    def keep(self: LoadFlow, start: Any, power: Any) -> bool:
        fold, matrix = self.state.fold, self.matrices.newton
        vectors = start.copy(), power.copy()
        last[:] = [(matrix, *vectors, fold.ref, fold.weights, fold.pv, fold.pq, 20, 1e-8)]
        return run(self, start, power)

    def solved(self: PowerNetwork) -> None:
        solve(self)
        tape.flows.extend(last)

    with (
        patch.multiple(en, **{name: taped(getattr(en, name)) for name in _WRITES}),
        patch.object(LoadFlow, "_run", keep),
        patch.object(PowerNetwork, "solve", solved),
    ):
        yield

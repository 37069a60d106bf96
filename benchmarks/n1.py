"""N-1 over all elements of Alatau in June 2032: what it costs beside the outages' own solutions.

``(all - the outages' own Newton) / one intact load flow``, medians of runs in turn.
"""

import statistics
import time
from typing import Any

from benchmarks.cases import ROOT
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.utilities.power.contingencies import Contingencies
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.outage_flows import OutageFlows

_RUNS = 15
ALATAU = ROOT / "scenarios" / "alatau" / "on_request.yaml"


class TimedFlows:
    """Outages' own solutions in compiled code, and how long they took."""

    def __init__(self, flows: OutageFlows) -> None:
        self._flows = flows
        self.seconds = 0.0

    def solve(self, *arguments: Any) -> bool:
        """Solve, and add the time it took."""
        began = time.perf_counter()
        solved = self._flows.solve(*arguments)
        self.seconds += time.perf_counter() - began
        return solved


class Timed:
    """A Newton solver that says how long it took."""

    def __init__(self, solver: Any) -> None:
        self._solver = solver
        self.seconds = 0.0

    def compute_pf(self, *arguments: Any) -> bool:
        """Solve, and add the time it took."""
        began = time.perf_counter()
        solved = self._solver.compute_pf(*arguments)
        self.seconds += time.perf_counter() - began
        return bool(solved)

    def get_V(self) -> Any:  # noqa: N802, the solver's own name
        """Return the voltages."""
        return self._solver.get_V()


def measure() -> dict[str, float]:
    """Return the number of outages, their total and own milliseconds, and the ratio."""
    clock = simulation.Clock(load_scenario(ALATAU, ["start=2032-06-01", "end=2032-06-02"]))
    clock.run()
    network = clock.city.networks["power"]
    assert isinstance(network, PowerNetwork)
    intact, total, own = [], [], []
    new_solver = network.flow.new_solver
    for number in range(_RUNS):
        # another hour's load: a state that is solved already needs no iteration
        network._asked *= 1.02 if number % 2 else 1.0 / 1.02
        began = time.perf_counter()
        network.solve()
        intact.append(time.perf_counter() - began)
        timed: list[Timed] = []
        network.flow.new_solver = lambda made=timed: made.append(Timed(new_solver())) or made[-1]
        began = time.perf_counter()
        contingencies = Contingencies(network)
        flows: Any = contingencies._flows and TimedFlows(contingencies._flows)
        contingencies._flows = flows
        outages = contingencies.solve()
        total.append(time.perf_counter() - began)
        network.flow.new_solver = new_solver
        own.append(sum(solver.seconds for solver in (*timed, *([flows] if flows else []))))
    one, whole, newton = (1e3 * statistics.median(part) for part in (intact, total, own))
    return {
        "outages": float(len(outages)),
        "intact_ms": one,
        "all_ms": whole,
        "own_ms": newton,
        "ratio": (whole - newton) / one,
    }

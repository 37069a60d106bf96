"""Where a coupled hour of Alatau goes, by part of the program: each part's own time, without its parts'."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from lightsim2grid import algorithm

from benchmarks.without import write_without
from twin.city.capacity import Ledger
from twin.city.city import City
from twin.scenario import Scenario, load_scenario
from twin.simulation import clock as simulation
from twin.simulation.books import Books
from twin.simulation.drivers import Drivers
from twin.simulation.incidents import Incidents
from twin.simulation.recorder import Recorder
from twin.utilities.epanet import kernels as hydraulic_kernels
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.power.feeds import Feeds
from twin.utilities.power.load_flow import LoadFlow
from twin.utilities.power.network import PowerNetwork
from twin.utilities.wastewater.arrivals import Arrivals
from twin.utilities.wastewater.lift_stations import LiftStations
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.water.network import WaterNetwork

_NETWORK = ("set_base", "set_demand", "set_input", "solve", "advance")
PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("EPANET: solve, read out, step", hydraulic_kernels, ("solve_and_take_in", "step")),
    ("hydraulics around it", Hydraulics, ("solve", "next_change_s")),
    ("lift stations", LiftStations, ("follow",)),
    ("water network", WaterNetwork, _NETWORK),
    ("wastewater network", WastewaterNetwork, _NETWORK),
    ("load flow with kept factors", LoadFlow, ("_approach",)),
    ("power network, read-out", PowerNetwork, _NETWORK),
    ("links", Feeds, ("draw", "update")),
    ("links", Arrivals, ("start_hour", "advance")),
    ("city", City, ("start_day", "start_step", "settle", "next_change_s", "advance")),
    ("conditions and events", Books, ("take",)),
    ("conditions and events", Incidents, ("update",)),
    ("recorder and ledger", Recorder, ("add_day", "end_month")),
    ("recorder and ledger", Ledger, ("accumulate", "end_month")),
    ("demand of a day", Drivers, ("start_day",)),
    ("the day", simulation, ("pass_day",)),
    ("clock", simulation.Clock, ("run",)),
)


class _Stopwatch:
    """Adds up each part's time, less what the parts called from it take."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside = [0.0]

    def watch(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any) -> Any:
            self._inside.append(0.0)
            began = time.process_time()
            try:
                return function(*arguments)
            finally:
                took = time.process_time() - began
                self.seconds[part] += took - self._inside.pop()
                self._inside[-1] += took

        return watched


def shares() -> dict[str, float]:
    """Return microseconds per coupled hour of power and water by part; the watch itself takes some."""
    months = ["start=2032-06-01", "end=2032-08-01", "days=every"]
    with TemporaryDirectory(prefix="twin-benchmark-") as own:
        return _shares(load_scenario(write_without(("gas", "roads"), Path(own) / "alatau"), months))


def _shares(scenario: Scenario) -> dict[str, float]:
    hours: list[int] = []

    def from_second_day(progress: simulation.Progress) -> None:
        hours.append(progress.coupled_hours)
        if len(hours) == 1:
            watch.seconds.clear()

    with _watched() as watch:
        simulation.Clock(scenario, from_second_day).run()
    return {part: 1e6 * s / (hours[-1] - hours[0]) for part, s in watch.seconds.items()}


@contextmanager
def _watched() -> Iterator[_Stopwatch]:
    watch = _Stopwatch()

    class Newton:
        """KLU's Newton under the watch."""

        def __init__(self) -> None:
            solver = algorithm_of()
            self.compute_pf = watch.watch("Newton (KLU)", solver.compute_pf)
            self.get_V = solver.get_V

    algorithm_of = algorithm.NRSing_KLU
    with ExitStack() as stack:
        for part, owner, names in PARTS:
            for name in names:
                stack.enter_context(patch.object(owner, name, watch.watch(part, getattr(owner, name))))
        stack.enter_context(patch.object(algorithm, "NRSing_KLU", Newton))
        yield watch

"""How much processor time a run takes, day by day, and how much memory it holds."""

import gc
import time
from dataclasses import dataclass
from pathlib import Path

from twin.scenario import Scenario
from twin.simulation import clock as simulation

_PAGE_MB = 4096 / 2**20


@dataclass(frozen=True)
class Timing:
    """A run's clock, in processor time.

    Attributes
    ----------
    first_day_s
        The first day: the switching state is compiled in it.
    ms_per_hour
        A coupled hour of the days after it.
    hours_per_s
        Of the whole run.
    memory_mb
        Resident, at the end of the first year and at the end.
    """

    first_day_s: float
    ms_per_hour: float
    hours_per_s: float
    memory_mb: tuple[float, float]


def steady(scenario: Scenario) -> Timing:
    """Run a scenario; opening its networks is not in the clock."""
    marks: list[tuple[float, int]] = []
    year: list[float] = []

    def observe(progress: simulation.Progress) -> None:
        marks.append((time.process_time(), progress.coupled_hours))
        if not year and progress.date.year > scenario.start.year:
            year.append(resident_mb())

    clock = simulation.Clock(scenario, observe)
    gc.collect()
    began = time.process_time()
    clock.run()
    (first, before), (last, hours) = marks[0], marks[-1]
    each = 1e3 * (last - first) / max(1, hours - before)
    memory = (year[0] if year else resident_mb(), resident_mb())
    return Timing(first - began, each, hours / (last - began), memory)


def resident_mb() -> float:
    """Return the memory this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_MB

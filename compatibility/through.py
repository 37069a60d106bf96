"""A file through the twin as its owner would put it there: `twin new`, then one day."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from twin.city.city import City
from twin.results.run import Run
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold
from twin.simulation.clock import open_city, run

# a day; shedding would change what the load flow is compared at
_DAY = ("end=2026-01-02",)
_AS_ASKED = ("networks.power.shedding=false",)


@dataclass(slots=True)
class Through:
    """What the twin made of a file.

    Attributes
    ----------
    instants
        Seconds at which the network was solved anew.
    """

    run: Run
    city: City
    open_s: float
    run_s: float
    instants: list[int] = field(default_factory=list)


def through(kind: str, path: Path, folder: Path) -> Through:
    """Run a day of one network alone.

    Raises
    ------
    InvalidInput
        If the twin refuses the file.
    """
    network = "power" if kind == "grid" else "water"
    began = time.perf_counter()
    scaffold(folder / "own", {network: path})
    scenario = load_scenario(folder / "own", (*_DAY, *(_AS_ASKED if kind == "grid" else ())))
    city = open_city(scenario)
    opened = time.perf_counter()
    instants = [0]
    advance = city.networks[network].advance

    def watched(seconds: int) -> None:
        instants.append(instants[-1] + seconds)
        advance(seconds)

    city.networks[network].advance = watched  # type: ignore[method-assign]
    finished = run(scenario, city=city)
    return Through(finished, city, opened - began, time.perf_counter() - opened, instants)

"""Days that are kept: ten years of Alatau at first, on two cores, again, and with a site that slips.

The networks are opened once, before; a run is timed as `wall_s` of its run.json.
"""

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from benchmarks.without import ON_REQUEST
from twin.city.city import City
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.simulation.store import Store

PLANS: dict[str, tuple[str, ...]] = {
    "on request": (),
    "build order and queue": ("build_order=roadmap", "connection=when-capacity"),
}
SLIPS = ("SS01", "W01", "S04")
MONTHS = 6
FIRST, CORES, AGAIN = "first run", "first run on two cores", "again, from the store"
ROUNDS = 5

Seconds = dict[str, float]
"""By what was run."""


def measure(rounds: int = ROUNDS, *shorter: str) -> dict[str, Seconds]:
    """Return by plan the medians of so many rounds in turn.

    Parameters
    ----------
    shorter
        Overrides of all runs.
    """
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    city = simulation.open_city(load_scenario(ON_REQUEST))
    for _ in range(rounds):
        for plan, overrides in PLANS.items():
            for name, seconds in _round(city, (*overrides, *shorter), cores=not overrides).items():
                found[plan, name].append(seconds)
    return {
        plan: {name: median(seconds) for (own, name), seconds in found.items() if own == plan}
        for plan in PLANS
    }


def _round(city: City, overrides: tuple[str, ...], cores: bool) -> Seconds:
    """Run once with nothing kept, then from what that run kept."""
    folder = Path(tempfile.mkdtemp(prefix="twin-benchmark-"))
    try:
        took = {FIRST: _wall_s(city, folder / "base", overrides)}
        if cores:
            took[CORES] = _wall_s(city, folder / "cores", overrides, jobs=2)
        took[AGAIN] = _wall_s(city, folder / "base", overrides)
        for site in SLIPS:
            # each slip finds the days of the base, and none of another slip
            kept = shutil.copytree(folder / "base", folder / site)
            took[_slip(site)] = _wall_s(city, kept, (*overrides, f"sites.{site}.slip_months={MONTHS}"))
    finally:
        shutil.rmtree(folder)
    return took


def _wall_s(city: City, folder: Path, overrides: tuple[str, ...], jobs: int = 1) -> float:
    scenario = load_scenario(ON_REQUEST, overrides)
    return simulation.run(scenario, city=city, jobs=jobs, store=Store(folder)).wall_s


def _slip(site: str) -> str:
    return f"{site} {MONTHS} months late"

"""A small town's sweeps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.town import write_town
from twin.sweep import Plan, Sweep

SWEEP = """
name: town
scenario: town
set: {end: 2026-05-05}
matrix:
  pumps:
    fed: {}
    cut: {outages.0.hours: 12}
  pressure:
    low: {}
    high: {networks.water.required_pressure_m: 25}
uncertain:
  method: sobol
  samples: 2
  variables:
    use: {multiply: norms.water_l_per_person_day.*.value, uniform: {low: 0.9, high: 1.2}}
    people: {multiply: population.Town.*.population_k, triangular: {low: 0.8, mode: 1, high: 1.5}}
"""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds a scenario `town` and a sweep of it."""
    folder = tmp_path_factory.mktemp("sweep")
    write_town(folder / "town")
    (folder / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    return folder


@pytest.fixture
def planned(town: Path) -> Callable[[str], Plan]:
    """Return a function that makes a plan of a sweep's text beside the town."""

    def make(text: str) -> Plan:
        path = town / "test.yaml"
        path.write_text(text, encoding="utf-8")
        return Plan(Sweep(path))

    return make

"""Every unit that a page may show is said in the reader's language."""

import pytest

from tests.alatau.conftest import SCENARIO
from twin.report.page import LANGUAGES, words
from twin.scenario import load_scenario
from twin.scenario.geography import locate
from twin.simulation.clock import open_city
from twin.simulation.metrics import declared
from twin.utilities.registry import utilities

ALIKE = {"", "1", "%"}
"""The same in every language."""


@pytest.fixture(scope="module")
def units() -> set[str]:
    scenario = load_scenario(SCENARIO)
    networks = open_city(scenario).networks.values()
    return {
        *(metric.unit for metric in declared().values()),
        *(loss.unit for own in utilities().values() for loss in own.losses),
        *(signal.unit for network in networks for signal in network.signals),
        *(row.unit for row in locate(scenario)),
    } - ALIKE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_a_word(units: set[str], language: str) -> None:
    assert len(units) > 15
    assert {unit for unit in units if f"unit.{unit}" not in words()[language]} == set()

"""The land that Alatau's map shows, and its names in Russian and Kazakh."""

from itertools import pairwise
from math import cos, radians

import pytest

from tests.alatau.conftest import SCENARIO
from twin.scenario import load_scenario
from twin.scenario.appearance_checks import names_of


def test_district_outlines_have_the_areas_of_the_districts() -> None:
    scenario = load_scenario(SCENARIO)
    outlines = {shape.name: shape.parts[0] for shape in scenario.background if shape.kind == "outline"}
    assert {*outlines} == {*scenario.districts}
    for name, ring in outlines.items():
        km = [(111.2 * cos(radians(43.6)) * x, 111.2 * y) for x, y in ring]
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(km)) / 2.0
        assert area == pytest.approx(10.0 * scenario.districts[name].area_kha, rel=0.02)


def test_every_name_that_is_a_word_has_both_translations() -> None:
    scenario = load_scenario(SCENARIO)
    brands = {"PepsiCo", "United Hygiene", "Milk Valley", "ASP Arena", "QazQon Hub", "AVZ", "Istkomtrans"}
    own = {scenario.name, scenario.description}  # other cities of the folder share the table
    assert names_of(scenario) - brands - own - {*scenario.names} == set()
    assert [name for name, own in scenario.names.items() if not (own.ru and own.kk)] == []

"""Alatau without some of its utilities."""

from pathlib import Path

import pytest

from benchmarks.utilities import WITHOUT, measure
from benchmarks.without import write_without
from twin.scenario import load_scenario


@pytest.mark.parametrize("utilities", WITHOUT.values(), ids=WITHOUT)
def test_what_is_left_is_a_scenario_of_the_others(tmp_path: Path, utilities: tuple[str, ...]) -> None:
    scenario = load_scenario(write_without(utilities, tmp_path / "city"))
    left = {"power", "water", "wastewater", "gas", "roads"} - set(utilities)
    assert {*scenario.simulated} == left
    assert {change.asset.split("/")[0] for change in scenario.site_changes} <= left


def test_each_is_timed_over_the_same_months() -> None:
    found = measure(1, "end=2026-02-01")
    assert {*found} == {*WITHOUT}
    assert all(seconds > 0.0 and hours >= 48 for seconds, hours in found.values())

"""The way of crews and of building material: at any hour, and in the hours in which material is brought."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from twin.city.city import City
from twin.scenario.schema import Scenario
from twin.simulation import drives
from twin.simulation.day import DayRecord
from twin.simulation.drives import Drives
from twin.utilities.base import Signal
from twin.utilities.registry import utilities
from twin.utilities.utility import Drive

WORK_HOURS = [1.0 if 8 <= hour < 18 else 0.0 for hour in range(24)]


@pytest.fixture
def by_two(monkeypatch: pytest.MonkeyPatch) -> Drives:
    """Return the ways of two utilities, of which one says in which hours material is brought."""
    told = {
        "water": Drive("way_min", ("node",), hours="deliveries"),
        "power": Drive("walk_min", ("bus",)),
    }
    monkeypatch.setattr(
        drives, "utilities", lambda: {name: SimpleNamespace(drive=told.get(name)) for name in utilities()}
    )
    profiles = {hour: {"deliveries": part} for hour, part in enumerate(WORK_HOURS)}
    scenario = cast(Scenario, SimpleNamespace(profiles=profiles))
    signals = (
        Signal("water/J", "pressure_m", "m"),
        Signal("water/J", "way_min", "min"),
        Signal("power/B", "walk_min", "min"),
    )
    return Drives(scenario, cast(City, SimpleNamespace(signals=signals)))


def day(by_day: float, by_night: float) -> DayRecord:
    """Return a day on which the way takes so long in working hours, and else; one instant lasts two hours."""
    times = np.array([hour * 3600 for hour in range(24) if hour != 13])
    seconds = np.diff([*times, 24 * 3600])
    way = np.where((times >= 8 * 3600) & (times < 18 * 3600), by_day, by_night)
    made: Any = SimpleNamespace(
        times=times, seconds=seconds, readings=np.column_stack([way * 0.0, way, way * 2.0])
    )
    return cast(DayRecord, made)


def test_crews_take_the_mean_of_the_last_day_and_material_that_of_its_hours_in_the_month(
    by_two: Drives,
) -> None:
    by_two.take(day(30.0, 6.0), 20.0)
    by_two.take(day(60.0, 6.0), 10.0)
    by_two.take(day(999.0, 999.0), 0.0)  # a further day stands for none
    by_two.take(day(30.0, 6.0), 10.0)
    mean = (10 * 30.0 + 14 * 6.0) / 24
    worse = (10 * 60.0 + 14 * 6.0) / 24
    assert by_two.minutes == pytest.approx({"water/J": mean, "power/B": 2.0 * mean})
    assert by_two.end_month() == pytest.approx(
        {"water/J": (30 * 30.0 + 10 * 60.0) / 40, "power/B": 2.0 * (30 * mean + 10 * worse) / 40}
    )


def test_a_month_begins_anew(by_two: Drives) -> None:
    by_two.take(day(30.0, 6.0), 20.0)
    by_two.end_month()
    assert by_two.end_month() == {}
    by_two.take(day(45.0, 6.0), 1.0)
    assert by_two.end_month()["water/J"] == pytest.approx(45.0)

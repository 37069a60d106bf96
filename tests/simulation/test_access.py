"""What people reach by district and year: of any utility that declares what tells it."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from twin.results.monthly import MonthStatistics
from twin.results.tables import AccessRow
from twin.scenario.schema import Scenario
from twin.simulation.access import access_rows
from twin.utilities.base import Signal
from twin.utilities.roads import Roads
from twin.utilities.water import Water

SIGNALS = (
    Signal("water/A", "pressure_m", "m"),
    Signal("water/B", "pressure_m", "m"),
    Signal("water/C", "pressure_m", "m"),
    Signal("water/A", "head_m", "m"),
    Signal("water/AWAY", "pressure_m", "m"),
    Signal("roads/Z", "jobs_within_45_min", "1"),
)
_POINTS = (
    ("water/A", "North", 3.0),
    ("water/B", "North", 1.0),
    ("water/C", "South", 1.0),
    ("roads/Z", "South", 2.0),
)


def scenario() -> Scenario:
    points = [SimpleNamespace(asset=a, district=d, weight=w) for a, d, w in _POINTS]
    return cast(Scenario, SimpleNamespace(demand_points=points))


def month(name: str, low: Sequence[float], mean: Sequence[float], hours: Sequence[float]) -> MonthStatistics:
    values = np.array(mean)
    return MonthStatistics(name, np.array(low), values, values, np.array(hours), np.zeros(len(SIGNALS)))


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Water, "access", ("pressure_m",))
    assert Roads.access == ("jobs_within_45_min",)


@pytest.mark.usefixtures("two")
def test_a_year_has_the_lowest_and_the_mean_of_each_district() -> None:
    nan = float("nan")
    months = [
        month("2026-11", [20, 10, 5, 1, 1, 900], [30, 20, 6, 1, 1, 1000], [720, 0, 720, 720, 720, 720]),
        month("2026-12", [21, 11, 4, 1, 1, 800], [30, 20, 8, 1, 1, 1200], [744, 744, 744, 744, 744, 744]),
        month("2027-01", [22, 12, nan, 1, 1, 700], [30, 10, nan, 1, 1, 1500], [744, 744, 0, 744, 744, 744]),
    ]
    both = (30 * 3 * (720 + 744) + 20 * 744) / (3 * (720 + 744) + 744)
    expected = [
        ("2026", "North", "water", "pressure_m", "m", 11.0, both),
        ("2026", "South", "water", "pressure_m", "m", 4.0, (6 * 720 + 8 * 744) / (720 + 744)),
        ("2026", "South", "roads", "jobs_within_45_min", "1", 800.0, (1000 * 720 + 1200 * 744) / (720 + 744)),
        ("2027", "North", "water", "pressure_m", "m", 12.0, 25.0),
        ("2027", "South", "roads", "jobs_within_45_min", "1", 700.0, 1500.0),
    ]
    found = access_rows(scenario(), SIGNALS, months)
    assert [row[:5] for row in map(cells, found)] == [row[:5] for row in expected]
    assert [value for row in map(cells, found) for value in row[5:]] == pytest.approx(
        [value for row in expected for value in row[5:]]
    )


def test_without_such_a_signal_there_is_no_row() -> None:
    assert access_rows(scenario(), SIGNALS[:5], [month("2026-01", [1] * 5, [1] * 5, [1] * 5)]) == []


def cells(row: AccessRow) -> tuple[str | float, ...]:
    return row.year, row.district, row.network, row.quantity, row.unit, row.lowest, row.mean

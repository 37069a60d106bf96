"""Statistics and broken limits of a month, from readings by hand."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.city.capacity import Ledger
from twin.results.tables import Violation
from twin.scenario.schema import Scenario
from twin.simulation.day import DayRecord
from twin.simulation.recorder import Recorder
from twin.utilities.base import Signal

HOUR = 3600
SIGNALS = (
    Signal("power/T", "loading_percent", "%"),
    Signal("power/B", "voltage_pu", "pu"),
    Signal("power/T", "asked_mw", "MW"),
)


def recorder(**changes: object) -> Recorder:
    fields: dict[str, object] = {
        "name": "hours",
        "start": date(2026, 1, 1),
        "end": date(2027, 1, 1),
        "networks": {"power": {"max_loading_percent": 100.0, "min_voltage_pu": 0.9, "max_voltage_pu": 1.1}},
    }
    scenario = Scenario.model_validate(fields | changes)
    return Recorder(scenario, SIGNALS, Ledger(scenario, SIGNALS, {"power/T": 10.0}))


def day(book: Recorder, *readings: tuple[float, float, float], weight: float = 1.0) -> None:
    book.add_day(*hours(np.array(readings), np.ones((len(readings), 3), dtype=bool)), 0, weight)


def hours(readings: np.ndarray, valid: np.ndarray) -> tuple[DayRecord, np.ndarray]:
    """Return a day of so many hours, and which of its readings count."""
    count = len(readings)
    none = np.zeros(count, dtype=bool)
    times = HOUR * np.arange(count, dtype=np.int64)
    record = DayRecord(
        times,
        np.full(count, HOUR, dtype=np.int64),
        readings,
        np.zeros(1, dtype=np.int64),
        np.ones((1, 3), dtype=bool),
        np.ones((count, 1), dtype=bool),
        np.ones(count, dtype=np.int64),
        np.zeros(count),
        none,
        *((), (), {}, {}, {}, ()),
    )
    return record, valid


def test_a_month_has_the_extremes_and_the_weighted_mean_of_its_hours() -> None:
    book = recorder()
    day(book, (40.0, 1.0, 4.0), (60.0, 1.0, 6.0), weight=3.0)
    day(book, (90.0, 1.0, 9.0), (90.0, 1.0, 9.0))
    book.end_month("2026-01", [], {}, {})
    (month,) = book.months
    assert (month.minimum[0], month.maximum[0], month.hours[0]) == (40.0, 90.0, 8.0)
    assert month.mean[0] == pytest.approx((3 * 40.0 + 3 * 60.0 + 2 * 90.0) / 8)
    assert book.violations == []


def test_a_broken_limit_is_a_row_with_its_worst_value_and_first_hour() -> None:
    book = recorder()
    day(book, (90.0, 1.0, 4.0), (120.0, 0.8, 6.0), (110.0, 1.0, 6.0), weight=2.0)
    book.end_month("2026-01", [], {}, {})
    at = "2026-01-01T01:00"
    assert book.violations == [
        Violation("2026-01", "power/T", "loading_percent", "%", 100.0, 120.0, 4.0, at, "power/T"),
        Violation("2026-01", "power/B", "voltage_pu", "pu", 0.9, 0.8, 2.0, at, "power/B"),
    ]


def test_a_capacity_that_is_short_is_a_row_and_the_cause_of_its_members() -> None:
    capacities = {
        "North": {"power/T": {"kind": "substation"}, "power/U": {"kind": "substation", "rating": 2}}
    }
    book = recorder(capacities=capacities)
    day(book, (120.0, 1.0, 6.0))
    assert book.end_month("2026-01", [], {}, {}) == ["North"]
    short, limit = book.violations
    assert (short.asset, short.quantity, short.hours, short.first_seen) == (
        *("North", "firm_capacity", 0.0, "2026-01"),
    )
    assert (limit.asset, limit.cause) == ("power/T", "North")


def test_what_is_out_of_service_counts_for_nothing() -> None:
    book = recorder()
    book.add_day(*hours(np.array([[500.0, 1.0, 5.0]]), np.array([[False, True, True]])), 0, 1.0)
    book.end_month("2026-01", [], {}, {})
    assert book.months[0].hours.tolist() == [0.0, 1.0, 1.0]
    assert book.violations == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.0, 200.0), min_size=1, max_size=150))
def test_no_reading_lies_outside_its_months_extremes(loadings: list[float]) -> None:
    book = recorder()
    day(book, *((loading, 1.0, 1.0) for loading in loadings))
    book.end_month("2026-01", [], {}, {})
    (month,) = book.months
    assert (month.minimum[0], month.maximum[0]) == (min(loadings), max(loadings))
    assert month.mean[0] == pytest.approx(np.mean(loadings), abs=1e-9)
    assert month.hours_over_limit[0] == sum(loading > 100.0 for loading in loadings)

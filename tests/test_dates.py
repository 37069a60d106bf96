"""Months end where months end; what repeats is counted from its first day."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.dates import add_months, next_month, repeats_before

DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 1), 0.5, date(2026, 1, 16)),
        (date(2026, 1, 1), -0.5, date(2025, 12, 16)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
        (date(2026, 1, 1), 1e12, date.max),
        (date(2026, 1, 1), -1e12, date.min),
    ],
)
def test_months_by_hand(day: date, months: float, later: date) -> None:
    assert add_months(day, months) == later


@given(DAYS, st.integers(-600, 600))
def test_whole_months_land_in_their_month_on_the_day_or_its_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert later.year * 12 + later.month == day.year * 12 + day.month + months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(DAYS, st.floats(-600, 600), st.floats(0, 50))
def test_more_months_are_never_earlier_by_more_than_a_month_end(
    day: date, months: float, more: float
) -> None:
    assert add_months(day, months + more) >= add_months(day, months) - timedelta(days=3)


@given(st.dates(), st.floats(allow_nan=False))
def test_no_number_of_months_raises(day: date, months: float) -> None:
    assert date.min <= add_months(day, months) <= date.max


@given(DAYS)
def test_the_next_month_begins_after_this_one(day: date) -> None:
    first = next_month(day)
    assert first.day == 1
    assert (first - timedelta(days=1)).month == day.month


@given(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)), st.integers(1, 60), DAYS, st.floats(1, 5000))
def test_repeats_that_are_passed_over_are_over(start: datetime, months: int, day: date, hours: float) -> None:
    instant = datetime(day.year, day.month, day.day)
    number = repeats_before(start, months, instant, hours)
    for passed in {0, number // 2, number - 1} if number else ():
        begins = datetime.combine(add_months(start.date(), passed * months), start.time())
        assert begins + timedelta(hours=hours) <= instant

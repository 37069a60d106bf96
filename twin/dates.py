"""Months on the calendar: whole ones end at the end of a month, fractions count in days."""

from datetime import date, datetime, timedelta
from math import ceil

from dateutil.relativedelta import relativedelta

DAYS_PER_MONTH = 365.25 / 12.0


def add_months(day: date, months: float) -> date:
    """Return the date so many months later, or earlier.

    31 January and a month is the last of February; a fraction of a month counts in days. A date beyond
    the calendar is its last, or first, day. Repeats are counted from the first date, so that 31 January
    comes back as 31 March.
    """
    days_left = (date.max - day).days
    if months * DAYS_PER_MONTH > days_left:
        return date.max
    if -months * DAYS_PER_MONTH > (day - date.min).days:
        return date.min
    whole = int(months // 1)
    days = timedelta(days=round((months - whole) * DAYS_PER_MONTH))
    try:
        moved: date = day + relativedelta(months=whole)
        return moved + days
    except (OverflowError, ValueError):
        return date.max if months > 0 else date.min


def next_month(day: date) -> date:
    """Return the first day of the month after a day's; the calendar's last day after its last month."""
    if (day.year, day.month) == (date.max.year, date.max.month):
        return date.max
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months_between(first: date, end: date) -> list[str]:
    """Return the months from a date to the day before another, ``2026-01`` and on."""
    months, month = [], first.replace(day=1)
    while month < end:
        months.append(f"{month:%Y-%m}")
        month = next_month(month)
    return months


def month_position(day: date) -> float:
    """Return a date in months: the first of January 2026 is 12 x 2026."""
    days = (next_month(day) - day.replace(day=1)).days
    return day.year * 12 + day.month - 1 + (day.day - 1) / days


def repeats_before(start: datetime, months: int, instant: datetime, hours: float) -> int:
    """Return a number of repeats of a window, each so many months later, that all end before an instant."""
    elapsed = (instant.year - start.year) * 12 + instant.month - start.month
    return max(0, (elapsed - ceil(hours / 24.0 / 28.0)) // months - 1)

"""Tables by year: their values hold on 31 December, and are interpolated between."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np


def year_position(day: date) -> float:
    """Return the date as a fractional year, so that 31 December (24:00) of 2025 is 2026.0."""
    start = date(day.year, 1, 1)
    days = (date(day.year + 1, 1, 1) - start).days
    return day.year + (day - start).days / days


class Rows(NamedTuple):
    """A table by year: its years, their ends as fractional years, and its values, which hold there."""

    years: tuple[int, ...]
    ends: tuple[float, ...]
    values: tuple[float, ...]


def by_year(rows: Mapping[int, float]) -> Rows:
    """Return rows that each hold on 31 December of their year."""
    years = sorted(rows)
    return Rows(tuple(years), tuple(year + 1.0 for year in years), tuple(rows[year] for year in years))


def linear(rows: Rows, position: float) -> float:
    """Interpolate rows linearly; constant beyond the ends."""
    return float(np.interp(position, rows.ends, rows.values))


def geometric(rows: Rows, position: float) -> float:
    """Interpolate like `linear` but at a constant rate; linear where a row is zero."""
    years, ends, values = rows
    after = bisect_right(ends, position)
    if after in (0, len(years)):
        return values[min(after, len(years) - 1)]
    low, high = values[after - 1], values[after]
    share = (position - years[after - 1] - 1.0) / (years[after] - years[after - 1])
    if min(low, high) <= 0.0:
        return low + share * (high - low)
    return float(low * (high / low) ** share)

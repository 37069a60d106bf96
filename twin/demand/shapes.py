"""Profiles by date: of `profiles.csv`, with its kinds of day, or of time series."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from twin.scenario.holidays import holidays_of
from twin.scenario.schema import Scenario
from twin.scenario.series import Series
from twin.utilities.base import Vector

HOURS, _YEAR = 24, 365
_SATURDAY, _SUNDAY = 5, 6
_FALLS_BACK = {
    "": ("",),
    "saturday": ("@saturday", "@weekend", ""),
    "sunday": ("@sunday", "@weekend", ""),
    "holiday": ("@holiday", "@sunday", "@weekend", ""),
}
"""By kind of day, the endings of a profile's column, the first that is there counts."""


class Shapes:
    """A scenario's profiles: the factors of each step of a day.

    Parameters
    ----------
    scenario
        With its `profiles` and `time_series`.
    series
        Its time series.

    Attributes
    ----------
    steps
        Of a day.
    districts
        Those with profiles of their own.
    """

    def __init__(self, scenario: Scenario, series: Series) -> None:
        self._scenario, self._series = scenario, series
        self.steps = HOURS * 60 // scenario.step_minutes
        self._columns = frozenset(name for row in scenario.profiles.values() for name in row)
        names = {*self._columns, *series.names}
        self.districts = tuple(
            own for own in scenario.districts if any(n.startswith(f"{own}/") for n in names)
        )
        self._holidays = holidays_of(scenario.time_series.holidays)
        self._known: dict[str, Vector] = {}
        self._stands_for: dict[date, Sequence[date]] = {}
        self._years: dict[tuple[str, str], Vector] = {}

    def on(self, profile: str, day: date, district: str = "") -> Vector:
        """Return a profile on a day by step, 1 throughout where there is none.

        A day that stands for others has the mean of theirs.
        """
        shape, days = self._on(profile, day, district), self._stands_for.get(day, ())
        if not days or not float(shape.mean()) > 0.0:
            return shape
        mean = np.mean([self._on(profile, own, district).mean() for own in days])
        return np.asarray(shape * (mean / shape.mean()))

    def stand_for(self, day: date, days: Sequence[date]) -> None:
        """Let a day stand for others, of which it is one."""
        self._stands_for[day] = days

    @property
    def vary(self) -> bool:
        """Return whether profiles differ from day to day."""
        return bool(self._series.names) or any("@" in name for name in self._columns)

    def _on(self, profile: str, day: date, district: str) -> Vector:
        own = self._named(profile, district)
        series = self._series.profile(own, day, self.steps)
        return self._of_table(own, day) if series is None else series

    def year(self, profile: str, district: str = "") -> Vector:
        """Return a profile on all days of a year, shape (days, steps); one day where all are alike."""
        key = profile, district
        if key not in self._years:
            self._years[key] = self._year(self._named(profile, district))
        return self._years[key]

    def _year(self, own: str) -> Vector:
        begin = self._scenario.start
        series = self._series.year(own, begin, self._scenario.end, self.steps)
        if series is not None:
            return series
        if not any(name.startswith(f"{own}@") for name in self._columns):
            return self._of_table(own, begin)[None, :]
        return np.array([self._of_table(own, begin + timedelta(days=n)) for n in range(_YEAR)])

    def _named(self, profile: str, district: str) -> str:
        own = f"{district}/{profile}"
        there = district and (own in self._columns or own in self._series.names)
        return own if there else profile

    def _of_table(self, own: str, day: date) -> Vector:
        endings = _FALLS_BACK[self._kind(day)]
        column = next((own + end for end in endings if own + end in self._columns), own)
        if column not in self._known:
            rows = self._scenario.profiles
            factors = [rows[hour].get(column, 1.0) if rows else 1.0 for hour in range(HOURS)]
            self._known[column] = np.repeat(np.array(factors), self.steps // HOURS)
        return self._known[column]

    def _kind(self, day: date) -> str:
        if day in self._holidays:
            return "holiday"
        return {_SATURDAY: "saturday", _SUNDAY: "sunday"}.get(day.weekday(), "")

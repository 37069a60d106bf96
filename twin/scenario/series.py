"""What time series say: of which asset, which profile, on which day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.scenario.schema import Scenario, utility_of
from twin.scenario.series_files import series_paths
from twin.units import factor
from twin.utilities.base import Vector
from twin.utilities.demand import Given, Wanted
from twin.utilities.registry import utilities

if TYPE_CHECKING:
    from twin.scenario.timeseries import Column, SeriesFile

SHARES: Mapping[str, float] = {"1": 1.0, "%": 0.01}
"""Units of a profile."""
_YEAR = 365
KINDS_OF_DAY = ("weekend", "saturday", "sunday", "holiday")
"""What may stand behind a profile's name and an @ in `profiles.csv`."""


class Place(NamedTuple):
    """Where a series stands: the number of its file, and of its column there."""

    file: int
    column: int


class _Part(NamedTuple):
    """What one file gives to the assets of one utility: columns, places among what is given, unit factors."""

    file: int
    columns: NDArray[np.intp]
    at: NDArray[np.intp]
    by: Vector


class Series:
    """The time series of a scenario, and what utilities want of them.

    Parameters
    ----------
    scenario
        Checked.

    Attributes
    ----------
    files
        As read.
    given
        By simulated utility, what is given, in the order of `Demand.given`.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.files = _files(scenario)
        self._named = {
            column.name: Place(number, i)
            for number, file in enumerate(self.files)
            for i, column in enumerate(file.columns)
            if not is_address(column.name, scenario)
        }
        self.given: dict[str, tuple[Given, ...]] = {}
        self._parts: dict[str, list[_Part]] = {}
        self._made: dict[str, list[tuple[int, Wanted]]] = {}
        for name in scenario.simulated:
            self._take(name)
        self._stands_for: dict[date, Sequence[date]] = {}
        self._scales: dict[tuple[str, date], Vector] = {}

    def on(self, utility: str, day: date, steps: int) -> Vector:
        """Return what is given to a utility's assets on a day, shape (steps, given).

        A day that stands for others has the mean of their sums.
        """
        values = self._plain(utility, day, steps)
        days = self._stands_for.get(day)
        if days is None or not values.size:
            return values
        key = utility, day
        if key not in self._scales:
            self._scales[key] = self._scale(utility, day, days)
        return np.asarray(values * self._scales[key])

    def profile(self, name: str, day: date, steps: int) -> Vector | None:
        """Return a profile's factors on a day by step, None if no series of that name is there."""
        place = self._named.get(name)
        return None if place is None else self._profile(place, day, steps)

    def stand_for(self, day: date, days: Sequence[date]) -> None:
        """Let a day stand for others, of which it is one: what is given sums up to the mean of theirs."""
        self._stands_for[day] = days
        self._scales = {key: scale for key, scale in self._scales.items() if key[1] != day}

    @property
    def names(self) -> Collection[str]:
        """Return the names of series that are no addresses of assets."""
        return self._named.keys()

    def year(self, name: str, begin: date, end: date, steps: int) -> Vector | None:
        """Return a profile on each day of a year from a day on, or until an end where no year is there.

        Returns
        -------
        ndarray
            Shape (days, steps); None if no series of that name is there.
        """
        place = self._named.get(name)
        if place is None:
            return None
        repeats = self.files[place.file].axis.repeats
        count = _YEAR if repeats else min(_YEAR, (end - begin).days)
        return np.array([self._profile(place, begin + timedelta(days=n), steps) for n in range(count)])

    def _profile(self, place: Place, day: date, steps: int) -> Vector:
        column = self.files[place.file].columns[place.column]
        by = factor(column.unit, SHARES)
        return self._rows(place.file, [place.column], day, steps)[:, 0] * (1.0 if by is None else by)

    def _take(self, utility: str) -> None:
        """Note what is given to the assets of a utility, and by what."""
        units = series_units(utility)
        given: dict[Given, None] = {}
        columns: dict[int, list[tuple[int, int, float]]] = {}
        for number, file in enumerate(self.files):
            for i, column in enumerate(file.columns):
                field = field_of(column, units)
                if field is not None and utility_of(column.name) == utility:
                    own = Given(column.name, field)
                    columns.setdefault(number, []).append((i, len(given), _by(column, units, field)))
                    given[own] = None
        made: list[tuple[int, Wanted]] = []
        for wanted in utilities()[utility].wants(self._scenario):
            if isinstance(wanted.source, str):
                place = self._named[wanted.source]
                column = self.files[place.file].columns[place.column]
                field = wanted.field or field_of(column, units) or ""
                own = Given(wanted.asset, field)
                if own not in given:
                    entry = place.column, len(given), _by(column, units, field)
                    columns.setdefault(place.file, []).append(entry)
            elif wanted.given not in given:
                own = wanted.given
                made.append((len(given), wanted))
            else:
                continue
            given.setdefault(own)
        self.given[utility] = tuple(given)
        self._made[utility] = made
        self._parts[utility] = [
            _Part(number, *_arrays(entries)) for number, entries in columns.items() if entries
        ]

    def _plain(self, utility: str, day: date, steps: int) -> Vector:
        values = np.zeros((steps, len(self.given.get(utility, ()))))
        for part in self._parts.get(utility, ()):
            values[:, part.at] = self._rows(part.file, part.columns, day, steps) * part.by
        for at, wanted in self._made.get(utility, ()):
            assert not isinstance(wanted.source, str)
            values[:, at] = wanted.source(day, steps)
        return values

    def _rows(self, number: int, columns: Sequence[int] | NDArray[np.intp], day: date, steps: int) -> Vector:
        from twin.scenario.series_clock import resampled

        file = self.files[number]
        row = file.axis.row_of(day)
        if row is None:
            raise ValueError(f"{file.name} holds nothing for {day}")
        return resampled(np.asarray(file.values[row : row + file.axis.per_day][:, columns]), steps)

    def _scale(self, utility: str, day: date, days: Sequence[date]) -> Vector:
        """Return by what is given the factor that makes a day's sum the mean of some days' sums.

        No value may rise above the highest of these days, and what is a level (a voltage, a temperature) is
        left as it is.
        """
        own = self._plain(utility, day, 24)
        sums, highest = np.zeros(own.shape[1]), np.full(own.shape[1], -np.inf)
        for other in days:
            values = self._plain(utility, other, 24)
            sums += values.sum(axis=0)
            highest = np.maximum(highest, values.max(axis=0))
        mean, sum_ = sums / len(days), own.sum(axis=0)
        scale = np.divide(mean, sum_, out=np.ones_like(mean), where=(sum_ != 0.0) & (mean * sum_ > 0.0))
        most = np.divide(highest, own.max(axis=0), out=scale.copy(), where=own.max(axis=0) > 0.0)
        levels = levels_of(utility)
        keep = np.array([given.field in levels for given in self.given[utility]], dtype=bool)
        return np.where(keep, 1.0, np.minimum(scale, np.maximum(most, 1.0)))


def field_of(column: "Column", units: Mapping[str, Mapping[str, float]]) -> str | None:
    """Return the field of an asset that a series gives, by its unit; None if it is none of these."""
    found = (field for field, own in units.items() if column.unit and factor(column.unit, own) is not None)
    return next(found, None)


@cache
def series_units(utility: str) -> dict[str, Mapping[str, float]]:
    """Return by field the units of what series can give to the assets of a utility.

    Raises
    ------
    ValueError
        If two kinds of asset declare one field in different units, or two fields share a unit.
    """
    found: dict[str, Mapping[str, float]] = {}
    for kind in utilities()[utility].assets.values():
        for field, units in kind.series.items():
            if found.setdefault(field, units) != units:
                raise ValueError(f"{utility} declares series of {field} in different units")
    every = [unit for units in found.values() for unit in units]
    if len(set(every)) < len(every):
        raise ValueError(f"{utility} declares one unit for two fields of series")
    return found


def levels_of(utility: str) -> frozenset[str]:
    """Return the fields of series that are levels, which do not add up over time."""
    return frozenset().union(*(kind.levels for kind in utilities()[utility].assets.values()))


def _files(scenario: Scenario) -> "list[SeriesFile]":
    if not series_paths(scenario.folder):
        return []
    from twin.scenario.timeseries import read_series  # it needs pandas and pyarrow

    return read_series(scenario.folder, scenario.time_series)


def is_address(name: str, scenario: Scenario) -> bool:
    """Tell whether a series is named by an asset's address."""
    return "/" in name and utility_of(name) in utilities() and name.split("/")[0] not in scenario.districts


def _by(column: "Column", units: Mapping[str, Mapping[str, float]], field: str) -> float:
    by = factor(column.unit, units.get(field, SHARES))
    return 1.0 if by is None else by


def _arrays(entries: Sequence[tuple[int, int, float]]) -> tuple[NDArray[np.intp], NDArray[np.intp], Vector]:
    columns, at, by = zip(*entries, strict=True)
    return np.array(columns, dtype=np.intp), np.array(at, dtype=np.intp), np.array(by, dtype=float)

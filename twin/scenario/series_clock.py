"""The clock of a time series: standard time with days of 24 hours, whatever the file's stamps say."""

import re
from datetime import date, datetime, timedelta
from math import gcd
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from twin.errors import InvalidInput, Mistake
from twin.model import read_instant

Index = NDArray[np.int64]
HOURLY, TIME = "hour_of_year", "time"
_CLOCK = re.compile(r"(time|hour_of_year)(?:\s*\[([^\[\]]*)\])?")
_DAY_MIN, _YEAR_DAYS, _LEAP_DAYS = 24 * 60, 365, 366
_WEEK = 7
_SHOWN = 60
"""Characters of a cell in a message."""
_YEAR_BEGINS = int(np.datetime64("2001-01-01", "m").astype(np.int64))
"""Of hours of a year that is no leap year."""
_AS_TIME = "YYYY-MM-DDTHH:MM"


class TimeColumn(NamedTuple):
    """What tells the time: hours of a year, or stamps; by the clocks of a zone, if one is named."""

    hourly: bool
    zone: str

    @classmethod
    def of(cls, name: str, file: str) -> "TimeColumn | None":
        """Return what a header says, None if it tells no time.

        Raises
        ------
        InvalidInput
            If it names no known zone.
        """
        found = _CLOCK.fullmatch(name.strip())
        if not found:
            return None
        zone = (found[2] or "").strip()
        hourly = found[1] == HOURLY
        if hourly and zone in ("", "h"):
            return cls(True, "")
        if zone in ("", "h"):
            return cls(hourly, "")
        zone_of(zone, file, 1)
        return cls(hourly, zone)


def is_clock(name: str) -> bool:
    """Tell whether a header tells the time."""
    return _CLOCK.fullmatch(name.strip()) is not None


def zone_of(name: str, file: str, line: int) -> ZoneInfo:
    """Return a time zone by its name.

    Raises
    ------
    InvalidInput
        If there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput([Mistake(file, line, f"no time zone {name}", "such as Asia/Almaty")]) from None


class Axis(NamedTuple):
    """When the rows of a file begin: at equal intervals from the first; each holds until the next.

    Attributes
    ----------
    first
        Standard time; of hours of a year, the first hour of no year in particular.
    minutes
        Between rows; they divide a day.
    rows
        How many.
    hourly
        They are hours of a year.
    """

    first: datetime
    minutes: int
    rows: int
    hourly: bool

    @property
    def per_day(self) -> int:
        """Return the rows of a day."""
        return _DAY_MIN // self.minutes

    @property
    def days(self) -> tuple[date, date]:
        """Return the first and the last day that it holds as a whole."""
        begin = self.first.date() + timedelta(days=bool(self.first.time().hour or self.first.time().minute))
        end = self.first + timedelta(minutes=self.minutes * self.rows)
        return begin, end.date() - timedelta(days=1)

    @property
    def repeats(self) -> bool:
        """Return whether it holds a whole year, which is taken again for others."""
        begin, last = self.days
        return self.hourly or (last - begin).days + 1 >= _YEAR_DAYS

    def row_of(self, day: date) -> int | None:
        """Return the row with which a day begins; None for a day that it does not hold.

        A whole year is taken again for others: hours of a year by the date, stamps by the day of the week
        nearest to the date. 29 February is 28 February where the year has none.
        """
        own = self._own_day(day)
        if own is None:
            return None
        midnight = datetime(own.year, own.month, own.day)
        return int((midnight - self.first) // timedelta(minutes=self.minutes))

    def _own_day(self, day: date) -> date | None:
        begin, last = self.days
        if begin <= day <= last and not self.hourly:
            return day
        if not self.repeats:
            return None
        own = _in_year(day, begin.year)
        if own < begin:
            own = _in_year(day, begin.year + 1)
        if self.hourly:
            return min(own, last)
        own += timedelta(days=(day.weekday() - own.weekday() + 3) % _WEEK - 3)
        if own < begin:
            own += timedelta(days=_WEEK)
        return own if own <= last else own - timedelta(days=_WEEK)


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


class Times:
    """The time column of a file as it is read.

    Parameters
    ----------
    column
        What its header says.
    file
        For messages.
    zone
        Whose standard time the scenario's clock keeps; empty: stamps carry no offset and know no summer time.
    """

    def __init__(self, column: TimeColumn, file: str, zone: str) -> None:
        self.column, self.file = column, file
        self._zone = zone
        self._cells: list[pa.Array] = []

    def add(self, cells: pa.Array) -> None:
        """Take the cells of further rows."""
        self._cells.append(cells)

    def minutes(self) -> Index:
        """Return the minutes since 1970 of each row, standard time.

        Raises
        ------
        InvalidInput
            With the first lines that tell no time.
        """
        cells = pa.chunked_array(self._cells) if self._cells else pa.chunked_array([], type=pa.string())
        if not len(cells):
            raise InvalidInput([Mistake(self.file, 2, "no rows", "one for each interval")])
        return self._hours(cells) if self.column.hourly else self._stamps(cells)

    def _hours(self, cells: pa.ChunkedArray) -> Index:
        try:
            hours = cells.cast(pa.float64()).to_numpy()
        except pa.ArrowInvalid:
            hours = np.full(len(cells), np.nan)
        if not np.isfinite(hours).all() or (np.abs(hours) > 1e5).any():
            raise InvalidInput(self._wrong(cells.to_pylist(), float, "an hour of the year, 0 to 8759"))
        return np.asarray(_YEAR_BEGINS + np.rint(hours * 60.0).astype(np.int64))

    def _stamps(self, cells: pa.ChunkedArray) -> Index:
        stamps = cells if pa.types.is_timestamp(cells.type) else self._parsed(cells)
        if stamps.null_count:
            raise InvalidInput(self._wrong(cells.to_pylist(), read_instant, _AS_TIME))
        zoned = stamps.type.tz is not None
        local = pd.DatetimeIndex(stamps.cast(pa.timestamp("s", stamps.type.tz), safe=False).to_pandas())
        if zoned or self.column.zone:
            local = self._standard(local, zoned)
        return np.asarray(local.to_numpy().astype("datetime64[m]").astype(np.int64))

    def _parsed(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        for kind in (pa.timestamp("s"), pa.timestamp("s", "UTC")):
            try:
                return cells.cast(kind)
            except pa.ArrowInvalid:
                continue
        raise InvalidInput(self._wrong(cells.to_pylist(), read_instant, _AS_TIME))

    def _standard(self, stamps: pd.DatetimeIndex, zoned: bool) -> pd.DatetimeIndex:
        """Return standard time of the scenario's zone, without summer time."""
        if zoned and not self._zone:
            problem = "its times carry an offset from UTC, and the scenario names no time zone"
            raise InvalidInput(
                [Mistake(self.file, 2, problem, "`time_series.time_zone`, such as Asia/Almaty")]
            )
        if not zoned:
            try:
                stamps = stamps.tz_localize(zone_of(self.column.zone, self.file, 1), ambiguous="infer")
            except (
                ValueError,
                KeyError,
            ) as error:  # pandas' and zoneinfo's words for hours that are not there
                told = str(error).splitlines()[0]
                raise InvalidInput(
                    [Mistake(self.file, 1, f"no times of {self.column.zone}: {told}")]
                ) from None
        zone = zone_of(self._zone or self.column.zone, "time_series.time_zone", 0)
        moment = datetime(stamps[0].year, 1, 1, tzinfo=zone)
        offsets = [m.utcoffset() - (m.dst() or timedelta(0)) for m in (moment, moment.replace(month=7))]  # type: ignore[operator]
        return stamps.tz_convert("UTC").tz_localize(None) + min(offsets)

    def _wrong(self, cells: list[Any], read: Any, remedy: str) -> list[Mistake]:
        """Return the first rows that tell no time."""
        found = []
        for row, cell in enumerate(cells):
            try:
                if cell is None:
                    raise ValueError("it is empty")
                _try(read, cell)
            except ValueError as error:
                why = str(error) if read is read_instant else remedy
                found.append(Mistake(self.file, row + 2, f"time {short(cell)}", why[:200]))
            if len(found) == 100:
                break
        return found or [Mistake(self.file, 2, "its times cannot be read", remedy)]


def short(cell: object) -> str:
    """Return a cell as a message shows it."""
    text = repr(cell)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _try(read: Any, cell: Any) -> None:
    """Read a cell; of a stamp first the day alone, whose form is what is wrong most often."""
    if read is read_instant and isinstance(cell, str):
        read(cell.strip().replace("T", " ").split(" ")[0])
        read(cell.strip().replace(" ", "T", 1))
    else:
        read(cell)


def axis_of(times: Times, gaps: str) -> tuple[Axis, Index]:
    """Return the times of a file's rows, and the place of each row among them.

    Raises
    ------
    InvalidInput
        For times that do not rise, or are not at equal intervals that divide a day; for missing rows, if no
        rule fills them.
    """
    minutes = times.minutes()
    steps = np.diff(minutes)
    file = times.file
    if (steps <= 0).any():
        row = int(np.flatnonzero(steps <= 0)[0]) + 1
        same = "again" if steps[row - 1] == 0 else "before the one above it"
        summer = "in summer time the header names the zone: `time [Europe/Berlin]`"
        raise InvalidInput([Mistake(file, row + 2, f"{_shown(minutes[row])} {same}", summer)])
    interval = int(steps.min()) if len(steps) else _DAY_MIN
    if _DAY_MIN % interval or (minutes[0] % _DAY_MIN) % interval:
        problem = f"an interval of {interval} minutes"
        raise InvalidInput([Mistake(file, 3, problem, "one that divides a day, counted from midnight")])
    if (steps % interval).any():
        row = int(np.flatnonzero(steps % interval)[0]) + 1
        raise InvalidInput(
            [Mistake(file, row + 2, f"{_shown(minutes[row])} is not {interval} minutes after the one above")]
        )
    if gaps == "refuse" and (steps > interval).any():
        rows = np.flatnonzero(steps > interval)[:100] + 1
        remedy = "all rows, or a rule: `time_series.gaps`; in summer time the header names the zone"
        raise InvalidInput(
            [Mistake(file, int(r) + 2, f"rows are missing before {_shown(minutes[r])}", remedy) for r in rows]
        )
    at = (minutes - minutes[0]) // interval
    first = np.datetime64(int(minutes[0]), "m").astype(datetime)
    if times.column.hourly and len(minutes) and int(at[-1] + 1) * interval == _LEAP_DAYS * _DAY_MIN:
        first = first.replace(year=2000)
    axis = Axis(first, interval, int(at[-1]) + 1, times.column.hourly)
    whole = axis.rows * interval in (_YEAR_DAYS * _DAY_MIN, _LEAP_DAYS * _DAY_MIN)
    if axis.hourly and (not whole or int(minutes[0]) != _YEAR_BEGINS):
        hours = axis.rows * interval / 60.0
        raise InvalidInput([Mistake(file, 0, f"{hours:g} hours of a year", "8760 or 8784, from hour 0 on")])
    if axis.days[1] < axis.days[0]:
        raise InvalidInput([Mistake(file, 0, "no whole day", "from a midnight to the next at least")])
    return axis, at


def _shown(minutes: int) -> str:
    return f"{np.datetime64(int(minutes), 'm')}"


def resampled(rows: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Return a day's rows by step: means of shorter intervals, longer ones held; shape (steps, columns)."""
    count = len(rows)
    if count == steps:
        return rows
    times = steps // gcd(count, steps)
    held = np.repeat(rows, times, axis=0) if times > 1 else rows
    return np.asarray(held.reshape(steps, -1, rows.shape[1]).mean(axis=1))

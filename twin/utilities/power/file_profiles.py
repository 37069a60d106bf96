"""Profiles that a pandapower file holds beside its elements, as SimBench grids do.

The tables `net.profiles` (S. Meinecke et al., SimBench, Energies 13 (2020) 3290) hold factors on MW and
Mvar of elements by step of a year; the column `profile` of an element names its own. Rows count by their
position: the stamps of SimBench carry summer time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Vector
from twin.utilities.demand import Wanted
from twin.utilities.frames import read_frame
from twin.utilities.power.file_powers import FilePower, file_powers
from twin.utilities.power.names import read_grid

_KEY = "profiles"
_TABLES = {
    "load": ("load",),
    "storage": ("storage",),
    # a plant of either kind may be a generator of either table
    "sgen": ("powerplants", "renewables"),
    "gen": ("powerplants", "renewables"),
}
_TIME = "time"
_ENDS = {"load": {"p_mw": "_pload", "q_mvar": "_qload"}}
_YEAR, _LEAP = 365, 366
_STEPS = (24, 48, 96)
_FEBRUARY_29 = 59


class Profiles(NamedTuple):
    """Profiles of one table.

    Attributes
    ----------
    columns
        Their names.
    values
        Factors, shape (rows of a year, columns).
    """

    columns: Mapping[str, int]
    values: Vector

    def on(self, column: int, day: date, steps: int) -> Vector:
        """Return a profile on a day of its own year: means of its rows, or each as often as it holds."""
        per_day = next(own for own in _STEPS if len(self.values) in (_YEAR * own, _LEAP * own))
        number = _day_of_year(day, leap=len(self.values) == _LEAP * per_day)
        own = self.values[number * per_day : (number + 1) * per_day, column]
        return own.reshape(steps, -1).mean(axis=1) if steps <= per_day else np.repeat(own, steps // per_day)


def without_profiles(content: Any) -> bool:
    """Take the profiles out of what a file holds; return whether there were any."""
    tables = content.get("_object") if isinstance(content, dict) else None
    return isinstance(tables, dict) and tables.pop(_KEY, None) is not None


def wanted_profiles(path: Path) -> Iterator[Wanted]:
    """Yield what a file's profiles give to its elements.

    Raises
    ------
    InvalidInput
        For a profile that is not there, has gaps, or is no year's.
    """
    tables = file_profiles(path)
    powers = {address: own for address, own in file_powers(path).items() if own.profile}
    mistakes = [*_missing(tables, powers, path.name)] if tables else []
    if mistakes:
        raise InvalidInput(mistakes)
    for address, own in powers.items() if tables else ():
        for field, mw in (("p_mw", own.p_mw), ("q_mvar", own.q_mvar)):
            found = _column(tables, own, field)
            if found is not None:
                yield Wanted(address, field, _Scaled(*found, mw))


def unused_profiles(path: Path) -> Iterator[str]:
    """Yield what of a file's profiles nothing uses."""
    tables = file_profiles(path)
    used = {
        name + end
        for own in file_powers(path).values()
        if (name := own.profile)
        for end in (_ENDS[own.table].values() if own.table in _ENDS else ("",))
    }
    for table, own in tables.items():
        unused = [name for name in own.columns if name not in used]
        if unused:
            more = f" and {len(unused) - 3} more" if len(unused) > 3 else ""
            yield f"profiles {', '.join(unused[:3])}{more} of {table} are not used"


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A profile times what it is a factor on: called with a day and its steps."""

    profiles: Profiles
    column: int
    by: float

    def __call__(self, day: date, steps: int) -> Vector:
        return self.profiles.on(self.column, day, steps) * self.by


def file_profiles(path: Path) -> Mapping[str, Profiles]:
    """Return a file's tables of profiles, those without any left out.

    Raises
    ------
    InvalidInput
        If they are no factors by step of a year.
    """
    if not path.is_file():
        return {}
    about = path.stat()
    return _read(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, changed_ns: int, size: int) -> Mapping[str, Profiles]:
    tables = read_grid(path)["_object"].get(_KEY)
    if tables is None:
        return {}
    if not isinstance(tables, dict):
        raise InvalidInput([Mistake(path.name, 0, "profiles: no tables", "tables of factors by name")])
    mistakes: list[Mistake] = []
    found = {}
    for table, content in tables.items():
        try:
            frame = read_frame(content)
            if not all(isinstance(name, str) for name in frame["columns"]):
                raise ValueError("columns without names")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            mistakes.append(Mistake(path.name, 0, f"profiles {table}: no table", "a table of factors"))
            continue
        names = [name for name in frame["columns"] if name != _TIME]
        if names and frame["data"]:
            values = _numbers(frame, names)
            mistakes += _wrong(values, names, table, path.name)
            found[table] = Profiles({name: i for i, name in enumerate(names)}, values)
    if mistakes:
        raise InvalidInput(mistakes)
    return found


def _numbers(frame: Mapping[str, Any], names: Sequence[str]) -> Vector:
    """Return the cells of some columns, nan where there is no number."""
    at = [frame["columns"].index(name) for name in names]
    try:
        return np.array([[row[i] for i in at] for row in frame["data"]], dtype=float)
    except (TypeError, ValueError):
        cells = [[row[i] if isinstance(row[i], int | float) else None for i in at] for row in frame["data"]]
        return np.array(cells, dtype=float)


def _wrong(values: Vector, names: Sequence[str], table: str, file: str) -> Iterator[Mistake]:
    rows = len(values)
    if not any(rows in (_YEAR * steps, _LEAP * steps) for steps in _STEPS):
        problem = f"profiles {table}: {rows:,} rows are no year of hours, half hours or quarters"
        yield Mistake(file, 0, problem, "35,040 or 35,136 quarters, 8,760 or 8,784 hours")
    for column in np.flatnonzero(~np.isfinite(values).all(axis=0)).tolist():
        row = int(np.flatnonzero(~np.isfinite(values[:, column]))[0])
        yield Mistake(file, 0, f"profiles {table}: {names[column]} has no number in row {row}", "a factor")


def _missing(tables: Mapping[str, Profiles], powers: Mapping[str, FilePower], file: str) -> Iterator[Mistake]:
    for address, own in powers.items():
        if _column(tables, own, "p_mw") is None:
            end = _ENDS.get(own.table, {}).get("p_mw", "")
            where = " or ".join(_TABLES[own.table])
            problem = f"{address}: its profile {own.profile}{end} is not in profiles {where}"
            yield Mistake(file, 0, problem, "a column of it, or no profile")


def _column(tables: Mapping[str, Profiles], own: FilePower, field: str) -> tuple[Profiles, int] | None:
    """Return the profile of an element's field, None if it has none."""
    ends = _ENDS.get(own.table, {"p_mw": ""})
    if field not in ends:
        return None
    name = own.profile + ends[field]
    return next(
        (
            (tables[table], tables[table].columns[name])
            for table in _TABLES[own.table]
            if table in tables and name in tables[table].columns
        ),
        None,
    )


def _day_of_year(day: date, leap: bool) -> int:
    """Return a day's number in a year of profiles; 29 February is the 28th where that year has none."""
    number = day.timetuple().tm_yday - 1
    is_leap = day.replace(month=12, day=31).timetuple().tm_yday == _LEAP
    if leap and not is_leap:
        return number + (number >= _FEBRUARY_29)
    return number - (is_leap and not leap and number >= _FEBRUARY_29)

"""Cross checks of time series: what their headers name must be there; they must hold the horizon."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.scenario.document import Document
from twin.scenario.reach import Reach
from twin.scenario.schema import Scenario, utility_of
from twin.scenario.series import SHARES, field_of, is_address
from twin.scenario.series_files import FOLDER, series_paths
from twin.units import factor
from twin.utilities.demand import Wanted
from twin.utilities.names import AssetNames
from twin.utilities.registry import utilities

if TYPE_CHECKING:
    from twin.scenario.timeseries import Column, SeriesFile

PROFILES = frozenset(name for own in utilities().values() for name in own.profiles)


def check_series(scenario: Scenario, document: Document, names: Mapping[str, AssetNames]) -> None:
    """Note what is wrong with the files of time series, with their headers, and with what asks for them."""
    files: list[SeriesFile] = []
    if series_paths(scenario.folder):
        from twin.scenario.timeseries import read_series  # it needs pandas and pyarrow

        try:
            files = read_series(scenario.folder, scenario.time_series, document.reach)
        except InvalidInput as error:
            document.mistakes += error.mistakes
            return
    wanted = _wanted(scenario, document)
    document.mistakes += _doubles(files)
    for file in files:
        used = False
        for i, column in enumerate(file.columns):
            problem = _problem(column, scenario, document, names, wanted)
            if problem:
                document.mistakes.append(Mistake(file.name, 1, *problem))
            elif own := _as_profile(column, scenario):
                document.mistakes += [Mistake(file.name, 1, *p) for p in _factors(file, i, own)]
            used = used or is_used(column, scenario, wanted)
        if used and (gap := _not_held(file, scenario)):
            document.mistakes.append(gap)
    there = {column.name for file in files for column in file.columns}
    for name, own_wanted in wanted.items():
        if name not in there:
            key = own_wanted.key or ("networks",)
            near = document.near(name, there) or f"a column of a file in {FOLDER}/"
            document.add(key, f"no time series {name}", near)


def series_names(scenario: Scenario, reach: Reach) -> set[str]:
    """Return the names of all series; none if a file cannot be read."""
    if not series_paths(scenario.folder):
        return set()
    from twin.scenario.timeseries import read_series

    with suppress(InvalidInput):
        files = read_series(scenario.folder, scenario.time_series, reach)
        return {column.name for file in files for column in file.columns}
    return set()


def is_used(column: "Column", scenario: Scenario, wanted: Mapping[str, Wanted]) -> bool:
    """Tell whether anything in a scenario reads a series."""
    if is_address(column.name, scenario):
        return utility_of(column.name) in scenario.simulated
    return column.name in wanted or bool(_as_profile(column, scenario))


def series_warnings(scenario: Scenario) -> Iterator[Mistake]:
    """Yield what of time series nothing reads, how many values were filled, and seasons that count twice."""
    yield from _unread_files(scenario.folder)
    if not series_paths(scenario.folder):
        return
    from twin.scenario.timeseries import read_series

    wanted = _wanted(scenario, None)
    for file in read_series(scenario.folder, scenario.time_series):
        for column in file.columns:
            profile, seasons = _as_profile(column, scenario), scenario.seasons.values()
            if profile and file.axis.repeats and any(row.model_fields_set for row in seasons):
                problem = f"{column.name} is a series of a year, and seasons.csv has factors too: both apply"
                yield Mistake(file.name, 1, problem, "1 in the months of seasons.csv, if the series has them")
            if not is_used(column, scenario, wanted):
                yield Mistake(file.name, 1, f"the series {column.name} is not used")
        for column, count in file.filled:
            how = scenario.time_series.gaps
            yield Mistake(file.name, 0, f"{count:,} missing values of {column.name} are filled ({how})")


def _unread_files(folder: Path) -> Iterator[Mistake]:
    """Yield files that may be meant for time series and are not read."""
    if not folder.is_dir():
        return
    for name in sorted(os.listdir(folder)):
        if name != FOLDER and name.lower().replace("_", "").replace("-", "") == FOLDER:
            yield Mistake(name, 0, "is not read", f"did you mean {FOLDER}?")
    if (folder / FOLDER).is_dir():
        read = {path.name for path in series_paths(folder)}
        for name in sorted(os.listdir(folder / FOLDER)):
            if name not in read and not name.startswith("."):
                yield Mistake(f"{FOLDER}/{name}", 0, "is not read", "CSV or Parquet")


def _wanted(scenario: Scenario, document: Document | None) -> dict[str, Wanted]:
    """Return by name the series that utilities ask for."""
    found = {}
    for name in scenario.simulated:
        if document is not None and name in document.unread:
            continue
        try:
            wants = utilities()[name].wants(scenario)
        except InvalidInput as error:
            if document is not None:
                document.mistakes += error.mistakes
            continue
        found.update({own.source: own for own in wants if isinstance(own.source, str)})
    return found


def _doubles(files: "list[SeriesFile]") -> Iterator[Mistake]:
    """Yield series that are there twice, and factors of what another series gives."""
    first: dict[Column, str] = {}
    units = {(column.name, column.unit) for file in files for column in file.columns}
    shares = {name for name, unit in units if unit in SHARES}
    for file in files:
        for column in file.columns:
            if "/" in column.name and column.unit not in ("", *SHARES) and column.name in shares:
                problem = f"{column.name} is given in {column.unit} and as a factor"
                yield Mistake(file.name, 1, problem, "one of them")
            if column in first and first[column] != file.name:
                yield Mistake(file.name, 1, f"column {column.name} again", f"once; first in {first[column]}")
            first.setdefault(column, file.name)


def _problem(
    column: "Column",
    scenario: Scenario,
    document: Document,
    names: Mapping[str, AssetNames],
    wanted: Mapping[str, Wanted],
) -> tuple[str, str] | None:
    """Return what is wrong with a header, and what would be right."""
    name = column.name
    if not is_address(name, scenario):
        unit_known = factor(column.unit, SHARES) is not None
        if _as_profile(column, scenario) and not unit_known:
            return f"{name} in {column.unit}: a profile is a factor", "1 or %"
        return None
    utility = utility_of(name)
    if utility not in scenario.simulated or utility in document.unread:
        return None
    every = names[utility].all
    if name not in every:
        return f"unknown asset {name}", document.near(name, every)
    kind = next(sort for sort, own in names[utility].by_kind.items() if name in own)
    units = utilities()[utility].assets[kind].series
    allowed = ", ".join(unit for own in units.values() for unit in own)
    if not units:
        return f"a time series gives nothing to {name}, a {kind}", ""
    if not column.unit:
        return (
            f"no unit of {name}",
            f"in its header, such as {name} [{allowed.split(',')[0]}]; one of {allowed}",
        )
    if field_of(column, units) is None:
        return f"{column.unit!r} is no unit of what a series gives a {kind}", f"one of {allowed}"
    return None


def _as_profile(column: "Column", scenario: Scenario) -> str:
    """Return the profile that a series stands for, empty if it is none."""
    district, slash, name = column.name.rpartition("/")
    if slash and district not in scenario.districts:
        return ""
    settings = {getattr(scenario.demand, k) for own in utilities().values() for k in own.profile_settings}
    known = PROFILES | settings | {key for row in scenario.profiles.values() for key in row}
    return name if name in known else ""


def _factors(file: "SeriesFile", i: int, profile: str) -> Iterator[tuple[str, str]]:
    values = file.values[:, i]
    if float(np.min(values)) < 0.0:
        yield f"{profile} falls below 0", "factors from 0 on"
    elif not float(np.max(values)) > 0.0:
        yield f"{profile} is 0 throughout", "a value above 0"


def _not_held(file: "SeriesFile", scenario: Scenario) -> Mistake | None:
    """Return that a file does not reach over the horizon."""
    first, last = file.axis.days
    end = scenario.end - timedelta(days=1)
    if file.axis.repeats or (first <= scenario.start and end <= last):
        return None
    held = f"holds {first} to {last}, the scenario runs from {scenario.start} to {end}"
    return Mistake(file.name, 0, held, "all of it, or a whole year, which is taken again for others")

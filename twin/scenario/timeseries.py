"""The files of a scenario's time series: their columns, their clock, and their values by row."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from twin.bounds import MOST_SERIES_BYTES, MOST_SERIES_COLUMNS, MOST_SERIES_VALUES
from twin.errors import InvalidInput, Mistake
from twin.model import Model
from twin.scenario.reach import AS_ALLOWED, OUTSIDE, WITHIN, Reach
from twin.scenario.series_clock import Axis, TimeColumn, Times, axis_of, is_clock, short
from twin.scenario.series_files import FOLDER, series_paths
from twin.scenario.series_values import Filled, Rows, fill_gaps
from twin.scenario.tables import read_cell, wrong_header
from twin.text import refuse_no_file
from twin.utilities.base import Vector

_HEADER = re.compile(r"(.*?)\s*\[([^\[\]]*)\]", re.DOTALL)
_BLOCK = 1 << 24
"""Bytes that are read at once; a row of 20,000 numbers is a fortieth of it."""
_BATCH_VALUES = 16_000_000
_TOLD = 100


class Column(NamedTuple):
    """A series: the name and unit of its header."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """A file of time series.

    Attributes
    ----------
    name
        As messages call it, ``timeseries/loads.csv``.
    axis
        The time of each row, in standard time.
    values
        Shape (rows, columns), as in the file.
    filled
        How many values were missing, by column.
    """

    name: str
    columns: tuple[Column, ...]
    axis: Axis
    values: Vector
    filled: tuple[tuple[Column, int], ...]


def read_series(folder: Path, settings: Model, reach: Reach = WITHIN) -> list[SeriesFile]:
    """Read the files of a scenario's time series; what was read before and has not changed is kept.

    Parameters
    ----------
    folder
        Of the scenario.
    settings
        Its `time_series`.
    reach
        Which files it may read beside those in its folder.

    Raises
    ------
    InvalidInput
        With every mistake in any of them.
    """
    files, mistakes = [], []
    for path in series_paths(folder):
        if not reach.beside(folder).holds(path):
            mistakes.append(Mistake(f"{FOLDER}/{path.name}", 0, f"{OUTSIDE}: it is a link", AS_ALLOWED))
            continue
        try:
            about = refuse_no_file(path, MOST_SERIES_BYTES)
            files.append(_read(path, about.st_mtime_ns, about.st_size, settings))
        except InvalidInput as error:
            mistakes += [Mistake(f"{FOLDER}/{m.file}", m.line, m.problem, m.remedy) for m in error.mistakes]
    if mistakes:
        raise InvalidInput(mistakes)
    return files


@lru_cache(maxsize=16)
def _read(path: Path, modified_ns: int, size: int, settings: Any) -> SeriesFile:
    table = _csv(path) if path.suffix == ".csv" else _parquet(path)
    clock, columns = table.clock, table.columns
    rows, times = Rows(len(columns)), Times(clock, path.name, settings.time_zone)
    try:
        for batch in table.batches:
            times.add(batch.column(table.at))
            rows.add(batch, table.at)
    except (pa.ArrowException, OverflowError) as error:
        raise InvalidInput(list(table.diagnosis()) or [_damaged(path, error)]) from None
    axis, at = axis_of(times, settings.gaps)
    filled = fill_gaps(rows, at, axis, settings.gaps)
    return _checked(path, table, axis, filled)


def _checked(path: Path, table: "_Table", axis: Axis, filled: Filled) -> SeriesFile:
    """Return a file's series; refuse what is not a number, and gaps that no rule fills."""
    if filled.wrong:
        listed = list(table.diagnosis())
        where = ", ".join(table.columns[i].name for i in filled.wrong[:3])
        raise InvalidInput(listed or [Mistake(path.name, 0, f"values are missing in {where}", _GAPS)])
    missing = tuple((table.columns[i], count) for i, count in filled.counts.items())
    return SeriesFile(f"{FOLDER}/{path.name}", table.columns, axis, filled.values, missing)


_GAPS = "all values, or a rule: `time_series.gaps: linear` or `previous`"


@dataclass(slots=True)
class _Table:
    """A file that is open: its clock stands in column ``at``, the others are series."""

    path: Path
    clock: TimeColumn
    at: int
    columns: tuple[Column, ...]
    batches: Iterator[pa.RecordBatch]

    def diagnosis(self) -> Iterator[Mistake]:
        """Yield the first of a CSV file's cells that are no numbers, each with its line."""
        if self.path.suffix != ".csv":
            return
        told = 0
        for line, row in self._rows():
            for problem in self._wrong(row) if row else ():
                yield Mistake(self.path.name, line, *problem)
                told += 1
                if told == _TOLD:
                    return

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield rows behind the header with their lines, as far as they are CSV."""
        with open(self.path, encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.reader(file)
            next(reader, None)
            with suppress(csv.Error):  # a field without end
                for row in reader:
                    yield reader.line_num, row

    def _wrong(self, row: Sequence[str]) -> Iterator[tuple[str, str]]:
        if len(row) != len(self.columns) + 1:
            yield f"not {len(self.columns) + 1} cells as in the header", ""
            return
        for column, cell in zip(self.columns, [*row[: self.at], *row[self.at + 1 :]], strict=True):
            name = column.name
            if not cell.strip():
                yield f"{name} is empty", _GAPS
                continue
            try:
                if not isfinite(read_cell(cell.strip(), "number")):
                    raise ValueError("a finite number")
            except ValueError as error:
                yield f"{name} is {short(cell)}", str(error)


def _csv(path: Path) -> _Table:
    """Open a CSV file: the first column tells the time."""
    names = _header(path)
    clock, columns = _columns(path, names, 0)
    places = [str(i) for i in range(len(names))]
    kinds = {place: pa.float64() for place in places[1:]} | {"0": pa.string()}
    try:
        batches = arrow_csv.open_csv(
            path,
            arrow_csv.ReadOptions(column_names=places, skip_rows=1, block_size=_BLOCK, use_threads=False),
            convert_options=arrow_csv.ConvertOptions(column_types=kinds, null_values=[""]),
        )
    except pa.ArrowInvalid as error:
        own = _Table(path, clock, 0, columns, iter(()))
        raise InvalidInput(list(own.diagnosis()) or [_damaged(path, error)]) from None
    return _Table(path, clock, 0, columns, iter(batches))


def _header(path: Path) -> list[str]:
    with open(path, "rb") as file:
        raw = file.readline(_BLOCK)
    try:
        names = next(csv.reader([raw.decode("utf-8-sig").rstrip("\r\n")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput([Mistake(path.name, 1, f"no header: {error}", "names of columns")]) from None
    if wrong := wrong_header(names or [""], path.name, 1):
        raise InvalidInput(wrong)
    return [name.strip() for name in names]


def _parquet(path: Path) -> _Table:
    """Open a Parquet file: a column called `time` or `hour_of_year` tells the time."""
    try:
        file = parquet.ParquetFile(path)
        names, kinds = file.schema_arrow.names, file.schema_arrow.types
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput([_damaged(path, error)]) from None
    at = next((i for i, name in enumerate(names) if is_clock(name)), 0)
    clock, columns = _columns(path, names, at)
    for name, kind in zip(names, kinds, strict=True):
        number = pa.types.is_floating(kind) or pa.types.is_integer(kind)
        if name != names[at] and not number:
            raise InvalidInput([Mistake(path.name, 0, f"column {name} holds {kind}", "numbers")])
        if name == names[at] and not (number or pa.types.is_timestamp(kind)):
            raise InvalidInput([Mistake(path.name, 0, f"column {name} holds {kind}", "timestamps")])
    meta = file.metadata
    unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    if meta.num_rows * len(names) > MOST_SERIES_VALUES or unpacked > 8 * MOST_SERIES_VALUES:
        raise InvalidInput([_too_many(path)])
    size = max(1, _BATCH_VALUES // len(names))
    return _Table(path, clock, at, columns, file.iter_batches(size))


def _columns(path: Path, names: Sequence[str], at: int) -> tuple[TimeColumn, tuple[Column, ...]]:
    """Return what tells the time, and the series."""
    clock = TimeColumn.of(names[at], path.name) if names else None
    if clock is None:
        raise InvalidInput(
            [Mistake(path.name, 1, "no column tells the time", "`time` or `hour_of_year`, first")]
        )
    if len(names) < 2 or len(names) > MOST_SERIES_COLUMNS:
        remedy = f"1 to {MOST_SERIES_COLUMNS:,} in a file"
        raise InvalidInput([Mistake(path.name, 1, f"{len(names) - 1:,} series", remedy)])
    columns = []
    for name in (*names[:at], *names[at + 1 :]):
        found = _HEADER.fullmatch(name)
        columns.append(Column(found[1], found[2].strip()) if found else Column(name, ""))
    twice = (
        [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
        if (len(set(columns)) < len(columns))
        else []
    )
    if twice:
        raise InvalidInput([Mistake(path.name, 1, f"column {twice[0].name} twice", "once")])
    return clock, tuple(columns)


def _damaged(path: Path, error: Exception) -> Mistake:
    return Mistake(path.name, 0, f"cannot be read: {str(error).splitlines()[0][:200]}")


def _too_many(path: Path) -> Mistake:
    return Mistake(path.name, 0, f"more than {MOST_SERIES_VALUES:,} values", "fewer columns or rows")

"""The values of a time series: kept in memory, or in a file of this process where they are many."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from twin.bounds import MOST_SERIES_VALUES
from twin.errors import InvalidInput, Mistake
from twin.scenario.series_clock import Axis
from twin.scratch import scratch
from twin.utilities.base import Vector

_IN_MEMORY = 32_000_000
"""Values of a file: a quarter of a gigabyte."""


_TOGETHER = 64
"""Columns that are turned into rows at once, as a cache holds them."""


class Rows:
    """The rows of a file as they are read.

    Parameters
    ----------
    columns
        How many series.

    Attributes
    ----------
    gaps
        Of each series, whether any of its values is missing or not finite.
    """

    def __init__(self, columns: int) -> None:
        self._columns, self._count = columns, 0
        self.gaps = np.zeros(columns, dtype=bool)
        self._parts: list[Vector] = []
        self._file: IO[bytes] | None = None
        self._path = Path()

    def add(self, batch: pa.RecordBatch, clock: int) -> None:
        """Take further rows; the column of the clock is left out."""
        part = np.empty((batch.num_rows, self._columns))
        columns = [column for number, column in enumerate(batch.columns) if number != clock]
        for begin in range(0, self._columns, _TOGETHER):
            some = columns[begin : begin + _TOGETHER]
            by_column = np.array([column.to_numpy(zero_copy_only=False) for column in some], dtype=float)
            self.gaps[begin : begin + _TOGETHER] |= ~np.isfinite(by_column).all(axis=1)
            part[:, begin : begin + _TOGETHER] = by_column.T
        self._count += len(part)
        if self._count * self._columns > MOST_SERIES_VALUES:
            raise InvalidInput([Mistake("", 0, f"more than {MOST_SERIES_VALUES:,} values")])
        if self._file is None and self._count * self._columns > _IN_MEMORY:
            self._path = scratch("series") / "values"
            self._file = open(self._path, "wb")  # noqa: SIM115 it is closed when all rows are there
            for own in self._parts:
                own.tofile(self._file)
            self._parts.clear()
        if self._file is None:
            self._parts.append(part)
        else:
            part.tofile(self._file)

    def all(self) -> Vector:
        """Return all values, shape (rows, columns)."""
        if self._file is None:
            return np.concatenate(self._parts) if self._parts else np.zeros((0, self._columns))
        self._file.close()
        return np.memmap(self._path, np.float64, "r+", shape=(self._count, self._columns))


class Filled(NamedTuple):
    """Values without gaps; how many were missing by column; columns with gaps that were not filled."""

    values: Vector
    counts: Mapping[int, int]
    wrong: list[int]


def fill_gaps(rows: Rows, at: NDArray[np.int64], axis: Axis, rule: str) -> Filled:
    """Fill missing rows and values by a rule: ``previous`` or ``linear`` in time; ``refuse`` fills none.

    Parameters
    ----------
    at
        The place of each row among those of the axis.
    """
    values, gaps = rows.all(), rows.gaps
    if axis.rows > len(values):
        gaps = np.ones_like(gaps)
        whole = np.full((axis.rows, values.shape[1]), np.nan)
        whole[at] = values
        values = whole
    counts, wrong = dict[int, int](), list[int]()
    for column in np.flatnonzero(gaps).tolist():
        own = values[:, column]
        there = np.isfinite(own)
        if (
            rule == "refuse"
            or not there.any()
            or np.isinf(own).any()
            or (rule == "previous" and not there[0])
        ):
            wrong.append(column)
            continue
        places = np.arange(len(own))
        if rule == "linear":
            own[~there] = np.interp(places[~there], places[there], own[there])
        else:
            own[:] = own[np.maximum.accumulate(np.where(there, places, 0))]
        counts[column] = int((~there).sum())
    return Filled(values, counts, wrong)

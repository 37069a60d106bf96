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


class Rows:
    """The rows of a file as they are read.

    Parameters
    ----------
    columns
        How many series.
    """

    def __init__(self, columns: int) -> None:
        self._columns, self._count = columns, 0
        self._parts: list[Vector] = []
        self._file: IO[bytes] | None = None
        self._path = Path()

    def add(self, batch: pa.RecordBatch, clock: int) -> None:
        """Take further rows; the column of the clock is left out."""
        part = np.empty((batch.num_rows, self._columns))
        for i, column in enumerate(c for n, c in enumerate(batch.columns) if n != clock):
            part[:, i] = column.to_numpy(zero_copy_only=False)
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


def fill_gaps(values: Vector, at: NDArray[np.int64], axis: Axis, rule: str) -> Filled:
    """Fill missing rows and values by a rule: ``previous`` or ``linear`` in time; ``refuse`` fills none.

    Parameters
    ----------
    at
        The place of each row among those of the axis.
    """
    if axis.rows > len(values):
        whole = np.full((axis.rows, values.shape[1]), np.nan)
        whole[at] = values
        values = whole
    counts, wrong = dict[int, int](), list[int]()
    for column in _with_gaps(values):
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
        rows = np.arange(len(own))
        if rule == "linear":
            own[~there] = np.interp(rows[~there], rows[there], own[there])
        else:
            own[:] = own[np.maximum.accumulate(np.where(there, rows, 0))]
        counts[column] = int((~there).sum())
    return Filled(values, counts, wrong)


def _with_gaps(values: Vector) -> list[int]:
    """Return the columns that are not finite throughout, looking at some rows at a time."""
    bad = np.zeros(values.shape[1], dtype=bool)
    size = max(1, 4_000_000 // max(1, values.shape[1]))
    for begin in range(0, len(values), size):
        bad |= ~np.isfinite(values[begin : begin + size]).all(axis=0)
    return [int(i) for i in np.flatnonzero(bad)]

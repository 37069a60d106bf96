"""What a run has recorded, in files of its own while it goes on, and in a results folder after it."""

import shutil
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.bounds import MOST_RESULT_CELLS, MOST_UNPACKED_BYTES
from twin.errors import InvalidInput, Mistake
from twin.results.arrow import schema
from twin.results.formats import own
from twin.results.parquet import opened_parquet, written_out
from twin.results.tables import Hourly
from twin.scenario.schema import utility_of
from twin.scratch import scratch

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

FOLDER = Hourly.table
_MOST_SERIES = 100
_AGAIN = "run it again"
_LABELS = ("quantity", "unit", "interval", "statistic")
_NUMBERS = ("value", "hours", "days")
Numbers = NDArray[np.float64]


class Recorded:
    """Files of recorded readings, one for each network, in a private folder that goes with this object.

    Memory holds what is about to be written, never the whole.
    """

    def __init__(self) -> None:
        self._folder = scratch(FOLDER)
        self._writers: dict[str, pq.ParquetWriter] = {}
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def write(self, network: str, rows: "pa.Table") -> None:
        """Add rows to the file of a network."""
        import pyarrow.parquet as pq

        if network not in self._writers:
            place = self._folder / f"{network}.parquet"
            self._writers[network] = pq.ParquetWriter(
                place, schema(Hourly), compression="zstd", write_page_checksum=True
            )
        self._writers[network].write_table(rows)

    def close(self) -> None:
        """End the files: nothing is added any more."""
        for writer in self._writers.values():
            writer.close()

    def save(self, folder: Path) -> None:
        """Copy the files into a results folder."""
        (folder / FOLDER).mkdir()
        for path in sorted(self._folder.iterdir()):
            shutil.copyfile(path, folder / FOLDER / path.name)

    def read(self) -> "pa.Table":
        """Return all rows, network by network."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        parts = [pq.read_table(path) for path in sorted(self._folder.iterdir())]
        return pa.concat_tables(parts) if parts else schema(Hourly).empty_table()


@dataclass(frozen=True, slots=True)
class Series:
    """One recorded signal, in order of time.

    Attributes
    ----------
    interval, statistic
        Of what each value is what.
    times
        When each interval begins, ``datetime64[ms]``; shape (intervals,).
    values
        In `unit`; shape (intervals,).
    hours
        How long each was in service and solved; shape (intervals,).
    days
        How many days the day of each stands for; shape (intervals,).
    """

    asset: str
    quantity: str
    unit: str
    interval: str
    statistic: str
    times: "NDArray[np.datetime64]"
    values: Numbers
    hours: Numbers
    days: Numbers


def recorded_files(folder: Path) -> list[Path]:
    """Return the files of recorded readings in a results folder.

    Raises
    ------
    InvalidInput
        If one, or their folder, is a link, or one is larger than any table.
    """
    place = folder / FOLDER
    if place.is_symlink():
        raise InvalidInput([Mistake(str(place), 0, "is a link, and is not followed")])
    if not place.is_dir():
        return []
    return [path for path in sorted(place.iterdir()) if path.suffix == ".parquet" and own(path)]


def recorded_signals(folder: Path) -> dict[str, list[str]]:
    """Return the quantities that a results folder has recordings of, by asset.

    Raises
    ------
    InvalidInput
        If a file cannot be read.
    """
    found: dict[str, dict[str, None]] = {}
    names = ["asset", "quantity"]
    for path in recorded_files(folder):
        for part in _parts(path, names):
            for row in part.group_by(names, use_threads=False).aggregate([]).to_pylist():
                found.setdefault(row["asset"], {})[row["quantity"]] = None
    return {asset: list(quantities) for asset, quantities in found.items()}


def read_series(folder: Path, asset: str) -> list[Series]:
    """Return what a results folder has recorded of an asset, a series for each way of keeping a quantity.

    Raises
    ------
    InvalidInput
        If a file cannot be read, or holds more of the asset than fits.
    """
    import pyarrow as pa

    series: list[Series] = []
    for path in (file for file in recorded_files(folder) if file.stem == utility_of(asset)):
        parts, cells, size = [], 0, 0
        for part in _parts(path, ["time", "asset", *_LABELS, *_NUMBERS], asset):
            parts.append(part)
            cells, size = cells + part.num_rows * part.num_columns, size + part.nbytes
            if cells > MOST_RESULT_CELLS or size > MOST_UNPACKED_BYTES:
                raise _wrong(path, f"more of {asset} than fits")
        rows = pa.concat_tables(parts) if parts else None
        ways = (
            [] if rows is None else rows.group_by(list(_LABELS), use_threads=False).aggregate([]).to_pylist()
        )
        if len(ways) > _MOST_SERIES:
            raise _wrong(path, f"{len(ways):,} series of {asset}")
        series += [_series(asset, way, rows) for way in ways]
    return series


def _series(asset: str, labels: dict[str, str], rows: "pa.Table") -> Series:
    import pyarrow.compute as pc

    alike = [pc.equal(rows[name], value) for name, value in labels.items()]
    chosen = rows.filter(reduce(pc.and_, alike)).sort_by("time")
    value, hours, days = (chosen[name].to_numpy().astype(float) for name in _NUMBERS)
    return Series(
        asset,
        labels["quantity"],
        labels["unit"],
        labels["interval"],
        labels["statistic"],
        chosen["time"].to_numpy(),
        value,
        hours,
        days,
    )


def _parts(path: Path, names: list[str], asset: str | None = None) -> "Iterator[pa.Table]":
    """Yield columns of a file part by part, labels as text, of one asset or all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    with opened_parquet(path, _AGAIN, by_part=True) as file:
        for batch in file.iter_batches(columns=names):
            part = pa.table(batch).select(names)
            if asset is not None:
                part = part.filter(pc.equal(part["asset"], asset))
            yield written_out(part).cast(_plain(names))


def _wrong(path: Path, why: str) -> InvalidInput:
    return InvalidInput([Mistake(str(path), 0, f"cannot be read: {why}", _AGAIN)])


def _plain(names: list[str]) -> "pa.Schema":
    import pyarrow as pa

    declared = schema(Hourly)
    kinds = {name: declared.field(name).type for name in names}
    return pa.schema(
        [(name, kind.value_type if pa.types.is_dictionary(kind) else kind) for name, kind in kinds.items()]
    )

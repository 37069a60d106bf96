"""What a run has recorded, in files of its own while it goes on, and in a results folder after it."""

import shutil
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.bounds import MOST_RESULT_CELLS
from twin.columns import columns
from twin.errors import InvalidInput, Mistake
from twin.files import regular
from twin.results.arrow import on_disk, schema
from twin.results.tables import Hourly
from twin.scratch import scratch

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

FOLDER = Hourly.table
_MOST_SERIES = 100
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
    """Return the files of recorded readings in a results folder; no link is followed."""
    place = folder / FOLDER
    if place.is_symlink() or not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.suffix == ".parquet" and regular(path))


def recorded_signals(folder: Path) -> dict[str, list[str]]:
    """Return the quantities that a results folder has recordings of, by asset.

    Raises
    ------
    InvalidInput
        If a file cannot be read.
    """
    found: dict[str, list[str]] = {}
    for path in recorded_files(folder):
        rows = _read(path, ["asset", "quantity"]).group_by(["asset", "quantity"], use_threads=False)
        for row in rows.aggregate([]).to_pylist():
            found.setdefault(row["asset"], []).append(row["quantity"])
    return found


def read_series(folder: Path, asset: str) -> list[Series]:
    """Return what a results folder has recorded of an asset, a series for each way of keeping a quantity.

    Raises
    ------
    InvalidInput
        If a file cannot be read, or holds more of the asset than fits.
    """
    series: list[Series] = []
    for path in recorded_files(folder):
        rows = _read(path, [column.name for column in columns(Hourly) if column.name != "network"], asset)
        groups = rows.group_by(list(_LABELS), use_threads=False).aggregate([]).to_pylist()
        if len(groups) > _MOST_SERIES:
            problem = f"holds {len(groups):,} series of {asset}"
            raise InvalidInput([Mistake(str(path), 0, problem, f"{_MOST_SERIES} at most")])
        series += [_series(asset, group, rows) for group in groups]
    return series


def _series(asset: str, labels: dict[str, str], rows: "pa.Table") -> Series:
    import pyarrow.compute as pc

    own = [pc.equal(rows[name], value) for name, value in labels.items()]
    chosen = rows.filter(pc.and_(pc.and_(own[0], own[1]), pc.and_(own[2], own[3]))).sort_by("time")
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


def _read(path: Path, names: list[str], asset: str | None = None) -> "pa.Table":
    """Return columns of a file with labels as text, of one asset or all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        wanted = None if asset is None else pc.field("asset") == asset
        kept, count = [], 0
        for batch in on_disk([path]).scanner(columns=names, filter=wanted, use_threads=False).to_batches():
            count += batch.num_rows * len(names)
            if asset is not None and count > MOST_RESULT_CELLS:
                raise ValueError(f"more than {MOST_RESULT_CELLS:,} cells of {asset}")
            part = pa.table(batch).cast(_plain(names))
            kept.append(part if asset is not None else part.group_by(names, use_threads=False).aggregate([]))
        return pa.concat_tables(kept) if kept else _plain(names).empty_table()
    except (OSError, ValueError, pa.ArrowException) as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:100]
        raise InvalidInput([Mistake(str(path), 0, f"cannot be read: {why}", "run it again")]) from None


def _plain(names: list[str]) -> "pa.Schema":
    import pyarrow as pa

    own = schema(Hourly)
    kinds = {name: own.field(name).type for name in names}
    return pa.schema(
        [(name, kind.value_type if pa.types.is_dictionary(kind) else kind) for name, kind in kinds.items()]
    )

"""Parquet files of results: what they say they hold is bounded before it is unpacked, and text while it is.

A text that stands once in a file may be told for every row: it is unpacked after it is counted.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twin.bounds import MOST_RESULT_BYTES, MOST_UNPACKED_BYTES
from twin.errors import InvalidInput, Mistake
from twin.results.formats import own

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BYTES_PER_VALUE = 8
_TOO_MUCH = f"more than {MOST_UNPACKED_BYTES // 1024**3} GiB unpacked"


@contextmanager
def opened_parquet(
    path: Path, remedy: str, cells: int | None = None, by_part: bool = False
) -> "Iterator[pq.ParquetFile]":
    """Open a Parquet file, its text as dictionaries; what is wrong with it, then or as it is read, is a line.

    Parameters
    ----------
    remedy
        What would be right.
    cells
        How many it may hold at most, a row counted as two more; None: as many as unpacked fit its bytes.
    by_part
        It is read a row group at a time, each of which is to fit.
    """
    import pyarrow.parquet as pq

    try:
        if own(path, MOST_RESULT_BYTES) is None:
            raise OSError("is missing")
        about = pq.read_metadata(path)
        _refuse_beyond(about, cells, by_part)
        parts = (about.schema.column(i) for i in range(about.num_columns))
        text = [part.path for part in parts if part.physical_type == "BYTE_ARRAY"]
        with pq.ParquetFile(
            path, metadata=about, read_dictionary=text, page_checksum_verification=True
        ) as file:
            yield file
    except InvalidInput:
        raise
    except Exception as error:
        why = " ".join((getattr(error, "strerror", None) or str(error)).split())[:100]
        raise InvalidInput([Mistake(str(path), 0, f"cannot be read: {why}", remedy)]) from None


def unpacked(file: "pq.ParquetFile", columns: Sequence[str] | None = None) -> "pa.Table":
    """Return columns of a file, their text written out.

    Raises
    ------
    ValueError
        If that is more than a table of results may hold.
    """
    return written_out(file.read(columns))


def written_out(table: "pa.Table") -> "pa.Table":
    """Return a table with its text written out, like `unpacked`."""
    import pyarrow as pa

    if table.nbytes + sum(map(_text_bytes, table.columns)) > MOST_UNPACKED_BYTES:
        raise ValueError(_TOO_MUCH)
    kinds = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(kinds, table.schema.metadata))


def _refuse_beyond(about: "pq.FileMetaData", cells: int | None, by_part: bool) -> None:
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    parts = [[group.column(i) for i in range(group.num_columns)] for group in groups]
    sizes = [sum(chunk.total_uncompressed_size for chunk in part) for part in parts]
    counts = [sum(chunk.num_values for chunk in part) for part in parts]
    values = max(sum(counts), about.num_rows * about.num_columns)
    if cells is not None and values + 2 * about.num_rows > cells:
        raise ValueError(f"more than {cells:,} cells")
    if by_part:
        most, size = max(counts, default=0), max(sizes, default=0)
    else:
        most, size = values, sum(sizes)
    if max(size, most * _BYTES_PER_VALUE) > MOST_UNPACKED_BYTES:
        raise ValueError(_TOO_MUCH)


def _text_bytes(column: "pa.ChunkedArray") -> int:
    """Return how long the text of a column of dictionaries is, written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return 0
    found = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary)
        found += pc.sum(lengths.take(chunk.indices).cast(pa.int64())).as_py() or 0
    return found

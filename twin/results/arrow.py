"""Tables as Arrow: types that do not depend on the rows, so that the files of many runs are one dataset."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.columns import Column, Row, columns
from twin.results.tables import PARQUET

if TYPE_CHECKING:
    import pyarrow as pa


def schema(table: type[Row]) -> "pa.Schema":
    """Return the Arrow schema of a table; dates are text, as in CSV, and empty where there is none."""
    import pyarrow as pa

    return pa.schema([(column.name, _type(table, column)) for column in columns(table)])


def to_arrow(table: type[Row], rows: Sequence[Row]) -> "pa.Table":
    """Return the rows of a table."""
    import pyarrow as pa

    values = {
        column.name: [_value(column, getattr(row, column.field)) for row in rows] for column in columns(table)
    }
    return pa.table(values, schema=schema(table))


def on_disk(paths: Sequence[Path]) -> Any:
    """Return Parquet files as one dataset, of which is read what is asked for; None if there are none."""
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq
    from pyarrow.fs import LocalFileSystem

    if not paths:
        return None
    schemas = [pq.read_schema(path).remove_metadata() for path in paths]
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    checked = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    form = ds.ParquetFileFormat(default_fragment_scan_options=checked)
    return ds.dataset(list(map(str, paths)), schema=schema, format=form, filesystem=LocalFileSystem())


def _type(table: type[Row], column: Column) -> Any:
    import pyarrow as pa

    if column.kind is bool:
        return pa.bool_()
    if column.kind is datetime:
        return pa.timestamp("ms")  # the shortest that Parquet has
    if column.kind in (str, date):
        # a month has as many rows as the city has signals: their names are kept once
        return pa.dictionary(pa.int32(), pa.string()) if table in PARQUET else pa.string()
    return pa.float64()


def _value(column: Column, value: Any) -> Any:
    if column.kind in (str, date):
        return "" if value is None else str(value)
    return value

"""The tables of a saved run as Arrow, typed as they were declared."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.columns import Column, Row, columns
from twin.errors import InvalidInput, Mistake
from twin.results.arrow import on_disk, schema
from twin.results.formats import own, read_about, read_object, read_table
from twin.results.hourly import recorded_files
from twin.results.parquet import opened_parquet
from twin.results.reference import every_table
from twin.results.tables import PARQUET, Hourly
from twin.scenario.currency import stated, told

if TYPE_CHECKING:
    import pyarrow as pa

_AGAIN = "run it again"
_READ: Mapping[type, Callable[[str], Any]] = {bool: lambda cell: cell == "yes", str: str, date: str}


def saved_tables(folder: Path) -> dict[str, Any]:
    """Return each table that a run's folder has, by name; those of readings are read as they are asked for.

    `metrics` is one row, with a column for each. Types are those of a sweep's tables: dates are text.

    Raises
    ------
    InvalidInput
        If the folder holds no run of this format, or a table is damaged.
    """
    currency = stated(read_about(folder, "run"))
    metrics = read_object(folder / "metrics.json")
    tables: dict[str, Any] = {"metrics": _one_row(metrics)} if metrics else {}
    for table in every_table():
        content = _parquet(folder, table) if table in PARQUET else _csv(folder, table, currency)
        if content is not None:
            tables[table.table] = content
    return tables


def _parquet(folder: Path, table: type[Row]) -> Any:
    import pyarrow as pa

    if table is Hourly:
        paths = recorded_files(folder)
    else:
        file = own(folder / PARQUET[table])
        paths = [] if file is None else [file]
    for path in paths:
        with opened_parquet(path, _AGAIN, by_part=True):  # it is within bounds
            pass
    try:
        return on_disk(paths)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _damaged(folder / PARQUET[table], error) from None


def _csv(folder: Path, table: type[Row], currency: str) -> "pa.Table | None":
    import pyarrow as pa

    path = folder / f"{table.table}.csv"
    if own(path) is None:
        return None
    rows = read_table(path)
    try:
        names = {column: told(column.name, currency) for column in columns(table)}
        content = {column.name: _values(column, name, rows) for column, name in names.items()}
        return pa.table(content, schema=schema(table)).rename_columns(list(names.values()))
    except (KeyError, ValueError) as error:
        raise _damaged(path, error) from None


def _values(column: Column, name: str, rows: Sequence[Mapping[str, str]]) -> list[Any]:
    """Return a column's cells as values; an empty number is none."""
    text = column.kind in (str, date)
    read = _READ.get(column.kind, float)
    cells = (row[name] for row in rows)
    return [read(cell) if text or cell else None for cell in cells]


def _one_row(metrics: Mapping[str, Any]) -> "pa.Table":
    import pyarrow as pa

    numbers = {name: value for name, value in metrics.items() if isinstance(value, int | float)}
    return pa.table({name: [float(value)] for name, value in numbers.items()})


def _damaged(path: Path, error: Exception) -> InvalidInput:
    why = " ".join(f"{type(error).__name__}: {error}".split())[:100]
    return InvalidInput([Mistake(str(path), 0, f"cannot be read: {why}", _AGAIN)])

"""SQL over a sweep: a view for each of its tables."""

from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.extras import needs
from twin.results.formats import read_about
from twin.sweep.store import RUNS, committed, failed_rows, tables


def connect(folder: Path) -> Any:
    """Return a DuckDB connection with a view for each table of a sweep.

    Raises
    ------
    InvalidInput
        If the folder is no sweep, or of another format, or DuckDB is not installed.
    """
    if not (folder / "sweep.json").is_file():
        raise InvalidInput([Mistake(str(folder), 0, "is not a sweep's folder", "one that twin sweep wrote")])
    read_about(folder, "sweep")
    connection = needs("duckdb", "sweep").connect()
    names = list(committed(folder))
    for table in tables(folder):
        paths = [str(path) for name in names if (path := folder / table / name).exists()]
        if table == RUNS and failed_rows(folder):
            paths.append(str(folder / RUNS / "failed.parquet"))
        if paths:
            listed = ", ".join(f"'{path.replace(chr(39), chr(39) * 2)}'" for path in paths)
            connection.execute(
                f'CREATE VIEW "{table}" AS SELECT * FROM read_parquet([{listed}], union_by_name=true)'
            )
    return connection


def query(folder: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows of a query.

    Raises
    ------
    InvalidInput
        With DuckDB's own words if the query is wrong.
    """
    connection = connect(folder)
    duckdb = needs("duckdb", "sweep")
    try:
        result = connection.execute(sql)
        return [column[0] for column in result.description or ()], result.fetchall()
    except duckdb.Error as error:
        raise InvalidInput([Mistake("query", 0, " ".join(str(error).split()))]) from None

"""SQL over a sweep or a run: its tables are handed to a database that can reach no file."""

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.extras import needs
from twin.interrupts import deferred, heard
from twin.results.arrow import on_disk
from twin.results.dataset import RUNS, opened, steady, tables
from twin.results.folders import settled
from twin.results.formats import kind_of
from twin.results.saved import saved_tables

_CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "lock_configuration": "true",
}
"""Set once the tables are there; the last one keeps any statement from changing it."""
_MEMORY = "50%"
_MOST_CELLS = 10_000_000
_ENDING_S = 0.05

Answer = tuple[list[str], list[tuple[Any, ...]]]


def connect(folder: Path) -> Any:
    """Return a DuckDB connection with each table of a sweep or a run, and no way to a file.

    Files are read by Arrow as the tables are asked for; no statement can name one, load an extension,
    see a variable of this program, spill to a disk, or take more than half of the memory.

    Raises
    ------
    InvalidInput
        If the folder is neither, its tables do not agree, or DuckDB is not installed.
    """
    duckdb = needs("duckdb", "sweep")
    content = saved_tables(folder) if kind_of(folder) == "run" else _of_sweep(folder)
    connection = duckdb.connect(
        config={"python_enable_replacements": "false", "temp_directory": "", "max_memory": _MEMORY}
    )
    for table, own in content.items():
        connection.register(table, own)
    for name, value in _CLOSED.items():
        connection.execute(f"SET {name} = {value}")
    return connection


def query(folder: Path, sql: str) -> Answer:
    """Return the columns and rows of a query.

    Raises
    ------
    InvalidInput
        With DuckDB's own words if the query is wrong.
    """
    folder = settled(folder)
    return steady(folder, lambda: _ask(folder, sql))


def _ask(folder: Path, sql: str) -> Answer:
    connection = connect(folder)
    # beside this thread, which is left to hear that the program is to end
    with ThreadPoolExecutor(1) as beside, deferred():
        answer = beside.submit(_fetch, connection, sql)
        try:
            with heard():
                return answer.result()
        except InvalidInput:
            raise
        except Exception as error:
            why = " ".join(str(error).split()) or type(error).__name__
            raise InvalidInput([Mistake("query", 0, why)]) from None
        except BaseException:
            while wait([answer], _ENDING_S).not_done:
                connection.interrupt()  # it may not have begun
            raise


def _fetch(connection: Any, sql: str) -> Answer:
    result = connection.execute(sql)
    if result is None:
        raise InvalidInput([Mistake("query", 0, "no statement", "such as SELECT * FROM metrics")])
    columns = [column[0] for column in result.description or ()]
    rows: list[tuple[Any, ...]] = []
    while more := result.fetchmany(10_000):
        rows += more
        if len(rows) * len(columns) > _MOST_CELLS:
            problem = f"its answer has more than {_MOST_CELLS:,} cells"
            raise InvalidInput([Mistake("query", 0, problem, "LIMIT, or read the Parquet files themselves")])
    return columns, rows


def _of_sweep(folder: Path) -> dict[str, Any]:
    """Return the tables of a sweep that have a file, as Arrow reads them when they are asked for."""
    dataset = opened(folder)
    found = {
        table: dataset.runs() if table == RUNS else on_disk(dataset.paths(table)) for table in tables(folder)
    }
    return {table: content for table, content in found.items() if content is not None}

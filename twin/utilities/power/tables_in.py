"""Excel and SQLite files that pandapower has written, read as tables of plain values and never as objects.

pandapower's own readers build whatever a cell names. Here a file becomes tables of numbers and texts, these
become pandapower's JSON, and that is read like any other: every class that it names is looked up first.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from twin.bounds import MOST_CELLS, MOST_CHARACTERS, MOST_COLUMNS
from twin.errors import InvalidInput, Mistake
from twin.extras import needs
from twin.text import read_bytes
from twin.utilities.trusted import refuse_foreign_classes
from twin.workbooks import read_checked, unreadable

_BESIDE = ("dtypes", "parameters", "user_pf_options")
_KIND = re.compile("bool|object|u?int(8|16|32|64)|float(32|64)")
_SQLITE = b"SQLite format 3\0"
_MOST_STEPS = 2_000_000
"""Thousands of SQLite's steps: a query of a table of `MOST_CELLS` takes some ten thousand."""


class Table(NamedTuple):
    """Columns, and rows of plain values; the first of each row is its index."""

    columns: list[str]
    rows: list[list[Any]]


def read_workbook(path: Path) -> dict[str, Table]:
    """Read the sheets of an Excel file.

    Raises
    ------
    InvalidInput
        If it is none, or holds more than any grid.
    """
    openpyxl: Any = needs("openpyxl", "convert")
    packed, _ = read_checked(path)
    try:
        book = openpyxl.load_workbook(BytesIO(packed), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # its readers raise whatever a damaged part makes of them
        raise InvalidInput([unreadable(path.name, error)]) from None
    left = MOST_CELLS
    tables = {}
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a sheet says of its size need not be so
            rows: list[list[Any]] = []
            for row in sheet.iter_rows(values_only=True):
                left -= max(1, len(row))
                if left < 0:
                    raise InvalidInput([Mistake(path.name, 0, f"more than {MOST_CELLS:,} cells")])
                if any(cell is not None for cell in row):
                    rows.append(list(row))
            if rows:
                tables[str(sheet.title)] = _table(path.name, str(sheet.title), rows)
    finally:
        book.close()
    return tables


def _table(file: str, name: str, rows: list[list[Any]]) -> Table:
    width = max(len(row) for row in rows)
    head = ["" if cell is None else str(cell) for cell in rows[0][1:]]
    body = [row[: len(head) + 1] + [None] * (len(head) + 1 - len(row)) for row in rows[1:]]
    _refuse_wide(file, name, width)
    return Table(head, body)


def read_sqlite(path: Path) -> dict[str, Table]:
    """Read the tables of a SQLite file; views and virtual tables, which compute, are refused.

    Raises
    ------
    InvalidInput
        If it is none, or holds more than any grid, or what computes.
    """
    if not read_bytes(path).startswith(_SQLITE):
        raise InvalidInput([Mistake(path.name, 0, "no SQLite file")])
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10 * MOST_CHARACTERS)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        steps = iter(range(_MOST_STEPS))
        connection.set_progress_handler(lambda: next(steps, None) is None, 1000)
        return _read_tables(connection, path.name)
    except sqlite3.Error as error:
        raise InvalidInput([Mistake(path.name, 0, f"SQLite cannot read this: {error}")]) from None
    finally:
        connection.close()


def _read_tables(connection: sqlite3.Connection, file: str) -> dict[str, Table]:
    found = connection.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main'").fetchall()
    triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    names = [str(name) for name, kind in found if kind == "table" and not str(name).startswith("sqlite_")]
    computing = [(kind, name) for name, kind in found if kind != "table"]
    computing += [("trigger", name) for (name,) in triggers]
    computing += [("table", name) for name in names if _computes(connection, name)]
    if computing:
        mistakes = [
            Mistake(file, 0, f"{kind} {name!r:.60} computes: not opened", "plain tables")
            for kind, name in computing
        ]
        raise InvalidInput(mistakes)
    tables, left = {}, MOST_CELLS
    for name in names:
        cursor = connection.execute(f"SELECT * FROM {_quoted(name)}")
        columns = [str(column[0]) for column in cursor.description]
        _refuse_wide(file, name, len(columns))
        rows = []
        for row in cursor:
            left -= len(row)
            if left < 0:
                raise InvalidInput([Mistake(file, 0, f"more than {MOST_CELLS:,} cells")])
            rows.append(list(row))
        tables[name] = Table(columns[1:], rows)
    return tables


def _computes(connection: sqlite3.Connection, table: str) -> bool:
    """Return whether a table has columns that are computed when they are read."""
    columns = connection.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    return any(column[-1] for column in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refuse_wide(file: str, name: str, columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise InvalidInput([Mistake(file, 0, f"{name:.60}: more than {MOST_COLUMNS:,} columns")])


def write_tables(tables: Mapping[str, Table], target: Path, file: str) -> list[Mistake]:
    """Write tables of a grid as pandapower JSON; return those that are left out.

    Raises
    ------
    InvalidInput
        If a cell names what is no part of a network, or the tables are no grid's.
    """
    import pandapower as pp

    if "bus" not in tables:
        raise InvalidInput([Mistake(file, 0, "no table bus: no grid that pandapower has written")])
    content: dict[str, Any] = json.loads(pp.to_json(pp.create_empty_network()))
    own, kinds, lost = content["_object"], _kinds(tables), list[Mistake]()
    for name, value in _parameters(tables).items():
        if name in own and isinstance(value, str | int | float) and not isinstance(own[name], dict):
            own[name] = value
    if "user_pf_options" in tables:
        options = tables["user_pf_options"]
        own["user_pf_options"] = (
            dict(zip(options.columns, options.rows[0][1:], strict=True)) if options.rows else {}
        )
    for name, table in tables.items():
        known = isinstance(own.get(name), dict) and own[name].get("_class") == "DataFrame"
        if known:
            own[name] = _frame(table, file, name, kinds.get(name, {}))
        elif name not in _BESIDE and not name.startswith("res_") and not name.endswith("_std_types"):
            lost.append(Mistake(file, 0, f"table {name!r:.60} is left out"))
    refuse_foreign_classes(content, file)
    target.write_text(json.dumps(content, allow_nan=True), encoding="utf-8")
    return lost


def _parameters(tables: Mapping[str, Table]) -> dict[str, Any]:
    table = tables.get("parameters")
    if table is None or not table.rows:
        return {}
    if table.columns == ["parameter"]:  # as pandapower wrote them until 2.0: one a line
        return {str(row[0]): row[1] for row in table.rows}
    return dict(zip(table.columns, table.rows[0][1:], strict=True))


def _kinds(tables: Mapping[str, Table]) -> dict[str, dict[str, str]]:
    """Return by table the kind of each column, as pandapower noted it: neither file keeps all of them."""
    found: dict[str, dict[str, str]] = {}
    table = tables.get("dtypes", Table([], []))
    for row in table.rows if table.columns == ["element", "column", "dtype"] else ():
        if all(isinstance(cell, str) for cell in row[1:]) and _KIND.fullmatch(row[3]):
            found.setdefault(row[1], {})[row[2]] = row[3]
    return found


def _frame(table: Table, file: str, name: str, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return a table as pandapower's JSON has it; a column with empty cells keeps no kind that has none."""
    index = [row[0] for row in table.rows]
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in index):
        raise InvalidInput([Mistake(file, 0, f"table {name}: an index that is no whole number")])
    data = [
        [_cell(value, column, file, name) for column, value in zip(table.columns, row[1:], strict=True)]
        for row in table.rows
    ]
    split = {"columns": table.columns, "index": index, "data": data}
    full = {
        column: kinds[column]
        for at, column in enumerate(table.columns)
        if column in kinds and all(_fits(row[at], kinds[column]) for row in data)
    }
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(split, allow_nan=True),
        "orient": "split",
        "dtype": full,
    }


def _fits(value: Any, kind: str) -> bool:
    """Return whether a cell is of a kind: numbers for numbers, 0 and 1 for flags."""
    if kind == "object":
        return True
    if not isinstance(value, bool | int | float):
        return value is None and kind.startswith("float")
    return value in (0, 1) if kind == "bool" else kind.startswith("float") or value == int(value)


def _cell(value: Any, column: str, file: str, table: str) -> Any:
    """Return a cell as a plain value; objects and places stand in it as JSON."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS:
        problem = f"table {table}: {column} holds {type(value).__name__}, or a text too long"
        raise InvalidInput([Mistake(file, 0, problem, "numbers and texts")])
    if column in ("object", "recycle") or (column == "geo" and value[:1] in ('"', "n")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value

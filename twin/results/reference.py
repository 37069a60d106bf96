"""What results/README.md tells of tables, from their types: ``python -m twin.results.reference FILE``."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from twin.columns import Column, Row, columns, meaning
from twin.results.tables import TABLES, file_of
from twin.utilities.registry import utilities

_MARK = "<!-- tables -->\n"
_KINDS = {str: "text", float: "number", int: "whole number", bool: "yes or no", datetime: "time"}


def every_table() -> tuple[type[Row], ...]:
    """Return the tables of every run, and those of the utilities that there are."""
    own = (table for utility in utilities().values() for table in utility.result_tables)
    return (*TABLES, *own)


def fill(page: str, tables: tuple[type[Row], ...]) -> str:
    """Return the page with its tables told anew, below its mark."""
    return page.partition(_MARK)[0] + _MARK + "\n".join(line for table in tables for line in _table(table))


def _table(table: type[Row]) -> Iterator[str]:
    yield f"### {file_of(table)}\n{meaning(table)}\n"
    yield "| column | type | unit | meaning |\n|---|---|---|---|"
    yield from map(_row, columns(table))
    yield ""


def _row(column: Column) -> str:
    kind = _KINDS.get(column.kind, "date") + (" or empty" if column.optional else "")
    return f"| `{column.name}` | {kind} | {column.unit} | {column.meaning} |"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(fill(file.read_text(encoding="utf-8"), every_table()), encoding="utf-8")

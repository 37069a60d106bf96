"""Tables as CSV whose text no spreadsheet runs: an apostrophe keeps formulas from being ones."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from twin.columns import Row, columns, values

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def safe(text: str) -> str:
    """Return a text as a cell that a spreadsheet shows and does not run."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain(cell: str) -> str:
    """Return the text that `safe` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows whose columns depend on what is compared, as `write_table` writes them."""
    _write(path, names, ([row.get(name, "") for name in names] for row in rows))


def write_table(path: Path, table: type[Row], rows: Iterable[Row]) -> None:
    """Write the rows of a table: numbers to ten digits, flags as yes and no, text that no sheet runs."""
    _write(path, [column.name for column in columns(table)], map(values, rows))


def _write(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = table_writer(file)
        writer.writerow([safe(name) for name in names])
        writer.writerows([cell(value) for value in row] for row in rows)


class _Lines:
    """Takes rows that end in both signs of an end, so that a cell with either is quoted; writes one."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix("\r\n") + "\n")


def table_writer(file: TextIO) -> Any:
    """Return a writer of rows, in which no cell begins a row of its own."""
    return csv.writer(_Lines(file), lineterminator="\r\n")


def cell(value: object) -> object:
    """Return a value as it stands in a table."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.10g}"
        case date():
            return value.isoformat()
        case str():
            return safe(value)
    return value


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table that `write_csv` wrote, none if there is no such file.

    What is a number stays one: text that begins with a sign has its apostrophe.
    """
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        columns = [plain(column) for column in next(reader, ())]
        return [dict(zip(columns, map(plain, row), strict=False)) for row in reader if row]

"""Tables as CSV whose text no spreadsheet runs: an apostrophe keeps formulas from being ones."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from twin.bounds import MOST_CHARACTERS, MOST_RESULT_CELLS
from twin.columns import Row, columns, values
from twin.errors import InvalidInput, Mistake

_MOST_LINE = 10 * MOST_CHARACTERS
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


def write_table(
    path: Path, table: type[Row], rows: Iterable[Row], header: Callable[[str], str] = str
) -> None:
    """Write the rows of a table: numbers to ten digits, flags as yes and no, text that no sheet runs.

    Parameters
    ----------
    header
        Gives what stands in the file for the name of a column.
    """
    _write(path, [header(column.name) for column in columns(table)], map(values, rows))


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

    Raises
    ------
    InvalidInput
        If it is no such table, or larger than any.
    """
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = _bounded(csv.reader(_lines(file)))
            columns = [plain(column) for column in next(rows, ())]
            return [dict(zip(columns, map(plain, row), strict=False)) for row in rows if row]
    except (OSError, ValueError, csv.Error) as error:
        why = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise InvalidInput([Mistake(str(path), 0, why, "run it again")]) from None


def _lines(file: TextIO) -> Iterator[str]:
    """Yield lines that fit into memory."""
    while line := file.readline(_MOST_LINE + 1):
        if len(line) > _MOST_LINE:
            raise ValueError(f"a line of more than {_MOST_LINE:,} characters")
        yield line


def _bounded(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield rows till there are more cells than a table has."""
    count = 0
    for row in rows:
        count += len(row) + 2
        if count > MOST_RESULT_CELLS:
            raise ValueError(f"more than {MOST_RESULT_CELLS:,} cells")
        yield row

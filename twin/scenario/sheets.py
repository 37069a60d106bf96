"""Tables from Excel: what a workbook of a stranger holds is looked at before anything of it is built.

Only what `twin.workbooks` has looked at openpyxl reads. Nothing in it is run: formulas count as the values
that were saved beside them.
"""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

from twin.bounds import (
    MOST_CELLS,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_SHEET_ROWS,
)
from twin.errors import IN_SHEET, InvalidInput, Mistake
from twin.extras import needs
from twin.workbooks import read_checked, unreadable

ENDING = ".xlsx"
UNVALUED = "#FORMULA "
"""Begins what stands for a formula without a value, before the name of its cell."""


class Book:
    """A workbook, opened to read cell by cell.

    Raises
    ------
    InvalidInput
        If it is no workbook, larger than any, or holds what no table needs: links to other files,
        declarations of XML; or the extra ``xlsx`` is not installed.
    """

    def __init__(self, path: Path) -> None:
        self.file = path.name
        openpyxl = needs("openpyxl", "xlsx")
        packed, formulas = read_checked(path)
        self._values = self._open(openpyxl, packed, data_only=True)
        self._formulas = self._open(openpyxl, packed, data_only=False) if formulas else {}

    @property
    def sheets(self) -> list[str]:
        """Return the names of its sheets."""
        return list(self._values)

    def _open(self, openpyxl: Any, packed: bytes, data_only: bool) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it leaves out: no table has any of it
            try:
                book = openpyxl.load_workbook(
                    BytesIO(packed), read_only=True, data_only=data_only, keep_links=False
                )
            except Exception as error:  # its readers raise whatever a damaged part makes of them
                raise InvalidInput([unreadable(self.file, error)]) from None
            return {sheet.title: sheet for sheet in book.worksheets}

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a sheet that have some content as texts, each with its number.

        Raises
        ------
        InvalidInput
            If the sheet cannot be read, or is larger than any table.
        """
        place, count = f"{self.file}{IN_SHEET}{sheet}", 0
        for number, row, formulas in self._pairs(sheet):
            count += len(row)
            if number > MOST_SHEET_ROWS or count > 2 * MOST_CELLS:
                raise InvalidInput([Mistake(place, 0, "is larger than a sheet can be")])
            width = _width(row, formulas)
            if width > MOST_COLUMNS:
                raise InvalidInput([Mistake(place, number, f"more than {MOST_COLUMNS:,} cells in a row")])
            cells = [
                _text(cell, formula, place, number, column)
                for column, (cell, formula) in enumerate(zip(row[:width], _padded(formulas), strict=False), 1)
            ]
            if any(cells):
                yield number, cells

    def _pairs(self, sheet: str) -> Iterator[tuple[int, Any, Any]]:
        """Yield each row as values and, where the workbook has formulas, as what is written in its cells."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a date beyond the calendar becomes an error's cell
            both = [own[sheet] for own in (self._values, self._formulas) if own]
            for own in both:
                own.reset_dimensions()  # which a file may state as it likes
            try:
                read = zip(*(own.iter_rows() for own in both), strict=True)
                for number, rows in enumerate(read, 1):
                    yield number, rows[0], rows[1] if len(both) > 1 else ()
            except InvalidInput:
                raise
            except Exception as error:
                raise InvalidInput([unreadable(f"{self.file}{IN_SHEET}{sheet}", error)]) from None


def _width(row: Any, formulas: Any) -> int:
    """Return how many cells a row has up to the last one with content."""
    full = (
        i for i in range(len(row), 0, -1) if row[i - 1].value is not None or _is_formula(formulas[i - 1 : i])
    )
    return next(full, 0)


def _padded(cells: Any) -> Iterator[Any]:
    yield from cells
    yield from repeat(None)


def _is_formula(cells: Any) -> bool:
    return any(getattr(cell, "data_type", "") == "f" for cell in cells)


def _text(cell: Any, formula: Any, place: str, row: int, column: int) -> str:
    """Return what a cell says, as a CSV file would have it."""
    value = cell.value
    if value is None and _is_formula((formula,)):
        return f"{UNVALUED}{_letters(column)}{row}!"
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return f"{value:.0f}"
        case float():
            return repr(value)
        case datetime():
            rounded = (value + timedelta(milliseconds=500)).replace(microsecond=0)  # serials are fractions
            return f"{rounded:%Y-%m-%d}" if rounded.time() == time() else rounded.isoformat()
        case date() | time():
            return value.isoformat()
    text = str(value).strip()
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput([Mistake(place, row, f"a cell of more than {MOST_CHARACTERS:,} characters")])
    return text


def _letters(column: int) -> str:
    """Return how a spreadsheet calls its columns: A to Z, AA, AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters

"""Tables from Excel: what a workbook of a stranger holds is looked at before anything of it is built.

Its parts are unpacked within bounds, looked at as text and packed again without those that nobody reads; only
then openpyxl reads it. Nothing in it is run: formulas count as the values that were saved beside them.
"""

import re
import warnings
import zipfile
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
    MOST_XLSX_BYTES,
    MOST_XLSX_PARTS,
    MOST_XLSX_TAGS,
)
from twin.errors import IN_SHEET, InvalidInput, Mistake
from twin.extras import needs
from twin.text import read_bytes
from twin.visible import short

ENDING = ".xlsx"
UNVALUED = "#FORMULA "
"""Begins what stands for a formula without a value, before the name of its cell."""
_AS_VALUES = "a plain workbook: copy the cells, paste their values"
_UNREAD = ("xl/media/", "xl/drawings/", "xl/charts/", "xl/embeddings/", "xl/pivot", "customXml/", "docProps/")
_ROW = re.compile(rb"<(/?)(?:[\w.-]+:)?(?:row|si)(?=[\s/>])")
_REST = re.compile(rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(/?)>""")
_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=["'](?!utf-8["'])""", re.IGNORECASE)


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
        parts = _parts(read_bytes(path), self.file)
        packed = _packed(parts)
        formulas = any(_FORMULA.search(part) for name, part in parts.items() if "/worksheets/" in name)
        del parts
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
                raise InvalidInput([_unreadable(self.file, error)]) from None
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
                raise InvalidInput([_unreadable(f"{self.file}{IN_SHEET}{sheet}", error)]) from None


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


def _parts(raw: bytes, file: str) -> dict[str, bytes]:
    """Return the parts of a workbook that are read, each looked at; nothing is unpacked beyond bounds."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            members = archive.infolist()
            if len(members) > MOST_XLSX_PARTS:
                raise InvalidInput([Mistake(file, 0, f"more than {MOST_XLSX_PARTS:,} parts", _AS_VALUES)])
            if sum(member.file_size for member in members) > MOST_XLSX_BYTES:
                size = f"larger than {MOST_XLSX_BYTES // 2**20} MiB when it is unpacked"
                raise InvalidInput([Mistake(file, 0, size, "a smaller file")])
            names = [member.filename for member in members]
            if any("externallinks/" in name.lower() for name in names):
                raise InvalidInput([Mistake(file, 0, "has links to other workbooks", _AS_VALUES)])
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise InvalidInput([Mistake(file, 0, "has macros", "save it as a workbook without macros")])
            read = {
                name for name in names if name.endswith((".xml", ".rels")) and not name.startswith(_UNREAD)
            }
            parts = {name: archive.read(name) for name in sorted(read)}
    except InvalidInput:
        raise
    except Exception as error:  # no archive, a damaged one, one that is locked or packed in another way
        if raw.startswith(b"\xd0\xcf\x11\xe0"):
            problem = "is locked by a password, or a workbook of an older kind (.xls)"
            raise InvalidInput([Mistake(file, 0, problem, "save it as .xlsx without a password")]) from None
        raise InvalidInput([_unreadable(file, error)]) from None
    for name, part in parts.items():
        if problem := _suspicious(part):
            raise InvalidInput([Mistake(file, 0, f"its part {short(name)} {problem}", _AS_VALUES)])
    return parts


def _suspicious(part: bytes) -> str:
    """Return what no part of a workbook needs, empty if there is none.

    XML is built row by row and text by text, so none of these may be larger than a row is; what would hide
    that is refused with it: declarations, entities and comments, and tags in tags of the same name.
    """
    if b"\0" in part or _ENCODING.match(part):
        return "is not UTF-8"
    if b"<!" in part or part.count(b"<?") > 1:
        return "has declarations, entities or comments of XML"
    last, inside = 0, False
    for tag in _ROW.finditer(part):
        rest = _REST.match(part, tag.end())
        closing = tag[1] == b"/"
        if rest is None or (closing != inside):
            return "is no list of rows"
        if part.count(b"<", last, tag.start()) > MOST_XLSX_TAGS:
            return f"has a row of more than {MOST_XLSX_TAGS:,} tags"
        last, inside = tag.end(), not closing and not rest[1]
    if part.count(b"<", last) > MOST_XLSX_TAGS:
        return f"has more than {MOST_XLSX_TAGS:,} tags"
    return ""


def _packed(parts: dict[str, bytes]) -> bytes:
    """Return the parts as an archive of our own."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def _unreadable(file: str, error: Exception) -> Mistake:
    why = short(str(error).partition("\n")[0], 120) or type(error).__name__
    return Mistake(file, 0, f"is no workbook that can be read: {why}", "save it again as .xlsx")

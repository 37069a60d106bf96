"""Tables: CSV files of spreadsheets, each cell read as what its column holds; what is doubtful is named."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from io import StringIO
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from twin.bounds import MOST_CELLS, MOST_CHARACTERS, MOST_COLUMNS
from twin.errors import IN_SHEET, InvalidInput, Mistake
from twin.model import whole_text
from twin.scenario.currency import ACCOUNT, known, known_keys, of_another
from twin.scenario.schema import Scenario
from twin.scenario.sheets import UNVALUED, Book
from twin.text import read_text

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[\s\u00a0\u202f']\d{3})+(?:[.,]\d+)?")
_ERRORS = re.compile(r"#[\w/]+[!?]|#\w/\w")
"""#REF!, #DIV/0!, #NAME?, #N/A, in any language."""
_LONG_CELL = f"a cell of more than {MOST_CHARACTERS:,} characters"
NOT_A_NUMBER = "a number"
_YES, _NO = {"true", "yes", "y", "on", "1"}, {"false", "no", "n", "off", "0"}


class Line(NamedTuple):
    """A row that is not empty, and the line on which it begins."""

    line: int
    cells: dict[str, str]


def read_csv(path: Path, mistakes: list[Mistake]) -> tuple[list[str], list[Line]]:
    """Return the columns of a CSV file and its rows; what is wrong with its form is noted.

    Rows without any content are left out, and so are columns without name and content.
    """
    return _read(Source(path), mistakes)


class Source(NamedTuple):
    """Where a table stands: a CSV file, or a sheet of a workbook."""

    path: Path
    book: Book | None = None
    sheet: str = ""

    @property
    def file(self) -> str:
        """Return how mistakes name it."""
        return f"{self.path.name}{IN_SHEET}{self.sheet}" if self.book else self.path.name

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield its rows with some content, each with its line."""
        if self.book is None:
            yield from _rows(read_text(self.path), self.path.name)
            return
        width, count = 0, 0
        for line, cells in self.book.rows(self.sheet):
            width = width or len(cells)
            count += len(cells)
            if count > MOST_CELLS:
                raise InvalidInput([Mistake(self.file, line, f"more than {MOST_CELLS:,} cells")])
            if any(cells[width:]):
                problem = "a cell in a column without a name"
                raise InvalidInput([Mistake(self.file, line, problem, "a name for it")])
            yield line, [*cells, *[""] * (width - len(cells))][:width]


def _read(source: Source, mistakes: list[Mistake]) -> tuple[list[str], list[Line]]:
    file = source.file
    try:
        rows = list(source.rows())
    except InvalidInput as error:
        mistakes += error.mistakes
        return [], []
    if not rows:
        mistakes.append(Mistake(file, 1, "is empty", "a header with the names of the columns"))
        return [], []
    (first, header), *others = rows
    wrong = wrong_header(header, file, first)
    if wrong:
        mistakes += wrong
        return [], []
    lines = []
    for line, cells in others:
        if len(cells) < len(header) or any(cells[len(header) :]):
            mistakes.append(Mistake(file, line, f"not {len(header)} cells as in the header"))
            continue
        own = dict(zip(header, cells, strict=False))
        if own.pop("", ""):
            mistakes.append(Mistake(file, line, "a cell in a column without a name", "a name for it"))
        lines.append(Line(line, own))
    return [name for name in header if name], lines


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with some content, each with its first line."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line, count = 1, 0
    try:
        for row in reader:
            count += len(row)
            if len(row) > MOST_COLUMNS:
                raise InvalidInput([Mistake(file, line, f"more than {MOST_COLUMNS:,} cells in a row")])
            if sum(map(len, row)) > MOST_CHARACTERS and max(map(len, row)) > MOST_CHARACTERS:
                raise csv.Error(_LONG_CELL)
            if count > MOST_CELLS:
                raise InvalidInput([Mistake(file, line, f"more than {MOST_CELLS:,} cells")])
            cells = [cell.strip() for cell in row]
            if any(cells) and not (line == 1 and cells[0].lower() == "sep="):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        told = _LONG_CELL if "field limit" in str(error) else str(error)
        raise InvalidInput([Mistake(file, line, f"not CSV: {told}")]) from None


def wrong_header(header: Sequence[str], file: str, line: int) -> list[Mistake]:
    """Return what is wrong with the names of columns."""
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) <= 2 and sign in header[0] and not (len(header) == 2 and header[1]):
            return [Mistake(file, line, f"separated by {name}, not commas", "save it as CSV with commas")]
    twice = dict.fromkeys(name for name in header if name and header.count(name) > 1)
    return [Mistake(file, line, f"column {name} twice", "once") for name in twice]


def read_table(
    name: str, source: Source, keys: Sequence[str], mistakes: list[Mistake], currency: str = ACCOUNT
) -> Iterator["Read"]:
    """Yield the rows of a scenario's table with their cells read; empty ones are left out.

    Unknown and missing columns are noted once, not in every row.
    """
    columns, lines = _known_names(*_read(source, mistakes), source.file, mistakes, currency)
    kinds = dict(column_kinds(name))
    expected = [*keys, *kinds]
    missing = [key for key in (*keys, *required_columns(name)) if key not in columns]
    if columns and missing:
        mistakes.append(Mistake(source.file, 1, f"missing column {', '.join(missing)}"))
        return
    for column in columns if kinds else ():
        if column not in expected:
            close = get_close_matches(column, expected, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"one of {', '.join(expected)}"
            mistakes.append(Mistake(source.file, 1, f"unknown column {column}", remedy))
    for line, cells in lines:
        values: dict[str, Any] = {}
        refused: dict[str, str] = {}
        for column, cell in cells.items():
            if cell == "" or column in keys or (kinds and column not in kinds):
                continue
            try:
                values[column] = read_cell(cell, kinds.get(column, "number"))
            except ValueError as error:
                values[column], refused[column] = cell, str(error)
        wrong = [(key, why) for key in keys if (why := _no_value(cells[key]))]
        if wrong:
            mistakes += [Mistake(source.file, line, f"{key} is {cells[key]!r}", why) for key, why in wrong]
            continue
        empty = [key for key in keys if not cells[key]]
        if empty:
            mistakes.append(
                Mistake(source.file, line, f"no {' and no '.join(empty)}", "what the row is about")
            )
            continue
        path_to = tuple(whole_text(cells[key]) if key in _NUMBERED else cells[key] for key in keys)
        yield Read(line, path_to, values, refused)


def _known_names(
    columns: list[str], lines: list[Line], file: str, mistakes: list[Mistake], currency: str
) -> tuple[list[str], list[Line]]:
    """Return columns and rows with the names of money that the program knows."""
    if currency == ACCOUNT:
        return columns, lines
    for column in columns:
        if wrong := of_another(column, currency):
            mistakes.append(Mistake(file, 1, *wrong))
    own = [Line(line, known_keys(cells, currency)) for line, cells in lines]
    return [known(column, currency) for column in columns], own


_NUMBERED = ("year", "from_year", "hour", "month")


class Read(NamedTuple):
    """A row of a table: its line, its key, its values, and why some cells are refused."""

    line: int
    key: tuple[str, ...]
    values: dict[str, Any]
    refused: dict[str, str]


def read_cell(cell: str, kind: str) -> Any:
    """Read a cell that is not empty as its column's kind: ``number``, ``flag``, ``either`` or ``text``.

    Raises
    ------
    ValueError
        Saying what would be right.
    """
    if problem := _no_value(cell):
        raise ValueError(problem)
    if kind == "text":
        return cell
    if kind != "number" and cell.lower() in _YES | _NO and (kind == "flag" or not cell.isdecimal()):
        return cell.lower() in _YES
    if kind == "flag":
        raise ValueError("true or false")
    if _NUMBER.fullmatch(cell):
        return int(cell) if cell.lstrip("+-").isdecimal() and len(cell) < 18 else float(cell)
    also = " or true or false" if kind == "either" else ""
    raise ValueError(_why_no_number(cell) + also)


def _no_value(cell: str) -> str:
    """Return why a spreadsheet has no value for a cell, empty if it has."""
    if cell.startswith(UNVALUED):
        return "a value beside the formula: open it in a spreadsheet and save it"
    return "an error of the spreadsheet" if _ERRORS.fullmatch(cell) else ""


def _why_no_number(cell: str) -> str:
    """Return what a number would look like that is written another way."""
    if cell.endswith("%") and _NUMBER.fullmatch(cell[:-1].strip()):
        value = float(cell[:-1])
        return f"a number without a sign; {value:g} % is {value / 100.0:g} of a share"
    if _COMMA.fullmatch(cell):
        return (
            f"a number with a decimal point and nothing between thousands, such as {cell.replace(',', '.')}"
        )
    if _SPACED.fullmatch(cell):
        return f"a number with nothing between thousands, {re.sub(r'[^0-9.,+-]', '', cell)}"
    return NOT_A_NUMBER


@cache
def row_model(table: str) -> type[BaseModel] | None:
    """Return the model of a table's rows; none where columns are free."""
    annotation: Any = Scenario.model_fields[table].annotation
    while not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        inner = [part for part in get_args(annotation) if part is not ...]
        if not inner or get_origin(annotation) in (Annotated, Literal):
            return None
        annotation = inner[-1]
    return annotation


@cache
def column_kinds(table: str) -> Mapping[str, str]:
    """Return what each column of a table holds beside its keys; empty where columns are free."""
    model = row_model(table)
    return {name: _kind(field.annotation) for name, field in model.model_fields.items()} if model else {}


@cache
def required_columns(table: str) -> tuple[str, ...]:
    """Return the columns that a table's rows cannot do without."""
    model = row_model(table)
    return tuple(n for n, field in model.model_fields.items() if field.is_required()) if model else ()


def _kind(annotation: Any) -> str:
    if get_origin(annotation) in (Union, UnionType):
        parts = {_kind(part) for part in get_args(annotation)} - {""}
        return "either" if parts == {"flag", "number"} else parts.pop() if len(parts) == 1 else "text"
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return "number" if all(isinstance(value, int) for value in get_args(annotation)) else "text"
    return {bool: "flag", int: "number", float: "number", type(None): ""}.get(annotation, "text")

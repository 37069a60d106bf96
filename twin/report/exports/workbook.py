"""Every table of a run in one workbook: numbers as numbers, and no text that a spreadsheet runs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from twin.bounds import MOST_SHEET_CHARACTERS, MOST_SHEET_ROWS
from twin.columns import Column, columns
from twin.extras import needs
from twin.report.folder import Folder, Row
from twin.results.hourly import recorded_files
from twin.results.reference import every_table
from twin.results.tables import Monthly
from twin.scenario.currency import told
from twin.visible import short, visible

CREATOR = "twin export"
_FORMULA = ("=", "+", "-", "@")
_NO_SHEET = "hourly has no sheet: twin query and pandas read it"
_YES_NO = {"yes": True, "no": False}
_DAY_FORMAT = "yyyy-mm-dd"


def workbook(folder: Folder, path: Path) -> list[str]:
    """Write a sheet for each table of a results folder, and one for its metrics.

    Returns
    -------
    list
        A line, if there are recordings, which have no sheet.

    Raises
    ------
    InvalidInput
        If the extra ``xlsx`` is not installed.
    """
    writer = _Writer(needs("openpyxl", "xlsx"))
    currency, about = folder.currency, folder.told
    metrics = (
        (told(name, currency), value, told(about.get(name, {}).get("unit", ""), currency))
        for name, value in folder.metrics.items()
    )
    writer.add("metrics", ("metric", "value", "unit"), metrics)
    for table in every_table():
        own = columns(table)
        header = [told(_header(column), currency) for column in own]
        if table is Monthly:
            writer.add(table.table, header, _monthly(folder))
        elif (folder.path / f"{table.table}.csv").is_file():
            writer.add(table.table, header, _rows(own, folder.table(table.table)))
    writer.save(path)
    return [_NO_SHEET] if recorded_files(folder.path) else []


class _Writer:
    """Sheets of a workbook, written from the top down."""

    def __init__(self, openpyxl: Any) -> None:
        self._book = openpyxl.Workbook(write_only=True)
        self._book.properties.creator = CREATOR
        self._cell = openpyxl.cell.WriteOnlyCell

    def add(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add a table: a sheet, and further ones where it is longer than a sheet can be."""
        left, number = iter(rows), 1
        part = list(islice(left, MOST_SHEET_ROWS - 1))
        while part or number == 1:
            sheet = self._book.create_sheet(name if number == 1 else f"{name} {number}")
            sheet.freeze_panes = "A2"
            sheet.append([self._text(sheet, text) for text in header])
            for row in part:
                sheet.append([self._value(sheet, value) for value in row])
            number += 1
            part = list(islice(left, MOST_SHEET_ROWS - 1))

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            self._book.save(file)

    def _value(self, sheet: Any, value: object) -> Any:
        if isinstance(value, str):
            return self._text(sheet, value)
        if isinstance(value, date):
            cell = self._cell(sheet, value)
            cell.number_format = _DAY_FORMAT
            return cell
        return value

    def _text(self, sheet: Any, text: str) -> Any:
        """Return a text; what would be a formula is marked as none, for whoever edits it."""
        shown = short(text, MOST_SHEET_CHARACTERS)
        if not shown.startswith(_FORMULA):
            return shown
        cell = self._cell(sheet, shown)
        cell.data_type, cell.quotePrefix = "s", True
        return cell


def _header(column: Column) -> str:
    """Return a column's name with its unit, where the name does not end with it."""
    unit = column.unit
    said = not unit or column.name.endswith(unit.replace(" ", "_").replace("/", "_per_").lower())
    return column.name if said else f"{column.name} [{unit}]"


def _rows(own: tuple[Column, ...], rows: list[Row]) -> Iterator[list[object]]:
    for row in rows:
        yield [_read(row.get(column.name, ""), column.kind) for column in own]


def _read(cell: str, kind: type) -> object:
    """Return a cell of a results table as its column's kind; what is none of it stays a text."""
    try:
        if not cell:
            return None
        if kind is date:
            return date.fromisoformat(cell)
        if kind is bool:
            return _YES_NO[cell]
        return kind(cell)
    except (ValueError, KeyError):
        return visible(cell)


def _monthly(folder: Folder) -> Iterator[list[object]]:
    """Yield the rows of `monthly.parquet`, a piece of it at a time."""
    if folder.monthly is None:
        return
    for batch in folder.monthly.to_batches(max_chunksize=10_000):
        yield from map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))

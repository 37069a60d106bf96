"""Tables that a run's page shows as they are: what utilities found beside the run, and three of every run."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from twin.report.folder import Folder, number
from twin.results.declarations import about_table
from twin.results.tables import AccessRow, FurtherDayRow, StandInRow

MOST_ROWS = 5_000
"""A page with more takes long to open; the first of each month are shown then."""
OWN_SECTIONS = (AccessRow, FurtherDayRow, StandInRow)
"""Tables of every run, each in a section of its own that is called like it."""
_PERIODS = ("month", "year")


def studies(folder: Folder) -> list[dict[str, Any]]:
    """Return each such table with its rows, those of a month or a year at a time where it has such.

    Returns
    -------
    list
        ``section``: where on the page; ``periods``: rows of each, in order; ``left_out``: how many more there
        are; ``at``: by month, which of them. A table without months and years has one for all.
    """
    found = []
    for section, table in _tables(folder):
        rows = folder.table(table["name"])
        if rows:
            found.append({"section": section, **table, **_by_period(folder, table["columns"], rows)})
    return found


def _tables(folder: Folder) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in OWN_SECTIONS:
        yield row.table, about_table(row)
    for own in folder.utilities.values():
        for table in own.get("tables", ()):
            yield "studies", table


def _by_period(folder: Folder, columns: list[dict[str, Any]], rows: list[dict[str, str]]) -> dict[str, Any]:
    period = next((own["name"] for own in columns if own["name"] in _PERIODS), "")
    length = {"month": 7, "year": 4}.get(period, 0)
    shown = [own for own in columns if own["name"] != period]
    periods: dict[str, list[list[Any]]] = {month[:length]: [] for month in folder.months}
    for row in rows:
        cells = [_cell(row.get(own["name"], ""), own["text"]) for own in shown]
        periods.setdefault(row.get(period, ""), []).append(cells)
    most = max(1, MOST_ROWS // max(1, sum(1 for own in periods.values() if own)))
    place = {name: i for i, name in enumerate(periods)}
    return {
        "columns": shown,
        "period": period,
        "periods": [own[:most] for own in periods.values()],
        "left_out": [max(0, len(own) - most) for own in periods.values()],
        "at": [place[month[:length]] for month in folder.months],
    }


def _cell(text: str, is_text: bool) -> str | float | None:
    if is_text or text in ("yes", "no") or "-" in text[1:]:
        return text
    value = number(text)
    return value if value is None or isfinite(value) else text

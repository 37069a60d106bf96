"""Tables of their own that utilities let a run's page show: what they found beside the run."""

from math import isfinite
from typing import Any

from twin.report.folder import Folder, number

MOST_ROWS = 5_000
"""A page with more takes long to open; the first of each month are shown then."""


def studies(folder: Folder) -> list[dict[str, Any]]:
    """Return each such table with its rows, those of a month at a time where it has months.

    Returns
    -------
    list
        ``months``: rows by month, in their order; ``left_out``: how many of each are not shown. A table
        without months has all of them in each.
    """
    found = []
    for utility, own in folder.utilities.items():
        for table in own.get("tables", ()):
            rows = folder.table(table["name"])
            if rows:
                found.append({"utility": utility, **table, **_by_month(folder, table["columns"], rows)})
    return found


def _by_month(folder: Folder, columns: list[dict[str, Any]], rows: list[dict[str, str]]) -> dict[str, Any]:
    by_month: dict[str, list[list[Any]]] = {month: [] for month in folder.months}
    for row in rows:
        cells = [_cell(row.get(own["name"], ""), own["text"]) for own in columns if own["name"] != "month"]
        for month in [row["month"]] if "month" in row else folder.months[:1]:
            by_month.setdefault(month, []).append(cells)
    most = max(1, MOST_ROWS // max(1, sum(1 for own in by_month.values() if own)))
    return {
        "columns": [own for own in columns if own["name"] != "month"],
        "monthly": any(own["name"] == "month" for own in columns),
        "months": [by_month[month][:most] for month in folder.months],
        "left_out": [max(0, len(by_month[month]) - most) for month in folder.months],
    }


def _cell(text: str, is_text: bool) -> str | float | None:
    if is_text or text in ("yes", "no") or "-" in text[1:]:
        return text
    value = number(text)
    return value if value is None or isfinite(value) else text

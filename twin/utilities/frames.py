"""The tables of a network that pandas wrote as JSON, read as plain data: nothing in it is built or called."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.text import read_json
from twin.utilities.names import WHOLE

_HALF = re.compile("[\ud800-\udfff]")
NOT_READ = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What data that is no such network leads its reader to."""


def read_content(path: Path, made_by: str, problem: str) -> dict[str, Any]:
    """Return what a network's JSON file holds, its tables under ``_object``.

    Parameters
    ----------
    made_by, problem
        What would have written it, and what is said of a file that is no such network.

    Raises
    ------
    InvalidInput
        If it is not JSON, with the line.
    """
    content: dict[str, Any] = read_json(path, made_by)
    tables = content.get("_object") if isinstance(content, dict) else None
    if isinstance(tables, str):
        # older programs wrote the tables as text within the text
        try:
            content["_object"] = json.loads(tables)
        except (ValueError, RecursionError):
            raise InvalidInput([Mistake(path.name, 0, problem, made_by)]) from None
    return content


def read_frame(table: Any) -> dict[str, Any]:
    """Return a table as a mapping with columns, index and data.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is none: rows that are not as long as its columns, indices that are no whole numbers.
    """
    content = table["_object"] if isinstance(table, dict) else table
    frame: dict[str, Any] = json.loads(content) if isinstance(content, str) else content
    columns, index, data = (frame[part] for part in ("columns", "index", "data"))
    whole = len(index) == len(data) and all(
        isinstance(row, list) and len(row) == len(columns) for row in data
    )
    lists = all(isinstance(part, list) for part in (columns, index, data))
    if not (whole and lists) or not all(isinstance(number, int) for number in index):
        raise ValueError("its rows, columns and indices do not fit")
    return frame


def rows_of(frames: Mapping[str, dict[str, Any]]) -> dict[str, list[tuple[int, object]]]:
    """Return index and own name of the elements of each table."""
    return {
        table: [(int(index), name) for index, name in zip(frame["index"], _names(frame), strict=True)]
        for table, frame in frames.items()
    }


def _names(frame: dict[str, Any]) -> list[object]:
    if "name" not in frame["columns"]:
        return [None] * len(frame["index"])
    column = frame["columns"].index("name")
    return [row[column] for row in frame["data"]]


def distinct_names(own: Mapping[str, Sequence[tuple[int, object]]]) -> dict[str, list[str]]:
    """Return what elements are called, no two the same, by their tables, indices and own names.

    An own name counts if it is unique among all and not that of the grid as a whole; else the element is
    called ``load-3``, and so is one whose own name is what another one is called for want of a name.
    """
    rows = [(f"{table}-{index}", _text(name)) for table, elements in own.items() for index, name in elements]
    count = Counter(name for _, name in rows)
    chosen = [name if name and count[name] == 1 else other for other, name in rows]
    at = {name: i for i, name in enumerate(chosen) if name != rows[i][0]}
    without = [name for i, name in enumerate(chosen) if name == rows[i][0]]
    for name in without:  # it grows by those that give way
        if name in at:
            giving_way = at.pop(name)
            chosen[giving_way] = rows[giving_way][0]
            without.append(chosen[giving_way])
    found = iter(chosen)
    return {table: [next(found) for _ in elements] for table, elements in own.items()}


def no_text(names: Mapping[str, Sequence[str]], file: str) -> Iterator[Mistake]:
    """Yield names that no text file can hold: JSON lets half of a surrogate pair pass."""
    for name in (name for own in names.values() for name in own):
        if not name.isascii() and _HALF.search(name):
            shown = name.encode(errors="backslashreplace").decode()
            yield Mistake(file, 0, f"{shown} is no text (half of a surrogate pair)", "another name")


def _text(name: object) -> str:
    """Return an own name that can be one, else nothing."""
    text = "" if name is None or name != name else str(name)
    return "" if not text.strip() or text in ("None", WHOLE) else text

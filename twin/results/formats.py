"""The number of the format of results folders: another one is refused, for its tables mean something else."""

import os
from pathlib import Path
from typing import Any

from twin.bounds import MOST_BYTES, MOST_RESULT_BYTES
from twin.cells import read_csv
from twin.errors import InvalidInput, Mistake
from twin.files import regular
from twin.text import decode, parse_json, read_bytes

FORMAT = 1
"""Raised whenever a table, a metric's meaning or a file of results changes; 0 were those without a number."""
KINDS = ("run", "comparison", "sweep")
"""Of results folders: each has a file of this name with ``format`` in it."""


def read_about(folder: Path, kind: str) -> dict[str, Any]:
    """Return what ``run.json``, ``comparison.json`` or ``sweep.json`` of a results folder says.

    Raises
    ------
    InvalidInput
        If the folder has none, or it was written in another format.
    """
    path = folder / f"{kind}.json"
    if not os.path.lexists(path):
        raise InvalidInput([Mistake(str(path), 0, "no such file", "a folder of results")])
    content = read_object(path)
    refuse_format(content, path)
    return content


def refuse_format(content: dict[str, Any], path: Path) -> None:
    """Refuse what was written in another format.

    Raises
    ------
    InvalidInput
        With one line.
    """
    number = content.get("format", 0)
    if number != FORMAT:
        problem = f"results of format {number!r:.20}; this program reads {FORMAT}"
        raise InvalidInput([Mistake(str(path), 0, problem, "run it again with this program")])


def refuse_other(folder: Path) -> None:
    """Refuse a results folder of another format; one that says nothing of itself is left to its reader.

    Raises
    ------
    InvalidInput
        With one line.
    """
    for kind in KINDS:
        if (folder / f"{kind}.json").is_file():
            read_about(folder, kind)


def kind_of(path: Path) -> str:
    """Return what a folder holds: ``run``, ``comparison`` or ``sweep``; empty if none of these."""
    return next((kind for kind in KINDS[::-1] if os.path.lexists(path / f"{kind}.json")), "")


def own(path: Path, most: int = MOST_RESULT_BYTES) -> Path | None:
    """Return a file of a results folder, None if there is none; what could lead elsewhere is refused.

    Raises
    ------
    InvalidInput
        If it is a link, a folder, a pipe or a device, or larger than any table is.
    """
    if not os.path.lexists(path):
        return None
    if not regular(path):
        raise InvalidInput([Mistake(str(path), 0, "is a link or no file, and is not read")])
    if path.stat().st_size > most:
        raise InvalidInput([Mistake(str(path), 0, f"is larger than {most // 2**20} MiB")])
    return path


def read_own(path: Path) -> str:
    """Return the text of a file of a results folder that is no table, empty if there is none.

    Raises
    ------
    InvalidInput
        If it is no file, no text, or too large.
    """
    return decode(read_bytes(path), str(path)) if own(path, MOST_BYTES) else ""


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table of a results folder, none if there is no such table.

    Raises
    ------
    InvalidInput
        If it is no table, or larger than any.
    """
    file = own(path)
    return read_csv(file) if file else []


def read_object(path: Path) -> dict[str, Any]:
    """Return what a JSON file of a results folder holds, nothing if there is none.

    Raises
    ------
    InvalidInput
        If it is no object in JSON.
    """
    if not os.path.lexists(path):
        return {}
    content = parse_json(read_own(path), str(path), "run it again")
    if not isinstance(content, dict):
        raise InvalidInput([Mistake(str(path), 0, "does not hold an object", "run it again")])
    return content

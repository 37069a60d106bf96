"""The number of the format of results folders: another one is refused, for its tables mean something else."""

from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.text import read_json

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
    if not path.is_file():
        raise InvalidInput([Mistake(str(path), 0, "no such file", "a folder of results")])
    content = read_json(path, "a file that twin wrote")
    number = content.get("format", 0) if isinstance(content, dict) else 0
    if number != FORMAT:
        problem = f"results of format {number}; this program reads {FORMAT}"
        raise InvalidInput([Mistake(str(path), 0, problem, "run it again with this program")])
    return dict(content)


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

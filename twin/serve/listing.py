"""What lies in a folder of results: runs, comparisons and sweeps, and runs under way.

What is found there was written by others: nothing of it takes the list down, and no link is followed.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from math import isfinite
from pathlib import Path
from time import time
from typing import Any

from twin.errors import InvalidInput
from twin.files import regular
from twin.report.findings import breaches
from twin.report.folder import Folder, kind_of
from twin.results.dataset import opened, standing
from twin.results.folders import orphans
from twin.results.formats import read_about, read_object
from twin.results.running import ENDING

_DEEPEST = 3
_SILENT_S = 120.0
_LATEST = 20


def find(root: Path) -> dict[str, Path]:
    """Return results folders by their path below a root; links and hidden folders are not followed."""
    return {_text(place.relative_to(root).as_posix()): folder for place, folder in _walk(root, 0)}


def shelf(root: Path) -> list[dict[str, Any]]:
    """Return a line for each results folder, the newest first."""
    lines = [_line_or_damaged(name, folder) for name, folder in find(root).items()]
    return sorted(lines, key=lambda line: -line["changed"])


def running(root: Path) -> list[dict[str, Any]]:
    """Return what runs under way say of themselves; one that fell silent is left out."""
    found = []
    for folder in (root, *_folders(root)):
        files: list[Path] = []
        with suppress(OSError):
            files = sorted(path for path in folder.iterdir() if path.name.endswith(ENDING))
        for file in files:
            with suppress(OSError, ValueError, TypeError, InvalidInput):  # it ended, or is no news
                if regular(file) and time() - file.stat().st_mtime < _SILENT_S:
                    found.append(_news(read_object(file)))
    return found


def _news(told: dict[str, Any]) -> dict[str, Any]:
    share = float(told.get("share", 0.0))
    return {
        "name": _text(told.get("name", "")),
        "date": _text(told.get("date", "")),
        "share": share if isfinite(share) else 0.0,
        "news": [_text(line) for line in list(told.get("news", ()))[-_LATEST:]],
    }


def _folders(folder: Path) -> list[Path]:
    """Return the folders in a folder that are no links and not hidden, none if it is gone."""
    with suppress(FileNotFoundError, NotADirectoryError):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        return [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False) and e.name[0] != "."]
    return []


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, Path]]:
    """Yield each results folder by its place, and where it lies: elsewhere if a program was killed."""
    if kind_of(folder):
        yield folder, folder
        return
    if depth < _DEEPEST:
        try:
            below, left = _folders(folder), orphans(folder)
        except OSError:  # it may not be read, which its line tells
            yield folder, folder
            return
        for path in below:
            yield from _walk(path, depth + 1)
        yield from ((folder / name, path) for name, path in left.items() if kind_of(path))


def _line_or_damaged(name: str, folder: Path) -> dict[str, Any]:
    """Return a folder's line; one that cannot be read is told, and does not take the list down."""
    try:
        return _line(name, folder)
    except InvalidInput as error:
        why = error.mistakes[0].problem
    except Exception as error:
        why = type(error).__name__
    line = {"path": name, "kind": kind_of(folder) or "run", "name": name, "status": f"damaged: {_text(why)}"}
    return line | {"changed": 0.0, "first": None}


def _line(name: str, folder: Path) -> dict[str, Any]:
    kind = kind_of(folder)
    file = folder / f"{kind}.json"
    about = read_about(folder, kind)
    line: dict[str, Any] = {
        "path": name,
        "kind": kind,
        "name": _text(about.get("name") or about.get("scenario") or name),
        "status": _text(about.get("status", "complete")),
        "changed": file.stat().st_mtime,
        "first": None,
    }
    if kind == "run":
        found = breaches(Folder(folder))[:1]
        line["first"] = {key: _text(found[0][key]) for key in ("capacity", "month")} if found else None
    if kind == "sweep":
        line["done"] = _done(folder, standing(folder))
    return line


@lru_cache(maxsize=256)
def _done(folder: Path, _: object) -> int:
    """Return how many runs of a sweep have a result; it is read again when its files changed."""
    return len(opened(folder).done)


def _text(value: object) -> str:
    """Return what a page can hold: a name need not be a text of Unicode."""
    return str(value).encode("utf-8", "backslashreplace").decode()

"""What lies in a folder of results: runs, comparisons and sweeps, and runs under way."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

from twin.folders import orphans
from twin.report.folder import Folder, kind_of
from twin.report.story import breaches
from twin.running import ENDING

_DEEPEST = 3
_SILENT_S = 120.0


def find(root: Path) -> dict[str, Path]:
    """Return results folders by their path below a root; links and hidden folders are not followed."""
    return {place.relative_to(root).as_posix(): folder for place, folder in _walk(root, 0)}


def shelf(root: Path) -> list[dict[str, Any]]:
    """Return a line for each results folder, the newest first."""
    lines = [_line_or_damaged(name, folder) for name, folder in find(root).items()]
    return sorted(lines, key=lambda line: -line["changed"])


def running(root: Path) -> list[dict[str, Any]]:
    """Return what runs under way say of themselves; one that fell silent is left out."""
    found = []
    for folder in (root, *(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())):
        for file in sorted(folder.glob(f".*{ENDING}")):
            try:
                news = dict(json.loads(file.read_text(encoding="utf-8")))
                silent = time() - file.stat().st_mtime
            except (OSError, ValueError, TypeError):
                continue  # it ended, or is being written
            if silent < _SILENT_S:
                found.append(news)
    return found


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, Path]]:
    """Yield each results folder by its place, and where it lies: elsewhere if a program was killed."""
    if kind_of(folder):
        yield folder, folder
        return
    if depth < _DEEPEST:
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
                yield from _walk(path, depth + 1)
        yield from ((folder / name, left) for name, left in orphans(folder).items() if kind_of(left))


def _line_or_damaged(name: str, folder: Path) -> dict[str, Any]:
    """Return a folder's line; one that cannot be read is told, and does not take the list down."""
    try:
        return _line(name, folder)
    except Exception as error:
        damaged = f"damaged: {type(error).__name__}"
        line = {"path": name, "kind": kind_of(folder), "name": name, "status": damaged, "changed": 0.0}
        return line | {"first": None}


def _line(name: str, folder: Path) -> dict[str, Any]:
    kind = kind_of(folder)
    file = folder / f"{kind}.json"
    about = json.loads(file.read_text(encoding="utf-8"))
    line: dict[str, Any] = {
        "path": name,
        "kind": kind,
        "name": str(about.get("name") or about.get("scenario") or name),
        "status": str(about.get("status", "complete")),
        "changed": file.stat().st_mtime,
        "first": None,
    }
    if kind == "run":
        found = breaches(Folder(folder))[:1]
        line["first"] = {"capacity": found[0]["capacity"], "month": found[0]["month"]} if found else None
    if kind == "sweep":
        line["done"] = len(list((folder / "runs").glob("*.parquet")))
    return line

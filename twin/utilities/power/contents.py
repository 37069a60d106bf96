"""What a pandapower JSON file says of each element, and of the whole grid: for telling two files apart."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.utilities.names import WHOLE
from twin.utilities.power.names import NAMED_TABLES, element_names, read_frames, read_grid

_NOT_READ = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


def contents(path: Path) -> dict[str, dict[str, object]]:
    """Return by address the columns of each element; of the grid plain settings, and sums of other tables.

    Raises
    ------
    InvalidInput
        If the file is not a pandapower network.
    """
    try:
        grid = read_grid(path)
        frames = read_frames(grid)
        names = element_names(frames)
        found = {
            address: dict(zip(frame["columns"], map(_plain, row), strict=True)) | {"name": address}
            for table, frame in frames.items()
            for address, row in zip(names[table], frame["data"], strict=True)
        }
        return found | {f"power/{WHOLE}": dict(_whole(grid["_object"]))}
    except _NOT_READ:
        raise InvalidInput([Mistake(path.name, 0, "not a pandapower network in JSON")]) from None


def _plain(value: Any) -> object:
    return None if isinstance(value, float) and value != value else value


def _whole(entries: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in entries.items():
        if isinstance(value, str | int | float | bool) and name != "version":
            yield name, value
        elif name not in NAMED_TABLES and not name.startswith("_") and _holds_rows(value):
            text = json.dumps(value, sort_keys=True, default=str)
            yield name, f"table {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _holds_rows(value: Any) -> bool:
    """Tell whether a table has rows: pandapower's versions differ in which empty ones they write."""
    try:
        content = value["_object"] if isinstance(value, dict) else value
        frame = json.loads(content) if isinstance(content, str) else content
        return bool(frame["data"]) if "data" in frame else bool(frame)
    except _NOT_READ:
        return bool(value)

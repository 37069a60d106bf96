"""What elements of a pandapower file draw and feed in, read without the engine."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from twin.utilities.power.file_tables import number
from twin.utilities.power.names import TABLES, element_names, read_frames, read_grid

DRAWS = {"load": 1.0, "storage": 1.0, "sgen": -1.0, "gen": -1.0}
"""Tables of elements with a power of their own, and whether it is drawn or fed in."""


class FilePower(NamedTuple):
    """What the file says of an element, its scaling applied; positive as its table has it.

    Attributes
    ----------
    profile
        The name of its profile, empty for none.
    """

    table: str
    p_mw: float
    q_mvar: float
    in_service: bool
    profile: str


def file_powers(path: Path) -> dict[str, FilePower]:
    """Return what a file says of loads, generators and storage, by address."""
    about = path.stat()
    return _read(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int, size: int) -> dict[str, FilePower]:
    frames = read_frames(read_grid(path), TABLES)
    names = element_names(frames)
    return {
        address: _power(table, dict(zip(frames[table]["columns"], row, strict=True)))
        for table in DRAWS
        if table in frames
        for address, row in zip(names[table], frames[table]["data"], strict=True)
    }


def _power(table: str, row: Mapping[str, Any]) -> FilePower:
    scaling = _or(row.get("scaling"), 1.0)
    profile = row.get("profile")
    return FilePower(
        table,
        _or(row.get("p_mw"), 0.0) * scaling,
        _or(row.get("q_mvar"), 0.0) * scaling,
        row.get("in_service") is not False,
        profile if isinstance(profile, str) else "",
    )


def _or(value: Any, otherwise: float) -> float:
    """Return a cell's number, another where it has none."""
    found = number(value)
    return found if found == found and abs(found) != float("inf") else otherwise

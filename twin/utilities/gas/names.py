"""What a pandapipes JSON file holds, read without the engine: its tables, and the names of its elements."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from twin.errors import InvalidInput, Mistake
from twin.utilities.frames import NOT_READ, distinct_names, no_text, read_content, read_frame, rows_of
from twin.utilities.gas.settings import SERIES
from twin.utilities.names import WHOLE, AssetKind, AssetNames
from twin.utilities.trusted import refuse_foreign_classes

NAME = "gas"
BRANCHES = ("pipe", "valve", "press_control", "flow_control", "compressor", "pump")
DRAWING = ("sink", "source", "mass_storage")
TABLES = ("junction", *BRANCHES, *DRAWING, "ext_grid")
"""What is computed. All these elements have distinct names, all together."""
_FLAG: Mapping[str, Literal["flag", "number"]] = {"in_service": "flag"}
KIND_OF = {**{table: table for table in TABLES}, "source": "infeed"}
"""What elements of a table are called; another utility calls something else a source."""
KINDS = {
    **dict.fromkeys(KIND_OF.values(), AssetKind(_FLAG)),
    "junction": AssetKind(outages=False),
    "valve": AssetKind({"opened": "flag"}),
    "sink": AssetKind(_FLAG, demand=True, series=SERIES),
    **dict.fromkeys(("press_control", "compressor"), AssetKind(_FLAG, links=("pump",))),
}
MADE_BY = "pandapipes.to_json"
NO_NETWORK = "not a pandapipes network in JSON"
Frames = dict[str, dict[str, Any]]


def own_field(table: str) -> str:
    """Return the field by which the scenario builds elements of a table."""
    return "opened" if table == "valve" else "in_service"


def read_net(path: Path) -> tuple[dict[str, Any], Frames]:
    """Return what a pandapipes JSON file holds by name, and those of its tables that are computed.

    Raises
    ------
    InvalidInput
        If the file is no pandapipes network, or names a class that is no part of one.
    """
    try:
        whole = read_content(path, MADE_BY, NO_NETWORK)
        refuse_foreign_classes(whole, path.name)
        content = whole["_object"]
        frames = {table: read_frame(content[table]) for table in TABLES if table in content}
        rows_of(frames)
        if "fluid" not in content or not frames["junction"]["index"]:
            raise ValueError("no network of pipes")
    except NOT_READ:
        raise InvalidInput([Mistake(path.name, 0, NO_NETWORK, MADE_BY)]) from None
    return content, frames


def element_names(frames: Frames) -> dict[str, list[str]]:
    """Return the addresses of all elements by table, in the order of its rows."""
    found = distinct_names(rows_of(frames))
    return {table: [f"{NAME}/{name}" for name in names] for table, names in found.items()}


def read_names(path: Path) -> AssetNames:
    """Read the names of a pandapipes JSON file's elements, as the scenario addresses them.

    Raises
    ------
    InvalidInput
        If the file is not a pandapipes network.
    """
    _, frames = read_net(path)
    names = element_names(frames)
    mistakes = [*_doubled(frames, path.name), *no_text(names, path.name)]
    if mistakes:
        raise InvalidInput(mistakes)
    return AssetNames({KIND_OF[table]: set(own) for table, own in names.items()})


def contents(path: Path) -> dict[str, dict[str, object]]:
    """Return by address the columns of each element; of the network its plain settings.

    Raises
    ------
    InvalidInput
        If the file is not a pandapipes network.
    """
    content, frames = read_net(path)
    names = element_names(frames)
    found: dict[str, dict[str, object]] = {
        address: {
            name: None if cell != cell else cell for name, cell in zip(frame["columns"], row, strict=True)
        }
        for table, frame in frames.items()
        for address, row in zip(names[table], frame["data"], strict=True)
    }
    plain: dict[str, object] = {
        name: own for name, own in content.items() if isinstance(own, str | int | float)
    }
    return found | {f"{NAME}/{WHOLE}": plain}


def _doubled(frames: Frames, file: str) -> Iterator[Mistake]:
    """Yield indices that a table has twice: what refers to them means either."""
    for table, frame in frames.items():
        seen: set[int] = set()
        for index in frame["index"]:
            if index in seen:
                yield Mistake(file, 0, f"{table} {index} again", "once")
            seen.add(index)

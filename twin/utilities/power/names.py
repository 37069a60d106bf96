"""What a pandapower JSON file holds, read without the engine: its tables, and the names of its elements."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from twin.errors import InvalidInput, Mistake
from twin.text import read_json
from twin.utilities.names import WHOLE, AssetKind, AssetNames

TABLES = ("bus", "line", "trafo", "trafo3w", "load", "gen", "sgen", "ext_grid", "storage", "switch")
_MW, _MVAR = {"MW": 1.0, "kW": 1e-3}, {"Mvar": 1.0, "kvar": 1e-3}
SERIES = {"p_mw": _MW, "q_mvar": _MVAR, "factor": {"1": 1.0, "%": 0.01}}
"""What series give to what draws or feeds in: power, or a factor on the file's."""
_HEATED = {"p_mw": _MW, "q_mvar": _MVAR, "temperature_c": {"C": 1.0, "°C": 1.0}}
_FLAG: Mapping[str, Literal["flag", "number"]] = {"in_service": "flag"}
KINDS = {
    **dict.fromkeys(TABLES, AssetKind(_FLAG)),
    **dict.fromkeys(("sgen", "storage"), AssetKind(_FLAG, series=SERIES)),
    "gen": AssetKind(_FLAG, series={"p_mw": _MW, "factor": SERIES["factor"]}),
    "load": AssetKind(_FLAG, demand=True, series=SERIES),
    "switch": AssetKind({"closed": "flag"}, outages=False),
    **dict.fromkeys(("pv", "wind", "run_of_river", "data_centre"), AssetKind(_FLAG, series=SERIES)),
    **dict.fromkeys(("chp", "heat_pump"), AssetKind(_FLAG, series=_HEATED, levels=("temperature_c",))),
    "ev": AssetKind(_FLAG, series={"p_mw": _MW, "q_mvar": _MVAR}),
    "battery": AssetKind(_FLAG),
}
_MADE_BY = "pandapower.to_json"
_HALF = re.compile("[\ud800-\udfff]")
_NO_NETWORK = "not a pandapower network in JSON"


def read_frame(table: Any) -> dict[str, Any]:
    """Return a pandapower JSON table as a mapping with columns, index and data.

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
    if not whole or not all(isinstance(number, int) for number in index):
        raise ValueError("its rows, columns and indices do not fit")
    return frame


def read_names(path: Path) -> AssetNames:
    """Read the element names of a pandapower JSON file.

    An element's own name counts if it is unique among all; else it is ``<table>-<index>``.

    Raises
    ------
    InvalidInput
        If the file is not a pandapower network.
    """
    try:
        frames = read_frames(read_grid(path))
        names = element_names(frames)
        mistakes = list(_no_flags(frames, path.name))
        for table in (table for table, own in names.items() if f"power/{WHOLE}" in own):
            problem = f"{table} {WHOLE}: its name is the address of the whole network"
            mistakes.append(Mistake(path.name, 0, problem, "another name"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise InvalidInput([Mistake(path.name, 0, _NO_NETWORK, _MADE_BY)]) from None
    _refuse_no_text(names, path.name)
    if mistakes:
        raise InvalidInput(mistakes)
    return AssetNames({table: set(own) for table, own in names.items()})


def _refuse_no_text(names: Mapping[str, Sequence[str]], file: str) -> None:
    """Refuse names that no text file can hold: JSON lets half of a surrogate pair pass."""
    wrong = [name for own in names.values() for name in own if not name.isascii() and _HALF.search(name)]
    if wrong:
        shown = wrong[0].encode(errors="backslashreplace").decode()
        problem = f"{shown} is no text (half of a surrogate pair)"
        raise InvalidInput([Mistake(file, 0, problem, "another name")])


def read_grid(path: Path) -> dict[str, Any]:
    """Return what a pandapower JSON file holds.

    Raises
    ------
    InvalidInput
        If it is not JSON, with the line.
    """
    content: dict[str, Any] = read_json(path, _MADE_BY)
    tables = content.get("_object") if isinstance(content, dict) else None
    if isinstance(tables, str):
        # until version 2.0 pandapower wrote the tables as text within the text
        try:
            content["_object"] = json.loads(tables)
        except (ValueError, RecursionError):
            raise InvalidInput([Mistake(path.name, 0, _NO_NETWORK, _MADE_BY)]) from None
    return content


def read_frames(content: dict[str, Any], tables: Sequence[str] = TABLES) -> dict[str, dict[str, Any]]:
    """Return those of some tables that a pandapower network in JSON holds."""
    return {name: read_frame(content["_object"][name]) for name in tables if name in content["_object"]}


def element_names(frames: Mapping[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return the addresses of all elements by table, in the order of its rows."""
    own = {name: _names(frame) for name, frame in frames.items()}
    count = Counter(name for names in own.values() for name in names if name)
    return {
        table: [
            f"power/{name if name and count[name] == 1 else f'{table}-{index}'}"
            for index, name in zip(frames[table]["index"], names, strict=True)
        ]
        for table, names in own.items()
    }


def _no_flags(frames: Mapping[str, dict[str, Any]], file: str) -> Iterator[Mistake]:
    """Yield cells that are neither true nor false: pandapower would read any word as true."""
    for table, frame in frames.items():
        for flag in {"in_service", "closed"}.intersection(frame["columns"]):
            column = frame["columns"].index(flag)
            for index, row in zip(frame["index"], frame["data"], strict=True):
                if row[column] not in (True, False):
                    problem = f"{table} {index}: {flag} is {row[column]!r:.60}"
                    yield Mistake(file, 0, problem, "true or false")


def _names(frame: dict[str, Any]) -> list[str]:
    if "name" not in frame["columns"]:
        return ["" for _ in frame["index"]]
    column = frame["columns"].index("name")
    return [
        "" if row[column] is None or str(row[column]) == "None" else str(row[column]) for row in frame["data"]
    ]

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
NAMED_TABLES = (
    *TABLES,
    *("motor", "asymmetric_load", "asymmetric_sgen", "ward", "xward", "dcline", "shunt", "impedance"),
)
"""Whose elements have distinct names, all together."""
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
    "demand_response": AssetKind(outages=False),
}
_MADE_BY = "pandapower.to_json"
_HALF = re.compile("[\ud800-\udfff]")
_NO_NETWORK = "not a pandapower network in JSON"
_NOT_READ = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


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
    """Read the names of a pandapower JSON file's elements, as the scenario addresses them.

    Raises
    ------
    InvalidInput
        If the file is not a pandapower network.
    """
    try:
        frames = read_frames(read_grid(path))
        names = element_names(frames)
        mistakes = [*_no_flags(frames, path.name), *_no_text(names, path.name)]
    except _NOT_READ:
        raise InvalidInput([Mistake(path.name, 0, _NO_NETWORK, _MADE_BY)]) from None
    if mistakes:
        raise InvalidInput(mistakes)
    return AssetNames({table: set(own) for table, own in names.items() if table in TABLES})


def names_in(path: Path, indices: Mapping[str, Sequence[int]]) -> dict[str, list[str]]:
    """Return what the elements of an opened net are called, those of each table in the order of its indices.

    Their own names are those that the file holds: pandapower may have turned them into numbers.

    Raises
    ------
    InvalidInput
        If the file is not a pandapower network.
    """
    try:
        frames = read_frames(read_grid(path))
        own = {(table, index): name for table, rows in _rows(frames).items() for index, name in rows}
    except _NOT_READ:
        raise InvalidInput([Mistake(path.name, 0, _NO_NETWORK, _MADE_BY)]) from None
    return distinct_names(
        {table: [(index, own.get((table, index))) for index in rows] for table, rows in indices.items()}
    )


def _no_text(names: Mapping[str, Sequence[str]], file: str) -> Iterator[Mistake]:
    """Yield names that no text file can hold: JSON lets half of a surrogate pair pass."""
    for name in (name for own in names.values() for name in own):
        if not name.isascii() and _HALF.search(name):
            shown = name.encode(errors="backslashreplace").decode()
            yield Mistake(file, 0, f"{shown} is no text (half of a surrogate pair)", "another name")


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


def read_frames(content: dict[str, Any], tables: Sequence[str] = NAMED_TABLES) -> dict[str, dict[str, Any]]:
    """Return those of some tables that a pandapower network in JSON holds."""
    return {name: read_frame(content["_object"][name]) for name in tables if name in content["_object"]}


def element_names(frames: Mapping[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return the addresses of all elements by table, in the order of its rows."""
    found = distinct_names(_rows(frames))
    return {table: [f"power/{name}" for name in names] for table, names in found.items()}


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


def _no_flags(frames: Mapping[str, dict[str, Any]], file: str) -> Iterator[Mistake]:
    """Yield cells that are neither true nor false: pandapower would read any word as true."""
    for table, frame in frames.items():
        for flag in {"in_service", "closed"}.intersection(frame["columns"]):
            column = frame["columns"].index(flag)
            for index, row in zip(frame["index"], frame["data"], strict=True):
                if row[column] not in (True, False):
                    problem = f"{table} {index}: {flag} is {row[column]!r:.60}"
                    yield Mistake(file, 0, problem, "true or false")


def _rows(frames: Mapping[str, dict[str, Any]]) -> dict[str, list[tuple[int, object]]]:
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


def _text(name: object) -> str:
    """Return an own name that can be one, else nothing."""
    text = "" if name is None or name != name else str(name)
    return "" if not text.strip() or text in ("None", WHOLE) else text

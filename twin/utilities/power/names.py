"""What a pandapower JSON file holds, read without the engine: its tables, and the names of its elements."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from twin.errors import InvalidInput, Mistake
from twin.utilities.frames import NOT_READ, distinct_names, no_text, read_content, read_frame, rows_of
from twin.utilities.names import AssetKind, AssetNames

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
    "peaking": AssetKind(_FLAG),
    "ev": AssetKind(_FLAG, series={"p_mw": _MW, "q_mvar": _MVAR}),
    "battery": AssetKind(_FLAG),
    "demand_response": AssetKind(outages=False),
}
_MADE_BY = "pandapower.to_json"
_NO_NETWORK = "not a pandapower network in JSON"


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
        mistakes = [*_no_flags(frames, path.name), *no_text(names, path.name)]
    except NOT_READ:
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
        own = {(table, index): name for table, rows in rows_of(frames).items() for index, name in rows}
    except NOT_READ:
        raise InvalidInput([Mistake(path.name, 0, _NO_NETWORK, _MADE_BY)]) from None
    return distinct_names(
        {table: [(index, own.get((table, index))) for index in rows] for table, rows in indices.items()}
    )


def read_grid(path: Path) -> dict[str, Any]:
    """Return what a pandapower JSON file holds.

    Raises
    ------
    InvalidInput
        If it is not JSON, with the line.
    """
    return read_content(path, _MADE_BY, _NO_NETWORK)


def read_frames(content: dict[str, Any], tables: Sequence[str] = NAMED_TABLES) -> dict[str, dict[str, Any]]:
    """Return those of some tables that a pandapower network in JSON holds."""
    return {name: read_frame(content["_object"][name]) for name in tables if name in content["_object"]}


def element_names(frames: Mapping[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return the addresses of all elements by table, in the order of its rows."""
    found = distinct_names(rows_of(frames))
    return {table: [f"power/{name}" for name in names] for table, names in found.items()}


def _no_flags(frames: Mapping[str, dict[str, Any]], file: str) -> Iterator[Mistake]:
    """Yield cells that are neither true nor false: pandapower would read any word as true."""
    for table, frame in frames.items():
        for flag in {"in_service", "closed"}.intersection(frame["columns"]):
            column = frame["columns"].index(flag)
            for index, row in zip(frame["index"], frame["data"], strict=True):
                if row[column] not in (True, False):
                    problem = f"{table} {index}: {flag} is {row[column]!r:.60}"
                    yield Mistake(file, 0, problem, "true or false")

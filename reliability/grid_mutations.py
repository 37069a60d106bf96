"""Structural mutations of pandapower's JSON: every table, column, index, kind, option and object."""

import json
from collections.abc import Callable
from inspect import signature
from typing import Any

from reliability.odd import NUMBERS, WORDS, Random, how_many, odd_value, pick

_INDICES: tuple[Any, ...] = (
    *(-1, -5, 10**6, 10**9, 10**12, 2**31, 2**63, 10**30, 0.5, 1e300, float("nan"), float("inf")),
    *("a", "", "0", None, True, [0], {"a": 1}),
)
_DTYPES = (
    *("object", "int64", "uint32", "float64", "bool", "int8", "float16", "complex128", "datetime64[ns]"),
    *("category", "string", "Int64", "nothing", "O", "V8", ""),
)
Frame = dict[str, Any]


class Grid:
    """A pandapower file as plain data, its tables opened."""

    def __init__(self, text: str) -> None:
        self.content = json.loads(text)
        self.net: dict[str, Any] = self.content["_object"]
        self.tables: dict[str, Frame] = {}
        for name, value in self.net.items():
            if isinstance(value, dict) and value.get("_class") == "DataFrame":
                self.tables[name] = json.loads(value["_object"])

    def filled(self) -> list[str]:
        """Return the tables that have rows."""
        return [n for n, frame in self.tables.items() if frame.get("data") and not n.startswith("res_")]

    def text(self) -> str:
        """Return the file."""
        for name, frame in self.tables.items():
            if isinstance(self.net.get(name), dict):
                self.net[name]["_object"] = json.dumps(frame)
        return json.dumps(self.content)


def mutate_grid(text: str, rng: Random) -> str:
    """Return a grid with one to three mutations."""
    grid = Grid(text)
    for _ in range(how_many(rng)):
        pick(rng, _WAYS)(grid, rng)
    return grid.text()


def _table(grid: Grid, rng: Random) -> tuple[str, Frame]:
    name = pick(rng, grid.filled() or list(grid.tables) or [""])
    return name, grid.tables.get(name, {"columns": ["x"], "index": [0], "data": [[0]]})


def _cell(rng: Random, frame: Frame) -> tuple[list[Any], int]:
    """Return a row and the place of a column in it."""
    if not frame["data"] or not frame["data"][0]:
        return [0], 0
    row = pick(rng, frame["data"])
    return row, int(rng.integers(len(row)))


def _set_cell(grid: Grid, rng: Random) -> None:
    row, at = _cell(rng, _table(grid, rng)[1])
    row[at] = odd_value(rng, row[at])


def _set_column(grid: Grid, rng: Random) -> None:
    frame = _table(grid, rng)[1]
    _, at = _cell(rng, frame)
    value = odd_value(rng, frame["data"][0][at] if frame["data"] else None)
    for row in frame["data"]:
        if at < len(row):
            row[at] = value


def _set_bus(grid: Grid, rng: Random) -> None:
    """Let an element stand at a bus that is none."""
    frame = _table(grid, rng)[1]
    places = [i for i, column in enumerate(frame["columns"]) if str(column).endswith(("bus", "element"))]
    if places and frame["data"]:
        row = pick(rng, frame["data"])
        row[min(pick(rng, places), len(row) - 1)] = pick(rng, _INDICES)


def _set_index(grid: Grid, rng: Random) -> None:
    frame = _table(grid, rng)[1]
    if frame["index"]:
        at = int(rng.integers(len(frame["index"])))
        frame["index"][at] = pick(rng, (*_INDICES, *frame["index"]))


def _move_bus(grid: Grid, rng: Random) -> None:
    """Give a bus another number, also where elements name it."""
    buses = grid.tables.get("bus", {"index": []})
    if not buses["index"]:
        return
    at = int(rng.integers(len(buses["index"])))
    before, after = buses["index"][at], pick(rng, _INDICES)
    buses["index"][at] = after
    for frame in grid.tables.values():
        for i, column in enumerate(frame["columns"]):
            for row in frame["data"] if str(column).endswith("bus") else ():
                if i < len(row) and row[i] == before:
                    row[i] = after


def _set_dtype(grid: Grid, rng: Random) -> None:
    kinds = grid.net.get(_table(grid, rng)[0], {})
    if isinstance(kinds, dict) and kinds.get("dtype"):
        kinds["dtype"][pick(rng, list(kinds["dtype"]))] = pick(rng, _DTYPES)


def _drop_row(grid: Grid, rng: Random) -> None:
    frame = _table(grid, rng)[1]
    if frame["data"]:
        at = int(rng.integers(len(frame["data"])))
        del frame["data"][at]
        del frame["index"][min(at, len(frame["index"]) - 1)]


def _repeat_row(grid: Grid, rng: Random) -> None:
    frame = _table(grid, rng)[1]
    if frame["data"]:
        at = int(rng.integers(len(frame["data"])))
        frame["data"].append(list(frame["data"][at]))
        frame["index"].append(pick(rng, [frame["index"][at], 10_000, len(frame["index"])]))


def _swap_cells(grid: Grid, rng: Random) -> None:
    row, at = _cell(rng, _table(grid, rng)[1])
    other = int(rng.integers(len(row)))
    row[at], row[other] = row[other], row[at]


def _drop_column(grid: Grid, rng: Random) -> None:
    frame = _table(grid, rng)[1]
    _, at = _cell(rng, frame)
    if at < len(frame["columns"]):
        del frame["columns"][at]
        for row in frame["data"]:
            del row[at : at + 1]


def _rename_column(grid: Grid, rng: Random) -> None:
    columns = _table(grid, rng)[1]["columns"]
    if columns:
        columns[int(rng.integers(len(columns)))] = pick(rng, [*columns, "other", "", 5, None])


def _empty_table(grid: Grid, rng: Random) -> None:
    frame = _table(grid, rng)[1]
    frame["data"], frame["index"] = [], []
    if rng.random() < 0.3:
        frame["columns"] = []


def _break_table(grid: Grid, rng: Random) -> None:
    """Put something else where a table stands."""
    name, frame = _table(grid, rng)
    other = pick(rng, [None, [], {}, 5, "text", {"_module": "pandas.core.frame", "_class": "DataFrame"}])
    if rng.random() < 0.5:
        frame[pick(rng, ["columns", "index", "data"])] = pick(rng, [[], [[]], [1], None, {}])
        grid.net.get(name, {}).update(_object=json.dumps(frame)) if name in grid.net else None
    else:
        grid.net[name] = other
    grid.tables.pop(name, None)


def _drop_key(grid: Grid, rng: Random) -> None:
    name = pick(rng, list(grid.net))
    del grid.net[name]
    grid.tables.pop(name, None)


def _set_key(grid: Grid, rng: Random) -> None:
    plain = [
        name for name, value in grid.net.items() if name not in grid.tables and not isinstance(value, dict)
    ]
    grid.net[pick(rng, [*plain, "sn_mva", "f_hz", "name", "version"])] = odd_value(rng, 1.0)


def _set_power_flow_option(grid: Grid, rng: Random) -> None:
    import pandapower as pp

    names = [*list(signature(pp.runpp).parameters)[1:], "nothing"]
    options = grid.net.get("user_pf_options")
    options = options if isinstance(options, dict) else {}
    options[pick(rng, names)] = pick(rng, (*NUMBERS, *WORDS, True, True, True, False, None))
    grid.net["user_pf_options"] = pick(rng, [options, options, options, options, [], "text", None])


def _to_itself(grid: Grid, rng: Random) -> None:
    """Join a branch's both ends to one bus."""
    for name in ("line", "trafo", "impedance", "trafo3w", "switch", "dcline"):
        frame = grid.tables.get(name)
        places = [i for i, c in enumerate(frame["columns"]) if str(c).endswith("_bus")] if frame else []
        if frame and frame["data"] and len(places) > 1:
            row = pick(rng, frame["data"])
            row[places[1]] = row[places[0]]
            return


def _switch_off(grid: Grid, rng: Random) -> None:
    """Take everything of a table out of service, or open all of its switches."""
    frame = _table(grid, rng)[1]
    for i, column in enumerate(frame["columns"]):
        for row in frame["data"] if column in ("in_service", "closed") else ():
            row[i] = pick(rng, [False, False, False, None, "no", 2])


def _set_controller(grid: Grid, rng: Random) -> None:
    """Change something of an object that the file holds."""
    frame = grid.tables.get("controller")
    if not frame or not frame["data"]:
        return
    row = pick(rng, frame["data"])
    held = row[frame["columns"].index("object")] if "object" in frame["columns"] else None
    if isinstance(held, dict) and isinstance(held.get("_object"), str):
        inner = json.loads(held["_object"])
        name = pick(rng, list(inner))
        inner[name] = odd_value(rng, inner[name])
        held["_object"] = json.dumps(inner)


def _set_lengths(grid: Grid, rng: Random) -> None:
    """Lose or double an end of the data, so that index, columns and rows disagree."""
    frame = _table(grid, rng)[1]
    part = frame[pick(rng, ["index", "columns", "data"])]
    if part and rng.random() < 0.5:
        part.pop()
    elif part:
        part.append(part[-1])


_WAYS: tuple[Callable[[Grid, Random], None], ...] = (
    *(_set_cell, _set_cell, _set_cell, _set_column, _set_column, _set_bus, _set_bus, _set_index, _move_bus),
    *(
        _set_dtype,
        _drop_row,
        _repeat_row,
        _swap_cells,
        _drop_column,
        _rename_column,
        _empty_table,
        _break_table,
    ),
    *(_drop_key, _set_key, _set_power_flow_option, _to_itself, _switch_off, _set_controller, _set_lengths),
)

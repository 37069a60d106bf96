"""Where the elements of a gas network lie, what they join and how wide they are: read without the engine."""

from pathlib import Path
from typing import Any

from twin.utilities.frames import NOT_READ, read_frame
from twin.utilities.gas.names import BRANCHES, KIND_OF, TABLES, element_names, read_net
from twin.utilities.places import Asset, Point, read_coordinates, read_point, read_route


def places(path: Path) -> list[Asset]:
    """Return the elements of a pandapipes JSON file."""
    content, frames = read_net(path)
    names = element_names(frames)
    nodes = dict(zip(frames["junction"]["index"], names["junction"], strict=True))
    lying = _lying(content, frames["junction"])
    drawn = _routes(content)
    assets = []
    for table in filter(frames.__contains__, TABLES):
        for index, name, row in zip(frames[table]["index"], names[table], _rows(frames[table]), strict=True):
            if table == "junction":
                assets.append(Asset(name, table, place=lying.get(index), level=_bar(row.get("pn_bar"))))
                continue
            keys = [row.get(key) for key in _ends(table, row)]
            ends = [nodes[key] for key in keys if isinstance(key, int | float) and key in nodes]
            if ends:
                width = _width(row) if table == "pipe" else 0.0
                unit = "mm" if width else ""
                route = read_route(read_coordinates(row.get("geo"))) or drawn.get(index, ())
                own = route if table == "pipe" else ()
                assets.append(Asset(name, KIND_OF[table], ends[0], ends[-1], width, unit, route=own))
    return assets


def _rows(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """Return rows by column; what is no name is no column."""
    columns = [name if isinstance(name, str) else "" for name in frame["columns"]]
    return [dict(zip(columns, row, strict=True)) for row in frame["data"]]


def _ends(table: str, row: dict[str, Any]) -> tuple[str, ...]:
    """Return the columns that name the junctions of an element."""
    if table == "valve" and "junction" in row:
        return ("junction", "element") if row.get("et", "ju") == "ju" else ("junction",)
    return ("from_junction", "to_junction") if table in BRANCHES else ("junction",)


def _width(row: dict[str, Any]) -> float:
    """Return a pipe's inner diameter in mm, 0 where the file holds no number."""
    for column, unit in (("inner_diameter_mm", 1.0), ("diameter_m", 1000.0)):
        if isinstance(row.get(column), int | float):
            return float(round(row[column] * unit, 3))
    return 0.0


def _bar(pressure: Any) -> str:
    return f"{pressure:g} bar" if isinstance(pressure, int | float) else ""


def _lying(content: dict[str, Any], junctions: dict[str, Any]) -> dict[int, Point]:
    """Return where junctions lie: the table `junction_geodata`, or a column `geo` of GeoJSON."""
    found: dict[int, Point] = {}
    for index, row in zip(junctions["index"], _rows(junctions), strict=True):
        point = read_point(read_coordinates(row.get("geo")))
        found |= {index: point} if point else {}
    try:
        frame = read_frame(content["junction_geodata"])
        x, y = frame["columns"].index("x"), frame["columns"].index("y")
    except NOT_READ:
        return found
    for index, row in zip(frame["index"], frame["data"], strict=True):
        point = read_point((row[x], row[y]))
        found |= {index: point} if point else {}
    return found


def _routes(content: dict[str, Any]) -> dict[int, tuple[Point, ...]]:
    """Return how pipes run: the table `pipe_geodata`."""
    try:
        frame = read_frame(content["pipe_geodata"])
        place = frame["columns"].index("coords")
    except NOT_READ:
        return {}
    return {index: read_route(row[place]) for index, row in zip(frame["index"], frame["data"], strict=True)}

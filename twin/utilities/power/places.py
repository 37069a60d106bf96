"""Where the elements of a grid lie, what they join and what they can carry: read without the engine."""

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import Any

from twin.utilities.places import Asset, Point, read_coordinates, read_point, read_route
from twin.utilities.power.names import TABLES, element_names, read_frames, read_grid


def places(path: Path) -> list[Asset]:
    """Return the elements of a pandapower JSON file."""
    content = read_grid(path)
    frames = read_frames(content)
    names = element_names(frames)
    rows = {
        table: [dict(zip(frame["columns"], row, strict=True)) for row in frame["data"]]
        for table, frame in frames.items()
    }
    buses = dict(zip(frames["bus"]["index"], names["bus"], strict=True))
    voltage = {index: row["vn_kv"] for index, row in zip(buses, rows["bus"], strict=True)}
    drawn = _routes(content, frames, rows)
    lying = _bus_places(content, rows["bus"], list(buses))
    assets = []
    for table in filter(frames.__contains__, TABLES):
        for index, name, row in zip(frames[table]["index"], names[table], rows[table], strict=True):
            ends = [row[key] for key in _ends(table, row) if row.get(key) in buses]
            if table == "bus":
                own = _level([voltage[index]])
                assets.append(Asset(name, table, place=lying.get(index), level=own))
            elif ends:
                first, last = buses[ends[0]], buses[ends[-1]]
                capacity = _mva(table, row, voltage[ends[0]])
                unit, own = "MVA" if capacity else "", _level([voltage[end] for end in ends])
                route = drawn.get(index, ()) if table == "line" else ()
                assets.append(Asset(name, table, first, last, capacity, unit, level=own, route=route))
    return assets


def _level(voltages: list[float]) -> str:
    """Return voltages as people write them, each once: ``110/10 kV``."""
    return f"{'/'.join(f'{kv:g}' for kv in sorted(set(voltages), reverse=True))} kV"


def _ends(table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns that name the buses of an element."""
    match table:
        case "line":
            return "from_bus", "to_bus"
        case "trafo":
            return "hv_bus", "lv_bus"
        case "trafo3w":
            return "hv_bus", "mv_bus"
        case "switch" if row["et"] == "b":
            return "bus", "element"
    return ("bus",)


def _mva(table: str, row: dict[str, Any], voltage_kv: float) -> float:
    match table:
        case "line":
            return round(sqrt(3.0) * voltage_kv * (row["max_i_ka"] or 0.0) * (row.get("parallel") or 1), 3)
        case "trafo":
            return float((row["sn_mva"] or 0.0) * (row.get("parallel") or 1))
        case "trafo3w":
            return float(row["sn_hv_mva"] or 0.0)
    return 0.0


def _bus_places(content: dict[str, Any], rows: list[dict[str, Any]], buses: list[int]) -> dict[int, Point]:
    """Return where buses lie: the `geo` column, or the table `bus_geodata` of older files."""
    places: dict[int, Point] = {}
    for index, row in zip(buses, rows, strict=True):
        if row.get("geo"):
            point = read_point(read_coordinates(row["geo"]))
            places |= {index: point} if point else {}
    older = read_frames(content, ("bus_geodata",)).get("bus_geodata")
    if older and not places:
        x, y = older["columns"].index("x"), older["columns"].index("y")
        for index, row in zip(older["index"], older["data"], strict=True):
            point = read_point((row[x], row[y]))
            places |= {index: point} if point else {}
    return places


def _routes(
    content: dict[str, Any], frames: Mapping[str, Any], rows: Mapping[str, list[dict[str, Any]]]
) -> dict[int, tuple[Point, ...]]:
    """Return how lines run: the `geo` column, or the table `line_geodata` of older files."""
    if "line" not in frames:
        return {}
    drawn = {
        index: read_route(read_coordinates(row["geo"]))
        for index, row in zip(frames["line"]["index"], rows["line"], strict=True)
        if row.get("geo")
    }
    older = read_frames(content, ("line_geodata",)).get("line_geodata")
    if older and "coords" in older["columns"] and not drawn:
        place = older["columns"].index("coords")
        return {
            index: read_route(row[place]) for index, row in zip(older["index"], older["data"], strict=True)
        }
    return drawn

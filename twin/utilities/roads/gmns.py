"""Networks as the General Modeling Network Specification (GMNS) has them: node.csv and link.csv."""

import csv
import re
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from twin.errors import InvalidInput, Mistake, listed
from twin.text import read_text
from twin.utilities.base import Vector
from twin.utilities.names import WHOLE
from twin.utilities.places import Point, read_route
from twin.utilities.roads.plan import (
    MOST_NODES,
    MOST_ZONES,
    Road,
    RoadPlan,
    Told,
    one_way_only,
    road_problems,
)

_NODE = ("node_id", "x_coord", "y_coord", "zone_id", "name", "node_type")
_LINK = (
    *("link_id", "from_node_id", "to_node_id", "directed", "length", "free_speed", "lanes", "capacity"),
    *("vdf_alpha", "vdf_beta", "vdf_fftt", "in_service", "name", "geometry", "facility_type"),
)
_TRIPS = ("o_zone_id", "d_zone_id", "volume")
_YES, _NO = {"", "1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}
_LINE = re.compile(r"LINESTRING\s*(?:Z\s*)?\(([^()]*)\)", re.IGNORECASE)
_B, _POWER = "0.15", "4"
"""Of the BPR function where a file says nothing."""
Rows = list[tuple[int, dict[str, str]]]


class _Nodes(NamedTuple):
    """What node.csv says; of each zone its line."""

    number: dict[str, int]
    places: list[Point | None]
    zones: dict[str, int]
    lines: list[int]


def read_gmns(links: Path, nodes: Path, trips: Path | None) -> RoadPlan:
    """Return a network with its trips.

    Raises
    ------
    InvalidInput
        With every mistake in the files.
    """
    mistakes: list[Mistake] = []
    warnings: list[Mistake] = []
    at, of = Told(nodes.name, mistakes), Told(links.name, mistakes)
    found = _read_nodes(at, _table(nodes, at, _NODE, ("node_id",), warnings))
    rows = _table(links, of, _LINK, ("link_id", "from_node_id", "to_node_id", "capacity"), warnings)
    roads = _read_links(of, rows, found)
    table = np.zeros((len(found.zones), len(found.zones)))
    if trips and not mistakes:
        table = read_trips_csv(trips, found.zones, mistakes, warnings)
    blocked = np.zeros(len(found.number), dtype=bool)
    plan = RoadPlan(
        tuple(found.number), tuple(found.places), found.zones, tuple(roads), table, blocked, tuple(warnings)
    )
    if not mistakes:
        one_way_only(at, plan, found.lines)
    if mistakes:
        raise InvalidInput(mistakes)
    return plan


def read_trips_csv(
    path: Path, zones: dict[str, int], mistakes: list[Mistake], warnings: list[Mistake]
) -> Vector:
    """Return trips from zone to zone of a table with a row for each pair."""
    told, places = Told(path.name, mistakes), {zone: i for i, zone in enumerate(zones)}
    table, seen = np.zeros((len(zones), len(zones))), dict[tuple[str, str], int]()
    for line, row in _table(path, told, _TRIPS, _TRIPS, warnings):
        pair = row["o_zone_id"].strip(), row["d_zone_id"].strip()
        volume = told.number(row["volume"], "volume", line)
        for zone in pair:
            if zone not in places:
                told.add(line, f"no zone {zone}", "a zone_id of the nodes")
        if pair in seen:
            told.add(line, f"trips from {pair[0]} to {pair[1]} again", f"once; first in line {seen[pair]}")
        seen.setdefault(pair, line)
        if pair[0] in places and pair[1] in places:
            table[places[pair[0]], places[pair[1]]] = volume
    return table


def _table(
    path: Path, told: Told, known: tuple[str, ...], needed: tuple[str, ...], warnings: list[Mistake]
) -> Rows:
    """Return the rows of a CSV file, each with its line; columns that are not used are named."""
    reader = csv.reader(StringIO(read_text(path), newline=""), strict=True)
    rows: Rows = []
    columns: list[str] = []
    try:
        for cells in reader:
            line = reader.line_num
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
                _refuse_columns(told, columns, needed)
                unused = [column for column in columns if column and column not in known]
                if unused:
                    warnings.append(Mistake(path.name, line, f"columns that are not used: {listed(unused)}"))
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(columns):
                    told.add(line, f"{len(cells)} cells under {len(columns)} columns", "a column for each")
                filled = [*cells, *[""] * (len(columns) - len(cells))]
                rows.append((line, dict(zip(columns, filled, strict=False))))
    except csv.Error as error:
        told.add(reader.line_num, f"no CSV: {error}")
    if not columns:
        told.add(1, "is empty", f"a header: {', '.join(needed)}")
    return rows if set(needed) <= set(columns) else []


def _refuse_columns(told: Told, columns: list[str], needed: tuple[str, ...]) -> None:
    for column in dict.fromkeys(columns):
        if column and columns.count(column) > 1:
            told.add(1, f"column {column} again", "once")
    for column in needed:
        if column not in columns:
            told.add(1, f"no column {column}", f"columns {', '.join(needed)}")


def _read_nodes(told: Told, rows: Rows) -> _Nodes:
    number: dict[str, int] = {}
    places: list[Point | None] = []
    zones: dict[str, int] = {}
    lines: list[int] = []
    for line, row in rows:
        name, zone = row["node_id"].strip(), row.get("zone_id", "").strip()
        if not name or name in number:
            told.add(line, f"node {name} again" if name else "no node_id", "an own one for each node")
            continue
        x, y = row.get("x_coord", "").strip(), row.get("y_coord", "").strip()
        at = [told.number(word, "a coordinate", line, least=-1e15) for word in (x, y)] if x or y else []
        number[name] = len(number)
        places.append((at[0], at[1]) if at else None)
        if not zone:
            continue
        if zone in zones or zone == WHOLE:
            told.add(
                line, f"zone {zone} again" if zone in zones else f"zone is called {WHOLE}", "one node each"
            )
            continue
        zones[zone] = number[name]
        lines.append(line)
    if len(number) > MOST_NODES or len(zones) > MOST_ZONES:
        told.add(
            0, f"{len(number):,} nodes and {len(zones):,} zones", f"up to {MOST_NODES:,}; {MOST_ZONES:,}"
        )
    if rows and not zones:
        told.add(0, "no node has a zone_id", "a zone_id where trips begin and end")
    return _Nodes(number, places, zones, lines)


def _read_links(told: Told, rows: Rows, nodes: _Nodes) -> list[Road]:
    roads: list[Road] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        road = _link(told, line, row, nodes)
        if road.name in seen or not road.name or road.name == WHOLE:
            problem = f"link {road.name} again" if road.name in seen else f"link_id is {road.name or 'empty'}"
            told.add(line, problem, "an own one for each link")
        seen.setdefault(road.name, line)
        road_problems(told, road)
        roads.append(road)
        if not _flag(told, row.get("directed", ""), "directed", line):
            name, route = f"{road.name} back", road.route[::-1]
            back = road._replace(name=name, tail=road.head, head=road.tail, route=route)
            roads.append(back)
    return roads


def _link(told: Told, line: int, row: dict[str, str], nodes: _Nodes) -> Road:
    """Return a row as a road; capacity is told per lane, and time by speed where it is not told itself."""

    def number(column: str, missing: str = "", above: bool = False) -> float:
        return told.number(row.get(column, "").strip() or missing, column, line, above=above)

    ends = [row[column].strip() for column in ("from_node_id", "to_node_id")]
    for end in ends:
        if end not in nodes.number:
            told.add(line, f"no node {end or '(empty)'}", "a node_id of the nodes")
    lanes, capacity = number("lanes", "1", above=True), number("capacity", above=True)
    if row.get("vdf_fftt", "").strip():
        length, free = number("length", "0"), number("vdf_fftt")
    else:
        length = number("length")
        free = 60.0 * length / number("free_speed", above=True)
    return Road(
        row["link_id"].strip(),
        nodes.number.get(ends[0], -1),
        nodes.number.get(ends[1], -2),
        length,
        lanes,
        lanes * capacity,
        free,
        number("vdf_alpha", _B),
        number("vdf_beta", _POWER),
        _flag(told, row.get("in_service", ""), "in_service", line),
        line,
        _route(row.get("geometry", "")),
    )


def _route(geometry: str) -> tuple[Point, ...]:
    """Return the points between the ends of a line in well-known text; none if it is no line."""
    found = _LINE.fullmatch(geometry.strip())
    return read_route([point.split() for point in found[1].split(",")]) if found else ()


def _flag(told: Told, text: str, what: str, line: int) -> bool:
    text = text.strip().lower()
    if text not in _YES | _NO:
        told.add(line, f"{what} is {text}", "true or false")
    return text not in _NO

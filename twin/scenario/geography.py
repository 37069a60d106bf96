"""Where the assets of a scenario lie and what they join: read from the native files, without any engine."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, pi, sqrt
from typing import Any

from twin.scenario.layout import Point, place
from twin.scenario.schema import Scenario
from twin.utilities.names import TABLES, element_names, read_frames, read_power, read_sections

COLUMNS = (
    "asset",
    "network",
    "kind",
    "x",
    "y",
    "from",
    "to",
    "capacity",
    "unit",
    "district",
    "site",
    "retired_by",
    "placed",
)


@dataclass(slots=True)
class Asset:
    """One asset of a network's own file.

    Attributes
    ----------
    start, end
        Addresses of the nodes it joins; both empty for a node.
    capacity, unit
        What the file says it can carry or hold: MVA, mm, m3 or m3/day; empty unit: nothing is said.
    place
        Coordinates in the file, in its own units.
    """

    name: str
    kind: str
    start: str = ""
    end: str = ""
    capacity: float = 0.0
    unit: str = ""
    place: Point | None = None


def locate(scenario: Scenario) -> list[dict[str, Any]]:
    """Return a row for each asset: its place, what it joins, its size, and the site that brings it.

    A place is taken from the network's file; where that has none, from the district that an asset serves,
    then from its neighbours, and at last from a layout by distance from the supply. ``placed`` says which.

    Returns
    -------
    list
        Rows with the keys of `COLUMNS`; ``x`` and ``y`` in the units of the file (degrees for Alatau).
    """
    sites, retired = _sites(scenario)
    districts = _districts(scenario)
    centres = {
        name: (area.longitude, area.latitude)
        for name, area in scenario.districts.items()
        if area.longitude or area.latitude
    }
    rows = []
    for network, assets in _networks(scenario).items():
        places = place(
            {asset.name: asset.place for asset in assets if not asset.start},
            {asset.name: (asset.start, asset.end) for asset in assets if asset.start},
            {asset.start or asset.name: districts[asset.name] for asset in assets if asset.name in districts},
            centres,
        )
        for asset in assets:
            point, placed = places[asset.name]
            rows.append(
                {
                    "asset": asset.name,
                    "network": network,
                    "kind": asset.kind,
                    "x": round(point[0], 6),
                    "y": round(point[1], 6),
                    "from": asset.start,
                    "to": asset.end,
                    "capacity": asset.capacity or "",
                    "unit": asset.unit,
                    "district": districts.get(asset.name, ""),
                    "site": sites.get(asset.name, ""),
                    "retired_by": retired.get(asset.name, ""),
                    "placed": placed,
                }
            )
    return rows


def _networks(scenario: Scenario) -> dict[str, list[Asset]]:
    settings, folder = scenario.networks, scenario.folder
    networks: dict[str, list[Asset]] = {}
    if settings.power:
        networks["power"] = _power(read_power(folder / settings.power.file))
    if settings.water:
        networks["water"] = _water(read_sections(folder / settings.water.file), "water")
    if settings.wastewater:
        assets = _water(read_sections(folder / settings.wastewater.file), "wastewater")
        outfalls = {asset.name: asset.place for asset in assets}
        assets += [
            Asset(
                f"wastewater/{name}",
                "plant",
                f"wastewater/{plant.node}",
                f"wastewater/{plant.node}",
                plant.capacity_m3_per_day,
                "m3/day",
                outfalls.get(f"wastewater/{plant.node}"),
            )
            for name, plant in scenario.treatment.items()
        ]
        networks["wastewater"] = assets
    return networks


def _power(content: dict[str, Any]) -> list[Asset]:
    frames = read_frames(content)
    names = element_names(frames)
    rows = {
        table: [dict(zip(frame["columns"], row, strict=True)) for row in frame["data"]]
        for table, frame in frames.items()
    }
    buses = dict(zip(frames["bus"]["index"], names["bus"], strict=True))
    voltage = {index: row["vn_kv"] for index, row in zip(buses, rows["bus"], strict=True)}
    places = _bus_places(content, rows["bus"], list(buses))
    assets = []
    for table in filter(frames.__contains__, TABLES):
        for index, name, row in zip(frames[table]["index"], names[table], rows[table], strict=True):
            ends = [row[key] for key in _ends(table, row) if row.get(key) in buses]
            if table == "bus":
                assets.append(Asset(name, table, place=places.get(index)))
            elif ends:
                first, last = buses[ends[0]], buses[ends[-1]]
                capacity = _mva(table, row, voltage[ends[0]])
                assets.append(Asset(name, table, first, last, capacity, "MVA" if capacity else ""))
    return assets


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
            point = _geo(row["geo"])
            places |= {index: point} if point else {}
    older = read_frames(content, ("bus_geodata",)).get("bus_geodata")
    if older and not places:
        x, y = older["columns"].index("x"), older["columns"].index("y")
        for index, row in zip(older["index"], older["data"], strict=True):
            point = _point((row[x], row[y]))
            places |= {index: point} if point else {}
    return places


def _geo(text: Any) -> Point | None:
    try:
        return _point(json.loads(text)["coordinates"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _point(words: Sequence[Any]) -> Point | None:
    """Return a point, None if it is not one: a map is no reason to lose a run."""
    try:
        x, y = float(words[0]), float(words[1])
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return (x, y) if isfinite(x) and isfinite(y) else None


def _water(sections: Mapping[str, list[list[str]]], network: str) -> list[Asset]:
    places = {row[0]: _point(row[1:]) for row in sections.get("COORDINATES", ())}
    assets = []
    for section, kind in (("JUNCTIONS", "junction"), ("RESERVOIRS", "reservoir"), ("TANKS", "tank")):
        for row in sections.get(section, ()):
            volume = _tank_m3(row) if kind == "tank" else 0.0
            unit = "m3" if volume else ""
            place_of = places.get(row[0])
            assets.append(Asset(f"{network}/{row[0]}", kind, capacity=volume, unit=unit, place=place_of))
    for section, kind, size in (("PIPES", "pipe", 4), ("PUMPS", "pump", None), ("VALVES", "valve", 3)):
        for row in sections.get(section, ()):
            ends = f"{network}/{row[1]}", f"{network}/{row[2]}"
            diameter = _number(row, size) if size else 0.0
            assets.append(Asset(f"{network}/{row[0]}", kind, *ends, diameter, "mm" if diameter else ""))
    return assets


def _tank_m3(row: list[str]) -> float:
    """Return the volume of a cylinder between its lowest and highest level; 0 if a curve shapes it."""
    if len(row) > 7 and row[7] != "*":
        return 0.0
    low, high, diameter = (_number(row, place) for place in (3, 4, 5))
    return round(pi / 4.0 * diameter**2 * (high - low), 1)


def _number(row: list[str], place: int) -> float:
    """Return a number of a line, 0 where the line ends before it or has another word there."""
    try:
        return float(row[place])
    except (IndexError, ValueError):
        return 0.0


def _sites(scenario: Scenario) -> tuple[dict[str, str], dict[str, str]]:
    """Return the site that brings each asset into service, and the one that retires it."""
    brings: dict[str, str] = {}
    retires: dict[str, str] = {}
    for change in scenario.site_changes:
        if change.field in ("in_service", "open", "closed"):
            (brings if change.value else retires)[change.asset] = change.site
    for rows in scenario.capacities.values():
        for asset, row in rows.items():
            if row.from_site:
                brings.setdefault(asset, row.from_site)
            if row.until_site:
                retires.setdefault(asset, row.until_site)
    return brings, retires


def _districts(scenario: Scenario) -> dict[str, str]:
    """Return the district of each asset that serves one: demand points and the manholes below them."""
    districts = {point.asset: point.district for point in scenario.demand_points}
    districts |= {
        link.to: districts[link.asset]
        for link in scenario.links
        if link.kind == "sewage" and link.asset in districts
    }
    return districts

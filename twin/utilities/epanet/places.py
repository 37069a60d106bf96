"""Where the nodes and links of an EPANET file lie, what they join and how large they are."""

from math import pi
from pathlib import Path

from twin.utilities.epanet.names import read_sections
from twin.utilities.epanet.numbers import read_number
from twin.utilities.places import Asset, Point, read_point


def places(path: Path, network: str) -> list[Asset]:
    """Return the assets of an INP file."""
    sections = read_sections(path)
    drawn: dict[str, list[Point]] = {}
    for row in sections.get("VERTICES", ()):
        if point := read_point(row[1:]):
            drawn.setdefault(row[0], []).append(point)
    lying = {row[0]: read_point(row[1:]) for row in sections.get("COORDINATES", ())}
    assets = []
    for section, kind in (("JUNCTIONS", "junction"), ("RESERVOIRS", "reservoir"), ("TANKS", "tank")):
        for row in sections.get(section, ()):
            volume = _tank_m3(row) if kind == "tank" else 0.0
            unit = "m3" if volume else ""
            assets.append(
                Asset(f"{network}/{row[0]}", kind, capacity=volume, unit=unit, place=lying.get(row[0]))
            )
    for section, kind, size in (("PIPES", "pipe", 4), ("PUMPS", "pump", None), ("VALVES", "valve", 3)):
        for row in sections.get(section, ()):
            ends = f"{network}/{row[1]}", f"{network}/{row[2]}"
            diameter = _number(row, size) if size else 0.0
            unit, route = "mm" if diameter else "", tuple(drawn.get(row[0], ()))
            assets.append(Asset(f"{network}/{row[0]}", kind, *ends, diameter, unit, route=route))
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
        return read_number(row[place])
    except (IndexError, ValueError):
        return 0.0

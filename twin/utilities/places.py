"""Where the assets of a network lie, what they join and how large they are, as its own file says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

Point = tuple[float, float]


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
    level
        What it works at, with its unit, the levels that it joins from the highest on: ``110/10 kV``.
    route
        The points between its ends, as the file draws it.
    """

    name: str
    kind: str
    start: str = ""
    end: str = ""
    capacity: float = 0.0
    unit: str = ""
    place: Point | None = None
    level: str = ""
    route: tuple[Point, ...] = ()


def read_route(points: Any) -> tuple[Point, ...]:
    """Return the points between the ends of a line that is drawn with them; none if it is no line."""
    if not isinstance(points, list | tuple):
        return ()
    found = [read_point(point) for point in points[1:-1] if isinstance(point, list | tuple)]
    return tuple(point for point in found if point is not None)


def read_coordinates(text: Any) -> Any:
    """Return the coordinates of a geometry in GeoJSON; none if it is not one."""
    try:
        return json.loads(text)["coordinates"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ()


def read_point(words: Sequence[Any]) -> Point | None:
    """Return a point, None if it is not one: a map is no reason to lose a run."""
    try:
        x, y = float(words[0]), float(words[1])
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return (x, y) if isfinite(x) and isfinite(y) else None

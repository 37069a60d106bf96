"""The land beneath the networks, drawn by hand from public coordinates, within about 3 km (P, coarse).

District outlines are no surveyed borders: rectangles of the area in ``inputs/districts.csv`` around the
planning centres (A).
"""

import json
from math import cos, radians, sqrt
from pathlib import Path

Point = tuple[float, float]

LINES: tuple[tuple[str, str, tuple[Point, ...]], ...] = (
    ("river", "Ili", ((77.10, 43.92), (77.04, 43.97), (76.97, 44.04), (76.90, 44.10))),
    ("river", "Ili", ((78.20, 43.77), (78.30, 43.79), (78.45, 43.80))),
    ("river", "Kaskelen", ((76.63, 43.21), (76.78, 43.44), (76.93, 43.60), (77.08, 43.72), (77.20, 43.77))),
    (
        "railway",
        "Almaty to Konaev",
        ((76.95, 43.34), (77.03, 43.47), (77.12, 43.67), (77.10, 43.78), (77.04, 43.87)),
    ),
    ("railway", "Zhetygen to Altynkol", ((77.12, 43.67), (77.30, 43.67), (77.60, 43.66), (78.20, 43.64))),
    (
        "motorway",
        "Almaty to Konaev",
        ((76.96, 43.30), (76.99, 43.42), (77.00, 43.55), (77.06, 43.70), (77.06, 43.86)),
    ),
)
RESERVOIR: tuple[Point, ...] = (
    *((77.10, 43.86), (77.10, 43.92), (77.25, 43.95), (77.45, 43.94), (77.65, 43.91), (77.85, 43.87)),
    *((78.05, 43.81), (78.20, 43.78), (78.05, 43.74), (77.85, 43.75), (77.65, 43.74), (77.45, 43.73)),
    *((77.30, 43.74), (77.20, 43.77), (77.13, 43.81), (77.10, 43.86)),
)
PLACES = (("Almaty", (76.95, 43.25)), ("Konaev", (77.06, 43.86)))
LONG_SIDES = {"SEZ": 1.8}
"""North to south over west to east; the others are squares."""
KM_PER_DEGREE = 111.2
FROM = "drawn by hand from public coordinates, within about 3 km; not for measuring"


def build(folder: Path, centres: dict[str, tuple[float, float]], areas_kha: dict[str, float]) -> None:
    """Write ``background.geojson``."""
    features = [
        _feature(
            "outline", name, "Polygon", [_rectangle(centres[name], 10.0 * area, LONG_SIDES.get(name, 1.0))]
        )
        for name, area in areas_kha.items()
    ]
    features.append(_feature("lake", "Kapchagai reservoir", "Polygon", [RESERVOIR]))
    features += [_feature(kind, name, "LineString", points) for kind, name, points in LINES]
    features += [_feature("place", name, "Point", point) for name, point in PLACES]
    rows = ",\n".join(json.dumps(feature) for feature in features)
    text = f'{{"type": "FeatureCollection", "features": [\n{rows}\n]}}\n'
    (folder / "background.geojson").write_text(text, encoding="utf-8")


def _feature(kind: str, name: str, geometry: str, coordinates: object) -> dict[str, object]:
    source = "A: planning centre and area, no surveyed border" if kind == "outline" else FROM
    return {
        "type": "Feature",
        "properties": {"kind": kind, "name": name, "source": source},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def _rectangle(centre: tuple[float, float], area_km2: float, long: float) -> list[Point]:
    """Return the corners of a rectangle of an area around a latitude and longitude, counterclockwise."""
    latitude, longitude = centre
    high = sqrt(area_km2 * long) / KM_PER_DEGREE / 2.0
    wide = sqrt(area_km2 / long) / KM_PER_DEGREE / cos(radians(latitude)) / 2.0
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return [(round(longitude + x * wide, 4), round(latitude + y * high, 4)) for x, y in corners]

"""`background.geojson`: the land beneath a scenario's networks, in longitude and latitude (RFC 7946)."""

import json
import re
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.text import parse_json, read_text

BACKGROUND = "background.geojson"
_MADE_BY = "GeoJSON in degrees, as a map program exports it"
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How deep the positions of each geometry lie in lists."""


def read_background(path: Path) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield the shapes of each feature, with the line on which it begins.

    Raises
    ------
    InvalidInput
        If it is no GeoJSON, with every feature that cannot be drawn.
    """
    text = read_text(path)
    content = parse_json(text, path.name, _MADE_BY)
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise InvalidInput([Mistake(path.name, 1, "not a FeatureCollection", _MADE_BY)])
    if "crs" in content and "4326" not in str(content["crs"]) and "CRS84" not in str(content["crs"]):
        raise InvalidInput([Mistake(path.name, 1, "in another coordinate system", "longitude and latitude")])
    mistakes, found = [], []
    for line, feature in zip(chain(_lines(text), repeat(0)), features, strict=False):
        try:
            found.append((line, _shapes(feature)))
        except ValueError as error:
            mistakes.append(Mistake(path.name, line, str(error), ", ".join(_DEPTH)))
    if mistakes:
        raise InvalidInput(mistakes)
    yield from found


def _lines(text: str) -> Iterator[int]:
    """Yield the line on which each feature begins."""
    begin, decoder = _FEATURES.search(text), json.JSONDecoder()
    place, line, counted = begin.end() if begin else len(text), 1, 0
    while between := _BETWEEN.match(text, place):
        place = between.end()
        if text[place : place + 1] in ("", "]"):
            return
        line += text.count("\n", counted, place)
        counted = place
        yield line
        place = decoder.raw_decode(text, place)[1]


def _shapes(feature: Any) -> list[dict[str, Any]]:
    """Return what is drawn of a feature.

    Raises
    ------
    ValueError
        If its geometry is none that can be drawn.
    """
    about = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in _DEPTH:
        raise ValueError(f"a feature without a geometry that can be drawn: {kind or 'none'}")
    about = about if isinstance(about, dict) else {}
    own = {key: about[key] for key in ("kind", "name") if about.get(key) is not None}
    areas = _nested(geometry.get("coordinates"), _DEPTH[kind])
    parts = [part for area in areas for part in area] if "Polygon" not in kind else None
    own |= {"filled": parts is None}
    return [own | {"parts": part} for part in (areas if parts is None else [parts])]


def _nested(coordinates: Any, depth: int) -> list[list[list[list[Any]]]]:
    """Return positions as areas of parts of longitude and latitude; heights are left out."""
    for _ in range(3 - depth):
        coordinates = [coordinates]
    try:
        return [[[[point[0], point[1]] for point in part] for part in area] for area in coordinates]
    except (TypeError, IndexError, KeyError):
        raise ValueError("coordinates that are no lists of longitude and latitude") from None

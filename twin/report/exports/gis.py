"""A run as layers of a GeoPackage, or as one GeoJSON file."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from twin.extras import needs
from twin.report.exports.headroom import Record
from twin.report.exports.layers import Layer, layers
from twin.report.exports.places import Places, Shape
from twin.report.folder import Folder
from twin.scenario.coordinates import DEGREES
from twin.scratch import scratch

MARK = "written by twin export"
_DTYPES = {float: "float64", int: "int64"}
_DECIMALS = 7
"""Of degrees: a centimetre, as RFC 7946 advises."""


def geopackage(folder: Folder, path: Path) -> list[str]:
    """Write a GeoPackage in the scenario's coordinate system.

    Returns
    -------
    list
        A line for each network that has assets without a place.

    Raises
    ------
    InvalidInput
        If the scenario's system is unknown, or the extra ``gis`` is not installed.
    """
    write = needs("pyogrio", "gis").write_dataframe
    frames = needs("geopandas", "gis")
    system = folder.scenario.crs
    places = Places(folder, system)
    own = scratch("gis") / "layers.gpkg"  # the driver writes files of its own beside it
    for layer in layers(folder, places):
        write(
            _frame(layer, system, frames),
            own,
            layer=layer.name,
            driver="GPKG",
            geometry_type=layer.geometry,
            layer_options={"DESCRIPTION": MARK},
            use_arrow=True,
        )
    path.write_bytes(own.read_bytes())
    own.unlink()
    return places.missing


def _frame(layer: Layer, system: str, frames: Any) -> Any:
    import pandas as pd

    shapely = needs("shapely", "gis")

    def made(shape: Shape) -> Any:
        return shapely.LineString(shape) if len(shape) > 1 else shapely.Point(shape[0]) if shape else None

    records = [record for record, _ in layer.features]
    cells = {
        name: pd.Series([_cell(record, name) for record in records], dtype=_DTYPES.get(kind, "object"))
        for name, kind in layer.columns.items()
    }
    shapes = [made(shape) for _, shape in layer.features]
    return frames.GeoDataFrame(cells, geometry=shapes, crs=system)


def _cell(record: Record, name: str) -> Any:
    """Return a value; a text that says nothing is none."""
    return None if (value := record.get(name)) == "" else value


def geojson(folder: Folder, path: Path) -> list[str]:
    """Write one GeoJSON file as RFC 7946 has it: degrees of WGS 84, the layer as a property.

    Returns and raises as `geopackage` does; the extra is needed only where the scenario is in another system.
    """
    places = Places(folder, DEGREES)
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"type": "FeatureCollection", "generator": "{MARK}", "features": [\n')
        for number, feature in enumerate(_features(layers(folder, places))):
            file.write(",\n" if number else "")
            file.write(json.dumps(feature, ensure_ascii=False, allow_nan=False, default=date.isoformat))
        file.write("\n]}\n")
    return places.missing


def _features(every: list[Layer]) -> Iterator[dict[str, Any]]:
    for layer in every:
        for record, shape in layer.features:
            properties = {"layer": layer.name, **{name: _cell(record, name) for name in layer.columns}}
            yield {"type": "Feature", "geometry": _geometry(shape), "properties": properties}


def _geometry(shape: Shape) -> dict[str, Any] | None:
    points = [[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in shape]
    match points:
        case []:
            return None
        case [point]:
            return {"type": "Point", "coordinates": point}
    return {"type": "LineString", "coordinates": points}

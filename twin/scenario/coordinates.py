"""Coordinate systems: what the scenario states of its files, and points from one into another."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from math import asin, cos, hypot, isfinite, radians, sin, sqrt
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.extras import needs
from twin.scenario.schema import Scenario
from twin.utilities.checking import Flaw
from twin.utilities.places import Point
from twin.utilities.registry import utilities

DEGREES = "EPSG:4326"
"""Degrees east and north of WGS 84: what districts are in, whatever the files are in."""
_FAR_KM = 200.0
"""No city is so large: a file farther away than this from the districts is of another place."""
_EARTH_KM = 6371.0

Move = Callable[[Sequence[Point]], list[Point | None]]


def centres(scenario: Scenario) -> dict[str, Point]:
    """Return the centre of each district that has one, degrees east and north."""
    return {
        name: (row.longitude, row.latitude)
        for name, row in scenario.districts.items()
        if row.longitude or row.latitude
    }


def mover(source: str, target: str) -> Move:
    """Return what takes points of one coordinate system into another; None for what has no place there.

    Raises
    ------
    InvalidInput
        If a system is unknown, or the extra ``gis`` is not installed though the two differ.
    """
    if source == target:
        return lambda points: [point if is_in(point, source) else None for point in points]
    transform = _transformer(source, target).transform

    def moved(points: Sequence[Point]) -> list[Point | None]:
        pairs = (transform(x, y) for x, y in points)
        return [(x, y) if isfinite(x) and isfinite(y) else None for x, y in pairs]

    return moved


def is_in(point: Point, system: str) -> bool:
    """Tell whether a point can be one of a system: degrees have an end."""
    return system != DEGREES or (abs(point[0]) <= 180.0 and abs(point[1]) <= 90.0)


def _transformer(source: str, target: str) -> Any:
    pyproj = needs("pyproj", "gis")
    systems = []
    for name in (source, target):
        try:
            systems.append(pyproj.CRS.from_user_input(name))
        except pyproj.exceptions.CRSError:
            remedy = "an EPSG code, such as EPSG:32643"
            raise InvalidInput([Mistake("crs", 0, f"{name} is no coordinate system", remedy)]) from None
    return pyproj.Transformer.from_crs(*systems, always_xy=True)


def misplaced(scenario: Scenario) -> Iterator[Flaw]:
    """Yield files whose coordinates cannot be the same place as the scenario's.

    What that place is, districts with coordinates say, or `crs`; without either nothing can be compared.
    """
    around = list(centres(scenario).values())
    if not around and "crs" not in scenario.model_fields_set:
        return
    checkable = scenario.crs == DEGREES or find_spec("pyproj") is not None
    if checkable and scenario.crs != DEGREES:
        try:
            _transformer(scenario.crs, DEGREES)
        except InvalidInput as error:
            yield Flaw(("crs",), error.mistakes[0].problem, error.mistakes[0].remedy)
            return
    for network, settings in scenario.simulated.items():
        points = _own_points(scenario, network)
        if points and (problem := _why_not(points, around, scenario.crs, checkable)):
            yield Flaw(
                ("networks", network, "file"),
                f"{settings.file}: coordinates ({_extent(points)}) {problem}",
                "crs: EPSG:... of the file",
            )


def _own_points(scenario: Scenario, network: str) -> list[Point]:
    """Return where a network's own file says that its nodes lie; nothing of one that cannot be read so.

    Such a file costs the map, which is told when it would be written, and not the run.
    """
    path = scenario.folder / scenario.simulated[network].file
    try:
        assets = utilities()[network].places(path, scenario)
    except Exception:
        return []
    return [asset.place for asset in assets if asset.place is not None]


def _why_not(points: list[Point], around: list[Point], system: str, checkable: bool) -> str:
    """Return why points cannot lie where the scenario is, empty if they can."""
    if not all(is_in(point, system) for point in points):
        return f"are no degrees of {system}"
    if not checkable:
        return ""
    box = _box(points)
    corners = mover(system, DEGREES)([(x, y) for x in box[::2] for y in box[1::2]])
    found = [corner for corner in corners if corner is not None and is_in(corner, DEGREES)]
    if len(found) < len(corners):
        return f"are none of {system}"
    apart = min((_distance_km(_box(found), centre) for centre in around), default=0.0)
    return f"lie {apart:,.0f} km from the nearest district" if apart > _FAR_KM else ""


def _box(points: Iterable[Point]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _extent(points: list[Point]) -> str:
    west, south, east, north = _box(points)
    return f"x {west:.7g} to {east:.7g}, y {south:.7g} to {north:.7g}"


def _distance_km(box: tuple[float, float, float, float], point: Point) -> float:
    """Return how far a point lies from a box of degrees: the haversine of the nearest of its points."""
    x, y = min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])
    across = sin(radians(point[0] - x) / 2.0) * sqrt(cos(radians(y)) * cos(radians(point[1])))
    return 2.0 * _EARTH_KM * asin(min(1.0, hypot(sin(radians(point[1] - y) / 2.0), across)))

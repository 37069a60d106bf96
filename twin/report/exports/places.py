"""Where what a run tells of lies, in one coordinate system; what has no place is named, not guessed."""

from collections.abc import Iterable

from twin.errors import counted, listed
from twin.report.folder import Folder, Row
from twin.scenario.coordinates import DEGREES, centres, mover

Point = tuple[float, float]
Shape = tuple[Point, ...]
"""One point, a line of two or more, or nothing."""


class Places:
    """Points of assets, capacities, sites and districts.

    Parameters
    ----------
    system
        What the points are given in.

    Attributes
    ----------
    missing
        A line for each network of which some assets have no place.

    Raises
    ------
    InvalidInput
        If the scenario's system is unknown, or the extra ``gis`` is needed and not installed.
    """

    def __init__(self, folder: Folder, system: str) -> None:
        self._scenario = folder.scenario
        self._points: dict[str, Point] = {}
        self._ends: dict[str, tuple[str, str]] = {}
        self._brought: dict[str, list[str]] = {}
        self._routes: dict[str, tuple[Point, ...]] = {}
        self._levels: dict[str, str] = {}
        self.missing: list[str] = []
        networks: dict[str, list[Row]] = {}
        for row in folder.table("assets"):
            networks.setdefault(row["network"], []).append(row)
            self._ends[row["asset"]] = row["from"], row["to"]
            self._levels[row["asset"]] = row.get("level", "")
            self._brought.setdefault(row["site"], []).append(row["asset"])
        for network, rows in networks.items():
            self._place(network, rows, system)
        found = mover(DEGREES, system)(list((points := centres(self._scenario)).values()))
        self._centres = dict(zip(points, found, strict=True))

    def _place(self, network: str, rows: list[Row], system: str) -> None:
        """Move a network's points; one that has none of its own stands by its districts, in degrees."""
        own = self._scenario.crs if any(row["placed"] == "file" for row in rows) else DEGREES
        lying = [row for row in rows if row["placed"] != "layout"]
        move = mover(own, system)
        moved = move([(float(row["x"]), float(row["y"])) for row in lying])
        apart = len(lying) - sum(point is not None for point in moved)
        if apart:
            # where some cannot be of the system, the others are of another one too
            said = f"{apart} of {counted(len(rows), 'asset')} outside {own}"
            self.missing.append(
                f"{network}: {said}: all are exported without geometry (crs in scenario.yaml)"
            )
            return
        self._points |= {row["asset"]: p for row, p in zip(lying, moved, strict=True) if p is not None}
        for row in lying:
            if route := row.get("route"):
                between = [point.split() for point in route.split(";")]
                found = move([(float(x), float(y)) for x, y in between])
                self._routes[row["asset"]] = tuple(point for point in found if point is not None)
        without = [row["asset"] for row in rows if row["placed"] == "layout"]
        if without:
            said = f"exported without geometry, for want of coordinates: {counted(len(without), 'asset')}"
            self.missing.append(f"{network}: {said}: {listed(without)}")

    def asset(self, name: str) -> Point | None:
        """Return where an asset lies; a link in the middle of its ends."""
        return self._points.get(name)

    def shape(self, name: str) -> Shape:
        """Return an asset as a line if it joins two places, else as a point; nothing if it has no place."""
        start, end = (self._points.get(node) for node in self._ends[name])
        if start and end and start != end:
            return start, *self._routes.get(name, ()), end
        return as_shape(self._points.get(name))

    def capacity(self, name: str) -> Point | None:
        """Return the middle of a capacity's members."""
        return _middle(self._points.get(asset) for asset in self._scenario.capacities.get(name, ()))

    def highest_level(self, name: str, unit: str) -> float | None:
        """Return the highest level in a unit at which a capacity's members work, None where none has any."""
        members = self._scenario.capacities.get(name, ())
        own = [level for asset in members if (level := self._levels.get(asset, "")).endswith(f" {unit}")]
        return max((float(part) for level in own for part in level[: -len(unit)].split("/")), default=None)

    def site(self, name: str, district: str) -> Point | None:
        """Return the middle of what a site brings into service, else of its districts."""
        brought = _middle(self._points.get(asset) for asset in self._brought.get(name, ()))
        return brought or _middle(self._centres.get(own) for own in district.split(">"))

    def district(self, name: str) -> Point | None:
        """Return a district's centre."""
        return self._centres.get(name)


def as_shape(point: Point | None) -> Shape:
    """Return a point as a shape."""
    return () if point is None else (point,)


def _middle(points: Iterable[Point | None]) -> Point | None:
    found = [point for point in points if point is not None]
    if not found:
        return None
    return sum(x for x, _ in found) / len(found), sum(y for _, y in found) / len(found)

"""The map: every asset with its place, size and colour by month, and the histories behind a click."""

import base64
from itertools import groupby
from typing import Any

import numpy as np

from twin.report.folder import Folder, Row, number
from twin.report.usage import ABSENT, FREE, Matrix, Rules, Signals, classes

_MONTHLY_SIGNALS = 2500
"""Beyond so many signals histories are kept by year."""
_YEARLY_SIGNALS = 12000
_STEPS, _NO_NUMBER = 65_000, 65_535
_KM_PER_DEGREE = 111.2
_LETTERS = dict(zip("01234", "ABCDE", strict=True))


def atlas(folder: Folder, signals: Signals) -> dict[str, Any] | None:
    """Return the assets as columns, None if the folder has no places.

    Returns
    -------
    dict
        ``asset``, ``network``, ``kind``, ``x``, ``y`` (0 to 1 in the longer direction, y upwards), ``from``
        and ``to`` (index of a node, -1 for none), ``size`` (0 to 1 among its kind), ``capacity``, ``unit``,
        ``district``, ``site``, ``flow`` (-1 if it runs against the file's direction over the whole run),
        ``turns`` (by link whose flow turns round, its sign in each month), ``classes``; ``land``, the shapes
        of the background in the same frame; ``km``, what its longer direction measures, None where that is
        not known.
    """
    rows = folder.table("assets")
    if not rows:
        return None
    index = {row["asset"]: i for i, row in enumerate(rows)}
    nodes = index | {row["asset"]: i for i, row in enumerate(rows) if not row["from"]}
    letters = classes(folder, signals)
    _stand_with_their_nodes(rows, letters, len(folder.months))
    frame = _Frame(rows, folder)
    return {
        **{
            key: [row[key] for row in rows]
            for key in ("asset", "network", "kind", "unit", "district", "site")
        },
        "retired": [row["retired_by"] for row in rows],
        "x": [frame.x(row) for row in rows],
        "y": [frame.y(row) for row in rows],
        "routes": {i: frame.route(row) for i, row in enumerate(rows) if row.get("route")},
        "from": [nodes.get(row["from"], -1) for row in rows],
        "to": [nodes.get(row["to"], -1) for row in rows],
        "capacity": [number(row["capacity"]) for row in rows],
        "size": _sizes(rows),
        "flow": _directions(rows, signals, Rules(folder)),
        "turns": _turns(signals, Rules(folder)),
        "classes": [letters[row["asset"]] for row in rows],
        "drawn": sum(row["placed"] != "file" for row in rows),
        "districts": frame.districts(folder),
        "land": frame.land(folder),
        "km": frame.kilometres(),
        "sites": _sites(folder, rows, frame),
        "links": [
            [index[link.asset], nodes[link.to], link.kind]
            for link in folder.scenario.links
            if link.asset in index and link.to in index
        ],
        "members": {
            name: [index[asset] for asset in members if asset in index]
            for name, members in folder.scenario.capacities.items()
        },
    }


def packed(letters: str) -> str:
    """Return runs of equal months as a letter and a count: ``0011.`` becomes ``A2B2.1``."""
    return "".join(f"{_LETTERS.get(key, key)}{len(list(same))}" for key, same in groupby(letters))


def squeezed(told: dict[str, Any]) -> dict[str, Any]:
    """Return histories with each row of numbers as its lowest, a step, and steps in two bytes as base64.

    A step is a 65,000th of the row's range, which is finer than what is drawn; 65,535 stands for no number.
    """
    return told | {name: [_squeezed(row) for row in told[name]] for name in ("mean", "high", "low")}


def _squeezed(row: list[float | None]) -> list[Any]:
    values = np.array([np.nan if value is None else value for value in row])
    known = ~np.isnan(values)
    if not row:
        return []
    low = float(values[known].min()) if known.any() else 0.0
    step = float(values[known].max() - low) / _STEPS if known.any() else 0.0
    steps = np.full(len(row), _NO_NUMBER, dtype="<u2")
    steps[known] = np.rint((values[known] - low) / (step or 1.0))
    return [low, float(f"{step:.9g}"), base64.b64encode(steps.tobytes()).decode()]


def histories(folder: Folder, signals: Signals) -> dict[str, Any]:
    """Return what is drawn when an asset is opened: per signal the mean and its extremes by month or year.

    ``row`` gives the signals of each asset, ``kind`` what each is. The lowest value is kept where low hurts.
    """
    rules = Rules(folder)
    shown = [rules.reading(*key) for key in zip(signals.assets, signals.quantities, strict=True)]
    keep = [row for row, reading in enumerate(shown) if reading.get("drawn", True)]
    yearly = len(keep) > _MONTHLY_SIGNALS
    if len(keep) > _YEARLY_SIGNALS:
        keep = [row for row in keep if np.nansum(signals.over[row]) > 0.0][:_YEARLY_SIGNALS]
    rows: dict[str, list[int]] = {}
    for place, row in enumerate(keep):
        rows.setdefault(signals.assets[row], []).append(place)
    kinds: dict[tuple[Any, ...], int] = {}
    own = [
        (
            signals.quantities[row],
            signals.units[row],
            rules.bounds(signals.assets[row], signals.quantities[row]),
            bool(shown[row].get("lost")),
        )
        for row in keep
    ]
    low = _series(signals.minimum[keep], yearly, np.fmin.reduce)
    return {
        "yearly": yearly,
        "row": rows,
        "kind": [kinds.setdefault(kind, len(kinds)) for kind in own],
        "kinds": [dict(zip(("quantity", "unit", "limit", "lost"), kind, strict=True)) for kind in kinds],
        "mean": _series(signals.mean[keep], yearly, _mean),
        "high": _series(signals.maximum[keep], yearly, np.fmax.reduce),
        "low": [values if shown[row].get("low_hurts") else [] for row, values in zip(keep, low, strict=True)],
    }


def _series(values: Matrix, yearly: bool, by_year: Any) -> list[list[float | None]]:
    """Return rows of numbers to four digits, None where there are none."""
    if yearly:
        whole = np.full((len(values), -(-values.shape[1] // 12) * 12), np.nan)
        whole[:, : values.shape[1]] = values
        values = by_year(whole.reshape(len(values), -1, 12), axis=2)
    return [[float(f"{v:.4g}") if v == v else None for v in row] for row in values.tolist()]


def _mean(values: Matrix, axis: int) -> Matrix:
    count = np.isfinite(values).sum(axis=axis)
    return np.where(count > 0, np.nansum(values, axis=axis) / np.fmax(count, 1), np.nan)


class _Frame:
    """Turns coordinates into the unit frame of the map; networks in other units get a frame of their own."""

    def __init__(self, rows: list[Row], folder: Folder) -> None:
        boxes: dict[str, tuple[float, float, float, float]] = {}
        for network in dict.fromkeys(row["network"] for row in rows):
            own = [(float(row["x"]), float(row["y"])) for row in rows if row["network"] == network]
            xs, ys = zip(*own, strict=True)
            boxes[network] = min(xs), min(ys), max(xs), max(ys)
        self._geographic = all(
            -180 <= b[0] <= b[2] <= 180 and -90 <= b[1] <= b[3] <= 90 for b in boxes.values()
        )
        together = (
            min(b[0] for b in boxes.values()),
            min(b[1] for b in boxes.values()),
            max(b[2] for b in boxes.values()),
            max(b[3] for b in boxes.values()),
        )
        apart = any(_apart(a, b) for a in boxes.values() for b in boxes.values())
        placed = {row["placed"] for row in rows}
        self._shared = not apart and "layout" not in placed
        self._geographic &= self._shared and bool(_centres(folder))
        if self._geographic:
            together = _around(together, _centres(folder))
        self._box = together
        self._boxes = dict.fromkeys(boxes, together) if self._shared else boxes
        self._squeeze = np.cos(np.radians((together[1] + together[3]) / 2.0)) if self._geographic else 1.0

    def x(self, row: Row) -> float:
        return self._scaled(row["network"], float(row["x"]), 0)

    def y(self, row: Row) -> float:
        return self._scaled(row["network"], float(row["y"]), 1)

    def route(self, row: Row) -> list[list[float]]:
        """Return the points between a link's ends."""
        points = [point.split() for point in row["route"].split(";")]
        return [
            [self._scaled(row["network"], float(point[axis]), axis) for axis in (0, 1)] for point in points
        ]

    def districts(self, folder: Folder) -> list[dict[str, Any]]:
        """Return the districts as circles of their true area, where the map is one of degrees."""
        if not self._geographic:
            return []
        kilometres = _KM_PER_DEGREE * self._span(self._box)
        people = _people(folder)
        return [
            {
                "name": name,
                "x": self._scaled("", longitude, 0),
                "y": self._scaled("", latitude, 1),
                "radius": round(float(np.sqrt(area * 10.0 / np.pi)) / kilometres, 4),
                "area_kha": area,
                "people": people.get(name, []),
            }
            for name, (longitude, latitude, area) in _centres(folder).items()
        ]

    def land(self, folder: Folder) -> list[dict[str, Any]]:
        """Return the shapes of the background, where the map is one of degrees."""
        shapes = folder.scenario.background if self._geographic else ()
        return [
            {
                "kind": shape.kind,
                "name": shape.name,
                "filled": shape.filled,
                "parts": [
                    [[self._scaled("", point[axis], axis) for axis in (0, 1)] for point in part]
                    for part in shape.parts
                ],
            }
            for shape in shapes
        ]

    def kilometres(self) -> float | None:
        """Return what the longer direction of the map measures, None where its units are not known."""
        return round(_KM_PER_DEGREE * self._span(self._box), 3) if self._geographic else None

    def _span(self, box: tuple[float, float, float, float]) -> float:
        return max((box[2] - box[0]) * self._squeeze, box[3] - box[1]) or 1.0

    def _scaled(self, network: str, value: float, axis: int) -> float:
        box = self._boxes.get(network, self._box)
        shrink = self._squeeze if axis == 0 else 1.0
        return round(float((value - box[axis]) * shrink / self._span(box)), 5)


def _centres(folder: Folder) -> dict[str, tuple[float, float, float]]:
    return {
        name: (row.longitude, row.latitude, row.area_kha)
        for name, row in folder.scenario.districts.items()
        if row.latitude and row.longitude
    }


def _people(folder: Folder) -> dict[str, list[float | None]]:
    """Return who lives in each district by month, None in months that were not simulated."""
    place = {month: i for i, month in enumerate(folder.months)}
    people: dict[str, list[float | None]] = {}
    for row in folder.table("people"):
        own = people.setdefault(row["district"], [None] * len(place))
        own[place[row["month"]]] = number(row["people"])
    return people


def _around(
    box: tuple[float, float, float, float], centres: dict[str, tuple[float, float, float]]
) -> tuple[float, float, float, float]:
    """Widen a box of degrees to hold the districts' circles."""
    west, south, east, north = box
    for longitude, latitude, area in centres.values():
        high = float(np.sqrt(area * 10.0 / np.pi)) / _KM_PER_DEGREE
        wide = high / float(np.cos(np.radians(latitude)))
        west, east = min(west, longitude - wide), max(east, longitude + wide)
        south, north = min(south, latitude - high), max(north, latitude + high)
    return west, south, east, north


def _apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] > b[2] or b[0] > a[2] or a[1] > b[3] or b[1] > a[3]


def _sizes(rows: list[Row]) -> list[float]:
    """Return capacity over the largest of the same kind and unit, 0 where none is stated."""
    largest: dict[tuple[str, str], float] = {}
    values = [number(row["capacity"]) or 0.0 for row in rows]
    for row, value in zip(rows, values, strict=True):
        key = row["kind"], row["unit"]
        largest[key] = max(largest.get(key, 0.0), value)
    return [
        round(value / (largest[row["kind"], row["unit"]] or 1.0), 3)
        for row, value in zip(rows, values, strict=True)
    ]


def _directions(rows: list[Row], signals: Signals, rules: Rules) -> list[int]:
    """Return -1 for links whose flow runs against the order of their ends, else 1."""
    against = {
        asset
        for row, (asset, quantity) in enumerate(zip(signals.assets, signals.quantities, strict=True))
        if rules.reading(asset, quantity).get("along") and np.nansum(signals.mean[row]) < 0.0
    }
    return [-1 if row["asset"] in against else 1 for row in rows]


def _turns(signals: Signals, rules: Rules) -> dict[str, str]:
    """Return by link whose flow turns round within the run a sign for each month: ``+`` along the file."""
    turning = {}
    for row, (asset, quantity) in enumerate(zip(signals.assets, signals.quantities, strict=True)):
        mean = np.nan_to_num(signals.mean[row])
        if rules.reading(asset, quantity).get("along") and mean.min() < 0.0 < mean.max():
            turning[asset] = "".join("-" if value < 0.0 else "+" for value in mean)
    return turning


def _stand_with_their_nodes(rows: list[Row], letters: dict[str, str], months: int) -> None:
    """Say when assets without signals of their own stand: links with both ends, nodes with any link."""
    joined: dict[str, list[str]] = {}
    for row in rows:
        for end in (row["from"], row["to"]):
            if row["asset"] in letters:
                joined.setdefault(end, []).append(letters[row["asset"]])
    for row in rows:
        if row["asset"] not in letters:
            ends = [letters[end] for end in (row["from"], row["to"]) if end in letters]
            every, absent = (ends, any) if ends else (joined.get(row["asset"], []), all)
            letters[row["asset"]] = "".join(
                ABSENT if absent(one[month] == ABSENT for one in every) else FREE for month in range(months)
            )


def _sites(folder: Folder, rows: list[Row], frame: _Frame) -> list[dict[str, Any]]:
    """Return planned sites with the middle of what they bring into service, or of their district."""
    centres = {row["name"]: (row["x"], row["y"]) for row in frame.districts(folder)}
    sites = []
    for site in folder.table("sites"):
        own = [(frame.x(row), frame.y(row)) for row in rows if row["site"] == site["site"]]
        own = own or [centres[name] for name in site["district"].split(">") if name in centres]
        if own:
            x, y = (round(sum(p[i] for p in own) / len(own), 5) for i in (0, 1))
            sites.append({"site": site["site"], "x": x, "y": y, "commissioned": site["commissioned"][:7]})
    return sites

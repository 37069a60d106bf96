"""The layers of a map: assets, headroom, violations, sites, queue and districts, each row with its shape."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from twin.columns import columns
from twin.report.exports.headroom import Columns, Record, amount_columns, amounts, tightest
from twin.report.exports.places import Places, Shape, as_shape
from twin.report.folder import Folder, Row, number
from twin.results.tables import SiteRow
from twin.scenario.currency import told, told_keys

Feature = tuple[Record, Shape]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes
    ----------
    geometry
        ``Point`` or ``LineString``.
    columns
        Name to kind: text, number, whole number or date.
    features
        Rows with their shapes; an empty shape has no place.
    """

    name: str
    geometry: str
    columns: Columns
    features: list[Feature]


def layers(folder: Folder, places: Places) -> list[Layer]:
    """Return every layer of a run, the empty ones too."""
    return [
        *_assets(folder, places),
        _layer("headroom", _headroom_columns(folder), _headroom(folder, places)),
        _layer("violations", _VIOLATIONS, _violations(folder, places)),
        _layer("sites", _site_columns(folder), _sites(folder, places)),
        _layer("queue", _QUEUE, _queue(folder, places)),
        _layer("districts", _DISTRICTS, _districts(folder, places)),
    ]


def _layer(name: str, kinds: Columns, features: Iterable[Feature]) -> Layer:
    return Layer(name, "Point", kinds, list(features))


_ASSETS: Columns = {
    **dict.fromkeys(("asset", "network", "kind"), str),
    "capacity": float,
    **dict.fromkeys(("capacity_unit", "district", "site", "retired_by"), str),
    "level": str,
    "over_limit_h": float,
    "placed": str,
}


def _assets(folder: Folder, places: Places) -> Iterator[Layer]:
    hours = _hours(folder)
    features: dict[str, list[Feature]] = {"Point": [], "LineString": []}
    for row in folder.table("assets"):
        shape = places.shape(row["asset"])
        record = {name: row.get(name, "") for name in _ASSETS} | {
            "capacity": number(row["capacity"]),
            "capacity_unit": row["unit"],
            "over_limit_h": hours.get(row["asset"], 0.0),
        }
        ends = {"from_asset": row["from"], "to_asset": row["to"]} if len(shape) > 1 else {}
        features["LineString" if ends else "Point"].append((record | ends, shape))
    yield _layer("asset_points", _ASSETS, features["Point"])
    joined = _ASSETS | {"from_asset": str, "to_asset": str}
    yield Layer("asset_lines", "LineString", joined, features["LineString"])


def _hours(folder: Folder) -> dict[str, float]:
    """Return how long each asset was beyond limits of its own, in all."""
    table = folder.monthly
    if table is None:
        return {}
    summed = table.group_by("asset").aggregate([("hours_over_limit", "sum")]).to_pydict()
    return dict(zip(summed["asset"], summed["hours_over_limit_sum"], strict=True))


def _headroom_columns(folder: Folder) -> Columns:
    return {
        **dict.fromkeys(("capacity_name", "network", "kind"), str),
        "year": int,
        **dict.fromkeys(("month", "worst_outage", "first_breach", "relieved_by"), str),
        "latest_safe_start": date,
        **amount_columns(folder),
    }


def _headroom(folder: Folder, places: Places) -> Iterator[Feature]:
    """Yield each capacity's tightest month of each year, and its first breach in that year."""
    breaches: dict[tuple[str, str], Row] = {}
    for row in folder.table("headroom"):
        if row["first_breach"] == "yes":
            breaches.setdefault((row["capacity_name"], row["month"][:4]), row)
    for row in tightest(folder):
        breach = breaches.get((row["capacity_name"], row["month"][:4]), {})
        record = {
            **{name: row[name] for name in ("capacity_name", "network", "kind", "month", "worst_outage")},
            "year": int(row["month"][:4]),
            "first_breach": breach.get("month", ""),
            "relieved_by": breach.get("relieved_by", ""),
            "latest_safe_start": _day(breach.get("latest_safe_start", "")),
        }
        yield record | amounts(row), as_shape(places.capacity(row["capacity_name"]))


_VIOLATIONS: Columns = {
    **dict.fromkeys(("asset", "quantity"), str),
    "year": int,
    "limit": float,
    "worst": float,
    "unit": str,
    "duration_h": float,
    **dict.fromkeys(("first_seen", "cause"), str),
}


def _violations(folder: Folder, places: Places) -> Iterator[Feature]:
    """Yield each broken limit by year: its worst month, and how long it was broken in the year."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in folder.table("violations"):
        # a signal may break its lower and its upper bound
        low = float(row["worst"]) < float(row["limit"])
        found.setdefault((row["asset"], row["quantity"], row["month"][:4], str(low)), []).append(row)
    for rows in found.values():
        worst = max(rows, key=lambda row: abs(float(row["worst"]) - float(row["limit"])))
        record = {
            **{name: worst[name] for name in ("asset", "quantity", "unit", "cause")},
            "year": int(worst["month"][:4]),
            "limit": float(worst["limit"]),
            "worst": float(worst["worst"]),
            "duration_h": sum(float(row["hours"]) for row in rows),
            "first_seen": min(row["first_seen"] for row in rows),
        }
        point = places.asset(worst["asset"]) or places.capacity(worst["asset"])
        yield record, as_shape(point)


def _site_columns(folder: Folder) -> Columns:
    return {told(column.name, folder.currency): column.kind for column in columns(SiteRow)}


def _sites(folder: Folder, places: Places) -> Iterator[Feature]:
    readers: dict[type, Callable[[str], Any]] = {float: number, date: _day}
    for row in folder.table("sites"):
        record = {c.name: readers.get(c.kind, str)(row[c.name]) for c in columns(SiteRow)}
        yield told_keys(record, folder.currency), as_shape(places.site(row["site"], row["district"]))


_QUEUE: Columns = {
    **dict.fromkeys(("development", "district", "utility", "capacity_name", "missing_site"), str),
    **dict.fromkeys(("first_month", "last_month"), str),
    "waiting_months": int,
}


def _queue(folder: Folder, places: Places) -> Iterator[Feature]:
    """Yield who waited for which capacity, and how long."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in folder.table("queue"):
        found.setdefault((row["development"], row["utility"], row["capacity_name"]), []).append(row)
    for (name, utility, capacity), rows in found.items():
        months = sorted({row["month"] for row in rows})
        district = _district(folder, name)
        record = {
            "development": name,
            "district": district,
            "utility": utility,
            "capacity_name": capacity,
            "missing_site": rows[-1]["missing_site"],
            "first_month": months[0],
            "last_month": months[-1],
            "waiting_months": len(months),
        }
        yield record, as_shape(places.district(district))


def _district(folder: Folder, waiting: str) -> str:
    """Return the district of a development, or of a year of housing: ``housing Gate 2030``."""
    if waiting in folder.scenario.developments:
        return folder.scenario.developments[waiting].district
    return waiting.removeprefix("housing ").rpartition(" ")[0]


_DISTRICTS: Columns = {
    **dict.fromkeys(("district", "use"), str),
    "year": int,
    "people": float,
    "area_kha": float,
    "storeys": int,
}


def _districts(folder: Folder, places: Places) -> Iterator[Feature]:
    """Yield each district in each year, with the people at its end; once if there are no people."""
    people: dict[str, dict[int, float | None]] = {}
    for row in folder.table("people"):
        people.setdefault(row["district"], {})[int(row["month"][:4])] = number(row["people"])
    first = int(folder.months[0][:4])
    for name, own in folder.scenario.districts.items():
        about = {"district": name, "use": own.use, "area_kha": own.area_kha, "storeys": own.storeys}
        for year, count in people.get(name, {first: None}).items():
            yield about | {"year": year, "people": count}, as_shape(places.district(name))


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None

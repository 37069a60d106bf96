"""Roads of Alatau (A): the highway Almaty-Konaev through four districts, a grid of main streets in each.

Lengths of the sites are those of ``inputs/sites.csv``; all else is a planning assumption.
"""

import csv
from pathlib import Path

Row = dict[str, object]

WEST_EAST_DEG, NORTH_SOUTH_DEG = 0.03, 0.022
"""From a district's centre to the middle of each of its four zones."""
CENTRES = {
    "Gate": (77.00, 43.42),
    "Golden": (76.95, 43.55),
    "Growing": (77.12, 43.68),
    "Green": (77.06, 43.84),
    "SEZ": (77.30, 43.62),
}
ALMATY = (76.96, 43.30)
SIDES = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}
HIGHWAY = (
    ("HW-ALMATY-GATE", "H-ALMATY", "H-GATE", 14.0, 2),
    ("HW-GATE-GOLDEN", "H-GATE", "H-GOLDEN", 21.0, 2),
    ("HW-GOLDEN-GROWING", "H-GOLDEN", "H-GROWING", 16.0, 2),
    ("HW-GROWING-GREEN", "H-GROWING", "H-GREEN", 18.0, 2),
    ("RD-GROWING-SEZ", "H-GROWING", "H-SEZ", 12.0, 1),
)
"""What stands today: name, ends, km, lanes each way; the last is a country road."""
FORKS = (("RD-GATE-SEZ", "H-GATE", "H-SEZ", 36.0, 1), ("RD-GOLDEN-GREEN", "H-GOLDEN", "H-GREEN", 38.0, 1))
"""Country roads beside the highway (A)."""
SITES = (
    ("R01-GATE-GOLDEN", "H-GATE", "H-GOLDEN", 21.0, 1),
    ("R02-GOLDEN-GROWING", "H-GOLDEN", "H-GROWING", 16.0, 1),
    ("R03-GROWING-SEZ", "H-GROWING", "H-SEZ", 12.0, 2),
)
"""What the sites add: lanes each way beside those that stand."""
BENDS: dict[tuple[str, str], tuple[tuple[float, float], ...]] = {
    ("H-ALMATY", "H-GATE"): ((76.966, 43.34), (76.985, 43.385)),
    ("H-GATE", "H-GOLDEN"): ((76.992, 43.455), (76.968, 43.505), (76.945, 43.53)),
    ("H-GOLDEN", "H-GROWING"): ((76.952, 43.585), (77.0, 43.625), (77.07, 43.66)),
    ("H-GROWING", "H-GREEN"): ((77.103, 43.73), (77.075, 43.78), (77.052, 43.815)),
    ("H-GROWING", "H-SEZ"): ((77.16, 43.672), (77.23, 43.645)),
    ("H-GATE", "H-SEZ"): ((77.06, 43.46), (77.16, 43.54), (77.25, 43.59)),
    ("H-GOLDEN", "H-GREEN"): ((76.925, 43.63), (76.95, 43.73), (77.0, 43.8)),
}
"""Where country roads bend, longitude and latitude (A)."""
SPEED_KMH = {"HW": (100, 1800), "R": (100, 1800), "RD": (80, 1200), "IC": (50, 1000), "ST": (45, 900)}
"""By kind, free speed and capacity of a lane, veh/h (N, orders of size of the Highway Capacity Manual)."""
INTERCHANGE_LANES = {"Gate": 2}
STREET_LANES = {"Gate": 4, "Golden": 3, "Growing": 4, "Green": 2, "SEZ": 3}
"""Lanes each way of all main streets between a zone and its district's centre, as one grid."""
NORMS: dict[str, tuple[str, str, tuple[float, float, float, float]]] = {
    "workers_per_resident": ("1", "A", (0.45, 0.45, 0.45, 0.45)),
    "local_jobs_per_resident": ("1", "A, besides the projects' jobs", (0.25, 0.25, 0.25, 0.25)),
    "other_trips_per_resident": ("1", "A", (1.2, 1.2, 1.2, 1.2)),
    "car_share": ("1", "A", (0.5, 0.5, 0.5, 0.5)),
    "freight_trips_per_job": ("1", "A, car units", (0.6, 0.6, 0.6, 0.6)),
}
PROFILES = {
    "trips_to_work": (
        *(0.3, 0.2, 0.2, 0.3, 1, 3, 9, 28, 18, 8, 4, 3, 4, 5, 4, 3, 2.5, 2, 1.5, 1, 0.8, 0.6, 0.4, 0.2),
    ),
    "trips_from_work": (
        *(0.4, 0.2, 0.2, 0.2, 0.2, 0.3, 1, 2, 2, 2, 2, 3, 5, 5, 4, 6, 11, 31, 14, 5, 2.5, 1.5, 1, 0.5),
    ),
    "other_trips": (
        *(0.4, 0.2, 0.2, 0.2, 0.3, 0.8, 2, 4.5, 6, 6, 6, 6, 6, 6, 6, 6.5, 8, 9.4, 9.1, 6.5, 5, 3, 1.5, 0.4),
    ),
    "freight_trips": (
        *(1, 1, 1, 1.5, 2, 3, 4.5, 6, 7, 8, 8, 7.5, 6.5, 6.5, 7, 7, 6, 5, 4, 3, 2.5, 2, 1.5, 1.2),
    ),
}
"""Hours of the day, of any scale (A): of all trips together 12 % in the hour from 17."""


def build(folder: Path) -> dict[str, list[Row]]:
    """Write the network's files; return rows of the scenario's tables."""
    (folder / "roads").mkdir(exist_ok=True)
    _write(folder / "roads" / "node.csv", _nodes())
    _write(folder / "roads" / "link.csv", _links())
    return {
        "zones": [{"zone": "Almaty", "external": "true"}],
        "demand_points": [
            {"asset": f"roads/{district}-{side}", "district": district, "weight": 1}
            for district in CENTRES
            for side in SIDES
        ],
        "site_changes": _changes(),
        "capacities": _capacities(),
        "gates": [
            {"site": "R01", "district": "Golden", "source": "A: housing and projects from July 2030 on"},
            {"site": "R03", "district": "SEZ", "source": "A: projects from 2030 on"},
        ],
    }


def profile_columns(rows: list[Row]) -> list[Row]:
    """Return the profiles with the columns of trips."""
    return [
        {**row, **{name: values[int(str(row["hour"]))] for name, values in PROFILES.items()}} for row in rows
    ]


def _nodes() -> list[Row]:
    rows: list[Row] = [_node("H-ALMATY", ALMATY), _node("Z-ALMATY", (ALMATY[0], ALMATY[1] - 0.05), "Almaty")]
    for district, (x, y) in CENTRES.items():
        rows.append(_node(f"H-{district.upper()}", (x - 0.012, y)))
        rows.append(_node(f"C-{district.upper()}", (x, y)))
        for side, (east, north) in SIDES.items():
            at = (round(x + east * WEST_EAST_DEG, 4), round(y + north * NORTH_SOUTH_DEG, 4))
            rows.append(_node(f"Z-{district.upper()}-{side}", at, f"{district}-{side}"))
    return rows


def _node(name: str, at: tuple[float, float], zone: str = "") -> Row:
    return {"node_id": name, "x_coord": round(at[0], 4), "y_coord": round(at[1], 4), "zone_id": zone}


def _links() -> list[Row]:
    rows = [_link(*road) for road in (*HIGHWAY, *FORKS)]
    rows += [_link(*road, in_service="false") for road in SITES]
    rows.append(_link("HW-ALMATY", "Z-ALMATY", "H-ALMATY", 6.0, 4))
    for district in CENTRES:
        own = district.upper()
        lanes = INTERCHANGE_LANES.get(district, 3)
        rows.append(_link(f"IC-{own}", f"H-{own}", f"C-{own}", 1.0, lanes))
        for side in SIDES:
            ends = f"C-{own}", f"Z-{own}-{side}"
            rows.append(_link(f"ST-{own}-{side}", *ends, 2.5, STREET_LANES[district]))
        for side, following in zip(SIDES, [*list(SIDES)[1:], "N"], strict=True):
            ends = f"Z-{own}-{side}", f"Z-{own}-{following}"
            rows.append(_link(f"ST-{own}-{side}{following}", *ends, 3.5, 2))
    return rows


def _link(name: str, begin: str, end: str, km: float, lanes: int, in_service: str = "true") -> Row:
    speed, capacity = SPEED_KMH[_kind(name)]
    return {
        "link_id": name,
        "from_node_id": begin,
        "to_node_id": end,
        "directed": "false",
        "length": km,
        "free_speed": speed,
        "lanes": lanes,
        "capacity": capacity,
        "vdf_alpha": 0.15,
        "vdf_beta": 4,
        "in_service": in_service,
        "geometry": _geometry(begin, end),
    }


def _geometry(begin: str, end: str) -> str:
    """Return a road as well-known text, with its bends; streets are straight, and say nothing."""
    if (begin, end) not in BENDS:
        return ""
    places = {str(row["node_id"]): (row["x_coord"], row["y_coord"]) for row in _nodes()}
    points = (places[begin], *BENDS[begin, end], places[end])
    return f"LINESTRING ({', '.join(f'{x} {y}' for x, y in points)})"


def both(name: str) -> tuple[str, str]:
    """Return both directions of a road."""
    return f"roads/{name}", f"roads/{name} back"


def _changes() -> list[Row]:
    """Return what sites do: works narrow the road beside them, and commissioning opens the new lanes."""
    rows: list[Row] = []
    beside = {"R01": "HW-GATE-GOLDEN", "R02": "HW-GOLDEN-GROWING"}
    for site, road in beside.items():
        rows += [_change(site, asset, "lanes", 1, "works") for asset in both(road)]
        rows += [_change(site, asset, "lanes", 2) for asset in both(road)]
    for name, *_ in SITES:
        rows += [_change(name[:3], asset, "in_service", "true") for asset in both(name)]
    rows += [_change("R04", asset, "lanes", 4) for asset in both("IC-GATE")]
    return rows


def _kind(name: str) -> str:
    """Return of which kind a road is: that of a site's is told by the site's number."""
    first = name.split("-")[0]
    return first if first in SPEED_KMH else "R"


def _change(site: str, asset: str, field: str, value: object, phase: str = "") -> Row:
    return {"site": site, "asset": asset, "field": field, "value": value, "phase": phase}


def _capacities() -> list[Row]:
    """Return screen lines: the carriageways that stand, and those that sites add."""
    lines = {
        "Highway Almaty to Gate": (("HW-ALMATY-GATE", ""),),
        "Highway Gate to Golden": (("HW-GATE-GOLDEN", ""), ("R01-GATE-GOLDEN", "R01")),
        "Highway Golden to Growing": (("HW-GOLDEN-GROWING", ""), ("R02-GOLDEN-GROWING", "R02")),
        "Highway Growing to Green": (("HW-GROWING-GREEN", ""),),
        "Growing to SEZ": (("RD-GROWING-SEZ", ""), ("R03-GROWING-SEZ", "R03")),
    }
    roads = {name: (km, lanes) for name, _, _, km, lanes in (*HIGHWAY, *SITES)}
    return [
        {
            "capacity": line,
            "asset": asset,
            "kind": "corridor",
            "rating": roads[name][1] * SPEED_KMH[_kind(name)][1],
            "unit": "veh/h",
            "from_site": site,
            "source": "A",
        }
        for line, members in lines.items()
        for name, site in members
        for asset in both(name)
    ]


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

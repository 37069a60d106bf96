"""The sewers of Alatau: a tree of gravity reaches, three lift stations, one outfall at Growing.

Every water demand point has its manhole. Heights are of the sewer, not of the ground; slopes 2 to 7 per
mille; Manning's n 0.013. All sizes are assumptions (A).
"""

from dataclasses import dataclass
from pathlib import Path

from inp import Inp
from water import ZONES

Row = dict[str, object]
MANNING = 0.013
FORCE_MAIN_N = 0.012
LAGS_H = {"GATE": 5, "GOLDEN": 3, "GROWING": 2, "GREEN": 4, "SEZ": 3}
OUTLET_M = {"GATE": 640.0, "GOLDEN": 555.0, "GROWING": 514.0, "GREEN": 480.0, "SEZ": 534.0}
COLLECTOR_MM = {"GATE": 900, "GOLDEN": 800, "GROWING": 900, "GREEN": 600, "SEZ": 700}


@dataclass(frozen=True)
class Lift:
    """A lift station: wet well, pumps, force main, and where it discharges."""

    key: str
    zone: str
    well_m: float
    well_m3: float
    discharge_m: float
    into: str
    pumps: int
    pump_m3_per_h: float
    pump_head_m: float
    main_m: float
    main_mm: float
    load: str
    planned: bool


LIFTS = (
    Lift("LS-GOLDEN", "GOLDEN", 549.0, 150, 577.0, "MH-S-1", 2, 220, 34, 3000, 350, "L-LS-GOLDEN", False),
    Lift("S02", "GOLDEN", 549.0, 900, 577.0, "MH-S-1", 3, 900, 36, 3000, 800, "L-S02", True),
    Lift("LS-GREEN", "GREEN", 474.0, 300, 521.0, "MH-N", 3, 260, 92, 18000, 500, "L-LS-GREEN", False),
)
PLANTS = (("WWTP", 4000, True, "L-WWTP"), ("S03", 15000, False, "L-S03"), ("S04", 80000, False, "L-S04"))


def build(folder: Path) -> dict[str, list[Row]]:
    """Write wastewater.inp and return the rows it adds to the scenario's tables."""
    inp = Inp("Alatau wastewater: planning network, sizes are assumptions", "C-M", 70)
    _trunk(inp)
    links = [row for zone in ZONES for row in _zone(inp, zone.key, zone.points, zone.x, zone.y)]
    for lift in LIFTS:
        links += _lift(inp, lift)
    inp.write(folder / "wastewater.inp")
    return {
        "links": [*links, *_plant_links()],
        "site_changes": _site_changes(),
        "treatment": _treatment(),
        "lift_stations": [_station(lift) for lift in LIFTS],
        "capacities": _capacities(),
    }


def _gravity(
    inp: Inp, name: str, a: str, b: str, length_m: float, diameter_mm: float, status: str = "OPEN"
) -> None:
    inp.pipe(name, a, b, length_m, diameter_mm, MANNING, status)
    inp.add("TAGS", "LINK", name, "gravity")


TRUNK_BENDS = (((77.016, 43.49), (76.998, 43.53)), ((76.996, 43.60), (77.05, 43.65)))
"""Where each part of the trunk bends (A); S01 lies beside it."""


def _trunk(inp: Inp) -> None:
    """Lay Gate's existing collector and the planned trunk S01 along the same manholes to the plant."""
    nodes = (
        ("MH-S-0", 640.0, 77.01, 43.45),
        ("MH-S-1", 575.0, 76.99, 43.56),
        ("MH-S-2", 512.0, 77.13, 43.70),
        ("MH-N", 519.0, 77.11, 43.71),
    )
    for name, elevation, x, y in nodes:
        inp.junction(name, elevation, x, y)
    for number, length in ((0, 19000), (1, 19000)):
        a, b = f"MH-S-{number}", f"MH-S-{number + 1}"
        _gravity(inp, f"G-EX-{number}", a, b, length, 500)
        _gravity(inp, f"G-S01-{number}", a, b, length, 1200, "CLOSED")
        for x, y in TRUNK_BENDS[number]:
            inp.add("VERTICES", f"G-EX-{number}", x, y)
            inp.add("VERTICES", f"G-S01-{number}", round(x + 0.004, 4), y)
    _gravity(inp, "G-NORTH", "MH-N", "MH-S-2", 1500, 800)
    inp.reservoir("OUT-WWTP", 505.0, 77.15, 43.72)
    _gravity(inp, "G-OUT", "MH-S-2", "OUT-WWTP", 1000, 1400)


def _zone(inp: Inp, key: str, points: int, x: float, y: float) -> list[Row]:
    """Add a district's two collectors to its outlet; return a sewage link per demand point."""
    outlet, low = f"MH-{key}-00", OUTLET_M[key]
    inp.junction(outlet, low, x, y)
    half = (points + 1) // 2
    links: list[Row] = []
    for i in range(points):
        place = i % half
        name = f"MH-{key}-{i + 1:02}"
        inp.junction(name, low + 2.4 * (place + 1), x + 0.008 * (i - half), y + 0.01)
        below = outlet if place == 0 else f"MH-{key}-{i:02}"
        _gravity(inp, f"G-{key}-{i + 1:02}", name, below, 800, COLLECTOR_MM[key])
        links.append(
            {
                "kind": "sewage",
                "asset": f"water/J-{key}-{i + 1:02}",
                "to": f"wastewater/{name}",
                "lag_h": LAGS_H[key],
                "source": "A",
            }
        )
    match key:
        case "GATE":
            inp.pipe("P-GATE-S", outlet, "MH-S-0", 50, 1200, MANNING, "OPEN")
        case "GROWING":
            _gravity(inp, "G-GROWING-S", outlet, "MH-S-2", 600, 1000)
        case "SEZ":
            _gravity(inp, "G-SEZ-S", outlet, "MH-S-2", 12000, 800)
    return links


def _lift(inp: Inp, lift: Lift) -> list[Row]:
    """Add a lift station; return a pump link per pump."""
    key, status = lift.key, "CLOSED" if lift.planned else "OPEN"
    zone = next(z for z in ZONES if z.key == lift.zone)
    inp.tank(f"WW-{key}", lift.well_m, 1.5, 3.0, lift.well_m3, "YES")
    inp.add("COORDINATES", f"WW-{key}", zone.x + 0.01, zone.y + 0.02)
    inp.pipe(f"P-{key}-IN", f"MH-{lift.zone}-00", f"WW-{key}", 50, 1200, MANNING, status)
    inp.junction(f"J-{key}", lift.well_m, zone.x + 0.012, zone.y + 0.02)
    inp.junction(f"D-{key}", lift.discharge_m, zone.x + 0.03, zone.y + 0.02)
    pumps = inp.pumps(key, lift.pumps, f"WW-{key}", f"J-{key}", lift.pump_m3_per_h, lift.pump_head_m)
    inp.pipe(f"FM-{key}", f"J-{key}", f"D-{key}", lift.main_m, lift.main_mm, FORCE_MAIN_N, status)
    inp.add("VALVES", f"PSV-{key}", f"D-{key}", lift.into, lift.main_mm, "PSV", 0, 0)
    return [
        {
            "kind": "pump",
            "asset": f"wastewater/{pump}",
            "to": f"power/{lift.load}",
            "source": "A",
        }
        for pump in pumps
    ]


def _station(lift: Lift) -> Row:
    return {
        "station": lift.key,
        "wet_well": f"WW-{lift.key}",
        "pumps": ";".join(f"PU-{lift.key}-{n}" for n in range(1, lift.pumps + 1)),
        "main": f"FM-{lift.key}",
        "discharge": f"D-{lift.key}",
    }


def _treatment() -> list[Row]:
    return [
        {
            "plant": name,
            "node": "OUT-WWTP",
            "capacity_m3_per_day": capacity,
            "equalisation_m3": capacity // 4,
            "in_service": "true" if standing else "false",
        }
        for name, capacity, standing, _ in PLANTS
    ]


def _plant_links() -> list[Row]:
    return [
        {
            "kind": "process",
            "asset": f"wastewater/{name}",
            "to": f"power/{load}",
            "kwh_per_m3": 0.5,
            "source": "P",
        }
        for name, _, _, load in PLANTS
    ]


def _site_changes() -> list[Row]:
    opened = {"S01": ["G-S01-0", "G-S01-1"], "S02": ["P-S02-IN", "FM-S02"]}
    closed = {"S01": ["G-EX-0", "G-EX-1"], "S02": ["P-LS-GOLDEN-IN", "FM-LS-GOLDEN"]}
    rows: list[Row] = [
        {"site": site, "asset": f"wastewater/{asset}", "field": "open", "value": value}
        for value, table in (("true", opened), ("false", closed))
        for site, assets in table.items()
        for asset in assets
    ]
    plants = [name for name, _, standing, _ in PLANTS if not standing]
    return rows + [
        {"site": p, "asset": f"wastewater/{p}", "field": "in_service", "value": "true"} for p in plants
    ]


def _capacities() -> list[Row]:
    common = {"capacity": "Wastewater treatment", "kind": "treatment", "unit": "m3/day", "source": "A"}
    return [
        common
        | {"asset": f"wastewater/{name}", "rating": capacity}
        | ({} if standing else {"from_site": name})
        for name, capacity, standing, _ in PLANTS
    ]

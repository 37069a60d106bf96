"""The water of Alatau: wells and intake, two trunk mains, five pressure zones, three reservoirs.

Heights follow the districts between 490 and 650 m; zones below a head of their own stand behind a pressure
reducing valve. Mains aim at 0.5 to 2 m/s on the maximum day of 2035; rings and spokes are wider than that
asks (README.md tells what the run shows). All sizes are assumptions (A).
"""

from dataclasses import dataclass
from math import cos, pi, sin
from pathlib import Path

from inp import Inp

Row = dict[str, object]
HAZEN_WILLIAMS = 130
RING_PIPE_M, SPOKE_M = 900, 1200
WELLS_M3_PER_DAY, INTAKE_M3_PER_DAY = 22000, 100000
WELLS_KWH_PER_M3 = 0.48


@dataclass(frozen=True)
class Zone:
    """A pressure zone: a hub, a ring of demand points around it, three spokes."""

    key: str
    district: str
    elevation_m: float
    head_m: float
    points: int
    ring_mm: int
    x: float
    y: float


ZONES = (
    Zone("GATE", "Gate", 650.0, 704.0, 14, 900, 77.00, 43.42),
    Zone("GOLDEN", "Golden", 570.0, 624.0, 14, 700, 76.95, 43.55),
    Zone("GROWING", "Growing", 518.0, 566.0, 16, 800, 77.12, 43.68),
    Zone("GREEN", "Green", 490.0, 538.0, 12, 600, 77.06, 43.84),
    Zone("SEZ", "SEZ", 540.0, 585.0, 12, 600, 77.30, 43.62),
)
OFFTAKES = {
    "GOLDEN": ("TR-1", 3000, 700),
    "GROWING": ("TR-2", 2000, 1000),
    "GREEN": ("TR-2", 18000, 700),
    "SEZ": ("TR-2", 12000, 700),
}
"""Where a zone leaves the trunk, over how many metres and mm."""
TRUNK = (("TR-0", 646.0, 77.00, 43.45), ("TR-1", 575.0, 76.98, 43.55), ("TR-2", 525.0, 77.10, 43.66))
TRUNK_M = 21000
TRUNK_BENDS = (((77.004, 43.48), (76.986, 43.52)), ((76.986, 43.59), (77.03, 43.63)))
"""Where each part of the trunk bends (A); W02 lies beside it."""
LEVELS = {
    "W01": ("T-W03", ((4.0, 4.8), (3.6, 4.6), (3.2, 4.4))),
    "W03": ("T-GATE", ((4.0, 5.4), (3.2, 5.0), (2.4, 4.6))),
}
"""The tank whose level starts and stops each of a station's pumps, m."""
PUMP_LOADS = {"W01": "L-W01", "W03": "L-W03", "W04": "L-W04"}
OPENED = {
    "W01": ("P-W01",),
    "W02": ("P-W02-TR-0", "P-W02-TR-1"),
    "W03": ("P-W03", "P-W03-A", "P-W03-B"),
    "W04": ("P-W04", "P-W04-A", "P-W04-B"),
}
RETIRED = {"W03": "PRV-EX", "W04": "P-SEZ-IN"}


def build(folder: Path) -> dict[str, list[Row]]:
    """Write water.inp and return the rows it adds to the scenario's tables."""
    inp = Inp("Alatau water: planning network, sizes are assumptions", "H-W", 75)
    for zone in ZONES:
        _zone(inp, zone)
    _sources(inp)
    _trunk(inp)
    for key in OFFTAKES:
        _offtake(inp, next(zone for zone in ZONES if zone.key == key))
    _lifts(inp)
    for station, (tank, levels) in LEVELS.items():
        _controls(inp, station, tank, levels)
    inp.write(folder / "water.inp")
    return {
        "demand_points": [_point(zone, i) for zone in ZONES for i in range(zone.points)],
        "links": _links(),
        "site_changes": _site_changes(),
        "capacities": [
            _source("water/FCV-WELLS", WELLS_M3_PER_DAY),
            _source("water/FCV-W01", INTAKE_M3_PER_DAY) | {"from_site": "W01"},
        ],
    }


def _pipe(
    inp: Inp, name: str, a: str, b: str, length_m: float, diameter_mm: float, status: str = "OPEN"
) -> None:
    inp.pipe(name, a, b, length_m, diameter_mm, HAZEN_WILLIAMS, status)


def _zone(inp: Inp, zone: Zone) -> None:
    key, count = zone.key, zone.points
    inp.junction(f"J-{key}-00", zone.elevation_m, zone.x, zone.y)
    for i in range(count):
        angle = 2.0 * pi * i / count
        x, y = round(zone.x + 0.04 * cos(angle), 4), round(zone.y + 0.025 * sin(angle), 4)
        inp.junction(f"J-{key}-{i + 1:02}", zone.elevation_m + 0.5 * ((i * 3) % 5 - 2), x, y)
    for i in range(count):
        a, b = f"J-{key}-{i + 1:02}", f"J-{key}-{(i + 1) % count + 1:02}"
        _pipe(inp, f"P-{key}-{i + 1:02}", a, b, RING_PIPE_M, zone.ring_mm)
    for i in range(3):
        end = f"J-{key}-{1 + i * count // 3:02}"
        _pipe(inp, f"P-{key}-S{i + 1}", f"J-{key}-00", end, SPOKE_M, zone.ring_mm)


def _sources(inp: Inp) -> None:
    """Add the wells with Gate's tank, and the intake W01; valves hold both to their licence."""
    inp.reservoir("R-WELLS", 706.0, 76.97, 43.38)
    inp.junction("J-WELLS-0", 660.0, 76.975, 43.385)
    inp.junction("J-WELLS", 652.0, 76.98, 43.39)
    _pipe(inp, "P-WELLS-0", "R-WELLS", "J-WELLS-0", 50, 700)
    inp.add("VALVES", "FCV-WELLS", "J-WELLS-0", "J-WELLS", 700, "FCV", WELLS_M3_PER_DAY / 24, 0)
    _pipe(inp, "P-WELLS", "J-WELLS", "J-GATE-00", 800, 700)
    inp.tank("T-GATE", 698.0, 3.5, 6.0, 6000.0, "NO")
    inp.add("COORDINATES", "T-GATE", 77.03, 43.38)
    _pipe(inp, "P-T-GATE", "T-GATE", "J-GATE-00", 600, 900)
    inp.reservoir("R-AQUIFER", 620.0, 77.05, 43.40)
    inp.junction("J-W01-A", 622.0, 77.05, 43.41)
    inp.junction("J-W01-B", 622.0, 77.05, 43.42)
    inp.junction("J-W01-C", 640.0, 77.04, 43.44)
    _pipe(inp, "P-W01-A", "R-AQUIFER", "J-W01-A", 100, 1200)
    for pump in inp.pumps("W01", 3, "J-W01-A", "J-W01-B", 1500, 58):
        inp.add("STATUS", pump, "OPEN")
    _pipe(inp, "P-W01", "J-W01-B", "J-W01-C", 1500, 1200, "CLOSED")
    inp.add("VALVES", "FCV-W01", "J-W01-C", "TR-0", 1200, "FCV", INTAKE_M3_PER_DAY / 24, 0)


def _trunk(inp: Inp) -> None:
    """Add today's main, the planned W02 beside it, and W03's clear-water tanks at their head."""
    for node in TRUNK:
        inp.junction(*node)
    for number in range(2):
        ends = f"TR-{number}", f"TR-{number + 1}"
        _pipe(inp, f"P-EX-TR-{number}", *ends, TRUNK_M, 700)
        _pipe(inp, f"P-W02-TR-{number}", *ends, TRUNK_M, 1400, "CLOSED")
        for x, y in TRUNK_BENDS[number]:
            inp.add("VERTICES", f"P-EX-TR-{number}", x, y)
            inp.add("VERTICES", f"P-W02-TR-{number}", round(x + 0.004, 4), y)
    inp.add("VALVES", "PRV-EX", "J-GATE-00", "TR-0", 700, "PRV", 22, 0)
    inp.tank("T-W03", 666.0, 4.0, 5.0, 40000.0, "NO")
    inp.add("COORDINATES", "T-W03", 76.99, 43.46)
    _pipe(inp, "P-W03", "T-W03", "TR-0", 200, 1400, "CLOSED")


def _offtake(inp: Inp, zone: Zone) -> None:
    trunk, length_m, diameter_mm = OFFTAKES[zone.key]
    inlet, hub = f"J-{zone.key}-IN", f"J-{zone.key}-00"
    inp.junction(inlet, zone.elevation_m + 1.0, zone.x, round(zone.y - 0.03, 4))
    _pipe(inp, f"P-{zone.key}-IN", trunk, inlet, length_m, diameter_mm)
    setting = zone.head_m - zone.elevation_m
    inp.add("VALVES", f"PRV-{zone.key}", inlet, hub, diameter_mm, "PRV", setting, 0)


def _lifts(inp: Inp) -> None:
    """Add the second lifts: W03 up to Gate, W04 from Growing's reservoir to the SEZ."""
    inp.junction("J-W03-A", 646.0, 77.00, 43.46)
    inp.junction("J-W03-B", 646.0, 77.01, 43.46)
    _pipe(inp, "P-W03-A", "TR-0", "J-W03-A", 100, 1000, "CLOSED")
    inp.pumps("W03", 3, "J-W03-A", "J-W03-B", 1000, 38)
    _pipe(inp, "P-W03-B", "J-W03-B", "J-GATE-00", 1500, 1000, "CLOSED")
    inp.tank("T-W04", 561.5, 4.0, 5.5, 20000.0, "NO")
    inp.add("COORDINATES", "T-W04", 77.15, 43.70)
    _pipe(inp, "P-W04", "T-W04", "J-GROWING-00", 300, 1000, "CLOSED")
    inp.junction("J-W04-A", 518.0, 77.13, 43.67)
    inp.junction("J-W04-B", 518.0, 77.14, 43.67)
    _pipe(inp, "P-W04-A", "J-GROWING-00", "J-W04-A", 200, 800, "CLOSED")
    inp.pumps("W04", 3, "J-W04-A", "J-W04-B", 450, 21)
    _pipe(inp, "P-W04-B", "J-W04-B", "J-SEZ-00", 12000, 700, "CLOSED")


def _controls(inp: Inp, station: str, tank: str, levels: tuple[tuple[float, float], ...]) -> None:
    for number, (low, high) in enumerate(levels, start=1):
        pump = f"PU-{station}-{number}"
        inp.add("CONTROLS", f"LINK {pump} OPEN IF NODE {tank} BELOW {low}")
        inp.add("CONTROLS", f"LINK {pump} CLOSED IF NODE {tank} ABOVE {high}")


def _point(zone: Zone, i: int) -> Row:
    return {
        "asset": f"water/J-{zone.key}-{i + 1:02}",
        "district": zone.district,
        "weight": 1 + 0.25 * (i % 3),
    }


def _links() -> list[Row]:
    wells: Row = {
        "kind": "process",
        "asset": "water/FCV-WELLS",
        "to": "power/L-WELLS",
        "kwh_per_m3": WELLS_KWH_PER_M3,
        "source": "P",
    }
    pumps: list[Row] = [
        {"kind": "pump", "asset": f"water/PU-{station}-{n}", "to": f"power/{load}", "source": "A"}
        for station, load in PUMP_LOADS.items()
        for n in range(1, 4)
    ]
    return [wells, *pumps]


def _site_changes() -> list[Row]:
    opened = [(site, asset, "true") for site, assets in OPENED.items() for asset in assets]
    retired = [(site, asset, "false") for site, asset in RETIRED.items()]
    return [
        {"site": site, "asset": f"water/{asset}", "field": "open", "value": value}
        for site, asset, value in opened + retired
    ]


def _source(asset: str, rating: int) -> Row:
    return {
        "capacity": "Water sources",
        "asset": asset,
        "kind": "source",
        "rating": rating,
        "unit": "m3/day",
        "source": "A",
    }

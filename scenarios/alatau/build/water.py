"""Builds Alatau's water network, `water.inp`, and the table rows that refer to it.

The wells lift into the Gate zone (9 storeys, about 704 m), where a tank floats; all other districts lie
lower and are fed by gravity through reducing valves: until W01 from the Gate zone over the existing main
behind a sustaining valve (which keeps the Gate zone alive in a shortage), with W01 over the same main from
the intake's own head, with W02 over the trunk main. W03 lifts from its reservoir into the Gate zone;
W04's reservoir floats at the end of the trunk and its pumps lift to the SEZ.
"""

import math
from pathlib import Path

from inp import Inp, Row, capacity, change, power_link
from zones import ZONES, Cell, Zone

DIAMETERS_MM = (200, 250, 300, 400, 500, 600, 700, 800, 900, 1000, 1200)
PEAK_FACTOR = 1.45
DESIGN_VELOCITY = {"Gate": 0.9, "Golden": 1.1}
USUAL_DESIGN_VELOCITY = 1.2
HAZEN_WILLIAMS = 130.0
SECONDS_PER_DAY = 86_400.0

WELLS_M3_PER_DAY = 22_000.0
INTAKE_M3_PER_DAY = 100_000.0

GATE_HEADER, HUB = (77.00, 43.405), (77.06, 43.675)
INTAKE, GOLDEN_TAP, OLD_TAP = (77.03, 43.39), (77.01, 43.55), (76.985, 43.535)

JUNCTIONS = {  # elevation, place
    "N-WELLS": (640.0, (76.98, 43.395)),
    "N-GATE": (650.0, GATE_HEADER),
    "N-EM0": (650.0, (76.995, 43.44)),
    "N-EM1": (580.0, OLD_TAP),
    "N-EM2": (520.0, (77.05, 43.668)),
    "N-W01": (640.0, (77.025, 43.385)),
    "N-T0": (640.0, INTAKE),
    "N-T1": (580.0, GOLDEN_TAP),
    "N-T2": (520.0, (77.065, 43.668)),
    "N-W03": (650.0, (77.015, 43.40)),
    "N-HUB": (520.0, HUB),
    "N-GOLDEN-IN": (575.0, (76.96, 43.545)),
    "N-GOLDEN": (572.0, (76.945, 43.55)),
    "N-GREEN-IN": (494.0, (77.05, 43.82)),
    "N-GREEN": (494.0, (77.04, 43.835)),
    "N-LIFT": (520.0, (77.08, 43.665)),
    "N-SEZ-IN": (543.0, (77.24, 43.63)),
    "N-SEZ": (543.0, (77.255, 43.625)),
}

PIPES = (  # name, ends, length, diameter, opened with, closed with ("": from the start, never)
    ("P-WELLS", ("R-WELLS", "N-WELLS"), 200.0, 700, "", ""),
    ("P-TK-GATE", ("TK-GATE", "N-GATE"), 300.0, 700, "", ""),
    ("P-GATE", ("N-GATE", "J-GATE-08"), 400.0, 1200, "", ""),
    ("P-EM1", ("N-EM0", "N-EM1"), 21_000.0, 700, "", "W02"),
    ("P-EM2", ("N-EM1", "N-EM2"), 21_000.0, 600, "", "W02"),
    ("P-EM-GOLDEN", ("N-EM1", "N-GOLDEN-IN"), 3_000.0, 500, "", "W02"),
    ("P-W01", ("R-W01", "N-W01-SUCTION"), 100.0, 1200, "W01", ""),
    ("P-W01-EM", ("N-T0", "N-EM0"), 2_000.0, 800, "W01", "W02"),
    ("P-W02-1", ("N-T0", "N-T1"), 21_000.0, 1200, "W02", ""),
    ("P-W02-2", ("N-T1", "N-T2"), 21_000.0, 1000, "W02", ""),
    ("P-W02-GOLDEN", ("N-T1", "N-GOLDEN-IN"), 3_000.0, 800, "W02", ""),
    ("P-TK-W03", ("TK-W03", "N-T0"), 300.0, 1200, "W03", ""),
    ("P-W03", ("N-W03", "N-W03-OUT"), 1_500.0, 800, "W03", ""),
    ("P-TK-W04", ("TK-W04", "N-HUB"), 800.0, 500, "W04", ""),
    ("P-GOLDEN", ("N-GOLDEN", "J-GOLDEN-06"), 500.0, 800, "", ""),
    ("P-GROWING", ("N-HUB", "J-GROWING-06"), 1_000.0, 1000, "", ""),
    ("P-GREEN-MAIN", ("N-HUB", "N-GREEN-IN"), 18_000.0, 600, "", ""),
    ("P-GREEN", ("N-GREEN", "J-GREEN-06"), 500.0, 600, "", ""),
    ("P-SEZ-BYPASS", ("N-HUB", "N-LIFT"), 100.0, 600, "", "W04"),
    ("P-SEZ-MAIN", ("N-LIFT", "N-SEZ-IN"), 15_000.0, 600, "", ""),
    ("P-SEZ", ("N-SEZ", "J-SEZ-06"), 500.0, 600, "", ""),
)

VALVES = (  # name, ends, diameter, kind, setting, opened with, closed with
    ("FCV-WELLS", ("N-WELLS", "N-GATE"), 700, "FCV", WELLS_M3_PER_DAY, "", ""),
    ("PSV-EM", ("N-GATE", "N-EM0"), 700, "PSV", 24.0, "", "W01"),
    ("PRV-EM", ("N-EM2", "N-HUB"), 600, "PRV", 51.0, "", "W02"),
    ("PRV-GOLDEN", ("N-GOLDEN-IN", "N-GOLDEN"), 800, "PRV", 52.0, "", ""),
    ("PRV-GREEN", ("N-GREEN-IN", "N-GREEN"), 600, "PRV", 44.0, "", ""),
    ("PRV-SEZ", ("N-SEZ-IN", "N-SEZ"), 600, "PRV", 33.0, "", ""),
    ("FCV-W01", ("N-W01", "N-T0"), 1200, "FCV", INTAKE_M3_PER_DAY, "W01", ""),
    ("PRV-HUB", ("N-T2", "N-HUB"), 1000, "PRV", 51.0, "W02", ""),
    ("PRV-W03", ("N-W03-OUT", "N-GATE"), 800, "PRV", 54.8, "W03", ""),
)

PUMPS = {  # ends, number, head curve
    "W01": (("N-W01-SUCTION", "N-W01"), 3, ((0.0, 96.0), (34_560.0, 80.0), (50_000.0, 62.0))),
    "W03": (("N-T0", "N-W03"), 3, ((0.0, 47.0), (18_000.0, 40.0), (26_000.0, 31.0))),
    "W04": (("N-HUB", "N-LIFT"), 3, ((0.0, 40.0), (9_000.0, 32.0), (13_000.0, 23.0))),
}


def build(folder: Path) -> dict[str, list[Row]]:
    """Write `water.inp` and return the rows of the tables that refer to it."""
    network = Inp("Alatau, water", "H-W", HAZEN_WILLIAMS, 75.0)
    _add_sources(network)
    for zone in ZONES:
        _add_zone(network, zone)
    changes = [*_add_pipes(network), *_add_valves(network), *_add_pumps(network)]
    network.write(folder / "water.inp")
    return {
        "site_changes": sorted(changes, key=lambda row: str(row["site"])),
        "demand_points": [_point(zone, cell) for zone in ZONES for cell in zone.cells()],
        "links": _links(),
        "capacities": [
            capacity("Water sources", "water/FCV-WELLS", "source", WELLS_M3_PER_DAY, source="README (A)"),
            capacity(
                "Water sources", "water/FCV-W01", "source", INTAKE_M3_PER_DAY, ("W01", ""), "sites.csv (A)"
            ),
        ],
    }


def _add_sources(network: Inp) -> None:
    for name, (elevation, place) in JUNCTIONS.items():
        network.junction(name, elevation, place)
    network.junction("N-W01-SUCTION", 590.0, (77.022, 43.383))
    network.junction("N-W03-OUT", 650.0, (77.008, 43.403))
    network.reservoir("R-WELLS", 706.5, (76.975, 43.39))
    network.reservoir("R-W01", 600.0, (77.02, 43.38))
    network.tank("TK-GATE", 701.0, (3.0, 0.0, 3.5), 43.0, (76.99, 43.395))
    network.tank("TK-W03", 668.0, (4.5, 0.0, 5.0), 101.0, (77.035, 43.385))
    network.tank("TK-W04", 565.0, (4.5, 0.0, 5.0), 71.5, (77.07, 43.685))


def _add_zone(network: Inp, zone: Zone) -> None:
    """Add a looped grid: spine and ribs sized for what they carry from the inlet, loops closing the ends."""
    carried = zone.carried(zone.inlet)
    for cell in zone.cells():
        network.junction(zone.name("J", cell), zone.ground_m(cell), zone.place(cell))
    for cell in zone.cells():
        upstream = zone.towards(cell, zone.inlet)
        if upstream is not None:
            _add_street(network, zone, (upstream, cell), carried[cell])
        row, column = cell
        if row != zone.spine and column + 1 < zone.columns:
            beside = (row, column + 1)
            _add_street(network, zone, (cell, beside), min(carried[cell], carried[beside]))


def _add_street(network: Inp, zone: Zone, cells: tuple[Cell, Cell], share: float) -> None:
    flow = share * zone.water_km3 * 1000.0 * PEAK_FACTOR / SECONDS_PER_DAY
    velocity = DESIGN_VELOCITY.get(zone.district, USUAL_DESIGN_VELOCITY)
    needed = 1000.0 * math.sqrt(4.0 * flow / (math.pi * velocity))
    diameter = next((d for d in DIAMETERS_MM if d >= needed), DIAMETERS_MM[-1])
    start, end = (zone.name("J", cell) for cell in cells)
    name = f"P-{start[2:]}-{end[-2:]}"
    network.pipe(name, (start, end), zone.spacing_m, diameter)


def _add_pipes(network: Inp) -> list[Row]:
    for name, ends, length, diameter, site, _ in PIPES:
        network.pipe(name, ends, length, diameter, opened=not site)
    opened = [change(site, f"water/{name}", "open", "true") for name, *_, site, _ in PIPES if site]
    return opened + [change(until, f"water/{name}", "open", "false") for name, *_, until in PIPES if until]


def _add_valves(network: Inp) -> list[Row]:
    for name, ends, diameter, kind, setting, site, _ in VALVES:
        network.valve(name, ends, diameter, kind, setting, opened=not site)
    opened = [
        change(site, f"water/{name}", "setting", setting) for name, *_, setting, site, _ in VALVES if site
    ]
    return opened + [change(until, f"water/{name}", "open", "false") for name, *_, until in VALVES if until]


def _add_pumps(network: Inp) -> list[Row]:
    for site, (ends, count, points) in PUMPS.items():
        network.curve(f"C-{site}", points)
        for number in range(1, count + 1):
            network.pump(f"PU-{site}-{number}", ends, f"C-{site}", opened=False)
    return [change(site, pump, "open", "true") for site, pump in _pumps()]


def _pumps() -> list[tuple[str, str]]:
    return [
        (site, f"water/PU-{site}-{number}")
        for site, (_, count, _) in PUMPS.items()
        for number in range(1, count + 1)
    ]


def _links() -> list[Row]:
    wells = power_link("process", "water/FCV-WELLS", "L-WELLS", 0.48, "README, specific energy (P)")
    return [wells, *(power_link("pump", pump, f"L-{site}") for site, pump in _pumps())]


def _point(zone: Zone, cell: Cell) -> Row:
    return {
        "asset": f"water/{zone.name('J', cell)}",
        "district": zone.district,
        "weight": zone.weight(cell),
    }

"""Builds Alatau's gas network, `gas.json`, with pandapipes, and the table rows that refer to it.

Pressures are those of the classes of the norm, above the atmosphere: 1.2, 0.6 and 0.3 MPa, and 0.004 MPa in
the streets (class 0.005). All sizes are assumptions (A), chosen for at most 20 m/s on the coldest day of
2035. What planned sites bring stands out of service; `site_changes` switches it.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pandapipes as pp

Row = dict[str, str | float]

GROUND_K, AIR_K = 278.15, 293.15
ROUGHNESS_MM = 0.1
"""Steel mains after some years (N: 0.01 cm)."""
SUPPLY_BAR, HIGH_BAR, MIDDLE_BAR, DISTRICT_BAR, STREET_BAR = 25.0, 12.0, 6.0, 3.0, 0.04
LINE_M3_PER_H, LARGE_LINE_M3_PER_H = 25000, 50000
SUPPLY_M3_PER_H = {"EG-GATE": 100000, "EG-G05": 150000}


class District(NamedTuple):
    """Distribution in a district: its 0.6 MPa junction, and how many aggregated points in the streets."""

    key: str
    name: str
    elevation_m: float
    points: int
    x: float
    y: float


DISTRICTS = (
    District("GATE", "Gate", 650.0, 3, 77.00, 43.42),
    District("GOLDEN", "Golden", 570.0, 3, 76.95, 43.55),
    District("GROWING", "Growing", 518.0, 3, 77.12, 43.68),
    District("SEZ", "SEZ", 540.0, 2, 77.30, 43.62),
)
"""Green has none: no site brings gas there."""
FEEDER_KM, FEEDER_MM = 2.0, 400.0
STREET_KM, STREET_MM = 0.3, 1000.0
"""One pipe of the width of all streets of a point together."""


class Main(NamedTuple):
    """A main: what it joins, how long and wide it is, and the site that brings it, if one does."""

    name: str
    start: str
    end: str
    km: float
    mm: float
    site: str = ""


MAINS = (
    Main("P-EX-GOLDEN", "J-GATE-6", "J-GOLDEN-6", 15.0, 400.0),
    Main("P-EX-GROWING", "J-GOLDEN-6", "J-GROWING-6", 20.0, 400.0),
    Main("P-EX-SEZ", "J-GROWING-6", "J-SEZ-6", 16.0, 250.0),
    Main("P-G01-1", "J-GATE-12", "J-G01-GOLDEN", 15.0, 500.0, "G01"),
    Main("P-G01-2", "J-G01-GOLDEN", "J-GROWING-12", 20.0, 500.0, "G01"),
    Main("P-G02", "J-G02-6", "J-GOLDEN-6", 28.0, 400.0, "G02"),
    Main("P-G03", "J-G03-6", "J-SEZ-6", 22.0, 300.0, "G03"),
    Main("P-G05", "J-G05-SUPPLY", "J-G05-IN", 46.0, 500.0, "G05"),
)
"""Lengths of sites are those of `sites.csv`; those that stand are distances along the road."""


class Regulator(NamedTuple):
    """What holds a pressure at its end."""

    name: str
    start: str
    end: str
    bar: float
    site: str = ""
    until: str = ""
    m3_per_h: int = 0


STATIONS = (
    *(
        Regulator(
            f"PC-GATE-{n}", "J-GATE-IN", f"J-GATE-OUT-{n}", MIDDLE_BAR, until="G04", m3_per_h=LINE_M3_PER_H
        )
        for n in (1, 2)
    ),
    *(
        Regulator(f"PC-G04-{n}", "J-GATE-IN", f"J-G04-OUT-{n}", HIGH_BAR, "G04", m3_per_h=LINE_M3_PER_H)
        for n in (1, 2, 3, 4)
    ),
    *(
        Regulator(f"PC-G05-{n}", "J-G05-IN", f"J-G05-OUT-{n}", HIGH_BAR, "G05", m3_per_h=LARGE_LINE_M3_PER_H)
        for n in (1, 2, 3)
    ),
)
"""Lines side by side, each of which ends in a pipe to the common header."""
HEADERS = {"GATE": "J-GATE-6", "G04": "J-GATE-12", "G05": "J-GROWING-12"}
REDUCTIONS = (
    Regulator("PC-GATE-6", "J-GATE-12", "J-GATE-6", MIDDLE_BAR, "G04"),
    Regulator("PC-G01-GROWING", "J-GROWING-12", "J-GROWING-6", MIDDLE_BAR, "G01"),
    Regulator("PC-G02", "J-G01-GOLDEN", "J-G02-6", MIDDLE_BAR, "G02"),
    Regulator("PC-G03", "J-GROWING-12", "J-G03-6", MIDDLE_BAR, "G03"),
)
"""From 1.2 to 0.6 MPa; the reduction of a site stands with it."""
PLACES = {
    "J-GATE-SUPPLY": (76.97, 43.40, 655.0),
    "J-GATE-IN": (76.98, 43.41, 652.0),
    "J-GATE-12": (76.99, 43.43, 650.0),
    "J-GATE-6": (77.00, 43.43, 650.0),
    "J-GOLDEN-6": (76.96, 43.55, 570.0),
    "J-GROWING-6": (77.11, 43.67, 518.0),
    "J-SEZ-6": (77.29, 43.62, 540.0),
    "J-G01-GOLDEN": (76.99, 43.55, 575.0),
    "J-GROWING-12": (77.10, 43.67, 518.0),
    "J-G02-6": (76.985, 43.555, 573.0),
    "J-G03-6": (77.115, 43.665, 520.0),
    "J-G05-SUPPLY": (76.90, 43.40, 660.0),
    "J-G05-IN": (77.09, 43.68, 518.0),
}
ALL_STATIONS = "Gas stations"
"""Those on the 1.2 MPa main: a shortage at one is relieved by another that comes."""
MAINS_M3_PER_H = {
    "Gas main Gate to Golden, 0.6 MPa": ("P-EX-GOLDEN", 32000, ""),
    "G01, 1.2 MPa": ("P-G01-1", 90000, "G01"),
    "G02 to Golden, 0.6 MPa": ("P-G02", 30000, "G02"),
    "G03 to the SEZ, 0.6 MPa": ("P-G03", 17000, "G03"),
}
"""By pressure: what leaves 3.5 bar (of 6) or 6.5 bar (of 12) at the far end, by Renouard's formula."""


class Builder:
    """A network under construction, by the names of its junctions."""

    def __init__(self) -> None:
        self.net: Any = pp.create_empty_network("Alatau gas", fluid="hgas", add_stdtypes=False)
        self._rows: dict[str, int] = {}

    def junction(self, name: str, bar: float, x: float, y: float, height_m: float) -> None:
        """Add a junction."""
        place = (round(x, 5), round(y, 5))
        self._rows[name] = pp.create_junction(
            self.net, bar, GROUND_K, height_m=height_m, name=name, geodata=place
        )

    def pipe(self, name: str, start: str, end: str, km: float, mm: float, standing: bool = True) -> None:
        """Add a pipe."""
        pp.create_pipe_from_parameters(
            self.net,
            self._rows[start],
            self._rows[end],
            km,
            inner_diameter_mm=mm,
            k_mm=ROUGHNESS_MM,
            name=name,
            in_service=standing,
        )

    def regulator(self, own: Regulator) -> None:
        """Add what holds the pressure at its end."""
        start, end = self._rows[own.start], self._rows[own.end]
        pp.create_pressure_control(self.net, start, end, end, own.bar, name=own.name, in_service=not own.site)

    def supply(self, name: str, junction: str, standing: bool) -> None:
        """Add a source that holds its pressure."""
        pp.create_ext_grid(
            self.net, self._rows[junction], SUPPLY_BAR, AIR_K, name=name, type="pt", in_service=standing
        )

    def sink(self, name: str, junction: str) -> None:
        """Add a point at which demand arises."""
        pp.create_sink(self.net, self._rows[junction], 0.0, name=name)


def build(folder: Path) -> dict[str, list[Row]]:
    """Write gas.json and return the rows that it adds to the scenario's tables."""
    own = Builder()
    for name, (x, y, height) in PLACES.items():
        own.junction(name, _nominal(name), x, y, height)
    own.supply("EG-GATE", "J-GATE-SUPPLY", True)
    own.supply("EG-G05", "J-G05-SUPPLY", False)
    own.pipe("P-GATE-SUPPLY", "J-GATE-SUPPLY", "J-GATE-IN", 2.0, 500.0)
    for main in MAINS:
        own.pipe(*main[:5], standing=not main.site)
    for line in STATIONS:
        _line(own, line)
    for reduction in REDUCTIONS:
        own.regulator(reduction)
    points = [row for district in DISTRICTS for row in _district(own, district)]
    _write(own.net, folder / "gas.json")
    return {"demand_points": points, "site_changes": _site_changes(), "capacities": _capacities()}


def _nominal(name: str) -> float:
    for ending, bar in (("-12", HIGH_BAR), ("-6", MIDDLE_BAR), ("J-G01-GOLDEN", HIGH_BAR)):
        if name.endswith(ending):
            return bar
    return SUPPLY_BAR


def _line(own: Builder, line: Regulator) -> None:
    """Add a line of a station, with its pipe to the header."""
    header = HEADERS[line.name.split("-")[1]]
    x, y, height = PLACES[header]
    own.junction(line.end, line.bar, x - 0.004, y - 0.003, height)
    own.regulator(line)
    own.pipe(line.name.replace("PC-", "P-"), line.end, header, 0.05, 400.0)


def _district(own: Builder, district: District) -> list[Row]:
    """Add a district's regulators, feeders and points; return its demand points."""
    key, rows = district.key, list[Row]()
    head = f"J-{key}-3"
    own.junction(head, DISTRICT_BAR, district.x, district.y, district.elevation_m)
    own.regulator(Regulator(f"PC-{key}-3", f"J-{key}-6", head, DISTRICT_BAR))
    for n in range(1, district.points + 1):
        x, y = district.x + 0.012 * (n - 2), district.y - 0.012
        names = [f"J-{key}-{part}-{n}" for part in ("FEEDER", "STREET", "POINT")]
        for i, (name, bar) in enumerate(zip(names, (DISTRICT_BAR, STREET_BAR, STREET_BAR), strict=True)):
            own.junction(name, bar, x + 0.002 * i, y - 0.002 * i, district.elevation_m)
        own.pipe(f"P-{key}-FEEDER-{n}", head, names[0], FEEDER_KM, FEEDER_MM)
        own.regulator(Regulator(f"PC-{key}-STREET-{n}", names[0], names[1], STREET_BAR))
        own.pipe(f"P-{key}-STREET-{n}", names[1], names[2], STREET_KM, STREET_MM)
        own.sink(f"S-{key}-{n}", names[2])
        rows.append({"asset": f"gas/S-{key}-{n}", "district": district.name, "weight": 1.0})
    return rows


def _site_changes() -> list[Row]:
    brought = [*STATIONS, *REDUCTIONS]
    own = [(r.site, r.name, "true") for r in brought if r.site]
    own += [(main.site, main.name, "true") for main in MAINS if main.site]
    own += [("G05", "EG-G05", "true")]
    own += [(r.until, r.name, "false") for r in brought if r.until]
    return [
        {"site": site, "asset": f"gas/{name}", "field": "in_service", "value": value}
        for site, name, value in sorted(own)
    ]


def _capacities() -> list[Row]:
    rows = [
        _capacity("Gas supply", "gas_source", name, rating, "G05" if "G05" in name else "")
        for name, rating in SUPPLY_M3_PER_H.items()
    ]
    for line in STATIONS:
        station = "Growing gas station" if line.site == "G05" else "Gate gas station"
        for name in (station, ALL_STATIONS) if line.site else (station,):
            rows.append(_capacity(name, "gas_station", line.name, line.m3_per_h, line.site, line.until))
    rows += [
        _capacity(name, "gas_main", main, rating, site)
        for name, (main, rating, site) in MAINS_M3_PER_H.items()
    ]
    return rows


def _capacity(name: str, kind: str, asset: str, rating: int, site: str, until: str = "") -> Row:
    row: Row = {"capacity": name, "asset": f"gas/{asset}", "kind": kind, "rating": rating, "unit": "m3/h"}
    return row | {"from_site": site, "until_site": until, "source": "A"}


def _write(net: Any, path: Path) -> None:
    """Write the network, the same bytes every time."""
    content = _plain(json.loads(pp.to_json(net)))
    path.write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")


def _plain(value: Any) -> Any:
    """Return what was written with numbers in place of the objects of NumPy that they came from."""
    if isinstance(value, list):
        return [_plain(own) for own in value]
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps(_plain(json.loads(value)))
    if not isinstance(value, dict):
        return value
    if value.get("_module") == "numpy" and value.get("_class") == "float64":
        return value["_object"]
    return {key: _plain(own) for key, own in value.items()}

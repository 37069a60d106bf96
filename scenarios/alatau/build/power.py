"""Builds Alatau's power network, `power.json`, and the table rows that refer to it.

All data stand in the tables at the top; where each number comes from is told in the scenario's README.
Elements of planned sites stand out of service; `site_changes` switches them.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandapower as pp
from pandapower.control import DiscreteTapControl

Row = dict[str, str | float]

EMERGENCY_FACTOR = 1.4
DESIGN_POWER_FACTOR = 0.95
MW_PER_CABLE = 2.0
FEEDER_KM = 1.5
TAP_STEPS, TAP_STEP_PERCENT = 9, 1.78
AUTO_STEPS, AUTO_STEP_PERCENT = 6, 2.0
BANDS = {10.0: (1.00, 1.04), 35.0: (1.02, 1.06), 110.0: (1.02, 1.06)}
NO_SITE = ""


class Conductor(NamedTuple):
    """Series ohm and shunt nF per km, and thermal limit, of one circuit."""

    r: float
    x: float
    c: float
    max_i_ka: float


CONDUCTORS = {
    "AC-400 220": Conductor(0.073, 0.420, 8.6, 0.825),
    "AC-240 110": Conductor(0.118, 0.405, 8.94, 0.605),
    "AC-150 35": Conductor(0.204, 0.406, 8.9, 0.450),
    "AC-120 35": Conductor(0.244, 0.414, 8.8, 0.390),
    "APvPu-240 10": Conductor(0.125, 0.100, 400.0, 0.360),
}


class Unit(NamedTuple):
    """A two-winding transformer type: rated voltages, short circuit and no-load data."""

    hv_kv: float
    lv_kv: float
    vk: float
    vkr: float
    pfe_kw: float
    i0: float


UNITS = {
    (110.0, 10.0, 16.0): Unit(115.0, 10.5, 10.5, 0.53, 18.0, 0.70),
    (110.0, 10.0, 25.0): Unit(115.0, 10.5, 10.5, 0.48, 25.0, 0.65),
    (110.0, 10.0, 40.0): Unit(115.0, 10.5, 10.5, 0.43, 34.0, 0.55),
    (110.0, 10.0, 63.0): Unit(115.0, 10.5, 10.5, 0.39, 50.0, 0.50),
    (110.0, 35.0, 40.0): Unit(115.0, 38.5, 10.5, 0.43, 36.0, 0.60),
    (35.0, 10.0, 4.0): Unit(36.75, 10.5, 7.5, 0.84, 5.6, 0.90),
    (35.0, 10.0, 6.3): Unit(36.75, 10.5, 7.5, 0.74, 8.0, 0.80),
    (35.0, 10.0, 10.0): Unit(36.75, 10.5, 8.0, 0.65, 12.3, 0.70),
    (10.0, 6.0, 2.5): Unit(10.5, 6.3, 6.5, 0.94, 3.9, 0.80),
    (10.0, 0.4, 1.0): Unit(10.0, 0.4, 5.5, 1.08, 1.6, 1.00),
    (10.0, 0.4, 0.63): Unit(10.0, 0.4, 5.5, 1.21, 1.2, 1.20),
    (10.0, 0.4, 0.4): Unit(10.0, 0.4, 4.5, 1.38, 0.9, 1.40),
    (10.0, 0.4, 0.25): Unit(10.0, 0.4, 4.5, 1.48, 0.6, 1.60),
}


class Station(NamedTuple):
    """A substation with two units: its buses, district and 10 kV feeders.

    `hv` and `lv` name its buses, `<name>-10` if `lv` is empty; `feeders` share its firm capacity.
    """

    title: str
    district: str
    hv: str
    hv_kv: float
    mva: float
    feeders: int
    site: str = NO_SITE
    until: str = NO_SITE
    lv: str = ""


STATIONS = {
    "ZHETYGEN": Station("Zhetygen", "Growing", "ZHETYGEN-110", 110, 16, 2, until="SS06"),
    "KOYANKUS": Station("Koyankus", "Gate", "KOYANKUS-35", 35, 10, 1, until="SS09"),
    "ARNA": Station("Arna", "Golden", "ARNA-35", 35, 6.3, 1),
    "ENBEK": Station("Enbek", "Green", "ENBEK-35", 35, 4, 1),
    "SS02": Station("SS02 Gate centre", "Gate", "SS02-110", 110, 63, 2, "SS02"),
    "SS03": Station("SS03 Gate north", "Gate", "SS03-110", 110, 40, 2, "SS03"),
    "SS04": Station("SS04 Golden", "Golden", "SS04-110", 110, 40, 2, "SS04"),
    "SS05": Station("SS05 Growing", "Growing", "SS05-110", 110, 63, 2, "SS05"),
    "SS06": Station("Zhetygen (rebuilt)", "Growing", "ZHETYGEN-110", 110, 40, 1, "SS06", lv="ZHETYGEN-10"),
    "SS07": Station("SS07 SEZ", "SEZ", "SS07-110", 110, 63, 2, "SS07"),
    "SS08": Station("SS08 Green", "Green", "SS08-110", 110, 25, 1, "SS08"),
    "SS09": Station("SS09 Koyankus", "Gate", "SS09-110", 110, 25, 1, "SS09"),
    "SS11": Station("SS11 Golden east", "Golden", "SS11-110", 110, 63, 2, "SS11"),
}
INHERITS = {"SS06": "ZHETYGEN", "SS09": "KOYANKUS"}
"""Rebuilt stations keep the feeders of the old one and add their own for the rest of their firm capacity."""

AUTO_STATIONS = {"SS01": ("SS01 Gate 220 kV", "Gate"), "SS10": ("SS10 Growing 220 kV", "Growing")}
AUTO_MVA, AUTO_LV_MVA = 125.0, 40.0

BUSES = {  # name: (kV, site, longitude, latitude)
    "INFEED-110": (110, NO_SITE, 77.100, 43.500),
    "INFEED-35": (35, NO_SITE, 77.102, 43.501),
    "ZHETYGEN-110": (110, NO_SITE, 77.120, 43.680),
    "ZHETYGEN-RING": (110, "E01", 77.124, 43.680),
    "ZHETYGEN-10": (10, NO_SITE, 77.122, 43.683),
    "KOYANKUS-35": (35, NO_SITE, 77.020, 43.440),
    "KOYANKUS-10": (10, NO_SITE, 77.022, 43.443),
    "ARNA-35": (35, NO_SITE, 76.950, 43.560),
    "ARNA-10": (10, NO_SITE, 76.952, 43.563),
    "ENBEK-35": (35, NO_SITE, 77.060, 43.840),
    "ENBEK-10": (10, NO_SITE, 77.062, 43.843),
    "SEZ-10": (10, NO_SITE, 77.285, 43.625),
    "SS01-SRC": (220, "SS01", 76.900, 43.380),
    "SS01-220": (220, "SS01", 77.000, 43.400),
    "SS01-110": (110, "SS01", 77.004, 43.402),
    "SS01-10": (10, "SS01", 77.002, 43.405),
    "SS02-110": (110, "E01", 76.995, 43.430),
    "SS02-10": (10, "SS02", 76.997, 43.433),
    "SS03-110": (110, "SS03", 77.030, 43.460),
    "SS03-10": (10, "SS03", 77.032, 43.463),
    "SS04-110": (110, "E01", 76.940, 43.530),
    "SS04-10": (10, "SS04", 76.942, 43.533),
    "SS05-110": (110, "E01", 77.160, 43.700),
    "SS05-10": (10, "SS05", 77.162, 43.703),
    "SS07-110": (110, "E01", 77.300, 43.620),
    "SS07-10": (10, "SS07", 77.302, 43.623),
    "SS08-110": (110, "E01", 77.080, 43.820),
    "SS08-10": (10, "SS08", 77.082, 43.823),
    "SS09-110": (110, "SS09", 77.030, 43.435),
    "SS09-10": (10, "SS09", 77.032, 43.438),
    "SS10-SRC": (220, "SS10", 77.220, 43.780),
    "SS10-220": (220, "SS10", 77.180, 43.720),
    "SS10-110": (110, "SS10", 77.184, 43.722),
    "SS10-10": (10, "SS10", 77.182, 43.725),
    "SS11-110": (110, "SS11", 76.990, 43.570),
    "SS11-10": (10, "SS11", 76.992, 43.573),
}

LINES = (  # name, from, to, km, conductor, circuits, site that brings it, site that retires it
    ("ZHETYGEN", "INFEED-110", "ZHETYGEN-110", 22.0, "AC-240 110", 2, NO_SITE, NO_SITE),
    ("KOYANKUS", "INFEED-35", "KOYANKUS-35", 11.0, "AC-150 35", 2, NO_SITE, "SS09"),
    ("ARNA", "INFEED-35", "ARNA-35", 16.0, "AC-120 35", 2, NO_SITE, NO_SITE),
    ("ENBEK", "INFEED-35", "ENBEK-35", 40.0, "AC-150 35", 2, NO_SITE, NO_SITE),
    ("SS09", "INFEED-110", "SS09-110", 12.0, "AC-240 110", 2, "SS09", NO_SITE),
    ("SS01-220", "SS01-SRC", "SS01-220", 18.0, "AC-400 220", 2, "SS01", NO_SITE),
    ("SS03", "SS01-110", "SS03-110", 7.0, "AC-240 110", 2, "SS03", NO_SITE),
    ("RING-SS01-SS02", "SS01-110", "SS02-110", 5.0, "AC-240 110", 2, "E01", NO_SITE),
    ("RING-SS02-SS04", "SS02-110", "SS04-110", 9.0, "AC-240 110", 2, "E01", NO_SITE),
    ("RING-SS04-ZHETYGEN", "SS04-110", "ZHETYGEN-RING", 11.0, "AC-240 110", 2, "E01", NO_SITE),
    ("RING-ZHETYGEN-SS05", "ZHETYGEN-RING", "SS05-110", 4.0, "AC-240 110", 2, "E01", NO_SITE),
    ("RING-SS05-SS08", "SS05-110", "SS08-110", 10.0, "AC-240 110", 2, "E01", NO_SITE),
    ("RING-SS08-SS07", "SS08-110", "SS07-110", 13.0, "AC-240 110", 2, "E01", NO_SITE),
    ("RING-SS07-SS01", "SS07-110", "SS01-110", 12.0, "AC-240 110", 2, "E01", NO_SITE),
    ("SS10-220", "SS10-SRC", "SS10-220", 15.0, "AC-400 220", 2, "SS10", NO_SITE),
    ("SS10-SS05", "SS10-110", "SS05-110", 3.0, "AC-240 110", 2, "SS10", NO_SITE),
    ("SS11", "SS10-110", "SS11-110", 18.0, "AC-240 110", 2, "SS11", NO_SITE),
)

EXTERNAL_GRIDS = (  # name, bus, voltage, MVA, site
    ("EG-INFEED", "INFEED-110", 1.05, 120.0, NO_SITE),
    ("EG-SS01", "SS01-SRC", 1.04, 250.0, "SS01"),
    ("EG-SS10", "SS10-SRC", 1.04, 250.0, "SS10"),
)

COUPLERS = (  # name, bus, bus, site that closes it ("" = stands open, for emergencies)
    ("CB-KOYANKUS", "KOYANKUS-10", "SS09-10", "SS09"),
    ("CB-SEZ", "SEZ-10", "SS07-10", "SS07"),
    ("CB-ZHETYGEN", "ZHETYGEN-110", "ZHETYGEN-RING", NO_SITE),
)

SEZ_FEEDER = ("SEZ", "ZHETYGEN-10", "SEZ-10", 6.0, "APvPu-240 10", 8, NO_SITE, "SS07")

PUMPS = (  # load, 10 kV bus, low voltage, MVA of each of two units, site
    ("WELLS", "KOYANKUS-10", 0.4, 1.0, NO_SITE),
    ("LS-GATE", "KOYANKUS-10", 0.4, 0.4, NO_SITE),
    ("LS-GOLDEN", "ARNA-10", 0.4, 0.4, NO_SITE),
    ("PS-GOLDEN", "ARNA-10", 0.4, 0.63, NO_SITE),
    ("LS-GREEN", "ENBEK-10", 0.4, 0.25, NO_SITE),
    ("PS-GREEN", "ENBEK-10", 0.4, 0.4, NO_SITE),
    ("LS-SEZ", "SEZ-10", 0.4, 0.4, NO_SITE),
    ("PS-SEZ", "SEZ-10", 0.4, 0.4, NO_SITE),
    ("WWTP", "ZHETYGEN-10", 0.4, 0.25, NO_SITE),
    ("W01", "SS09-10", 6.0, 2.5, "W01"),
    ("W03", "SS09-10", 6.0, 2.5, "W03"),
    ("W04", "ZHETYGEN-10", 6.0, 2.5, "W04"),
    ("S02", "SS04-10", 0.4, 1.0, "S02"),
    ("S03", "ZHETYGEN-10", 0.4, 0.63, "S03"),
    ("S04", "SS05-10", 6.0, 2.5, "S04"),
    ("S05", "SS05-10", 0.4, 1.0, "S05"),
)

START_MW = {
    "L-ZHETYGEN-1": 9.0,
    "L-ZHETYGEN-2": 9.0,
    "L-ZHETYGEN-SEZ": 3.0,
    "L-KOYANKUS-1": 10.0,
    "L-ARNA-1": 3.0,
    "L-ENBEK-1": 3.0,
}
"""What the districts draw at the start of 2026; the simulation overwrites it."""


@dataclass(frozen=True)
class PowerParts:
    """The network and the rows it adds to the scenario's tables, by table."""

    net: Any
    tables: dict[str, list[Row]]


@dataclass
class Grid:
    """A network under construction, with the site changes its elements ask for."""

    net: Any = field(default_factory=lambda: pp.create_empty_network(name="Alatau", sn_mva=100.0))
    bus: dict[str, int] = field(default_factory=dict)
    changes: list[Row] = field(default_factory=list)

    def planned(self, name: str, site: str, until: str = NO_SITE) -> dict[str, Any]:
        """Return name and service of an element, and note what its sites change."""
        if site:
            self.change(site, name, "in_service", True)
        if until:
            self.change(until, name, "in_service", False)
        return {"name": name, "in_service": not site}

    def change(self, site: str, name: str, what: str, value: bool) -> None:
        """Note one site change."""
        self.changes.append(
            {"site": site, "asset": f"power/{name}", "field": what, "value": str(value).lower()}
        )

    def add_bus(self, name: str, kv: float, site: str, at: tuple[float, float], until: str = NO_SITE) -> None:
        """Add a bus at a longitude and latitude."""
        self.bus[name] = int(
            pp.create_bus(self.net, vn_kv=kv, geodata=at, **self.planned(f"B-{name}", site, until))
        )

    def add_line(
        self,
        name: str,
        ends: tuple[str, str],
        km: float,
        kind: str,
        sites: tuple[str, str],
        parallel: int = 1,
    ) -> None:
        """Add one line of `parallel` circuits."""
        wire = CONDUCTORS[kind]
        pp.create_line_from_parameters(
            self.net,
            from_bus=self.bus[ends[0]],
            to_bus=self.bus[ends[1]],
            length_km=km,
            r_ohm_per_km=wire.r,
            x_ohm_per_km=wire.x,
            c_nf_per_km=wire.c,
            max_i_ka=wire.max_i_ka,
            parallel=parallel,
            **self.planned(f"LN-{name}", *sites),
        )

    def add_unit(
        self, name: str, ends: tuple[str, str], mva: float, sites: tuple[str, str], regulated: bool
    ) -> None:
        """Add a two-winding transformer, with an on-load tap changer if it is `regulated`."""
        hv, lv = (self.bus[end] for end in ends)
        kv = (float(self.net.bus.vn_kv[hv]), float(self.net.bus.vn_kv[lv]))
        unit = UNITS[(*kv, float(mva))]
        index = pp.create_transformer_from_parameters(
            self.net,
            hv_bus=hv,
            lv_bus=lv,
            sn_mva=mva,
            vn_hv_kv=unit.hv_kv,
            vn_lv_kv=unit.lv_kv,
            vk_percent=unit.vk,
            vkr_percent=unit.vkr,
            pfe_kw=unit.pfe_kw,
            i0_percent=unit.i0,
            vector_group="YNyn",
            **(_taps("hv", TAP_STEPS, TAP_STEP_PERCENT) if regulated else {}),
            **self.planned(name, *sites),
        )
        if regulated:
            DiscreteTapControl(self.net, int(index), *BANDS[kv[1]], side="lv", element="trafo")

    def add_auto(self, name: str, site: str) -> None:
        """Add a 220/110/10 kV unit whose tap changer holds its 110 kV bus."""
        index = pp.create_transformer3w_from_parameters(
            self.net,
            hv_bus=self.bus[f"{site}-220"],
            mv_bus=self.bus[f"{site}-110"],
            lv_bus=self.bus[f"{site}-10"],
            vn_hv_kv=230.0,
            vn_mv_kv=115.0,
            vn_lv_kv=10.5,
            sn_hv_mva=AUTO_MVA,
            sn_mv_mva=AUTO_MVA,
            sn_lv_mva=AUTO_LV_MVA,
            vk_hv_percent=11.5,
            vk_mv_percent=6.24,
            vk_lv_percent=9.76,
            vkr_hv_percent=0.25,
            vkr_mv_percent=0.20,
            vkr_lv_percent=0.20,
            pfe_kw=65.0,
            i0_percent=0.4,
            vector_group="YNynyn",
            **_taps("mv", AUTO_STEPS, AUTO_STEP_PERCENT),
            **self.planned(name, site),
        )
        DiscreteTapControl(self.net, int(index), *BANDS[110.0], side="mv", element="trafo3w")

    def add_load(self, name: str, bus: str, site: str) -> None:
        """Add a load that the simulation sets."""
        mw = START_MW.get(name, 0.0)
        q_mvar = round(mw * math.tan(math.acos(DESIGN_POWER_FACTOR)), 4)
        pp.create_load(self.net, self.bus[bus], p_mw=mw, q_mvar=q_mvar, **self.planned(name, site))

    def near(self, bus: str, step: int) -> tuple[float, float]:
        """Return a place beside a bus, for maps."""
        _, _, longitude, latitude = BUSES[bus]
        return round(longitude + 0.008 * step, 4), round(latitude + 0.006, 4)


def _taps(side: str, steps: int, percent: float) -> dict[str, Any]:
    return {
        "tap_side": side,
        "tap_neutral": 0,
        "tap_min": -steps,
        "tap_max": steps,
        "tap_step_percent": percent,
        "tap_step_degree": 0.0,
        "tap_pos": 0,
        "tap_changer_type": "Ratio",
    }


def firm_mw(mva: float) -> float:
    """Return what a two-unit substation carries after the loss of one unit."""
    return round(mva * EMERGENCY_FACTOR * DESIGN_POWER_FACTOR, 4)


def build() -> PowerParts:
    """Build the network and the rows of the tables that refer to it."""
    grid = Grid()
    for name, (kv, site, longitude, latitude) in BUSES.items():
        until = "SS09" if name == "KOYANKUS-35" else NO_SITE
        grid.add_bus(name, kv, site, (longitude, latitude), until)
    _add_supply(grid)
    points = [*_add_stations(grid), *_add_sez(grid)]
    _add_pumps(grid)
    tables: dict[str, list[Row]] = {
        "site_changes": sorted(grid.changes, key=lambda row: str(row["site"])),
        "demand_points": points,
        "capacities": _capacities(),
        "limits": [_limit("power/EG-INFEED", 120.0)],
        "links": [],
    }
    grid.net.std_types = {"line": {}, "trafo": {}, "trafo3w": {}}
    return PowerParts(grid.net, tables)


def _add_supply(grid: Grid) -> None:
    for name, bus, vm_pu, mva, site in EXTERNAL_GRIDS:
        pp.create_ext_grid(
            grid.net, grid.bus[bus], vm_pu=vm_pu, s_sc_max_mva=10 * mva, **grid.planned(name, site)
        )
    for name, start, end, km, kind, circuits, site, until in LINES:
        for circuit in range(1, circuits + 1):
            grid.add_line(f"{name}-{circuit}", (start, end), km, kind, (site, until))
    for number in (1, 2):
        grid.add_unit(f"T-INFEED-{number}", ("INFEED-110", "INFEED-35"), 40.0, (NO_SITE, NO_SITE), True)
    for name, one, other, site in COUPLERS:
        pp.create_switch(grid.net, grid.bus[one], grid.bus[other], et="b", type="CB", closed=False, name=name)
        if site:
            grid.change(site, name, "closed", True)


def _add_stations(grid: Grid) -> Iterator[Row]:
    for name, row in STATIONS.items():
        low = row.lv or f"{name}-10"
        for number in (1, 2):
            grid.add_unit(f"T-{name}-{number}", (row.hv, low), row.mva, (row.site, row.until), True)
        kept = firm_mw(STATIONS[INHERITS[name]].mva) if name in INHERITS else 0.0
        yield from _add_feeders(grid, name, low, row.district, row.site, row.feeders, firm_mw(row.mva) - kept)
    for site, (_, district) in AUTO_STATIONS.items():
        for number in (1, 2):
            grid.add_auto(f"T-{site}-{number}", site)
        yield from _add_feeders(grid, site, f"{site}-10", district, site, 2, firm_mw(AUTO_LV_MVA))


def _add_feeders(
    grid: Grid, name: str, bus: str, district: str, site: str, count: int, firm: float
) -> Iterator[Row]:
    """Add the aggregated 10 kV feeders of a station; they share its firm capacity equally."""
    for number in range(1, count + 1):
        feeder, weight = f"{name}-{number}", round(firm / count, 4)
        grid.add_bus(f"{feeder}-FEEDER", 10.0, site, grid.near(bus, number))
        cables = math.ceil(weight / MW_PER_CABLE)
        ends = (bus, f"{feeder}-FEEDER")
        grid.add_line(f"{feeder}-FEEDER", ends, FEEDER_KM, "APvPu-240 10", (site, NO_SITE), cables)
        grid.add_load(f"L-{feeder}", f"{feeder}-FEEDER", site)
        yield _point(f"L-{feeder}", district, weight, site)


def _add_sez(grid: Grid) -> Iterator[Row]:
    """Add the feeder that serves the SEZ from Zhetygen until SS07 stands."""
    name, start, end, km, kind, cables, site, until = SEZ_FEEDER
    grid.add_line(f"{name}-FEEDER", (start, end), km, kind, (site, until), cables)
    grid.add_load("L-ZHETYGEN-SEZ", end, site)
    yield _point("L-ZHETYGEN-SEZ", "SEZ", firm_mw(16.0), site, until)


def _add_pumps(grid: Grid) -> None:
    """Add a bus, two transformers and a load for each pumping or treatment station."""
    for number, (name, bus, kv, mva, site) in enumerate(PUMPS):
        grid.add_bus(name, kv, site, grid.near(bus, -1 - number % 3))
        for unit in (1, 2):
            grid.add_unit(f"T-{name}-{unit}", (bus, name), mva, (site, NO_SITE), False)
        grid.add_load(f"L-{name}", name, site)


def _point(load: str, district: str, weight: float, site: str, until: str = NO_SITE) -> Row:
    return {
        "asset": f"power/{load}",
        "district": district,
        "weight": weight,
        "from_site": site,
        "until_site": until,
    }


def _limit(asset: str, upper: float) -> Row:
    return {"asset": asset, "quantity": "apparent_mva", "lower": "", "upper": upper}


def _capacities() -> list[Row]:
    pairs = [(row.title, name, row.site, row.until) for name, row in STATIONS.items()]
    pairs += [(title, site, site, NO_SITE) for site, (title, _) in AUTO_STATIONS.items()]
    pairs += [("Infeed 110/35 kV", "INFEED", NO_SITE, NO_SITE)]
    rows = [
        _capacity(title, f"T-{name}-{unit}", "substation", "", site, until)
        for title, name, site, until in pairs
        for unit in (1, 2)
    ]
    titles = {"EG-INFEED": "Infeed", "EG-SS01": "SS01 infeed", "EG-SS10": "SS10 infeed"}
    return rows + [
        _capacity(titles[name], name, "supply", mva, site, NO_SITE)
        for name, _, _, mva, site in EXTERNAL_GRIDS
    ]


def _capacity(title: str, name: str, kind: str, rating: str | float, site: str, until: str) -> Row:
    if kind == "supply":
        source = "planning input (A)"
    else:
        source = "sites.csv (A)" if site else "planning input, what stands in 2026 (A)"
    return {
        "capacity": title,
        "asset": f"power/{name}",
        "kind": kind,
        "rating": rating,
        "unit": "MVA",
        "from_site": site,
        "until_site": until,
        "source": source,
    }


def write(net: Any, path: Path) -> None:
    """Write the network, the same bytes every time."""
    text = pp.to_json(net)
    path.write_text(json.dumps(json.loads(text), indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    write(build().net, Path(__file__).parent.parent / "power.json")

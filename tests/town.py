"""A small town written by code: one transformer feeds its intake and its lift station."""

import csv
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pandapower as pp

WATER = """
[TITLE]
a town's water: river, intake, a tank on a hill, two streets
[JUNCTIONS]
J-INTAKE 0 0
J-HIGH 30 0
J-LOW 5 0
[RESERVOIRS]
R-RIVER 0
[TANKS]
T-HILL 45 3 0 5 12 0
[PIPES]
P-MAIN J-INTAKE T-HILL 2000 300 130 0 OPEN
P-HIGH T-HILL J-HIGH 1000 250 130 0 OPEN
P-LOW J-HIGH J-LOW 1500 250 130 0 OPEN
[PUMPS]
PU-INTAKE R-RIVER J-INTAKE HEAD C-INTAKE
[CURVES]
C-INTAKE 240 56
[CONTROLS]
LINK PU-INTAKE OPEN IF NODE T-HILL BELOW 4
LINK PU-INTAKE CLOSED IF NODE T-HILL ABOVE 4.8
[TIMES]
HYDRAULIC TIMESTEP 1:00
[OPTIONS]
UNITS CMH
HEADLOSS H-W
ACCURACY 0.000001
[END]
"""

WASTEWATER = """
[TITLE]
a town's sewers: two manholes, a wet well, a force main, a plant
[JUNCTIONS]
MH-HIGH 28 0
MH-LOW 3 0
J-LIFT -2 0
D-LIFT 12 0
MH-PLANT 11 0
[RESERVOIRS]
OUT-PLANT 9
[TANKS]
WW-LIFT -2 1.5 0 3 5 0 * YES
[PIPES]
G-HIGH MH-HIGH MH-LOW 1500 300 0.013 0 OPEN
G-LOW MH-LOW WW-LIFT 100 400 0.013 0 OPEN
FM-LIFT J-LIFT D-LIFT 1200 250 0.012 0 OPEN
G-PLANT MH-PLANT OUT-PLANT 400 400 0.013 0 OPEN
[PUMPS]
PU-LIFT-1 WW-LIFT J-LIFT HEAD C-LIFT
PU-LIFT-2 WW-LIFT J-LIFT HEAD C-LIFT
[VALVES]
PSV-LIFT D-LIFT MH-PLANT 250 PSV 0 0
[CURVES]
C-LIFT 120 18
[TAGS]
LINK G-HIGH gravity
LINK G-LOW gravity
LINK G-PLANT gravity
[TIMES]
HYDRAULIC TIMESTEP 1:00
[OPTIONS]
UNITS CMH
HEADLOSS C-M
ACCURACY 0.000001
TRIALS 200
[END]
"""

SCENARIO = """
name: Town
start: 2026-05-04
end: 2026-05-07
days: every
networks:
  power: {file: power.json}
  water: {file: water.inp, required_pressure_m: 12}
  wastewater: {file: wastewater.inp}
"""

PROFILES = Path(__file__).parents[1] / "scenarios" / "alatau" / "profiles.csv"

Rows = Sequence[Sequence[object]]

LINKS: Rows = (
    ("kind", "asset", "to", "kwh_per_m3", "lag_h", "restart_delay_s"),
    ("pump", "water/PU-INTAKE", "power/L-INTAKE", "", "", 900),
    ("pump", "wastewater/PU-LIFT-1", "power/L-LIFT", "", "", 900),
    ("pump", "wastewater/PU-LIFT-2", "power/L-LIFT", "", "", 900),
    ("process", "wastewater/PLANT", "power/L-TOWN", 0.5, "", ""),
    ("sewage", "water/J-HIGH", "wastewater/MH-HIGH", "", 1, ""),
    ("sewage", "water/J-LOW", "wastewater/MH-LOW", "", 1, ""),
)

TABLES: dict[str, Rows] = {
    "districts": (("district", "storeys"), ("Town", 1)),
    "population": (
        ("district", "year", "population_k"),
        ("Town", 2025, 12),
        ("Town", 2030, 12),
    ),
    "norms": (
        ("norm", "year", "value"),
        ("power_kw_per_person", 2025, 0.4),
        ("water_l_per_person_day", 2025, 200),
        ("water_loss_share", 2025, 0.1),
        ("sewered_share", 2025, 1),
    ),
    "demand_points": (
        ("asset", "district", "weight"),
        ("power/L-TOWN", "Town", 1),
        ("water/J-HIGH", "Town", 1),
        ("water/J-LOW", "Town", 1),
    ),
    "treatment": (
        ("plant", "node", "capacity_m3_per_day", "equalisation_m3"),
        ("PLANT", "OUT-PLANT", 4000, 200),
    ),
    "lift_stations": (
        ("station", "wet_well", "pumps", "main", "discharge"),
        ("LIFT", "WW-LIFT", "PU-LIFT-1;PU-LIFT-2", "FM-LIFT", "D-LIFT"),
    ),
    "outages": (("assets", "start", "hours"), ("power/T-PUMPS", "2026-05-05T06:00", 6)),
}


def write_town(folder: Path, linked: bool = True) -> Path:
    """Write the scenario; unlinked, its pumps need no power."""
    folder.mkdir(parents=True)
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "water.inp").write_text(WATER, encoding="utf-8")
    (folder / "wastewater.inp").write_text(WASTEWATER, encoding="utf-8")
    shutil.copy(PROFILES, folder / "profiles.csv")
    links = [row for row in LINKS if linked or row[0] != "pump"]
    for name, rows in (TABLES | {"links": links}).items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    (folder / "power.json").write_text(_grid(), encoding="utf-8")
    return folder


@cache
def _grid() -> str:
    net = pp.create_empty_network(name="town")
    high = pp.create_bus(net, 110.0, name="B-110")
    town = pp.create_bus(net, 10.0, name="B-TOWN")
    pumps = pp.create_bus(net, 10.0, name="B-PUMPS")
    pp.create_ext_grid(net, high, name="EG")
    for bus, name in ((town, "T-TOWN"), (pumps, "T-PUMPS")):
        pp.create_transformer(net, high, bus, "25 MVA 110/10 kV", name=name)
    pp.create_load(net, town, 0.0, name="L-TOWN")
    pp.create_load(net, pumps, 0.0, name="L-INTAKE")
    pp.create_load(net, pumps, 0.0, name="L-LIFT")
    return str(pp.to_json(net))

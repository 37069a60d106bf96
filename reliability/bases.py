"""Small scenario folders that are whole, for others to break: one per utility, and one with everything."""

import csv
from pathlib import Path

from tests.orders_town import write_orders_town
from tests.town import Rows, write_town

_TABLES: dict[str, Rows] = {
    "districts": (
        ("district", "use", "area_kha", "elevation_m", "storeys", "latitude", "longitude", "source"),
        ("Town", "housing", 1.5, 20, 1, 43.4, 77.0, "A"),
        ("Hill", "gardens", 0.5, 40, 2, 43.5, 77.1, "A"),
    ),
    "population": (
        ("district", "year", "population_k"),
        *(("Town", 2025, 12), ("Town", 2030, 14), ("Hill", 2025, 1), ("Hill", 2030, 2)),
    ),
    "other_demand": (
        ("district", "year", "evening_peak_mw", "max_day_water_km3", "average_sewage_km3"),
        *(("Town", 2025, 0.5, 0.2, 0.1), ("Town", 2030, 1.0, 0.3, 0.2)),
    ),
    "developments": (
        *(("id", "name", "sector", "district", "jobs", "power_mw", "water_m3_per_day", "request_year"),),
        *(("MILL", "Mill", "food", "Town", 100, 3, 50, 2026), ("YARD", "Yard", "", "Hill", 5, 0.2, 0, 2027)),
    ),
    "demand_points": (
        ("asset", "district", "weight", "from_site", "until_site"),
        *(("power/L-TOWN", "Town", 1, "", ""), ("power/L-TOWN", "Hill", 2, "", "")),
        *(
            ("water/J-HIGH", "Town", 1, "", ""),
            ("water/J-LOW", "Town", 2, "", ""),
            ("water/J-HIGH", "Hill", 1, "", ""),
        ),
    ),
    "sites": (
        ("id", "kind", "name", "cost_bn_kzt", "build_months", "stage", "requires", "slip_months", "crews"),
        ("BIG", "station", "Second transformer", 4, 1, "1", "SMALL", 0, 1),
        ("SMALL", "station", "Yard", 1, 0.5, "1", "", 0.2, 1),
    ),
    "site_changes": (
        ("site", "asset", "field", "value"),
        *(
            ("BIG", "power/T-SECOND", "in_service", "true"),
            ("SMALL", "wastewater/PLANT", "in_service", "true"),
        ),
        *(("SMALL", "water/P-LOW", "open", "true"), ("SMALL", "wastewater/PU-LIFT-2", "open", "true")),
    ),
    "capacities": (
        ("capacity", "asset", "kind", "rating", "unit", "from_site", "until_site"),
        *(
            ("Town", "power/T-TOWN", "substation", "", "", "", ""),
            ("Town", "power/T-SECOND", "substation", "", "", "BIG", ""),
        ),
        *(
            ("Grid", "power/EG", "supply", 60, "MVA", "", ""),
            ("River", "water/PU-INTAKE", "source", 6000, "", "", ""),
        ),
        *(("Plant", "wastewater/PLANT", "treatment", 4000, "m3/day", "SMALL", ""),),
        *(("Lift", "wastewater/PU-LIFT-1", "pumping", 100, "m3/h", "", ""),),
    ),
    "crews": (
        ("trade", "from_year", "crews", "builds", "winter_speed"),
        *(("builders", 2026, 1, "station", 0.7), ("builders", 2027, 2, "station", 0.7)),
    ),
    "limits": (
        ("asset", "quantity", "lower", "upper"),
        *(("power/EG", "apparent_mva", "", 40), ("water/J-HIGH", "pressure_m", 5, "")),
    ),
    "outages": (
        ("assets", "start", "hours", "repeat_months"),
        ("power/T-PUMPS;water/P-LOW", "2026-05-05T06:00", 6, 1),
    ),
    "failures": (
        ("failure", "assets", "failures_per_year", "repair_h", "together"),
        *(("grid", "power/T-*", 20, 8, "false"), ("pumps", "wastewater/PU-*;water/PU-*", 30, 5, "true")),
    ),
    "uncertainties": (
        ("quantity", "of", "distribution", "median", "p90", "low", "mode", "high", "value"),
        *(
            ("slip", "*", "lognormal", 1.15, 1.6, "", "", "", ""),
            ("cost", "*", "triangular", "", "", 0.9, 1, 1.4, ""),
        ),
        ("growth", "Town", "fixed", "", "", "", "", "", 1.1),
    ),
    "seasons": (
        ("month", "power", "water", "mean_temperature_c"),
        *((month, 1 if month < 4 else 0.8, 1 if month < 6 else 1.2, month) for month in range(1, 13)),
    ),
}
_WHOLE = """\
name: Town
description: everything at once
start: 2026-05-01
end: 2026-07-01
days: representative
seed: 3
n1: true
future: 0
networks:
  power: {file: power.json, emergency_factor: 1.3, shedding: true}
  water: {file: water.inp, required_pressure_m: 12, min_pressure_m: 2}
  wastewater: {file: wastewater.inp, max_filling_percent: 90}
settling: {max_rounds: 8, tolerance_kw: 0.01}
demand: {residential_share: 0.6, native_growth_percent_per_year: 1}
stages: {"1": 2026-05-01}
build_order: big_first
connection: when-capacity
connection_terms: {headroom: firm, ramp_months: 1}
works: {permit_share: 0.1, procurement_share: 0.1}
finance: {discount_rate_percent: 12, inflation_percent: 5, debt_service_ceiling_bn_kzt_per_year: 60}
service_prices: {delayed_job_kzt_per_month: 300000, unserved_energy_kzt_per_kwh: 500}
repair_crews: 1
"""
_OWN_INFLOW = {"MH-HIGH 28 0": "MH-HIGH 28 -20", "MH-LOW 3 0": "MH-LOW 3 -15"}
_ONE = """\
name: One utility
start: 2026-05-04
end: 2026-05-06
days: every
networks:
  {network}: {{file: {file}}}
"""
KINDS = ("whole", "whole", "whole", "town", "orders", "power", "water", "wastewater")
"""The folders that `write_base` makes; the one with everything has most that can break."""


def write_base(kind: str, folder: Path) -> Path:
    """Write a base scenario."""
    if kind in ("whole", "orders"):
        write_orders_town(folder)
    else:
        write_town(folder)
    if kind == "whole":
        (folder / "scenario.yaml").write_text(_WHOLE, encoding="utf-8")
        for name, rows in _TABLES.items():
            _write(folder / f"{name}.csv", rows)
    elif kind == "orders":
        text = (folder / "scenario.yaml").read_text(encoding="utf-8").replace("2027-01-01", "2026-08-01")
        (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    elif kind != "town":
        _keep_one(kind, folder)
    return folder


def _keep_one(network: str, folder: Path) -> None:
    """Leave one utility of the town, without links."""
    file = {"power": "power.json", "water": "water.inp", "wastewater": "wastewater.inp"}[network]
    (folder / "scenario.yaml").write_text(_ONE.format(network=network, file=file), encoding="utf-8")
    gone = {"power.json", "water.inp", "wastewater.inp", "links.csv", "outages.csv"} - {file}
    if network == "wastewater":
        gone |= {"districts.csv", "population.csv", "norms.csv", "demand_points.csv", "profiles.csv"}
        text = (folder / file).read_text(encoding="utf-8")
        for before, after in _OWN_INFLOW.items():
            text = text.replace(before, after)
        (folder / file).write_text(text, encoding="utf-8")
    else:
        gone |= {"treatment.csv", "lift_stations.csv"}
        with (folder / "demand_points.csv").open(encoding="utf-8") as file_of_points:
            rows = [row for row in csv.reader(file_of_points) if row[0].split("/")[0] in ("asset", network)]
        _write(folder / "demand_points.csv", rows)
    for name in gone:
        (folder / name).unlink()


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)

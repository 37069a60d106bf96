"""Builds networks and tables from ``inputs/``: ``python scenarios/alatau/build [FOLDER]``."""

import csv
import sys
from pathlib import Path

import background
import gas
import power
import roads
import wastewater
import water

FOLDER = Path(__file__).resolve().parents[1]
INPUTS = FOLDER / "inputs"
Row = dict[str, object]

STOREYS = {"Gate": 9, "Golden": 9, "Growing": 5, "Green": 4, "SEZ": 2}
CENTRES = {
    "Gate": (43.42, 77.00),
    "Golden": (43.55, 76.95),
    "Growing": (43.68, 77.12),
    "Green": (43.84, 77.06),
    "SEZ": (43.62, 77.30),
}
NORMS: dict[str, tuple[str, str, tuple[float, float, float, float]]] = {
    "power_kw_per_person": ("kW", "A, after regional norms 0.41-0.57", (0.33, 0.42, 0.48, 0.50)),
    "water_l_per_person_day": ("l", "N, 160-350 by fittings", (150, 210, 240, 250)),
    "water_loss_share": ("1", "A", (0.25, 0.18, 0.13, 0.12)),
    "sewered_share": ("1", "A", (0.45, 0.75, 0.95, 1.0)),
    "gas_m3_per_person_month": ("m3", "N, 10-30 for cooking and hot water", (20, 20, 20, 20)),
    "gas_heating_m3_per_h_per_1000_m2": ("m3/h", "N, new-build at -20.1 C", (7, 7, 7, 7)),
    "gas_heated_share": ("1", "A, of housing heated by gas", (0.55, 0.85, 0.80, 0.70)),
    "floor_m2_per_person": ("m2", "A, housing 55 M m2 in 2050 P", (20, 24, 27, 29.4)),
}
CREWS = {"E01": 2}
KINDS = {"grant": "grant", "national_project_loan": "loan", "epcf": "epcf", "gas_company": "own"}
MARKET_RATE_PERCENT = {"national_project_loan": 18}
YEARS = (2025, 2030, 2040, 2050)
STAGE_SOURCES = {
    "1": "one of 21 sites of stage 1, their sum (365.1 bn) P",
    "2": "one of 9 sites of stage 2, their sum (312.5 bn) P",
}
KIND_SOURCES = {"substation": "sum of the substations (162 bn) P", "highway": "49 km of road in all P"}
NAMED = ("PepsiCo", "United Hygiene", "Milk Valley", "ASP Arena", "QazQon Hub", "AVZ", "Istkomtrans")
"""Projects under way that are published by name; of the first, money and jobs too."""


def build(folder: Path) -> None:
    """Write every file that is built into a folder."""
    tables = planning_tables()
    tables["profiles"] = roads.profile_columns(tables["profiles"])
    grid = power.build()
    power.write(grid.net, folder / "power.json")
    parts = (
        grid.tables,
        water.build(folder),
        wastewater.build(folder),
        gas.build(folder),
        roads.build(folder),
    )
    for part in parts:
        for name, rows in part.items():
            tables.setdefault(name, []).extend(rows)
    for name, rows in tables.items():
        if rows:
            write(folder / f"{name}.csv", rows)
    areas = {str(row["district"]): float(str(row["area_kha"])) for row in tables["districts"]}
    background.build(folder, CENTRES, areas)


def planning_tables() -> dict[str, list[Row]]:
    """Derive the planning tables from the inputs; every number keeps its standing."""
    districts = read("districts")
    first = {row["district"]: row for row in reversed(districts)}
    return {
        "districts": [
            {
                "district": name,
                "use": first[name]["use"],
                "area_kha": first[name]["area_kha"],
                "elevation_m": first[name]["elevation_m"],
                "storeys": storeys,
                "latitude": CENTRES[name][0],
                "longitude": CENTRES[name][1],
                "source": "A",
            }
            for name, storeys in STOREYS.items()
        ],
        "population": [
            {
                "district": row["district"],
                "year": row["year"],
                "population_k": row["population_k"],
                "source": "city total P, split A",
            }
            for row in districts
        ],
        "norms": [
            {"norm": name, "year": year, "value": value, "unit": unit, "source": source}
            for name, (unit, source, values) in (NORMS | roads.NORMS).items()
            for year, value in zip(YEARS, values, strict=True)
        ],
        "other_demand": [{**row, "source": "A"} for row in read("other_demand")],
        "developments": [{**row, "source": development_source(row)} for row in read("projects")],
        "sites": [
            {**row, "crews": CREWS.get(str(row["id"]), 1), "source": site_source(row)}
            for row in read("sites")
        ],
        "crews": read("crews"),
        "instruments": [instrument(row) for row in read("finance")],
        "profiles": read("daily_profiles"),
        "seasons": read("seasonal_factors"),
    }


def development_source(row: Row) -> str:
    """Return what is published of a project."""
    if row["name"] == NAMED[0]:
        return "name, 900 jobs, 360 M USD, production from 2026 P; rest A"
    if row["name"] in NAMED:
        return "name, under way and sum of the 18 (1,000 bn) P; rest A"
    if row["status"] == "under way":
        return "one of the 18 under way, their sum (1,000 bn) P; rest A"
    return "one of the 41, all their jobs P; rest A"


def site_source(row: Row) -> str:
    """Return what is published of a site."""
    parts = (STAGE_SOURCES[str(row["stage"])], KIND_SOURCES.get(str(row["kind"]), ""), "rest A")
    return "; ".join(filter(None, parts))


def instrument(row: Row) -> Row:
    """Return an instrument's row: the repayment's rhythm stands in its name in the inputs."""
    name, repayment = str(row["instrument"]), str(row["repayment"])
    return {
        "instrument": name,
        "kind": KINDS[name],
        **{key: value for key, value in row.items() if key not in ("instrument", "repayment")},
        "repayment": repayment.removesuffix(" half-yearly"),
        "payments_per_year": 2,
        "market_rate_percent": MARKET_RATE_PERCENT.get(name, ""),
    }


def read(name: str) -> list[Row]:
    """Read one of the inputs."""
    with (INPUTS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row]) -> None:
    """Write a table with the columns of all its rows, in the order in which they first appear."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

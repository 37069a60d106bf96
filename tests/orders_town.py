"""The small town with works: two sites, one crew, a development that waits for the larger one."""

import csv
from pathlib import Path

from tests.town import Rows, write_town

TABLES: dict[str, Rows] = {
    "sites": (
        ("id", "kind", "name", "cost_bn_kzt", "build_months", "stage", "requires"),
        ("BIG", "station", "Second transformer", 4, 4, "1", ""),
        ("SMALL", "station", "Yard", 1, 3, "1", ""),
    ),
    "site_changes": (("site", "asset", "field", "value"), ("BIG", "power/T-SECOND", "in_service", "true")),
    "developments": (
        ("id", "name", "district", "jobs", "power_mw", "request_year"),
        ("MILL", "Mill", "Town", 100, 30, 2026),
    ),
    "capacities": (
        ("capacity", "asset", "kind", "from_site"),
        ("Town", "power/T-TOWN", "substation", ""),
        ("Town", "power/T-SECOND", "substation", "BIG"),
    ),
    "crews": (("trade", "from_year", "crews", "builds"), ("builders", 2026, 1, "station")),
    "instruments": (
        (
            "instrument",
            "kind",
            "sites",
            "limit_bn_kzt_per_year",
            "rate_percent",
            "term_years",
            "repayment",
            "anchor",
        ),
        ("loan", "loan", "BIG;SMALL", 20, 10, 3, "annuity", "draw"),
    ),
    "uncertainties": (
        ("quantity", "of", "distribution", "median", "p90"),
        ("slip", "*", "lognormal", 1.15, 1.6),
    ),
    "outages": (("assets", "start", "hours"), ("power/T-PUMPS", "2026-05-05T06:00", 6)),
}
ORDERS: dict[str, Rows] = {
    "big_first": (("site", "start"), ("BIG", ""), ("SMALL", "2026-09-01")),
    "small_first": (("site", "start"), ("SMALL", ""), ("BIG", "")),
}
SETTINGS = """
start: 2026-05-01
end: 2027-01-01
days: representative
stages: {"1": 2026-05-01}
connection: when-capacity
service_prices: {delayed_job_kzt_per_month: 300000, unserved_energy_kzt_per_kwh: 500}
"""


def write_orders_town(folder: Path) -> Path:
    """Write the scenario with two build orders."""
    write_town(folder)
    add_second_transformer(folder / "power.json")
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if line.split(":")[0] not in ("start", "end", "days")]
    (folder / "scenario.yaml").write_text("\n".join(kept) + SETTINGS, encoding="utf-8")
    for name, rows in TABLES.items():
        _write(folder / f"{name}.csv", rows)
    (folder / "build_orders").mkdir()
    for name, rows in ORDERS.items():
        _write(folder / "build_orders" / f"{name}.csv", rows)
    return folder


def add_second_transformer(path: Path) -> None:
    import pandapower as pp

    net = pp.from_json(str(path))
    pp.create_transformer(net, 0, 1, "25 MVA 110/10 kV", name="T-SECOND", in_service=False)
    pp.to_json(net, str(path))


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)

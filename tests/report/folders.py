"""Results folders by hand: two years of a tiny city with every table there can be, and a nasty name."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from twin.results.declarations import declarations

NASTY = '<script>alert("x")</script>'
MONTHS = [f"{year}-{month:02}" for year in (2026, 2027) for month in range(1, 13)]

SCENARIO = """
name: unused
start: '2026-01-01'
end: '2028-01-01'
stages: {'1': '2026-10-01'}
networks:
  power: {}
  water: {max_pressure_m: 60.0}
service_prices: {unserved_energy_kzt_per_kwh: 500.0}
districts:
  Gate: {latitude: 43.42, longitude: 77.0, area_kha: 4.0, storeys: 5, source: A}
  '<b>East</b>': {latitude: 43.5, longitude: 77.2, area_kha: 9.0, source: P}
population:
  Gate:
    '2025': {population_k: 10.0, source: 'total P, split A'}
    '2030': {population_k: 40.0, source: 'total P, split A'}
norms:
  water_l_per_person_day:
    '2025': {value: 150.0, source: 'N, 160-350 by fittings'}
sites:
  SS1: {kind: substation, name: North, cost_bn_kzt: 14.0, build_months: 6.0, stage: '1'}
  W1: {kind: water main, name: Main, cost_bn_kzt: 3.5, build_months: 4.0, stage: '1'}
developments:
  P1: {name: Mill, district: Gate, jobs: 300.0, power_mw: 4.0, request_year: 2026}
  P2: {name: Shop, district: Gate, jobs: 100.0, power_mw: 1.0, request_year: 2026}
capacities:
  Old:
    power/T-1: {kind: substation, until_site: SS1}
  Wells:
    water/R-1: {kind: source, rating: 1000.0}
demand_points:
- {asset: water/J-1, district: Gate, weight: 1.0}
- {asset: power/L-1, district: Gate, weight: 1.0}
links:
- {kind: pump, asset: water/PU-1, to: power/L-1}
"""

ASSETS = (
    ("power/B-1", "power", "bus", 77.0, 43.40, "", "", "", "", "", "", "", "file"),
    ("power/B-2", "power", "bus", 77.1, 43.45, "", "", "", "", "", "", "", "file"),
    ("power/T-1", "power", "trafo", 77.0, 43.41, "power/B-1", "power/B-2", 16, "MVA", "", "", "SS1", "file"),
    ("power/T-2", "power", "trafo", 77.05, 43.42, "power/B-1", "power/B-2", 40, "MVA", "", "SS1", "", "file"),
    ("power/L-1", "power", "load", 77.1, 43.45, "power/B-2", "power/B-2", "", "", "Gate", "", "", "file"),
    ("water/R-1", "water", "reservoir", 76.95, 43.38, "", "", "", "", "", "", "", "file"),
    ("water/J-1", "water", "junction", 77.0, 43.43, "", "", "", "", "Gate", "", "", "file"),
    ("water/PU-1", "water", "pump", 76.97, 43.4, "water/R-1", "water/J-1", "", "", "", "", "", "neighbours"),
)

BOUNDS = (
    ("power/T-1", "loading_percent", "%", "", 100.0),
    ("power/T-2", "loading_percent", "%", "", 100.0),
    ("power/B-1", "voltage_pu", "pu", 0.9, 1.1),
    ("power/B-2", "voltage_pu", "pu", 0.9, 1.1),
    ("water/J-1", "pressure_m", "m", 26.0, 60.0),
)

# asset, quantity, unit, (low, high) of each month
SIGNALS: tuple[tuple[str, str, str, Any], ...] = (
    ("power/T-1", "loading_percent", "%", lambda i: (40.0 + i, 50.0 + 4.0 * i)),
    ("power/T-2", "loading_percent", "%", lambda i: (20.0, 30.0 + i)),
    ("power/B-1", "voltage_pu", "pu", lambda i: (0.98, 1.02)),
    ("power/B-2", "voltage_pu", "pu", lambda i: (0.95, 1.01)),
    ("water/J-1", "pressure_m", "m", lambda i: (30.0 - i, 40.0)),
    ("water/PU-1", "flow_m3_per_s", "m3/s", lambda i: (0.0, 0.01)),
)


def write_run(folder: Path, name: str = NASTY, built: str = "2027-07-01", status: str = "complete") -> Path:
    """Write a run's results; the site SS1 stands from the month ``built``, and relieves the substation."""
    folder.mkdir(parents=True, exist_ok=True)
    run = {
        "status": status,
        "reason": "" if status == "complete" else "power had no solution for 24 hours: voltage collapse",
        "name": name,
        "start": "2026-01-01",
        "end": "2028-01-01",
        "days": "representative",
        "seed": 1,
        "versions": {"twin": "0.1.0"},
        "inputs_sha256": {"scenario.yaml": "ab" * 32},
        "wall_s": 1.5,
        "utilities": declarations(("power", "water")),
    }
    metrics = {
        "peak_power_mw": 17.2,
        "unserved_energy_mwh": 1234.5,
        "capex_bn_kzt": 17.5,
        "connection_delay_months_p50": 3.0,
        "jobs_delayed_job_months": 900.0 if built < "2027-09" else 2100.0,
        "peak_liability_bn_kzt": 9.0,
    }
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    for table, rows in _tables(built).items():
        write_table(folder / f"{table}.csv", rows)
    pq.write_table(_monthly(built), folder / "monthly.parquet")
    return folder


def write_table(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _tables(built: str) -> dict[str, list[Sequence[object]]]:
    short = [month for month in MONTHS if "2026-10" <= month < built[:7]]
    rows = enumerate(MONTHS)
    return {
        "assets": _table(
            "asset network kind x y from to capacity unit district site retired_by placed", *ASSETS
        ),
        "headroom": _table(
            "month capacity_name kind unit capacity peak peak_12_months intact_headroom firm_headroom "
            "committed_headroom worst_outage first_breach relieved_by latest_safe_start",
            *(_headroom_row(i, month) for i, month in rows if month < built[:7]),
        ),
        "unserved": _table(
            "month network quantity kind asset amount missing_site",
            *((month, "power", "unserved_mwh", "shed", "power/T-1", 100.0, "SS1") for month in short),
        ),
        "events": _table(
            "number time kind subject detail cause",
            (1, "2026-11-02T10:00", "outage", "power/T-1", "6 h", ""),
            (2, "2026-11-02T10:00", "stopped", "water/PU-1", "", 1),
            (3, "2026-11-02T12:00", "pressure lost", "Gate", "", 2),
            (4, "2026-11-02T16:00", "back in service", "power/T-1", "", 1),
            (5, "2026-12-02T12:00", "pressure lost", "Gate", "", 2),
            (6, "2027-01-02T12:00", "load shed", NASTY, "", ""),
        ),
        "sites": _table(
            "site name kind district trade instrument cost_bn_kzt planned started construction_started "
            "commissioned slip_months waited_months waited_for",
            _site("SS1", "North", "substation", "electrical", "grant", built, "crew electrical"),
            _site("W1", NASTY, "water main", "pipeline", "loan", "", "site SS1;money loan"),
        ),
        "developments": _table(
            "development name district jobs investment_bn_kzt power_mw requested connected waited_months "
            "blocked_by missing_sites",
            ("P1", "Mill", "Gate", 300, 12, 4, "2026-06-01", built, 13, "power:Old", "SS1"),
            ("P2", NASTY, "Gate", 100, 2, 1, "2026-09-01", "", 15, "water:Wells;power:Old", ""),
        ),
        "queue": _table(
            "month development utility capacity_name missing_site",
            *((month, "P1", "power", "Old", "SS1") for month in MONTHS if "2026-06" <= month < built[:7]),
            *((month, "P2", "water", "Wells", "") for month in MONTHS if month >= "2026-09"),
        ),
        "bounds": _table("asset quantity unit lower upper", *BOUNDS),
        "people": _table(
            "month district people", *((month, "Gate", 10049.0 + 100.0 * i) for i, month in enumerate(MONTHS))
        ),
        "crews": _table(
            "month trade crews used", *((month, "electrical", 2, i % 3) for i, month in enumerate(MONTHS))
        ),
        "cashflow": _table(
            "month site instrument works_bn_kzt own_bn_kzt drawn_bn_kzt interest_bn_kzt principal_bn_kzt "
            "fees_bn_kzt damages_bn_kzt liability_bn_kzt",
            *((month, "SS1", "grant", 1.0, 1.0, 0, 0, 0, 0, 0, 0) for month in MONTHS[9:15]),
            *(
                (month, "W1", "loan", 0.5, 0, 0.5, 0.02, 0.1, 0.01, 0, 0.1 * i)
                for i, month in enumerate(MONTHS[8:])
            ),
        ),
    }


def _site(
    key: str, name: str, kind: str, trade: str, money: str, built: str, waited_for: str
) -> list[object]:
    planned, started, building = "2027-04-01", "2026-08-01", "2026-10-01"
    return [key, name, kind, "Gate", trade, money, 3.5, planned, started, building, built, 2, 1, waited_for]


def _table(columns: str, *rows: Sequence[object]) -> list[Sequence[object]]:
    return [columns.split(), *rows]


def _headroom_row(i: int, month: str) -> tuple[object, ...]:
    peak, capacity = 12.0 + 0.4 * i, 15.5
    firm = capacity - peak
    breach = ("yes", "SS1", "2026-01-15") if month == "2026-10" else ("no", "", "")
    return (
        month,
        "Old",
        "substation",
        "MW",
        capacity,
        peak,
        peak,
        30 - peak,
        firm,
        firm - 5,
        "power/T-1",
        *breach,
    )


def _monthly(built: str) -> pa.Table:
    stands = sum(month < built[:7] for month in MONTHS)
    standing = {"power/T-1": range(stands), "power/T-2": range(stands, len(MONTHS))}
    rows = [
        (MONTHS[i], asset.split("/")[0], asset, quantity, unit, *_statistics(bounds(i)))
        for asset, quantity, unit, bounds in SIGNALS
        for i in standing.get(asset, range(len(MONTHS)))
    ]
    names = ("month", "network", "asset", "quantity", "unit", "min", "mean", "max", "hours_over_limit")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _statistics(bounds: tuple[float, float]) -> tuple[float, float, float, float]:
    low, high = bounds
    return low, (low + high) / 2.0, high, 0.0


def write_comparison(folder: Path) -> Path:
    """Write a comparison of two plans; in the second the substation comes half a year later."""
    plans = {"roadmap": "2027-07-01", NASTY: "2027-11-01"}
    for plan, built in plans.items():
        write_run(folder / "runs" / plan.replace("/", "_"), built=built)
    names = [plan.replace("/", "_") for plan in plans]
    about = {"plans": names, "scenario": "town", "futures": 4, "seed": 1}
    (folder / "comparison.json").write_text(json.dumps(about), encoding="utf-8")
    metric = "jobs_delayed_job_months"
    write_table(
        folder / "metrics.csv", [["metric", *names], [metric, 900, 2100], ["capex_bn_kzt", 17.5, 17.5]]
    )
    values = [[name, i, metric, 700 + 100 * i + 1000 * j] for j, name in enumerate(names) for i in range(5)]
    write_table(folder / "futures.csv", _table("plan future metric value", *values))
    columns = "plan metric mean p10 p50 p90 probability_best regret_mean regret_max share_thresholds_met"
    rows = [
        [names[0], metric, 950, 830, 950, 1070, 1, 0, 0, 0.75],
        [names[1], metric, 1950, 1, 2, 3, 0, 9, 9, ""],
    ]
    write_table(folder / "summary.csv", _table(columns, *rows))
    return folder


def write_sweep(folder: Path, checks: bool = True) -> Path:
    """Write a sweep of two choices under eight futures; one run of them failed."""
    runs, metrics, headroom = [], [], []
    for i in range(16):
        gate, late = ("on time", 0) if i < 8 else ("late", 6)
        run_id, use = f"r{i:02}", 0.8 + 0.05 * (i % 8)
        status = "failed" if i == 15 else "complete"
        runs.append({"run_id": run_id, "gate": gate, "use": use, "cell": f"gate={gate}", "sample": i % 8})
        runs[-1] |= {
            "replicate": 0,
            "seed": 1,
            "number": i,
            "status": status,
            "reason": NASTY if i == 15 else "",
        }
        if status == "complete":
            metrics.append({"run_id": run_id, "unserved_energy_mwh": 1000.0 * use + 100.0 * late})
            breach = {"run_id": run_id, "capacity_name": "Old", "month": MONTHS[i % 8 + late]}
            headroom.append(breach | {"first_breach": "yes" if i % 8 else "no"})
    for table, rows in (("runs", runs), ("metrics", metrics), ("headroom", headroom)):
        (folder / table).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), folder / table / "part-00000.parquet")
    about = {"name": "gate late", "status": "complete", "runs": 16}
    (folder / "sweep.json").write_text(json.dumps(about), encoding="utf-8")
    if checks:
        verdicts = [
            {"name": "lights", "cell": "gate=late", "status": "fail", "value": "inf", "bound": "<= 0",
             "first_breach": "2026-07", "worst_run": "r15"},
            {"name": "pressure", "cell": "gate=on time", "status": "pass", "value": 12.5, "bound": ">= 10"},
        ]  # fmt: skip
        content = {"title": "gate late", "passed": False, "notes": [], "verdicts": verdicts}
        (folder / "checks.json").write_text(json.dumps(content), encoding="utf-8")
    return folder

"""Results folders of a tiny city: a run of made-up rows, saved as any run is, and a nasty name."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pandapower as pp
import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from twin.cells import read_csv, write_csv
from twin.columns import Row
from twin.results.formats import FORMAT
from twin.results.monthly import MonthStatistics
from twin.results.run import Run, save
from twin.results.tables import (
    BoundRow,
    CashRow,
    CrewsRow,
    DevelopmentRow,
    EventRow,
    Headroom,
    PeopleRow,
    QueueRow,
    SiteRow,
    Unserved,
)
from twin.scenario.schema import Scenario
from twin.simulation.metrics import declared, told
from twin.utilities.base import Signal
from twin.utilities.registry import utilities

NASTY = '<script>alert("x")</script>'
MONTHS = [f"{year}-{month:02}" for year in (2026, 2027) for month in range(1, 13)]

SCENARIO = """
start: 2026-01-01
end: 2028-01-01
stages: {'1': 2026-10-01}
networks:
  power: {file: power.json}
  water: {file: water.inp, max_pressure_m: 60.0}
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
site_changes:
- {site: SS1, asset: power/T-2, field: in_service, value: true}
links:
- {kind: pump, asset: water/PU-1, to: power/L-1}
"""

WATER = """
[JUNCTIONS]
J-1 0 0
[RESERVOIRS]
R-1 0
[PUMPS]
PU-1 R-1 J-1 POWER 1
[COORDINATES]
J-1 77.0 43.43
[END]
"""

BOUNDS = (
    BoundRow("power/T-1", "loading_percent", "%", None, 100.0),
    BoundRow("power/T-2", "loading_percent", "%", None, 100.0),
    BoundRow("power/B-1", "voltage_pu", "pu", 0.9, 1.1),
    BoundRow("power/B-2", "voltage_pu", "pu", 0.9, 1.1),
    BoundRow("water/J-1", "pressure_m", "m", 26.0, 60.0),
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


def write_run(
    folder: Path,
    name: str = NASTY,
    built: str = "2027-07-01",
    status: str = "complete",
    tables: Sequence[Sequence[Row]] = (),
) -> Path:
    """Write a run's results; the site SS1 stands from the month ``built``, and relieves the substation."""
    metrics = {
        "peak_power_mw": 17.2,
        "unserved_energy_mwh": 1234.5,
        "capex_bn_kzt": 17.5,
        "connection_delay_months_p50": 3.0,
        "jobs_delayed_job_months": 900.0 if built < "2027-09" else 2100.0,
        "peak_liability_bn_kzt": 9.0,
    }
    run = Run(
        scenario=_scenario().model_copy(update={"name": name}),
        status=status,
        reason="" if status == "complete" else "power had no solution for 24 hours: voltage collapse",
        signals=tuple(Signal(asset, quantity, unit) for asset, quantity, unit, _ in SIGNALS),
        metrics=metrics,
        told=told(declared(), "KZT"),
        months=[_month(i, month, built) for i, month in enumerate(MONTHS)],
        tables={type(rows[0]): rows for rows in (*_tables(built), *tables)},
        coupled_hours=1152,
        wall_s=1.5,
    )
    return save(run, folder)


def edit_table(folder: Path, name: str, **cells: Any) -> None:
    """Change cells of a saved table: by column, what makes a new cell of a row."""
    rows = read_csv(folder / f"{name}.csv")
    write_csv(
        folder / f"{name}.csv",
        list(rows[0]),
        [row | {column: change(row) for column, change in cells.items()} for row in rows],
    )


def edit_scenario(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the saved scenario."""
    yaml = YAML()
    content = yaml.load(folder / "scenario.yaml")
    change(content)
    yaml.dump(content, folder / "scenario.yaml")


def write_table(path: Path, rows: Sequence[Sequence[object]]) -> None:
    names, *cells = rows
    write_csv(path, list(map(str, names)), [dict(zip(map(str, names), row, strict=True)) for row in cells])


@cache
def _scenario() -> Scenario:
    """Return the scenario, whose native files stand for as long as the tests run."""
    folder = Path(mkdtemp(prefix="town-"))
    net = pp.create_empty_network()
    places = {"B-1": (77.0, 43.40), "B-2": (77.1, 43.45)}
    buses = [pp.create_bus(net, 110.0, name=bus, geodata=place) for bus, place in places.items()]
    pp.create_load(net, buses[1], 10.0, name="L-1")
    for name, mva in (("T-1", 16.0), ("T-2", 40.0)):
        pp.create_transformer_from_parameters(net, *buses, mva, 110.0, 110.0, 0.4, 10.0, 0.0, 0.0, name=name)
    pp.to_json(net, str(folder / "power.json"))
    (folder / "water.inp").write_text(WATER, encoding="utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    content = YAML(typ="safe", pure=True).load(SCENARIO)
    return Scenario.model_validate({"name": "town", "folder": folder, **content})


def _tables(built: str) -> Iterable[list[Row]]:
    short = [month for month in MONTHS if "2026-10" <= month < built[:7]]
    yield [_headroom_row(i, month) for i, month in enumerate(MONTHS) if month < built[:7]]
    yield [
        Unserved(month, "power", "unserved_mwh", "transformer", "power/T-1", 100.0, "SS1") for month in short
    ]
    yield [
        EventRow(1, "2026-11-02T10:00", "outage", "power/T-1", "6 h", None),
        EventRow(2, "2026-11-02T10:00", "stopped", "water/PU-1", "", 1),
        EventRow(3, "2026-11-02T12:00", "pressure lost", "Gate", "", 2),
        EventRow(4, "2026-11-02T16:00", "back in service", "power/T-1", "", 1),
        EventRow(5, "2026-12-02T12:00", "pressure lost", "Gate", "", 2),
        EventRow(6, "2027-01-02T12:00", "load shed", NASTY, "", None),
    ]
    yield [
        _site("SS1", "North", "substation", "electrical", "grant", built, "crew electrical"),
        _site("W1", NASTY, "water main", "pipeline", "loan", "", "site SS1;money loan"),
    ]
    asked, connected = date(2026, 6, 1), date.fromisoformat(built)
    yield [
        _development("P1", "Mill", (300.0, 12.0, 4.0), asked, connected, 13.0, "power:Old", "SS1"),
        _development(
            "P2", NASTY, (100.0, 2.0, 1.0), date(2026, 9, 1), None, 15.0, "water:Wells;power:Old", ""
        ),
    ]
    yield [
        *(QueueRow(month, "P1", "power", "Old", "SS1") for month in MONTHS if "2026-06" <= month < built[:7]),
        *(QueueRow(month, "P2", "water", "Wells", "") for month in MONTHS if month >= "2026-09"),
    ]
    yield [CrewsRow(month, "electrical", 2, i % 3) for i, month in enumerate(MONTHS)]
    yield [
        *(CashRow(month, "SS1", "grant", 1.0, 1.0, *[0.0] * 6) for month in MONTHS[9:15]),
        *(
            CashRow(month, "W1", "loan", 0.5, 0.0, 0.5, 0.02, 0.1, 0.01, 0.0, 0.1 * i)
            for i, month in enumerate(MONTHS[8:])
        ),
    ]
    yield list(BOUNDS)
    yield [PeopleRow(month, "Gate", 10049.0 + 100.0 * i) for i, month in enumerate(MONTHS)]


def _development(
    key: str,
    name: str,
    size: tuple[float, float, float],
    asked: date,
    connected: date | None,
    waited: float,
    blocked_by: str,
    missing: str,
) -> DevelopmentRow:
    """Return a development of so many jobs, bn KZT and MW."""
    jobs, investment, power = size
    contracts = [own.contract.column for own in utilities().values() if own.contract is not None]
    made: Any = DevelopmentRow
    row: DevelopmentRow = made(
        *(key, name, "Gate", jobs, investment, asked, connected, waited, blocked_by, missing),
        **{**dict.fromkeys(contracts, 0.0), "power_mw": power},
    )
    return row


def _site(key: str, name: str, kind: str, trade: str, money: str, built: str, waited_for: str) -> SiteRow:
    dates = date(2027, 4, 1), date(2026, 8, 1), date(2026, 10, 1)
    stands = date.fromisoformat(built) if built else None
    return SiteRow(key, name, kind, "Gate", trade, money, 3.5, *dates, stands, 2.0, 1.0, waited_for)


def _headroom_row(i: int, month: str) -> Headroom:
    peak, firm, intact = 12.0 + 0.4 * i, 15.5, 30.0
    room = intact - peak, firm - peak, firm - peak - 5.0
    breach: Mapping[str, Any] = {"relieved_by": "SS1", "latest_safe_start": date(2026, 1, 15)}
    return Headroom(
        *(month, "Old", "power", "substation", "MW", firm, intact, peak, peak),
        *room,
        *room,
        worst_outage="power/T-1",
        first_breach=month == "2026-10",
        **(breach if month == "2026-10" else {}),
    )


def _month(i: int, month: str, built: str) -> MonthStatistics:
    """Return a month's statistics; one of the transformers stands."""
    absent = "power/T-2" if month < built[:7] else "power/T-1"
    low, high = np.array([bounds(i) for *_, bounds in SIGNALS]).T
    hours = np.array([0.0 if asset == absent else 730.0 for asset, *_ in SIGNALS])
    return MonthStatistics(month, low, (low + high) / 2.0, high, hours, np.zeros(len(SIGNALS)))


def _table(columns: str, *rows: Sequence[object]) -> list[Sequence[object]]:
    return [columns.split(), *rows]


def write_comparison(folder: Path) -> Path:
    """Write a comparison of two plans; in the second the substation comes half a year later."""
    plans = {"roadmap": "2027-07-01", NASTY: "2027-11-01"}
    for plan, built in plans.items():
        write_run(folder / "runs" / plan.replace("/", "_"), built=built)
    names = [plan.replace("/", "_") for plan in plans]
    about = {"format": FORMAT, "plans": names, "scenario": "town", "futures": 4, "seed": 1}
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
    about = {
        "format": FORMAT,
        "metrics": told(declared()),
        "name": "gate late",
        "status": "complete",
        "runs": 16,
    }
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

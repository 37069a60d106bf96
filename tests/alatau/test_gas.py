"""January 2031 with the gas station's reconstruction late, and on time: read from results folders.

G04 48 months late stands on 1 January 2031; a month more keeps all of that January without it. G01 to G03
wait for it, and so G05, which feeds the high-pressure main G01, stands idle.
"""

from collections.abc import Callable
from datetime import date

import pyarrow.parquet as pq
import pytest

from tests.alatau.conftest import ON_REQUEST, Results
from twin.scenario import load_scenario
from twin.works.construction import commissioning_dates

pytestmark = pytest.mark.xdist_group("alatau")

LATE, JANUARY = "sites.G04.slip_months=49", "2031-01"
QUEUE = ("connection=when-capacity", "start=2028-01-01", "end=2031-02-01")
WINTER = ("start=2030-12-01", "end=2031-02-01")
STATION, BUILT_M3_PER_H = "Gate gas station", 50_000.0


@pytest.fixture(scope="module")
def cold(simulate: Callable[..., Results]) -> Results:
    """Run a winter in which all are connected that ask, without G04."""
    return simulate(LATE, *WINTER)


@pytest.fixture(scope="module")
def queue(simulate: Callable[..., Results]) -> Results:
    """Run the years before it with the queue, without G04."""
    return simulate(LATE, *QUEUE)


def highest(run: Results, quantity: str) -> float:
    """Return the most of a reading of the gas network in January 2031."""
    table = pq.read_table(run.folder / "monthly.parquet").to_pylist()
    return max(
        row["max"]
        for row in table
        if (row["month"], row["asset"], row["quantity"]) == (JANUARY, "gas/network", quantity)
    )


def test_the_mains_wait_for_the_station() -> None:
    dates = commissioning_dates(load_scenario(ON_REQUEST, [LATE]))
    assert {dates[site] for site in ("G01", "G02", "G03", "G04")} == {date(2031, 2, 1)}
    assert dates["G05"] == date(2030, 1, 1)
    by_48 = commissioning_dates(load_scenario(ON_REQUEST, ["sites.G04.slip_months=48"]))
    assert by_48["G04"] == date(2031, 1, 1)


def test_fifty_four_thousand_are_asked_of_fifty_and_industry_is_cut_first(cold: Results) -> None:
    """Green's 6 of the city's 60 thousand m3/h reach no network."""
    asked = highest(cold, "wanted_m3_per_h")
    assert 53_500.0 < asked < 55_000.0
    assert float(cold.headroom(STATION)[JANUARY]["peak"]) == pytest.approx(asked)
    assert float(cold.headroom(STATION)[JANUARY]["intact_capacity"]) == BUILT_M3_PER_H
    short = asked - BUILT_M3_PER_H
    assert highest(cold, "unserved_interruptible_m3_per_h") == pytest.approx(short, rel=1e-6)
    assert highest(cold, "unserved_firm_m3_per_h") == 0.0
    assert highest(cold, "unserved_homes_m3_per_h") == 0.0


def test_the_curtailment_has_its_cause_and_the_site_that_is_missing(cold: Results) -> None:
    rows = [row for row in cold.table("further_days") if row["month"] == JANUARY]
    own = {(r["day"], r["network"], r["kind"], r["asset"], r["missing_site"]) for r in rows}
    assert own == {("cold", "gas", "gas_station", "gas/PC-GATE-1", "G04")}
    # hours of the day whose demand is above what the station passes
    assert 24_000.0 < sum(float(row["amount"]) for row in rows) < 24 * 4_400.0
    # its weight in volumes is 0, and no other day of the month is short
    assert not [row for row in cold.table("unserved") if row["network"] == "gas"]
    assert cold.metrics["balance_error_gas"] < 1e-9


def test_the_idle_station_helps_nobody(cold: Results) -> None:
    assert float(cold.headroom("Growing gas station")[JANUARY]["peak"]) == pytest.approx(0.0, abs=1e-9)


def test_investors_wait_for_gas_until_the_station_is_rebuilt(queue: Results) -> None:
    waiting = {
        row["development"]
        for row in queue.table("queue")
        if (row["month"], row["utility"], row["capacity_name"]) == (JANUARY, "gas", STATION)
    }
    asks = {
        name
        for name, row in load_scenario(ON_REQUEST).developments.items()
        if row.gas_m3_per_h > 0.0 and row.district != "Green" and row.request_year in (2028, 2029, 2030)
    }
    investors = {name for name in waiting if not name.startswith("housing")}
    assert investors == asks
    assert len(investors) == 25
    missing = {r["missing_site"] for r in queue.table("queue") if r["utility"] == "gas"}
    assert missing == {"G04"}
    homes = waiting - investors
    every = {f"housing {d} {y}" for d in ("Gate", "Golden", "Growing") for y in range(2028, 2032)}
    assert homes == every - {"housing Gate 2028"}  # which took the last room


def test_housing_that_waits_for_gas_heats_by_electricity_and_its_stations_lose_room(queue: Results) -> None:
    """Heat pumps for 30 % of it, resistance for the rest, on the coldest day; Green heats as it did."""
    lost = {
        row["capacity_name"]: float(row["peak"])
        for row in queue.table("stand_ins")
        if row["month"] == JANUARY
    }
    by_feeders = {
        "SS11 Golden east": 11.8,
        "SS05 Growing": 9.6,
        "SS04 Golden": 7.5,
        "SS02 Gate centre": 7.0,
        "Zhetygen (rebuilt)": 6.1,
        "SS03 Gate north": 4.5,
        "SS09 Koyankus": 2.8,
        "Arna": 1.2,
    }
    assert {name: lost[name] for name in by_feeders} == pytest.approx(by_feeders, abs=0.05)
    assert not {"Enbek", "SS08 Green", "SS07 SEZ"} & lost.keys()
    heated = people_without_gas(queue) * 24.6 * 0.84 / 1000.0 * 7.0 * 9.3 * 0.92 / 1000.0
    # feeders of SS01 and SS10 themselves carry the rest
    assert 0.6 * 0.86 * heated < sum(lost[name] for name in by_feeders) < 0.86 * heated
    for name in by_feeders:
        row = queue.headroom(name)[JANUARY]
        assert float(row["firm_headroom_in_month"]) > 0.0, name


def people_without_gas(run: Results) -> float:
    """Return who has come since the start to the districts whose housing waits for gas."""
    rows = [row for row in run.table("people") if row["district"] in ("Gate", "Golden", "Growing")]
    first, last = (sum(float(r["people"]) for r in rows if r["month"] == m) for m in ("2028-01", JANUARY))
    return last - first


def test_none_of_it_is_for_want_of_the_station_when_it_is_on_time(simulate: Callable[..., Results]) -> None:
    run = simulate(*QUEUE)
    assert not [row for row in run.table("queue") if row["utility"] == "gas"]
    assert not run.table("further_days")
    assert not (run.folder / "stand_ins.csv").exists() or not run.table("stand_ins")
    assert float(run.headroom("Gas stations")[JANUARY]["firm_headroom"]) > 100_000.0


def test_with_every_site_on_time_gas_is_never_short_and_nowhere_too_fast(on_time: Results) -> None:
    assert on_time.metrics["unserved_gas_m3"] == 0.0
    assert not [row for row in on_time.table("further_days") if row["network"] == "gas"]
    assert not [row for row in on_time.table("violations") if row["asset"].startswith("gas/")]
    assert 1.0 < on_time.metrics["max_gas_velocity_m_per_s"] < 20.0
    assert on_time.metrics["min_gas_pressure_bar"] > 0.02


def test_the_second_station_is_needed_first_in_december_2033(simulate: Callable[..., Results]) -> None:
    """One of four lines of G04 out, 75 thousand m3/h are left; 2,800 more are asked on the cold day."""
    run = simulate("sites.G05.slip_months=120", "start=2033-06-01", "end=2034-01-01")
    assert run.first_breach("Gas stations") == "2033-12"
    row = run.headroom("Gas stations")["2033-12"]
    assert float(row["capacity"]) == 75_000.0
    assert 77_000.0 < float(row["peak"]) < 79_000.0
    assert row["relieved_by"] == "G05"

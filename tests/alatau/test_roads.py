"""What roads add to Alatau: three years' delay of the highway, told by the results folder itself."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.alatau.conftest import ON_REQUEST, SCENARIO, Results
from twin.results import run as results
from twin.scenario import load_scenario
from twin.scenario.variants import Variant
from twin.simulation.clock import run

pytestmark = pytest.mark.xdist_group("alatau")
LATE = "sites.R01.slip_months=36"


@pytest.fixture(scope="module")
def late(simulate: Callable[..., Results]) -> Results:
    return simulate(LATE)


def events(results: Results, *kinds: str) -> list[tuple[str, str, str]]:
    rows = (row for row in results.table("events") if row["kind"] in kinds)
    return [(row["kind"], row["subject"], row["time"][:10]) for row in rows]


def test_49_km_of_road_are_built() -> None:
    with (SCENARIO / "roads" / "link.csv").open(newline="", encoding="utf-8") as file:
        built = [row for row in csv.DictReader(file) if row["in_service"] == "false"]
    sites = load_scenario(ON_REQUEST).sites
    assert sum(float(row["length"]) for row in built) == 49.0
    assert sum(float(sites[f"R0{i}"].capacity) for i in (1, 2, 3)) == 49.0


def test_on_time_no_growth_waits_for_a_road(on_time: Results) -> None:
    assert events(on_time, "district waits", "district opens", "development waits") == []
    assert on_time.table("queue") == []
    assert on_time.metrics["trips_not_made"] == 0.0
    assert on_time.commissioned()["R01"] == "2030-07-01"


def test_a_highway_three_years_late_names_what_it_costs(on_time: Results, late: Results) -> None:
    assert events(late, "district waits", "district opens") == [
        ("district waits", "Golden", "2030-07-01"),
        ("district opens", "Golden", "2033-07-01"),
    ]
    # investors: those of Golden that asked from July 2030 on, and no others
    waited = {row["development"]: row for row in late.table("developments") if float(row["waited_months"])}
    assert set(waited) == {"P35", "P36", "P37"}
    assert {row["missing_sites"] for row in waited.values()} == {"R01"}
    assert late.metrics["jobs_delayed_job_months"] == 36 * sum(int(row["jobs"]) for row in waited.values())
    # housing: Golden's, every month until then
    queue = late.table("queue")
    assert {row["missing_site"] for row in queue} == {"R01"}
    housing = [row["month"] for row in queue if row["development"] == "housing Golden"]
    assert (housing[0], housing[-1], len(housing)) == ("2030-08", "2033-07", 36)
    # hours: more are lost, though fewer people make trips, and the works take lanes for three years more
    assert late.metrics["person_hours_lost"] > 1.3 * on_time.metrics["person_hours_lost"]
    assert late.metrics["car_trips"] < on_time.metrics["car_trips"]
    rows = [row for row in late.table("unserved") if row["quantity"] == "lost_person_h"]
    assert sum(float(row["amount"]) for row in rows) == pytest.approx(late.metrics["person_hours_lost"])
    worst = max(rows, key=lambda row: float(row["amount"]) if row["month"] == "2033-06" else 0.0)
    assert worst["asset"].startswith("roads/HW-GATE-GOLDEN")


def test_what_was_planned_before_the_highway_is_as_on_time(on_time: Results, late: Results) -> None:
    def until(results: Results) -> list[dict[str, str]]:
        return [row for row in results.table("people") if row["month"] < "2030-07"]

    assert until(late) == until(on_time)


def test_headroom_knows_the_highway(on_time: Results) -> None:
    line = on_time.headroom("Highway Gate to Golden")
    assert float(line["2030-06"]["capacity"]) == 3600.0
    assert float(line["2030-07"]["capacity"]) == 7200.0
    assert on_time.first_breach("Highway Almaty to Gate") != "never"


@pytest.mark.parametrize(
    ("slip_months", "commissioned", "slowed"),
    [
        (0, {"S05": "2032-07-01", "SS11": "2032-11-01"}, 0.2),
        (36, {"S05": "2032-07-01", "SS11": "2032-11-03"}, 2.9),
    ],
)
def test_freight_slows_sites_that_are_built_from_2031_on(
    slip_months: int, commissioned: dict[str, str], slowed: float, tmp_path: Path
) -> None:
    overrides = ["end=2033-01-01", f"sites.R01.slip_months={slip_months}"]
    scenario = Variant(SCENARIO / "variants" / "freight_2031.yaml").load(overrides)
    told = Results(results.save(run(scenario), tmp_path / "run"), ())
    rows = {row["site"]: row for row in told.table("sites") if row["slowed_by"]}
    assert {site: row["commissioned"] for site, row in rows.items()} == commissioned
    assert rows["S05"]["slowed_by"] == "freight to roads/SEZ-S"
    assert rows["SS11"]["slowed_by"] == "freight to roads/Golden-E"
    # on time the highway carries all there is: a part of a day; works that take its lanes cost days
    assert float(rows["SS11"]["slowed_days"]) == pytest.approx(slowed, abs=0.05)
    assert 0.0 < float(rows["S05"]["slowed_days"]) < 0.1

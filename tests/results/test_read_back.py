"""Tables that let a page read what a run knew, not reckon it anew."""

from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.orders_town import write_orders_town
from tests.town import write_town
from twin.demand.growth import Growth
from twin.report.folder import Folder
from twin.results import run as results
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation

MONTH = ("start=2026-05-01", "end=2026-07-01", "days=representative", "outages=[]")


def _saved(scenario: Scenario, folder: Path) -> Folder:
    return Folder(results.save(simulation.run(scenario), folder))


def _people(folder: Folder) -> dict[str, float]:
    return {row["month"]: float(row["people"]) for row in folder.table("people")}


def test_people_are_told_by_month_and_those_of_december_are_the_tables(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    (town / "population.csv").write_text(
        "district,year,population_k\nTown,2025,20\nTown,2026,22\n", encoding="utf-8"
    )
    people = _people(_saved(load_scenario(town, ["end=2027-01-01", *MONTH[2:]]), tmp_path / "run"))
    assert people["2026-12"] == 22_000.0
    months = sorted(people)
    assert all(people[a] < people[b] for a, b in pairwise(months))


def test_people_of_a_future_grow_as_it_drew(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    (town / "population.csv").write_text(
        "district,year,population_k\nTown,2025,20\nTown,2027,30\n", encoding="utf-8"
    )
    (town / "uncertainties.csv").write_text(
        "quantity,of,distribution,value\ngrowth,*,fixed,0.5\n", encoding="utf-8"
    )
    plan = _people(_saved(load_scenario(town, MONTH), tmp_path / "plan"))
    half = _people(_saved(load_scenario(town, [*MONTH, "future=1"]), tmp_path / "half"))
    begin = Growth(load_scenario(town, MONTH)).people_on(load_scenario(town, MONTH).start)[0]
    for month, people in plan.items():
        assert half[month] - begin == pytest.approx(0.5 * (people - begin))


def test_people_whose_housing_waits_are_not_told_as_living_there(tmp_path: Path) -> None:
    town = write_orders_town(tmp_path / "town")
    (town / "population.csv").write_text(
        "district,year,population_k\nTown,2025,20\nTown,2030,200\n", encoding="utf-8"
    )
    scenario = load_scenario(town, ["build_order=big_first", "end=2027-01-01"])
    folder = _saved(scenario, tmp_path / "run")
    waits = {row["month"] for row in folder.table("queue") if row["development"].startswith("housing")}
    people, begin = _people(folder), Growth(scenario).people_on(scenario.start)[0]
    assert waits and all(people[month] == pytest.approx(begin) for month in waits)
    assert people["2026-12"] == pytest.approx(Growth(scenario).people_on(scenario.end)[0])


def test_bounds_are_those_that_violations_were_counted_by(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    (town / "limits.csv").write_text(
        "asset,quantity,lower,upper\npower/T-TOWN,loading_percent,,1\nwater/J-LOW,pressure_m,500,\n",
        encoding="utf-8",
    )
    folder = _saved(load_scenario(town, MONTH), tmp_path / "run")
    bounds = {(row["asset"], row["quantity"]): row for row in folder.table("bounds")}
    assert bounds["power/T-TOWN", "loading_percent"]["upper"] == "1"
    assert bounds["power/T-TOWN", "loading_percent"]["lower"] == ""
    pressure = bounds["water/J-LOW", "pressure_m"]
    assert (pressure["lower"], pressure["upper"], pressure["unit"]) == ("500", "60", "m")
    for row in folder.table("violations"):
        if row["quantity"] != "firm_capacity":
            own = bounds[row["asset"], row["quantity"]]
            assert row["limit"] in (own["lower"], own["upper"])
    assert folder.table("violations")


def test_the_saved_scenario_holds_its_defaults_and_reads_as_the_one_that_ran(tmp_path: Path) -> None:
    scenario = load_scenario(write_town(tmp_path / "town"), MONTH)
    folder = _saved(scenario, tmp_path / "run")
    text = (folder.path / "scenario.yaml").read_text(encoding="utf-8")
    content = YAML(typ="safe", pure=True).load(text)
    assert content["settling"]["max_rounds"] == scenario.settling.max_rounds
    assert content["finance"]["discount_rate_percent"] == 12.0
    assert all("min_voltage_pu" in link for link in content["links"])
    assert folder.scenario.model_dump() == scenario.model_dump()

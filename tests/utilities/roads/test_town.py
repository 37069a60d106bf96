"""The small town with roads: a whole run, its mistakes by file and line, `twin new` around a network."""

import csv
import json
from pathlib import Path

import pandapower as pp
import pytest
from typer.testing import CliRunner

from tests.town import write_town
from tests.utilities.roads.examples import BRAESS_NET, BRAESS_TRIPS, LINKS, NODES
from twin.cli.main import app
from twin.errors import InvalidInput
from twin.results import run as results
from twin.scenario import load_scenario
from twin.simulation.clock import run

NORMS = """workers_per_resident,2025,0.45
local_jobs_per_resident,2025,0.25
other_trips_per_resident,2025,1.2
car_share,2025,0.5
freight_trips_per_job,2025,0.6
"""
POINTS = "roads/West,Town,2\nroads/East,Town,1\nroads/North,Town,1\n"
CAPACITIES = """capacity,asset,kind,rating,unit
Bridge,roads/EW,corridor,,
Bridge,roads/EW back,corridor,,
"""


def with_roads(folder: Path, scenario: str = "  roads: {file: link.csv}\n") -> Path:
    """Write the town with roads, whose lights at one road hang on the intake's feeder."""
    town = write_town(folder)
    (town / "link.csv").write_text(LINKS, "utf-8")
    (town / "node.csv").write_text(NODES, "utf-8")
    (town / "zones.csv").write_text("zone,external\nOutside,true\n", "utf-8")
    (town / "capacities.csv").write_text(CAPACITIES, "utf-8")
    net = pp.from_json(str(town / "power.json"))
    pp.create_load(net, int(net.bus.index[net.bus.name == "B-PUMPS"][0]), 0.0, name="L-LIGHTS")
    pp.to_json(net, str(town / "power.json"))
    extend(town / "scenario.yaml", scenario)
    extend(town / "norms.csv", NORMS)
    extend(town / "demand_points.csv", POINTS)
    extend(town / "links.csv", "pump,roads/EW,power/L-LIGHTS,,,900\n")
    return town


def extend(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8")
    path.write_text(before + ("" if before.endswith("\n") else "\n") + text, "utf-8")


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def town_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("roads")
    town = with_roads(folder / "town")
    (town / "outages.csv").write_text(
        "assets,start,hours\npower/T-PUMPS,2026-05-05T06:00,6\nroads/OUT;roads/OUT back,2026-05-06T07:00,2\n",
        "utf-8",
    )
    scenario = load_scenario(town, ["service_prices.lost_hour_kzt_per_person_hour=2000"])
    return results.save(run(scenario), folder / "results")


def test_people_make_the_trips_that_the_norms_say(town_results: Path) -> None:
    metrics = json.loads((town_results / "metrics.json").read_text(encoding="utf-8"))
    # 12,000 people for three days: to work and back, other trips, by car with 1.3 in one
    people = 12_000 * 3 * 0.5 * (2 * 0.45 + 1.2)
    asked = metrics["car_trips"] + metrics["trips_not_made"]
    assert asked == pytest.approx(people / 1.3, rel=1e-6)
    assert metrics["balance_error_roads"] < 1e-9
    # at the present value of the first month
    assert metrics["service_cost_roads_bn_kzt"] == pytest.approx(
        metrics["person_hours_lost"] * 2e-6, rel=0.02
    )


def test_a_closed_road_and_dark_lights_are_told_with_what_led_to_them(town_results: Path) -> None:
    metrics = json.loads((town_results / "metrics.json").read_text(encoding="utf-8"))
    lost = [row for row in table(town_results, "unserved") if row["quantity"] == "not_made_veh"]
    assert metrics["trips_not_made"] > 0.0
    assert {row["asset"] for row in lost} == {"roads/OUT"}
    events = {row["number"]: row for row in table(town_results, "events")}
    cut = next(row for row in events.values() if row["kind"] == "cut off")
    assert events[cut["cause"]]["subject"].startswith("roads/OUT")
    assert any(row["kind"] == "stopped" and row["subject"] == "roads/EW" for row in events.values())


def test_a_screen_line_stands_beside_every_other_capacity(town_results: Path) -> None:
    (row,) = table(town_results, "headroom")
    assert (row["capacity_name"], row["kind"], row["unit"], row["capacity"]) == (
        *("Bridge", "corridor", "veh/h"),
        "900",
    )
    assert float(row["peak"]) > 0.0


def test_a_day_is_the_same_from_any_number_of_cores(tmp_path: Path) -> None:
    scenario = load_scenario(
        with_roads(tmp_path / "town"), ["days=representative", "end=2026-09-01", "outages=[]"]
    )
    one, other = run(scenario), run(scenario, jobs=2)
    assert one.metrics == other.metrics


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("link.csv", "WE,1,5,0,4,60,1,900", "WE,1,5,0,4,60,1,0", "link.csv:2: capacity is 0"),
        ("scenario.yaml", "link.csv", "lanes.csv", "scenario.yaml:10: no file lanes.csv"),
        ("scenario.yaml", "link.csv", "link.csv, trips: t.csv", "scenario.yaml:10: no file t.csv"),
        ("scenario.yaml", "link.csv", "link.csv, nodes: ../n.csv", "scenario.yaml:10: ../n.csv lies outside"),
        ("zones.csv", "Outside", "Moon", "zones.csv:2: unknown zone roads/Moon"),
        ("zones.csv", "Outside", "West", "demand_points.csv:5: roads/West is external"),
        ("capacities.csv", "roads/EW,", "roads/West,", "capacities.csv:2: roads/West is a zone, no member"),
    ],
)
def test_mistakes_are_told_by_file_and_line(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    town = with_roads(tmp_path / "town")
    path = town / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(InvalidInput) as error:
        load_scenario(town)
    assert any(str(mistake).startswith(says) for mistake in error.value.mistakes), error.value


def test_another_network_of_nodes_is_another_opening(tmp_path: Path) -> None:
    """What a network is read from beside its file is part of what days are kept by."""
    from twin.city.opening import opening_key
    from twin.scenario import input_files

    town = with_roads(tmp_path / "town")
    scenario = load_scenario(town)
    before = opening_key(scenario)
    assert town / "node.csv" in input_files(scenario)
    extend(town / "node.csv", "6,77.0,43.3,\n")
    assert opening_key(scenario) != before


def test_new_begins_a_scenario_around_a_network_and_its_trips(tmp_path: Path) -> None:
    (tmp_path / "net.tntp").write_text(BRAESS_NET, "utf-8")
    (tmp_path / "trips.tntp").write_text(BRAESS_TRIPS, "utf-8")
    given = ["--roads", str(tmp_path / "net.tntp"), "--trips", str(tmp_path / "trips.tntp")]
    done = CliRunner().invoke(app, ["new", str(tmp_path / "braess"), *given])
    assert done.exit_code == 0, done.output
    finished = run(load_scenario(tmp_path / "braess", ["end=2026-01-02"]))
    assert finished.metrics["car_trips"] == pytest.approx(6.0 * 24)
    assert finished.metrics["mean_car_trip_min"] == pytest.approx(92.0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--trips", "trips.tntp"], "trips.tntp: --trips without --roads (--roads FILE)"),
        (["--roads", "net.tntp", "--trips", "none.tntp"], "none.tntp: no such file"),
        (["--roads", "net.tntp", "--trips", "net.tntp"], "net.tntp:7: trips without an origin"),
    ],
)
def test_what_new_is_given_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.tntp").write_text(BRAESS_NET, "utf-8")
    (tmp_path / "trips.tntp").write_text(BRAESS_TRIPS, "utf-8")
    done = CliRunner().invoke(app, ["new", "braess", *options])
    assert done.exit_code == 2
    assert says in done.output
    assert not (tmp_path / "braess").exists()


def test_closures_tell_what_the_busiest_hour_becomes(tmp_path: Path) -> None:
    town = with_roads(
        tmp_path / "town",
        "  roads: {file: link.csv, closures: {Bridge: [EW, EW back], Way out: [OUT, OUT back]}}\n",
    )
    finished = run(load_scenario(town, ["end=2026-05-05", "outages=[]"]))
    rows = {row["closure"]: row for row in table(results.save(finished, tmp_path / "results"), "closures")}
    assert rows.keys() == {"Bridge", "Way out"}
    assert {row["month"] for row in rows.values()} == {"2026-05"}
    # there is a way round the bridge, and none to what lies outside
    assert float(rows["Bridge"]["hours_more"]) > 0.0
    assert float(rows["Bridge"]["trips_not_made"]) == 0.0
    assert float(rows["Way out"]["trips_not_made"]) > 0.0
    assert float(rows["Way out"]["hours_more"]) < 0.0


def test_a_closure_of_no_road_is_told(tmp_path: Path) -> None:
    town = with_roads(tmp_path / "town", "  roads: {file: link.csv, closures: {Bridge: [MOON]}}\n")
    with pytest.raises(InvalidInput, match=r"scenario.yaml:10: unknown road roads/MOON"):
        load_scenario(town)


def test_access_is_told_by_district_and_year(town_results: Path) -> None:
    (row,) = table(town_results, "access")
    assert (row["year"], row["district"], row["network"]) == ("2026", "Town", "roads")
    assert row["quantity"] == "jobs_within_45_min"
    # 12,000 residents have 0.25 jobs each in the town, all of them near
    assert float(row["lowest"]) == float(row["mean"]) == 3000.0

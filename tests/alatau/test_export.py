"""Alatau's GeoPackage, opened with pyogrio, against the files of its networks read by their own libraries."""

import json
from pathlib import Path

import pandapower as pp
import pyogrio
import pytest

from tests.alatau.conftest import ON_REQUEST, SCENARIO, Results
from twin.report.exports.write import export
from twin.scenario import load_scenario


@pytest.fixture(scope="module")
def package(on_time: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("gis") / "alatau.gpkg"
    assert export(on_time.folder, {"--gis": file}) == []
    return file


def test_buses_and_lines_lie_where_the_grid_says(package: Path) -> None:
    net = pp.from_json(str(SCENARIO / "power.json"))
    points = pyogrio.read_dataframe(package, layer="asset_points").set_index("asset")
    lines = pyogrio.read_dataframe(package, layer="asset_lines").set_index("asset")
    where = {i: tuple(json.loads(row.geo)["coordinates"][:2]) for i, row in net.bus.iterrows()}
    for i, row in net.bus.iterrows():
        point = points.geometry[f"power/{row['name']}"]
        assert (point.x, point.y) == pytest.approx(where[i], abs=1e-6)
    for _, row in net.line.iterrows():
        start, end = lines.geometry[f"power/{row['name']}"].coords
        assert start == pytest.approx(where[row.from_bus], abs=1e-6)
        assert end == pytest.approx(where[row.to_bus], abs=1e-6)


def test_a_road_runs_as_its_file_draws_it(package: Path) -> None:
    points = pyogrio.read_dataframe(package, layer="asset_points")
    lines = pyogrio.read_dataframe(package, layer="asset_lines")
    assert set(points.geom_type) == {"Point"}
    assert set(lines.geom_type) == {"LineString"}
    roads = lines[lines["network"] == "roads"]
    assert max(len(line.coords) for line in roads.geometry) > 2


def test_every_junction_lies_where_its_file_says(package: Path) -> None:
    import wntr

    points = pyogrio.read_dataframe(package, layer="asset_points").set_index("asset")
    model = wntr.network.WaterNetworkModel(str(SCENARIO / "water.inp"))
    for name, node in model.nodes():
        point = points.geometry[f"water/{name}"]
        assert (point.x, point.y) == pytest.approx(node.coordinates, abs=1e-6)


def test_attributes_are_those_of_scenario_and_run(package: Path, on_time: Results) -> None:
    scenario = load_scenario(ON_REQUEST)
    sites = pyogrio.read_dataframe(package, layer="sites").set_index("site")
    assert set(sites.index) == set(scenario.sites)
    assert sites["cost_bn_kzt"].sum() == pytest.approx(sum(s.cost_bn_kzt for s in scenario.sites.values()))
    assert {str(day)[:10] for day in sites["commissioned"] if day == day} == {
        day for day in on_time.commissioned().values() if day
    }
    headroom = pyogrio.read_dataframe(package, layer="headroom")
    assert set(headroom["capacity_name"]) <= set(scenario.capacities)
    for (name, year), rows in headroom.groupby(["capacity_name", "year"]):
        months = [row for month, row in on_time.headroom(name).items() if month.startswith(str(year))]
        least = min(float(row["firm_headroom_in_month"]) for row in months)
        told = rows.filter(like="demand_headroom_").to_numpy().ravel()
        assert [value for value in told if value == value] == [pytest.approx(least)]
    districts = pyogrio.read_dataframe(package, layer="districts")
    for name, row in scenario.districts.items():
        own = districts[districts["district"] == name]
        assert {(p.x, p.y) for p in own.geometry} == {(row.longitude, row.latitude)}
        assert list(own["year"]) == list(range(2026, 2036))
    violations = pyogrio.read_dataframe(package, layer="violations")
    assert violations.geometry.notna().all()
    assert violations["duration_h"].sum() == pytest.approx(
        sum(float(row["hours"]) for row in on_time.table("violations"))
    )

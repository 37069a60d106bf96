from collections import Counter
from math import dist
from pathlib import Path

import pandapower as pp
import pytest

from tests.town import write_town
from twin.scenario import load_scenario
from twin.scenario.geography import locate
from twin.scenario.layout import place
from twin.utilities.registry import utilities

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"


def test_alatau_lies_where_its_files_say() -> None:
    rows = locate(load_scenario(ALATAU))
    assert Counter(row.placed for row in rows) == {"file": len(rows)}
    by_name = {row.asset: row for row in rows}
    assert by_name["power/B-SS01-220"].site == "SS01"
    assert (by_name["power/B-SS01-220"].x, by_name["power/B-SS01-220"].y) == (77.0, 43.4)
    assert by_name["power/T-SS01-1"].capacity == 125.0
    assert by_name["power/T-KOYANKUS-1"].retired_by == "SS09"
    assert by_name["water/T-GATE"].unit == "m3"
    assert by_name["wastewater/S04"].site == "S04"


def test_every_asset_of_the_files_has_a_row() -> None:
    alatau = load_scenario(ALATAU)
    names = {row.asset for row in locate(alatau)}
    assert utilities()["power"].read_names(ALATAU / "power.json", alatau).all <= names
    assert utilities()["water"].read_names(ALATAU / "water.inp", alatau).all <= names


def test_without_coordinates_a_town_is_laid_out_and_says_so(tmp_path: Path) -> None:
    rows = locate(load_scenario(write_town(tmp_path / "town")))
    nodes = {row.asset: (row.x, row.y) for row in rows if not row.start}
    assert {row.placed for row in rows} == {"layout"}
    water = [point for name, point in nodes.items() if name.startswith("water/")]
    assert len(set(water)) == len(water) == 5


def test_districts_place_what_serves_them_and_neighbours_follow(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    (folder / "districts.csv").write_text("district,storeys,latitude,longitude\nTown,1,43.5,77.0\n")
    rows = {row.asset: row for row in locate(load_scenario(folder))}
    assert rows["water/J-HIGH"].placed == "district"
    assert rows["water/R-RIVER"].placed == "neighbours"
    assert dist((rows["water/J-LOW"].x, rows["water/J-LOW"].y), (77.0, 43.5)) < 0.1


def test_a_bus_lies_where_its_geo_column_says(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    net = pp.from_json(str(folder / "power.json"))
    net.bus["geo"] = [f'{{"coordinates": [{i}.0, 2.0], "type": "Point"}}' for i in range(len(net.bus))]
    pp.to_json(net, str(folder / "power.json"))
    rows = {row.asset: row for row in locate(load_scenario(folder))}
    assert (rows["power/B-PUMPS"].x, rows["power/B-PUMPS"].placed) == (2.0, "file")
    assert rows["power/T-PUMPS"].x == pytest.approx(1.0)


def test_a_coordinate_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    water = folder / "water.inp"
    water.write_text(water.read_text().replace("[END]", "[COORDINATES]\nJ-HIGH 1 2\nJ-LOW east 3\n[END]"))
    rows = {row.asset: row for row in locate(load_scenario(folder))}
    assert rows["water/J-HIGH"].placed == "file"
    assert rows["water/J-LOW"].placed == "neighbours"


def test_a_layout_keeps_branches_apart() -> None:
    links = [(f"n{(i - 1) // 2}", f"n{i}") for i in range(1, 31)]
    places = place({f"n{i}": None for i in range(31)}, links, {}, {})
    points = [point for point, _ in places.values()]
    assert len({(round(x, 6), round(y, 6)) for x, y in points}) == 31

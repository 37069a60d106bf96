"""Lines as their files draw them: EPANET's vertices, pandapower's and pandapipes' geodata, GMNS' geometry."""

import json
from pathlib import Path

import pandapipes
import pandapower.networks as pn
import pandas as pd
import pytest
from pandapipes import networks
from pandapower import to_json

from tests.town import write_town
from twin.scenario import load_scenario
from twin.scenario.geography import locate
from twin.utilities.epanet.places import places as of_inp
from twin.utilities.gas.places import places as of_gas
from twin.utilities.power.places import places as of_grid
from twin.utilities.roads.gmns import read_gmns

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"
DRAWN = [[0.0, 0.0], [1.0, 2.0], [3.0, 2.5], [4.0, 4.0]]
BETWEEN = ((1.0, 2.0), (3.0, 2.5))


def test_vertices_of_an_inp_lie_between_its_nodes_in_their_order(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    text = (folder / "water.inp").read_text(encoding="utf-8")
    pipe = next(asset for asset in of_inp(folder / "water.inp", "water") if asset.kind == "pipe")
    own = pipe.name.removeprefix("water/")
    vertices = f"[VERTICES]\n{own} 1 2\n{own} 3 2.5 ; bend\n{own} nowhere 1\n\n[END]"
    (folder / "water.inp").write_text(text.replace("[END]", vertices), encoding="utf-8")
    routes = {asset.name: asset.route for asset in of_inp(folder / "water.inp", "water")}
    assert routes[pipe.name] == BETWEEN
    assert sum(map(bool, routes.values())) == 1
    (row,) = [row for row in locate(load_scenario(folder)) if row.route]
    assert (row.asset, row.route) == (pipe.name, "1.0 2.0; 3.0 2.5")


@pytest.mark.parametrize("older", [False, True])
def test_a_line_of_a_grid_runs_as_its_file_draws_it(tmp_path: Path, older: bool) -> None:
    net = pn.create_cigre_network_mv()
    net.line["geo"] = [json.dumps({"type": "LineString", "coordinates": DRAWN}), "no json", *[None] * 13]
    if older:
        del net.line["geo"]
        net["line_geodata"] = pd.DataFrame({"coords": [DRAWN]}, index=[net.line.index[0]])
    to_json(net, str(tmp_path / "grid.json"))
    lines = [asset for asset in of_grid(tmp_path / "grid.json") if asset.kind == "line"]
    assert [line.route for line in lines] == [BETWEEN, *[()] * 14]


def test_a_pipe_of_gas_runs_as_its_file_draws_it(tmp_path: Path) -> None:
    net = networks.simple_gas_networks.gas_meshed_square()
    net["pipe_geodata"] = pd.DataFrame({"coords": [DRAWN]}, index=[net.pipe.index[1]])
    pandapipes.to_json(net, str(tmp_path / "gas.json"))
    pipes = [asset for asset in of_gas(tmp_path / "gas.json") if asset.kind == "pipe"]
    assert [bool(pipe.route) for pipe in pipes][:3] == [False, True, False]
    assert pipes[1].route == BETWEEN


def test_a_road_runs_as_its_geometry_says_and_back_the_other_way(tmp_path: Path) -> None:
    (tmp_path / "node.csv").write_text("node_id,zone_id\n1,A\n2,B\n", encoding="utf-8")
    head = "link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,geometry\n"
    line = '"LINESTRING (0 0, 1 2, 3 2.5, 4 4)"'
    rows = f"R,1,2,false,1,60,900,{line}\nS,1,2,true,1,60,900,POINT (1 2)\nT,1,2,true,1,60,900,\n"
    (tmp_path / "link.csv").write_text(head + rows, encoding="utf-8")
    roads = {
        road.name: road.route for road in read_gmns(tmp_path / "link.csv", tmp_path / "node.csv", None).roads
    }
    assert roads == {"R": BETWEEN, "R back": BETWEEN[::-1], "S": (), "T": ()}


def test_alatau_bends_where_its_files_say() -> None:
    routes = {row.asset: row.route for row in locate(load_scenario(ALATAU)) if row.route}
    assert routes["water/P-EX-TR-0"] == "77.004 43.48; 76.986 43.52"
    assert routes["roads/HW-ALMATY-GATE"] == "76.966 43.34; 76.985 43.385"


def test_metres_keep_their_digits(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    text = (folder / "water.inp").read_text(encoding="utf-8")
    pipe = next(asset for asset in of_inp(folder / "water.inp", "water") if asset.kind == "pipe")
    vertices = f"[VERTICES]\n{pipe.name.removeprefix('water/')} 612345.678 4812345.67\n\n[END]"
    (folder / "water.inp").write_text(text.replace("[END]", vertices), encoding="utf-8")
    (row,) = [row for row in locate(load_scenario(folder)) if row.route]
    assert row.route == "612345.678 4812345.67"

"""A scenario around networks in memory is the one around their files, and a run's instants go in again."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandapower as pp
import pandapower.networks as pn
import pytest
import wntr

import twin
from tests.town import WASTEWATER
from twin.errors import InvalidInput
from twin.scenario.scaffold import scaffold

NET3 = Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp"


@pytest.fixture
def net() -> Any:
    return pn.create_cigre_network_mv()


def test_objects_give_the_run_of_their_files(net: Any, tmp_path: Path) -> None:
    pp.to_json(net, str(tmp_path / "grid.json"))
    scaffold(tmp_path / "files", {"power": tmp_path / "grid.json", "water": NET3})
    by_file = twin.run(twin.load_scenario(tmp_path / "files", ["end=2026-01-02"]))
    model = wntr.network.WaterNetworkModel(str(NET3))
    by_object = twin.run(twin.from_networks(power=net, water=model, end="2026-01-02"))
    for name, value in by_file.metrics.items():
        assert by_object.metrics[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name


def test_a_path_goes_in_beside_an_object_and_the_folder_stays_where_it_is_named(
    net: Any, tmp_path: Path
) -> None:
    place = tmp_path / "mine"
    scenario = twin.from_networks(power=net, water=str(NET3), folder=place, name="Mine")
    assert scenario.folder == place
    assert scenario.name == "Mine"
    assert "Guesses to check" in (place / "README.md").read_text()
    with pytest.raises(InvalidInput, match="exists and is not empty"):
        twin.from_networks(power=net, folder=place)


def test_settings_are_keys_of_the_scenario(net: Any) -> None:
    scenario = twin.from_networks(power=net, networks={"power": {"max_loading_percent": 80}}, days="every")
    assert scenario.networks.power.max_loading_percent == 80.0  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput, match="unknown key colour"):
        twin.from_networks(power=net, colour="red")


def test_what_is_wrong_with_an_object_is_told_by_its_keyword(net: Any, tmp_path: Path) -> None:
    net.load.loc[0, "bus"] = 99
    net.line.loc[1, "length_km"] = float("nan")
    scenario = twin.from_networks(power=net)
    with pytest.raises(InvalidInput) as error:
        twin.run(scenario)
    assert "bus 99 is not a bus" in str(error.value)
    assert "length_km" in str(error.value)
    empty = wntr.network.WaterNetworkModel()
    with pytest.raises(InvalidInput, match="water: "):
        twin.from_networks(power=net, water=empty)
    with pytest.raises(InvalidInput, match="power: is a dict"):
        twin.from_networks(power={"bus": []})
    with pytest.raises(InvalidInput, match="no network given"):
        twin.from_networks()


def test_what_an_inp_file_cannot_hold_is_a_warning_by_name(tmp_path: Path) -> None:
    model = wntr.network.WaterNetworkModel(str(NET3))
    model.get_node("101").add_leak(model, area=0.05, start_time=2 * 3600, end_time=12 * 3600)
    model.get_node("103").required_pressure = 30.0
    with pytest.warns(UserWarning) as warned:
        twin.from_networks(water=model, folder=tmp_path / "s")
    told = "\n".join(str(one.message) for one in warned)
    assert "leak_area of 101" in told
    assert "required_pressure of 103" in told
    assert "LEAK_STATUS" in told
    assert "Left out of the files" in (tmp_path / "s" / "README.md").read_text()


def test_an_instant_goes_in_again_and_its_pumps_keep_their_loads(net: Any) -> None:
    model = wntr.network.WaterNetworkModel(str(NET3))
    run = twin.run(twin.from_networks(power=net, water=model, end="2026-01-02"))
    instant = run.at("2026-01-01T18:00")
    grid, water = instant.models["power"], instant.models["water"]
    again = twin.run(twin.from_networks(power=grid, water=water, end="2026-01-02"))
    assert len(grid.load) == len(net.load) + 2
    first = again.at("2026-01-01T00:00")
    assert len(first.models["power"].load) == len(grid.load)
    theirs = instant.results["water"].node["pressure"].loc[0]
    ours = first.results["water"].node["pressure"].loc[0]
    assert (theirs - ours[theirs.index]).abs().max() < 1e-3
    apart = grid.res_bus.vm_pu - first.models["power"].res_bus.vm_pu
    assert apart.abs().max() < 1e-6


def test_sewers_go_in_with_their_own_inflows_and_a_plant_at_each_end(tmp_path: Path) -> None:
    path = tmp_path / "sewers.inp"
    path.write_text(
        WASTEWATER.replace("MH-HIGH 28 0", "MH-HIGH 28 -40").replace("MH-LOW 3 0", "MH-LOW 3 -20")
    )
    model = wntr.network.WaterNetworkModel(str(path))
    run = twin.run(twin.from_networks(wastewater=model, water=str(NET3), end="2026-01-02"))
    inflow = float(60 * 24)
    assert run.status == "complete"
    assert run.metrics["sewage_treated_m3"] == pytest.approx(inflow, rel=0.1)
    instant = run.at("2026-01-01T12:00")
    assert instant.results["wastewater"].link["flowrate"].loc[0, "G-LOW"] == pytest.approx(60 / 3600)
    told = " ".join(own.problem for own in instant.told)
    assert "left out of an instant: 14 controls" in told
    assert "plants are reservoirs in an INP file" in told
    with pytest.raises(InvalidInput, match="wastewater: has no reservoir"):
        endless = wntr.network.WaterNetworkModel()
        endless.add_junction("A")
        endless.add_tank("B")
        endless.add_pipe("P", "A", "B")
        twin.from_networks(wastewater=endless)


def test_what_comes_out_works_in_plots_and_toolboxes(
    net: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # WNTR simulates there
    run = twin.run(twin.from_networks(power=net, water=str(NET3), end="2026-01-02"))
    instant = run.at("2026-01-01T18:00")
    grid, water = instant.models["power"], instant.models["water"]
    part = pp.toolbox.select_subnet(grid, grid.bus.index[:5], include_results=True)
    assert part.res_bus.vm_pu.equals(grid.res_bus.vm_pu.iloc[:5])
    assert pp.toolbox.nets_equal(grid, pp.from_json_string(pp.to_json(grid)), check_only_results=True)
    collection = pp.plotting.create_bus_collection(grid, grid.bus.index, size=0.01)
    assert len(collection.get_paths()) == len(grid.bus)
    pressure = instant.results["water"].node["pressure"].loc[0]
    axes = wntr.graphics.plot_network(water, node_attribute=pressure)
    assert axes.collections
    plt.close("all")
    assert wntr.morph.skeletonize(water, 0.45).num_nodes < water.num_nodes

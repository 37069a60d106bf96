"""Two things with one address are told by their line; what is unambiguous works."""

from pathlib import Path

import pandapower as pp
import pytest

from tests.town import write_town
from twin.city.opening import open_networks
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.actions import fixed
from twin.scenario.document import Document
from twin.scenario.geography import locate
from twin.scenario.references import read_names
from twin.simulation.clock import run
from twin.utilities.base import Change


def _renamed(folder: Path, file: str, old: str, new: str) -> Path:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "kind"),
    [("WW-LIFT", "tank"), ("MH-LOW", "junction"), ("G-LOW", "pipe"), ("PU-LIFT-1", "pump")],
)
def test_a_plant_named_like_an_asset_of_the_sewers_is_told_by_its_row(
    name: str, kind: str, tmp_path: Path
) -> None:
    folder = _renamed(write_town(tmp_path / "town"), "treatment.csv", "\nPLANT,", f"\n{name},")
    with pytest.raises(InvalidInput, match=rf"treatment\.csv:2: .*/{name} is the address of a {kind}"):
        load_scenario(folder)


def test_a_plant_called_as_the_whole_is_told_by_its_row(tmp_path: Path) -> None:
    folder = _renamed(write_town(tmp_path / "town"), "treatment.csv", "\nPLANT,", "\nnetwork,")
    with pytest.raises(InvalidInput, match=r"treatment\.csv:2: .*/network is the address of the whole"):
        load_scenario(folder)


@pytest.mark.parametrize(
    ("file", "old"), [("water.inp", "J-LOW"), ("water.inp", "P-LOW"), ("wastewater.inp", "WW-LIFT")]
)
def test_an_id_of_a_file_that_is_the_whole_is_told_by_its_line(file: str, old: str, tmp_path: Path) -> None:
    folder = _renamed(write_town(tmp_path / "town"), file, old, "network")
    with pytest.raises(InvalidInput, match=rf"{file}:\d+: network is the address of the whole network"):
        load_scenario(folder)


def test_an_element_of_the_grid_called_as_the_whole_goes_by_its_table(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    net = pp.from_json(str(folder / "power.json"))
    net.bus.loc[net.bus.index[0], "name"] = "network"
    pp.to_json(net, str(folder / "power.json"))
    assert "power/bus-0" in {row.asset for row in locate(load_scenario(folder))}
    open_networks(load_scenario(folder), {})


def _renamed_plant(folder: Path, name: str) -> Path:
    _renamed(folder, "treatment.csv", "\nPLANT,", f"\n{name},")
    return _renamed(folder, "links.csv", "wastewater/PLANT", f"wastewater/{name}")


def test_a_plant_may_have_the_name_of_its_outfall(tmp_path: Path) -> None:
    plain = write_town(tmp_path / "plain")
    (plain / "failures.csv").unlink(missing_ok=True)
    before = run(load_scenario(plain, ["end=2026-05-05"])).metrics
    after = run(load_scenario(_renamed_plant(plain, "OUT-PLANT"), ["end=2026-05-05"])).metrics
    assert after == before


def test_a_plant_may_not_have_the_name_of_another_outfall(tmp_path: Path) -> None:
    folder = _renamed_plant(write_town(tmp_path / "town"), "OUT-2")
    _renamed(folder, "wastewater.inp", "[TANKS]", "OUT-2 5\n[TANKS]")
    _renamed(folder, "wastewater.inp", "[PUMPS]", "G-2 MH-PLANT OUT-2 10 300 0.013 0 CLOSED\n[PUMPS]")
    with pytest.raises(InvalidInput, match=r"treatment\.csv:2: .*/OUT-2 is the address of a reservoir"):
        load_scenario(folder)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Return a town whose pipe P-LOW is called like the junction J-LOW at its end."""
    folder = _renamed(write_town(tmp_path / "town"), "water.inp", "P-LOW ", "J-LOW ")
    place = "[COORDINATES]\nJ-INTAKE 0 0\nT-HILL 1 0\nJ-HIGH 2 0\nJ-LOW 4 0\nR-RIVER -1 0\n[END]"
    return _renamed(folder, "water.inp", "[END]", place)


def _written(folder: Path, table: str, *rows: str) -> Path:
    (folder / f"{table}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_a_node_and_a_link_of_one_id_lie_each_in_its_place(shared: Path) -> None:
    places = {(row.asset, row.kind): row.x for row in locate(load_scenario(shared))}
    assert places["water/J-LOW", "junction"] == 4.0
    assert places["water/J-LOW", "pipe"] == 3.0


def test_an_outage_and_a_change_act_on_the_link_of_that_id(shared: Path) -> None:
    _written(shared, "outages", "assets,start,hours", "water/J-LOW,2026-05-04T03:00,5")
    scenario = load_scenario(shared)
    network = open_networks(scenario, {})["water"]
    network.apply([Change("water/J-LOW", "held", True)])
    at = {(s.asset, s.quantity): bool(on) for s, on in zip(network.signals, network.active(), strict=True)}
    assert not at["water/J-LOW", "flow_m3_per_s"]
    assert at["water/P-HIGH", "flow_m3_per_s"]


def test_a_failure_finds_the_link_of_that_id(shared: Path) -> None:
    names = read_names(load_scenario(shared), Document())
    assert "water/J-LOW" not in fixed(names)
    assert {"water/J-HIGH", "water/T-HILL", "water/network"} <= fixed(names)

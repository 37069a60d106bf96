"""Two things with one address are told by their line; what is unambiguous works."""

from pathlib import Path

import pandapower as pp
import pytest

from tests.town import write_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario


def _renamed(folder: Path, file: str, old: str, new: str) -> Path:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "kind"),
    [("WW-LIFT", "tank"), ("MH-LOW", "junction"), ("OUT-PLANT", "reservoir"), ("PU-LIFT-1", "pump")],
)
def test_a_plant_named_like_an_asset_of_the_sewers_is_told_by_its_row(
    name: str, kind: str, tmp_path: Path
) -> None:
    folder = _renamed(write_town(tmp_path / "town"), "treatment.csv", "PLANT,", f"{name},")
    with pytest.raises(InvalidInput, match=rf"treatment\.csv:2: .*/{name} is the address of a {kind}"):
        load_scenario(folder)


def test_a_plant_called_as_the_whole_is_told_by_its_row(tmp_path: Path) -> None:
    folder = _renamed(write_town(tmp_path / "town"), "treatment.csv", "PLANT,", "network,")
    with pytest.raises(InvalidInput, match=r"treatment\.csv:2: .*/network is the address of the whole"):
        load_scenario(folder)


@pytest.mark.parametrize(
    ("file", "old"), [("water.inp", "J-LOW"), ("water.inp", "P-LOW"), ("wastewater.inp", "WW-LIFT")]
)
def test_an_id_of_a_file_that_is_the_whole_is_told_by_its_line(file: str, old: str, tmp_path: Path) -> None:
    folder = _renamed(write_town(tmp_path / "town"), file, old, "network")
    with pytest.raises(InvalidInput, match=rf"{file}:\d+: network is the address of the whole network"):
        load_scenario(folder)


def test_an_element_of_the_grid_that_is_the_whole_is_told(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    net = pp.from_json(str(folder / "power.json"))
    net.bus.loc[net.bus.index[0], "name"] = "network"
    pp.to_json(net, str(folder / "power.json"))
    with pytest.raises(InvalidInput, match=r"power\.json: bus network: its name is the address of the whole"):
        load_scenario(folder)


def test_a_node_and_a_link_may_have_one_id(tmp_path: Path) -> None:
    folder = _renamed(write_town(tmp_path / "town"), "water.inp", "P-LOW ", "J-LOW ")
    load_scenario(folder)

"""What a network's file says of its assets, by which two files are told apart."""

from pathlib import Path

import pytest

from tests.town import write_town
from twin.scenario import load_scenario
from twin.scenario.difference import compare_scenarios
from twin.utilities.power import Power
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"


TELLING = [name for name, own in utilities().items() if type(own).contents is not Utility.contents]


@pytest.mark.parametrize("name", TELLING)
def test_every_asset_of_a_file_is_told_and_the_network_as_a_whole(name: str) -> None:
    scenario = load_scenario(ALATAU)
    own, path = utilities()[name], ALATAU / scenario.simulated[name].file
    contents = own.contents(path)
    names = own.read_names(path, scenario)
    assert names.all - names.rows.keys() <= contents.keys()
    assert f"{name}/network" in contents
    assert all(contents[asset] for asset in names.all - names.rows.keys())
    assert own.contents(path) == contents


def test_a_file_whose_utility_tells_nothing_of_it_is_told_by_its_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Power, "contents", lambda self, path: {})
    before, after = write_town(tmp_path / "a"), write_town(tmp_path / "b")
    content = (after / "power.json").read_text()
    (after / "power.json").write_text(content.replace('"f_hz": 50.0', '"f_hz": 60.0'))
    assert (after / "power.json").read_text() != content
    (change,) = compare_scenarios(load_scenario(before), load_scenario(after)).changes
    assert str(change).startswith("power power/network: file sha256 ")

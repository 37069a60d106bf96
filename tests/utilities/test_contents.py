"""What a network's file says of its assets, by which two files are told apart."""

import shutil
from pathlib import Path

import pytest

from tests.town import write_town
from twin.scenario import load_scenario
from twin.scenario.difference import compare_scenarios
from twin.utilities.power import Power
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility

TRIPS = "o_zone_id,d_zone_id,volume\nGate-N,SEZ-S,10\n"
ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"


TELLING = [name for name, own in utilities().items() if type(own).contents is not Utility.contents]


@pytest.mark.parametrize("name", TELLING)
def test_every_asset_of_a_file_is_told_and_the_network_as_a_whole(name: str) -> None:
    scenario = load_scenario(ALATAU)
    own, path = utilities()[name], ALATAU / scenario.simulated[name].file
    contents = own.contents(path, scenario)
    names = own.read_names(path, scenario)
    assert names.all - names.rows.keys() <= contents.keys()
    assert f"{name}/network" in contents
    assert all(contents[asset] for asset in names.all - names.rows.keys())
    assert own.contents(path, scenario) == contents


def test_a_file_whose_utility_tells_nothing_of_it_is_told_by_its_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Power, "contents", lambda self, path, scenario: {})
    before, after = write_town(tmp_path / "a"), write_town(tmp_path / "b")
    content = (after / "power.json").read_text()
    (after / "power.json").write_text(content.replace('"f_hz": 50.0', '"f_hz": 60.0'))
    assert (after / "power.json").read_text() != content
    (change,) = compare_scenarios(load_scenario(before), load_scenario(after)).changes
    assert str(change).startswith("power power/network: file sha256 ")


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("node.csv", ("77.0,43.442,Gate-N", "77.0,43.5,Gate-N"), ["roads roads/Gate-N: y 43.442 -> 43.5"]),
        (
            "link.csv",
            (
                "R01-GATE-GOLDEN,H-GATE,H-GOLDEN,false,21.0,100,1,",
                "R01-GATE-GOLDEN,H-GATE,H-GOLDEN,false,21.0,100,2,",
            ),
            [
                f"roads roads/R01-GATE-GOLDEN{way}: lanes 1 -> 2, capacity 1800 -> 3600"
                for way in ("", " back")
            ],
        ),
        (
            "trips.csv",
            ("SEZ-S,10", "SEZ-S,12"),
            ["roads roads/Gate-N: trips to SEZ-S 10 -> 12", "roads roads/network: trips 10 -> 12"],
        ),
    ],
)
def test_a_network_of_several_files_is_told_by_each_of_them(
    file: str, change: tuple[str, str], told: list[str], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        shutil.copytree(ALATAU, tmp_path / name)
        (tmp_path / name / "roads" / "trips.csv").write_text(TRIPS)
    path = tmp_path / "b" / "roads" / file
    assert change[0] in path.read_text()
    path.write_text(path.read_text().replace(*change))
    scenarios = [load_scenario(tmp_path / n, ["networks.roads.trips=roads/trips.csv"]) for n in ("a", "b")]
    assert [str(one) for one in compare_scenarios(*scenarios).changes] == told

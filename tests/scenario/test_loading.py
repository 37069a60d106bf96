"""All mistakes of a scenario at once, each with file, line and what would be right."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.town import write_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.loading import dump_resolved
from twin.simulation.clock import run
from twin.utilities.registry import utilities

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = write_town(tmp_path_factory.mktemp("pristine") / "town")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def town(pristine: dict[str, bytes], tmp_path: Path) -> Path:
    for name, content in pristine.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture
def edit(town: Path) -> Edit:
    def replace(name: str, old: str, new: str) -> None:
        text = (town / name).read_text(encoding="utf-8")
        assert old in text
        (town / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def mistakes(folder: Path, *overrides: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_scenario(folder, overrides)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_part_of_a_keys_name_leads_to_every_key_that_has_it(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    with pytest.raises(InvalidInput) as caught:
        load_scenario(folder, ["demand.growth=8"])
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "--set demand.growth=8: unknown key demand.growth "
        "(did you mean native_growth_percent_per_year or growth_factor?)"
    ]


def test_a_valid_scenario_loads(town: Path) -> None:
    assert load_scenario(town).name == "Town"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("scenario.yaml", "days: every", "dayz: every", "scenario.yaml:5: unknown key dayz"),
        ("scenario.yaml", "days: every", "days: some", "scenario.yaml:5: days is 'some'"),
        ("scenario.yaml", "start: 2026-05-04", "start: soon", "scenario.yaml:3: start: 'soon' is not a date"),
        ("scenario.yaml", "name: Town", "nam: [", "scenario.yaml:"),
        ("scenario.yaml", "file: power.json", "file: none.json", "none.json"),
        ("links.csv", "power/L-INTAKE", "power/L-INTAK", "links.csv:2"),
        ("links.csv", "water/PU-INTAKE", "water/PU-INTAK", "links.csv:2"),
        ("links.csv", "J-HIGH,wastewater/MH-HIGH", "J-HIGH,wastewater/MH", "links.csv:6"),
        ("demand_points.csv", "water/J-LOW,Town", "water/J-LOW,Village", "demand_points.csv:4"),
        ("demand_points.csv", "water/J-LOW,Town,1", "water/J-LOW,Town,-1", "demand_points.csv:4"),
        ("outages.csv", "power/T-PUMPS", "power/T-PUMP", "outages.csv:2"),
        ("treatment.csv", "OUT-PLANT", "OUT", "treatment.csv:2"),
        ("lift_stations.csv", "WW-LIFT", "WW", "lift_stations.csv:2"),
        ("norms.csv", "water_loss_share,2025,0.1", "water_loss_share,2025,none", "norms.csv:4"),
        ("districts.csv", "Town,1", "Town,1,9", "districts.csv:2: not 2 cells"),
        ("population.csv", "Town,2030,12", "Town,2025,12", "population.csv:3"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_file_and_line(
    town: Path, edit: Edit, name: str, old: str, new: str, said: str
) -> None:
    edit(name, old, new)
    lines = mistakes(town)
    assert [line for line in lines if said in line], lines
    assert all("\n" not in line for line in lines)


def test_all_mistakes_are_told_at_once(town: Path, edit: Edit) -> None:
    edit("links.csv", "power/L-INTAKE", "power/L-INTAK")
    edit("demand_points.csv", "water/J-LOW,Town", "water/J-LOW,Village")
    edit("outages.csv", "power/T-PUMPS", "power/T-PUMP")
    said = "\n".join(mistakes(town))
    assert all(place in said for place in ("links.csv:2", "demand_points.csv:4", "outages.csv:2"))


def test_a_near_miss_is_suggested(town: Path, edit: Edit) -> None:
    edit("scenario.yaml", "days: every", "dayz: every")
    assert "did you mean days?" in mistakes(town)[0]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("days", "not an override"),
        ("demand.coincidense=0.5", "unknown key demand.coincidense"),
        ("networks.power.fil=power.json", "unknown key networks.power.fil (did you mean file?)"),
        ("networks.power.colour=red", "unknown key networks.power.colour (one of file, min_voltage_pu,"),
        ("fil=power.json", "unknown key fil"),
        ("district.Town.storeys=2", "unknown key district"),
        ("districts.Tawn.storeys=2", "did you mean Town?"),
        ("demand.coincidence=2", "demand.coincidence is 2"),
    ],
)
def test_a_wrong_override_is_told_as_typed(town: Path, override: str, said: str) -> None:
    (line,) = mistakes(town, override)
    assert line.startswith(f"--set {override}")
    assert said in line


def test_overrides_reach_yaml_tables_and_defaults(town: Path) -> None:
    scenario = load_scenario(
        town, ["end=2026-05-06", "districts.Town.storeys=5", "norms.sewered_share.2025.value=0.5", "seed=7"]
    )
    assert scenario.end.day == 6
    assert scenario.districts["Town"].storeys == 5
    assert scenario.norms["sewered_share"][2025].value == 0.5
    assert scenario.seed == 7
    assert scenario.overrides[-1] == "seed=7"


def test_a_resolved_scenario_is_written_in_parts_as_it_would_be_at_once(town: Path) -> None:
    for seed in (7, 8):
        scenario = load_scenario(town, [f"seed={seed}", "districts.Town.storeys=5"])
        yaml, stream = YAML(), StringIO()
        yaml.width = 110
        yaml.dump(scenario.model_dump(mode="json"), stream)
        assert dump_resolved(scenario) == stream.getvalue()


def test_the_resolved_scenario_loads_again(town: Path, tmp_path: Path) -> None:
    scenario = load_scenario(town, ["seed=7"])
    again = tmp_path / "again"
    again.mkdir()
    for name in ("power.json", "water.inp", "wastewater.inp"):
        (again / name).write_bytes((town / name).read_bytes())
    (again / "scenario.yaml").write_text(dump_resolved(scenario), encoding="utf-8")
    assert load_scenario(again).model_dump() == scenario.model_dump()


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("links.csv", "pump,water/PU-INTAKE,power/L-LIFT,,,\n", "links.csv:8: water/PU-INTAKE again"),
        ("links.csv", "process,water/PU-INTAKE,power/L-LIFT,1,,\n", "links.csv:8: water/PU-INTAKE again"),
        ("links.csv", "sewage,water/J-LOW,wastewater/MH-HIGH,,1,\n", "links.csv:8: sewage water/J-LOW again"),
        (
            "links.csv",
            "process,water/J-LOW,power/L-TOWN,1,,\n",
            "links.csv:8: water/J-LOW is of kind junction, which no link of kind process takes",
        ),
        ("demand_points.csv", "water/J-LOW,Town,9\n", "demand_points.csv:5: water/J-LOW Town again"),
        ("districts.csv", ",2\n", "districts.csv:3: no district (what the row is about)"),
        ("population.csv", "Town,,5\n", "population.csv:4: no year"),
    ],
)
def test_a_row_that_would_count_twice_or_for_nothing_is_refused(
    town: Path, name: str, row: str, said: str
) -> None:
    path = town / name
    path.write_text(path.read_text() + row)
    assert any(line.startswith(said) for line in mistakes(town)), mistakes(town)


def test_of_a_network_that_cannot_be_read_nothing_else_is_said(town: Path) -> None:
    (town / "water.inp").write_text("")
    (town / "power.json").write_text("{")
    assert mistakes(town) == [
        "power.json:1: not JSON: Expecting property name enclosed in double quotes (pandapower.to_json)",
        "water.inp: not an EPANET network",
    ]


NORMS = {"power_kw_per_person": 0.4, "water_l_per_person_day": 200, "water_loss_share": 0.1}


def leave(town: Path, network: str) -> None:
    """Leave of a town one network and its people, with no norms and no profiles."""
    grid, inp = "power.json", f"{network}.inp"
    kept = {"scenario.yaml", "districts.csv", "population.csv", "demand_points.csv", grid, inp}
    for path in [path for path in town.iterdir() if path.name not in kept]:
        path.unlink()
    lines = (town / "scenario.yaml").read_text().splitlines()
    own = [line for line in lines if not line.startswith("  ") or f"  {network}:" in line]
    (town / "scenario.yaml").write_text("\n".join(own))
    points = (town / "demand_points.csv").read_text().splitlines()
    own = [row for row in points if row.startswith(("asset", f"{network}/"))]
    (town / "demand_points.csv").write_text("\n".join(own))


@pytest.mark.parametrize(
    ("network", "norms", "profiles"),
    [
        ("power", ["power_kw_per_person"], ["residential_power", "commercial_power", "industrial_power"]),
        ("water", ["water_l_per_person_day", "water_loss_share"], ["industrial_power", "water"]),
    ],
)
def test_norms_and_profiles_are_asked_for_what_is_simulated(
    town: Path, network: str, norms: list[str], profiles: list[str]
) -> None:
    leave(town, network)
    missing = [f"norm {norm} (needed to turn people into demand)" for norm in norms]
    missing += [f"column {name} (a shape for that class of demand)" for name in profiles]
    assert sorted(mistakes(town)) == sorted(f"scenario.yaml:1: missing {what}" for what in missing)
    rows = "".join(f"{norm},2025,{NORMS[norm]}\n" for norm in norms)
    (town / "norms.csv").write_text(f"norm,year,value\n{rows}")
    flat = "".join(f"{hour}{',1' * len(profiles)}\n" for hour in range(24))
    (town / "profiles.csv").write_text(f"hour,{','.join(profiles)}\n{flat}")
    assert run(load_scenario(town, ["end=2026-05-05"])).status == "complete"


def test_a_kind_of_asset_may_offer_itself_to_anothers_kind_of_link(
    town: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit("links.csv", "pump,water/PU-INTAKE", "pump,water/R-RIVER")
    assert mistakes(town) == [
        "links.csv:2: water/R-RIVER is of kind reservoir, which no link of kind pump takes"
    ]
    water = utilities()["water"]
    offering = {**water.assets, "reservoir": water.assets["reservoir"]._replace(links=("pump",))}
    monkeypatch.setattr(type(water), "assets", offering)
    load_scenario(town)

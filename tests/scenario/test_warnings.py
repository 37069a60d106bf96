"""What a scenario holds and nothing reads, or asks for and nothing brings, is told by name."""

from pathlib import Path

import pytest

from tests.town import write_town
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold
from twin.scenario.warnings import warnings


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_town(tmp_path / "town")


def told(folder: Path, *overrides: str) -> list[str]:
    return [str(warning) for warning in warnings(load_scenario(folder, overrides))]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_scenario_that_is_read_whole_is_told_nothing(town: Path) -> None:
    assert told(town) == []


def test_people_without_a_demand_point_are_told_by_network(town: Path) -> None:
    edit(town / "districts.csv", "Town,1", "Town,1\nHill,1")
    edit(town / "population.csv", "Town,2025,12", "Hill,2025,3\nTown,2025,12")
    assert told(town) == [
        f"population.csv:2: 3,000 people in Hill have no demand point of {network}: they draw none "
        "(demand_points.csv)"
        for network in ("power", "water")
    ]


def test_a_schedule_in_a_networks_file_that_ends_within_the_horizon_is_told(town: Path) -> None:
    timed = "[CONTROLS]\nLINK P-LOW CLOSED AT TIME 9\nLINK P-LOW OPEN AT TIME 33"
    edit(town / "water.inp", "[CONTROLS]", timed)
    assert told(town) == [
        "water.inp:22: pipe water/P-LOW stays open from 5 May 2026 on: the last of its 2 controls AT "
        "TIME is at 33 h (AT CLOCKTIME repeats every day)"
    ]
    assert not any("water.inp" in line for line in told(town, "end=2026-05-05"))


def test_used_water_without_a_manhole_is_told(town: Path) -> None:
    edit(town / "links.csv", "sewage,water/J-LOW,wastewater/MH-LOW,,1,\n", "")
    assert told(town) == [
        "demand_points.csv:4: used water of water/J-LOW reaches no manhole: it is not treated "
        "(a link of kind sewage)"
    ]


@pytest.mark.parametrize("start", ["2026-05-02T06:00", "2027-05-05T06:00"])
def test_an_outage_outside_the_horizon_is_told(town: Path, start: str) -> None:
    edit(town / "outages.csv", "2026-05-05T06:00", start)
    assert "is outside the horizon: it does not happen" in told(town)[0]


def test_an_outage_under_way_at_the_start_is_inside(town: Path) -> None:
    edit(town / "outages.csv", "2026-05-05T06:00,6", "2026-05-03T06:00,48")
    assert told(town) == []


def test_a_pump_that_no_load_feeds_is_told_while_a_grid_is_simulated(town: Path, tmp_path: Path) -> None:
    scaffold(tmp_path / "alone", {"water": town / "water.inp"})
    assert told(tmp_path / "alone") == []
    edit(town / "links.csv", "pump,water/PU-INTAKE,power/L-INTAKE,,,900\n", "")
    assert told(town) == [
        "links.csv:1: water/PU-INTAKE: no load of the grid feeds this pump: it runs without electricity "
        "(a row of kind pump in links.csv)"
    ]


def test_a_factor_on_growth_where_nothing_grows_is_told(town: Path, tmp_path: Path) -> None:
    assert told(town, "demand.growth_factor=1.2") == []
    scaffold(tmp_path / "mine", {"water": town / "water.inp"})
    assert told(tmp_path / "mine", "demand.growth_factor=1.2") == [
        "--set demand.growth_factor=1.2: growth_factor 1.2 changes nothing: there is no population and no "
        "other demand (native_growth_percent_per_year for what the networks' files hold)"
    ]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (
            "demand.native_growth_percent_per_year=0.08",
            ["native_growth_percent_per_year is 0.08 % a year (8 % is 8)"],
        ),
        ("networks.power.max_loading_percent=1.0", ["max_loading_percent is 1 % (100 % is 100)"]),
        ("demand.native_growth_percent_per_year=1.5", []),
        ("networks.power.max_loading_percent=80", []),
    ],
)
def test_a_percent_that_looks_like_a_share_is_told(town: Path, override: str, expected: list[str]) -> None:
    assert told(town, override) == [f"--set {override}: {line}" for line in expected]


def test_norms_and_profiles_that_nothing_reads_are_told(town: Path) -> None:
    edit(town / "norms.csv", "sewered_share,2025,1", "sewered_share,2025,1\nsewerd_share,2026,1")
    text = (town / "profiles.csv").read_text().splitlines()
    rows = [f"{text[0]},mine", *(f"{row},1" for row in text[1:])]
    (town / "profiles.csv").write_text("\n".join(rows))
    assert told(town) == [
        "profiles.csv:1: column mine is not used",
        "norms.csv:6: norm sewerd_share is not used (did you mean sewered_share?)",
    ]
    assert "column mine" not in " ".join(told(town, "demand.native_power_profile=mine"))


@pytest.mark.parametrize("name", ["districtss.csv", "Outages.csv", "demand points.csv", "Sites.xlsx"])
def test_a_table_with_a_name_of_its_own_is_told(town: Path, name: str) -> None:
    (town / name).write_text("a,b\n")
    assert told(town)[0].startswith(f"{name}: is not read (did you mean ")


@pytest.mark.parametrize("name", ["notes.csv", "water.csv", "mine.xlsx", "links.csv.bak"])
def test_files_of_ones_own_are_not(town: Path, name: str) -> None:
    (town / name).write_text("a,b\n")
    assert told(town) == []


def test_links_that_do_nothing_are_told(town: Path) -> None:
    edit(town / "links.csv", "power/L-TOWN,0.5", "power/L-TOWN,")
    assert told(town) == ["links.csv:5: wastewater/PLANT draws nothing: kwh_per_m3 is 0 (kWh per m3)"]


def test_tables_of_a_network_that_is_left_out_are_told(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "dry", linked=False)
    edit(folder / "scenario.yaml", "  wastewater: {file: wastewater.inp}\n", "")
    (folder / "links.csv").unlink()
    assert [line.split(":")[0] for line in told(folder) if "runs without" not in line] == [
        "treatment.csv",
        "lift_stations.csv",
    ]


def test_a_first_word_of_a_quoted_id_is_read_as_the_whole_and_told(town: Path) -> None:
    edit(town / "water.inp", "PU-INTAKE", '"PU INTAKE"')
    edit(town / "links.csv", "water/PU-INTAKE", '"water/""PU"')
    assert load_scenario(town).links[0].asset == "water/PU INTAKE"
    assert told(town) == [
        'links.csv:2: water/"PU is read as water/PU INTAKE, which it begins (the whole name)'
    ]

"""Files that a stranger's scenario names lie in its folder, or in one that the command line allows."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.security.conftest import Told
from twin.cli.main import app
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.reach import Reach
from twin.sweep import Plan, Sweep
from twin.sweep.worker import do, gather

SECRET = "asset,quantity,upper\nsecret/of-someone,pressure_m,1\n"
OUTSIDE = "lies outside the scenario's folder (a file in it, or --allow-folder DIR)"
Arrange = Callable[[Path, Path], str]


@pytest.fixture
def outside(town: Path) -> Path:
    """Return a folder beside the town that holds networks, an order and a secret."""
    folder = town.parent / "outside"
    folder.mkdir()
    shutil.copy(town / "water.inp", folder / "water.inp")
    shutil.copy(town / "power.json", folder / "power.json")
    (folder / "order.csv").write_text("site,priority\n", encoding="utf-8")
    (folder / "secret.csv").write_text(SECRET, encoding="utf-8")
    return folder


def name_water(town: Path, name: str) -> None:
    """Let the town's YAML name another water network."""
    text = (town / "scenario.yaml").read_text(encoding="utf-8")
    assert "water.inp" in text
    text = text.replace("file: water.inp", f'file: "{name}"', 1)
    (town / "scenario.yaml").write_text(text, encoding="utf-8")


def upwards(town: Path, outside: Path) -> str:
    return "../outside/water.inp"


def absolute(town: Path, outside: Path) -> str:
    return f"{outside}/water.inp"


def down_and_up(town: Path, outside: Path) -> str:
    (town / "nets").mkdir()
    return "nets/../../outside/water.inp"


def through_a_link(town: Path, outside: Path) -> str:
    (town / "mine.inp").symlink_to(outside / "water.inp")
    return "mine.inp"


def through_a_linked_folder(town: Path, outside: Path) -> str:
    (town / "nets").symlink_to(outside)
    return "nets/water.inp"


def through_links_in_a_row(town: Path, outside: Path) -> str:
    (town / "a").symlink_to("b")
    (town / "b").symlink_to(outside)
    return "a/water.inp"


def up_through_a_link(town: Path, outside: Path) -> str:
    (outside / "deep").mkdir()
    (town / "deep").symlink_to(outside / "deep")
    return "deep/../water.inp"


def a_folder_with_the_same_beginning(town: Path, outside: Path) -> str:
    shutil.copytree(outside, f"{town}-2")
    return f"../{town.name}-2/water.inp"


def a_file_of_the_machine(town: Path, outside: Path) -> str:
    return "/etc/passwd"


def the_memory_of_the_program(town: Path, outside: Path) -> str:
    return "/proc/self/mem"


WAYS: tuple[Arrange, ...] = (
    upwards,
    absolute,
    down_and_up,
    through_a_link,
    through_a_linked_folder,
    through_links_in_a_row,
    up_through_a_link,
    a_folder_with_the_same_beginning,
    a_file_of_the_machine,
    the_memory_of_the_program,
)


@pytest.mark.parametrize("way", WAYS)
def test_no_name_leads_out_of_the_folder(way: Arrange, town: Path, outside: Path, told: Told) -> None:
    """All links are followed before anything is opened."""
    name = way(town, outside)
    name_water(town, name)
    (line,) = told()
    assert line.startswith("scenario.yaml:") and line.endswith(f"{name} {OUTSIDE}")


@pytest.mark.parametrize(
    "way", [w for w in WAYS if w not in (a_file_of_the_machine, the_memory_of_the_program)]
)
def test_a_folder_that_the_command_line_allows_is_within_reach(
    way: Arrange, town: Path, outside: Path
) -> None:
    name_water(town, way(town, outside))
    assert load_scenario(town, (), Reach((town.parent,))).name == "Town"


@pytest.mark.parametrize("name", ["a\\0b.inp", "a\\nscenario.yaml:1: ok.inp", "a" * 5_000, "\\e[2J.inp"])
def test_a_name_that_no_file_has_is_one_line(name: str, town: Path) -> None:
    """A line end in a name does not begin a line on the terminal."""
    name_water(town, name)
    told = CliRunner().invoke(app, ["validate", "--quick", str(town)])
    assert told.exit_code == 2
    assert told.output.count("\n") == 1 and "\x1b" not in told.output


@pytest.mark.parametrize("table", ["limits.csv", "sites.csv", "outages.csv"])
def test_a_table_that_is_a_link_to_elsewhere_is_refused(
    table: str, town: Path, outside: Path, told: Told
) -> None:
    """Nothing of what it holds is said."""
    (town / table).unlink(missing_ok=True)
    (town / table).symlink_to(outside / "secret.csv")
    lines = told()
    assert (
        f"{table}: lies outside the scenario's folder: it is a link (a file in it, or --allow-folder DIR)"
        in (lines)
    )
    assert not any("secret" in line for line in lines)


def test_a_scenario_file_that_is_a_link_to_elsewhere_is_refused(
    town: Path, outside: Path, told: Told
) -> None:
    shutil.move(town / "scenario.yaml", outside / "scenario.yaml")
    (town / "scenario.yaml").symlink_to(outside / "scenario.yaml")
    assert told()[0].startswith("scenario.yaml: lies outside the scenario's folder")


@pytest.mark.parametrize("name", ["../outside/order.csv", "../../outside/order"])
def test_a_build_order_elsewhere_is_refused(name: str, town: Path, outside: Path, told: Told) -> None:
    (town / "build_orders").mkdir()
    with (town / "scenario.yaml").open("a") as file:
        file.write(f"build_order: {name}\n")
    assert any(line.endswith(f"{name} {OUTSIDE}") for line in told())


def test_a_link_within_the_folder_and_a_linked_folder_are_followed(town: Path, tmp_path: Path) -> None:
    (town / "nets").mkdir()
    shutil.move(town / "water.inp", town / "nets" / "real.inp")
    (town / "water.inp").symlink_to("nets/real.inp")
    (tmp_path / "linked").symlink_to(town)
    assert load_scenario(tmp_path / "linked").name == "Town"


@pytest.mark.parametrize(
    "override", ["networks.water.file=../outside/water.inp", "networks.water={file: ../outside/water.inp}"]
)
def test_a_path_in_an_override_is_the_users_own(override: str, town: Path, outside: Path) -> None:
    assert load_scenario(town, [override]).networks.water is not None
    with pytest.raises(InvalidInput, match="outside the scenario's folder"):
        load_scenario(town, [override], Reach(overrides=False))


def test_an_override_of_something_else_allows_no_path(town: Path, outside: Path) -> None:
    name_water(town, "../outside/water.inp")
    with pytest.raises(InvalidInput, match="outside the scenario's folder"):
        load_scenario(town, ["networks.water.min_pressure_m=3", "name=x"])


COMMANDS = {
    "run": "run town --out out",
    "validate": "validate town --quick",
    "compare": "compare town --slips 1 --out out",
    "plan": "plan town --budget 2 --out out",
    "sweep": "sweep sweeps/sweep.yaml --dry-run",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_allows_folders(
    command: str, town: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the option, another mistake is all that is left of the file."""
    name_water(town, "../outside/water.inp")
    write_sweep(town.parent / "sweeps", "")
    monkeypatch.chdir(town.parent)
    arguments = COMMANDS[command].split()
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 2 and OUTSIDE in refused.output
    (outside / "water.inp").write_text("[NONE]\n", encoding="utf-8")
    allowed = CliRunner().invoke(
        app, [*arguments, "--allow-folder", "elsewhere", "--allow-folder", "outside"]
    )
    assert allowed.exit_code == 2 and OUTSIDE not in allowed.output
    assert "EPANET knows no section [NONE]" in allowed.output


SWEEP = "name: s\nscenario: {scenario}\n{more}"


def write_sweep(folder: Path, more: str, scenario: str = "../town") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "sweep.yaml").write_text(SWEEP.format(scenario=scenario, more=more), encoding="utf-8")
    return folder / "sweep.yaml"


@pytest.mark.parametrize(
    "more",
    [
        "set: {networks.water.file: ../outside/water.inp}\n",
        "matrix: {net: {here: {}, there: {networks.water.file: ../outside/water.inp}}}\n",
        "uncertain:\n  samples: 2\n  variables:\n"
        "    net: {set: networks.water.file, choices: [water.inp, ../outside/water.inp]}\n",
        "uncertain:\n  samples: 2\n  variables:\n"
        "    x: {set: seed, csv: {file: ../outside/secret.csv, column: upper}}\n",
    ],
    ids=["set", "matrix", "choices", "csv"],
)
def test_a_sweep_file_leads_nowhere_but_to_its_scenario(more: str, town: Path, outside: Path) -> None:
    """The scenario's own path is the user's; what a sweep sets is data."""
    file = write_sweep(town.parent / "sweeps", more)
    with pytest.raises(InvalidInput, match="outside the scenario's folder"):
        Plan(Sweep(file))
    if "csv" not in more:
        assert Plan(Sweep(file, Reach((outside,)))).total


def test_workers_find_what_links_and_other_folders_hold(town: Path, outside: Path) -> None:
    """Inputs travel under the names that the scenario has for them."""
    (town / "mine.inp").symlink_to(outside / "water.inp")
    name_water(town, "mine.inp")
    file = write_sweep(town.parent / "sweeps", "set: {end: 2026-05-05}\n")
    plan = Plan(Sweep(file, Reach((outside,))))
    assert do(gather(plan), next(plan.runs())).status == "complete"


@given(st.lists(st.sampled_from(["..", ".", "a", "b", "link", "/"]), max_size=6).map("/".join))
def test_what_is_held_lies_in_the_folder_when_links_are_followed(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    root = tmp_path_factory.mktemp("reach")
    (root / "in" / "a" / "b").mkdir(parents=True)
    (root / "in" / "link").symlink_to(root)
    path = root / "in" / name
    held = Reach((root / "in",)).holds(path)
    assert held == path.resolve().is_relative_to((root / "in").resolve())

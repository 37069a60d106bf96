"""`twin new` has an option for the file of each utility that can begin a scenario."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.command import twin
from tests.town import WATER, write_town
from tests.utilities.power.cgmes_example import cgmes, pack
from twin.cli.new import new_app
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold
from twin.utilities.names import AssetNames
from twin.utilities.registry import utilities
from twin.utilities.scaffold import Guess, Scaffold, Written


class Sewers(Scaffold):
    """Copies a file, links its one asset to a load, and says what it guesses without it."""

    about = "Sewers in a file."
    file = "wastewater.inp"
    section = "  wastewater: {file: wastewater.inp}\n"

    def read(self, path: Path) -> AssetNames:
        return AssetNames({"pump": {"wastewater/LIFT"}})

    def write(self, source: Path, folder: Path, others: AssetNames) -> Written:
        (folder / self.file).write_text(source.read_text())
        pumps = ";".join(sorted(others.of("pump")))
        rows: list[dict[str, object]] = [{"kind": "sewage", "asset": "a", "to": "b", "lag_h": 2}]
        return Written([Guess("sewers", pumps, "all of it")], {"links": rows})

    def absent(self, others: AssetNames) -> list[Guess]:
        return [Guess("sewers", "none", "none were given")] if others.of("pump") else []


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.setattr(type(utilities()["wastewater"]), "scaffold", Sewers())
    town = write_town(tmp_path / "town")
    return {"power": town / "power.json", "water": town / "water.inp", "wastewater": town / "wastewater.inp"}


def test_each_utility_that_can_begin_a_scenario_has_its_option(files: dict[str, Path]) -> None:
    shown = CliRunner().invoke(new_app(), ["--help"], env={"COLUMNS": "120"}).output
    for name, about in (
        ("power", "pandapower network: .json, .xlsx, .sqlite;"),
        ("water", "EPANET network (INP)."),
        ("wastewater", "Sewers in a file."),
    ):
        (line,) = (line for line in shown.splitlines() if f"--{name} " in line)
        assert about in line


def test_all_of_them_write_one_scenario(files: dict[str, Path], tmp_path: Path) -> None:
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    done = CliRunner().invoke(new_app(), [str(tmp_path / "mine"), *options])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "mine" / "links.csv").read_text().splitlines() == [
        "kind,asset,to,source,lag_h",
        "pump,wastewater/LIFT,power/pump LIFT,guess: fed from bus B-TOWN,",
        "pump,water/PU-INTAKE,power/pump PU-INTAKE,guess: fed from bus B-PUMPS,",
        "sewage,a,b,,2",
    ]
    text = (tmp_path / "mine" / "scenario.yaml").read_text()
    assert text.index("  power:\n") < text.index("  water:\n") < text.index("  wastewater:")


def test_what_is_not_given_is_guessed_of_the_others(files: dict[str, Path], tmp_path: Path) -> None:
    guesses = scaffold(tmp_path / "mine", {"water": files["water"]})
    assert {("pumps' supply", "always on"), ("sewers", "none")} <= {(g.what, g.chosen) for g in guesses}
    alone = scaffold(tmp_path / "other", {"power": files["power"]})
    assert {"pumps' supply", "sewers"}.isdisjoint({guess.what for guess in alone})


def test_no_file_at_all_names_every_option(files: dict[str, Path], tmp_path: Path) -> None:
    done = CliRunner().invoke(new_app(), [str(tmp_path / "mine")])
    assert done.exit_code == 2
    options = "--power FILE, --water FILE, --wastewater FILE, --gas FILE, --roads FILE or several"
    assert f"no network given ({options})" in done.output


@pytest.mark.parametrize("words", [["mine", "--fibre", "x"], [], ["mine", "more"]])
def test_wrong_usage_is_told_as_of_any_command(tmp_path: Path, words: list[str]) -> None:
    done = twin("new", *words, folder=tmp_path)
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "new [OPTIONS]" in done.stderr


def test_an_option_may_come_before_the_folder(tmp_path: Path) -> None:
    (tmp_path / "net.inp").write_text(WATER)
    done = twin("new", "--water", "net.inp", "mine", folder=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "next: twin run mine")


def killed(folder: Path, files: dict[str, Path], where: str) -> None:
    """Begin a scenario in a process of its own, which ends without a word in one of its functions."""

    def end(*_: object, **__: object) -> None:
        os._exit(9)

    def begin() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(where, end)
            scaffold(folder, files)

    process = multiprocessing.get_context("fork").Process(target=begin)
    process.start()
    process.join()
    assert process.exitcode == 9


@pytest.mark.parametrize(
    "where",
    [
        "twin.scenario.scaffold._write_table",
        "twin.scenario.scaffold._write",
        "pathlib.Path.touch",
        "pathlib.Path.write_text",
        "pathlib.Path.chmod",
        "pathlib.Path.rename",
    ],
)
def test_what_a_killed_one_left_is_removed_by_the_next_and_nothing_else(
    files: dict[str, Path], tmp_path: Path, where: str
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for _ in range(2):
        killed(place / "mine", files, where)
    assert any(path.name.startswith(".mine.new-") for path in place.iterdir())
    theirs = [".mine.new-notes", ".mine-abcdefgh", ".mine.newer", ".mines.new-abcdefgh"]
    for name in theirs:
        (place / name).mkdir()
        (place / name / "precious").touch()
    (place / ".mine.new-link").symlink_to(place / ".mine.newer")
    scaffold(place / "mine", files)
    assert sorted(path.name for path in place.iterdir()) == sorted(["mine", ".mine.new-link", *theirs])
    assert all((place / name / "precious").exists() for name in theirs)
    assert not [path.name for path in (place / "mine").iterdir() if path.name.startswith(".")]
    scaffold(place / "other", files)
    assert {path.name for path in (place / "other").iterdir()} == {p.name for p in (place / "mine").iterdir()}


def test_a_folder_that_another_one_is_making_is_left_alone(files: dict[str, Path], tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from twin.locks import locked\n"
    code += "with locked(Path(sys.argv[1])): print(1, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        [*command, str(tmp_path / "mine")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(FileExistsError, match="is being written by another run"):
            scaffold(tmp_path / "mine", files)
        other.communicate()
    scaffold(tmp_path / "mine", files)


def test_the_command_line_starts_without_the_utilities() -> None:
    code = "import sys, twin.cli.main; print([m for m in sys.modules if m.startswith('twin.utilities')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_grid_of_another_program_is_converted_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    archive = pack(cgmes(), tmp_path / "grid.zip")
    done = CliRunner().invoke(new_app(), [str(tmp_path / "mine"), "--power", str(archive)])
    assert done.exit_code == 0
    assert f"{archive}: 1 WindGeneratingUnit left out" in done.output
    assert "1 WindGeneratingUnit left out" in (tmp_path / "mine" / "README.md").read_text()
    assert load_scenario(tmp_path / "mine").simulated.keys() == {"power"}


def test_what_a_run_of_it_would_warn_of_is_told_at_once(tmp_path: Path) -> None:
    timed = "[CONTROLS]\nLINK P-LOW CLOSED AT TIME 9\nLINK P-LOW OPEN AT TIME 33"
    (tmp_path / "net.inp").write_text(WATER.replace("[CONTROLS]", timed))
    done = CliRunner().invoke(new_app(), [str(tmp_path / "mine"), "--water", str(tmp_path / "net.inp")])
    assert done.exit_code == 0
    assert "water.inp:22: pipe water/P-LOW stays open from 2 January 2026 on" in done.output


def test_files_that_are_given_for_each_other_are_one_line_each(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    grid, water = town / "power.json", town / "water.inp"
    done = CliRunner().invoke(
        new_app(), [str(tmp_path / "mine"), "--power", str(water), "--water", str(grid)]
    )
    assert done.exit_code == 2
    assert done.output.splitlines() == [
        f"{grid}: given as --water, but this is what --power takes: pandapower network: .json, .xlsx, "
        f".sqlite; .m, .mat, .uct, CGMES .zip (--power {grid})",
        f"{water}: given as --power, but this is what --water takes: EPANET network (INP) "
        f"(--water {water} or --wastewater {water})",
    ]
    assert not (tmp_path / "mine").exists()


def test_what_cannot_be_converted_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    case = tmp_path / "case.m"
    case.write_text("function mpc = case1\nmpc.bus = load('other');\n")
    done = CliRunner().invoke(new_app(), [str(tmp_path / "mine"), "--power", str(case)])
    assert done.exit_code == 2
    assert f"{case}:2: " in done.output
    assert "only MATLAB can" in done.output
    assert not (tmp_path / "mine").exists()

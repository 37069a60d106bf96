"""The scenarios that come with the program."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from twin.cli.main import app
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.demo import shipped, write_demo


def test_each_is_copied_whole_but_for_the_scripts_and_loads(tmp_path: Path) -> None:
    places = write_demo(tmp_path / "demo")
    assert [place.name for place in places] == ["alatau", "town"]
    for place in places:
        load_scenario(place)
        assert not (place / "build").exists()
        assert not (place / "build.py").exists()
        assert os.access(place / "scenario.yaml", os.W_OK)
    assert (tmp_path / "demo" / "alatau" / "build_orders" / "roadmap.csv").is_file()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InvalidInput, match="exists and is not empty"):
        write_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_says_what_to_run_next(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["demo", str(tmp_path / "demo")])
    assert said.exit_code == 0
    assert f"next: twin run {tmp_path / 'demo' / 'town'}" in said.output
    again = CliRunner().invoke(app, ["demo", str(tmp_path / "demo")])
    assert again.exit_code == 2


def test_an_installed_package_holds_them_beside_its_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "twin" / "demo" / "village").mkdir(parents=True)
    (tmp_path / "twin" / "demo" / "village" / "scenario.yaml").touch()
    monkeypatch.setattr("twin.__file__", str(tmp_path / "twin" / "__init__.py"))
    assert [place.name for place in shipped()] == ["village"]


def test_the_towns_native_files_are_those_of_its_script(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "scenarios" / "town"
    script = (source / "build.py").read_text(encoding="utf-8")
    space: dict[str, object] = {"__file__": str(tmp_path / "build.py"), "__name__": "town"}
    exec(compile(script, "build.py", "exec"), space)
    space["main"]()  # type: ignore[operator]
    for name in ("power.json", "water.inp", "wastewater.inp"):
        assert (tmp_path / name).read_bytes() == (source / name).read_bytes(), name

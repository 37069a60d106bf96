"""EPANET's own files are made in the project's folder, never in the present one."""

import os
from pathlib import Path

import pytest
from epanet import toolkit as en

from tests.utilities.epanet.test_inp import BASE
from twin.utilities.epanet.project import Project


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "w.inp"
    path.write_text(BASE, encoding="utf-8")
    (tmp_path / "engine").mkdir()
    (tmp_path / "here").mkdir()
    return path


def test_a_project_is_created_in_its_own_folder(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "here")
    create, places = en.createproject, []

    def created() -> object:
        places.append(Path.cwd())
        return create()

    monkeypatch.setattr(en, "createproject", created)
    Project(network, tmp_path / "engine", None).close()
    assert places == [tmp_path / "engine"]
    assert Path.cwd() == tmp_path / "here"


def test_the_present_folder_stays_where_creating_is_interrupted(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(en, "createproject", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Project(network, tmp_path / "engine", None)
    assert Path.cwd() == tmp_path / "here"


def test_a_present_folder_that_is_gone_does_not_matter(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "here")
    os.rmdir(tmp_path / "here")
    Project(network, tmp_path / "engine", None).close()

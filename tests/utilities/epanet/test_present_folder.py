"""EPANET's own files are made in the project's folder, never in the present one."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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


def test_threads_that_create_projects_at_once_leave_the_present_folder(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without turns one would take another's folder for the present one, and go back there."""
    monkeypatch.chdir(tmp_path / "here")
    create = en.createproject

    def slowly() -> object:
        time.sleep(0.002)
        return create()

    monkeypatch.setattr(en, "createproject", slowly)
    folders = [tmp_path / f"engine-{i}" for i in range(12)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(6) as threads:
        for project in threads.map(lambda folder: Project(network, folder, None), folders):
            project.close()
    assert Path.cwd() == tmp_path / "here"


def test_what_serves_results_loads_no_engine_that_would_move_it() -> None:
    shown = "import sys, twin.serve.server, twin.report, twin.report.comparison, twin.report.figures"
    said = (
        f"{shown}; print(*(name for name in sys.modules if name.split('.')[0] in ('epanet', 'pandapower')))"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert not done.stdout.strip()


def test_a_present_folder_that_is_gone_does_not_matter(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "here")
    os.rmdir(tmp_path / "here")
    Project(network, tmp_path / "engine", None).close()

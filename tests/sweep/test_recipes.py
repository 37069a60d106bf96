"""The recipes in docs/ci: their commands run in order, on the example of scenarios/alatau/ci."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from ruamel.yaml import YAML

from twin.checks.checks import read_checks
from twin.sweep import Plan, Sweep

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "ci"
PAGE = ROOT / "docs" / "sweeps.md"
SCHEMA = xmlschema.XMLSchema(ROOT / "tests" / "checks" / "junit.xsd")
pytestmark = pytest.mark.xdist_group("sweep")


def read(name: str) -> Any:
    return YAML(typ="safe").load((RECIPES / name).read_text(encoding="utf-8"))


def checkout(folder: Path) -> Path:
    """Make a folder like a fresh checkout, with `twin` on the path."""
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    (folder / "bin").mkdir()
    twin = folder / "bin" / "twin"
    twin.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m twin "$@"\n')
    twin.chmod(0o755)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return checkout(tmp_path)


def shell(command: str, place: Path, **variables: str) -> int:
    path = f"{place / 'bin'}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)} | variables
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=place, env=environment, check=False
    ).returncode


def github(job: dict[str, Any], number: int = 0) -> Iterator[tuple[str, str]]:
    for step in job["steps"]:
        if "run" in step and step["name"] != "install":
            yield step["name"], re.sub(r"\$\{\{ matrix\.number \}\}", str(number), step["run"])


def assert_judged(place: Path) -> None:
    """Assert the verdict of the example: one check holds, one does not, nothing moved."""
    SCHEMA.validate(place / "verdict" / "junit.xml")
    summary = (place / "verdict" / "summary.md").read_text()
    assert summary.startswith("## Alatau, first quarter: 2 of 8 checks do not hold")
    failing = [line for line in summary.splitlines() if line.startswith("| **")]
    assert len(failing) == 2
    assert all("treatment carries the sewage" in line and "checks.yaml:4" in line for line in failing)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the checkout in which the shards of GitHub's workflow ran."""
    folder = checkout(tmp_path_factory.mktemp("github"))
    job = read("github.yml")["jobs"]["shard"]
    for number in job["strategy"]["matrix"]["number"]:
        for name, command in github(job, number):
            assert shell(command, folder) == 0, name
    return folder


def test_the_github_workflow(swept: Path) -> None:
    summary = swept / "step-summary.md"
    jobs = read("github.yml")["jobs"]
    ended = {
        name: shell(run, swept, GITHUB_STEP_SUMMARY=str(summary)) for name, run in github(jobs["verdict"])
    }
    assert ended == {"judge": 1, "summary": 0}
    assert_judged(swept)
    assert summary.read_text() == (swept / "verdict" / "summary.md").read_text()
    uploaded = [step.get("with", {}).get("path") for job in jobs.values() for step in job["steps"]]
    assert "verdict" in uploaded


def blocks(language: str) -> list[str]:
    """Return the blocks of docs/sweeps.md in a language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.S | re.M)
    return [text for kind, text in fenced if kind == language]


def test_the_page_shows_files_that_are_valid(tmp_path: Path) -> None:
    sweep, checks = blocks("yaml")
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "sweep.yaml").write_text(sweep)
    (tmp_path / "checks.yaml").write_text(checks)
    assert Plan(Sweep(tmp_path / "sweep.yaml")).total == 32
    assert len(read_checks(tmp_path / "checks.yaml").checks) == 4


def test_the_page_shows_commands_and_programs_that_work(
    swept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell("twin merge results/ci shard-1 shard-2", swept) == 0
    commands = [line for block in blocks("") for line in block.splitlines()]
    commands = [line for line in commands if line.startswith(("twin query", "twin sensitivity"))]
    assert [shell(command, swept) for command in commands] == [0, 0]
    monkeypatch.chdir(swept)
    pandas, duckdb = blocks("python")
    exec(pandas, {})
    assert "saving" in capsys.readouterr().out
    exec(duckdb, {})
    assert "Wastewater treatment" in capsys.readouterr().out


@pytest.mark.slow
def test_the_gitlab_job(place: Path) -> None:
    recipe = read("gitlab.yml")
    count = recipe["shard"]["parallel"]
    for index in range(1, count + 1):
        for command in recipe["shard"]["script"]:
            assert shell(command, place, CI_NODE_INDEX=str(index), CI_NODE_TOTAL=str(count)) == 0
    assert [shell(command, place) for command in recipe["verdict"]["script"]] == [1]
    assert_judged(place)
    assert (place / recipe["verdict"]["artifacts"]["reports"]["junit"]).is_file()


@pytest.mark.slow
def test_the_slurm_array(place: Path) -> None:
    script = RECIPES / "slurm.sh"
    sweep = "scenarios/alatau/ci/sweep.yaml"
    for task in ("1", "2"):
        variables = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_CPUS_PER_TASK": "1"}
        assert shell(f"bash {script} {sweep} out", place, **variables) == 0
    checks = "--checks scenarios/alatau/ci/checks.yaml"
    assert shell(f"twin merge verdict out-* {checks} --baseline scenarios/alatau/ci/baseline", place) == 1
    assert_judged(place)


def test_the_manifest_speaks_of_one_image_and_one_scheduler() -> None:
    text = (RECIPES / "kubernetes.yml").read_text(encoding="utf-8")
    cluster, job = YAML(typ="safe").load_all(text)
    worker, scheduler = cluster["spec"]["worker"]["spec"], cluster["spec"]["scheduler"]["spec"]
    containers = [
        c for spec in (worker, scheduler, job["spec"]["template"]["spec"]) for c in spec["containers"]
    ]
    assert len({c["image"] for c in containers}) == 1
    (port,) = cluster["spec"]["scheduler"]["service"]["ports"]
    arguments = containers[-1]["args"]
    name = f"{cluster['metadata']['name']}-scheduler"
    assert arguments[arguments.index("--scheduler") + 1] == f"tcp://{name}:{port['port']}"
    assert "--resume" in arguments

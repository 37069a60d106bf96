"""The recipes in docs/ci: their commands run in order, on the example of scenarios/alatau/ci."""

import os
import re
import shutil
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
NEWEST = ROOT / ".github" / "workflows" / "newest.yml"
"""What tries the newest versions once a week."""
PAGE = ROOT / "docs" / "sweeps.md"
SCHEMA = xmlschema.XMLSchema(ROOT / "tests" / "checks" / "junit.xsd")
BUILD = {"hatchling", "tomlkit", "trove-classifiers"}
"""What only builds the program."""
HASH = re.compile(r"[0-9a-f]{40}|sha256:[0-9a-f]{64}")
pytestmark = pytest.mark.xdist_group("sweep")


def read(name: str) -> Any:
    return YAML(typ="safe").load((RECIPES / name).read_text(encoding="utf-8"))


def checkout(folder: Path) -> Path:
    """Make a folder like a fresh checkout, in which install.sh has put the program into .venv."""
    shutil.copytree(ROOT / "scenarios" / "alatau", folder / "scenarios" / "alatau")
    (folder / ".venv" / "bin").mkdir(parents=True)
    twin = folder / ".venv" / "bin" / "twin"
    twin.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m twin "$@"\n')
    twin.chmod(0o755)
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "scenarios"), (*who, "commit", "-q", "-m", "a plan")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def shell(command: str, place: Path, **variables: str) -> int:
    """Run a step in an environment that holds what the recipe says, and nothing of the tests' own."""
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own |= {"PYTHONPATH": str(ROOT), "TWIN_DAYS": str(place / ".twin" / "days")} | variables
    if "NUMBA_CACHE_DIR" in os.environ:
        own["NUMBA_CACHE_DIR"] = os.environ["NUMBA_CACHE_DIR"]
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=place, env=own, check=False
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
    assert summary.count("```mermaid") == 3


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the checkout in which the job of GitHub's workflow and the shards of the other one ran."""
    folder = checkout(tmp_path_factory.mktemp("github"))
    recipe = read("github.yml")
    own = {name: value for name, value in recipe["env"].items() if name != "TWIN_DAYS"}
    own |= {"GITHUB_STEP_SUMMARY": str(folder / "step-summary.md"), "BASE": "HEAD"}
    ended = {name: shell(run, folder, **own) for name, run in github(recipe["jobs"]["judge"])}
    assert ended == {"validate": 0, "judge": 1, "changes": 0, "summary": 0}
    (folder / "verdict").rename(folder / "judged")
    job = read("github-shards.yml")["jobs"]["shard"]
    for number in job["strategy"]["matrix"]["number"]:
        for name, command in github(job, number):
            assert shell(command, folder, **own) == 0, name
    return folder


def test_the_github_workflow(swept: Path) -> None:
    (swept / "judged").rename(swept / "verdict")
    assert_judged(swept)
    told = (swept / "step-summary.md").read_text()
    assert told == "diff: no change\n" + (swept / "verdict" / "summary.md").read_text()
    assert '"results": []' not in (swept / "validate.sarif").read_text()
    (swept / "verdict").rename(swept / "judged")


def test_shards_come_to_the_same_verdict(swept: Path) -> None:
    summary = swept / "summary-of-shards.md"
    recipe = read("github-shards.yml")
    own = {"GITHUB_STEP_SUMMARY": str(summary), "CI_FILES": recipe["env"]["CI_FILES"]}
    jobs = recipe["jobs"]
    ended = {name: shell(run, swept, **own) for name, run in github(jobs["verdict"])}
    assert ended == {"judge": 1, "summary": 0}
    assert_judged(swept)
    assert summary.read_text() == (swept / "judged" / "summary.md").read_text()
    uploaded = [step.get("with", {}).get("path") for job in jobs.values() for step in job["steps"]]
    assert "verdict" in uploaded


@pytest.mark.parametrize(
    ("recipe", "schema"),
    [
        (RECIPES / "github.yml", "github-workflows"),
        (RECIPES / "github-shards.yml", "github-workflows"),
        (NEWEST, "github-workflows"),
        (RECIPES / "gitlab.yml", "gitlab-ci"),
    ],
    ids=lambda own: own.stem if isinstance(own, Path) else own,
)
def test_a_recipe_is_what_its_server_reads(recipe: Path, schema: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, recipe], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_a_recipe_fetches_is_pinned_by_hash() -> None:
    for path in [*RECIPES.glob("*.yml"), *RECIPES.glob("*.yaml"), NEWEST]:
        text = path.read_text(encoding="utf-8")
        fetched = re.findall(r"^\s*(?:- )?(?:uses|image|rev): (\S+)", text, re.M)
        assert [one for one in fetched if not HASH.search(one)] == [], path.name
    lines = (RECIPES / "requirements.txt").read_text().splitlines()[1:]
    assert all(re.fullmatch(r"[a-z0-9_.-]+==\S+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    locked = {
        line.lower().replace("_", "-") for line in (ROOT / "requirements.lock").read_text().splitlines()
    }
    pinned = {line.split(" ")[0].replace("_", "-") for line in lines}
    assert {one.split("==")[0] for one in pinned - locked} <= BUILD


STUB = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in *" venv "*) mkdir -p .venv/bin; cp "$0" .venv/bin/python;; esac
"""


def test_what_the_cache_brought_is_not_installed_again(tmp_path: Path) -> None:
    place, log = tmp_path / "checkout", tmp_path / "log"
    (place / "docs").mkdir(parents=True)
    shutil.copytree(RECIPES, place / "docs" / "ci")
    (place / "twin").mkdir()
    for name in ("twin/a.py", "pyproject.toml", "README.md", "LICENSE"):
        (place / name).write_text("1\n")
    python = tmp_path / "python"
    python.write_text(STUB)
    python.chmod(0o755)

    def install() -> list[str]:
        log.write_text("")
        assert shell("sh docs/ci/install.sh", place, PYTHON=str(python), LOG=str(log)) == 0
        return ["wheels" if "--require-hashes" in line else line for line in log.read_text().splitlines()]

    first = install()
    assert (first[0], first[1]) == ("-m venv .venv", "wheels")
    assert "--no-index" in first[2]
    assert install() == []
    (place / "twin" / "a.py").write_text("2\n")
    (only,) = install()
    assert "--no-index" in only
    (place / "docs" / "ci" / "requirements.txt").write_text("numpy==1\n")
    assert install()[1] == "wheels"


def test_the_hook_of_pre_commit_names_a_scenario() -> None:
    (hook,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (repo,) = read("pre-commit.yaml")["repos"]
    (used,) = repo["hooks"]
    assert used["id"] == hook["id"] == "twin-validate"
    command = [sys.executable, "-m", *hook["entry"].split(), *used["args"]]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    assert re.search(used["files"], "scenarios/alatau/sites.csv")
    assert re.search(hook["files"], "scenarios/alatau/sites.csv")


def test_the_job_of_kubernetes_may_write_nothing_but_its_volumes() -> None:
    (job,) = YAML(typ="safe").load_all((RECIPES / "kubernetes-verdict.yml").read_text(encoding="utf-8"))
    pod = job["spec"]["template"]["spec"]
    (judge,) = pod["containers"]
    assert judge["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["runAsNonRoot"] is True
    mounted = {mount["name"] for mount in judge["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    (rule,) = job["spec"]["podFailurePolicy"]["rules"]
    assert rule["onExitCodes"]["containerName"] == judge["name"]


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
    own = {"PATH": f"{swept / '.venv' / 'bin'}:{os.environ['PATH']}"}
    assert shell("twin merge results/ci shard-1 shard-2", swept, **own) == 0
    commands = [line for block in blocks("") for line in block.splitlines()]
    commands = [line for line in commands if line.startswith(("twin query", "twin sensitivity"))]
    assert [shell(command, swept, **own) for command in commands] == [0, 0]
    monkeypatch.chdir(swept)
    pandas, duckdb = blocks("python")
    exec(pandas, {})
    assert "saving" in capsys.readouterr().out
    exec(duckdb, {})
    assert "Wastewater treatment" in capsys.readouterr().out


@pytest.mark.slow
def test_the_gitlab_job(tmp_path: Path) -> None:
    place = checkout(tmp_path)
    recipe = read("gitlab.yml")
    own = {name: value for name, value in recipe["variables"].items() if name != "TWIN_DAYS"}
    assert [shell(command, place, **own) for command in recipe["validate"]["script"]] == [0]
    assert [shell(command, place, **own) for command in recipe["judge"]["script"]] == [1]
    assert_judged(place)
    for job in ("validate", "judge"):
        assert all((place / report).is_file() for report in recipe[job]["artifacts"]["reports"].values())


@pytest.mark.slow
def test_the_slurm_array(tmp_path: Path) -> None:
    place = checkout(tmp_path)
    (place / "docs" / "ci").mkdir(parents=True)
    (place / "docs" / "ci" / "install.sh").write_text("")  # the program is there
    sweep = "scenarios/alatau/ci/sweep.yaml"
    for task in ("1", "2"):
        variables = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_CPUS_PER_TASK": "1"}
        assert shell(f"bash {RECIPES / 'slurm.sh'} {sweep} out", place, **variables) == 0
    judged = "--checks scenarios/alatau/ci/checks.yaml --baseline scenarios/alatau/ci/baseline"
    assert shell(f".venv/bin/twin merge verdict out-* {judged}", place) == 1
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

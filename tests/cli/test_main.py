"""The command line: exit codes, lines on standard error, and what help must not load."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from reliability.started import finish
from tests.command import twin
from tests.town import write_town
from twin.cli.terminal import exit_codes

TWIN = [sys.executable, "-m", "twin"]


def started(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a user does."""
    return subprocess.run([*TWIN, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("cli") / "town")


def test_a_run_prints_a_table_and_the_folder(town: Path, tmp_path: Path) -> None:
    short = ("--set", "end=2026-05-05", "--set", "outages=[]")
    done = started("run", str(town), *short, "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == ["status", "complete"]
    assert done.stdout.splitlines()[-1] == f"results: {tmp_path / 'out'}"
    assert done.stderr == ""
    told = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (told["status"], told["overrides"]) == ("complete", ["end=2026-05-05", "outages=[]"])


def test_bad_input_is_exit_2_and_writes_nothing(town: Path, tmp_path: Path) -> None:
    done = twin("run", str(town), "--set", "dayz=every", "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert done.stderr.startswith("--set dayz=every")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_result_is_never_overwritten(town: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    done = twin("run", str(town), "--set", "end=2026-05-05", "--out", str(tmp_path))
    assert done.returncode == 2
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_validate_says_what_was_found(town: Path) -> None:
    done = twin("validate", str(town))
    assert done.returncode == 0
    assert done.stdout.startswith("ok: Town, 2026-05-04 to 2026-05-07: 1 districts")


def test_the_schema_is_json(town: Path) -> None:
    assert json.loads(twin("schema").stdout)["title"] == "Scenario"


def test_a_missing_scenario_is_one_line(tmp_path: Path) -> None:
    done = started("validate", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "TOWN", "--quick"]])
def test_no_engine_is_loaded_before_it_is_needed(town: Path, arguments: list[str]) -> None:
    code = (
        "import sys\nfrom twin.cli.main import app\n"
        f"try: app({[str(town) if a == 'TOWN' else a for a in arguments]!r})\n"
        "except SystemExit: pass\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'pandapower', 'wntr', 'epanet', 'lightsim2grid', 'simpy', 'scipy', 'matplotlib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_who_is_asked_to_end_ends_cleanly(town: Path, tmp_path: Path, asked: signal.Signals) -> None:
    process = subprocess.Popen(
        [*TWIN, "run", str(town), "--set", "end=2046-01-01", "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    time.sleep(4.0)
    process.send_signal(asked)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip().splitlines()[-1] == "interrupted; nothing was saved"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "stops", "saved"),
    [
        ("run", "twin.cli.main._tell", True),
        ("run", "twin.results.run._write", False),
        ("run", "twin.results.folders._swap", True),
        ("run --report", "twin.cli.sweep.write_report", True),
        ("compare --slips 1", "twin.orders.commands.write_rows", False),
        ("compare --slips 1", "twin.cli.orders.print_lines", True),
    ],
)
def test_the_line_of_an_interruption_tells_what_is_saved(
    words: str, stops: str, saved: bool, tmp_path: Path
) -> None:
    """Ask the program to end before a call of one of its functions."""
    place = tmp_path / "place"
    write_town(place / "town")
    name, _, function = stops.rpartition(".")
    module = import_module(name)
    own = getattr(module, function)

    def asked(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return own(*arguments)

    all_of_it = [*words.split(), "town", "--set", "end=2026-05-05", "--set", "outages=[]", "--out", "out"]
    for attempt in ("new", "over the old one"):
        done = finish(place, all_of_it, before=partial(setattr, module, function, asked))
        line = f"interrupted; {'out is saved' if saved else 'nothing was saved'}"
        assert (done.code, done.said.splitlines()[-1]) == (130, line), attempt
        assert (place / "out").exists() == saved
    assert {path.name for path in place.iterdir()} <= {"town", "out", "tmp"}


def test_an_interruption_while_a_run_is_saved_beside_its_target_comes_after(tmp_path: Path) -> None:
    place = tmp_path / "place"
    write_town(place / "town")
    results = import_module("twin.results.run")
    save = results.save

    def refused_once(run: Any, folder: Path, **more: Any) -> Path:
        if folder.name == "out":
            raise PermissionError(13, "Permission denied", str(folder))
        os.kill(os.getpid(), signal.SIGINT)
        return Path(save(run, folder, **more))

    words = ["run", "town", "--set", "end=2026-05-05", "--set", "outages=[]", "--out", "out"]
    done = finish(place, words, before=partial(setattr, results, "save", refused_once))
    (beside,) = place.glob("out-*")
    assert (done.code, done.said.splitlines()[-1]) == (130, f"interrupted; {beside} is saved")
    assert (beside / "manifest.json").is_file()
    assert {path.name for path in place.iterdir()} == {"town", "tmp", beside.name}


def test_a_day_without_a_solution_is_exit_3_and_saved(town: Path, tmp_path: Path) -> None:
    done = twin(
        "run",
        str(town),
        "--out",
        str(tmp_path / "out"),
        "--set",
        "norms.power_kw_per_person.2025.value=100",
        "--set",
        "networks.power.shedding=false",
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "is beyond the largest transfer" in done.stderr
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "unsolved"


def test_a_report_is_written_with_the_run_and_for_a_folder(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = twin("run", str(town), "--set", "end=2026-05-05", "--out", str(out), "--report")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2] == f"report: {out / 'report.html'}"
    assert (out / "report.html").stat().st_size > 1_000_000
    assert (out / "figures" / "map.png").exists() and (out / "figures" / "map.svg").exists()
    (out / "report.html").unlink()
    assert twin("report", str(out)).returncode == 0
    assert (out / "report.html").exists()


def test_a_report_of_nothing_is_one_line(tmp_path: Path) -> None:
    done = twin("report", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == f"{tmp_path}: no results here (a folder that twin run wrote)\n"


def test_where_an_internal_error_arose_is_told_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    error = KeyError("heat")
    error.add_note("in the demand of steam")
    with pytest.raises(typer.Exit), exit_codes(debug=False):
        raise error
    said = capsys.readouterr().err
    assert said == "internal error: KeyError: 'heat'; in the demand of steam (--debug shows where)\n"

"""What a run leaves behind: whole, where it was asked for, and never in place of something else."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.cli.test_main import TWIN, twin
from tests.town import write_town
from twin.cells import plain, read_csv, safe, write_csv
from twin.cli.main import app
from twin.results import run as results
from twin.results.manifest import strangers
from twin.results.run import Run
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

DAY = ("--set", "end=2026-05-05", "--set", "outages=[]")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("results") / "town")


@pytest.fixture(scope="module")
def done(town: Path) -> Run:
    return simulation.run(load_scenario(town, ["end=2026-05-05"]))


def test_results_list_what_they_hold(done: Run, tmp_path: Path) -> None:
    folder = results.save(done, tmp_path / "out")
    listed = set(json.loads((folder / "manifest.json").read_text())["files"])
    assert listed == {path.name for path in folder.iterdir()} - {"manifest.json"}
    assert strangers(folder) == []


def test_results_of_the_same_scenario_are_replaced_and_of_another_only_with_force(
    done: Run, town: Path, tmp_path: Path
) -> None:
    out = results.save(done, tmp_path / "out")
    results.save(done, out)
    other = shutil.copytree(town, tmp_path / "other")
    elsewhere = load_scenario(other, ["end=2026-05-05"])
    renamed = done.scenario.model_copy(update={"name": "City"})
    variant = done.scenario.model_copy(update={"file": "variant.yaml"})
    for scenario in (elsewhere, renamed, variant):
        with pytest.raises(FileExistsError, match="results of another scenario, Town"):
            results.refuse(scenario, out)
        results.refuse(scenario, out, force=True)
    told = json.loads((out / "run.json").read_text())
    del told["scenario"]  # as an earlier version wrote it
    (out / "run.json").write_text(json.dumps(told))
    results.refuse(done.scenario, out)
    with pytest.raises(FileExistsError, match="another scenario"):
        results.refuse(renamed, out)
    (out / "run.json").write_text("no JSON")
    with pytest.raises(FileExistsError, match="cannot be read"):
        results.refuse(done.scenario, out)


def test_results_that_move_with_their_scenario_are_still_its_results(
    done: Run, town: Path, tmp_path: Path
) -> None:
    shutil.copytree(town, tmp_path / "a" / "town")
    one = load_scenario(tmp_path / "a" / "town", ["end=2026-05-05"])
    results.save(simulation.run(one), tmp_path / "a" / "results")
    (tmp_path / "a").rename(tmp_path / "b")
    results.refuse(load_scenario(tmp_path / "b" / "town", ["end=2026-05-05"]), tmp_path / "b" / "results")


def test_a_map_that_fails_leaves_the_run_saved_and_says_what_is_missing(
    done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locate(_: object) -> None:
        raise ValueError("no such projection")

    monkeypatch.setattr(results, "locate", locate)
    lines: list[str] = []
    out = results.save(done, tmp_path / "out", tell=lines.append)
    assert lines == ["assets.csv: not written, so there is no map: ValueError: no such projection"]
    assert json.loads((out / "run.json").read_text())["warnings"][-1] == lines[0]
    assert (out / "metrics.json").exists() and not (out / "assets.csv").exists()


def test_a_full_disk_leaves_the_old_results(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert twin("run", str(town), *DAY, "--out", str(out)).returncode == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)); "
    code += "import twin.cli.main; twin.cli.main.main()"
    line = [sys.executable, "-c", code, "run", str(town), *DAY, "--out", str(out)]
    environment = {**os.environ, "NUMBA_CACHE_DIR": "", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NUMBA_CACHE_DIR")
    full = subprocess.run(line, capture_output=True, text=True, check=False, env=environment)
    assert full.returncode == 2, full.stderr
    assert "File too large" in full.stderr and len(full.stderr.splitlines()) == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


REFUSED: dict[str, Callable[[Path], Path]] = {
    "is the present folder": lambda base: base / "here",
    "is a file": lambda base: base / "file",
    "leads nowhere": lambda base: base / "loop",
    "is a mount point": lambda base: Path("/dev"),
    "name too long": lambda base: base / ("n" * 300),
    "Not a directory": lambda base: base / "file" / "below",
    "holds something else": lambda base: base / "thesis",
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_target_is_refused_before_the_run_in_one_line(town: Path, tmp_path: Path, said: str) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    target = str(REFUSED[said](tmp_path))
    # a horizon that would take minutes
    line = ("run", str(town), "--set", "end=2066-01-01", "--out", target)
    refused = subprocess.run(
        [*TWIN, *line], capture_output=True, text=True, check=False, cwd=tmp_path / "here", timeout=60
    )
    assert refused.returncode == 2, refused.stderr
    assert said.lower() in refused.stderr.lower() and len(refused.stderr.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_holds_the_scenario_is_never_replaced(town: Path, tmp_path: Path) -> None:
    inside = shutil.copytree(town, tmp_path / "project" / "town")
    for target in (tmp_path / "project", inside):
        line = ("run", str(inside), *DAY, "--out", str(target), "--force")
        told = twin(*line)
        assert (told.returncode, len(told.stderr.splitlines())) == (2, 1)
        assert "holds the scenario itself" in told.stderr


def test_a_second_run_into_one_folder_is_refused_in_one_line(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import sys, time; from pathlib import Path; from twin.results.folders import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            told = twin("run", str(town), *DAY, "--out", str(out))
        finally:
            other.kill()
    assert told.returncode == 2
    assert told.stderr.startswith(f"{out} is being written by another run (process {other.pid} on ")
    assert len(told.stderr.splitlines()) == 1


def test_force_keeps_what_is_not_ours_and_a_link_is_written_through(town: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "thesis.txt").write_text("mine")
    line = ("run", str(town), *DAY, "--out", str(tmp_path / "link"))
    assert twin(*line).returncode == 2
    assert twin(*line, "--force").returncode == 0
    assert (tmp_path / "real" / "thesis.txt").read_text() == "mine"
    assert (tmp_path / "real" / "run.json").exists() and (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    "command",
    [
        'run TOWN --set end=2026-05-05 --set outages=[] --out "$OUT" | true',
        'run TOWN --set end=2026-05-05 --set outages=[] --out "$OUT" | head -1',
        'run TOWN --set end=2026-05-05 --set outages=[] --out "$OUT" 2>&1 | true',
        'run TOWN --set end=2026-05-05 --set outages=[] --out "$OUT" >&-',
        'run TOWN --set end=2026-05-05 --set outages=[] --out "$OUT" >&- 2>&- <&-',
        "validate TOWN | true",
        "schema | head -1",
        "--help | true",
        "run --help | head -1",
        "validate nowhere 2>&1 | true",
    ],
)
def test_a_reader_that_has_gone_ends_nothing_and_is_not_mentioned(
    town: Path, tmp_path: Path, command: str
) -> None:
    out = tmp_path / "out"
    program = f"{sys.executable} -m twin {command.replace('TOWN', str(town))}"
    ended = subprocess.run(
        ["bash", "-c", f"{program}; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OUT": str(out)},
    )
    assert ended.returncode in ((2,) if "nowhere" in command else (0, 141)), ended.stderr
    assert ended.stderr == ""
    assert (out / "run.json").exists() == command.startswith("run TOWN")


def test_a_full_output_is_one_line_and_the_run_is_saved(town: Path, tmp_path: Path) -> None:
    days = "--set end=2026-05-05 --set outages=[]"
    line = f"{sys.executable} -m twin run {town} {days} --out {tmp_path / 'out'} > /dev/full"
    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (2, "standard output: No space left on device\n")
    assert (tmp_path / "out" / "run.json").exists()


def test_a_killed_save_leaves_old_results_or_new_ones(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import sys; from pathlib import Path; from twin.results.run import save\n"
        "from twin.simulation import clock\n"
        "from twin.scenario import load_scenario\n"
        "run = clock.run(load_scenario(Path(sys.argv[1]), ['end=2026-05-05']))\n"
        "print('ready', flush=True)\n"
        "while True: save(run, Path(sys.argv[2])); print('saved', flush=True)\n"
    )
    for _ in range(3):
        command = [sys.executable, "-c", code, str(town), str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(3):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        assert strangers(out) == []
        listed = json.loads((out / "manifest.json").read_text())["files"]
        assert all((out / name).is_file() for name in listed)
        json.loads((out / "metrics.json").read_text())
    assert twin("run", str(town), *DAY, "--out", str(out)).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_verdict_and_a_page_never_replace_what_is_not_ours(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    twin("run", str(town), *DAY, "--out", str(out))
    (out / "report.html").write_text("mine")
    told = twin("report", str(out))
    assert (told.returncode, (out / "report.html").read_text()) == (2, "mine")
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["=cmd()", "+1", "-x", "@SUM(A1)", "\t=1", "'=1", "''-x", "plain", "'quoted", "a=b", "[red]x"],
)
def test_a_name_is_written_so_that_no_spreadsheet_runs_it_and_read_as_it_was(
    tmp_path: Path, name: str
) -> None:
    assert safe(name)[0] not in "=+-@\t\r"
    write_csv(tmp_path / "t.csv", (name, "n"), [{name: name, "n": -1.5}, {name: "", "n": -2}])
    assert read_csv(tmp_path / "t.csv") == [{name: name, "n": "-1.5"}, {name: "", "n": "-2"}]


@given(st.text(max_size=8) | st.text("'=+-@\t\r x1", max_size=6))
def test_any_text_survives_a_table(text: str) -> None:
    assert plain(safe(text)) == text
    assert not safe(text).startswith(tuple("=+-@\t\r"))


def test_names_with_markup_and_escape_sequences_are_shown_as_they_are(town: Path, tmp_path: Path) -> None:
    hostile = "[red]T[/red] \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m <b>$x^2$</b>"
    folder = shutil.copytree(town, tmp_path / "town")
    text = (folder / "scenario.yaml").read_text().replace("name: Town", f"name: {json.dumps(hostile)}")
    (folder / "scenario.yaml").write_text(text)
    told = twin("validate", str(folder))
    assert told.stdout.startswith(
        r"ok: [red]T[/red] \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m <b>$x^2$</b>, "
    ), repr(told.stdout)


def test_figures_that_fail_leave_the_run_saved_and_are_told(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> None:
        raise ValueError("no such font")

    monkeypatch.setattr("twin.report.figures.write_figures", broken)
    out = tmp_path / "out"
    told = CliRunner().invoke(app, ["run", str(town), *DAY, "--out", str(out), "--report"])
    assert told.exit_code == 4
    assert f"no page, or not all figures: the run is saved in {out}" in told.output
    assert "no such font" in told.output
    assert (out / "run.json").exists() and (out / "report.html").exists()


def test_a_target_that_is_taken_during_the_run_does_not_lose_it(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    real = simulation.run

    def run(*arguments: Any) -> Run:
        out.mkdir()
        (out / "thesis.txt").write_text("mine")
        return real(*arguments)

    monkeypatch.setattr(simulation, "run", run)
    told = CliRunner().invoke(app, ["run", str(town), *DAY, "--out", str(out)])
    assert told.exit_code == 0, told.output
    (beside,) = tmp_path.glob("out-*")
    assert (beside / "run.json").exists() and "saved beside it" in told.output
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_what_a_page_needs_is_asked_for_before_the_run(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    line = ["run", str(town), "--set", "end=2066-01-01", "--out", str(tmp_path / "out"), "--report"]
    told = CliRunner().invoke(app, line)
    assert told.exit_code == 2
    assert "jinja2: is not installed" in told.output
    assert list(tmp_path.iterdir()) == []


def on_a_terminal(code: str) -> str:
    """Return what a program shows on a terminal of its own."""
    import pty

    shown = bytearray()

    def read(handle: int) -> bytes:
        data = os.read(handle, 1024)
        shown.extend(data)
        return data

    code = f"import os; os.environ['COLUMNS'] = '200'; from twin.cli import terminal; {code}"
    with open(os.devnull, "rb") as nothing:
        before = os.dup(0)
        os.dup2(nothing.fileno(), 0)
        try:
            pty.spawn([sys.executable, "-c", code], read)
        finally:
            os.dup2(before, 0)
            os.close(before)
    return shown.decode()


@pytest.mark.parametrize("name", ["[red]x[/red]", "[/]", "[link=http://x]x[/link]", ":smile:", "[bold"])
def test_markup_in_a_table_of_the_terminal_is_shown_as_it_is(name: str) -> None:
    text = f"{name}\x1b]0;title\x07\x1b[2J"
    code = f"terminal.print_table([({text!r}, {text!r})]); terminal.print_utilities([({text!r},) * 4])"
    shown = on_a_terminal(code)
    assert shown.count(name) == 6
    assert "\x1b]" not in shown and "\x1b[2J" not in shown

"""The commands of sweeps: exit codes, lines, and what a killed one leaves."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import twin
from tests.sweep.inline import datasets
from tests.town import write_town

TWIN = [sys.executable, "-m", "twin"]
SWEEP = """
name: town
scenario: town
set: {end: 2026-05-05, outages: []}
matrix:
  pressure:
    low: {}
    high: {networks.water.required_pressure_m: 25}
replicates: %d
tables: [unserved]
"""
CHECKS = """
checks:
  - {name: lights, metric: unserved_energy_mwh, is: "<= 0"}
  - {name: water, metric: unserved_water_m3, is: "<= 1"}
"""
pytestmark = pytest.mark.xdist_group("sweep")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    write_town(folder / "town")
    (folder / "sweep.yaml").write_text(SWEEP % 1)
    (folder / "checks.yaml").write_text(CHECKS)
    return folder


def test_a_sweep_from_the_list_of_its_runs_to_its_verdict(place: Path) -> None:
    listed = twin("sweep", "sweep.yaml", "--dry-run", folder=place)
    assert listed.returncode == 0, listed.stderr
    *runs, estimate = listed.stdout.splitlines()
    assert [re.sub(r" [0-9a-f]{16} ", " ID ", run) for run in runs] == [
        "0  ID  pressure=low  seed=1",
        "1  ID  pressure=high  seed=1",
    ]
    assert re.fullmatch(
        r"2 runs of 2; about [\d.]+ minutes on 1 process and \d+ MB, by a trial of 1 days", estimate
    )
    assert not (place / "results").exists()

    done = twin("sweep", "sweep.yaml", "--checks", "checks.yaml", "--progress", "json", folder=place)
    assert done.returncode == 1, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["done"], line["total"], line["status"]) for line in lines] == [
        (1, 2, "complete"),
        (2, 2, "complete"),
    ]
    assert lines[1]["worst_check"] == "water: 1 run"
    table = done.stdout.splitlines()[2:]
    assert table[0].startswith("water [pressure=high]")
    assert "FAILS" in table[0]
    assert len(table) == 7
    assert table[-1] == "verdict: FAIL: 6 checks; 5 hold, 1 fails; first water in pressure=high"
    out = place / "results" / "sweep"
    assert {"checks.json", "junit.xml", "summary.md", "metrics.json"} <= {path.name for path in out.iterdir()}

    asked = twin(
        "query",
        "results/sweep",
        "--csv",
        "SELECT pressure, status FROM runs JOIN metrics USING (run_id) ORDER BY number",
        folder=place,
    )
    assert asked.stdout == "pressure,status\nlow,complete\nhigh,complete\n"
    wrong = twin("query", "results/sweep", "SELECT nothing FROM runs", folder=place)
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
    again = twin("sweep", "sweep.yaml", folder=place)
    assert again.returncode == 2
    assert again.stderr == "results/sweep holds a sweep; go on with --resume, or choose another with --out\n"


def test_a_shard_is_judged_by_who_merges(place: Path) -> None:
    asked = ("--checks", "checks.yaml")
    for number in ("1", "2"):
        words = ("sweep", "sweep.yaml", "--shard", f"{number}/2", "--out", f"part-{number}")
        done = twin(*words, *asked, folder=place)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == f"shard {number} of 2: judged by `twin merge`"
        assert not (place / f"part-{number}" / "junit.xml").exists()
    merged = twin("merge", "whole", "part-1", "part-2", *asked, folder=place)
    assert merged.stdout.splitlines()[-1].startswith("verdict: FAIL: 6 checks")
    other = twin("check", "whole", "--baseline", "run.metrics", folder=place)
    assert other.returncode == 2
    (place / "run.metrics").mkdir()
    (place / "run.metrics" / "metrics.json").write_text('{"unserved_energy_mwh": 0.0}')
    for words in (("check", "whole"), ("sweep", "sweep.yaml", "--out", "new")):
        other = twin(*words, "--baseline", "run.metrics", folder=place)
        assert (other.returncode, other.stderr) == (
            2,
            "run.metrics: this baseline is of a run (the baseline of a sweep)\n",
        )


def test_a_run_is_judged_too(place: Path) -> None:
    run = ["run", "town", "--set", "end=2026-05-05", "--set", "outages=[]", "--out", "run"]
    held = twin(*run, "--checks", "checks.yaml", folder=place)
    assert held.returncode == 0, held.stderr
    assert (place / "run" / "junit.xml").is_file()
    moved = twin(*run, "--set", "networks.water.required_pressure_m=30", "--baseline", "run", folder=place)
    assert moved.returncode == 1  # compared with what stood there before
    assert re.search(r"baseline +FAILS: inf \(a change from 0\)", moved.stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sweep", "none.yaml"], "none.yaml: no sweep file here"),
        (["sweep", "sweep.yaml", "--shard", "3/2"], "--shard: 3/2 is no shard (I/N, such as 1/4)"),
        (
            ["sweep", "sweep.yaml", "--progress", "loud"],
            "--progress: loud is no way to show it (auto or json)",
        ),
        (["sweep", "sweep.yaml", "--checks", "none.yaml"], "none.yaml: no checks file here"),
        (["sweep", "sweep.yaml", "--baseline", "none"], "none/metrics.json: no such file"),
        (["sweep", "sweep.yaml", "--checks", "rooms.yaml"], "rooms.yaml:2: room reads headroom, which"),
        (["sweep", "sweep.yaml", "--out", "/proc/none"], "/proc/none: No such file or directory"),
        (["sweep", "sweep.yaml", "--out", "town"], "town holds something else"),
        (
            ["sweep", "sweep.yaml", "--scheduler", "tls://127.0.0.1:1", "--tls-ca", "a"],
            "--tls-ca: TLS needs three files",
        ),
        (["merge", "out", "town"], "town: is not a sweep's folder"),
        (["query", "town", "SELECT 1"], "town: is not a sweep's folder"),
        (["sensitivity", "town", "--metric", "x"], "town: is not a sweep's folder"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(place: Path, arguments: list[str], said: str) -> None:
    (place / "rooms.yaml").write_text("checks:\n  - {name: room, headroom: x, is: '>= 0'}\n")
    done = twin(*arguments, folder=place)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(said)


@pytest.mark.parametrize("extra", ["duckdb", "distributed"])
def test_a_missing_extra_is_one_line(place: Path, tmp_path: Path, extra: str) -> None:
    (tmp_path / "sweep.json").write_text("{}")
    (tmp_path / "runs").mkdir()
    asked = {
        "duckdb": ["query", str(tmp_path), "SELECT 1"],
        "distributed": ["sweep", "sweep.yaml", "--out", "new", "--scheduler", "tcp://127.0.0.1:1"],
    }[extra]
    code = (
        f"import sys; sys.modules[{extra!r}] = None; sys.argv[1:] = {asked!r}\n"
        "from twin.cli.main import app; app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    assert done.returncode == 2
    assert done.stderr == f"{extra}: is not installed (pip install 'twin[sweep]')\n"


@pytest.mark.parametrize("kills", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_a_sweep_killed_at_random_moments_ends_as_if_it_had_not_been(
    place: Path, tmp_path: Path, kills: int
) -> None:
    """Kill the real thing, two processes and their leader, then go on."""
    sweep = place / f"kill{kills}.yaml"
    sweep.write_text(SWEEP % 8)
    moments = random.Random(kills)
    command = [*TWIN, "sweep", str(sweep), "--jobs", "2", "--out", str(tmp_path / "out"), "--resume"]
    for _ in range(kills):
        process = subprocess.Popen([*command, "--progress", "json"], stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        process.stderr.readline()  # at least one run is done
        time.sleep(moments.uniform(0.0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    rest = twin(*command[3:], folder=place)
    assert rest.returncode == 0, rest.stderr
    complete, found = map(int, re.findall(r"(\d+) complete, .* (\d+) found", rest.stdout)[0])
    assert complete + found == 16
    assert found >= kills
    whole = twin("sweep", str(sweep), "--jobs", "2", "--out", str(tmp_path / "whole"), folder=place)
    assert whole.returncode == 0
    for table in ("metrics", "unserved"):
        assert datasets(tmp_path / "out", table) == datasets(tmp_path / "whole", table)


def test_ctrl_c_keeps_what_is_done(place: Path, tmp_path: Path) -> None:
    (place / "long.yaml").write_text(SWEEP % 2000)
    command = [*TWIN, "sweep", str(place / "long.yaml"), "--out", str(tmp_path / "out"), "--progress", "json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "interrupted; finished runs are saved; go on with --resume"
    assert list((tmp_path / "out" / "metrics").iterdir())


@pytest.mark.parametrize("after_s", [0.5, 1.0, 2.0])
def test_ctrl_c_reaches_workers_that_are_just_starting_and_none_of_them_says_a_word(
    after_s: float, place: Path, tmp_path: Path
) -> None:
    """A terminal sends it to every process that was started from it."""
    command = [*TWIN, "sweep", "sweep.yaml", "--jobs", "2", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    if process.returncode:
        assert [line.split(";")[0] for line in said.splitlines()] == ["interrupted"]


HALF = """
name: half
scenario: town
set: {end: 2026-05-05, outages: [], networks.power.shedding: false}
matrix:
  load:
    low: {}
    high: {norms.power_kw_per_person.2025.value: 7}
tables: [unserved]
"""


@pytest.fixture(scope="module")
def half(place: Path) -> subprocess.CompletedProcess[str]:
    """Sweep a town in which one of two runs has hours without a solution, into results/half."""
    (place / "half.yaml").write_text(HALF)
    return twin("sweep", "half.yaml", folder=place)


def test_hours_without_a_solution_are_a_sweeps_status_unless_a_check_takes_them_on(
    place: Path, half: subprocess.CompletedProcess[str]
) -> None:
    line = "  - {name: %s, metric: %s, is: '%s'}\n"
    hours, volts = line % ("hours", "unsolved_hours", "<= 4"), line % ("volts", "min_voltage_pu", ">= 0")
    (place / "hours.yaml").write_text("checks:\n" + hours)
    (place / "both.yaml").write_text("checks:\n" + hours + volts)
    (place / "volts.yaml").write_text("checks:\n" + volts)
    assert half.returncode == 3
    assert "4 of 24 hours unsolved" in half.stderr
    again = ("sweep", "half.yaml", "--resume", "--checks")
    assert twin(*again, "hours.yaml", folder=place).returncode == 0
    told = twin(*again, "both.yaml", folder=place)
    assert (told.returncode, "not computed" in told.stdout) == (1, True)
    told = twin(*again, "volts.yaml", folder=place)
    assert (told.returncode, "not computed" in told.stdout) == (3, True)
    metrics = json.loads((place / "results" / "half" / "metrics.json").read_text())
    assert set(metrics) == {"load=low"}


@pytest.mark.usefixtures("half")
@pytest.mark.parametrize(
    "command",
    [
        "sweep sweep.yaml --dry-run | head -1",
        "query results/half 'SELECT * FROM metrics' | true",
        "query results/half 'SELECT * FROM metrics' --csv | head -1",
        "compare town --build-order nowhere 2>&1 | true",
    ],
)
def test_commands_whose_reader_has_gone_are_quiet(place: Path, command: str) -> None:
    program = f"{sys.executable} -m twin {command}; exit ${{PIPESTATUS[0]}}"
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    ended = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, check=False, cwd=place, env=environment
    )
    assert (ended.returncode in (0, 2, 141), ended.stderr) == (True, "")


@pytest.mark.usefixtures("half")
def test_csv_of_a_query_has_no_cell_that_a_spreadsheet_runs(place: Path) -> None:
    done = twin(
        "query", "results/half", "SELECT '=1+1' AS a, -1.5 AS b, '@x' AS \"+c\"", "--csv", folder=place
    )
    assert done.stdout == "a,b,'+c\n'=1+1,-1.5,'@x\n"


@pytest.mark.usefixtures("half")
def test_a_second_sweep_in_one_folder_is_refused_in_one_line(place: Path) -> None:
    code = (
        "import time; from pathlib import Path; from twin.results.folders import locked\n"
        "with locked(Path('results/half')): print('held', flush=True); time.sleep(60)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=place, env=environment) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            told = twin("sweep", "sweep.yaml", "--resume", "--out", "results/half", folder=place)
        finally:
            other.kill()
    assert (told.returncode, len(told.stderr.splitlines())) == (2, 1)
    assert "is being written by another run" in told.stderr

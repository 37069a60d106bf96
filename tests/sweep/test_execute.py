"""Whole sweeps of a small town: the same on any workers, and what goes wrong is told run by run."""

import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from tests.sweep.conftest import SWEEP
from tests.sweep.inline import Inline, datasets
from twin.errors import InvalidInput
from twin.simulation.batch import Failed, LocalWorkers
from twin.sweep import Plan, Sweep, Tally, execute
from twin.sweep.cluster import ClusterWorkers
from twin.sweep.merging import merge
from twin.sweep.querying import query
from twin.sweep.runs import Planned
from twin.sweep.store import failed_rows
from twin.sweep.worker import Done

TABLES = ("metrics", "monthly", "headroom", "developments", "unserved")
pytestmark = pytest.mark.xdist_group("sweep")


@pytest.fixture(scope="module")
def plan(town: Path) -> Plan:
    return Plan(Sweep(town / "sweep.yaml"))


@pytest.fixture(scope="module")
def whole(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sweep as one process does it."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    with LocalWorkers(1) as workers:
        tally = execute(plan, folder, workers)
    assert (tally.complete, tally.unsolved, tally.failed) == (8, 0, 0)
    return folder


def same(one: Path, other: Path) -> bool:
    return all(datasets(one, table) == datasets(other, table) for table in TABLES)


def test_the_tables_join_and_the_choices_show(whole: Path) -> None:
    columns, rows = query(
        whole,
        "SELECT pumps, max(water_served_m3), count(*) FROM runs JOIN metrics USING (run_id) "
        "GROUP BY 1 ORDER BY 1",
    )
    assert columns[0] == "pumps"
    assert [(row[0], row[2]) for row in rows] == [("cut", 4), ("fed", 4)]
    runs = pq.read_table(whole / "runs")
    assert runs.column_names[:5] == ["run_id", "pumps", "pressure", "use", "people"]
    _, (months,) = query(whole, "SELECT count(DISTINCT run_id) FROM monthly WHERE district = 'Town'")
    assert months == (8,)
    described = json.loads((whole / "sweep.json").read_text())
    assert (described["status"], described["runs"], described["variables"]) == (
        "complete",
        8,
        ["use", "people"],
    )
    metrics = json.loads((whole / "metrics.json").read_text())
    served = metrics["pumps=fed, pressure=low"]["water_served_m3"]
    assert served["p10"] < served["p50"] < served["p90"]


def test_two_processes_and_a_killed_worker_change_nothing(plan: Plan, whole: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def observe(tally: Tally, _: Planned, result: Done | Failed) -> None:
        assert isinstance(result, Done)
        if tally.done == 3:
            victim = multiprocessing.active_children()[0]
            victim.kill()
            killed.append(tally.done)

    with LocalWorkers(2) as workers:
        tally = execute(plan, tmp_path / "out", workers, observer=observe)
    assert killed == [3]
    assert tally.complete == 8
    assert same(tmp_path / "out", whole)


def test_shards_merge_to_the_same_files(plan: Plan, whole: Path, tmp_path: Path) -> None:
    shards = [tmp_path / "1", tmp_path / "2", tmp_path / "3"]
    for number, shard in enumerate(shards, 1):
        execute(plan, shard, Inline(), (number, 3))
    with pytest.raises(InvalidInput, match="2 of 8 runs in no shard, run 2 first"):
        merge(tmp_path / "out", shards[:2])
    with pytest.raises(InvalidInput, match="3 of its runs are in"):
        merge(tmp_path / "out", [shards[0], shards[0], shards[2]])
    assert not (tmp_path / "out").exists()
    assert merge(tmp_path / "out", shards)["status"] == "complete"
    assert same(tmp_path / "out", whole)
    assert (tmp_path / "out" / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()


def test_shards_of_other_sweeps_are_refused(plan: Plan, whole: Path, tmp_path: Path) -> None:
    execute(plan, tmp_path / "1", Inline(), (1, 8))
    path = tmp_path / "1" / "sweep.json"
    path.write_text(path.read_text().replace('"name": "town"', '"name": "other"'))
    with pytest.raises(InvalidInput, match="is of another sweep: its name differs"):
        merge(tmp_path / "out", [whole, tmp_path / "1"])


def test_finished_runs_are_not_run_again_and_others_refused(
    plan: Plan, whole: Path, planned: Callable[[str], Plan], tmp_path: Path
) -> None:
    def never(*_: object) -> None:
        pytest.fail("a finished run was run again")

    before = datasets(whole, "runs")
    tally = execute(plan, whole, Inline(), observer=never)
    assert (tally.found, tally.done, tally.total) == (8, 8, 8)
    assert datasets(whole, "runs") == before
    card = tally._repr_html_()
    assert "8 of 8 runs: 8 found, 0 complete, 0 unsolved, 0 failed" in card
    assert ">pumps=fed, pressure=low<" in card and ">unserved_water_m3<" in card
    more = planned(SWEEP.replace("samples: 2", "samples: 4"))
    assert execute(more, _copy(whole, tmp_path / "more"), Inline()).found == 8
    other = planned(SWEEP.replace("high: 1.2", "high: 1.3"))
    with pytest.raises(InvalidInput, match="holds 8 runs of another sweep file"):
        execute(other, whole, Inline())


def _copy(source: Path, target: Path) -> Path:
    import shutil

    return Path(shutil.copytree(source, target))


BAD = """
name: bad
scenario: town
set: {end: 2026-05-06}
matrix:
  engine:
    good: {}
    crash: {networks.water.file: broken.inp}
    unsolved: {networks.power.shedding: false, norms.power_kw_per_person.2025.value: 100}
"""


def test_what_goes_wrong_is_told_run_by_run(
    planned: Callable[[str], Plan], town: Path, tmp_path: Path
) -> None:
    text = (town / "town" / "water.inp").read_text()
    (town / "town" / "broken.inp").write_text(
        text.replace("P-HIGH T-HILL J-HIGH 1000", "P-HIGH T-HILL J-HIGH x")
    )
    plan = planned(BAD)
    tally = execute(plan, tmp_path, Inline())
    assert (tally.complete, tally.unsolved, tally.failed) == (1, 1, 1)
    _, rows = query(tmp_path, "SELECT engine, status, reason FROM runs ORDER BY number")
    assert [row[:2] for row in rows] == [("good", "complete"), ("crash", "failed"), ("unsolved", "unsolved")]
    assert "broken.inp" in rows[1][2]
    assert "no solution for 24 hours" in rows[2][2]
    assert json.loads((tmp_path / "sweep.json").read_text())["status"] == "failed"
    again = execute(plan, tmp_path, Inline())
    assert (again.found, again.failed) == (2, 1)


def test_a_result_that_does_not_fit_on_the_disk_is_a_failed_run(town: Path, tmp_path: Path) -> None:
    sweep = town / "disk.yaml"
    sweep.write_text("name: t\nscenario: town\nreplicates: 3\n")
    command = [sys.executable, "-m", "tests.sweep.standin", str(sweep), str(tmp_path / "out"), "large"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "0 2 1", done.stderr
    ((number, reason),) = [(row["number"], row["reason"]) for row in failed_rows(tmp_path / "out")]
    assert number == 1
    assert reason.startswith("disk: could not be written: ")
    assert "File too large" in reason
    assert pq.read_table(tmp_path / "out" / "metrics")["x"].to_pylist() == [0.0, 3.0]
    assert not list((tmp_path / "out").rglob(".*"))


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Start a Dask scheduler and two workers on loopback; give the address and their processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    loopback = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
    dask = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        *loopback,
        "--port",
        address.split(":")[-1],
    ]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, *loopback]
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with (folder / "log").open("w") as log:
        processes = [
            subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=Path.cwd())
            for command in (
                dask,
                [*worker, "--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder)],
            )
        ]
        try:
            yield address, [process.pid for process in processes]
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(30)


def test_a_cluster_gives_the_same_and_survives_a_worker(plan: Plan, whole: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def observe(tally: Tally, _: Planned, result: Done | Failed) -> None:
        assert isinstance(result, Done)
        if tally.done == 3:
            victim = next(
                p for p in psutil.Process(processes[1]).children() if "spawn_main" in " ".join(p.cmdline())
            )
            victim.kill()
            killed.append(victim.pid)

    with cluster(tmp_path) as (address, processes), ClusterWorkers(address) as workers:
        deadline = time.monotonic() + 60
        while workers.window < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert workers.window == 4
        tally = execute(plan, tmp_path / "out", workers, observer=observe)
        family = [
            q for p in processes for q in (psutil.Process(p), *psutil.Process(p).children(recursive=True))
        ]
        listening = [
            c.laddr.ip for p in family for c in p.net_connections() if c.status == psutil.CONN_LISTEN
        ]
        assert listening
        assert set(listening) == {"127.0.0.1"}
    assert len(killed) == 1
    assert tally.complete == 8
    assert same(tmp_path / "out", whole)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_ends_the_sweep_in_one_line(plan: Plan, tmp_path: Path) -> None:
    def observe(tally: Tally, _: Planned, result: Done | Failed) -> None:
        if tally.complete == 1:
            psutil.Process(processes[0]).kill()

    with (
        cluster(tmp_path) as (address, processes),
        ClusterWorkers(address) as workers,
        pytest.raises(ConnectionError, match="go on with --resume"),
    ):
        execute(plan, tmp_path / "out", workers, observer=observe)
    assert execute(plan, tmp_path / "out", Inline()).found >= 1

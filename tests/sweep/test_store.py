"""The dataset: whole files only, the same whatever the order, whenever it was killed."""

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sweep.inline import datasets
from tests.sweep.standin import made_up
from twin.sweep import Plan
from twin.sweep.runs import Planned
from twin.sweep.store import PART, Store, committed, failed_rows

MANY = "name: t\nscenario: town\nreplicates: {}\n"


def runs(count: int) -> list[Planned]:
    return [
        Planned(f"{n * 7919 % 10007:016x}", n, "all", {}, {"v": n / 3}, n, 0, 1, ()) for n in range(count)
    ]


def filled(folder: Path, planned: list[Planned]) -> Store:
    store = Store(folder)
    for run in planned:
        store.add(run, made_up(run))
    return store


@given(order=st.permutations(range(9)), cuts=st.sets(st.integers(1, 8), max_size=3))
@settings(max_examples=15, deadline=None)
def test_the_files_do_not_depend_on_order_or_interruptions(order: list[int], cuts: set[int]) -> None:
    planned = runs(9)
    with tempfile.TemporaryDirectory() as name:
        expected, folder = Path(name) / "a", Path(name) / "b"
        filled(expected, planned).compact(0)
        for done, n in enumerate(order):
            store = filled(folder, [planned[n]])
            if done in cuts:
                store.compact(0)
        Store(folder).compact(0)
        for table in ("runs", "metrics", "monthly", "unserved"):
            assert datasets(folder, table) == datasets(expected, table)
            assert len(datasets(folder, table)) == 1


def test_a_part_holds_its_runs_in_order(tmp_path: Path) -> None:
    planned = runs(PART + 3)
    store = filled(tmp_path, planned[::-1])
    assert sorted(store.singles()) == [0, 1]
    store.compact(0)
    store.compact(1)
    assert [len(ids) for ids in committed(tmp_path).values()] == [PART, 3]
    first, second = (pq.read_table(path) for path in sorted((tmp_path / "metrics").iterdir()))
    assert first["x"].to_pylist() + second["x"].to_pylist() == [1.5 * n for n in range(PART + 3)]
    monthly = pq.read_table(min((tmp_path / "monthly").iterdir()))
    assert monthly["mean"].to_pylist() == [1.5 * n for n in range(PART) for _ in range(50)]


@pytest.mark.parametrize("step", range(1, 8))
def test_a_compaction_killed_at_any_step_leaves_each_run_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Let the n-th renaming or removal of a file be the last thing that happens."""
    planned = runs(5)
    store = filled(tmp_path, planned)
    left = [step]

    class Killed(BaseException):
        pass

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        with pytest.raises(Killed):
            store.compact(0)
    assert sorted(r for ids in committed(tmp_path).values() for r in ids) == sorted(r.run_id for r in planned)
    store = Store(tmp_path)
    assert store.done == {run.run_id for run in planned}
    store.compact(0)
    assert pq.read_table(tmp_path / "metrics")["x"].to_pylist() == [1.5 * n for n in range(5)]


def test_a_run_without_its_row_does_not_count(tmp_path: Path) -> None:
    (run, other) = runs(2)
    filled(tmp_path, [run])
    for table in ("metrics", "monthly"):
        source = next((tmp_path / table).iterdir())
        (tmp_path / table / f"0000001-{other.run_id}.parquet").write_bytes(source.read_bytes())
    (tmp_path / "metrics" / f".0000001-{other.run_id}.parquet.12").write_bytes(b"PAR1")
    assert Store(tmp_path).done == {run.run_id}
    assert [len(datasets(tmp_path, table)) for table in ("runs", "metrics", "monthly")] == [1, 1, 1]


def test_a_failed_run_is_listed_until_it_has_a_result(tmp_path: Path) -> None:
    first, second = runs(2)
    store = filled(tmp_path, [first])
    store.fail(second, "lost: its worker died")
    assert [(r["number"], r["status"], r["reason"]) for r in failed_rows(tmp_path)] == [
        (1, "failed", "lost: its worker died")
    ]
    store = Store(tmp_path)
    assert (store.done, store.failed.keys()) == ({first.run_id}, {second.run_id})
    store.add(second, made_up(second))
    store.compact(0)
    assert failed_rows(tmp_path) == []
    assert pq.read_table(tmp_path / "runs")["status"].to_pylist() == ["complete", "complete"]


def test_a_sweep_killed_at_random_moments_loses_nothing_that_was_done(
    planned: Callable[[str], Plan], town: Path, tmp_path: Path
) -> None:
    planned(MANY.format(300))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    moments = random.Random(5)

    def start(out: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.sweep.standin", str(town / "test.yaml"), str(out)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    process = start(whole)
    assert process.communicate()[0].splitlines()[-1] == "0 300 0"
    survived = 0
    for _ in range(5):
        process = start(killed)
        assert process.stdout is not None
        for _ in range(moments.randint(5, 50)):  # so many runs are done, then some more milliseconds
            process.stdout.readline()
        time.sleep(moments.uniform(0.0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = sum(map(len, committed(killed).values())) if killed.exists() else 0
        assert found > survived
        survived = found
    assert 0 < survived < 300
    said = start(killed).communicate()[0].splitlines()
    assert said[-1] == f"{survived} {300 - survived} 0"
    for table in ("metrics", "monthly", "runs", "unserved"):
        assert datasets(killed, table) == datasets(whole, table)


@pytest.mark.parametrize(
    "name",
    [
        "notes/mine.parquet",
        "runs/mine.parquet",
        "metrics/figures.xlsx",
        "runs/0000001-x.parquet",
        "runs/deep/a",
    ],
)
def test_going_on_removes_nothing_that_is_not_ours(tmp_path: Path, name: str) -> None:
    (run,) = runs(1)
    filled(tmp_path, [run])
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_bytes(b"mine")
    assert Store(tmp_path).done == {run.run_id}
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize("table", ["runs", "metrics", "headroom"])
def test_nothing_is_written_or_removed_through_a_link(tmp_path: Path, table: str) -> None:
    (run,) = runs(1)
    sweep, elsewhere = tmp_path / "sweep", tmp_path / "elsewhere"
    sweep.mkdir()
    filled(sweep, [run])
    elsewhere.mkdir()
    precious = elsewhere / "0000009-0123456789abcdef.parquet"
    precious.write_bytes(b"precious")
    (sweep / "notes").symlink_to(elsewhere)
    Store(sweep).compact(0)
    if (sweep / table).exists():
        (sweep / table).rename(tmp_path / "before")
    (sweep / table).symlink_to(elsewhere)
    with pytest.raises(FileExistsError, match="is a link"):
        Store(sweep)
    assert [path.name for path in elsewhere.iterdir()] == [precious.name]
    assert precious.read_bytes() == b"precious"

"""A dataset whose tables disagree is told in one line, and going on repairs it to the same bytes."""

import importlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sweep.inline import Inline, datasets
from tests.sweep.standin import do, made_up
from twin.errors import InvalidInput
from twin.locks import locked
from twin.report import as_html
from twin.results.dataset import FOLDERS, inspect, opened
from twin.results.formats import FORMAT
from twin.sweep import Plan, execute, merging
from twin.sweep.merging import merge
from twin.sweep.querying import query
from twin.sweep.reading import summarise
from twin.sweep.runs import Planned
from twin.sweep.sensitivity import report
from twin.sweep.spec import Table
from twin.sweep.store import Store

MANY = "name: t\nscenario: town\nreplicates: {}\n"
OWN = ("metrics", "monthly", "runs", "unserved")
Damage = Callable[[Path], None]


@pytest.fixture
def plan(planned: Callable[[str], Plan], monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Return a sweep of 70 runs that are made up: a part of 64, and one of 6."""
    monkeypatch.setattr(sys.modules["twin.sweep.execute"], "do", do)
    return planned(MANY.format(70))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "sweep"


@pytest.fixture
def sweep(plan: Plan, kept: Path, tmp_path: Path) -> Path:
    """Return its folder, of two parts."""
    if not kept.exists():
        execute(plan, kept, Inline())
    return Path(shutil.copytree(kept, tmp_path / "sweep"))


def first(folder: Path, table: str) -> Path:
    return min((folder / table).iterdir())


def last(folder: Path, table: str) -> Path:
    return max((folder / table).iterdir())


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.ParquetFile(path).read()), path)


def truncated(table: str) -> Damage:
    def damage(folder: Path) -> None:
        path = first(folder, table)
        path.write_bytes(path.read_bytes()[:-40])

    return damage


def emptied(table: str) -> Damage:
    return lambda folder: first(folder, table).write_bytes(b"")


def flipped(table: str) -> Damage:
    def damage(folder: Path) -> None:
        path = first(folder, table)
        content = bytearray(path.read_bytes())
        column = pq.ParquetFile(path).metadata.row_group(0).column(1)
        begin = column.dictionary_page_offset or column.data_page_offset
        content[begin + column.total_compressed_size - 3] ^= 0xFF
        path.write_bytes(bytes(content))

    return damage


def gone(table: str) -> Damage:
    return lambda folder: first(folder, table).unlink()


def without_table(table: str) -> Damage:
    return lambda folder: shutil.rmtree(folder / table)


def fewer_rows(table: str) -> Damage:
    return lambda folder: rewrite(first(folder, table), lambda rows: rows.slice(1))


def of_another(table: str) -> Damage:
    return lambda folder: last(folder, table).write_bytes(first(folder, table).read_bytes())


def twice(folder: Path) -> None:
    """Put a run of the first part beside it once more, with another one."""
    path = first(folder, "runs")
    both = pa.concat_tables(
        [pq.ParquetFile(path).read().slice(0, 1), pq.ParquetFile(last(folder, "runs")).read().slice(0, 1)]
    )
    name = "part-00007.parquet"
    for table in OWN:
        pq.write_table(both, folder / table / name)


DAMAGES: dict[str, Damage] = {
    "a truncated file of metrics": truncated("metrics"),
    "a truncated file of months": truncated("monthly"),
    "a truncated file of runs": truncated("runs"),
    "an empty file of metrics": emptied("metrics"),
    "an empty file of runs": emptied("runs"),
    "a bit of metrics": flipped("metrics"),
    "a bit of runs": flipped("runs"),
    "a file of metrics is missing": gone("metrics"),
    "a file of months is missing": gone("monthly"),
    "a file of runs is missing": gone("runs"),
    "an empty table's file is missing": gone("unserved"),
    "a table is missing": without_table("monthly"),
    "all runs are missing": without_table("runs"),
    "rows are missing in metrics": fewer_rows("metrics"),
    "rows are missing in months": fewer_rows("monthly"),
    "rows are missing in runs": fewer_rows("runs"),
    "a file of another part in months": of_another("monthly"),
    "a file of another part in runs": of_another("runs"),
    "two files of the same run": twice,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_told_in_one_line_and_repaired_to_the_same_bytes(
    plan: Plan, sweep: Path, tmp_path: Path, damage: Damage
) -> None:
    before = {table: datasets(sweep, table) for table in OWN}
    damage(sweep)
    for reading in (
        lambda: query(sweep, "SELECT count(*), sum(x) FROM metrics JOIN runs USING (run_id)"),
        lambda: as_html(sweep),
        lambda: merge(tmp_path / "merged", [sweep]),
        lambda: summarise(sweep),
    ):
        with pytest.raises(InvalidInput) as told:
            reading()
        (line,) = str(told.value).splitlines()
        assert len(line) < 1000
    assert not (tmp_path / "merged").exists()
    tally = execute(plan, sweep, Inline())
    assert tally.found + tally.complete + tally.unsolved == 70
    assert {table: datasets(sweep, table) for table in OWN} == before
    opened(sweep)
    assert execute(plan, sweep, Inline()).found == 70


def test_what_was_damaged_is_set_aside_and_told(plan: Plan, sweep: Path) -> None:
    path = first(sweep, "metrics")
    for _ in range(2):
        path.write_bytes(b"PAR1")
        tally = execute(plan, sweep, Inline())
        assert (tally.found, len(tally.repaired)) == (6, 1)
        assert path.name in tally.repaired[0]
    kept = sorted((sweep / "damaged" / "metrics").iterdir())
    assert [(own.name, own.read_bytes()) for own in kept] == [
        (path.name, b"PAR1"),
        (f"{path.name}.1", b"PAR1"),
    ]


@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_taken_away_or_cut_anywhere_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    runs = [Planned(f"{n:016x}", n, "all", {}, {}, n, 0, 1, ()) for n in range(6)]
    folder = tmp_path_factory.mktemp("any") / "sweep"
    store = Store(folder)
    for run in runs[: data.draw(st.integers(1, 6))]:
        store.add(run, made_up(run))
    if data.draw(st.booleans()):
        store.compact(0)
    paths = sorted(path for table in OWN for path in (folder / table).iterdir())
    for path in data.draw(st.lists(st.sampled_from(paths), max_size=4, unique=True)):
        content = path.read_bytes()
        left = data.draw(st.integers(-1, len(content) - 1))
        path.write_bytes(content[:left]) if left >= 0 else path.unlink()
    store = Store(folder)
    for run in runs:
        if run.run_id not in store.done:
            store.add(run, made_up(run))
    store.compact(0)
    whole = folder.parent / "whole"
    store = Store(whole)
    for run in runs:
        store.add(run, made_up(run))
    store.compact(0)
    for table in OWN:
        assert datasets(folder, table) == datasets(whole, table)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"program": "twin-0"}, "of another program or other inputs"),
        ({"inputs_sha256": {}}, "of another program or other inputs"),
        ({"runs": 71}, "1 of 71 runs in no table"),
        ({"runs": 69}, "another sweep file or shard"),
        ({"shard": [1, 2]}, "another sweep file or shard"),
        ({"status": 7}, "does not describe a sweep"),
    ],
)
def test_tables_that_are_not_the_ones_described_are_told(
    sweep: Path, change: dict[str, object], said: str
) -> None:
    path = sweep / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InvalidInput, match=said):
        query(sweep, "SELECT 1")


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "\x00", "[" * 100_000, '{"asked": 3}'])
def test_a_damaged_description_is_one_line_and_written_again(plan: Plan, sweep: Path, text: str) -> None:
    (sweep / "sweep.json").write_text(text)
    for reading in (opened, as_html, lambda folder: list(report(folder, ["x"]))):
        with pytest.raises(InvalidInput) as told:
            reading(sweep)
        assert len(str(told.value).splitlines()) == 1
    assert execute(plan, sweep, Inline()).found == 70
    opened(sweep)


def test_failed_runs_whose_list_is_damaged_are_run_again(plan: Plan, sweep: Path) -> None:
    (sweep / "runs" / "failed.parquet").write_bytes(b"PAR1")
    with pytest.raises(InvalidInput, match=r"failed\.parquet"):
        opened(sweep)
    assert execute(plan, sweep, Inline()).repaired
    assert not (sweep / "runs" / "failed.parquet").exists()


def test_a_sweep_of_something_else_is_refused_before_anything_is_touched(
    planned: Callable[[str], Plan], sweep: Path
) -> None:
    (sweep / "metrics" / "0000001-0123456789abcdef.parquet").write_bytes(b"left")
    before = {path: path.read_bytes() for path in sweep.rglob("*") if path.is_file()}
    with pytest.raises(InvalidInput, match="holds 70 runs of another"):
        execute(planned(MANY.format(70) + "set: {seed: 5}\n"), sweep, Inline())
    assert {path: path.read_bytes() for path in sweep.rglob("*") if path.is_file()} == before


def test_a_foreign_file_that_bears_a_name_of_ours_is_kept(plan: Plan, sweep: Path) -> None:
    name = "0000001-0123456789abcdef.parquet"
    for table in OWN:
        (sweep / table / name).write_bytes(b"precious" + table.encode())
    tally = execute(plan, sweep, Inline())
    assert any("set aside" in line or name in line for line in tally.repaired)
    for table in OWN:
        assert (sweep / "damaged" / table / name).read_bytes() == b"precious" + table.encode()


def link(path: Path, elsewhere: Path) -> None:
    path.symlink_to(elsewhere)


def folder(path: Path, elsewhere: Path) -> None:
    path.mkdir()
    shutil.copy(elsewhere, path)


def pipe(path: Path, elsewhere: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("what", [link, folder, pipe])
@pytest.mark.parametrize("table", ["runs", "metrics"])
@pytest.mark.parametrize("name", ["", "failed.parquet", ".0000001-0123456789abcdef.parquet.77"])
def test_what_is_no_file_in_the_place_of_ours_is_refused_and_stays(
    plan: Plan, sweep: Path, tmp_path: Path, what: Callable[[Path, Path], None], table: str, name: str
) -> None:
    elsewhere = tmp_path / "precious"
    path = sweep / table / name if name else first(sweep, table)
    path.rename(elsewhere) if path.exists() else elsewhere.write_bytes(b"precious")
    content = elsewhere.read_bytes()
    what(path, elsewhere)
    with pytest.raises(FileExistsError, match="not of this program"):
        execute(plan, sweep, Inline())
    assert elsewhere.read_bytes() == content
    assert os.path.lexists(path)
    assert not path.is_file() or path.is_symlink()


@pytest.mark.parametrize("name", ["sweep.json", "metrics.json"])
def test_nothing_is_written_through_a_link(plan: Plan, sweep: Path, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "precious"
    (sweep / name).rename(elsewhere)
    (sweep / name).symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    with pytest.raises(FileExistsError, match="not of this program"):
        execute(plan, sweep, Inline())
    assert elsewhere.read_bytes() == before
    assert (sweep / name).is_symlink()


def test_what_a_killed_sweep_was_writing_is_cleaned_and_nothing_else(plan: Plan, sweep: Path) -> None:
    ours = [".sweep.json.77", ".metrics.json.8", ".report.html.1", "runs/.failed.parquet.5"]
    theirs = [".sweep.json.bak", ".metrics.json", ".other.json.77", "runs/.mine.parquet.5", "runs/x.parquet"]
    for name in (*ours, *theirs):
        (sweep / name).write_bytes(b"PAR1")
    execute(plan, sweep, Inline())
    assert [name for name in ours if (sweep / name).exists()] == []
    assert [name for name in theirs if not (sweep / name).exists()] == []


def test_a_half_merged_folder_is_put_together_by_merging_again(
    plan: Plan, sweep: Path, tmp_path: Path
) -> None:
    shards = [tmp_path / "1", tmp_path / "2"]
    for number, shard in enumerate(shards, 1):
        execute(plan, shard, Inline(), (number, 2))
    out = tmp_path / "out"
    shutil.copytree(shards[0], out)
    path = out / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "merging"}))
    first(out, "monthly").write_bytes(b"PAR1")
    (out / "metrics" / f".{first(out, 'metrics').name}.3").write_bytes(b"PAR1")
    merge(out, shards)
    for table in OWN:
        assert datasets(out, table) == datasets(sweep, table)


def test_what_another_one_wrote_before_it_let_go_is_not_merged_into(
    plan: Plan, sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(folder: Path) -> AbstractContextManager[None]:
        execute(plan, folder, Inline())
        return locked(folder)

    monkeypatch.setattr(merging, "locked", late)
    with pytest.raises(FileExistsError, match="holds a sweep"):
        merge(tmp_path / "out", [sweep])
    assert {path.name for path in tmp_path.iterdir()} == {"sweep", "out"}
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())["status"] == "complete"


def _sweep_again(place: Path, out: Path) -> None:
    """Sweep in a process of its own; the end code tells whether it was refused."""
    from twin.sweep import Sweep

    sys.modules["twin.sweep.execute"].do = do
    try:
        execute(Plan(Sweep(place)), out, Inline())
    except FileExistsError as error:
        os._exit(2 if "is being written by another run" in str(error) else 4)


def test_two_that_resume_one_folder_give_one_whole_dataset(
    plan: Plan, town: Path, sweep: Path, tmp_path: Path
) -> None:
    """By two names of the folder, too."""
    out, alias = tmp_path / "out", tmp_path / "alias"
    out.mkdir()
    alias.symlink_to(out)
    context = multiprocessing.get_context("fork")
    for _ in range(2):
        pair = [
            context.Process(target=_sweep_again, args=(town / "test.yaml", name)) for name in (out, alias)
        ]
        for one in pair:
            one.start()
        for one in pair:
            one.join()
        assert sorted(one.exitcode or 0 for one in pair) in ([0, 0], [0, 2])
        for table in OWN:
            assert datasets(out, table) == datasets(sweep, table)
        first(out, "metrics").unlink()  # and again, now to repair


def test_a_sweep_is_read_at_any_moment_while_it_is_written(plan: Plan, town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (town / "test.yaml").write_text(MANY.format(400))
    command = [sys.executable, "-m", "tests.sweep.standin", str(town / "test.yaml"), str(out)]
    seen = [0]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as writer:
        while writer.poll() is None:
            if not (out / "sweep.json").exists():
                time.sleep(0.01)
                continue
            columns, ((runs, metrics),) = (
                query(out, "SELECT count(*), count(x) FROM runs LEFT JOIN metrics USING (run_id)")
                if any((out / "metrics").glob("*"))
                else ([], [(0, 0)])
            )
            assert runs == metrics, columns
            seen.append(runs)
            assert "<html" in as_html(out)
    assert writer.returncode == 0
    assert seen == sorted(seen)
    assert len(inspect(out).done) == 400


@pytest.fixture
def singles(tmp_path: Path) -> tuple[Store, list[Planned]]:
    """Return a dataset of six runs, a file each, the last one of another part; and one run more."""
    runs = [Planned(f"{n:016x}", n, "all", {}, {}, n, 0, 1, ()) for n in range(0, 91, 13)]
    store = Store(tmp_path / "sweep")
    for run in runs[:6]:
        store.add(run, made_up(run))
    (store.folder / "sweep.json").write_text(json.dumps({"format": FORMAT}))
    return store, runs


def in_between(monkeypatch: pytest.MonkeyPatch, where: str, name: str, change: Callable[[], None]) -> None:
    """Let something happen once, right after a function of a module was called."""
    module = importlib.import_module(where)
    called = getattr(module, name)
    ahead = [change]

    def then(*arguments: Any, **options: Any) -> Any:
        result = called(*arguments, **options)
        if ahead:
            ahead.pop()()
        return result

    monkeypatch.setattr(module, name, then)


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("twin.sweep.querying", "opened"),
        ("twin.sweep.querying", "on_disk"),
        ("twin.results.dataset", "_names"),
        ("twin.results.dataset", "_member"),
        ("twin.results.dataset", "_chosen"),
        ("twin.results.dataset", "tables"),
    ],
)
def test_runs_whose_files_become_one_while_they_are_read_are_all_counted(
    singles: tuple[Store, list[Planned]], monkeypatch: pytest.MonkeyPatch, where: str, name: str
) -> None:
    store, _ = singles
    in_between(monkeypatch, where, name, lambda: store.compact(0))
    sql = "SELECT count(*), count(x) FROM runs LEFT JOIN metrics USING (run_id)"
    assert query(store.folder, sql)[1] == [(6, 6)]
    assert sorted(path.name[:7] for path in (store.folder / "runs").iterdir()) == ["0000065", "part-00"]


def test_a_dataset_never_leaves_out_a_file_that_went_since(singles: tuple[Store, list[Planned]]) -> None:
    store, _ = singles
    dataset = opened(store.folder)
    store.compact(0)
    with pytest.raises(InvalidInput):
        dataset.runs()
    assert [path.exists() for path in dataset.paths("metrics")] == [False] * 5 + [True]


def test_a_list_of_files_that_lacks_the_old_and_the_new_one_is_read_again(
    singles: tuple[Store, list[Planned]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = singles
    lists = [sorted(os.listdir(store.folder / "runs"))[:3]]
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: lists.pop() if lists else listdir(path))
    store.compact(0)
    assert len(opened(store.folder).done) == 6


def test_a_failed_run_that_gets_its_result_while_it_is_read_is_counted_once(
    singles: tuple[Store, list[Planned]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, runs = singles
    store.fail(runs[6], "no way")
    for name in ("_names", "failed_rows"):
        in_between(monkeypatch, "twin.results.dataset", name, lambda: store.add(runs[6], made_up(runs[6])))
        dataset = opened(store.folder)
        assert len(dataset.done) + len(dataset.failed) == 7
        store.fail(runs[6], "no way")
        (store.folder / "runs" / f"0000078-{runs[6].run_id}.parquet").unlink()


def test_the_folders_of_a_dataset_are_the_tables_of_a_sweep() -> None:
    assert {"runs", "metrics", *get_args(Table)} == FOLDERS

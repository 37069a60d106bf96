"""A folder of results that comes from a stranger: refused in one line, fast and in little memory."""

import csv
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.report.folders import write_comparison, write_run, write_sweep
from tests.security.conftest import peak_mb
from tests.security.test_hostile_yaml import laughs
from twin import bounds, cells
from twin.errors import InvalidInput
from twin.orders.search import _evaluated
from twin.report import as_html
from twin.report.folder import Folder
from twin.results import dataset
from twin.results.dataset import described, marked
from twin.results.differences import read_folder
from twin.results.formats import read_object, read_table
from twin.results.manifest import strangers
from twin.serve.listing import running
from twin.sweep.store import write_parquet

Reading = Callable[[Path], Any]
_LISTS = "[" + "[]," * 5_000_000 + "[]]"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a folder of a run whose pages can be made."""
    return write_run(tmp_path / "run", name="a run")


def refused(reading: Callable[[], Any]) -> str:
    """Return the one line with which something is refused, in seconds and little memory."""
    began, held = time.process_time(), peak_mb()
    with pytest.raises(InvalidInput) as told:
        reading()
    assert time.process_time() - began < 20.0
    assert peak_mb() - held < 400.0
    (line,) = str(told.value).splitlines()
    assert len(line) < 500
    return line


def sparse(path: Path) -> None:
    """Make a file of a terabyte that takes no room."""
    with path.open("wb") as file:
        file.truncate(1 << 40)


def zeros(path: Path) -> None:
    """Make a file of a gigabyte of zeros that takes no room."""
    with path.open("wb") as file:
        file.truncate(1 << 30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (laughs(), "more than 2,000,000 values"),
        (laughs(form="{{<<: [{}]}}"), "more than 2,000,000 values"),
        ("a: &a [1, *a]\n", "an anchor that contains itself"),
        ("a: " + "[" * 20_000, "nested deeper than 50 levels"),
        ("a: !!python/object/apply:os.system [id]\n", "no plain value"),
        (f"seed: {'9' * 10_000}\n", "a number of more than 100 digits"),
        ("a: [", "no scenario of this version"),
        ("", "no scenario of this version"),
    ],
)
def test_the_scenario_of_a_run_is_bounded_like_any(run: Path, text: str, said: str) -> None:
    (run / "scenario.yaml").write_text(text)
    for reading in (lambda: Folder(run).scenario, lambda: as_html(run)):
        line = refused(reading)
        assert said in line and line.startswith(str(run / "scenario.yaml"))


@pytest.mark.parametrize("name", ["run.json", "metrics.json", "scenario.yaml", "headroom.csv", "assets.csv"])
@pytest.mark.parametrize("huge", [sparse, zeros])
def test_a_file_of_a_run_beyond_its_size_is_not_read(
    run: Path, name: str, huge: Callable[[Path], None]
) -> None:
    huge(run / name)
    assert str(run / name) in refused(lambda: as_html(run))


@pytest.mark.parametrize(
    "reading",
    [lambda path: read_object(path / "run.json"), as_html, lambda path: read_folder(path)],
)
def test_an_object_of_millions_of_lists_is_not_built(run: Path, reading: Reading) -> None:
    (run / "run.json").write_text(f'{{"format": 1, "a": {_LISTS}}}')
    assert "more than 2,000,000 lists and mappings" in refused(lambda: reading(run))


@pytest.mark.parametrize("text", ["{", "[" * 200_000, "[]", "\x00", f'{{"a": {"9" * 5000}}}'])
def test_an_object_that_is_none_is_one_line(run: Path, text: str) -> None:
    (run / "run.json").write_text(text)
    assert str(run / "run.json") in refused(lambda: read_object(run / "run.json"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "field larger"),
        (b"a," * 600_000 + b"\n", "a line of more than 1,000,000 characters"),
        (b'a,b\n"' + b"x\n" * 200_000, "field larger"),
        (b"a,b\n\xff,1\n", "utf-8"),
        (b"a,b\n" + b"1,2\n" * 40_000, "more than 100,000 cells"),
        (b"a\n" + b"\n" * 60_000, "more than 100,000 cells"),
    ],
)
def test_a_table_that_is_none_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, said: str
) -> None:
    monkeypatch.setattr(cells, "MOST_RESULT_CELLS", 100_000)
    (tmp_path / "t.csv").write_bytes(content)
    line = refused(lambda: read_table(tmp_path / "t.csv"))
    assert said in line and line.startswith(str(tmp_path / "t.csv"))


@pytest.mark.parametrize("name", ["metrics.json", "sites.csv", "events.csv", "headroom.csv"])
@pytest.mark.parametrize("what", [os.mkfifo, sparse, lambda path: path.symlink_to("/dev/zero")])
def test_runs_that_are_compared_hold_files_alone(run: Path, name: str, what: Callable[[Path], None]) -> None:
    (run / name).unlink(missing_ok=True)
    what(run / name)
    refused(lambda: read_folder(run))


def test_what_sweeps_and_comparisons_say_of_themselves_is_bounded(tmp_path: Path) -> None:
    sweep, comparison = write_sweep(tmp_path / "sweep"), write_comparison(tmp_path / "plans")
    for path, reading in (
        (sweep / "sweep.json", described),
        (sweep / "sweep.json", as_html),
        (comparison / "comparison.json", as_html),
    ):
        path.write_text(f'{{"format": 1, "a": {_LISTS}}}')
        assert "more than 2,000,000 lists and mappings" in refused(partial(reading, path.parent))
        sparse(path)
        assert str(path) in refused(partial(reading, path.parent))


def test_a_part_of_a_sweep_that_says_too_much_of_itself_says_nothing(tmp_path: Path) -> None:
    write_parquet(pa.table({"run_id": ["a"]}), tmp_path / "a.parquet", {"a": [[]] * 900})
    assert marked(tmp_path / "a.parquet") == {"a": [[]] * 900, "file": "a.parquet"}
    big = pa.table({"run_id": ["a"]}).replace_schema_metadata({b"twin": f'{{"a": {_LISTS}}}'.encode()})
    pq.write_table(big, tmp_path / "b.parquet")
    held = peak_mb()
    assert marked(tmp_path / "b.parquet") == {}
    assert peak_mb() - held < 400.0


def _one_text_for_all(rows: int, length: int) -> pa.Table:
    """Return a small table whose text would be long if it were written out."""
    codes = pa.array(np.zeros(rows, dtype=np.int32))
    return pa.table({"run_id": pa.DictionaryArray.from_arrays(codes, ["x" * length])})


def test_text_that_stands_once_and_is_meant_often_is_not_written_out(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(_one_text_for_all(1_000_000, 100_000), path, compression="zstd")
    assert path.stat().st_size < 10_000
    said = refused(partial(dataset.read, path))
    assert said == f"{path}: cannot be read: more than 2 GiB unpacked ({dataset.AGAIN})"
    assert dataset.read(path, []).num_columns == 0
    pq.write_table(_one_text_for_all(1000, 100_000), path)
    assert set(dataset.read(path)["run_id"].to_pylist()) == {"x" * 100_000}


def test_a_table_of_more_zeros_than_fit_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    group = pa.table({"run_id": np.zeros(10_000_000)})
    with pq.ParquetWriter(path, group.schema, compression="zstd") as writer:
        for _ in range(30):
            writer.write_table(group)
    del group
    assert path.stat().st_size < 2_000_000
    assert "more than 2 GiB unpacked" in refused(partial(dataset.read, path))


def test_a_run_has_no_more_statistics_than_a_table_has_cells(run: Path) -> None:
    path = run / "monthly.parquet"
    rows = pq.read_table(path)
    columns = {
        name: rows[name].slice(0, 1).take(np.zeros(2_000_000, dtype=np.int64)) for name in rows.schema.names
    }
    pq.write_table(pa.table(columns), path)
    assert "monthly.parquet: cannot be read: more than 20,000,000 cells" in refused(
        lambda: Folder(run).monthly
    )


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1" + b"\xff" * 400 + b"PAR1"])
def test_a_damaged_table_of_statistics_is_one_line(run: Path, damage: bytes) -> None:
    (run / "monthly.parquet").write_bytes(damage)
    assert "monthly.parquet: cannot be read" in refused(lambda: Folder(run).monthly)


@pytest.mark.parametrize("text", [f'{{"files": {_LISTS}}}', "[" * 200_000, '{"files": 3}', "[]", ""])
def test_a_manifest_of_a_stranger_makes_nothing_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / "precious").write_text("")
    began, held = time.process_time(), peak_mb()
    assert "precious" in strangers(tmp_path)
    assert time.process_time() - began < 20.0 and peak_mb() - held < 400.0


def test_news_of_a_run_that_never_ends_is_no_news(tmp_path: Path) -> None:
    (tmp_path / ".a.running.json").write_text(f'{{"news": {_LISTS}}}')
    sparse(tmp_path / ".b.running.json")
    (tmp_path / ".c.running.json").write_text('{"name": "c"}')
    held = peak_mb()
    assert [told["name"] for told in running(tmp_path)] == ["c"]
    assert peak_mb() - held < 400.0


def test_evaluations_of_a_search_beyond_any_size_are_not_read(tmp_path: Path) -> None:
    sparse(tmp_path / "evaluations.jsonl")
    assert "is larger than" in refused(lambda: _evaluated(tmp_path / "evaluations.jsonl"))


def test_what_the_program_writes_is_within_the_bounds(tmp_path: Path) -> None:
    assert bounds.MOST_RESULT_CELLS >= 2_000_000 and bounds.MOST_RESULT_VALUES > bounds.MOST_YAML_VALUES
    rows = [{"a": "=1", "b": str(n)} for n in range(1000)]
    cells.write_csv(tmp_path / "t.csv", ("a", "b"), rows)
    assert read_table(tmp_path / "t.csv") == rows
    assert csv.field_size_limit() >= bounds.MOST_CHARACTERS

"""SQL of a stranger: no statement reads or writes a file, changes a setting, or sees the program.

Each case is a statement and why it fails, as DuckDB says it.
"""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from tests.command import twin
from tests.report.folders import write_run
from tests.sweep.standin import made_up
from twin.errors import InvalidInput
from twin.results.formats import FORMAT
from twin.sweep.querying import connect, query
from twin.sweep.runs import Planned
from twin.sweep.store import Store
from twin.sweep.worker import Done

SECRET = "nobody may read this"
HERE = "file system operations are disabled"
"""A file, a folder or an address is named: the database reaches none."""
LOCKED = "the configuration has been locked"
"""A setting is to be changed, which would open a way to files."""
UNKNOWN = "does not exist|not in the catalog|No function matches|requires a subquery"
"""The function, table or extension is not there, and nothing can bring it."""
EXTENSION = f"extension|{HERE}"
"""An extension is needed, which is neither fetched nor loaded."""
CASES = (
    ("SELECT * FROM read_csv('secret.csv')", HERE),
    ("SELECT * FROM read_text('secret.csv')", HERE),
    ("SELECT * FROM read_blob('/etc/passwd')", HERE),
    ("SELECT * FROM read_json('secret.csv')", HERE),
    ("SELECT * FROM read_parquet('sweep/runs/*.parquet')", HERE),
    ("SELECT * FROM parquet_metadata('sweep/runs/*.parquet')", HERE),
    ("SELECT * FROM sniff_csv('secret.csv')", HERE),
    ("SELECT * FROM glob('*')", HERE),
    ("FROM 'secret.csv'", HERE),
    ("FROM 'sweep/runs/*.parquet'", HERE),
    ("FROM 'http://127.0.0.1:9/x.parquet'", f"{HERE}|{EXTENSION}"),
    ("FROM 's3://bucket/x.csv'", f"{HERE}|{EXTENSION}"),
    ("SELECT * FROM query_table('secret.csv')", HERE),
    ("CREATE MACRO peek(p) AS TABLE SELECT * FROM read_text(p); FROM peek('secret.csv')", HERE),
    ("CREATE VIEW v AS SELECT * FROM read_text('secret.csv')", HERE),
    ("PREPARE p AS SELECT * FROM read_text('secret.csv'); EXECUTE p", HERE),
    ("SELECT * FROM query('SELECT * FROM read_text(''secret.csv'')')", HERE),
    ("COPY runs TO 'out.csv'", HERE),
    ("COPY (SELECT 1) TO '/dev/stdout'", HERE),
    ("CREATE TABLE t(a TEXT); COPY t FROM 'secret.csv'", HERE),
    ("ATTACH 'out.db'", HERE),
    ("ATTACH 'secret.csv' AS s (TYPE sqlite)", f"{HERE}|{EXTENSION}"),
    ("EXPORT DATABASE 'out'", HERE),
    ("IMPORT DATABASE 'sweep'", HERE),
    ("INSTALL httpfs", EXTENSION),
    ("FORCE INSTALL httpfs FROM community", EXTENSION),
    ("LOAD httpfs", EXTENSION),
    ("LOAD './evil.duckdb_extension'", EXTENSION),
    ("UPDATE EXTENSIONS", EXTENSION),
    ("SELECT * FROM sqlite_scan('secret.csv', 't')", EXTENSION),
    ("CREATE PERSISTENT SECRET s (TYPE s3)", f"{HERE}|{EXTENSION}"),
    ("CREATE SECRET s (TYPE http)", f"{HERE}|{EXTENSION}"),
    ("SET enable_external_access = true", LOCKED),
    ("SET lock_configuration = false", LOCKED),
    ("RESET lock_configuration", LOCKED),
    ("SET GLOBAL temp_directory = '.'", LOCKED),
    ("SET memory_limit = '1TB'", LOCKED),
    ("SET allowed_paths = ['secret.csv']", LOCKED),
    ("SET python_enable_replacements = true", LOCKED),
    ("SET log_query_path = 'out.log'", f"{LOCKED}|unrecognized"),
    ("SET profiling_output = 'out.json'", f"{LOCKED}|unrecognized"),
    ("PRAGMA enable_profiling = 'json'", LOCKED),
    ("CALL enable_logging(storage = 'file', storage_path = 'out')", f"{LOCKED}|{UNKNOWN}"),
    ("FROM secret_table", UNKNOWN),
    ("FROM sql", UNKNOWN),
    ("SELECT getenv('HOME')", UNKNOWN),
    ("SELECT * FROM arrow_scan(1, 2, 3)", UNKNOWN),
    ("SELECT * FROM pandas_scan(1)", UNKNOWN),
)

secret_table = pa.table({"a": [SECRET]})
"""A variable of a module that calls; SQL in Python finds such ones unless it is told not to."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that holds a sweep of two runs, and a file that is none of its business."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text(f"a\n{SECRET}\n")
    write(tmp_path / "sweep")
    return tmp_path


def write(folder: Path) -> None:
    store = Store(folder)
    for number in range(2):
        run = Planned(f"{number:016x}", number, "all", {}, {}, number, 0, 1, ())
        store.add(run, made_up(run))
    about = {"format": FORMAT, "name": "t", "runs": 2, "status": "complete"}
    (folder / "sweep.json").write_text(json.dumps(about))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("sql", "why"), CASES, ids=[sql for sql, _ in CASES])
def test_no_statement_reaches_out_of_the_tables(place: Path, sql: str, why: str) -> None:
    before = everything(place)
    with pytest.raises(InvalidInput, match=why) as told:
        query(Path("sweep"), sql)
    (line,) = told.value.mistakes
    assert "\n" not in str(line)
    assert SECRET not in str(line)
    assert everything(place) == before
    assert {path.name for path in place.iterdir()} == {"secret.csv", "sweep"}


def test_no_statement_reaches_out_of_a_single_runs_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text(f"a\n{SECRET}\n")
    write_run(tmp_path / "sweep")
    before = everything(tmp_path)
    for sql, why in CASES:
        with pytest.raises(InvalidInput, match=f"{why}|runs does not exist") as told:
            query(Path("sweep"), sql)
        (line,) = told.value.mistakes
        assert SECRET not in str(line)
    assert everything(tmp_path) == before


def test_a_variable_of_the_caller_is_no_table(place: Path) -> None:
    secret_rows = pa.table({"a": [SECRET]})
    with pytest.raises(InvalidInput, match="does not exist"):
        query(Path("sweep"), "FROM secret_rows")
    assert len(secret_rows) == 1


def test_statements_that_touch_the_memory_alone_leave_the_dataset(place: Path) -> None:
    before = everything(place)
    for sql in (
        "CREATE TABLE t AS SELECT * FROM metrics",
        "DROP VIEW IF EXISTS runs",
        "ATTACH ':memory:' AS other; CREATE TABLE other.t AS SELECT * FROM runs; CHECKPOINT other",
        "BEGIN; COMMIT",
        "EXPLAIN ANALYZE SELECT * FROM monthly",
        "SET VARIABLE x = 1",
        "VACUUM",
    ):
        query(place / "sweep", sql)
    assert everything(place) == before


def test_the_memory_is_bounded_and_nothing_is_spilled(place: Path) -> None:
    connection = connect(place / "sweep")
    (limit, folder) = connection.execute(
        "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
    ).fetchone()
    assert limit.endswith("iB")
    assert folder == ""
    with pytest.raises(InvalidInput, match=r"Out of Memory|too large|maximum|larger"):
        query(place / "sweep", "SELECT repeat('x', 100_000_000_000)")
    with pytest.raises(InvalidInput, match="more than 10,000,000 cells"):
        query(place / "sweep", "SELECT * FROM range(100_000_000_000)")


@pytest.mark.parametrize(
    "sql", ["", ";", "-- nothing", "SELECT '", "\udcff", "SELEC 1", "SELECT " + "(" * 5000]
)
def test_what_is_no_statement_is_one_line(place: Path, sql: str) -> None:
    with pytest.raises(InvalidInput) as told:
        query(place / "sweep", sql)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["it's", "*", "[ab]?", 'a"b', "x; DROP VIEW runs", "s3:x#%20", "ё $(id)"])
def test_a_folders_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / "other")
    folder = tmp_path / name
    write(folder)
    assert query(folder, "SELECT count(*) FROM monthly JOIN runs USING (run_id)") == (
        ["count_star()"],
        [(100,)],
    )


@pytest.mark.parametrize("column", ['x"; DROP VIEW runs; --', "it's", "select", "a b", ""])
def test_a_columns_name_is_only_a_name(tmp_path: Path, column: str) -> None:
    run = Planned("0" * 16, 0, "all", {column: "=1"} if column else {}, {}, 0, 0, 1, ())
    Store(tmp_path).add(run, Done("complete", "", 0.1, {"metrics": pa.table({"run_id": [run.run_id]})}))
    (tmp_path / "sweep.json").write_text(json.dumps({"format": FORMAT}))
    quoted = column.replace('"', '""')
    asked = f'SELECT "{quoted}" FROM runs' if column else "SELECT number FROM runs"
    assert query(tmp_path, asked)[0] == [column or "number"]


def test_a_link_in_the_place_of_a_file_is_not_read(place: Path) -> None:
    path = next((place / "sweep" / "metrics").iterdir())
    path.rename(place / "elsewhere.parquet")
    path.symlink_to(place / "elsewhere.parquet")
    with pytest.raises(InvalidInput, match="its tables do not agree"):
        query(place / "sweep", "SELECT * FROM metrics")


def ask(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return twin("query", "sweep", *arguments, folder=place)


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def test_cells_are_shown_and_run_nothing(place: Path) -> None:
    hostile = "'\x1b]0;owned\x07\x1b[31mred\r\nfake line'"
    done = ask(place, f"SELECT {hostile} AS \"a\x1b[1m\", '=1+1' AS b")
    head, row = done.stdout.splitlines()
    assert head.split()[-1] == "b"
    assert row.endswith("fake line  =1+1")
    assert "\x1b" not in done.stdout
    done = ask(place, f"SELECT {hostile} AS a, '=1+1' AS b, ['=1'] AS c, NULL AS d", "--csv")
    assert done.stdout.startswith("a,b,c,d\n")
    assert done.stdout.endswith("fake line,'=1+1,['=1'],\n")
    assert "\x1b" not in done.stdout
    wrong = ask(place, "FROM 'secret\x1b[31m.csv'")
    assert (wrong.returncode, len(wrong.stderr.splitlines()), "\x1b" in wrong.stderr) == (2, 1, False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_query_without_end_can_be_ended(place: Path, number: signal.Signals) -> None:
    endless = "WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT 1 FROM t) SELECT count(*) FROM t"
    before = signal.signal(number, signal.default_int_handler)
    later = threading.Timer(0.5, os.kill, (os.getpid(), number))
    try:
        later.start()
        with pytest.raises(KeyboardInterrupt):
            query(place / "sweep", endless)
    finally:
        later.cancel()
        signal.signal(number, before)

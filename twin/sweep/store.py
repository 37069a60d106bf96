"""A sweep's dataset on disk: Parquet files written beside their target and renamed, never half there.

When the runs of a part are done, one file for all of them takes the place of theirs. A file whose runs all
stand in another one is left over from a program that was killed, and is removed if it says that it is ours;
what is damaged is set aside, and its runs are missing again.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.errors import listed
from twin.results.dataset import FAILED, FOLDERS, NAME, RUNS, digest, inspect, mark, marked, read, tables
from twin.results.dataset import committed as committed
from twin.results.dataset import failed_rows as failed_rows
from twin.results.folders import clean_beside, regular, whole

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from twin.sweep.runs import Planned
    from twin.sweep.worker import Done

PART = 64
"""Runs of one file."""
_ROW_GROUP = 100_000
_ASIDE = "damaged"
_BESIDE = re.compile(rf"\.({NAME.pattern}|{re.escape(FAILED)})\.\d+")
_ROOT = ("sweep.json", "metrics.json", "checks.json", "junit.xml", "summary.md", "report.html")


class Store:
    """The dataset in a sweep's folder, opened to go on with it.

    Parameters
    ----------
    folder
        Of the sweep; made if need be.
    of
        What program and inputs new results are known by.

    Attributes
    ----------
    done
        Identity of each run that has a result.
    failed
        Row of `runs` of each run that has none, by identity.
    repaired
        Lines that say what was damaged and is set aside; its runs are not done.

    Raises
    ------
    FileExistsError
        If a link, or something else that is no file of ours, stands where we write.
    """

    def __init__(self, folder: Path, of: str = "") -> None:
        self.folder, self._of = folder, of
        _refuse_links(folder)
        (folder / RUNS).mkdir(parents=True, exist_ok=True)
        dataset = inspect(folder, closely=True)
        self._names = {name: member.ids for name, member in dataset.members.items()}
        self.done = set(dataset.done)
        self.failed = {row["run_id"]: row for row in dataset.failed}
        self.repaired = list(dataset.broken.values())
        self._clean(dataset.broken)

    def add(self, planned: "Planned", done: "Done") -> None:
        """Write a finished run.

        Raises
        ------
        OSError
            If it cannot be written; then nothing of it is there.
        """
        name = f"{planned.number:07d}-{planned.run_id}.parquet"
        row = run_row(planned, done.status, done.reason, done.wall_s)
        try:
            self._write(name, {**done.tables, RUNS: _one(row)})
        except OSError:
            self._remove(name)
            raise
        self._names[name] = frozenset({planned.run_id})
        self.done.add(planned.run_id)
        if self.failed.pop(planned.run_id, None):
            self._write_failed()

    def fail(self, planned: "Planned", reason: str) -> None:
        """List a run as failed."""
        self.failed[planned.run_id] = run_row(planned, "failed", reason, 0.0)
        self._write_failed()

    def add_failed(self, rows: Iterable[dict[str, Any]]) -> None:
        """List runs as failed that have no result here."""
        self.failed |= {row["run_id"]: row for row in rows if row["run_id"] not in self.done}
        self._write_failed()

    def singles(self) -> dict[int, list[str]]:
        """Return the files of single runs by the part that they belong to."""
        parts: dict[int, list[str]] = {}
        for name in self._names:
            if not name.startswith("part-"):
                parts.setdefault(int(name.split("-")[0]) // PART, []).append(name)
        return parts

    def compact(self, part: int) -> None:
        """Put all runs of a part into one file, ordered by number, and remove those it was made of."""
        old = sorted(n for n in self._names if _part_of(n) == part)
        ids = frozenset(run_id for name in old for run_id in self._names[name])
        name = f"part-{part:05d}-{digest(ids)}.parquet"
        if not old or old == [name]:
            return
        runs = _joined([read(self.folder / RUNS / n) for n in old]).sort_by("number")
        order = runs["run_id"].to_pylist()
        counts: dict[str, tuple[int, int]] = {}
        for table in tables(self.folder):
            if table != RUNS:
                files = [path for n in old if (path := self.folder / table / n).exists()]
                counts[table] = _merge(files, order, self.folder / table / name)
        self._write_runs(name, runs, counts)
        self._names[name] = ids
        for single in old:
            del self._names[single]
            self._remove(single)

    def _write(self, name: str, content: "Mapping[str, pa.Table]") -> None:
        """Write a file of each table, the one of `runs` last."""
        others = (table for table in sorted(content) if table != RUNS)
        counts = {table: write_parquet(content[table], self.folder / table / name) for table in others}
        self._write_runs(name, content[RUNS], counts)

    def _write_runs(self, name: str, runs: "pa.Table", counts: Mapping[str, tuple[int, int]]) -> None:
        """Write what makes the other files of a name count, and says how many rows and bytes they have."""
        about = {"tables": counts} | ({"of": self._of} if self._of else {})
        write_parquet(runs, self.folder / RUNS / name, about)

    def _write_failed(self) -> None:
        path = self.folder / RUNS / FAILED
        if self.failed:
            write_parquet(_joined([_one(row) for row in self.failed.values()]), path)
        elif marked(path).get("file") == FAILED:
            path.unlink()

    def _remove(self, name: str) -> None:
        # runs first: without it the others do not count
        for table in sorted(tables(self.folder), key=lambda t: t != RUNS):
            (self.folder / table / name).unlink(missing_ok=True)

    def _clean(self, broken: Mapping[str, str]) -> None:
        """Remove what a killed program left; set aside what is damaged, or not ours and named as ours."""
        foreign = []
        for table in tables(self.folder):
            for path in sorted((self.folder / table).iterdir()):
                if _BESIDE.fullmatch(path.name):
                    path.unlink()
                elif path.name in broken:
                    self._set_aside(path)
                elif NAME.fullmatch(path.name) and path.name not in self._names:
                    if marked(path).get("file") == path.name:
                        path.unlink()
                    else:
                        self._set_aside(path)
                        foreign.append(f"{table}/{path.name}")
        clean_beside(self.folder, _ROOT)
        if foreign:
            self.repaired.append(f"{listed(foreign)}: not of this sweep, set aside in {self.folder / _ASIDE}")
        if self.failed or (self.folder / RUNS / FAILED).exists():
            self._write_failed()

    def _set_aside(self, path: Path) -> None:
        """Move a file out of its table; nothing that lies there already is replaced."""
        place = self.folder / _ASIDE / path.parent.name
        place.mkdir(parents=True, exist_ok=True)
        target, number = place / path.name, 1
        while os.path.lexists(target):
            target, number = place / f"{path.name}.{number}", number + 1
        path.rename(target)


def _refuse_links(folder: Path) -> None:
    """Refuse a dataset in which something else stands in the place of what is ours."""
    aside = folder / _ASIDE
    for own in (folder / RUNS, *(folder / table for table in sorted(FOLDERS)), aside):
        if own.is_symlink() or (os.path.lexists(own) and not own.is_dir()):
            raise FileExistsError(f"{own} is a link or no folder; what is there is not of this program")
    if folder.is_dir():
        files = [path for table in tables(folder) for path in (folder / table).iterdir()]
        for path in files:
            ours = NAME.fullmatch(path.name) or _BESIDE.fullmatch(path.name) or path.name == FAILED
            if ours and not regular(path):
                raise FileExistsError(f"{path} is a link or no file; what is there is not of this program")


def run_row(planned: "Planned", status: str, reason: str, wall_s: float) -> dict[str, Any]:
    """Return a run's row of `runs`."""
    return {
        "run_id": planned.run_id,
        **planned.choices,
        **planned.sampled,
        "cell": planned.cell,
        "sample": planned.sample,
        "replicate": planned.replicate,
        "seed": planned.seed,
        "number": planned.number,
        "status": status,
        "reason": reason,
        "wall_s": wall_s,
    }


def write_parquet(table: "pa.Table", path: Path, about: Mapping[str, Any] | None = None) -> tuple[int, int]:
    """Write a file whole or not at all; return its rows and bytes.

    Parameters
    ----------
    about
        What it says of itself beside its name.
    """
    table = _plain(table)
    with _writer(path, table.schema, about or {}) as writer:
        writer.write_table(table)
    return len(table), path.stat().st_size


@contextmanager
def _writer(path: Path, schema: "pa.Schema", about: Mapping[str, Any]) -> "Iterator[pq.ParquetWriter]":
    """Open a writer of a file that takes its name only once it is whole."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    told = mark(schema, {"file": path.name, **about})
    with (
        whole(path) as beside,
        pq.ParquetWriter(beside, told, compression="zstd", write_page_checksum=True) as writer,
    ):
        yield writer


def _plain(table: "pa.Table") -> "pa.Table":
    """Return a table with labels as text: their order in a dictionary is history, which must not show."""
    import pyarrow as pa

    kinds = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(kinds))


def _one(row: Mapping[str, Any]) -> "pa.Table":
    import pyarrow as pa

    return pa.table({name: [value] for name, value in row.items()})


def _joined(parts: "Sequence[pa.Table]") -> "pa.Table":
    import pyarrow as pa

    return pa.concat_tables(parts, promote_options="permissive")


def _merge(files: Sequence[Path], order: Sequence[str], target: Path) -> tuple[int, int]:
    """Write the rows of several files into one, run by run; a run's rows stand together in its file.

    Return how many rows and bytes there are.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schemas = [pq.read_schema(path).remove_metadata() for path in files]
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    place = {run_id: i for i, run_id in enumerate(order)}
    slices = {place[run_id]: (path, rows) for path in files for run_id, rows in _runs_in(path)}
    with _writer(target, schema, {}) as writer:
        waiting: list[pa.Table] = []
        opened: tuple[Path, pa.Table] | None = None
        for _, (path, (start, length)) in sorted(slices.items()):
            if opened is None or opened[0] != path:
                opened = path, read(path)
            waiting.append(opened[1].slice(start, length))
            if sum(map(len, waiting)) >= _ROW_GROUP:
                writer.write_table(_together(waiting, writer.schema))
                waiting.clear()
        if waiting:
            writer.write_table(_together(waiting, writer.schema))
    return sum(length for _, (_, length) in slices.values()), target.stat().st_size


def _runs_in(path: Path) -> "Iterator[tuple[str, tuple[int, int]]]":
    """Yield each run of a file with its first row and number of rows."""
    ids = read(path, ["run_id"])["run_id"].to_pylist()
    start = 0
    for run_id, rows in groupby(ids):
        length = sum(1 for _ in rows)
        yield run_id, (start, length)
        start += length


def _together(parts: "Sequence[pa.Table]", schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    whole = pa.concat_tables(parts, promote_options="permissive")
    missing = [field for field in schema if field.name not in whole.column_names]
    for field in missing:
        whole = whole.append_column(field, pa.nulls(len(whole), field.type))
    return whole.select(schema.names).cast(schema)


def _part_of(name: str) -> int:
    first, second, *_ = name.split("-")
    return int(second) if first == "part" else int(first) // PART

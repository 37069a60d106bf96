"""A sweep's dataset on disk: Parquet files written beside their target and renamed, never half there.

Each table is a folder. A run's files have the same name in each; the one in ``runs`` is written last and
makes the others count. When the runs of a part are done, one file for all of them takes their place. A file
whose runs all stand in another one is left over from a program that was killed, and does not count.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.sweep.spec import TABLES

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from twin.sweep.runs import Planned
    from twin.sweep.worker import Done

PART = 64
"""Runs of one file."""
RUNS = "runs"
_TABLES = frozenset((RUNS, "metrics", *TABLES))
"""The folders that are ours; a link is none."""
_ROW_GROUP = 100_000
_FAILED = "failed.parquet"
_OURS = re.compile(r"(\d{7}-[0-9a-f]{16}|part-\d{5}-[0-9a-f]{8}|failed)\.parquet")
_BESIDE = re.compile(rf"\.{_OURS.pattern}\.\d+")


class Store:
    """The dataset in a sweep's folder.

    Parameters
    ----------
    folder
        Of the sweep; made if need be.

    Attributes
    ----------
    done
        Identity of each run that has a result.
    failed
        Row of `runs` of each run that has none, by identity.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for table in sorted(_TABLES):
            if (folder / table).is_symlink():
                raise FileExistsError(f"{folder / table} is a link; what is behind it is not of this program")
        (folder / RUNS).mkdir(parents=True, exist_ok=True)
        self._names = committed(folder)
        self.done = {run_id for ids in self._names.values() for run_id in ids}
        self.failed = {row["run_id"]: row for row in failed_rows(folder) if row["run_id"] not in self.done}
        self._clean()

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
        ids = sorted(run_id for name in old for run_id in self._names[name])
        digest = hashlib.sha256(" ".join(ids).encode()).hexdigest()[:8]
        name = f"part-{part:05d}-{digest}.parquet"
        if not old or old == [name]:
            return
        runs = _read([self.folder / RUNS / n for n in old]).sort_by("number")
        for table in tables(self.folder):
            if table != RUNS:
                files = [path for n in old if (path := self.folder / table / n).exists()]
                _merge(files, runs["run_id"].to_pylist(), self.folder / table / name)
        write_parquet(runs, self.folder / RUNS / name)
        self._names[name] = frozenset(ids)
        for single in old:
            del self._names[single]
            self._remove(single)

    def _write(self, name: str, content: "Mapping[str, pa.Table]") -> None:
        """Write a file of each table, the one of `runs` last."""
        for table in sorted(content, key=lambda t: t == RUNS):
            write_parquet(content[table], self.folder / table / name)

    def _write_failed(self) -> None:
        import pyarrow as pa

        path = self.folder / RUNS / _FAILED
        if self.failed:
            write_parquet(
                pa.concat_tables([_one(r) for r in self.failed.values()], promote_options="permissive"), path
            )
        else:
            path.unlink(missing_ok=True)

    def _remove(self, name: str) -> None:
        # runs first: without it the others do not count
        for table in sorted(tables(self.folder), key=lambda t: t != RUNS):
            (self.folder / table / name).unlink(missing_ok=True)

    def _clean(self) -> None:
        """Remove what a killed program left."""
        for table in tables(self.folder):
            for path in (self.folder / table).iterdir():
                if path.name in self._names or path.name == _FAILED or path.is_dir():
                    continue
                if _OURS.fullmatch(path.name) or _BESIDE.fullmatch(path.name):
                    path.unlink()
        if self.failed or (self.folder / RUNS / _FAILED).exists():
            self._write_failed()


def tables(folder: Path) -> list[str]:
    """Return the tables of a dataset."""
    return sorted(p.name for p in folder.iterdir() if p.name in _TABLES and p.is_dir() and not p.is_symlink())


def committed(folder: Path) -> dict[str, frozenset[str]]:
    """Return the files that count, each with the identities of its runs."""
    import pyarrow.parquet as pq

    names = {
        path.name: frozenset(pq.ParquetFile(path).read(columns=["run_id"])["run_id"].to_pylist())
        for path in sorted((folder / RUNS).glob("*.parquet"))
        if path.name != _FAILED and _OURS.fullmatch(path.name)
    }
    # a larger file, and of two with the same runs a part, stands for the others
    ordered = sorted(names, key=lambda n: (len(names[n]), n.startswith("part-")), reverse=True)
    kept: dict[str, frozenset[str]] = {}
    seen: set[str] = set()
    for name in ordered:
        if not names[name] <= seen:
            kept[name] = names[name]
            seen |= names[name]
    return dict(sorted(kept.items()))


def failed_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the runs that failed."""
    import pyarrow.parquet as pq

    path = folder / RUNS / _FAILED
    rows: list[dict[str, Any]] = pq.ParquetFile(path).read().to_pylist() if path.exists() else []
    return rows


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


def write_parquet(table: "pa.Table", path: Path) -> None:
    """Write a file whole or not at all."""
    table = _plain(table)
    with _whole(path, table.schema) as writer:
        writer.write_table(table)


@contextmanager
def _whole(path: Path, schema: "pa.Schema") -> "Iterator[pq.ParquetWriter]":
    """Open a writer of a file that takes its name only once it is whole."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
            yield writer
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _plain(table: "pa.Table") -> "pa.Table":
    """Return a table with labels as text: their order in a dictionary is history, which must not show."""
    import pyarrow as pa

    kinds = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(kinds))


def _one(row: Mapping[str, Any]) -> "pa.Table":
    import pyarrow as pa

    return pa.table({name: [value] for name, value in row.items()})


def _read(paths: Sequence[Path]) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.concat_tables([pq.ParquetFile(path).read() for path in paths], promote_options="permissive")


def _merge(files: Sequence[Path], order: Sequence[str], target: Path) -> None:
    """Write the rows of several files into one, run by run; a run's rows stand together in its file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.unify_schemas([pq.read_schema(path) for path in files], promote_options="permissive")
    place = {run_id: i for i, run_id in enumerate(order)}
    slices = {place[run_id]: (path, rows) for path in files for run_id, rows in _runs_in(path)}
    with _whole(target, schema) as writer:
        waiting: list[pa.Table] = []
        opened: tuple[Path, pa.Table] | None = None
        for _, (path, (start, length)) in sorted(slices.items()):
            if opened is None or opened[0] != path:
                opened = path, pq.ParquetFile(path).read()
            waiting.append(opened[1].slice(start, length))
            if sum(map(len, waiting)) >= _ROW_GROUP:
                writer.write_table(_together(waiting, schema))
                waiting.clear()
        if waiting:
            writer.write_table(_together(waiting, schema))


def _runs_in(path: Path) -> "Iterator[tuple[str, tuple[int, int]]]":
    """Yield each run of a file with its first row and number of rows."""
    import pyarrow.parquet as pq

    ids = pq.ParquetFile(path).read(columns=["run_id"])["run_id"].to_pylist()
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

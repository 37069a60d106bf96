"""A sweep's dataset as it is read: which files count, and whether its tables agree.

Each table is a folder. A run's files have the same name in each; the one in ``runs`` makes the others count,
and says how many rows and bytes each of them has. Of two files the larger stands for the runs of both.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from twin.errors import InvalidInput, Mistake, counted, listed
from twin.results.folders import regular
from twin.results.formats import read_own, refuse_format
from twin.results.parquet import opened_parquet, unpacked
from twin.text import decode, parse_json

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

RUNS, METRICS = "runs", "metrics"
FAILED = "failed.parquet"
FOLDERS = frozenset((RUNS, METRICS, "monthly", "headroom", "developments", "unserved", "hourly"))
"""The folders that are ours; a link is none."""
NAME = re.compile(r"(\d{7}-[0-9a-f]{16}|part-\d{5}(-[0-9a-f]{8})?)\.parquet")
AGAIN = "twin sweep --resume runs again what is missing"
_MARK = b"twin"
"""Under this a file holds the name that it was written under."""
_READINGS = 20

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the dataset: one or more whole runs.

    Attributes
    ----------
    about
        What it says of itself, empty if an earlier version wrote it: `file`, its name; `of`, the program
        and inputs; `tables`, rows and bytes by table.
    """

    name: str
    ids: frozenset[str]
    numbers: frozenset[int]
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Dataset:
    """What counts in a sweep's folder.

    Attributes
    ----------
    members
        By name, in its order.
    failed
        Rows of failed runs that have no result.
    broken
        By name, why a file does not count whose runs are in no other one.
    """

    folder: Path
    members: Mapping[str, Member]
    failed: Sequence[dict[str, Any]]
    broken: Mapping[str, str]

    @cached_property
    def done(self) -> frozenset[str]:
        """Return the identity of each run that has a result."""
        return frozenset(run_id for member in self.members.values() for run_id in member.ids)

    def paths(self, table: str) -> list[Path]:
        """Return the files of a table; one that was put together with others since is not left out."""
        place = self.folder / table
        return [
            place / name
            for name, member in self.members.items()
            if table == RUNS or table in (member.about.get("tables") or (table,))
        ]

    def runs(self) -> "pa.Table | None":
        """Return `runs` with the failed ones, None if there are none yet."""
        import pyarrow as pa

        parts = [read(path) for path in self.paths(RUNS)]
        parts += [pa.Table.from_pylist([row]) for row in self.failed]
        return pa.concat_tables(parts, promote_options="permissive") if parts else None


def known(program: str, inputs: Mapping[str, str]) -> str:
    """Return what program and inputs a result is known by, as short text."""
    return hashlib.sha256(json.dumps([program, sorted(inputs.items())]).encode()).hexdigest()[:16]


def digest(ids: frozenset[str]) -> str:
    """Return what names the runs of a part."""
    return hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:8]


def tables(folder: Path) -> list[str]:
    """Return the tables of a dataset."""
    own = (entry for entry in os.scandir(folder) if entry.name in FOLDERS)
    return sorted(entry.name for entry in own if entry.is_dir(follow_symlinks=False))


def described(folder: Path) -> dict[str, Any]:
    """Return ``sweep.json``.

    Raises
    ------
    InvalidInput
        If there is none, or it holds something else.
    """
    path = folder / "sweep.json"
    if not regular(path):
        raise InvalidInput([Mistake(str(folder), 0, "is not a sweep's folder", "one that twin sweep wrote")])
    content = parse_json(read_own(path), str(path), AGAIN)
    kinds: dict[str, type] = {"asked": dict, "inputs_sha256": dict, "program": str, "runs": int}
    kinds |= {"variables": list, "shard": list, "status": str, "name": str}
    if not isinstance(content, dict) or not all(
        isinstance(content[key], kind) for key, kind in kinds.items() if key in content
    ):
        raise InvalidInput([Mistake(str(path), 0, "does not describe a sweep", AGAIN)])
    refuse_format(content, path)
    return content


def opened(folder: Path, closely: bool = False) -> Dataset:
    """Return the dataset of a sweep, whose tables agree; one that is being written is read as it stands.

    Parameters
    ----------
    closely
        As for `inspect`.

    Raises
    ------
    InvalidInput
        With one line, if the folder is no sweep, or its tables do not agree.
    """
    return steady(folder, lambda: _agreeing(folder, closely))


def steady(folder: Path, reading: Callable[[], Result]) -> Result:
    """Read a dataset that may be written meanwhile; again, if what failed was put together under way."""
    for _ in range(_READINGS):
        before = standing(folder)
        try:
            return reading()
        except (InvalidInput, OSError):
            if standing(folder) == before:
                raise
    return reading()


def inspect(folder: Path, closely: bool = False) -> Dataset:
    """Find what counts in a folder; nothing is changed there, and no link is followed.

    Parameters
    ----------
    closely
        Read the small tables whole, not the first column alone.
    """
    here = tables(folder) if folder.is_dir() else []
    # first: a run that failed is listed until it has a result
    rows, unread = _failed_rows(folder)
    sound: dict[str, Member] = {}
    broken: dict[str, tuple[str, frozenset[str]]] = {}
    for name in _names(folder / RUNS) if RUNS in here else ():
        ids = frozenset(() if name.startswith("part") else (name[8:24],))
        try:
            member = _member(folder, name, closely)
            ids = member.ids
            _refuse_disagreement(folder, here, member, closely)
            sound[name] = member
        except InvalidInput as error:
            broken[name] = str(error), ids
    members, twice = _chosen(sound)
    done = frozenset(run_id for member in members.values() for run_id in member.ids)
    # what another file holds whole is only left over
    lost = {name: why for name, (why, ids) in broken.items() if not ids or not ids <= done}
    return Dataset(folder, members, [row for row in rows if row["run_id"] not in done], lost | unread | twice)


def _names(folder: Path) -> list[str]:
    """Return the names of ours in a folder.

    A list that is read while files become one may lack the new file and an old one; another one read after
    it has the new one.
    """
    return sorted(name for name in {*os.listdir(folder), *os.listdir(folder)} if NAME.fullmatch(name))


def _failed_rows(folder: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the rows of failed runs, and why they cannot be read."""
    try:
        return failed_rows(folder), {}
    except InvalidInput as error:
        return [], {FAILED: str(error)}


def committed(folder: Path) -> dict[str, frozenset[str]]:
    """Return the files that count, each with the identities of its runs."""
    return {name: member.ids for name, member in inspect(folder).members.items()}


def failed_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the runs that failed, also of those that have a result since."""
    path = folder / RUNS / FAILED
    if not os.path.lexists(path):
        return []
    table = read(path)
    if not {"run_id", "number", "cell", "status", "reason"} <= set(table.column_names):
        raise InvalidInput([Mistake(str(path), 0, "lists no failed runs", AGAIN)])
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def read(path: Path, columns: Sequence[str] | None = None) -> "pa.Table":
    """Return a file of a dataset.

    Raises
    ------
    InvalidInput
        If it is damaged, or larger than any; sums over its pages tell.
    """
    with opened_parquet(path, AGAIN) as file:
        return unpacked(file, columns)


def marked(path: Path) -> dict[str, Any]:
    """Return what a file says of itself, empty if it cannot be read or says nothing."""
    try:
        with opened_parquet(path, AGAIN) as file:
            return _about(file)
    except InvalidInput:
        return {}


def mark(schema: "pa.Schema", about: Mapping[str, Any]) -> "pa.Schema":
    """Return a schema that says of its file what it is."""
    return schema.with_metadata({_MARK: json.dumps(about, sort_keys=True).encode()})


def _about(file: "pq.ParquetFile") -> dict[str, Any]:
    try:
        said = (file.schema_arrow.metadata or {}).get(_MARK, b"{}")
        content = parse_json(decode(said, ""), "", "")
    except InvalidInput:
        return {}
    return content if isinstance(content, dict) else {}


def _member(folder: Path, name: str, closely: bool) -> Member:
    """Return what a file of `runs` holds, if it holds what its name says."""
    path = folder / RUNS / name
    with opened_parquet(path, AGAIN) as file:
        own = unpacked(file, None if closely else ["run_id", "number"])
        about = _about(file)
        ids, numbers = (frozenset(own[column].to_pylist()) for column in ("run_id", "number"))
    says = name.removesuffix(".parquet").split("-")[-1]
    whole = ids == {says} if not name.startswith("part") else len(says) == 5 or says == digest(ids)
    if not whole or len(ids) != len(own) or about.get("file", name) != name:
        raise InvalidInput([Mistake(str(path), 0, "holds other runs than its name says", AGAIN)])
    return Member(name, ids, numbers, about)


def _refuse_disagreement(folder: Path, here: Sequence[str], member: Member, closely: bool) -> None:
    """Refuse a member whose files in the tables are not those that were written with it."""
    counts: Mapping[str, Sequence[int]] = member.about.get("tables") or dict.fromkeys(here, ())
    for table, (*count,) in counts.items():
        path = folder / table / member.name
        if count and (not regular(path) or path.stat().st_size != count[1]):
            missing = (
                "is missing" if not os.path.lexists(path) else "is not of the size that it was written in"
            )
            raise InvalidInput([Mistake(str(path), 0, missing, AGAIN)])
        with opened_parquet(path, AGAIN) as file:
            own = _about(file)
            rows = file.metadata.num_rows
            if closely and table == METRICS:
                unpacked(file)
        if own.get("file", member.name) != member.name or (count and rows != count[0]):
            raise InvalidInput([Mistake(str(path), 0, "holds other rows than it was written with", AGAIN)])


def _chosen(sound: Mapping[str, Member]) -> tuple[dict[str, Member], dict[str, str]]:
    """Return the files that stand for all runs, and those of which only a part is in another one.

    A larger file, and of two with the same runs a part, stands for the others.
    """
    ordered = sorted(sound.values(), key=lambda m: (len(m.ids), m.name.startswith("part-")), reverse=True)
    kept: dict[str, Member] = {}
    twice: dict[str, str] = {}
    ids: set[str] = set()
    numbers: set[int] = set()
    for member in ordered:
        if member.ids <= ids:
            continue
        if member.ids & ids or member.numbers & numbers:
            twice[member.name] = f"{member.name}: holds a run that is in another file too"
            continue
        kept[member.name] = member
        ids |= member.ids
        numbers |= member.numbers
    return dict(sorted(kept.items())), twice


def _agreeing(folder: Path, closely: bool) -> Dataset:
    about = described(folder)
    dataset = inspect(folder, closely)
    wrong = [*dataset.broken.values(), *_strange(about, dataset)]
    if wrong:
        told = [line.removeprefix(f"{folder}/").removesuffix(f" ({AGAIN})") for line in wrong]
        raise InvalidInput([Mistake(str(folder), 0, f"its tables do not agree: {listed(told)}", AGAIN)])
    return dataset


def _strange(about: Mapping[str, Any], dataset: Dataset) -> Iterator[str]:
    """Yield in what a dataset is not the one that ``sweep.json`` tells of."""
    for table in sorted(FOLDERS):
        if (dataset.folder / table).is_symlink():
            yield f"{table}: is a link, and is not followed"
    of = known(about["program"], about["inputs_sha256"]) if "program" in about else ""
    for name, member in dataset.members.items():
        if of and member.about.get("of", of) != of:
            yield f"{RUNS}/{name}: is of another program or other inputs"
    total, shard = about.get("runs"), about.get("shard", [1, 1])
    if not isinstance(total, int) or len(shard) != 2 or not all(isinstance(n, int) and n > 0 for n in shard):
        return
    numbers = [n for member in dataset.members.values() for n in member.numbers]
    numbers += [row["number"] for row in dataset.failed]
    if any(number not in range(shard[0] - 1, total, shard[1]) for number in numbers):
        yield "holds runs of another sweep file or shard"
    lacking = len(range(shard[0] - 1, total, shard[1])) - len(numbers)
    if lacking > 0 and about.get("status") in ("complete", "failed"):
        yield f"{lacking} of {counted(total, 'run')} in no table"


def standing(folder: Path) -> frozenset[tuple[str, int]]:
    """Return what tells whether a dataset was written meanwhile."""
    found = set()
    for table in (".", *FOLDERS):
        try:
            found |= {(f"{table}/{entry.name}", entry.inode()) for entry in os.scandir(folder / table)}
        except OSError:
            continue
    return frozenset(found)

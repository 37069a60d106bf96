"""Shards of a sweep become one dataset, as if it had run in one place."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.files import write_text
from twin.folders import locked
from twin.scenario.text import read_json
from twin.sweep.execute import refuse
from twin.sweep.judging import summarise
from twin.sweep.store import PART, RUNS, Store, committed, failed_rows, tables

_SAME = ("name", "runs", "asked", "inputs_sha256", "program")


def merge(folder: Path, shards: Sequence[Path]) -> dict[str, Any]:
    """Join shards into a sweep's folder.

    Returns
    -------
    dict
        The content of its ``sweep.json``.

    Raises
    ------
    InvalidInput
        If a folder is no sweep, is of another sweep, or runs are missing or there twice.
    FileExistsError
        If the target holds something.
    """
    described = [_described(shard) for shard in shards]
    mistakes = [
        Mistake(str(shard), 0, f"is of another sweep: its {key} differs", f"shards of what {shards[0]} holds")
        for shard, own in zip(shards, described, strict=True)
        for key in _SAME
        if own[key] != described[0][key]
    ]
    if mistakes:
        raise InvalidInput(mistakes)
    _refuse_gaps(folder, shards, described[0]["runs"])
    refuse(folder, resume=_half_merged(folder))
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        return _join(folder, shards, {**described[0], "shard": [1, 1], "status": "merging"})


def _join(folder: Path, shards: Sequence[Path], content: dict[str, Any]) -> dict[str, Any]:
    """Copy what the shards hold, and put it together as if it had run in one place."""
    _describe(folder, content)
    for shard in shards:
        for name in committed(shard):
            for table in sorted(tables(shard), key=lambda t: t == RUNS):
                _copy(shard / table / name, folder / table / name)
    store = Store(folder)
    store.add_failed(row for shard in shards for row in failed_rows(shard))
    for part in range(-(-int(content["runs"]) // PART)):
        store.compact(part)
    write_text(folder / "metrics.json", json.dumps(summarise(folder), indent=2, ensure_ascii=False) + "\n")
    content["status"] = "failed" if store.failed else "complete"
    _describe(folder, content)
    return content


def _described(shard: Path) -> dict[str, Any]:
    path = shard / "sweep.json"
    if not path.is_file():
        raise InvalidInput([Mistake(str(shard), 0, "is not a sweep's folder", "one that twin sweep wrote")])
    content: dict[str, Any] = read_json(path, "twin sweep")
    return content


def _refuse_gaps(folder: Path, shards: Sequence[Path], total: int) -> None:
    import pyarrow.parquet as pq

    where: dict[int, Path] = {}
    mistakes = []
    for shard in shards:
        done = [
            pq.ParquetFile(shard / RUNS / name).read(["number"])["number"].to_pylist()
            for name in committed(shard)
        ]
        failed = [row["number"] for row in failed_rows(shard)]
        own = {number for numbers in done for number in numbers} | set(failed)
        twice = [number for number in own if number in where]
        if twice:
            first = where[twice[0]]
            mistakes.append(Mistake(str(shard), 0, f"{len(twice)} of its runs are in {first} too"))
        where |= dict.fromkeys(own, shard)
    if len(where) < total and not mistakes:
        missing = next(number for number in range(total) if number not in where)
        problem = f"{total - len(where)} of {total} runs are in no shard, run {missing} first"
        mistakes.append(Mistake(str(folder), 0, problem, "go on with the shard by --resume, or add it"))
    if mistakes:
        raise InvalidInput(mistakes)


def _half_merged(folder: Path) -> bool:
    path = folder / "sweep.json"
    return path.is_file() and _described(folder)["status"] == "merging"


def _copy(source: Path, target: Path) -> None:
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}")
        shutil.copyfile(source, beside)
        beside.replace(target)


def _describe(folder: Path, content: dict[str, Any]) -> None:
    write_text(folder / "sweep.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")

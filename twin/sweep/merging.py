"""Shards of a sweep become one dataset, as if it had run in one place."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake, counted
from twin.files import whole, write_text
from twin.results.dataset import RUNS, Dataset, described, known, opened, tables
from twin.results.folders import locked
from twin.sweep.execute import refuse
from twin.sweep.reading import summarise
from twin.sweep.store import PART, Store

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
    abouts = [described(shard) for shard in shards]
    datasets = [opened(shard, closely=True) for shard in shards]
    mistakes = [
        Mistake(str(shard), 0, f"is of another sweep: its {key} differs", f"shards of what {shards[0]} holds")
        for shard, own in zip(shards, abouts, strict=True)
        for key in _SAME
        if own.get(key) != abouts[0].get(key)
    ]
    if mistakes:
        raise InvalidInput(mistakes)
    _refuse_gaps(folder, datasets, int(abouts[0].get("runs", 0)))
    with locked(folder):
        refuse(folder, resume=_half_merged(folder))
        folder.mkdir(exist_ok=True)
        return _join(folder, datasets, {**abouts[0], "shard": [1, 1], "status": "merging"})


def _join(folder: Path, shards: Sequence[Dataset], content: dict[str, Any]) -> dict[str, Any]:
    """Copy what the shards hold, and put it together as if it had run in one place."""
    of = known(content["program"], content["inputs_sha256"])
    Store(folder, of)  # cleans what a killed merge left
    _describe(folder, content)
    _copy(shards[0].folder / "scenario.yaml", folder / "scenario.yaml")
    for shard in shards:
        for name in shard.members:
            for table in sorted(tables(shard.folder), key=lambda t: t == RUNS):
                _copy(shard.folder / table / name, folder / table / name)
    store = Store(folder, of)
    store.add_failed(row for shard in shards for row in shard.failed)
    for part in range(-(-int(content["runs"]) // PART)):
        store.compact(part)
    write_text(folder / "metrics.json", json.dumps(summarise(folder), indent=2, ensure_ascii=False) + "\n")
    content["status"] = "failed" if store.failed else "complete"
    _describe(folder, content)
    return content


def _refuse_gaps(folder: Path, shards: Sequence[Dataset], total: int) -> None:
    where: dict[int, Path] = {}
    mistakes = []
    for shard in shards:
        own = {number for member in shard.members.values() for number in member.numbers}
        own |= {row["number"] for row in shard.failed}
        twice = sorted(own & where.keys())
        if twice:
            first = where[twice[0]]
            mistakes.append(Mistake(str(shard.folder), 0, f"{len(twice)} of its runs are in {first} too"))
        where |= dict.fromkeys(own, shard.folder)
    if len(where) < total and not mistakes:
        missing = next(number for number in range(total) if number not in where)
        problem = f"{total - len(where)} of {counted(total, 'run')} in no shard, run {missing} first"
        mistakes.append(Mistake(str(folder), 0, problem, "go on with the shard by --resume, or add it"))
    if mistakes:
        raise InvalidInput(mistakes)


def _half_merged(folder: Path) -> bool:
    return (folder / "sweep.json").is_file() and described(folder).get("status") == "merging"


def _copy(source: Path, target: Path) -> None:
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole(target) as beside:
            shutil.copyfile(source, beside)


def _describe(folder: Path, content: dict[str, Any]) -> None:
    write_text(folder / "sweep.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")

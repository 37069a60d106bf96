"""Doing a sweep: what is still to be done goes to workers, what comes back goes to the store."""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from twin.cards import card
from twin.errors import InvalidInput, Mistake, counted
from twin.files import write_text
from twin.interrupts import deferred
from twin.program import program
from twin.results.dataset import inspect
from twin.results.differences import number
from twin.results.folders import locked
from twin.results.formats import FORMAT, refuse_other
from twin.results.manifest import refuse_foreign
from twin.results.run import versions
from twin.scenario import dump_resolved
from twin.simulation.batch import Failed, Workers, work
from twin.simulation.metrics import declared, headlines, told
from twin.sweep.reading import Summary, summarise
from twin.sweep.runs import Plan, Planned
from twin.sweep.store import PART, Store
from twin.sweep.worker import Done, do, gather

Shard = tuple[int, int]


@dataclass(slots=True)
class Tally:
    """How far a sweep is.

    Attributes
    ----------
    total
        Runs of this shard.
    found
        Runs that had a result before this program began.
    complete, unsolved, failed
        Runs that ended so since.
    summary
        Once it is done, p10, p50 and p90 of each metric by combination of choices, as in ``metrics.json``.
    warnings
        Lines that runs told beside their figures, and in how many.
    repaired
        Lines that say what was damaged in the folder; it is set aside, and its runs are done again.
    """

    total: int
    found: int = 0
    complete: int = 0
    unsolved: int = 0
    failed: int = 0
    began: float = field(default_factory=time.monotonic)
    summary: Summary = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    repaired: list[str] = field(default_factory=list)

    def _repr_html_(self) -> str:
        """Return what a notebook shows for a sweep that was done: how runs ended, and their metrics."""
        cells = [(cell, own) for cell, own in self.summary.items() if own]
        metrics = headlines(name for _, own in cells for name in own)
        return card(
            f"{self.done} of {self.total} runs: {self.found} found, {self.complete} complete, "
            f"{self.unsolved} unsolved, {self.failed} failed",
            [
                ("p50 (p10 to p90)", *(cell for cell, _ in cells)),
                *((name, *(_told(own.get(name)) for _, own in cells)) for name in metrics),
            ],
        )

    @property
    def done(self) -> int:
        """Return the runs that are behind us."""
        return self.found + self.complete + self.unsolved + self.failed

    @property
    def per_minute(self) -> float:
        """Return the rate since the program began."""
        return 60.0 * (self.done - self.found) / max(time.monotonic() - self.began, 1e-9)

    @property
    def left_s(self) -> float:
        """Return the seconds that are left at this rate."""
        return 60.0 * (self.total - self.done) / self.per_minute if self.per_minute else float("inf")


Observer = Callable[[Tally, Planned, Done | Failed], None]


def refuse(folder: Path, resume: bool) -> None:
    """Refuse a folder that holds something else, or a sweep that was not asked to go on.

    Raises
    ------
    FileExistsError
        With one line.
    """
    refuse_foreign(folder, "sweep.json")
    if (folder / "sweep.json").exists() and not resume:
        raise FileExistsError(f"{folder} holds a sweep; go on with --resume, or choose another with --out")
    refuse_other(folder)


def execute(
    plan: Plan, folder: Path, workers: Workers, shard: Shard = (1, 1), observer: Observer | None = None
) -> Tally:
    """Do the runs of a shard that have no result yet, and write them to the sweep's folder.

    Parameters
    ----------
    folder
        Made if need be; what it holds of this sweep is kept.
    observer
        Called after each run.

    Returns
    -------
    Tally
        With the runs that ended in this call.

    Raises
    ------
    InvalidInput
        If the folder holds runs that are not of this sweep.
    OSError
        If the folder cannot be written at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        return _execute(plan, folder, workers, shard, observer)


def _execute(plan: Plan, folder: Path, workers: Workers, shard: Shard, observer: Observer | None) -> Tally:
    _refuse_others(plan, shard, folder)
    if not (folder / "sweep.json").exists():
        describe(plan, folder, shard, "running")  # first, for without it the next start would not know it
    if not (folder / "scenario.yaml").exists():
        write_text(folder / "scenario.yaml", dump_resolved(plan.base))
    store = Store(folder, plan.known)
    tally = Tally(_size(plan, shard), repaired=store.repaired)
    tally.found = sum(run.run_id in store.done for run in plan.runs(shard)) if store.done else 0
    describe(plan, folder, shard, "running")
    todo = (run for run in plan.runs(shard) if run.run_id not in store.done)
    missing = _Parts(plan, shard, store)
    for planned, result in work(partial(do, gather(plan)), todo, workers):
        with deferred():
            result = _keep(store, planned, result)
            if isinstance(result, Done) and missing.done(planned.number):
                _compact(store, planned.number // PART)
        tally.warnings.update(result.warnings if isinstance(result, Done) else ())
        match result:
            case Failed():
                tally.failed += 1
            case Done(status="complete"):
                tally.complete += 1
            case _:
                tally.unsolved += 1
        if observer is not None:
            observer(tally, planned, result)
    for part in sorted(store.singles()):
        _compact(store, part)
    tally.summary = summarise(folder)
    write_text(folder / "metrics.json", json.dumps(tally.summary, indent=2, ensure_ascii=False) + "\n")
    describe(plan, folder, shard, "failed" if store.failed else "complete")
    return tally


def _told(spread: Mapping[str, float] | None) -> str:
    return f"{number(spread['p50'])} ({number(spread['p10'])} to {number(spread['p90'])})" if spread else ""


def _keep(store: Store, planned: Planned, result: Done | Failed) -> Done | Failed:
    """Write a result; one that cannot be written is a failed run, and the others go on."""
    try:
        if isinstance(result, Done):
            store.add(planned, result)
        else:
            store.fail(planned, f"{result.kind}: {result.reason}")
        return result
    except OSError as error:
        lost = Failed("disk", f"could not be written: {error.strerror or error}")
    # if even that does not fit, the row stays in memory and is written with the next one
    with suppress(OSError):
        store.fail(planned, f"{lost.kind}: {lost.reason}")
    return lost


def _compact(store: Store, part: int) -> None:
    """Put a part into one file; where that does not fit, the files of its runs stay and count."""
    with suppress(OSError):
        store.compact(part)


def _size(plan: Plan, shard: Shard) -> int:
    return (plan.total - shard[0]) // shard[1] + 1 if plan.total >= shard[0] else 0


def _refuse_others(plan: Plan, shard: Shard, folder: Path) -> None:
    """Refuse a folder that holds results of something else, before anything in it is touched."""
    dataset = inspect(folder)
    foreign = {*dataset.done, *(row["run_id"] for row in dataset.failed)}
    if not foreign:
        return
    for run in plan.runs(shard):
        foreign.discard(run.run_id)
    if foreign:
        them = counted(len(foreign), "run")
        problem = f"holds {them} of another sweep file, shard, input or version of twin"
        raise InvalidInput([Mistake(str(folder), 0, problem, "choose another with --out")])


class _Parts:
    """Counts down the runs that each part still misses."""

    def __init__(self, plan: Plan, shard: Shard, store: Store) -> None:
        self._total, self._shard = plan.total, shard
        self._left: dict[int, int] = {}
        self._found: dict[int, int] = {}
        if store.done:
            for run in plan.runs(shard):
                if run.run_id in store.done:
                    part = run.number // PART
                    self._found[part] = self._found.get(part, 0) + 1

    def done(self, number: int) -> bool:
        """Note a run; return whether its part misses no other."""
        part = number // PART
        if part not in self._left:
            last = min((part + 1) * PART, self._total)
            own = sum(n % self._shard[1] == self._shard[0] - 1 for n in range(part * PART, last))
            self._left[part] = own - self._found.pop(part, 0)
        self._left[part] -= 1
        if self._left[part]:
            return False
        del self._left[part]
        return True


def describe(plan: Plan, folder: Path, shard: Shard, status: str) -> None:
    """Write ``sweep.json``."""
    content = {
        "format": FORMAT,
        "name": plan.sweep.asked.name,
        "status": status,
        "runs": plan.total,
        "shard": list(shard),
        "dimensions": list(plan.dimensions),
        "variables": list(plan.variables),
        "cells": plan.cells,
        "metrics": told(declared(), plan.base.currency),
        "currency": plan.base.currency,
        "asked": plan.sweep.asked.model_dump(mode="json", exclude_defaults=True),
        "inputs_sha256": plan.inputs,
        "program": program(),
        "versions": versions(),
    }
    write_text(folder / "sweep.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")

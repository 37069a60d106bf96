"""Mutated scenario folders: read in one process, and those that pass run, each in a process of its own."""

import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from reliability.bases import KINDS, write_base
from reliability.commands import REFUSED, command, where
from reliability.folder_mutations import mutate_folder
from reliability.forked import apart, shared
from reliability.mutated_networks import Found, through

READ_S, RUN_S, MEMORY_BYTES = 20, 120.0, 2 << 30
_MOST_DAYS = {"every": 3, "representative": 62}
_AT_ONCE = 250


def mutated_folders(
    count: int, runs: int, seed: int, tell: Callable[[str], None] = lambda _: None
) -> tuple[Found, Found]:
    """Read so many mutated folders, and run so many of those that pass; return what became of both."""
    read, ran = Found(), Found()
    passed: list[int] = []
    with tempfile.TemporaryDirectory(prefix="bases-") as place:
        bases = Path(place)
        for kind in dict.fromkeys(KINDS):
            write_base(kind, bases / kind)
        _warm(bases)
        parts = [range(first, min(first + _AT_ONCE, count)) for first in range(0, count, _AT_ONCE)]
        for one in _all_read(bases, seed, parts):
            read.add(one)
            passed += [int(one["number"])] if one["became"] == "passed" else []
            if one["became"] == "failed" or read.counts.total() % 500 == 0:
                tell(f"read {read.counts.total()} of {count}: {dict(read.counts)} {one.get('why', '')}")
        for one in shared(partial(_run, bases, seed), sorted(passed)[:runs]):
            ran.add(one)
            if one["became"] == "failed" or ran.counts.total() % 20 == 0:
                tell(f"run {ran.counts.total()} of {runs}: {dict(ran.counts)} {one.get('why', '')}")
    return read, ran


def write_mutant(bases: Path, seed: int, number: int, folder: Path) -> str:
    """Write one mutated folder; return which base it was."""
    rng = np.random.default_rng([seed, number])
    kind = KINDS[int(rng.integers(len(KINDS)))]
    mutate_folder(bases / kind, folder, rng)
    return kind


def _all_read(bases: Path, seed: int, parts: list[range]) -> Iterator[dict[str, Any]]:
    """Yield what becomes of each folder; one process reads many, two do at a time."""
    for found in shared(partial(_read_part, bases, seed), parts):
        yield from found["folders"]


def _read_part(bases: Path, seed: int, numbers: range) -> dict[str, Any]:
    """Read some folders in one process; what ends it stands at the folder that did."""
    with tempfile.TemporaryDirectory(prefix="mutated-") as place:
        progress = Path(place) / "progress"
        work = partial(_read_many, bases, seed, numbers, progress)
        ended = apart(work, 60.0 + READ_S * len(numbers), MEMORY_BYTES).get("ended")
        folders = [json.loads(line) for line in progress.read_text(encoding="utf-8").splitlines()]
    if ended:
        folders.append({"number": numbers.start + len(folders), "of": "?", "became": "failed", "why": ended})
    return {"folders": folders}


def _read_many(bases: Path, seed: int, numbers: range, progress: Path) -> dict[str, Any]:
    signal.signal(signal.SIGALRM, _late)
    with progress.open("w", encoding="utf-8") as stream:
        for number in numbers:
            with tempfile.TemporaryDirectory(prefix="mutated-") as place:
                folder = Path(place) / "scenario"
                kind = write_mutant(bases, seed, number, folder)
                signal.alarm(READ_S)
                said = command("validate", folder, "--quick")
                signal.alarm(0)
            became = {0: "passed", REFUSED: "refused"}.get(said.code, "failed")
            if became == "refused" and not said.text.strip():
                became = "failed"
            why = {"why": where(said)} if became == "failed" else {}
            stream.write(json.dumps({"number": number, "of": kind, "became": became, **why}) + "\n")
            stream.flush()
    return {}


def _late(_: int, __: FrameType | None) -> NoReturn:
    raise TimeoutError(f"not read in {READ_S} s")


def _run(bases: Path, seed: int, number: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mutated-") as place:
        folder = Path(place) / "scenario"
        kind = write_mutant(bases, seed, number, folder)
        one = apart(partial(_through, folder), RUN_S, MEMORY_BYTES)
    if "ended" in one:
        one = {"became": "failed", "why": one["ended"]}
    return {"number": number, "of": kind, **one}


def _through(folder: Path) -> dict[str, Any]:
    """Validate and run a folder over a horizon of days."""
    from datetime import timedelta

    from twin.scenario import load_scenario

    loaded = load_scenario(folder)
    end = min(loaded.end, loaded.start + timedelta(days=_MOST_DAYS[loaded.days]))
    return through(folder, f"end={end}")


def _warm(bases: Path) -> None:
    """Load all compiled code before anything is forked."""
    with tempfile.TemporaryDirectory(prefix="mutated-") as place:
        command("run", bases / "whole", "--out", Path(place) / "results", "--set", "end=2026-05-02")
        command("run", bases / "orders", "--out", Path(place) / "results2")


def main(arguments: list[str]) -> None:
    """Print what becomes of so many folders (`COUNT RUNS SEED`)."""
    count, runs, seed = map(int, arguments)
    began = time.monotonic()
    for found in mutated_folders(count, runs, seed, lambda line: print(line, flush=True)):
        print(json.dumps({"counts": found.counts, "failures": found.failures}, indent=1))
    print(
        f"{time.monotonic() - began:.0f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB",
        os.getpid(),
    )


if __name__ == "__main__":
    main(sys.argv[1:])

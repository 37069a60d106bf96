"""Folders that a user who is not root may not write: one line, exit code 2, and all stands as it stood."""

import os
import random
import shutil
import stat
from pathlib import Path

from reliability.counts import Counts
from reliability.kills import OTHERS, RUNS
from reliability.places import beside, content, inline, place
from reliability.started import finish, nobody

_CLOSED = "Permission denied"


def refuse_writing(count: int, seed: int) -> Counts:
    """Let so many commands meet results that they may not write."""
    luck, found = random.Random(seed), Counts()
    kinds = {
        **RUNS,
        **OTHERS,
        "report": ["report", "out"],
        "new": ["new", "out/new", "--water", "town/water.inp"],
        "run beside": ["run", "town", "--out", "out/deep/er"],
        "checked": ["run", "town", "--out", "out", "--baseline", "out"],
    }
    with place() as folder:
        for number in range(count):
            name = list(kinds)[number % len(kinds)]
            made = RUNS["one day"] if name not in OTHERS else OTHERS[name]
            found.demand((first := finish(folder, made, before=inline)).code == 0, f"{name}: {first}")
            before = content(folder / "out")
            within = name in ("report", "new", "run beside")
            closed = luck.choice(("the results", "all", *(("the folder that holds them",) * (not within))))
            _close(folder, closed)
            ended = finish(folder, kinds[name], before=_as_nobody)
            what = f"{name} without permission for {closed}: {ended}"
            lines = [line for line in ended.said.splitlines() if line]
            found.demand(ended.in_order and ended.code == 2, what)
            found.demand(_CLOSED in ended.said or "Read-only" in ended.said, f"{what}: no reason told")
            found.demand(len(lines) <= 2, f"{what}: more than it is")
            found.demand(content(folder / "out") == before, f"{what}: results changed")
            found.demand(beside(folder) == {"out"}, f"{what}: beside {beside(folder)}")
            found.counts["refused"] += ended.code == 2
            found.counts[closed] += 1
            shutil.rmtree(folder / "out")
            folder.chmod(0o755)
    return found


def _as_nobody() -> None:
    inline()
    if os.geteuid() == 0:
        nobody()


def _close(folder: Path, what: str) -> None:
    """Take the permission to write; everything stays readable."""
    out = folder / "out"
    paths = {
        "the results": [out],
        "all": [folder, out, *out.rglob("*")],
        "the folder that holds them": [folder],
    }[what]
    if what == "the folder that holds them":
        out.chmod(0o777)
    for path in paths:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)

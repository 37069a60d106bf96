"""A disk that is full at any moment: the old results stand, or the new ones and what is missing is said."""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reliability.counts import Counts
from reliability.kills import OTHERS, RUNS
from reliability.places import Content, beside, content, inline, part_of, place, undisturbed
from reliability.started import Ended, at_most, finish

KINDS = {**RUNS, **OTHERS}
_FULL = ("No space left on device", "File too large", "could not be written", "no room")
_BLOCK = 4096


def fill(count: int, seed: int) -> Counts:
    """Let so many programs meet a full disk: a small file system where one can be mounted, or small files."""
    luck, found = random.Random(seed), Counts()
    with place() as folder:
        whole = _Whole(folder)
        mounts = _can_mount(folder)
        for number in range(count):
            name = list(KINDS)[number % len(KINDS)]
            if mounts and luck.random() < 0.7:
                _small_disk(found, folder, luck, name, whole)
            else:
                _small_files(found, folder, luck, name, whole)
    return found


class _Whole(dict[str, Content]):
    """What each command writes that nothing disturbs, found when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __missing__(self, name: str) -> Content:
        return undisturbed(self._folder, KINDS[name])[0]


def _small_disk(
    found: Counts, folder: Path, luck: random.Random, name: str, whole: dict[str, Content]
) -> None:
    """Write to a disk that has room for a part."""
    out = "disk/out"
    words = [out if word == "out" else word for word in KINDS[name]]
    old = luck.choice(("", "one day")) if name in RUNS else ""
    room = sum(_BLOCK * (2 + len(own) // _BLOCK) for own in whole[name].values())
    size = int(luck.uniform(0.02, 1.3) * room) + 40 * _BLOCK * bool(old)
    with _disk(folder / "disk", size):
        if old:
            finish(folder, [out if word == "out" else word for word in RUNS[old]])
        _judge(found, folder, folder / out, name, whole, finish(folder, words, before=inline), size)
    found.counts["on a small disk"] += 1
    shutil.rmtree(folder / "disk", ignore_errors=True)


def _small_files(
    found: Counts, folder: Path, luck: random.Random, name: str, whole: dict[str, Content]
) -> None:
    """Write where no file may be larger than some size."""
    if name in RUNS and luck.random() < 0.5:
        finish(folder, RUNS["one day"])
    largest = max(len(own) for own in whole[name].values())
    size = int(largest * luck.uniform(0.0, 1.1) ** 2) + 200

    def limited() -> None:
        inline()
        at_most(size)()

    _judge(found, folder, folder / "out", name, whole, finish(folder, KINDS[name], before=limited), size)
    found.counts["with a limit for files"] += 1
    shutil.rmtree(folder / "out", ignore_errors=True)


def _judge(
    found: Counts, folder: Path, out: Path, name: str, whole: dict[str, Content], ended: Ended, size: int
) -> None:
    """See that nothing is half-written, and that whatever is missing is told."""
    what = f"{name} with room for {size} bytes: {ended}"
    found.demand(ended.in_order and ended.code in (0, 2), what)
    found.demand("Traceback" not in ended.said and "internal error" not in ended.said, what)
    found.demand(ended.code == 0 or any(full in ended.said for full in _FULL), f"{what}: no reason told")
    found.counts["full"] += ended.code != 0
    found.counts["room for all"] += ended.code == 0
    now = content(out) if out.is_dir() else {}
    if name in RUNS:
        run = whole["two days" if name == "with its page" else name]
        new, old = part_of(now, run, whole[name]), now in ({}, whole["one day"])
        found.demand(new if ended.code == 0 else new or old, f"{what}: results")
        found.demand(not any("/." in f"/{file}" for file in now), f"{what}: beside files")
    elif name.startswith("compare"):
        found.demand(now == (whole[name] if ended.code == 0 else {}), f"{what}: results")
    else:
        found.demand(ended.code or now == whole[name], f"{what}: results")
        if out.parent == folder:  # with room again it goes on
            again = finish(folder, KINDS[name], before=inline)
            found.demand(again.code == 0 and content(out) == whole[name], f"{what}: then {again}")
    found.demand(beside(folder) <= {"out", "disk"}, f"{what}: beside {beside(folder)}")


def _can_mount(folder: Path) -> bool:
    """Tell whether a file system can be mounted here."""
    try:
        with _disk(folder / "disk", 1 << 16):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def _disk(folder: Path, size: int) -> Iterator[None]:
    """Mount a file system of a size for a while."""
    folder.mkdir(exist_ok=True)
    options = f"size={max(size, 2 * _BLOCK)}"
    if os.geteuid():
        raise PermissionError("only root mounts")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True, capture_output=True)
        folder.rmdir()

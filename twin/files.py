"""Files that are there whole or not at all: written beside their place and renamed."""

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from twin.interrupts import deferred, heard

UNFINISHED = ".unfinished"
"""Marks a folder that is being written: everything in it is ours."""
_BESIDE = re.compile(r"\.(.+)\.\d+")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield an empty file to be written, which takes its place at the end.

    Raises
    ------
    FileExistsError
        If what stands there is no file, but a link or a folder; it stays.
    """
    if os.path.lexists(path) and not regular(path):
        raise FileExistsError(f"{path} is a link or no file, and not of this program; it stays")
    remove_left(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with deferred():
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with heard():
                yield beside
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with whole(path) as beside:
        beside.write_text(text, encoding="utf-8")


def regular(path: Path) -> bool:
    """Tell whether a file stands there that can be read to its end: no link, folder, pipe or device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_left(name: str) -> str:
    """Return of which file something is a part that is being written, or that a killed program left."""
    found = _BESIDE.fullmatch(name)
    return found[1] if found else ""


def remove_left(path: Path) -> None:
    """Remove what killed programs left of a file; who is writing it holds its lock."""
    for left in _left(path):
        with suppress(OSError):
            handle = os.open(left, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(handle)


def _left(path: Path) -> list[Path]:
    with suppress(OSError):
        return [own for own in path.parent.iterdir() if is_left(own.name) == path.name]
    return []

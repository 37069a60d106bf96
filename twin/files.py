"""Files that are there whole or not at all: written beside their place and renamed."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_BESIDE = re.compile(r"\.(.+)\.\d+")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a file to be written; at the end it takes its place, or that of a link, which is not followed."""
    remove_left(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
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

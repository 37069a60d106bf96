"""One program at a time writes a folder: a lock beside it, which ends with whoever holds it."""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from twin.interrupts import deferred, heard

_held: set[Path] = set()


@contextmanager
def locked(folder: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a folder, so that no other program writes it at the same time; one program may hold it twice.

    Raises
    ------
    FileExistsError
        If another one holds it, with one line.
    NotADirectoryError
        If it cannot be there, for a file stands in the place of the folder that would hold it.
    """
    place = Path(os.path.realpath(folder))  # by whatever links it is named
    if place in _held:
        yield
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place.parent)) from None
    file = place.parent / f".{place.name}.lock"
    with deferred():
        handle = _lock(file, folder, time.monotonic() + wait_s)
        _held.add(place)
        try:
            with heard():
                yield
        finally:
            _held.discard(place)
            with suppress(OSError):
                file.unlink()
            os.close(handle)


def _lock(file: Path, folder: Path, until: float) -> int:
    """Return an open file that is locked, and is still the one that stands there."""
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 200).decode(errors="replace").strip()
            os.close(handle)
            if time.monotonic() >= until:
                raise FileExistsError(f"{folder} is being written by another run ({holder})") from None
            with heard():
                time.sleep(0.05)
            continue
        except OSError:  # a file system without locks
            return handle
        with suppress(FileNotFoundError):
            if os.stat(file).st_ino == os.fstat(handle).st_ino:
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
                return handle
        os.close(handle)

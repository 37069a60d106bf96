"""Private folders for what engines read and write while a program runs; what killed programs left is removed.

Every process has one folder, whose lock it holds while it lives, in the system's folder for temporary files.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "twin-scratch-"
_LOCK = "lock"
_YOUNG_S = 60.0
"""A folder without a lock may be one that is just being made."""
_own: dict[str, Path] = {}
"""This process's folder, by the folder for temporary files that it lies in."""


def scratch(name: str) -> Path:
    """Return a new folder of this process; who asks for it removes it, else it goes with the process."""
    place = tempfile.gettempdir()
    if not _own.get(place, Path(os.devnull)).is_dir():
        _clean(Path(place))
        _own[place] = _made(place)
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_own[place]))


def _made(place: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(OSError):  # a file system without locks
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until the process ends, however it does
    return folder


def _clean(place: Path) -> None:
    """Remove the folders of this user whose processes have ended."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if folder.is_symlink() or not folder.is_dir() or about.st_uid != os.geteuid():
                continue
            if not (folder / _LOCK).exists():
                if time.time() - about.st_mtime > _YOUNG_S:
                    folder.rmdir()
                continue
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(handle)


@atexit.register
def _leave() -> None:
    for folder in _own.values():
        shutil.rmtree(folder, ignore_errors=True)
    _own.clear()


# a forked process has folders of its own, and removes no other
os.register_at_fork(after_in_child=_own.clear)

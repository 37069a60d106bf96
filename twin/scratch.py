"""Private folders for what engines read and write while a program runs; what killed programs left is removed.

Every process has one folder, whose lock it holds while it lives, in the system's folder for temporary files.
"""

import atexit
import fcntl
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from twin.interrupts import deferred

_PREFIX = "twin-scratch-"
_NAME = re.compile(_PREFIX + "[a-z0-9_]{8}")
_own: dict[str, Path] = {}
"""This process's folder, by the folder for temporary files that it lies in."""


def scratch(name: str) -> Path:
    """Return a new folder of this process; who asks for it removes it, else it goes with the process."""
    place = tempfile.gettempdir()
    if not _own.get(place, Path(os.devnull)).is_dir():
        _clean(Path(place))
        with deferred():
            _own[place] = _made(place)
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_own[place]))


def _made(place: str) -> Path:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until the process ends, however it does
        except BlockingIOError:  # another one is just removing it
            os.close(handle)
            continue
        except OSError:  # a file system without locks
            return folder
        if folder.exists():
            return folder
        os.close(handle)


def _clean(place: Path) -> None:
    """Remove the folders of this user whose processes have ended."""
    for folder in place.glob(f"{_PREFIX}*"):
        if not _NAME.fullmatch(folder.name):
            continue
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(handle).st_uid == os.geteuid():
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
            finally:
                os.close(handle)


@atexit.register
def _leave() -> None:
    for folder in _own.values():
        shutil.rmtree(folder, ignore_errors=True)
    _own.clear()


def _forget() -> None:
    """Leave to the process from which this one was forked what is its own."""
    _own.clear()


os.register_at_fork(after_in_child=_forget)

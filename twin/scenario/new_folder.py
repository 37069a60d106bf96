"""Folders that are made whole or not at all, and never over another."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from twin.errors import Mistake
from twin.files import UNFINISHED
from twin.interrupts import deferred, heard
from twin.locks import locked


def in_the_way(folder: Path) -> Iterator[Mistake]:
    """Yield what keeps a folder from being made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        yield Mistake(str(folder), 0, "exists and is not empty", "a new folder")
    elif folder.resolve() == Path.cwd():
        yield Mistake(str(folder), 0, "is the current folder", "a new folder")
    for parent in folder.parents:
        if parent.exists() and not parent.is_dir():
            yield Mistake(str(parent), 0, "is no folder")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Hold a folder beside the one that is to be made, which takes its place when all is written.

    Raises
    ------
    FileExistsError
        If another program is making the folder.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        _remove_left(folder)
        with deferred():
            work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
            try:
                (work / UNFINISHED).touch()
                with heard():
                    yield work
                if folder.exists():
                    folder.rmdir()
                work.chmod(0o755)
                work.rename(folder)
            except BaseException:
                shutil.rmtree(work, ignore_errors=True)
                raise
            (folder / UNFINISHED).unlink()


def _remove_left(folder: Path) -> None:
    """Remove what killed programs left beside a folder that they were making."""
    for left in folder.parent.iterdir():
        if left.name.startswith(f".{folder.name}.new-") and left.is_dir() and not left.is_symlink():
            if (left / UNFINISHED).is_file():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with suppress(OSError):  # an empty one is ours; of another one we know nothing
                    left.rmdir()

"""Folders of results on disk: exchanged whole, and nothing removed that this program did not write.

What was written is listed in a manifest. A folder is written beside its target and exchanged with it in one
step (two renames where the system knows no exchange); the old one is removed last. What a killed program left
is found and cleaned by the next one that writes there.
"""

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from twin.files import UNFINISHED
from twin.files import regular as regular
from twin.files import whole as whole
from twin.interrupts import deferred, heard
from twin.locks import locked as locked
from twin.results.manifest import MANIFEST, manifest, ours, parts, strangers

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a full disk says."""
SAVING_S = 60.0
"""How long one that saves waits for another."""
_NAME_MAX, _DECORATION = 255, 24
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
_BESIDE = re.compile(r"\.(.+)\.(?:new|old)-[^.]+")


def destination(folder: Path) -> Path:
    """Return the folder that can be exchanged: the one behind a link, or the folder itself.

    Raises
    ------
    FileExistsError
        If it cannot be: a file, a mount point, the present folder.
    OSError
        If nothing can be written there.
    """
    path = Path(os.path.realpath(folder)) if folder.is_symlink() else folder
    if path.is_symlink():
        raise FileExistsError(f"{folder} is a link that leads nowhere; choose another with --out")
    if path.exists() and not path.is_dir():
        raise FileExistsError(f"{folder} is a file; choose another with --out")
    if path.is_dir():
        if Path.cwd().is_relative_to(path.resolve()):
            raise FileExistsError(f"{folder} is the present folder; choose another with --out")
        if _is_mount(path):
            raise FileExistsError(f"{folder} is a mount point; choose a folder in it with --out")
    if len(os.fsencode(path.name)) > _NAME_MAX - _DECORATION:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(folder))
    standing = next(parent for parent in path.absolute().parents if parent.exists())
    if not standing.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(standing))
    for own in (standing, path):
        if own.exists() and not os.access(own, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(own))
    return path


def _is_mount(path: Path) -> bool:
    """Tell whether something is mounted there; a part of the same disk only the system's list tells."""
    if os.path.ismount(path):
        return True
    place = re.sub(rb"[ \t\n\\]", lambda m: b"\\%03o" % m[0][0], os.fsencode(path.resolve()))
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return False
    return any(line.split(b" ")[4:5] == [place] for line in lines)


@contextmanager
def replacing(folder: Path, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder to fill; at the end it takes the place of the target, which holds till then.

    Parameters
    ----------
    force
        What is not ours moves from the old folder to the new one.

    Raises
    ------
    FileExistsError
        If it cannot be replaced, or holds what is not ours and has no place in the new one.
    """
    target = destination(folder)
    with locked(target, wait_s=SAVING_S):
        recover(target)
        with deferred():
            staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
            try:
                (staging / UNFINISHED).touch()
                with heard():
                    yield staging
                _finish(staging, target, force)
            except BaseException:
                shutil.rmtree(staging, ignore_errors=True)
                raise
            _swap(staging, target)


def recover(folder: Path) -> None:
    """Clean what killed programs left beside a folder; a whole one takes its place if that is empty."""
    parent = folder.parent
    if not parent.is_dir():
        return
    prefixes = tuple(f".{folder.name}.{kind}-" for kind in ("new", "old"))
    for left in sorted(parent.iterdir()):
        if not left.name.startswith(prefixes) or left.is_symlink() or not left.is_dir():
            continue
        if (left / UNFINISHED).is_file():
            shutil.rmtree(left, ignore_errors=True)
        elif not folder.exists() and (left / MANIFEST).is_file():
            left.rename(folder)
        elif (left / MANIFEST).is_file():
            _remove_ours(left, folder)
        else:
            with suppress(OSError):  # an empty one is ours; of another one we know nothing
                left.rmdir()


def settled(folder: Path) -> Path:
    """Return a folder of results to read; where a program was killed between two renames, what it left.

    That takes its place if it can be moved, as the next program that writes there would have it.
    """
    if not folder.exists() and _left(folder):
        with suppress(OSError), locked(folder):
            recover(folder)
        if not folder.exists():
            return _left(folder)[0]
    return folder


def orphans(parent: Path) -> dict[str, Path]:
    """Return whole results whose folder is gone, by its name: what killed programs left in a folder."""
    names = {match[1] for path in parent.iterdir() if (match := _BESIDE.fullmatch(path.name))}
    return {
        name: left[0]
        for name in sorted(names)
        if not os.path.lexists(parent / name) and (left := _left(parent / name))
    }


def _left(folder: Path) -> list[Path]:
    """Return whole results that a killed program left beside a folder, the newest first."""
    if not folder.parent.is_dir():
        return []
    prefixes = tuple(f".{folder.name}.{kind}-" for kind in ("new", "old"))
    return [
        path
        for path in sorted(folder.parent.iterdir())
        if path.name.startswith(prefixes)
        and not path.is_symlink()
        and (path / MANIFEST).is_file()
        and not (path / UNFINISHED).exists()
    ]


def clean_beside(folder: Path, names: Iterable[str]) -> None:
    """Remove what `whole` left of files that a killed program was writing."""
    left = re.compile(rf"\.({'|'.join(map(re.escape, names))})\.\d+")
    for path in folder.iterdir():
        if left.fullmatch(path.name) and regular(path):
            path.unlink()


def _finish(staging: Path, target: Path, force: bool) -> None:
    """List what was written, and see that nothing of the target's is lost."""
    names = set(_files(staging, "")) - {UNFINISHED}
    foreign = strangers(target) if target.is_dir() else []
    if foreign and not force:
        raise FileExistsError(f"{target} holds something else, {foreign[0]}; choose another with --out")
    taken = {*names, *(str(parent) for name in names for parent in PurePosixPath(name).parents)}
    clash = [name for name in foreign if name in taken]
    if clash:
        raise FileExistsError(f"{target / clash[0]} is not of this program and would be replaced")
    (staging / MANIFEST).write_text(manifest(names), encoding="utf-8")
    staging.chmod(target.stat().st_mode & 0o7777 if target.is_dir() else 0o755)
    (staging / UNFINISHED).unlink()


def _swap(staging: Path, target: Path) -> None:
    """Put the new folder in the place of the old one, and remove that."""
    old = staging
    if not target.exists():
        staging.rename(target)
        return
    if not _exchange(staging, target):
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old-", dir=target.parent))
        target.rename(old)
        try:
            staging.rename(target)
        except OSError:
            old.rename(target)
            raise
    _remove_ours(old, target)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return whether the system knows how."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    here = -100  # AT_FDCWD
    if library.renameat2(here, os.fsencode(one), here, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _remove_ours(old: Path, new: Path) -> None:
    """Remove what we wrote into a folder; move the rest to the new one, or leave it where it is."""
    foreign = strangers(old)
    for name in foreign:
        place = new / name
        if not os.path.lexists(place) and not any(p.is_symlink() for p in place.parents if p != new):
            with suppress(OSError):
                place.parent.mkdir(parents=True, exist_ok=True)
                (old / name).rename(place)
    stuck = False
    own = ours(old)
    for name in sorted((own | parts(old, own)) - {MANIFEST}):
        if not _through_link(old, name) and (old / name).is_file():
            try:
                (old / name).unlink()
            except OSError:
                stuck = True  # the new folder stands all the same; the next start tries again
    for folder, _, _ in os.walk(old, topdown=False):
        if Path(folder) != old:
            with suppress(OSError):
                os.rmdir(folder)
    # last, for without it a later start would not know the folder as ours
    if stuck:
        return
    (old / MANIFEST).unlink(missing_ok=True)
    with suppress(OSError):
        old.rmdir()


def _through_link(folder: Path, name: str) -> bool:
    path = folder / name
    return path.is_symlink() or any(
        (folder / parent).is_symlink() for parent in PurePosixPath(name).parents if str(parent) != "."
    )


def _files(folder: Path, prefix: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name

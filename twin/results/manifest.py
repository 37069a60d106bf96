"""What of a folder of results is ours: the files that its manifest lists; no other is replaced or removed."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from twin.errors import InvalidInput
from twin.files import is_left, write_text
from twin.results.formats import read_object

MANIFEST = "manifest.json"
_BEFORE_MANIFESTS = frozenset(
    (
        *("run.json", "metrics.json", "scenario.yaml", "monthly.parquet", "report.html", "comparison.json"),
        *("checks.json", "junit.xml", "summary.md", "assets.csv", "headroom.csv", "contingencies.csv"),
        *("firm_load.csv", "violations.csv", "unserved.csv", "events.csv", "sites.csv", "developments.csv"),
        *("queue.csv", "crews.csv", "cashflow.csv", "futures.csv", "metrics.csv", "summary.csv"),
    )
)
"""What a folder without a manifest, which an earlier version wrote, may hold of ours."""
_FIGURES = ("png", "svg")


def refuse_foreign(folder: Path, mark: str) -> None:
    """Refuse a folder that we did not write, to go on in it or to replace it.

    Parameters
    ----------
    mark
        The file by which we know a folder of our own.

    Raises
    ------
    FileExistsError
        If it is a file, or holds something and not the mark.
    """
    if not os.path.lexists(folder) or (folder / mark).is_file():
        return
    if not folder.is_dir() or any(is_left(path.name) != mark for path in folder.iterdir()):
        raise FileExistsError(f"{folder} holds something else; choose another with --out")


def refuse_strangers(folder: Path, mark: str, force: bool = False) -> None:
    """Refuse a folder that is not ours, or that holds something else beside.

    Parameters
    ----------
    mark
        The file by which we know a folder of our own.
    force
        What is not ours may stay in it.

    Raises
    ------
    FileExistsError
        With one line.
    """
    if force or not folder.exists():
        return
    refuse_foreign(folder, mark)
    if found := strangers(folder):
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise FileExistsError(
            f"{folder} holds something else, {found[0]}{more}; choose another with --out, "
            "or keep it there with --force"
        )


def refuse_links(paths: Iterable[Path]) -> None:
    """Refuse links within a folder of ours, to write there.

    Raises
    ------
    FileExistsError
        With one line.
    """
    for path in paths:
        if path.is_symlink():
            raise FileExistsError(f"{path} is a link; what is behind it is not of this program")


def strangers(folder: Path) -> list[str]:
    """Return what a folder holds that is not ours, by path; a link never is, and none is followed."""
    return sorted(_strangers(folder, "", ours(folder)))


def ours(folder: Path) -> set[str]:
    """Return the files that we wrote into a folder, by path."""
    names = _listed(folder)
    if names is not None:
        return names | {MANIFEST}
    if not any((folder / mark).is_file() for mark in ("run.json", "comparison.json", "sweep.json")):
        return set()
    figures = folder / "figures"
    drawn = figures.iterdir() if figures.is_dir() and not figures.is_symlink() else ()
    return (
        set(_BEFORE_MANIFESTS) | {MANIFEST} | {f"figures/{p.name}" for p in drawn if p.suffix[1:] in _FIGURES}
    )


def claim(folder: Path, names: Iterable[str]) -> None:
    """List files that are about to be written into a folder of results.

    Raises
    ------
    FileExistsError
        If one of them stands there and is not ours.
    """
    wanted, standing = list(names), ours(folder)
    known = standing if (folder / MANIFEST).exists() else standing | _BEFORE_MANIFESTS
    for name in wanted:
        path = folder / name
        through = [folder / parent for parent in PurePosixPath(name).parents]
        linked = path.is_symlink() or any(own.is_symlink() for own in through if own != folder)
        if linked or (path.exists() and name not in known):
            raise FileExistsError(f"{path} is not of this program; it stays, and nothing is written there")
    if standing and not (set(wanted) <= standing and (folder / MANIFEST).exists()):
        kept = {name for name in standing if (folder / name).is_file()}
        write_text(folder / MANIFEST, manifest(kept | set(wanted)))


def _listed(folder: Path) -> set[str] | None:
    """Return what a manifest lists, None without one; a name that leads out of the folder is not ours."""
    file = folder / MANIFEST
    if file.is_symlink() or not file.is_file():
        return None
    try:
        content = read_object(file)
        names = set(map(str, content["files"]))
        if names != set(content["files"]):
            return None
    except (InvalidInput, KeyError, TypeError):
        return None
    return {name for name in names if not PurePosixPath(name).is_absolute() and ".." not in name.split("/")}


def manifest(names: Iterable[str]) -> str:
    """Return the text of a manifest that lists these files, and not itself."""
    return json.dumps({"files": sorted(set(names) - {MANIFEST})}, indent=2, ensure_ascii=False) + "\n"


def _strangers(folder: Path, prefix: str, known: set[str]) -> Iterator[str]:
    within = {name.split("/")[0] for name in known}
    for entry in os.scandir(folder):
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False) and entry.name in within:
            start = f"{entry.name}/"
            below = {own.removeprefix(start) for own in known if own.startswith(start)}
            # a run within a comparison lists itself what was added to it since
            yield from _strangers(Path(entry.path), f"{name}/", below | (_listed(Path(entry.path)) or set()))
        elif entry.is_symlink() or not _known(entry.name, known) or not entry.is_file():
            yield name


def _known(name: str, known: set[str]) -> bool:
    """Tell whether a file is ours, or what a killed program left of one of ours."""
    return name in known or is_left(name) in known


def parts(folder: Path, own: set[str]) -> set[str]:
    """Return what killed programs left of files of ours, by path."""
    places = {str(PurePosixPath(name).parent) for name in own}
    return {
        (PurePosixPath(place) / path.name).as_posix()
        for place in places
        if (folder / place).is_dir()
        for path in (folder / place).iterdir()
        if (PurePosixPath(place) / is_left(path.name)).as_posix() in own and is_left(path.name)
    }

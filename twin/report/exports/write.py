"""`twin export`: each file that is asked for, written whole, replacing only what was written so before."""

import csv
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from twin.cells import write_csv
from twin.errors import InvalidInput, Mistake
from twin.extras import MISSING
from twin.files import whole
from twin.report.exports import gis
from twin.report.exports.headroom import published
from twin.report.exports.places import Places
from twin.report.exports.workbook import CREATOR, workbook
from twin.report.folder import Folder, kind_of
from twin.results.folders import settled
from twin.results.manifest import MANIFEST, claim
from twin.scenario.coordinates import DEGREES
from twin.visible import short

Writer = Callable[[Folder, Path], list[str] | None]

_ENDINGS: dict[str, dict[str, Writer]] = {
    "--gis": {".gpkg": gis.geopackage, ".geojson": gis.geojson},
    "--xlsx": {".xlsx": workbook},
    "--headroom": {".csv": lambda folder, path: _headroom(folder, path)},
}


def export(results: Path, files: dict[str, Path], force: bool = False) -> list[str]:
    """Write what a saved run gives to other programs: every file, or none if one cannot be written.

    Parameters
    ----------
    files
        By option: ``--gis``, ``--xlsx``, ``--headroom``.
    force
        Replace a file that another program wrote.

    Returns
    -------
    list
        What has no place on a map, a line for each network; that recordings have no sheet.

    Raises
    ------
    InvalidInput
        If there is no run, nothing is asked for, or a name does not end as its kind does.
    FileExistsError
        If a file is not of this program.
    """
    mistakes = [
        Mistake(f"{option} {path}", 0, "ends otherwise", " or ".join(_ENDINGS[option]))
        for option, path in files.items()
        if path.suffix.lower() not in _ENDINGS[option]
    ]
    if not files:
        mistakes.append(Mistake("twin export", 0, "writes nothing", f"one of {', '.join(_ENDINGS)}"))
    found = settled(results)
    if kind_of(found) != "run":
        mistakes.append(Mistake(str(results), 0, "no run here", "a folder that twin run wrote"))
    if mistakes:
        raise InvalidInput(mistakes)
    for path in files.values():
        _refuse_others(path, force)
    folder, said = Folder(found), dict[str, None]()
    with ExitStack() as together:
        for option, path in files.items():
            if (path.parent / MANIFEST).is_file():
                claim(path.parent, [path.name])
            beside = together.enter_context(whole(path))
            try:
                said |= dict.fromkeys(_written(_ENDINGS[option][path.suffix.lower()], folder, beside))
            except InvalidInput as error:
                mistakes += [_of_option(mistake, option) for mistake in error.mistakes]
        if mistakes:
            raise InvalidInput(mistakes)
    return list(said)


def _of_option(mistake: Mistake, option: str) -> Mistake:
    """Return a mistake; of a package that is not installed, with the option that needs it."""
    if mistake.problem != MISSING:
        return mistake
    return Mistake(option, 0, f"needs {mistake.file}, which {MISSING}", mistake.remedy)


def _written(writer: Writer, folder: Folder, path: Path) -> list[str]:
    """Write a file; whatever damaged results make of a writer is one line."""
    try:
        return writer(folder, path) or []
    except (InvalidInput, OSError):
        raise
    except Exception as error:
        why = short(f"{type(error).__name__}: {error}", 200)
        raise InvalidInput(
            [Mistake(str(folder.path), 0, f"cannot be exported: {why}", "run it again")]
        ) from error


def _headroom(folder: Folder, path: Path) -> list[str]:
    places = Places(folder, DEGREES)
    columns, rows = published(folder, places)
    write_csv(path, list(columns), ({k: "" if v is None else v for k, v in row.items()} for row in rows))
    return places.missing


def _refuse_others(path: Path, force: bool) -> None:
    """Refuse a file that this command did not write."""
    if path.is_file() and not path.is_symlink() and not force and not _ours(path):
        raise FileExistsError(
            f"{path} is not of twin export; choose another name, or replace it with --force"
        )


def _ours(path: Path) -> bool:
    """Tell whether a file says of itself that this command wrote it."""
    with suppress(OSError, ValueError, sqlite3.Error, zipfile.BadZipFile, KeyError, csv.Error):
        match path.suffix.lower():
            case ".gpkg":
                with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as content:
                    sql = "SELECT count(*) FROM gpkg_contents WHERE description IS NOT ?"
                    return bool(content.execute(sql, (gis.MARK,)).fetchone() == (0,))
            case ".xlsx":
                with zipfile.ZipFile(path) as book, book.open("docProps/core.xml") as about:
                    return f">{CREATOR}<".encode() in about.read(10_000)
            case _:
                with path.open(encoding="utf-8") as file:
                    first = file.readline(10_000)
                return gis.MARK in first or first.startswith("substation_name,network,substation_type,")
    return False

"""Files of results that a served page offers: workbook, map, and PDF; made when they are asked for."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from twin.report import PAGE, as_html
from twin.report.exports.gis import geopackage
from twin.report.exports.workbook import workbook
from twin.report.folder import Folder, kind_of
from twin.report.paper import FILES as PRINTED
from twin.report.paper import browser, print_page
from twin.scratch import scratch

_WORKBOOK, _MAP = "tables.xlsx", "map.gpkg"
KINDS = {
    _WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    _MAP: "application/geopackage+sqlite3",
    **dict.fromkeys(PRINTED, "application/pdf"),
}
"""By name of a file, what browsers call its kind."""


def makeable(kind: str) -> list[str]:
    """Return the names of files that can be made on this machine of a kind of results: ``run`` or another."""
    there = {
        _WORKBOOK: kind == "run" and find_spec("openpyxl") is not None,
        _MAP: kind == "run" and find_spec("geopandas") is not None,
        **dict.fromkeys(PRINTED, browser() is not None),
    }
    return [name for name, own in there.items() if own]


def offering(folder: Path) -> str:
    """Return the page of results as a server shows it: it says which files may be asked for.

    Raises
    ------
    InvalidInput
        If the results cannot be shown.
    """
    names = " ".join(makeable(kind_of(folder)))
    return as_html(folder).replace("<html ", f'<html data-files="{names}" ', 1)


def made(folder: Path, name: str) -> bytes:
    """Return a file made of results.

    Raises
    ------
    InvalidInput
        If it cannot be made.
    """
    place = scratch("files")
    try:
        target = place / name
        if name in PRINTED:
            (place / PAGE).write_text(as_html(folder), encoding="utf-8")
            print_page(place / PAGE, name, target)
        else:
            (workbook if name == _WORKBOOK else geopackage)(Folder(folder), target)
        return target.read_bytes()
    finally:
        shutil.rmtree(place, ignore_errors=True)

"""Workbooks that come from a stranger: bombs, entities, links and lies are one line each."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.security.conftest import Told

Parts = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
ENTITY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def parts() -> Parts:
    """Return the parts of a good workbook of sites."""
    book, raw = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "sites"
    for row in (["id", "kind", "name", "build_months", "stage"], ["S1", "substation", "North", 6, "1"]):
        book.active.append(row)
    book.save(raw)
    with zipfile.ZipFile(raw) as archive:
        own = {name: archive.read(name) for name in archive.namelist()}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    listed = f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>'.encode()
    own["[Content_Types].xml"] = own["[Content_Types].xml"].replace(b"</Types>", listed)
    own[STRINGS] = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"></sst>'
    return own


def written(path: Path, own: Parts) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in own.items():
            archive.writestr(name, content)


def in_rows(rows: bytes) -> Callable[[Parts], Parts]:
    """Return what puts rows at the end of the sheet."""
    return lambda own: own | {SHEET: own[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")}


def before_all(text: bytes, part: str = SHEET) -> Callable[[Parts], Parts]:
    return lambda own: own | {part: text + own[part]}


HOSTILE: dict[str, tuple[Callable[[Parts], Parts], str]] = {
    "a gigabyte of spaces": (
        lambda own: own | {"xl/media/x.xml": b" " * (257 << 20)},
        "larger than 256 MiB when it is unpacked",
    ),
    "ten thousand parts": (
        lambda own: own | {f"xl/x{i}.xml": b"" for i in range(10_000)},
        "more than 1,000 parts",
    ),
    "an entity of the system": (before_all(ENTITY), "has declarations, entities or comments"),
    "an entity in the texts": (before_all(ENTITY, STRINGS), "has declarations, entities or comments"),
    "an entity in UTF-16": (
        lambda own: own | {SHEET: ENTITY.decode().encode("utf-16")},
        "is not UTF-8",
    ),
    "an entity in an encoding that hides it": (
        lambda own: own | {SHEET: b'<?xml version="1.0" encoding="UTF-7"?>' + own[SHEET]},
        "is not UTF-8",
    ),
    "a row of a million cells": (
        in_rows(b"<row>" + b"<c/>" * 1_000_000 + b"</row>"),
        "has a row of more than",
    ),
    "a row of rows": (in_rows(b"<row>" + b"<c><row/></c>" * 300_000 + b"</row>"), "is no list of rows"),
    "rows in comments": (
        in_rows(b"<row>" + b"<c/><!--</row>-->" * 9 + b"</row>"),
        "has declarations, entities",
    ),
    "a text of a million pieces": (
        lambda own: (
            own | {STRINGS: own[STRINGS].replace(b"</sst>", b"<si>" + b"<r/>" * 10**6 + b"</si></sst>")}
        ),
        "has a row of more than",
    ),
    "styles without end": (
        lambda own: (
            own | {"xl/styles.xml": own["xl/styles.xml"].replace(b"<fonts", b"<x/>" * 10**6 + b"<fonts")}
        ),
        "has more than 200,000 tags",
    ),
    "rows beyond any sheet": (
        in_rows(b'<row r="2000000000"><c><v>1</v></c></row>'),
        "larger than a sheet can be",
    ),
    "cells in the last column, row after row": (
        in_rows(b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (i, i) for i in range(3, 3000))),
        "larger than a sheet can be",
    ),
    "a value in the last column": (
        in_rows(b'<row r="3"><c r="XFD3"><v>1</v></c></row>'),
        "more than 1,000 cells in a row",
    ),
    "a cell in a column that no sheet has": (
        in_rows(b'<row r="3"><c r="ZZZZZ3"><v>1</v></c></row>'),
        "is no workbook",
    ),
    "a number of ten thousand digits": (
        in_rows(b'<row r="3"><c r="A3"><v>' + b"9" * 10_000 + b"</v></c></row>"),
        "is no workbook",
    ),
    "a text that is not there": (
        in_rows(b'<row r="3"><c r="A3" t="s"><v>99</v></c></row>'),
        "is no workbook",
    ),
    "a long text": (
        in_rows(b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"x" * 200_000 + b"</t></is></c></row>"),
        "a cell of more than 100,000 characters",
    ),
    "tags without end": (in_rows(b"<row>" * 3), "is no list of rows"),
    "a link to another workbook": (
        lambda own: own | {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"},
        "has links to other workbooks",
    ),
    "macros": (lambda own: own | {"xl/vbaProject.bin": b""}, "has macros"),
    "no content": (lambda _: {}, "is no workbook that can be read"),
    "no sheets": (
        lambda own: {name: part for name, part in own.items() if name != SHEET},
        "has 0 sheets that may be sites",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_workbook_is_one_line(what: str, town: Path, told: Told) -> None:
    change, said = HOSTILE[what]
    written(town / "sites.xlsx", change(parts()))
    (line,) = told()
    assert line.startswith("sites.xlsx: ")
    assert said in line


@pytest.mark.parametrize("file", ["sites.xlsx", "tables.xlsx"])
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is no workbook that can be read"),
        (b"id,kind\n", "is no workbook that can be read"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
            "is locked by a password, or a workbook of an older kind",
        ),
    ],
)
def test_what_is_no_workbook_is_one_line(file: str, raw: bytes, said: str, town: Path, told: Told) -> None:
    (town / file).write_bytes(raw)
    (line,) = told()
    assert line.startswith(f"{file}: {said}")


def test_a_workbook_outside_the_folder_is_not_read(town: Path, tmp_path: Path, told: Told) -> None:
    written(tmp_path / "other.xlsx", parts())
    (town / "sites.xlsx").symlink_to(tmp_path / "other.xlsx")
    assert told() == [
        "sites.xlsx: lies outside the scenario's folder: it is a link (a file in it, or --allow-folder DIR)"
    ]


def test_an_archive_that_says_less_than_it_holds_is_refused(town: Path, told: Told) -> None:
    """The sizes of an archive are what it says; what is unpacked never is more."""
    written(town / "sites.xlsx", parts() | {SHEET: parts()[SHEET] + b" " * 100_000})
    raw = (town / "sites.xlsx").read_bytes()
    real = len(parts()[SHEET]) + 100_000
    assert raw.count(real.to_bytes(4, "little")) == 2
    (town / "sites.xlsx").write_bytes(raw.replace(real.to_bytes(4, "little"), (10).to_bytes(4, "little")))
    (line,) = told()
    assert line.startswith("sites.xlsx: is no workbook that can be read")


def test_parts_that_nobody_reads_are_not_unpacked(town: Path) -> None:
    from twin import load_scenario

    written(
        town / "sites.xlsx",
        parts() | {"xl/media/picture.xml": b"<!DOCTYPE a>", "customXml/item1.xml": b"<!--"},
    )
    assert set(load_scenario(town, ["stages.1=2026-05-04"]).sites) == {"S1"}

"""Grids of other programs that come from a stranger: data, bounded, and nothing in them is called."""

import io
import json
import sqlite3
import struct
import time
import warnings
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandapower as pp
import pandapower.networks as pn
import pytest
from scipy.io import savemat

from tests.security.conftest import peak_mb
from tests.utilities.power.cgmes_example import HEAD, cgmes, pack
from tests.utilities.power.test_convert import CASE9, UCTE
from twin.bounds import MOST_BYTES
from twin.errors import InvalidInput
from twin.utilities.power.convert import convert

_MOST_S, _MOST_MB = 40.0, 900.0


def told(path: Path, folder: Path) -> list[str]:
    """Convert a file that is to be refused; return why, found in time and little memory."""
    began, held = time.process_time(), peak_mb()
    with pytest.raises(InvalidInput) as caught:
        convert(path, folder / "power.json")
    assert time.process_time() - began < _MOST_S
    assert peak_mb() - held < _MOST_MB
    assert not (folder / "power.json").exists()
    return [str(mistake) for mistake in caught.value.mistakes]


def call(place: Path) -> str:
    """Return a cell that pandapower's reader would call."""
    return json.dumps({"_module": "os", "_class": "system", "_object": f"touch {place}"})


@pytest.fixture
def workbook(tmp_path: Path) -> Any:
    net = pn.create_cigre_network_mv()
    pp.control.ConstControl(net, "load", "p_mw", 0)
    pp.to_excel(net, str(tmp_path / "grid.xlsx"))
    return openpyxl.load_workbook(tmp_path / "grid.xlsx")


@pytest.mark.parametrize("where", ["controller", "name", "geo", "parameters"])
def test_a_cell_of_excel_runs_no_command(where: str, workbook: Any, tmp_path: Path) -> None:
    place = tmp_path / "ran"
    sheet = workbook[{"controller": "controller", "parameters": "parameters"}.get(where, "bus")]
    head = [cell.value for cell in sheet[1]]
    column = {"controller": "object", "name": "name", "geo": "geo", "parameters": "name"}[where]
    value = json.dumps(call(place)) if where == "geo" else call(place)
    sheet.cell(2, head.index(column) + 1, value)
    workbook.save(tmp_path / "grid.xlsx")
    assert (
        "names os.system, which is no part of a network: not opened"
        in told(tmp_path / "grid.xlsx", tmp_path)[0]
    )
    assert not place.exists()


def test_a_cell_of_sqlite_runs_no_command(tmp_path: Path) -> None:
    place, path = tmp_path / "ran", tmp_path / "grid.sqlite"
    net = pn.create_cigre_network_mv()
    pp.to_sqlite(net, str(path))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE bus SET name = ? WHERE rowid = 1", (call(place),))
    connection.close()
    assert "names os.system" in told(path, tmp_path)[0]
    assert not place.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW load AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT x FROM n",
        "CREATE TABLE load (a INTEGER, b AS (zeroblob(1000000000)))",
        "CREATE TABLE load (a INTEGER, b GENERATED ALWAYS AS/**/(zeroblob(1000000000)) VIRTUAL)",
        "CREATE VIRTUAL TABLE load USING fts5(a)",
        "CREATE TRIGGER t AFTER INSERT ON bus BEGIN DELETE FROM bus; END",
    ],
)
def test_what_computes_in_sqlite_is_not_asked(statement: str, tmp_path: Path) -> None:
    path = tmp_path / "grid.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE bus ("index" INTEGER, name TEXT)')
        connection.execute(statement)
    connection.close()
    assert "computes: not opened" in told(path, tmp_path)[0]


def test_a_sqlite_file_that_is_none_or_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "grid.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    assert "SQLite cannot read this" in told(path, tmp_path)[0]
    path.write_bytes(b"a letter")
    assert "no SQLite file" in told(path, tmp_path)[0]


def test_a_sheet_of_a_million_rows_far_apart_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "bus"
    book.active.cell(1, 1, "x")
    book.active.cell(1_048_576, 16_384, 1)
    book.save(tmp_path / "grid.xlsx")
    lines = told(tmp_path / "grid.xlsx", tmp_path)
    assert any(word in lines[0] for word in ("cells", "columns"))


BOMB = """<!DOCTYPE rdf [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
OUTSIDE = """<!DOCTYPE rdf [<!ENTITY secret SYSTEM "file:///etc/passwd">]>"""


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE], ids=["entities", "external entity"])
@pytest.mark.parametrize("kind", ["zip", "xlsx"])
def test_xml_that_declares_entities_is_not_opened(declared: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"grid.{kind}"
    files = {name: text.replace("?>\n", f"?>\n{declared}\n", 1) for name, text in cgmes().items()}
    pack(files if kind == "zip" else {"xl/workbook.xml": files["a_EQ.xml"]}, path)
    problem = "declares a document type or entities" if kind == "zip" else "declarations, entities"
    assert problem in told(path, tmp_path)[0]


def test_another_encoding_hides_no_entities(tmp_path: Path) -> None:
    text = (HEAD.replace("UTF-8", "UTF-16") + "</rdf:RDF>").replace("?>\n", f"?>\n{OUTSIDE}\n", 1)
    with zipfile.ZipFile(tmp_path / "grid.zip", "w") as archive:
        archive.writestr("a_EQ.xml", text.encode("utf-16"))
    assert "is not UTF-8" in told(tmp_path / "grid.zip", tmp_path)[0]
    with zipfile.ZipFile(tmp_path / "grid.zip", "w") as archive:
        archive.writestr("a_EQ.xml", text.encode("utf-16-le"))
    assert "a_EQ.xml" in told(tmp_path / "grid.zip", tmp_path)[0]


@pytest.mark.parametrize("kind", ["zip", "xlsx"])
def test_an_archive_that_unpacks_to_gigabytes_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"grid.{kind}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.xml", b"\n" * MOST_BYTES)
    assert ("unpacks to more than" if kind == "zip" else "when it is unpacked") in told(path, tmp_path)[0]
    raw = bytearray(path.read_bytes())
    # what the archive says of its sizes is made up
    at = 0
    while (at := raw.find(b"PK\1\2", at + 1)) >= 0:
        raw[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(raw)
    told(path, tmp_path)


def test_members_lead_to_no_other_folder(tmp_path: Path) -> None:
    files = {f"../../{name}": text for name, text in cgmes().items()}
    convert(pack(files, tmp_path / "grid.zip"), tmp_path / "power.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grid.zip", "power.json"]
    assert not list(tmp_path.parent.glob("a_*.xml"))


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no archive", b"\0" * 1000])
@pytest.mark.parametrize("kind", ["zip", "xlsx", "sqlite", "mat", "m", "uct"])
def test_what_is_no_such_file_is_told(content: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / f"grid.{kind}").write_bytes(content)
    assert all(line.startswith(f"grid.{kind}") for line in told(tmp_path / f"grid.{kind}", tmp_path))


def test_a_mat_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    packer = zlib.compressobj(9)
    for _ in range(9):
        packed.write(packer.compress(bytes(MOST_BYTES // 8)))
    packed.write(packer.flush())
    raw = packed.getvalue()
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    (tmp_path / "case.mat").write_bytes(head + struct.pack("<II", 15, len(raw)) + raw)
    assert "unpacks to more than" in told(tmp_path / "case.mat", tmp_path)[0]


def test_a_case_of_endless_brackets_is_refused_in_time(tmp_path: Path) -> None:
    for text in ("mpc.bus = [" * 100_000, "mpc.bus = [" + "1 " * 3_000_000 + "];", "'" * 1_000_000):
        (tmp_path / "case.m").write_text(text)
        assert told(tmp_path / "case.m", tmp_path)


def tiny(kind: str, folder: Path) -> Path:
    """Write a grid of two buses as a file of some kind."""
    path = folder / f"grid.{kind}"
    net = pp.create_empty_network()
    buses = [pp.create_bus(net, 20.0, name=name) for name in "AB"]
    pp.create_ext_grid(net, buses[0])
    pp.create_line(net, *buses, 1.0, "NAYY 4x50 SE")
    pp.create_load(net, buses[1], 0.1)
    if kind == "xlsx":
        pp.to_excel(net, str(path))
    elif kind == "sqlite":
        pp.to_sqlite(net, str(path))
    elif kind == "zip":
        pack(cgmes(), path)
    elif kind == "mat":
        zeros = {"bus": np.ones((1, 13)), "gen": np.ones((1, 10)), "branch": np.ones((0, 11))}
        savemat(path, {"mpc": {"baseMVA": 100.0, **zeros}}, do_compression=True)
    else:
        path.write_text(CASE9 if kind == "m" else UCTE)
    return path


@pytest.mark.parametrize("kind", ["xlsx", "sqlite", "zip", "mat", "m", "uct"])
def test_damage_anywhere_is_told_and_never_an_internal_error(kind: str, tmp_path: Path) -> None:
    path, random = tiny(kind, tmp_path), np.random.default_rng(11)
    whole = path.read_bytes()
    for turn in range(24):
        raw = bytearray(whole)
        for place in random.integers(0, len(raw), 1 + turn % 4 * 4):
            raw[place] = int(random.integers(0, 256))
        path.write_bytes(bytes(raw[: len(raw) if turn % 3 else int(random.integers(0, len(raw)))]))
        with suppress(InvalidInput), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            convert(path, tmp_path / "power.json")

"""Tables and networks that come from a stranger: what is no file, too large or not text is one line."""

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.security.conftest import Told
from twin import bounds, load_scenario, text
from twin.checks.prepare import prepare
from twin.errors import InvalidInput
from twin.scenario.geography import locate
from twin.scenario.tables import read_csv
from twin.text import parse_json, read_bytes

Make = Callable[[Path], object]


def a_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def a_hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


SPECIAL: dict[str, tuple[Make, str]] = {
    "a pipe, which would wait for ever": (os.mkfifo, "is a pipe, not a file"),
    "a folder": (os.mkdir, "is a folder, not a file"),
    "a socket": (a_socket, "is a socket, not a file"),
    "a device without end": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
    "a device that waits": (lambda path: path.symlink_to("/dev/tty"), "is a device, not a file"),
    "the memory of the machine": (lambda path: path.symlink_to("/proc/self/mem"), "is a file of the system"),
    "the environment": (lambda path: path.symlink_to("/proc/self/environ"), "is a file of the system"),
    "a file of the kernel": (lambda path: path.symlink_to("/sys/kernel/uevent_seqnum"), "is a file of the"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "cannot be read: Too many levels"),
    "a link to nothing": (lambda path: path.symlink_to("nothing"), "cannot be read: No such file"),
    "a terabyte of nothing": (a_hole, "is larger than 64 MiB"),
}


@pytest.mark.parametrize("what", SPECIAL)
def test_what_is_no_plain_file_is_never_read(what: str, tmp_path: Path) -> None:
    """Its kind is looked at before it is opened, and again on what was opened, which never waits."""
    make, said = SPECIAL[what]
    make(tmp_path / "sites.csv")
    with pytest.raises(InvalidInput, match=rf"^sites\.csv: {said}"):
        read_bytes(tmp_path / "sites.csv")


@pytest.mark.parametrize("what", ["a pipe, which would wait for ever", "a folder", "a link to nothing"])
@pytest.mark.parametrize("name", ["sites.csv", "outages.csv"])
def test_a_table_that_is_no_file_is_told_and_not_left_out(
    what: str, name: str, town: Path, told: Told
) -> None:
    make, said = SPECIAL[what]
    (town / name).unlink(missing_ok=True)
    make(town / name)
    assert any(line.startswith(f"{name}: {said}") for line in told())


@pytest.mark.parametrize("name", ["power.json", "water.inp"])
def test_a_network_that_is_a_pipe_is_no_file(name: str, town: Path, told: Told) -> None:
    (town / name).unlink()
    os.mkfifo(town / name)
    assert told()[0].endswith(f"no file {name}")


def test_a_file_that_grows_while_it_is_read_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    monkeypatch.setattr(text, "_no_file", lambda about, most: None)
    with pytest.raises(InvalidInput, match="larger than"):
        read_bytes(tmp_path / "a", 10)


TABLES = {
    "a cell without end": ("a,b\n1," + "x" * 200_000 + "\n", "t.csv:2: not CSV: a cell of more than 100,000"),
    "a cell in a quote that never ends": ('a,b\n1,"' + "x\n" * 100_000, "t.csv:2: not CSV: "),
    "a cell of many lines": ('a,b\n1,"' + "x\n" * 60_000 + '"\n', "t.csv:2: not CSV: a cell of more than"),
    "columns without end": ("," * 100_000 + "\n", "t.csv:1: more than 1,000 cells in a row"),
    "a row without end": ("a,b\n1,2\n" + "," * 100_000, "t.csv:3: more than 1,000 cells in a row"),
    "a NUL": ("a,b\n1,\0\n", "t.csv:2: holds a NUL byte"),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_of_a_stranger_is_one_line(what: str, tmp_path: Path) -> None:
    """Cells are counted and measured row by row, while they are read."""
    content, said = TABLES[what]
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    mistakes: list[Any] = []
    read_csv(tmp_path / "t.csv", mistakes)
    (mistake,) = mistakes
    assert str(mistake).startswith(said)


def test_rows_without_end_are_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.scenario.tables.MOST_CELLS", 1_000)
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 1_000, encoding="utf-8")
    mistakes: list[Any] = []
    read_csv(tmp_path / "t.csv", mistakes)
    assert [str(mistake) for mistake in mistakes] == ["t.csv:501: more than 1,000 cells"]


JSON = {
    "lists in lists": ("[" * 100_000, "a.json: not JSON: nested too deep"),
    "mappings in mappings": ('{"a":' * 100_000, "a.json: not JSON: nested too deep"),
    "more lists than any grid has": (
        "[" + "[]," * 2_000_001,
        "a.json: more than 2,000,000 lists and mappings",
    ),
    "an integer of 10,000 digits": (
        '{"a":\n' + "9" * 10_000 + "}",
        "a.json:2: not JSON: a number of thousands",
    ),
    "something else": ("<html>", "a.json:1: not JSON: Expecting value"),
}


@pytest.mark.parametrize("what", JSON)
def test_json_of_a_stranger_is_one_line(what: str) -> None:
    """Lists are counted before anything is built; depth and digits end the reader in order."""
    content, said = JSON[what]
    with pytest.raises(InvalidInput) as caught:
        parse_json(content, "a.json", "pandapower.to_json")
    (mistake,) = caught.value.mistakes
    assert str(mistake).startswith(said)


def change_grid(town: Path, table: str, column: str, value: Any) -> None:
    """Write a value into the first row of a table of the town's grid."""
    content = json.loads((town / "power.json").read_text())
    frame = json.loads(content["_object"][table]["_object"])
    frame["data"][0][frame["columns"].index(column)] = value
    content["_object"][table]["_object"] = json.dumps(frame)
    (town / "power.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    "number", [10**400, -(10**400), float("nan"), float("inf")], ids=lambda number: str(number)[:9]
)
def test_numbers_beyond_all_bounds_are_named(number: float, town: Path) -> None:
    """An integer that no float holds is no number; what is not finite has its element named."""
    change_grid(town, "load", "p_mw", number)
    with pytest.raises(InvalidInput, match=r"power\.json: .*(p_mw|Value is too)"):
        prepare(load_scenario(town))


def test_a_name_that_is_half_of_a_surrogate_pair_is_refused(town: Path, told: Told) -> None:
    """No table could hold it: the finished run would be lost."""
    change_grid(town, "bus", "name", "x\ud800")
    assert r"x\ud800 is no text" in told()[0]


@pytest.mark.parametrize(
    "geo", ["[" * 100_000, '{"coordinates": [1' + "0" * 400 + ", 1]}", '{"coordinates": {}}']
)
def test_a_place_that_is_none_costs_the_map_and_not_the_run(geo: str, town: Path) -> None:
    change_grid(town, "bus", "geo", geo)
    assert locate(load_scenario(town))


def test_a_line_of_an_inp_without_end_is_one_line(town: Path, told: Told) -> None:
    """Only what EPANET reads of a line is taken apart."""
    own = (town / "water.inp").read_text()
    (town / "water.inp").write_text("[PIPES]\n" + "x " * 5_000_000 + "\n" + own)
    assert any("longer than 1024 bytes" in line for line in told())


def test_an_inp_of_lines_without_end_is_one_line(town: Path, told: Told) -> None:
    (town / "water.inp").write_bytes(b"\n" * (bounds.MOST_INP_LINES + 1))
    assert told() == ["water.inp: more than 2,000,000 lines"]


def test_many_wrong_names_are_told_without_a_search_for_each(town: Path, told: Told) -> None:
    """A near name is looked for only while mistakes are few: it cost hours where all names are wrong."""
    rows = "".join(f"water/WRONG-{n:05d},{n % 7},9\n" for n in range(20_000))
    (town / "limits.csv").write_text(f"asset,quantity,upper\n{rows}", encoding="utf-8")
    assert len(told()) == 20_000


def test_the_bounds_are_those_of_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "trust.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (.+?) \| ([\d,]+(?: [MG]iB)?)", page, re.MULTILINE))
    assert table == {
        "a table or a network's file": f"{bounds.MOST_BYTES // 1024**2} MiB",
        "a YAML file": f"{bounds.MOST_YAML_BYTES // 1024**2} MiB",
        "values of a YAML file, aliases written out": f"{bounds.MOST_YAML_VALUES:,}",
        "levels of a YAML file": f"{bounds.MOST_YAML_DEPTH:,}",
        "digits of a number in YAML": f"{bounds.MOST_DIGITS:,}",
        "characters of a cell, or of a text in YAML": f"{bounds.MOST_CHARACTERS:,}",
        "characters of a key in YAML": f"{bounds.MOST_NAME:,}",
        "columns of a table": f"{bounds.MOST_COLUMNS:,}",
        "cells of a table": f"{bounds.MOST_CELLS:,}",
        "a workbook, unpacked": f"{bounds.MOST_XLSX_BYTES // 1024**2} MiB",
        "parts of a workbook": f"{bounds.MOST_XLSX_PARTS:,}",
        "tags of one row of a sheet, or of one text": f"{bounds.MOST_XLSX_TAGS:,}",
        "a file of time series": f"{bounds.MOST_SERIES_BYTES // 1024**3} GiB",
        "members of an archive; what they unpack to: 256 MiB": f"{bounds.MOST_ARCHIVE_MEMBERS:,}",
        "a MATLAB file, unpacked": f"{bounds.MOST_BYTES // 1024**2} MiB",
        "lines of an INP file": f"{bounds.MOST_INP_LINES:,}",
        "lists and mappings of a JSON file": f"{bounds.MOST_JSON_PARTS:,}",
        "a table of results": f"{bounds.MOST_RESULT_BYTES // 1024**3} GiB",
        "a table of results in Parquet, unpacked": f"{bounds.MOST_UNPACKED_BYTES // 1024**3} GiB",
        "values of a run's resolved scenario, aliases written out": f"{bounds.MOST_RESULT_VALUES:,}",
        "lines of mistakes that are printed": "1,000",
    }

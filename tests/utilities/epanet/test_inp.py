"""INP files as EPANET 2.3 reads them: the engine's IDs, and one line for what it refuses or loses."""

from collections.abc import Callable
from pathlib import Path

import pytest
from epanet import toolkit as en
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InvalidInput
from twin.utilities.epanet.inp import read_rows, split_words
from twin.utilities.epanet.names import read_names
from twin.utilities.epanet.project import Project

BASE = """[TITLE]
two pipes
[JUNCTIONS]
J1 0 0
J2 0 36
[RESERVOIRS]
R 10
[PIPES]
P1 R J1 100 400 130 0 Open
P2 J1 J2 100 400 130 0 Open
[OPTIONS]
Units CMH
[END]
"""


def names(folder: Path, text: str) -> set[str]:
    (folder / "w.inp").write_bytes(text.encode())
    return read_names(folder / "w.inp", "w").all


def refusals(folder: Path, text: str | bytes) -> list[str]:
    (folder / "w.inp").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidInput) as caught:
        read_names(folder / "w.inp", "w")
    return [str(mistake) for mistake in caught.value.mistakes]


def engine_names(folder: Path, text: str) -> set[str]:
    path = folder / "w.inp"
    path.write_bytes(text.encode())
    handle = en.createproject()
    try:
        en.open(handle, str(path), str(folder / "w.rpt"), str(folder / "w.out"))
        nodes, links = (en.getcount(handle, kind) for kind in (en.NODECOUNT, en.LINKCOUNT))
        found = {en.getnodeid(handle, i + 1) for i in range(nodes)}
        return {f"w/{name}" for name in found | {en.getlinkid(handle, i + 1) for i in range(links)}}
    finally:
        en.deleteproject(handle)


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        BASE.replace("\n", "\r\n"),
        BASE.replace("J1 0 0", "J1\t0\t0 ; a \"comment\""),
        BASE.replace("J2", '"J 2"'),
        BASE.replace("J2 0 36", '"J2"0 36'),
        BASE.replace("J2", 'J"2'),
        BASE.replace("J2", "J" * 31),
        BASE.replace("J2", "Ж" * 15),
        BASE.replace("[JUNCTIONS]", "[junctions]").replace("[PIPES]", "  [Pipes] ; here"),
        BASE + "[JUNCTIONS]\nJ9 0 0\n",
        BASE.replace("[END]", "[end]") + "[JUNCTIONS]\nJ9 0 0\n",
        BASE.replace("J2 0 36", ";J3 0 0\n   \nJ2 0 36"),
        BASE.replace("P2", "J2", 1),
        BASE.replace("two pipes", "x" * 3000),
        "J7 0 0\n" + BASE,
        BASE.replace("J1 0 0", "J1 0 0" + " " * 2000),
        BASE.replace("J1 0 0", "J1 0 0\0\0"),
        BASE + "\0" * 3000,
        BASE.replace("[OPTIONS]", "[JUNCTIONS]\nJ3 1 2\n[PIPES]\nP3 J2 J3 1 100 100\n[OPTIONS]"),
        BASE.replace("[END]", "[TANKS]\nT 0 1 0 2 5 0\n[END]"),
    ],
)  # fmt: skip
def test_ids_are_those_of_the_engine(tmp_path: Path, text: str) -> None:
    assert names(tmp_path, text) == engine_names(tmp_path, text)


@pytest.mark.parametrize("quoted", [str.split, lambda text: [f"{word} x" for word in text.split()]])
def test_quoted_words_are_read_as_they_stand_whatever_the_lines_before(
    tmp_path: Path, quoted: Callable[[str], list[str]]
) -> None:
    """EPANET itself takes letters of longer lines before for words of a line with several quoted ones."""
    text = "\n".join(_quoted(line, quoted) for line in BASE.split("\n"))
    path, folder = tmp_path / "w.inp", tmp_path / "engine"
    path.write_text(text, encoding="utf-8")
    folder.mkdir()
    project = Project(path, folder, None)
    nodes = {en.getnodeid(project.handle, i + 1) for i in range(project.node_count)}
    links = {en.getlinkid(project.handle, i + 1) for i in range(project.link_count)}
    assert {f"w/{name}" for name in nodes | links} == names(tmp_path, text)
    assert project.base_demands(2) == [36.0]


def _quoted(line: str, quoted: Callable[[str], list[str]]) -> str:
    """Return a line with its IDs in quotes."""
    words = line.split()
    if not words or words[0] not in ("J1", "J2", "R", "P1", "P2"):
        return line
    ids = 3 if words[0].startswith("P") else 1
    return " ".join([*(f'"{word}"' for word in quoted(" ".join(words[:ids]))), *words[ids:]])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("J2", "J" * 32, "w.inp:5: JJJ"),
        ("J2", "Ж" * 16, "w.inp:5: ЖЖЖ"),
        ("J2 0 36", "J2 0 36\nJ2 1 2", "w.inp:6: J2 again (once; first in line 5)"),
        ("R 10", "R 10\nJ1 10", "w.inp:8: J1 again (once; first in line 4)"),
        ("P2 J1", "P1 J1", "w.inp:10: P1 again (once; first in line 9)"),
        ("J2 0 36", "J2 0 36\nJ9 0 0", "w.inp:6: J9 is connected to nothing"),
        ("P2 J1 J2", "P2 J1 J3", "w.inp:10: P2: no node J3"),
        ("P2 J1 J2", "P2 J2 J2", "w.inp:10: P2 joins J2 to itself"),
        ("P2 J1 J2 100 400 130 0 Open", "P2 J1", "w.inp:10: P2 lacks words"),
        ("[OPTIONS]", "[VALVES]\nV J1 J2 100\n[OPTIONS]", "w.inp:12: V lacks words"),
        ("[PIPES]", "[PIPE]", "w.inp:8: EPANET knows no section [PIPE] (did you mean [PIPES]?)"),
        ("J1 0 0", '"J1 0 0', "w.inp:4: a quote that is not closed"),
        ("Units CMH", 'Units "', "w.inp:12: a quote that is not closed"),
        ("two pipes", "[draft", "w.inp:2: EPANET knows no section [draft"),
        ("J1 0 0", "J1 0 0 ;" + "x" * 1020, "w.inp:4: longer than 1024 bytes"),
        ("J1 0 0", "J1 0 0\0 more", "w.inp:4: holds a NUL byte"),
        ("[RESERVOIRS]\nR 10\n", "", "w.inp:7: P1: no node R"),
    ],
)
def test_what_epanet_refuses_or_loses_is_a_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = BASE.replace(old, new) if old == "J2" else BASE.replace(old, new, 1)
    lines = refusals(tmp_path, text)
    assert any(line.startswith(said) for line in lines), lines


def test_a_network_without_a_source_is_named(tmp_path: Path) -> None:
    text = BASE.replace("[RESERVOIRS]\nR 10\n", "").replace("P1 R J1", "P1 J2 J1")
    assert refusals(tmp_path, text) == ["w.inp: no reservoir and no tank (where the water comes from)"]


def test_only_what_something_refers_to_must_be_utf_8(tmp_path: Path) -> None:
    comment = BASE.replace("J1 0 0", "J1 0 0 ;Насос").replace("two pipes", "две трубы").encode("cp1251")
    (tmp_path / "w.inp").write_bytes(comment)
    assert "w/J1" in read_names(tmp_path / "w.inp", "w").all
    (line,) = refusals(tmp_path, BASE.replace("J2", "Узел").encode("cp1251"))
    assert line.startswith("w.inp:5: not UTF-8; it looks like CP1251")


def test_all_lines_are_told_at_once(tmp_path: Path) -> None:
    text = BASE.replace("J2 0 36", "J2 0 36\nJ2 0 0\nJ9 0 0").replace("P2 J1 J2", "P2 J1 J3")
    assert len(refusals(tmp_path, text)) == 4


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text('aJ1"; \t[]', max_size=6), max_size=5))
def test_words_are_found_in_any_line(parts: list[str]) -> None:
    words = split_words(" ".join(parts))
    assert all(";" not in word for word in words)
    plain = " ".join(part for part in parts if '"' not in part and ";" not in part)
    assert split_words(plain) == plain.split()


@pytest.mark.parametrize(
    "time",
    [
        *("REPORT TIMESTEP -1", "HYDRAULIC TIMESTEP -0:30", "DURATION 1e12", "PATTERN TIMESTEP nan"),
        *("RULE TIMESTEP inf", "PATTERN START -5 MIN", "DURATION 30000 DAYS", "START CLOCKTIME -6 AM"),
    ],
)
def test_a_time_that_the_engine_cannot_keep_is_a_line(time: str, tmp_path: Path) -> None:
    text = BASE.replace("[END]", "") + f"\n[TIMES]\n{time}\n"
    (line,) = refusals(tmp_path, text)
    assert f"{time}: no time that EPANET can keep" in line


@pytest.mark.parametrize(
    "time", ["DURATION 500000", "DURATION 1e9 SEC", "START CLOCKTIME 6:30 PM", "STATISTIC NONE"]
)
def test_any_other_time_is_read(time: str, tmp_path: Path) -> None:
    assert names(tmp_path, BASE.replace("[END]", "") + f"\n[TIMES]\n{time}\n")


SWMM = """\
[TITLE]
a street that drains into a river
[OPTIONS]
FLOW_UNITS CMS
[SUBCATCHMENTS]
S1 RG1 J1 10 50 500 0.01 0
[JUNCTIONS]
J1 96 4 0 0 0
[OUTFALLS]
OUT 90 FREE NO
[CONDUITS]
C1 J1 OUT 400 0.01 0 0 0 0
"""


def test_a_swmm_model_is_refused_by_name_and_once(tmp_path: Path) -> None:
    (tmp_path / "street.inp").write_text(SWMM)
    with pytest.raises(InvalidInput) as error:
        read_rows(tmp_path / "street.inp")
    assert [str(mistake) for mistake in error.value.mistakes] == [
        "street.inp:5: a SWMM model ([SUBCATCHMENTS]), which routes runoff through open channels in time "
        "(an EPANET model: JUNCTIONS, TANKS, PIPES, PUMPS)"
    ]

"""Lines that end early, or hold a word too many, are read or refused: never an error of the reader."""

from functools import cache
from pathlib import Path

import pytest
import wntr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.utilities.epanet.test_inp import BASE
from twin.errors import InvalidInput
from twin.utilities.epanet.names import read_link_tags, read_names
from twin.utilities.epanet.numbers import read_number
from twin.utilities.epanet.places import places
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

NETWORKS = ("Net1.inp", "Net3.inp", "leaks.inp", "fcv_open_no_downstream_sources.inp")


@cache
def lines_of(name: str) -> list[str]:
    found = next(Path(wntr.__file__).parent.rglob(name))
    return found.read_text(encoding="utf-8", errors="replace").splitlines()


def read_all(path: Path) -> None:
    read_names(path, "water")
    places(path, "water")
    read_link_tags(path)
    WaterNetwork(path, WaterSettings(file=path.name))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NETWORKS), place=st.integers(0), cut=st.integers(0, 8), more=st.sampled_from('9x"')
)
def test_a_line_cut_after_any_word_is_read_or_refused(
    name: str, place: int, cut: int, more: str, tmp_path: Path
) -> None:
    lines = list(lines_of(name))
    told = [i for i, line in enumerate(lines) if line.split(";")[0].strip()]
    at = told[place % len(told)]
    words = lines[at].split(";")[0].split()
    lines[at] = " ".join(words[:cut] if cut < len(words) else [*words, more])
    path = tmp_path / "cut.inp"
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        read_all(path)
    except InvalidInput as error:
        assert all(str(mistake).startswith("cut.inp") for mistake in error.mistakes)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_line_of_times_and_options_with_its_first_word_alone_is_read_or_refused(
    name: str, tmp_path: Path
) -> None:
    whole = lines_of(name)
    section = ""
    for at, line in enumerate(whole):
        section = line.strip().upper() if line.startswith("[") else section
        words = line.split(";")[0].split()
        if section not in ("[TIMES]", "[OPTIONS]") or len(words) < 2:
            continue
        path = tmp_path / "cut.inp"
        path.write_text("\n".join([*whole[:at], words[0], *whole[at + 1 :]]), encoding="utf-8")
        try:
            read_names(path, "water")
        except InvalidInput as error:
            assert error.mistakes


@pytest.mark.parametrize("word", ["DURATION", "START", "PATTERN", "x"])
def test_a_time_of_one_word_is_told_by_its_line(word: str, tmp_path: Path) -> None:
    path = tmp_path / "w.inp"
    path.write_text(BASE.replace("[OPTIONS]", f"[TIMES]\n{word}\n[OPTIONS]"), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"w\.inp:12: Error 201"):
        read_all(path)


@pytest.mark.parametrize("accuracy", ["0x1p-7", "0X0.02", "1e-3"])
def test_an_accuracy_may_be_hexadecimal_as_epanet_reads_it(accuracy: str, tmp_path: Path) -> None:
    path = tmp_path / "w.inp"
    path.write_text(BASE.replace("Units CMH", f"Units CMH\nACCURACY {accuracy}"), encoding="utf-8")
    read_all(path)


@pytest.mark.parametrize("word", ["0x7fffffff", "0x1p99999", "-0x1"])
def test_a_hexadecimal_time_beyond_epanets_clock_is_refused(word: str, tmp_path: Path) -> None:
    path = tmp_path / "w.inp"
    path.write_text(BASE.replace("[OPTIONS]", f"[TIMES]\nDURATION {word}\n[OPTIONS]"), encoding="utf-8")
    with pytest.raises(InvalidInput, match=rf"w\.inp:12: DURATION {word}: no time"):
        read_names(path, "water")


@given(st.floats(allow_nan=False))
def test_numbers_are_read_in_both_ways_of_writing_them(value: float) -> None:
    assert read_number(repr(value)) == value
    if abs(value) < float("inf"):
        assert read_number(value.hex()) == value

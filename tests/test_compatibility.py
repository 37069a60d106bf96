"""Other people's networks run, beside the bare engines; what is refused is named."""

import json
from pathlib import Path

import pandapower as pp
import pandapower.networks as pn
import pytest

from compatibility.cases import Case, below, shipped
from compatibility.engine import at_instants, in_steps
from compatibility.outcome import DIFFERS, INTERNAL, NO_SOLUTION, PARITY, REFUSED, UNSOLVED, Row, row
from compatibility.page import PAGE, exceptions, faults, page, try_all

SPREAD = (
    "case9",
    "case39",
    "case300",
    "case11_iwamoto",
    "create_cigre_network_mv all",
    "example_multivoltage",
    "Net1.inp",
    "Anytown.inp",
    "bad_syntax.inp",
    "epanet_leaks.inp",
    "psv_open_no_downstream_sources.inp",
    "tank_controls_2.inp",
)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return shipped()


def test_a_spread_of_networks_has_parity_with_its_engine(cases: list[Case]) -> None:
    chosen = [case for case in cases if case.name in SPREAD]
    assert len(chosen) == len(SPREAD)
    assert faults(list(try_all(chosen))) == []


@pytest.mark.slow
def test_every_network_that_ships_with_the_engines_has_parity(cases: list[Case]) -> None:
    rows = list(try_all(cases))
    assert faults(rows) == []
    assert page(rows) == PAGE.read_text(encoding="utf-8")


def test_the_page_tells_of_every_network(cases: list[Case]) -> None:
    told = PAGE.read_text(encoding="utf-8")
    assert [case.name for case in cases if f"| {case.name} |" not in told] == []


def test_every_exception_names_a_network_and_its_proof(cases: list[Case]) -> None:
    assert exceptions().keys() <= {case.name for case in cases}
    assert all(line["proof"] for line in exceptions().values())


def test_a_folder_gives_each_content_once_and_only_networks(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.inp", "deep/A.INP"):
        (tmp_path / name).write_text("[JUNCTIONS]\n")
    pp.to_json(pn.example_simple(), str(tmp_path / "grid.json"))
    (tmp_path / "settings.json").write_text("{}")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "pipes.json").write_text(json.dumps({"_class": "pandapipesNet"}))
    assert [(case.kind, case.name) for case in below(tmp_path)] == [
        ("water", "b.inp"),
        ("grid", "grid.json"),
        ("grid", "pipes.json"),
    ]


def test_a_file_that_kills_its_process_is_an_internal_error(tmp_path: Path) -> None:
    (found,) = try_all([Case("grid", "gone", str(tmp_path / "gone.json"))])
    assert found.outcome == INTERNAL


INP = """\
[JUNCTIONS]
J1 0 36 P
[RESERVOIRS]
R 50
[PIPES]
P1 R J1 10 400 130 0 Open
[EMITTERS]
J1 2
[PATTERNS]
P 1 0 1
[CONTROLS]
LINK P1 CLOSED AT CLOCKTIME 9 PM
[OPTIONS]
Units CMH
Headloss H-W
[TIMES]
Start ClockTime 6 AM
Pattern Timestep 7:00
[END]
"""


def test_the_bare_engine_counts_consumers_alone_from_midnight_on(tmp_path: Path) -> None:
    file = tmp_path / "a.inp"
    file.write_text(INP)
    for day in (at_instants(file, tmp_path, [3600, 5000]), in_steps(file, tmp_path, 600)):
        assert day.stopped == ""
        assert day.water_m3 == pytest.approx(36.0 * 14, rel=1e-3)  # an emitter beside it, and shut from 21:00
        assert day.made_m3 == pytest.approx(0.0, abs=0.01)


def test_what_the_engine_cannot_open_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.inp"
    file.write_text("[JUNCTIONS]\nJ1 0 0\n[END]\n")
    assert "Error" in in_steps(file, tmp_path, 600).stopped


DAY = {
    "water_m3": 1000.0,
    "pump_mwh": 1.0,
    "made_m3": 0.0,
    "lost_m3": 0.0,
    "unbalanced_h": 0.0,
    "unbalanced_m3": 0.0,
    "unbalanced_mwh": 0.0,
    "stopped": "",
}
LOOSE = {**DAY, "unbalanced_mwh": 0.6}
MADE_AND_LOST = {**DAY, "made_m3": 6.0, "lost_m3": 6.0}
MORE = {**DAY, "pump_mwh": 1.02}
RUN = {"engine": "solved", "unsolved_hours": 0.0, "water_served_m3": 1000.0, "pump_energy_mwh": 1.0}
SAME = {**RUN, "own_instants": DAY, "coarse": DAY, "fine": DAY}


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (SAME, PARITY),
        ({**SAME, "water_served_m3": 1001.5}, DIFFERS),
        ({**SAME, "fine": MORE, "coarse": MORE}, DIFFERS),
        ({**SAME, "fine": MORE, "coarse": DAY}, PARITY),
        ({**SAME, "water_served_m3": 995.0, "own_instants": {**DAY, "made_m3": 6.0}}, PARITY),
        ({**SAME, "water_served_m3": 985.0, "own_instants": {**DAY, "made_m3": 6.0}}, DIFFERS),
        ({**SAME, "water_served_m3": 995.0, "own_instants": MADE_AND_LOST}, DIFFERS),
        ({**SAME, "pump_energy_mwh": 0.5, "own_instants": LOOSE, "fine": LOOSE}, PARITY),
        ({**SAME, "unsolved_hours": 2.0, "reason": "why"}, UNSOLVED),
        ({"engine": "no", "unsolved_hours": 24.0, "reason": "why"}, NO_SOLUTION),
        ({"engine": "no", "unsolved_hours": 0.0}, DIFFERS),
        ({"engine": "no", "unsolved_hours": 0.0, "energy_served_mwh": 0.0}, NO_SOLUTION),
        ({"engine": "solved", "unsolved_hours": 0.0, "differences": {"bus voltage_pu": 1e-9}}, PARITY),
        ({"engine": "solved", "unsolved_hours": 0.0, "differences": {"bus voltage_pu": 1e-5}}, DIFFERS),
        ({"refused": "a.inp:3: wrong", "engine": "solved"}, REFUSED),
        ({"internal": "ValueError: no"}, INTERNAL),
    ],
)
def test_one_word_for_what_was_found(found: dict[str, object], outcome: str) -> None:
    assert row(Case("water", "a", "a"), found).outcome == outcome


def test_what_is_not_proven_to_be_right_is_a_fault() -> None:
    def made(name: str, outcome: str) -> Row:
        return Row("water", name, outcome, "", 1, None, None, ())

    assert faults([made("fine", PARITY), made("dead", NO_SOLUTION), made("bad_syntax.inp", REFUSED)]) == []
    assert len(faults([made("a", INTERNAL), made("b", DIFFERS), made("bad_syntax.inp", INTERNAL)])) == 3
    assert "more than 5" in faults([made("bad_syntax.inp", REFUSED)] * 6)[-1]

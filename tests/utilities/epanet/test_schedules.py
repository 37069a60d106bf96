"""A file's schedule that ends within the horizon is told: what stays how, and from which day on."""

from datetime import date
from pathlib import Path

import pytest
import wntr

from twin.utilities.epanet.schedules import ended

NET3 = Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp"
FILE = """[JUNCTIONS]
J1 10 5
[RESERVOIRS]
R 60
[PIPES]
P1 R J1 1000 300 130 0 OPEN
[PUMPS]
PU R J1 POWER 5
[CONTROLS]
{controls}
[RULES]
{rules}
[END]
"""


def told(folder: Path, controls: str = "", rules: str = "", end: date = date(2036, 1, 1)) -> list[str]:
    path = folder / "net.inp"
    path.write_text(FILE.format(controls=controls, rules=rules), encoding="utf-8")
    return [str(mistake) for mistake in ended(path, "water", date(2026, 1, 1), end)]


def test_the_pump_of_a_public_network_stands_still_after_its_week() -> None:
    (line,) = map(str, ended(NET3, "water", date(2026, 1, 1), date(2036, 1, 1)))
    last = next(n for n, text in enumerate(NET3.read_text().splitlines(), 1) if "AT TIME 159" in text)
    assert line == (
        f"Net3.inp:{last}: pump water/10 stays closed from 7 January 2026 on: the last of its 14 controls "
        "AT TIME is at 159 h (AT CLOCKTIME repeats every day)"
    )
    assert not list(ended(NET3, "water", date(2026, 1, 1), date(2026, 1, 7)))


@pytest.mark.parametrize(
    ("controls", "what"),
    [
        ("LINK PU OPEN AT TIME 6\nLINK PU CLOSED AT TIME 30:00", "pump water/PU stays closed from 2 January"),
        (
            "link PU closed at time 1 DAYS\nLINK PU 0.8 AT TIME 2 DAYS",
            "pump water/PU stays at 0.8 from 3 January",
        ),
        (
            "LINK PU 0.8 AT TIME 90 MIN\nLINK PU 0 AT TIME 120 MIN",
            "pump water/PU stays closed from 1 January",
        ),
        ("LINK P1 CLOSED AT TIME 30\nLINK P1 OPEN AT TIME 6", "pipe water/P1 stays closed from 2 January"),
        (
            "LINK P1 CLOSED AT TIME 6 PM\nLINK P1 OPEN AT TIME 6 AM",
            "pipe water/P1 stays closed from 1 January",
        ),
    ],
)
def test_what_stays_is_what_the_last_says(tmp_path: Path, controls: str, what: str) -> None:
    (line,) = told(tmp_path, controls)
    assert what in line


def test_another_control_of_the_same_link_goes_on(tmp_path: Path) -> None:
    timed = "LINK PU OPEN AT TIME 6\nLINK PU CLOSED AT TIME 30\n"
    (line,) = told(tmp_path, timed + "LINK PU OPEN IF NODE J1 BELOW 5")
    assert "pump water/PU goes by its other controls and rules alone from 2 January 2026 on" in line


@pytest.mark.parametrize(
    "controls",
    [
        "LINK PU OPEN AT CLOCKTIME 1 AM\nLINK PU CLOSED AT CLOCKTIME 3 PM",
        "LINK PU OPEN IF NODE J1 BELOW 5",
        "LINK PU CLOSED AT TIME 0",
        "LINK PU CLOSED AT TIME 9 DISABLED",
        "LINK NONE CLOSED AT TIME 9",
        "LINK PU CLOSED AT TIME soon",
        "; LINK PU CLOSED AT TIME 9",
    ],
)
def test_what_repeats_or_does_not_act_is_no_schedule_that_ends(tmp_path: Path, controls: str) -> None:
    assert told(tmp_path, controls) == []


def test_a_schedule_as_long_as_the_horizon_is_none_that_ends(tmp_path: Path) -> None:
    controls = "LINK PU OPEN AT TIME 6\nLINK PU CLOSED AT TIME 30"
    assert told(tmp_path, controls, end=date(2026, 1, 2)) == []
    assert len(told(tmp_path, controls, end=date(2026, 1, 3))) == 1


ON = "RULE 1\nIF SYSTEM TIME = 8\nTHEN PUMP PU STATUS IS OPEN\n"
OFF = "RULE 2\nIF SYSTEM TIME >= 20\nAND SYSTEM TIME < 24:00\nTHEN PUMP PU STATUS = CLOSED\nPRIORITY 2"


def test_rules_by_the_time_since_the_start_end_alike(tmp_path: Path) -> None:
    (line,) = told(tmp_path, rules=ON + OFF)
    assert line == (
        "net.inp:18: pump water/PU stays closed from 2 January 2026 on: the last of its 2 rules by "
        "SYSTEM TIME is at 24 h (SYSTEM CLOCKTIME repeats every day)"
    )


@pytest.mark.parametrize(
    "rule",
    [
        "RULE 1\nIF SYSTEM TIME >= 8\nTHEN PUMP PU STATUS IS OPEN",
        "RULE 1\nIF SYSTEM CLOCKTIME = 8 AM\nTHEN PUMP PU STATUS IS OPEN",
        "RULE 1\nIF SYSTEM TIME = 8\nOR NODE J1 PRESSURE < 5\nTHEN PUMP PU STATUS IS OPEN",
        "RULE 1\nIF SYSTEM TIME < 8\nTHEN PUMP PU STATUS IS OPEN\nELSE PUMP PU STATUS IS CLOSED",
    ],
)
def test_a_rule_that_acts_on_is_told_nothing(tmp_path: Path, rule: str) -> None:
    assert told(tmp_path, rules=rule) == []


def test_controls_and_rules_of_a_link_are_told_together(tmp_path: Path) -> None:
    (line,) = told(tmp_path, "LINK PU CLOSED AT TIME 30", ON)
    assert (
        "stays closed from 2 January 2026 on: the last of its 1 control AT TIME and 1 rule by SYSTEM TIME"
        in line
    )

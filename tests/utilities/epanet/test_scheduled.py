"""Days that a file knows: a network that begins on a later day stands as one that has lived till then."""

from pathlib import Path

import numpy as np
import pytest

from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

FILE = """
[JUNCTIONS]
J1 10 5 {pattern}
J2 5 3
[RESERVOIRS]
R 60
[PIPES]
P1 R J1 1000 300 130 0 OPEN
P2 J1 J2 1000 200 130 0 OPEN
P3 R J2 2000 200 130 0 CLOSED
[PATTERNS]
WEEK {week}
[CONTROLS]
{controls}
[RULES]
{rules}
[TIMES]
PATTERN TIMESTEP {step}
[OPTIONS]
UNITS LPS
HEADLOSS H-W
[END]
"""
DAY_S = 86400


def network(folder: Path, **parts: str) -> WaterNetwork:
    chosen = {"pattern": "", "week": "1", "controls": "", "rules": "", "step": "1:00"} | parts
    path = folder / "net.inp"
    path.write_text(FILE.format(**chosen), encoding="utf-8")
    return WaterNetwork(path, WaterSettings(file=str(path)))


def pass_until(water: WaterNetwork, second: int, now: int = 0) -> None:
    while now < second:
        water.solve()
        step = min(water.next_change_s(), 3600 - now % 3600, second - now)
        water.advance(step)
        now += step


SCHEDULE = "\n".join(f"LINK P3 {'OPEN' if day % 2 else 'CLOSED'} AT TIME {24 * day + 5}" for day in range(6))
RULE = "RULE 1\nIF SYSTEM TIME >= 50:00\nTHEN PIPE P3 STATUS IS OPEN"
WEEK = {"pattern": "WEEK", "week": " ".join(str(1 + day / 10) for day in range(7)), "step": "24:00"}


@pytest.mark.parametrize(
    ("parts", "alike"),
    [
        ({}, {0: 0, 5: 0, 400: 0}),
        ({"controls": "LINK P3 OPEN AT TIME 30"}, {0: 0, 1: 1, 2: 2, 3: 2, 400: 2}),
        ({"controls": "LINK P3 OPEN AT CLOCKTIME 6 AM"}, {0: 0, 7: 0}),
        ({"rules": RULE}, {0: 0, 2: 2, 3: 3, 4: 3, 90: 3}),
        (WEEK, {0: 0, 6: 6, 7: 0, 15: 1}),
        (WEEK | {"controls": "LINK P3 OPEN AT TIME 30"}, {1: 1, 8: 8, 9: 2, 16: 2}),
    ],
)
def test_which_days_go_alike(parts: dict[str, str], alike: dict[int, int], tmp_path: Path) -> None:
    water = network(tmp_path, **parts)
    assert {day: water.alike(day) for day in alike} == alike


@pytest.mark.parametrize(
    "parts", [{"controls": SCHEDULE}, {"rules": RULE}, WEEK, {"controls": SCHEDULE} | WEEK]
)
@pytest.mark.parametrize("day", [1, 2, 3, 5, 6, 9])
def test_a_later_day_begins_as_one_that_was_lived_until_then(
    parts: dict[str, str], day: int, tmp_path: Path
) -> None:
    lived, begun = network(tmp_path, **parts), network(tmp_path, **parts)
    pass_until(lived, day * DAY_S)
    begun.start_clock(day)
    for hour in range(0, 24, 3):
        second = day * DAY_S + hour * 3600
        lived.solve()
        begun.solve()
        np.testing.assert_allclose(begun.read(), lived.read(), rtol=1e-3, atol=1e-3)
        pass_until(lived, second + 3 * 3600, second)
        pass_until(begun, second + 3 * 3600, second)


def test_a_reset_begins_on_the_first_day_again(tmp_path: Path) -> None:
    water = network(tmp_path, controls=SCHEDULE)
    water.solve()
    first = water.read().copy()
    water.reset()
    water.start_clock(4)
    water.solve()
    assert (water.read() != first).any()
    water.reset()
    water.solve()
    assert water.read().tobytes() == first.tobytes()

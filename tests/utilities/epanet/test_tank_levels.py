"""Tanks that begin where EPANET lets none begin are told by their lines, all at once."""

from pathlib import Path

import pytest

from twin.errors import InvalidInput
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

FILE = """[JUNCTIONS]
J1 10 5
[TANKS]
T1 50 {first} 2 5 10 0
T2 50 3 2 5 10 0
T3 50 {third} 2 5 10 0
[PIPES]
P1 T1 J1 1000 300 130 0 OPEN
P2 T2 J1 1000 300 130 0 OPEN
P3 T3 J1 1000 300 130 0 OPEN
[OPTIONS]
UNITS LPS
HEADLOSS H-W
[END]
"""


def opened(folder: Path, first: float, third: float) -> WaterNetwork:
    path = folder / "net.inp"
    path.write_text(FILE.format(first=first, third=third), encoding="utf-8")
    return WaterNetwork(path, WaterSettings(file=str(path)))


@pytest.mark.parametrize(("first", "third"), [(1.0, 6.0), (1.999, 5.001), (0.0, 1e6)])
def test_levels_outside_their_limits_are_refused_together(first: float, third: float, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(tmp_path, first, third)
    told = [str(mistake) for mistake in refused.value.mistakes]
    assert told == [
        f"net.inp:4: tank T1 cannot begin at level {first:g} (2 to 5)",
        f"net.inp:6: tank T3 cannot begin at level {third:g} (2 to 5)",
    ]


@pytest.mark.parametrize("level", [2.0, 2.0000001, 3.3, 5.0])
def test_a_level_at_a_limit_or_between_is_where_the_tank_begins(level: float, tmp_path: Path) -> None:
    water = opened(tmp_path, level, 3.0)
    assert water.read_stored()[0] == pytest.approx(level * 78.5398163, rel=1e-4)

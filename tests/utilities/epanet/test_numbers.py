"""Numbers that are none to reckon with are refused by line; names that look like them are names."""

from pathlib import Path

import pytest

from twin.errors import InvalidInput
from twin.utilities.epanet.names import read_names

LINES = {
    "JUNCTIONS": ("J1 #", "J1 0 #"),
    "RESERVOIRS": ("R #",),
    "TANKS": ("T # 1 0 2 5 0", "T 0 1 0 # 5 0", "T 0 1 0 2 5 # *"),
    "PIPES": ("P1 R J1 # 400 130", "P1 R J1 100 400 130 #"),
    "PUMPS": ("PU R J1 POWER #", "PU R J1 HEAD nan SPEED #", "PU R J1 # 10"),
    "VALVES": ("V J1 J2 # PRV 10", "V J1 J2 100 PRV #", "V J1 J2 100 GPV inf #", "V J1 J2 100 PRV 5 #"),
    "DEMANDS": ("J1 # nan", "MULTIPLY #"),
    "EMITTERS": ("J1 #",),
    "PATTERNS": ("inf 1 #",),
    "CURVES": ("nan 1 #", "nan # 1"),
    "STATUS": ("P1 #",),
    "ENERGY": ("GLOBAL PRICE #", "PUMP nan PRICE #", "DEMAND CHARGE #", "GLOBAL EFFIC #"),
    "CONTROLS": ("LINK inf # AT TIME 1", "LINK P1 OPEN AT TIME #", "LINK P1 OPEN IF NODE nan BELOW #"),
    "RULES": ("IF TANK nan LEVEL BELOW #", "THEN PUMP inf SETTING = #"),
    "OPTIONS": ("ACCURACY #", "UNBALANCED CONTINUE #", "DEMAND MULTIPLIER #", "SPECIFIC GRAVITY #"),
}
_BASE = "[JUNCTIONS]\nJ1 0 0\nJ2 0 0\n[RESERVOIRS]\nR 10\n[PIPES]\nP R J1 9 9 9\nQ J1 J2 9 9 9\n"


def _told(folder: Path, section: str, line: str) -> list[str]:
    path = folder / "w.inp"
    path.write_text(f"{_BASE}[{section}]\n{line}\n[END]\n", encoding="utf-8")
    try:
        read_names(path, "w")
    except InvalidInput as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


@pytest.mark.parametrize("number", ["nan", "NaN(1)", "-inf", "+Infinity", "1e999", "0x1p9999"])
@pytest.mark.parametrize(("section", "line"), [(name, line) for name, own in LINES.items() for line in own])
def test_a_number_that_is_not_finite_is_refused_by_its_line(
    section: str, line: str, number: str, tmp_path: Path
) -> None:
    said = f"w.inp:10: {line.split()[0]}: {number} is no finite number (a finite number)"
    assert said in _told(tmp_path, section, line.replace("#", number))
    assert "finite" not in "".join(_told(tmp_path, section, line.replace("#", "1.5")))


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("JUNCTIONS", "nan 0 1 inf"),
        ("PUMPS", "inf J1 J2 HEAD nan PATTERN inf"),
        ("VALVES", "V J1 J2 100 GPV nan 0"),
        ("DEMANDS", "nan 1 inf"),
        ("PATTERNS", "nan 1 2"),
        ("ENERGY", "PUMP nan EFFIC inf"),
        ("ENERGY", "GLOBAL PATTERN nan"),
        ("CONTROLS", "LINK nan OPEN IF NODE inf ABOVE 3"),
        ("RULES", "RULE nan"),
        ("OPTIONS", "PATTERN nan"),
        ("OPTIONS", "MAP inf"),
        ("COORDINATES", "J1 nan inf"),
    ],
)
def test_a_name_may_look_like_one(section: str, line: str, tmp_path: Path) -> None:
    assert not [told for told in _told(tmp_path, section, line) if "finite" in told]

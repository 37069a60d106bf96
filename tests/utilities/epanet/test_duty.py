"""What pumps draw at their duty points, read from the file alone, beside what EPANET's own run draws."""

from pathlib import Path

import pytest
import wntr

from twin.utilities.epanet.duty import duty_kw

LIBRARY = Path(wntr.__file__).parent / "library" / "networks"


def write(path: Path, pump: str, options: str, more: str = "") -> Path:
    text = f"[PUMPS]\nP A B {pump}\n[CURVES]\nC 1000 100\n[OPTIONS]\n{options}\n{more}\n[END]\n"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("pump", "options", "more", "kw"),
    [
        ("HEAD C", "UNITS LPS", "", 9.81 * 1.0 * 100.0 / 0.75),
        ("HEAD C", "UNITS CMH", "[ENERGY]\nGLOBAL EFFICIENCY 50", 9.81 * (1000.0 / 3600.0) * 100.0 / 0.5),
        ("HEAD C", "", "", 9.81 * 1000.0 * 6.30902e-5 * 30.48 / 0.75),
        ("POWER 10", "UNITS LPS", "", 10.0),
        ("POWER 10", "UNITS GPM", "", 7.457),
    ],
)
def test_by_hand(tmp_path: Path, pump: str, options: str, more: str, kw: float) -> None:
    assert duty_kw(write(tmp_path / "a.inp", pump, options, more))["P"] == pytest.approx(kw, rel=1e-4)


@pytest.mark.parametrize("pump", ["HEAD D", "POWER much", "SPEED 1", "", "HEAD"])
def test_what_the_file_does_not_say_is_left_out(tmp_path: Path, pump: str) -> None:
    assert duty_kw(write(tmp_path / "a.inp", pump, "UNITS LPS")) == {}


def test_a_curve_of_three_points_has_its_duty_in_the_middle() -> None:
    assert duty_kw(LIBRARY / "Net1.inp")["9"] == pytest.approx(94.2, rel=0.01)

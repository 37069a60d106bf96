"""What an EPANET file asks for holds for what is the file's, and for nothing that the twin adds."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from epanet import toolkit as en
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.errors import InvalidInput, Unsolved
from twin.utilities.base import Change
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

BASE = """\
[JUNCTIONS]
J1 0 0
J2 0 36
[RESERVOIRS]
R {head}
[PIPES]
P1 R J1 100 400 130 0 Open
P2 J1 J2 100 400 130 0 Open
{sections}
[OPTIONS]
UNITS {units}
HEADLOSS H-W
{options}
[TIMES]
DURATION 24:00
HYDRAULIC TIMESTEP 1:00
{times}
"""


def open_file(
    folder: Path,
    options: str = "",
    sections: str = "",
    times: str = "",
    head: float = 50.0,
    units: str = "CMH",
    settings: WaterSettings | None = None,
    points: tuple[str, ...] = (),
) -> WaterNetwork:
    path = folder / "water.inp"
    text = BASE.format(head=head, options=options, sections=sections, times=times, units=units)
    path.write_text(text, encoding="utf-8")
    return WaterNetwork(path, settings or WaterSettings(), points, len(points) and 1)


def day(water: WaterNetwork, hours: int = 24) -> dict[str, float]:
    """Run some hours and return the totals."""
    now = 0
    while now < hours * 3600:
        water.solve()
        step = min(water.next_change_s(), 3600 - now % 3600)
        water.advance(step)
        now += step
    return dict(zip(water.totals, water.read_totals().tolist(), strict=True))


@pytest.mark.parametrize("factor", [0.5, 2.0, 3.5])
def test_the_multiplier_scales_the_files_own_demand(factor: float, tmp_path: Path) -> None:
    water = open_file(tmp_path, f"DEMAND MULTIPLIER {factor}")
    assert day(water)["served_m3"] == pytest.approx(24 * 36 * factor, rel=1e-5)


def test_the_multiplier_and_default_pattern_leave_districts_alone(tmp_path: Path) -> None:
    water = open_file(tmp_path, "DEMAND MULTIPLIER 2\nPATTERN D", "[PATTERNS]\nD 0.5", points=("water/J1",))
    water.set_base(np.array([[10 / 3600]]))
    water.set_demand(np.ones(1))
    assert day(water)["served_m3"] == pytest.approx(24 * (10 + 36 * 2 * 0.5), rel=1e-6)


@pytest.mark.parametrize(
    ("start", "step", "minutes"), [("0:00", "1:00", 480), ("0:20", "0:45", 475), ("1:30", "0:50", 480)]
)
def test_patterns_begin_where_the_file_says(start: str, step: str, minutes: int, tmp_path: Path) -> None:
    times = f"PATTERN TIMESTEP {step}\nPATTERN START {start}"
    water = open_file(tmp_path, sections="[PATTERNS]\nPT 1 0 0\n[DEMANDS]\nJ2 36 PT", times=times)
    begin, long = (int(h) * 60 + int(m) for h, m in (start.split(":"), step.split(":")))
    on = sum((minute + begin) // long % 3 == 0 for minute in range(24 * 60))
    assert day(water)["served_m3"] == pytest.approx(36 * on / 60, rel=1e-6)
    assert abs(on - minutes) <= 50


@pytest.mark.parametrize(
    ("units", "setting", "head_m"),
    [("GPM", 50.0, 50 / 0.4333 * 0.3048), ("CMH", 30.0, 30.0), ("LPS", 25.0, 25.0)],
)
def test_a_valves_setting_is_in_the_files_unit(
    units: str, setting: float, head_m: float, tmp_path: Path
) -> None:
    water = open_file(
        tmp_path, sections="[JUNCTIONS]\nJ3 0 1\n[VALVES]\nV J1 J3 12 PRV 40 0", head=300.0, units=units
    )
    water.apply([Change("water/V", "setting", setting)])
    water.solve()
    values = {(s.asset, s.quantity): v for s, v in zip(water.signals, water.read(), strict=True)}
    assert values["water/J3", "pressure_m"] == pytest.approx(head_m, abs=0.02)


def test_a_rule_by_pressure_compares_in_the_files_unit(tmp_path: Path) -> None:
    rule = "[RULES]\nRULE 1\nIF JUNCTION J1 PRESSURE > 100\nTHEN PIPE P2 STATUS IS CLOSED"
    water = open_file(tmp_path, sections=rule, head=300.0, units="GPM")
    assert day(water, 3)["unserved_m3"] > 0.0


@pytest.mark.parametrize("leak", ["[EMITTERS]\nJ2 1.0", "[EMITTERS]\nJ1 0.5\nJ2 2.0", "[LEAKAGE]\nP2 10 1"])
def test_leaks_are_told_as_leaked_and_never_as_served(leak: str, tmp_path: Path) -> None:
    totals = day(open_file(tmp_path, sections=leak))
    assert totals["served_m3"] == pytest.approx(24 * 36, rel=1e-4)
    assert totals["leaked_m3"] > 1.0
    assert totals["supplied_m3"] == pytest.approx(totals["served_m3"] + totals["leaked_m3"], rel=1e-6)


@pytest.mark.parametrize(("asked", "held"), [("0.01", 0.01), ("0.001", 0.001), ("0.000001", 1e-6)])
def test_the_accuracy_of_the_file_holds(asked: str, held: float, tmp_path: Path) -> None:
    water = open_file(tmp_path, f"ACCURACY {asked}")
    assert en.getoption(water._engine.project.handle, en.ACCURACY) == pytest.approx(held)


def test_the_day_begins_at_midnight_and_that_is_told(tmp_path: Path) -> None:
    control = "[CONTROLS]\nLINK P2 CLOSED AT CLOCKTIME 8 PM"
    water = open_file(tmp_path, sections=control, times="START CLOCKTIME 6 AM")
    assert day(water)["served_m3"] == pytest.approx(20 * 36, rel=1e-3)
    assert any("START CLOCKTIME 6:00" in str(warning) for warning in water.warnings)


def test_demand_by_the_files_own_model_counts_nothing_below_zero_pressure(tmp_path: Path) -> None:
    settings = WaterSettings(demand_model="file")
    high = "[JUNCTIONS]\nJ3 60 10\n[PIPES]\nP3 J2 J3 100 400 130 0 Open"
    totals = day(open_file(tmp_path, sections=high, settings=settings))
    assert totals["served_m3"] == pytest.approx(24 * 36, rel=1e-6)
    assert totals["unserved_m3"] == pytest.approx(24 * 10, rel=1e-6)
    assert totals["negative_pressure_h"] == pytest.approx(24.0)
    assert totals["supplied_m3"] == pytest.approx(totals["served_m3"], rel=1e-6)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_the_exponent_between_the_pressures(exponent: float, tmp_path: Path) -> None:
    settings = WaterSettings(required_pressure_m=20.0, pressure_exponent=exponent)
    totals = day(open_file(tmp_path, "ACCURACY 0.00001", head=10.0, settings=settings))
    share = totals["served_m3"] / (24 * 36)
    assert share == pytest.approx(0.5**exponent, rel=0.02)


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ("[JUNCTIONS]\nJ9 0 1", "J9"),
        ("[VALVES]\nV R J2 100 PRV 30 0", "219"),
        ("[PUMPS]\nPU R J2 HEAD NONE", "206"),
    ],
)
def test_what_epanet_refuses_is_told_with_its_line(sections: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_file(tmp_path, sections=sections)
    assert any(said in str(mistake) and mistake.line for mistake in caught.value.mistakes)


@st.composite
def random_files(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """Draw options, further sections, times and units of a file."""
    one_of = st.sampled_from
    options = [
        f"ACCURACY {draw(one_of(['0.1', '0.01', '0.001', '0.0001', '1e-5', '1e-7']))}",
        f"TRIALS {draw(st.integers(20, 200))}",
        f"UNBALANCED {draw(one_of(['STOP', 'CONTINUE', 'CONTINUE 10']))}",
        f"DEMAND MULTIPLIER {draw(st.floats(0.1, 3.0)):.3f}",
        f"EMITTER EXPONENT {draw(st.floats(0.3, 1.5)):.2f}",
        f"SPECIFIC GRAVITY {draw(one_of(['1', '0.9', '1.1']))}",
        f"DEMAND MODEL {draw(one_of(['DDA', 'PDA']))}",
    ]
    begin, level = draw(st.integers(0, 23)), draw(st.floats(0.6, 4.9))
    emitter = f"[EMITTERS]\nJ1 {draw(st.floats(0.01, 2.0)):.2f}\n" if draw(st.booleans()) else ""
    sections = (
        "[TANKS]\n"
        f"T 20 {level:.2f} 0.5 5 8 0\n[PIPES]\nPT J2 T 200 200 120 0 Open\n[PATTERNS]\nPT 1 0.2 1.8 1\n"
        f"{emitter}[DEMANDS]\nJ2 36 PT\n[CONTROLS]\nLINK PT CLOSED AT CLOCKTIME {begin}\n"
        f"LINK PT OPEN IF NODE T BELOW {draw(st.floats(0.6, 4.9)):.2f}\n"
    )
    times = (
        f"PATTERN TIMESTEP {draw(one_of(['0:30', '1:00', '2:00', '0:47']))}\n"
        f"PATTERN START {draw(one_of(['0:00', '0:20', '5:00']))}\n"
        f"START CLOCKTIME {draw(one_of(['12 AM', '6 AM', '1 PM']))}\n"
        f"RULE TIMESTEP {draw(one_of(['0:05', '0:06', '1:00']))}"
    )
    return "\n".join(options), sections, times, draw(one_of(["CMH", "LPS", "GPM", "MGD", "CFS", "MLD"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=random_files(), model=st.sampled_from(["pressure", "file"]))
def test_files_with_any_options_run_and_balance(
    file: tuple[str, str, str, str], model: Literal["pressure", "file"], tmp_path: Path
) -> None:
    options, sections, times, units = file
    asked = WaterSettings(demand_model=model)
    try:
        water = open_file(tmp_path, options, sections, times, 40.0, units, asked)
        totals = day(water, 12)
    except (InvalidInput, Unsolved):  # a clear word
        return
    assert all(np.isfinite(value) for value in totals.values())
    used = totals["served_m3"] + totals["leaked_m3"] + totals["stored_m3"]
    assert abs(totals["supplied_m3"] - used) < 1e-3 * (totals["required_m3"] + totals["leaked_m3"] + 1.0)
    assert totals["served_m3"] <= totals["required_m3"] * (1 + 1e-6)
    assert min(totals["served_m3"], totals["leaked_m3"], totals["unserved_m3"]) > -1e-6

"""A link that an outage holds, or that has no power: closed meanwhile, and then as it would be without that.

Two links of a kind are acted on alike and one of them is held for a while; what acts on them depends on a
tank, the clock and a pressure that neither of them moves.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from epanet import toolkit as en
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.utilities.base import Change
from twin.utilities.epanet.held_links import LinkState
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

DAY_S = 86400
NETWORK = """\
[JUNCTIONS]
JT 0 30 PT
JP 0 20 PT
JX 0 5
JY 0 5
[RESERVOIRS]
R 10
S 60
[TANKS]
T 30 {level} 0.5 5 8 0
[PIPES]
P1 T JT 100 400 130 0 Open
P2 S JP 2000 100 130 0 Open
{pipes}
[PUMPS]
PT R JT HEAD C1 PATTERN FILL
{pumps}
[VALVES]
{valves}
[STATUS]
{status}
[CURVES]
C1 40 40
G1 0 0
G1 100 10
[PATTERNS]
PT 0.5 1.5 1 0.8 1.2 0.2
FILL 1 1 0 1 0 1 1 0
SPEED 1 0 0.8 0.9 0 1
[CONTROLS]
{controls}
[RULES]
{rules}
[OPTIONS]
UNITS CMH
HEADLOSS H-W
[TIMES]
DURATION 24:00
HYDRAULIC TIMESTEP 1:00
PATTERN TIMESTEP 1:00
RULE TIMESTEP 0:10
"""
KINDS = {
    "pump": ("pumps", "{x} R J{x} HEAD C1"),
    "pump with a pattern": ("pumps", "{x} R J{x} HEAD C1 PATTERN SPEED"),
    "pump of constant power": ("pumps", "{x} R J{x} POWER 1"),
    "pipe": ("pipes", "{x} S J{x} 100 100 130 0 Open"),
    "check valve": ("pipes", "{x} S J{x} 100 100 130 0 CV"),
    "TCV": ("valves", "{x} S J{x} 100 TCV 5 0"),
    "PBV": ("valves", "{x} S J{x} 100 PBV 5 0"),
    "GPV": ("valves", "{x} S J{x} 100 GPV G1 0"),
    "PRV": ("valves", "{x} S{x} J{x} 100 PRV 20 0"),
    "PSV": ("valves", "{x} S{x} J{x} 100 PSV 20 0"),
    "FCV": ("valves", "{x} S{x} J{x} 100 FCV 3 0"),
    "PRV fixed open": ("valves", "{x} S{x} J{x} 100 PRV 20 0"),
    "FCV fixed open": ("valves", "{x} S{x} J{x} 100 FCV 3 0"),
    "TCV fixed open": ("valves", "{x} S J{x} 100 TCV 50 0"),
}
NEVER_CONTROLLED = ("check valve", "GPV")


def network(folder: Path, kind: str, acting: str = "", rules: str = "", level: float = 2.0) -> WaterNetwork:
    """Open a network with the links X and Y of a kind; ``{x}`` in what acts on them is their name."""
    section, line = KINDS[kind]
    parts = dict.fromkeys(("pipes", "pumps", "valves", "status", "controls", "rules"), "")
    for x in "XY":
        parts[section] += line.format(x=x) + "\n"
        if f"S{x} " in line.format(x=x):
            parts["pipes"] += f"I{x} S S{x} 10 200 130 0 Open\n"
        if kind.endswith("fixed open"):
            parts["status"] += f"{x} OPEN\n"
        parts["controls"] += acting.format(x=x) + "\n"
        parts["rules"] += rules.format(x=x) + "\n"
    text = NETWORK.format(level=level, **parts)
    if "S{x} " in line:
        text = text.replace("[RESERVOIRS]", "SX 0 0\nSY 0 0\n[RESERVOIRS]")
    (folder / "water.inp").write_text(text)
    return WaterNetwork(folder / "water.inp", WaterSettings(), inputs=["water/X"])


def instants(water: WaterNetwork, until_s: int) -> Iterator[int]:
    """Step a network from instant to instant and yield each, before it is solved."""
    now = 0
    while now < until_s:
        yield now
        water.solve()
        step = min(water.next_change_s(), 3600 - now % 3600)
        water.advance(step)
        now += step


def standing(water: WaterNetwork, link: str) -> LinkState:
    engine = water._engine
    return engine._holds.state(engine.link_at[f"water/{link}"])


def same(one: LinkState, other: LinkState) -> bool:
    return one.open == other.open and one.setting == pytest.approx(other.setting)


def hold_and_release(
    water: WaterNetwork, begin_s: int, end_s: int, hold: Callable[[WaterNetwork, bool], None]
) -> None:
    """Hold X for a while and assert that it stands closed then, and as Y before and after."""
    state = "free"
    for now in instants(water, 2 * DAY_S):
        if state == "held":
            assert not standing(water, "X").open
        elif now:
            assert same(standing(water, "X"), standing(water, "Y")), now
        if state == "free" and now >= begin_s:
            hold(water, True)
            state = "held"
        elif state == "held" and now >= end_s:
            hold(water, False)
            state = "over"
    assert state == "over"


def by_outage(water: WaterNetwork, held: bool) -> None:
    water.apply([Change("water/X", "held", held)])


def by_power(water: WaterNetwork, held: bool) -> None:
    water.set_input("running", np.array([0.0 if held else 1.0]))


ACTING = {
    "nothing": ("", ""),
    "level": ("LINK {x} OPEN IF NODE T BELOW 1.5\nLINK {x} CLOSED IF NODE T ABOVE 2.5", ""),
    "time": ("LINK {x} CLOSED AT TIME 5\nLINK {x} OPEN AT TIME 9:30", ""),
    "clock": ("LINK {x} CLOSED AT CLOCKTIME 4 AM\nLINK {x} OPEN AT CLOCKTIME 8 PM", ""),
    "pressure": ("LINK {x} CLOSED IF NODE JP BELOW 40\nLINK {x} OPEN IF NODE JP ABOVE 50", ""),
    "rule by level": (
        "",
        "RULE {x}1\nIF TANK T LEVEL BELOW 1.5\nTHEN {what} {x} STATUS IS OPEN\n"
        "RULE {x}2\nIF TANK T LEVEL ABOVE 2.5\nTHEN {what} {x} STATUS IS CLOSED\n",
    ),
    "rule by clock": (
        "",
        "RULE {x}1\nIF SYSTEM CLOCKTIME >= 5 AM\nAND SYSTEM CLOCKTIME < 11 AM\n"
        "THEN {what} {x} STATUS IS CLOSED\nELSE {what} {x} STATUS IS OPEN\nPRIORITY 2\n"
        "RULE {x}2\nIF SYSTEM TIME > 0\nTHEN {what} {x} STATUS IS OPEN\nPRIORITY 1\n",
    ),
}


@pytest.mark.parametrize("hold", [by_outage, by_power])
@pytest.mark.parametrize("acting", ACTING)
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_is_given_back_stands_as_one_that_was_never_held(
    kind: str, acting: str, hold: Callable[[WaterNetwork, bool], None], tmp_path: Path
) -> None:
    controls, rules = ACTING[acting]
    if acting != "nothing" and kind in NEVER_CONTROLLED:
        pytest.skip("EPANET lets nothing act on it")
    what = {"pumps": "PUMP", "pipes": "PIPE", "valves": "VALVE"}[KINDS[kind][0]]
    water = network(tmp_path, kind, controls, rules.replace("{what}", what))
    hold_and_release(water, 3 * 3600, 11 * 3600, hold)


@st.composite
def controls_on_a_pump(draw: st.DrawFn) -> tuple[str, str]:
    """Draw simple controls and rules on a pump, of all kinds of conditions."""
    level = st.floats(0.6, 4.9).map(lambda v: f"{v:.2f}")
    hour = st.integers(0, 23)
    value = st.sampled_from(["OPEN", "CLOSED", "0.9", "1.1"])
    simple = st.one_of(
        st.builds("LINK {{x}} {} IF NODE T {} {}".format, value, st.sampled_from(["BELOW", "ABOVE"]), level),
        st.builds("LINK {{x}} {} AT TIME {}".format, value, hour),
        st.builds("LINK {{x}} {} AT CLOCKTIME {}:00".format, value, hour),
    )
    premise = st.one_of(
        st.builds(
            "TANK T LEVEL {} {}".format, st.sampled_from(["<", ">", "<=", ">=", "BELOW", "ABOVE"]), level
        ),
        st.builds("SYSTEM CLOCKTIME {} {}".format, st.sampled_from(["<", ">", "<=", ">=", "="]), hour),
        st.builds("SYSTEM TIME {} {}".format, st.sampled_from(["<", ">", "<=", ">=", "=", "<>"]), hour),
        st.builds("JUNCTION JP PRESSURE {} {}".format, st.sampled_from(["<", ">"]), st.integers(20, 60)),
        st.builds("JUNCTION JT DEMAND {} {}".format, st.sampled_from(["<", ">"]), st.integers(5, 40)),
        st.builds(
            "TANK T {} {} {}".format, st.sampled_from(["FILLTIME", "DRAINTIME"]), st.sampled_from("<>"), hour
        ),
        st.just("PUMP PT STATUS IS OPEN"),
        st.just("LINK P1 FLOW > 20"),
    )
    action = st.sampled_from(["STATUS IS OPEN", "STATUS IS CLOSED", "SETTING = 0.8"])
    rules = []
    for number in range(draw(st.integers(0, 3))):
        more = draw(st.lists(st.tuples(st.sampled_from(["AND", "OR"]), premise), max_size=2))
        lines = [f"RULE {{x}}{number}", f"IF {draw(premise)}", *(f"{word} {p}" for word, p in more)]
        lines += [f"THEN PUMP {{x}} {draw(action)}"]
        lines += [f"ELSE PUMP {{x}} {draw(action)}"] if draw(st.booleans()) else []
        lines += [f"PRIORITY {draw(st.integers(1, 3))}"] if draw(st.booleans()) else []
        rules.append("\n".join(lines))
    return "\n".join(draw(st.lists(simple, max_size=3))), "\n".join(rules)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acting=controls_on_a_pump(),
    kind=st.sampled_from(["pump", "pump with a pattern"]),
    level=st.floats(1.0, 4.0),
    begin_h=st.integers(0, 20),
    hours=st.integers(1, 20),
    hold=st.sampled_from([by_outage, by_power]),
)
def test_whatever_acts_on_it_meanwhile_has_acted_when_it_is_given_back(
    acting: tuple[str, str],
    kind: str,
    level: float,
    begin_h: int,
    hours: int,
    hold: Callable[[WaterNetwork, bool], None],
    tmp_path: Path,
) -> None:
    water = network(tmp_path, kind, *acting, level)
    hold_and_release(water, begin_h * 3600, (begin_h + hours) * 3600, hold)


def test_what_else_a_rule_does_still_happens(tmp_path: Path) -> None:
    rule = "RULE A{x}\nIF TANK T LEVEL BELOW 4\nTHEN PUMP X STATUS IS OPEN\nAND PUMP Y STATUS IS OPEN\n"
    water = network(tmp_path, "pump", "LINK {x} CLOSED AT TIME 0", rule)
    by_outage(water, True)
    for now in instants(water, 7200):
        if now >= 1200:
            assert standing(water, "Y").open
        assert not standing(water, "X").open


def test_what_is_held_twice_is_free_when_both_let_go(tmp_path: Path) -> None:
    water = network(tmp_path, "pump")
    by_outage(water, True)
    by_power(water, True)
    by_outage(water, False)
    assert not standing(water, "X").open
    by_power(water, False)
    assert standing(water, "X").open


def test_what_is_not_built_stays_out_after_an_outage(tmp_path: Path) -> None:
    water = network(tmp_path, "pump")
    water.apply([Change("water/X", "open", False)])
    by_outage(water, True)
    by_outage(water, False)
    assert not standing(water, "X").open
    by_outage(water, True)
    water.apply([Change("water/X", "open", True)])
    assert not standing(water, "X").open
    by_outage(water, False)
    assert standing(water, "X").open


def test_a_setting_that_is_changed_meanwhile_holds_afterwards(tmp_path: Path) -> None:
    water = network(tmp_path, "TCV")
    by_outage(water, True)
    water.apply([Change("water/X", "setting", 12.0)])
    by_outage(water, False)
    assert standing(water, "X") == LinkState(True, 12.0)


def test_a_check_valve_checks_again_after_an_outage(tmp_path: Path) -> None:
    water = network(tmp_path, "check valve")
    engine = water._engine
    link = engine.link_at["water/X"]
    for now in instants(water, 4 * 3600):
        by_outage(water, 3600 <= now < 7200)
        flowing = engine.flow[link] > 0.0
        if now > 3600:
            assert flowing == (now > 7200)
    assert en.getlinktype(engine.project.handle, link + 1) == en.CVPIPE


DISABLED = {
    "control": ("LINK {x} CLOSED AT TIME 2 DISABLED\nLINK {x} OPEN AT TIME 9", ""),
    "control by level": ("LINK {x} CLOSED IF NODE T ABOVE 0.6 DISABLED", ""),
    "rule": ("", "RULE {x}1\nIF SYSTEM TIME > 1\nTHEN PUMP {x} STATUS IS CLOSED\nDISABLED\n"),
}


@pytest.mark.parametrize("acting", DISABLED)
def test_what_the_file_disables_acts_neither_on_a_held_link_nor_on_one_that_was(
    acting: str, tmp_path: Path
) -> None:
    water = network(tmp_path, "pump", *DISABLED[acting])
    for now in instants(water, 8 * 3600):
        if now in (3600, 4 * 3600):
            by_outage(water, now == 3600)
        held = 3600 <= now < 4 * 3600
        assert standing(water, "X").open is not held
        assert standing(water, "Y").open

"""Rule steps at which no rule acts are no instants; those at which one does are foreseen to the second."""

from pathlib import Path

import numpy as np
import pytest
from epanet import toolkit as en
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.utilities.epanet.test_file_options import open_file
from tests.utilities.epanet.test_holds import by_outage, controls_on_a_pump, instants, network, standing
from twin.utilities.water.network import WaterNetwork

HOUR_S, RULE_STEP_S = 3600, 600


def states(water: WaterNetwork) -> bytes:
    project = water._engine.project
    return project.link_values(en.STATUS).tobytes() + project.link_values(en.SETTING).tobytes()


def check(water: WaterNetwork, hours: int) -> int:
    """Assert that links change by rules where it was foreseen, and nowhere else; count such instants."""
    engine, now, foreseen = water._engine, 0, 0
    while now < hours * HOUR_S:
        water.solve()
        step = min(water.next_change_s(), HOUR_S - now % HOUR_S)
        others = min(
            engine._times.next_s(now), max(1, int(min(engine._soonest, 1e9) + 0.5)), HOUR_S - now % HOUR_S
        )
        before, inside = states(water), step < others
        first, *rest = engine.steps(step)
        # it also stops where a tank is all but full or empty
        assert not rest or (now + first) % RULE_STEP_S, f"a rule acted at {now + first}"
        if inside and not rest:
            foreseen += 1
            assert (now + step) % RULE_STEP_S == 0
            assert states(water) != before, f"nothing changed at {now + step}"
        now += step
    return foreseen


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acting=controls_on_a_pump(),
    kind=st.sampled_from(["pump", "pump with a pattern"]),
    level=st.floats(1.0, 4.0),
)
def test_what_epanet_would_do_is_foreseen(
    acting: tuple[str, str], kind: str, level: float, tmp_path: Path
) -> None:
    check(network(tmp_path, kind, *acting, level), 24)


TANK_RULES = {
    "level": ("LEVEL BELOW 1.5", "LEVEL ABOVE 2.5"),
    "head": ("HEAD BELOW 31.5", "HEAD ABOVE 32.5"),
    "pressure": ("PRESSURE < 1.5", "PRESSURE > 2.5"),
    "filling": ("DRAINTIME < 2", "FILLTIME < 3"),
}


@pytest.mark.parametrize("rule", TANK_RULES)
@pytest.mark.parametrize("kind", ["pump", "pipe", "FCV"])
def test_a_tank_that_passes_a_value_between_rule_steps(rule: str, kind: str, tmp_path: Path) -> None:
    low, high = TANK_RULES[rule]
    what = {"pump": "PUMP", "pipe": "PIPE", "FCV": "VALVE"}[kind]
    text = f"RULE {{x}}1\nIF TANK T {low}\nTHEN {what} {{x}} STATUS IS OPEN\n"
    text += f"RULE {{x}}2\nIF TANK T {high}\nTHEN {what} {{x}} STATUS IS CLOSED\n"
    assert check(network(tmp_path, kind, "", text), 48) or rule == "filling"


@pytest.mark.parametrize("units", ["CMH", "GPM", "LPS"])
def test_rules_in_any_unit_by_a_volume_curve(units: str, tmp_path: Path) -> None:
    sections = """\
[TANKS]
T 40 2 0.5 9 10 0 V
[PIPES]
PT J2 T 10 300 130 0 Open
[PUMPS]
PU R J2 HEAD C
[STATUS]
P2 CLOSED
[CURVES]
C 100 60
V 0 0
V 1 40
V 4 300
V 9 420
[RULES]
RULE 1
IF TANK T LEVEL > 6.3
THEN PUMP PU STATUS IS CLOSED
RULE 2
IF TANK T LEVEL < 3.1
THEN PUMP PU SETTING IS 0.95
"""
    options = "" if units == "GPM" else "PRESSURE METERS"
    water = open_file(tmp_path, options, sections, "RULE TIMESTEP 0:10", head=20.0, units=units)
    assert check(water, 48) > 1


def test_a_day_under_rules_that_seldom_act_has_few_instants(tmp_path: Path) -> None:
    water = network(
        tmp_path, "pump", "", "RULE {x}\nIF SYSTEM CLOCKTIME = 4:20 AM\nTHEN PUMP {x} STATUS IS CLOSED\n"
    )
    times = list(instants(water, 24 * HOUR_S))
    assert 4 * HOUR_S + 1200 in times
    assert len(times) < 48  # of 144 rule steps


def test_while_a_link_is_held_every_rule_step_is_followed(tmp_path: Path) -> None:
    rules = "RULE {x}\nIF SYSTEM CLOCKTIME = 4:20 AM\nTHEN PUMP {x} STATUS IS CLOSED\n"
    water = network(tmp_path, "pump", "", rules)
    for now in instants(water, 8 * HOUR_S):
        if now in (2 * HOUR_S, 6 * HOUR_S):
            by_outage(water, now == 2 * HOUR_S)
    assert not standing(water, "X").open
    assert not standing(water, "Y").open
    assert np.isfinite(water.read()).all()

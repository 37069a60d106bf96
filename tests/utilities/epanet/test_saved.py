"""A saved state goes on the same way wherever it is restored; storage can be read and put."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.utilities.conftest import LIBRARY
from tests.utilities.epanet.days import Day, alatau, instants
from tests.utilities.epanet.test_file_options import open_file
from tests.utilities.epanet.test_holds import ACTING, KINDS, NEVER_CONTROLLED, controls_on_a_pump, network
from tests.utilities.epanet.test_reset import Opener
from tests.utilities.random_networks import random_water
from tests.utilities.random_sewers import random_sewer
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings


def check(opened: Opener, seed: int, hours: int = 8) -> None:
    """Save a network in the middle of a day; go on in it, in one that lived otherwise, and in a new one."""
    used, other, new = opened(), opened(), opened()
    for _ in instants(used, Day(used, seed), hours):
        pass
    for _ in instants(other, Day(other, seed + 1), 3):
        pass
    state, read = used.save(), used.read().copy()
    totals, causes = used.read_totals().copy(), dict(used.read_causes())
    after = list(instants(used, Day(used, seed + 2), 2))  # what was saved knows nothing of this
    ways = []
    for each in (used, other, new):
        each.restore(state)
        assert each.read().tobytes() == read.tobytes()
        assert each.read_totals().tobytes() == totals.tobytes()
        assert dict(each.read_causes()) == causes
        ways.append(list(instants(each, Day(used, seed + 2), hours)))
    assert after
    assert ways[0] == ways[1] == ways[2]


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3"])
def test_a_network_of_the_library(name: str) -> None:
    path = LIBRARY / f"{name}.inp"
    probe = WaterNetwork(path, WaterSettings())
    points = [f"water/{probe._engine.nodes[node]}" for node in probe._engine.junctions[:3]]
    pumps = [f"water/{probe._engine.links[pump]}" for pump in probe._engine.pumps]
    check(lambda: WaterNetwork(path, WaterSettings(), points, 3, pumps), 1)


@pytest.mark.parametrize("name", ["water", "wastewater"])
def test_alatau(name: str) -> None:
    check(alatau(name), 2)


@pytest.mark.parametrize("acting", ["level", "pressure", "rule by level", "rule by clock"])
@pytest.mark.parametrize(
    "kind", ["pump", "pump with a pattern", "pipe", "check valve", "PRV", "FCV fixed open"]
)
def test_kinds_of_link_and_of_what_acts_on_it(kind: str, acting: str, tmp_path: Path) -> None:
    controls, rules = ACTING[acting] if kind not in NEVER_CONTROLLED else ("", "")
    what = {"pumps": "PUMP", "pipes": "PIPE", "valves": "VALVE"}[KINDS[kind][0]]
    check(lambda: network(tmp_path, kind, controls, rules.replace("{what}", what)), 3)


@pytest.mark.parametrize("seed", range(5))
def test_odd_pipes_tanks_and_intakes(seed: int, tmp_path: Path) -> None:
    check(lambda: random_water(seed, tmp_path), seed)


@pytest.mark.parametrize("seed", range(5))
def test_odd_sewers_with_leaks_and_volume_curves(seed: int, tmp_path: Path) -> None:
    check(lambda: random_sewer(seed, tmp_path), seed)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acting=controls_on_a_pump(), level=st.floats(0.5, 5.0), seed=st.integers(0, 2**32 - 4))
def test_any_controls_and_rules(acting: tuple[str, str], level: float, seed: int, tmp_path: Path) -> None:
    check(lambda: network(tmp_path, "pump", *acting, level), seed, hours=6)


def test_a_state_goes_on_as_the_network_would_that_was_not_saved(tmp_path: Path) -> None:
    """Within the accuracy with which EPANET solves: its flows start afresh."""
    going, saved = (network(tmp_path, "pump", *ACTING["level"]) for _ in range(2))
    for each in (going, saved):
        list(instants(each, Day(each, 4, quiet=True), 6))
    saved.restore(saved.save())
    for each in (going, saved):
        list(instants(each, Day(each, 5, quiet=True), 12))
    np.testing.assert_allclose(saved.read_totals(), going.read_totals(), rtol=1e-3)
    np.testing.assert_allclose(saved.read(), going.read(), rtol=1e-3, atol=1e-3)


def test_time_passes_from_a_state_that_was_solved_without_solving_it_again(tmp_path: Path) -> None:
    water, other = (network(tmp_path, "pump", *ACTING["level"]) for _ in range(2))
    for _ in instants(water, Day(water, 6), 5):
        pass
    water.solve()
    other.restore(water.save())
    for each in (water, other):
        each.advance(300)
    np.testing.assert_allclose(other.read_totals(), water.read_totals(), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(other.read_stored(), water.read_stored(), rtol=1e-4)


def balance(water: WaterNetwork) -> float:
    totals = dict(zip(water.totals, map(float, water.read_totals()), strict=True))
    return totals["supplied_m3"] - sum(totals[f"{use}_m3"] for use in ("served", "leaked", "stored"))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0, 7.0, -1.0])
def test_what_is_put_into_tanks_is_there_and_was_neither_supplied_nor_served(share: float) -> None:
    water = WaterNetwork(LIBRARY / "Net3.inp", WaterSettings())
    for _ in instants(water, Day(water, 7, quiet=True), 3):
        pass
    least, most = water.stores.least_m3, water.stores.most_m3
    before = water.read_totals().copy()
    water.put_stored(least + share * (most - least))
    wanted = least + min(max(share, 0.0), 1.0) * (most - least)
    np.testing.assert_allclose(water.read_stored(), wanted, rtol=1e-9)
    np.testing.assert_array_equal(water.read_totals(), before)
    water.solve()
    shown = [water.read()[i] for i, s in enumerate(water.signals) if s.quantity == "fill_percent"]
    np.testing.assert_allclose(shown, 100.0 * min(max(share, 0.0), 1.0), atol=1e-4)
    for _ in instants(water, Day(water, 8, quiet=True), 12):
        pass
    totals = dict(zip(water.totals, water.read_totals(), strict=True))
    assert abs(balance(water)) < 1e-6 * totals["supplied_m3"]
    moved = water.read_stored().sum() - wanted.sum()
    began = dict(zip(water.totals, before, strict=True))["stored_m3"]
    assert totals["stored_m3"] - began == pytest.approx(moved, rel=1e-6, abs=1e-3)


def test_what_was_read_of_tanks_is_a_copy() -> None:
    water = WaterNetwork(LIBRARY / "Net1.inp", WaterSettings())
    water.read_stored()[:] = 0.0
    assert (water.read_stored() > 0.0).all()


TANK = (
    "[TANKS]\nT 20 3 1 5 10 0\n[PUMPS]\nPU R J2 HEAD C\n[CURVES]\nC 100 50\n"
    "[PIPES]\nPT J2 T 100 300 130 0 Open\n"
)
ABOVE_LEAST = np.pi * 10.0**2 / 4.0
CALLS = {
    "nothing": ("", np.nan),
    "a control": ("[CONTROLS]\nLINK PU OPEN IF NODE T BELOW 2\nLINK PU CLOSED IF NODE T ABOVE 4\n", 2.0),
    "the lower of two": ("[CONTROLS]\nLINK PU 0.9 IF NODE T BELOW 3\nLINK PT OPEN IF NODE T BELOW 2\n", 2.0),
    "one that only closes": ("[CONTROLS]\nLINK PU CLOSED IF NODE T BELOW 2\n", np.nan),
    "a rule": ("[RULES]\nRULE 1\nIF TANK T LEVEL < 1.5\nTHEN PUMP PU STATUS IS OPEN\n", 1.5),
    "its head": ("[RULES]\nRULE 1\nIF TANK T HEAD BELOW 21.5\nTHEN PUMP PU SETTING IS 0.8\n", 1.5),
    "what a rule does else": (
        "[RULES]\nRULE 1\nIF TANK T LEVEL > 4\nTHEN PUMP PU STATUS IS CLOSED\nELSE PUMP PU STATUS IS OPEN\n",
        4.0,
    ),
    "one that is disabled": ("[CONTROLS]\nLINK PU OPEN IF NODE T BELOW 2 DISABLED\n", np.nan),
}


@pytest.mark.parametrize("calls", CALLS)
def test_below_which_volume_a_tank_calls_for_water(calls: str, tmp_path: Path) -> None:
    sections, level = CALLS[calls]
    water = open_file(tmp_path, sections=TANK + sections)
    assert water.stores.addresses == ("water/T",)
    np.testing.assert_allclose(water.stores.most_m3 - water.stores.least_m3, 4.0 * ABOVE_LEAST, rtol=1e-5)
    expected = water.stores.least_m3[0] + (level - 1.0) * ABOVE_LEAST
    np.testing.assert_allclose(water.stores.calls_m3, [expected], rtol=1e-5)


def test_a_tank_that_overflows_is_put_back_though_its_level_is_rounded_beyond_its_brim(
    tmp_path: Path,
) -> None:
    brims = (0.1, 3.7, 5.123456789, 7.3)
    rows = "\n".join(f"T{i} {700.1 + i / 3:.4f} 0 0 {brim} 10 0 * YES" for i, brim in enumerate(brims))
    pipes = "\n".join(f"PT{i} J2 T{i} 100 300 130 0 Open" for i in range(len(brims)))
    water = open_file(tmp_path, sections=f"[TANKS]\n{rows}\n[PIPES]\n{pipes}\n", head=750.0)
    water.put_stored(water.stores.most_m3)
    state = water.save()
    water.restore(state)
    np.testing.assert_allclose(water.read_stored(), water.stores.most_m3, rtol=1e-12)


def test_a_volume_of_a_curve_is_put_though_its_level_is_rounded_beyond_the_brim(tmp_path: Path) -> None:
    rows, curves = [], []
    for i, (low, high) in enumerate(((0.3, 4.1), (1.7, 9.7), (0.1, 7.7))):
        rows.append(f"T{i} {613.37 + i / 7:.4f} {low} {low} {high} 10 0 V{i}")
        curves += [
            f"V{i} {low - 0.1:.3f} 1.1",
            f"V{i} {high / 3 + low:.4f} 77.7",
            f"V{i} {high + 0.3:.3f} 333.3",
        ]
    pipes = [f"PT{i} J2 T{i} 100 300 130 0 Open" for i in range(len(rows))]
    text = "\n".join(["[TANKS]", *rows, "[PIPES]", *pipes, "[CURVES]", *curves, ""])
    water = open_file(tmp_path, sections=text, head=650.0)
    for volumes in (water.stores.most_m3, water.stores.least_m3, 0.5 * water.stores.most_m3):
        water.put_stored(volumes)
        np.testing.assert_allclose(water.read_stored(), volumes, rtol=1e-9)
        water.solve()


@pytest.mark.parametrize("seconds", [0.01, 0.3, 0.49])
@pytest.mark.parametrize("name", ["Net1", "Net3"])
def test_a_tank_that_would_be_full_within_half_a_second_is_full_and_the_balance_closes(
    name: str, seconds: float
) -> None:
    water = WaterNetwork(LIBRARY / f"{name}.inp", WaterSettings())
    engine = water._engine
    water.solve()
    inflow = engine.demand[engine.tanks].copy()
    fills = inflow > 1e-3
    assert fills.any()
    most = water.stores.most_m3
    start = np.where(fills, most - seconds * np.maximum(inflow, 0.0), water.read_stored())
    water.put_stored(start)
    water.solve()
    moved = engine.demand[engine.tanks]
    assert not (~engine.storage.full & (moved > 0.0) & (most - water.read_stored() < 0.5 * moved)).any()
    for _ in instants(water, Day(water, 9, quiet=True), 12):
        pass
    totals = dict(zip(water.totals, map(float, water.read_totals()), strict=True))
    assert abs(balance(water)) < 1e-6 * totals["supplied_m3"]
    moved_m3 = float(water.read_stored().sum() - start.sum())
    assert totals["stored_m3"] == pytest.approx(moved_m3, rel=1e-6, abs=1e-3)

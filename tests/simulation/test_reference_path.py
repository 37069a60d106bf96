"""The fast path against a slow one: pandapower's `runpp` and EPANET at every instant, nothing skipped.

Both share drivers, links and recorder. On the slow path every network is solved at every instant and round,
whether anything moved or not, and what is recorded of the grid is what pandapower's own tables say after
`runpp` from a flat start with the twin's loads and taps.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandapower as pp
import pytest

from tests.alatau.conftest import ON_REQUEST
from twin.city.cached import CachedNetwork
from twin.results.run import Run
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.utilities.power.network import PowerNetwork

TOLERANCE = 1e-6
# a lift station's speed follows its wet well at each solution: solved more often, it differs in time, and so
# does the load of its transformer (worst of the year 2031: 1.04e-4)
LIFTED = 2e-4
RECORDED = (
    ("bus", "voltage_pu", "vm_pu"),
    ("line", "loading_percent", "loading_percent"),
    ("line", "power_mw", "p_from_mw"),
    ("trafo", "loading_percent", "loading_percent"),
    ("trafo3w", "loading_percent", "loading_percent"),
    ("ext_grid", "power_mw", "p_mw"),
)


@contextmanager
def slow_path() -> Iterator[list[int]]:
    """Patch the twin; yield how often pandapower solved."""
    solve = PowerNetwork.solve
    places: dict[tuple[str, str], list[int]] = {}
    solved = [0]

    def runpp(network: PowerNetwork) -> None:
        solve(network)
        net, flow = network._net, network.flow
        network._standing.write(net)
        net.load["p_mw"], net.load["q_mvar"] = network._served
        for (table, index), position in zip(flow._changers.elements, flow.position, strict=True):
            net[table].at[index, "tap_pos"] = position
        pp.runpp(net, numba=False, lightsim2grid=False, calculate_voltage_angles=True, tolerance_mva=1e-8)
        solved[0] += 1
        for table, quantity, column in RECORDED:
            if (table, quantity) not in places:
                places[table, quantity] = [
                    i
                    for i, s in enumerate(network.signals)
                    if s.quantity == quantity and network._where.get(s.asset, ("", 0))[0] == table
                ]
            network.read()[places[table, quantity]] = np.nan_to_num(net[f"res_{table}"][column].to_numpy())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PowerNetwork, "solve", runpp)
        patch.setattr(CachedNetwork, "stale", property(lambda _: True, lambda *_: None), raising=False)
        yield solved


def compare(fast: Run, slow: Run) -> None:
    """Assert that metrics and every month's statistics agree, relative to the largest of a signal's kind."""
    counts = {"coupled_hours", "settle_rounds_max", "unsettled_hours", "unsolved_hours"}
    for name, value in fast.metrics.items():
        if name not in counts and not name.startswith("balance_error"):
            still = 1e-3 if name.endswith("_m3") else 1e-9
            assert slow.metrics[name] == pytest.approx(value, rel=TOLERANCE, abs=still), name
    kinds = np.array([f"{s.asset.split('/')[0]} {s.quantity}" for s in fast.signals])
    beyond = []
    for ours, theirs in zip(fast.months, slow.months, strict=True):
        np.testing.assert_array_equal(ours.hours > 0.0, theirs.hours > 0.0)
        counted = ours.hours > 0.0
        for kind in np.unique(kinds):
            at = counted & (kinds == kind)
            scale = np.abs(ours.maximum[at]).max(initial=1e-6)
            lifted = kind.startswith("wastewater") or kind == "power loading_percent"
            for attribute in ("minimum", "mean", "maximum"):
                a, b = getattr(ours, attribute)[at], getattr(theirs, attribute)[at]
                worst = np.abs(a - b).max(initial=0.0) / scale
                if worst > (LIFTED if lifted else TOLERANCE):
                    beyond.append(f"{ours.month} {kind} {attribute}: {worst:.1e}")
    assert not beyond


def both_paths(*overrides: str) -> tuple[Run, Run]:
    scenario = load_scenario(ON_REQUEST, ["days=every", *overrides])
    fast = simulation.run(scenario)
    with slow_path() as solved:
        slow = simulation.run(scenario)
    assert solved[0] >= slow.coupled_hours
    return fast, slow


def test_two_days_of_alatau_agree_with_the_slow_path() -> None:
    compare(*both_paths("start=2031-07-01", "end=2031-07-03"))


@pytest.mark.slow
def test_a_year_of_alatau_agrees_with_the_slow_path() -> None:
    compare(*both_paths("start=2031-01-01", "end=2032-01-01"))

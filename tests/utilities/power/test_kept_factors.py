"""Load flows with kept factors: the same voltages as Newton's, the same bits whatever was solved before."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import Unsolved
from twin.utilities.base import Change
from twin.utilities.power.load_flow import LoadFlow
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings

GRIDS: dict[str, Callable[[], Any]] = {
    "medium voltage, rings": pn.create_cigre_network_mv,
    "one feeder": pn.case33bw,
    "low voltage": pn.create_kerber_landnetz_freileitung_1,
    "generators": pn.case118,
    "phase shifters": pn.case300,
    "several slacks": pn.mv_oberrhein,
}
DAY = settings(max_examples=10, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def opened(net: Any, folder: Path) -> PowerNetwork:
    pp.to_json(net, str(folder / "grid.json"))
    return PowerNetwork(folder / "grid.json", PowerSettings(shedding=False))


def without_kept_factors() -> Any:
    return patch.object(LoadFlow, "_approach", lambda *_: False)


def watched(calls: list[bool]) -> Any:
    """Watch which load flows kept factors solve."""
    approach = LoadFlow._approach

    def watch(flow: LoadFlow, at_bus: Any) -> bool:
        calls.append(approach(flow, at_bus))
        return calls[-1]

    return patch.object(LoadFlow, "_approach", watch)


@pytest.mark.parametrize("grid", GRIDS)
def test_voltages_are_those_of_newton(grid: str, tmp_path: Path) -> None:
    kept, newton = (opened(GRIDS[grid](), tmp_path) for _ in range(2))
    calls: list[bool] = []
    for factor in (1.0, 0.97, 0.99, 1.01, 0.95, 1.02):
        for network in (kept, newton):
            network.set_demand(np.zeros(0), factor)
        with watched(calls):
            kept.solve()
        newton.flow._tolerance = 1e-10
        with without_kept_factors():
            newton.solve()
        np.testing.assert_allclose(kept.flow.voltage, newton.flow.voltage, rtol=0.0, atol=1e-8)
    assert sum(calls) >= 5, "kept factors solve it, not the fallback"


def test_demand_that_falls_to_a_tenth_and_returns_is_solved_with_factors_made_anew(tmp_path: Path) -> None:
    network = opened(pn.case118(), tmp_path)
    calls: list[bool] = []
    with watched(calls):
        for factor in (1.0, 0.7, 1.0, 1.2, 0.8):
            network.set_demand(np.zeros(0), factor)
            network.solve()
    assert all(calls)


def test_demand_without_a_solution_is_told_and_the_next_hour_is_solved(tmp_path: Path) -> None:
    network = opened(pn.case33bw(), tmp_path)
    network.set_demand(np.zeros(0), 1.0)
    network.solve()
    expected = network.flow.voltage.copy()
    network.set_demand(np.zeros(0), 8.0)
    with pytest.raises(Unsolved, match="beyond the largest transfer"):
        network.solve()
    network.set_demand(np.zeros(0), 1.0)
    network.solve()
    np.testing.assert_allclose(network.flow.voltage, expected, rtol=0.0, atol=1e-8)


def test_no_root_below_the_nose_is_taken_for_a_solution(tmp_path: Path) -> None:
    network = opened(pn.case33bw(), tmp_path)
    network.set_demand(np.zeros(0), 1.0)
    network.solve()
    network.flow.voltage[1:] *= 0.1  # a start from which kept factors find a root no grid works at, or none
    network.solve()
    assert np.abs(network.flow.voltage).min() > 0.9


def day(network: PowerNetwork, seed: int) -> list[bytes]:
    """Pass some hours with random demand and switching; return all that is read, and what was accounted."""
    rng = np.random.default_rng(seed)
    told = []
    for _ in range(8):
        if rng.random() < 0.3:
            table = str(rng.choice(["line", "load", "trafo"]))
            asset = f"power/{rng.choice(network.names[table])}"
            network.apply([Change(asset, "held" if rng.random() < 0.5 else "in_service", rng.random() < 0.6)])
        network.set_demand(np.zeros(0), float(rng.uniform(0.3, 1.6)))
        try:
            network.solve()
            told.append(network.read().tobytes())
        except Unsolved as error:
            told.append(error.reason.encode())
        network.advance(3600)
    return [*told, network.read_totals().tobytes(), repr(sorted(network.read_causes().items())).encode()]


@pytest.fixture(scope="module")
def grids() -> Any:
    with TemporaryDirectory() as folder:
        yield [opened(pn.create_cigre_network_mv(with_der="all"), Path(folder)) for _ in range(2)]


@DAY
@given(first=seeds, second=seeds)
def test_after_a_reset_a_day_is_the_same_to_the_bit_whatever_ran_before(
    grids: list[PowerNetwork], first: int, second: int
) -> None:
    used, fresh = grids
    fresh.reset()
    expected = day(fresh, second)
    used.reset()
    day(used, first)
    used.reset()
    assert day(used, second) == expected


@DAY
@given(first=seeds, second=seeds, third=seeds)
def test_restored_in_the_midst_of_a_day_two_grids_go_on_alike_to_the_bit(
    grids: list[PowerNetwork], first: int, second: int, third: int
) -> None:
    one, other = grids
    one.reset()
    day(one, first)
    state = one.save()
    expected = day(one, second)
    day(other, third)
    other.restore(state)
    assert day(other, second) == expected, "as the network that was saved, too"


def test_a_reset_builds_nothing_anew(tmp_path: Path) -> None:
    network = opened(pn.create_cigre_network_mv(), tmp_path)
    day(network, 1)
    compiled = dict(network._cache)
    network.reset()
    day(network, 1)
    assert all(network._cache[key] is state for key, state in compiled.items())

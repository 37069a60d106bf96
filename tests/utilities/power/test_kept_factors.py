"""The load flow with kept factors: the same voltages as Newton's, from wherever the grid stands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.utilities.base import Change
from twin.utilities.power.load_flow import LoadFlow
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings

GRIDS: dict[str, Callable[[], Any]] = {
    "CIGRE MV": pn.create_cigre_network_mv,
    "Oberrhein": pn.mv_oberrhein,
    "IEEE 9": pn.case9,
    "IEEE 39": pn.case39,
    "IEEE 118": pn.case118,
    "IEEE 300": pn.case300,
    "33 buses": pn.case33bw,
    "Kerber": pn.create_kerber_landnetz_freileitung_1,
}
NONE = np.zeros(0)
SAME_PU = 2e-8


def opened(folder: Path, grid: str) -> PowerNetwork:
    path = folder / "grid.json"
    pp.to_json(GRIDS[grid](), str(path))
    network = PowerNetwork(path, PowerSettings(file=str(path), shedding=False))
    network.set_base(np.zeros((0, 0)))
    return network


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PowerNetwork]:
    return {grid: opened(tmp_path_factory.mktemp("grid"), grid) for grid in GRIDS}


def voltages(network: PowerNetwork, factors: list[float]) -> list[Any]:
    network.reset()
    found = []
    for factor in factors:
        network.set_demand(NONE, factor)
        network.solve()
        found.append(network.flow.voltage.copy())
    return found


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(GRIDS)), st.lists(st.floats(0.95, 1.0), min_size=1, max_size=8))
def test_voltages_are_newtons(networks: dict[str, PowerNetwork], grid: str, factors: list[float]) -> None:
    network = networks[grid]
    kept = voltages(network, factors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LoadFlow, "_near", lambda *_: False)
        newtons = voltages(network, factors)
    for one, other in zip(kept, newtons, strict=True):
        np.testing.assert_allclose(one, other, rtol=0.0, atol=SAME_PU)


@pytest.mark.parametrize("grid", GRIDS)
def test_newton_is_not_asked_again_while_loads_move(
    networks: dict[str, PowerNetwork], grid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = networks[grid]
    voltages(network, [1.0])
    asked: list[int] = []
    monkeypatch.setattr(LoadFlow, "_find", lambda *_: asked.append(1))
    for factor in np.linspace(0.95, 1.0, 20):
        network.set_demand(NONE, float(factor))
        network.solve()
    assert not asked


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0.5, 1.0), min_size=1, max_size=5),
    st.lists(st.floats(0.5, 1.0), min_size=1, max_size=5),
    st.booleans(),
)
def test_what_was_solved_before_a_reset_leaves_no_trace(
    networks: dict[str, PowerNetwork], before: list[float], after: list[float], switched: bool
) -> None:
    network = networks["Oberrhein"]
    expected = voltages(network, after)
    voltages(network, before)
    if switched:
        network.apply([Change("power/" + network.names["line"][3], "in_service", False)])
        network.set_demand(NONE, before[0])
        network.solve()
    assert [v.tobytes() for v in voltages(network, after)] == [v.tobytes() for v in expected]


def test_a_demand_without_a_solution_falls_back_and_a_smaller_one_is_found_again(
    networks: dict[str, PowerNetwork],
) -> None:
    from twin.errors import Unsolved

    network = networks["33 buses"]
    (expected,) = voltages(network, [1.0])
    network.set_demand(NONE, 20.0)
    with pytest.raises(Unsolved):
        network.solve()
    network.set_demand(NONE, 1.0)
    network.solve()
    np.testing.assert_allclose(network.flow.voltage, expected, rtol=0.0, atol=SAME_PU)


def test_a_root_below_the_nose_is_not_taken(tmp_path: Path) -> None:
    """Behind one reactance the equation has a second root, at half the voltage or less."""
    net = pp.create_empty_network(sn_mva=1.0)
    a, b = (pp.create_bus(net, 10.0) for _ in range(2))
    pp.create_ext_grid(net, a, name="G")
    pp.create_line_from_parameters(net, a, b, 1.0, 0.0, 10.0, 0.0, 1.0, name="L")
    pp.create_load(net, b, 1.0, 0.0, name="D")
    path = tmp_path / "grid.json"
    pp.to_json(net, str(path))
    network = PowerNetwork(path, PowerSettings(file=str(path), shedding=False))
    network.set_base(np.zeros((0, 0)))
    for factor in (1.0, 4.5, 1.0, 4.9, 0.2):
        network.set_demand(NONE, factor)
        network.solve()
        # |V|^4 + (2 Q X - E^2) |V|^2 + X^2 (P^2 + Q^2) = 0 with Q = 0 and X = 0.1 pu: the upper root
        upper = np.sqrt(0.5 + np.sqrt(0.25 - (0.1 * factor) ** 2))
        assert abs(network.flow.voltage[-1]) == pytest.approx(upper, abs=1e-7)

"""N-1 agrees with pandapower run outage by outage."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from twin.utilities.power.contingencies import Contingencies, Contingency
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings


def opened(net: pp.pandapowerNet, folder: Path, emergency_factor: float = 1.0) -> PowerNetwork:
    pp.to_json(net, str(folder / "grid.json"))
    network = PowerNetwork(
        folder / "grid.json", PowerSettings(shedding=False, emergency_factor=emergency_factor)
    )
    network.set_demand(np.zeros(0))
    network.solve()
    return network


def reference(net: pp.pandapowerNet, asset: str, network: PowerNetwork) -> tuple[bool, float, float, float]:
    """Take an asset out of a copy and let pandapower solve it: solved, loading, voltage, unserved."""
    table, row = network._where[asset]
    copy = deepcopy(net)
    copy[table].loc[copy[table].index[row], "in_service"] = False
    try:
        pp.runpp(copy, lightsim2grid=False, numba=False, calculate_voltage_angles=True, init="dc")
    except pp.LoadflowNotConverged:
        return False, 0.0, 0.0, 0.0
    loadings = [copy[f"res_{t}"].loading_percent for t in ("line", "trafo", "trafo3w") if len(copy[t])]
    highest = max(float(column.fillna(0.0).max()) for column in loadings)
    unserved = float(
        (net.load.p_mw * net.load.scaling * net.load.in_service).sum() - copy.res_load.p_mw.sum()
    )
    return True, highest, float(copy.res_bus.vm_pu.min()), unserved


@pytest.mark.parametrize("build", [pn.case14, pn.create_cigre_network_mv, pn.case30, pn.case33bw])
def test_every_outage_is_pandapowers(build: Callable[[], pp.pandapowerNet], tmp_path: Path) -> None:
    net = build()
    network = opened(net, tmp_path)
    compared = 0
    for outcome in Contingencies(network).solve():
        if network._where[outcome.asset][0] == "ext_grid":
            continue
        solved, loading, voltage, unserved = reference(net, outcome.asset, network)
        assert outcome.solved == solved, outcome
        assert outcome.unserved_mw == pytest.approx(unserved, abs=1e-6)
        if solved:
            assert outcome.min_voltage_pu == pytest.approx(voltage, abs=1e-6), outcome
            assert outcome.loading == pytest.approx(loading, abs=1e-3), outcome
            compared += 1
    assert compared >= 10


def two_transformers() -> pp.pandapowerNet:
    net = pp.create_empty_network()
    high, low = pp.create_bus(net, 110.0), pp.create_bus(net, 10.0)
    pp.create_ext_grid(net, high, name="EG")
    for number in (1, 2):
        pp.create_transformer_from_parameters(
            net, high, low, 16, 110, 10.5, 0.53, 10.5, 18.0, 0.7, name=f"T{number}"
        )
    pp.create_load(net, low, 15.0, 4.93, name="L")
    return net


def by_asset(outcomes: list[Contingency]) -> dict[str, Contingency]:
    return {outcome.asset: outcome for outcome in outcomes}


def test_the_last_supply_out_leaves_all_unserved(tmp_path: Path) -> None:
    outcome = by_asset(Contingencies(opened(two_transformers(), tmp_path)).solve())["power/EG"]
    assert outcome.unserved_mw == pytest.approx(15.0)


def test_the_firm_factor_is_where_the_remaining_transformer_is_at_its_emergency_rating(
    tmp_path: Path,
) -> None:
    network = opened(two_transformers(), tmp_path, 1.4)
    contingencies = Contingencies(network)
    factor, worst = contingencies.firm_factor(min_voltage_pu=0.8)
    assert worst in ("power/T1", "power/T2")
    loading = by_asset(contingencies.solve(factor))["power/T1"].loading
    assert loading == pytest.approx(140.0, abs=0.3)
    assert by_asset(contingencies.solve(factor * 1.01))["power/T1"].severity > 1.0


def test_a_second_supply_carries_the_ring_when_the_first_is_out(tmp_path: Path) -> None:
    net = two_transformers()
    second = pp.create_bus(net, 110.0)
    pp.create_ext_grid(net, second, name="EG2")
    pp.create_line_from_parameters(net, 0, second, 10.0, 0.1, 0.4, 9.0, 0.6, name="RING")
    network = opened(net, tmp_path)
    outcomes = by_asset(Contingencies(network).solve())
    _, loading, voltage, unserved = reference(net, "power/EG", network)
    assert outcomes["power/EG"].loading == pytest.approx(loading, abs=1e-3)
    assert outcomes["power/EG"].min_voltage_pu == pytest.approx(voltage, abs=1e-6)
    assert outcomes["power/EG"].unserved_mw == unserved == 0.0
    assert outcomes["power/RING"].unserved_mw == 0.0

"""Elements of every kind at any bus, with the file's own options, are solved as pandapower solves them."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandapower as pp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utilities.random_elements import any_grid
from twin.utilities.base import Cause, Change
from twin.utilities.power.contingencies import Contingencies
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings


def solved(net: pp.pandapowerNet, folder: Path, points: tuple[str, ...] = ()) -> PowerNetwork:
    pp.to_json(net, str(folder / "power.json"))
    network = PowerNetwork(folder / "power.json", PowerSettings(shedding=False), points)
    network.set_demand(np.zeros(0))
    network.solve()
    return network


def of(network: PowerNetwork, quantity: str, table: str) -> np.ndarray:
    return np.array(
        [
            value
            for signal, value in zip(network.signals, network.read(), strict=True)
            if signal.quantity == quantity and network._where.get(signal.asset, ("",))[0] == table
        ]
    )


def whole(network: PowerNetwork) -> dict[str, float]:
    names = ("fed_in", "supplied", "load", "losses", "unserved")
    return dict(zip(names, map(float, network.read()[-5:]), strict=True))


def compare(seed: int, folder: Path) -> None:
    net = any_grid(seed)
    try:
        pp.runpp(net, lightsim2grid=False, numba=False)
    except (pp.LoadflowNotConverged, NotImplementedError, ValueError):
        return
    network = solved(net, folder)
    voltage = of(network, "voltage_pu", "bus")
    assert np.abs(voltage - net.res_bus.vm_pu.fillna(0.0)).max() < 1e-6
    loading = of(network, "loading_percent", "line")
    assert np.abs(loading - net.res_line.loading_percent.fillna(0.0)).max() < 1e-4
    follows = (net.load.filter(like="const_") > 0.0).any(axis=None)
    if not follows:  # else pandapower's external grids miss what the voltage makes of loads at their bus
        supply = of(network, "power_mw", "ext_grid")
        assert supply.sum() == pytest.approx(net.res_ext_grid.p_mw.sum(), abs=1e-5)
    total = whole(network)
    assert total["unserved"] == pytest.approx(0.0, abs=1e-9)
    assert total["supplied"] + total["fed_in"] == pytest.approx(total["load"] + total["losses"], abs=1e-5)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_a_grid_of_any_elements_and_options_is_solved_as_pandapower_solves_it(seed: int) -> None:
    with TemporaryDirectory() as folder:
        compare(seed, Path(folder))


@pytest.mark.slow
def test_three_hundred_grids_of_any_elements_and_options(tmp_path: Path) -> None:
    for seed in range(300):
        compare(seed, tmp_path)


def two_buses() -> pp.pandapowerNet:
    net = pp.create_empty_network()
    slack, far = pp.create_bus(net, 20.0, name="SLACK"), pp.create_bus(net, 20.0, name="FAR")
    pp.create_ext_grid(net, slack, name="EG")
    pp.create_line_from_parameters(net, slack, far, 2.0, 0.1, 0.3, 10.0, 0.4, name="LINE")
    pp.create_load(net, far, 2.0, 0.5, name="TOWN")
    return net


ADDED: dict[str, tuple[Callable[[pp.pandapowerNet], object], float, float]] = {
    "storage that charges": (lambda net: pp.create_storage(net, 0, 3.0, 10.0), 3.0, 0.0),
    "storage that discharges": (lambda net: pp.create_storage(net, 0, -3.0, 10.0), 0.0, 3.0),
    "negative load": (lambda net: pp.create_load(net, 0, -1.5), 0.0, 1.5),
    "motor": (lambda net: pp.create_motor(net, 0, 0.9, 0.9, efficiency_percent=90.0), 1.0, 0.0),
    "asymmetric load": (lambda net: pp.create_asymmetric_load(net, 0, 0.5, 0.3, 0.2), 1.0, 0.0),
    "asymmetric sgen": (lambda net: pp.create_asymmetric_sgen(net, 0, 0.5, 0.3, 0.2), 0.0, 1.0),
    "ward": (lambda net: pp.create_ward(net, 0, 0.7, 0.1, 0.0, 0.0), 0.7, 0.0),
    "sgen": (lambda net: pp.create_sgen(net, 0, 0.4), 0.0, 0.4),
    "gen": (lambda net: pp.create_gen(net, 1, 0.4, vm_pu=1.0), 0.0, 0.4),
}


@pytest.mark.parametrize("kind", ADDED)
def test_what_is_drawn_and_what_is_fed_in_are_told_apart(kind: str, tmp_path: Path) -> None:
    net = two_buses()
    add, drawn, fed_in = ADDED[kind]
    add(net)
    pp.runpp(net, lightsim2grid=False, numba=False)
    network = solved(net, tmp_path)
    total = whole(network)
    assert total["load"] == pytest.approx(2.0 + drawn, abs=1e-9)
    assert total["fed_in"] == pytest.approx(fed_in, abs=1e-9)
    assert total["supplied"] == pytest.approx(net.res_ext_grid.p_mw.sum(), abs=1e-6)


def test_losses_of_a_direct_current_line_are_losses(tmp_path: Path) -> None:
    net = two_buses()
    pp.create_dcline(net, 0, 1, 1.0, 5.0, 0.1, 1.0, 1.0, name="DC")
    without, total = whole(solved(two_buses(), tmp_path)), whole(solved(net, tmp_path))
    pp.runpp(net, lightsim2grid=False, numba=False)
    assert total["losses"] == pytest.approx(0.15 + net.res_line.pl_mw.sum(), abs=1e-7)
    assert total["load"] == without["load"] == pytest.approx(2.0)


def test_a_negative_load_never_offsets_what_is_unserved(tmp_path: Path) -> None:
    net = two_buses()
    pp.create_load(net, 1, -2.0, name="ROOFS")
    pp.create_motor(net, 1, 0.9, 0.9, efficiency_percent=90.0, name="MILL")
    network = solved(net, tmp_path)
    network.apply([Change("power/LINE", "held", True)])
    network.solve()
    network.advance(3600)
    assert whole(network)["unserved"] == pytest.approx(3.0)
    assert network.read_causes() == {
        Cause("unserved_mwh", "no supply", "power/TOWN"): pytest.approx(2.0),
        Cause("unserved_mwh", "no supply", "power/MILL"): pytest.approx(1.0),
    }
    cut = {o.asset: o for o in Contingencies(solved(net, tmp_path)).solve()}
    assert cut["power/LINE"].unserved_mw == pytest.approx(3.0)


@pytest.mark.parametrize("slack_gen", [False, True])
def test_a_blackout_of_all_supplies_is_an_answer(slack_gen: bool, tmp_path: Path) -> None:
    net = two_buses()
    sources = ["power/EG"]
    if slack_gen:
        pp.create_gen(net, 1, 0.5, vm_pu=1.0, slack=True, name="UNIT")
        sources.append("power/UNIT")
    network = solved(net, tmp_path)
    before = network.read().copy()
    network.apply([Change(source, "held", True) for source in sources])
    network.solve()
    network.advance(3600)
    assert whole(network) == {**dict.fromkeys(("fed_in", "supplied", "load", "losses"), 0.0), "unserved": 2.0}
    assert (of(network, "voltage_pu", "bus") == 0.0).all()
    assert not network.active()[:-5].any()
    assert network.relief(frozenset({"power/LINE"})).sum() == 0.0
    network.apply([Change(source, "held", False) for source in sources])
    network.solve()
    assert network.read() == pytest.approx(before, abs=1e-9)


def test_a_grid_whose_supplies_are_all_yet_to_be_built_opens_dark(tmp_path: Path) -> None:
    net = two_buses()
    net.ext_grid["in_service"] = False
    network = solved(net, tmp_path)
    assert whole(network)["unserved"] == pytest.approx(2.0)
    network.apply([Change("power/EG", "in_service", True)])
    network.solve()
    assert whole(network)["unserved"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("rule", ["limits", "voltage"])
def test_outages_obey_the_rules_of_the_load_flow(rule: str, tmp_path: Path) -> None:
    net = two_buses()
    pp.create_line_from_parameters(net, 0, 1, 9.0, 0.3, 0.4, 10.0, 0.4, name="SECOND")
    if rule == "limits":
        pp.create_gen(net, 1, 0.5, vm_pu=1.03, min_q_mvar=-0.2, max_q_mvar=0.2, name="UNIT")
        pp.set_user_pf_options(net, enforce_q_lims=True)
    else:
        net.load["const_z_p_percent"], net.load["const_i_q_percent"] = 60.0, 40.0
    outcomes = {o.asset: o for o in Contingencies(solved(net, tmp_path)).solve()}
    net.line.loc[0, "in_service"] = False
    pp.runpp(net, lightsim2grid=False, numba=False)
    assert outcomes["power/LINE"].min_voltage_pu == pytest.approx(net.res_bus.vm_pu.min(), abs=1e-6)
    assert outcomes["power/LINE"].loading == pytest.approx(net.res_line.loading_percent.max(), abs=1e-4)


def test_a_voltage_level_that_is_low_by_its_transformer_is_no_collapse(tmp_path: Path) -> None:
    net = two_buses()
    low = pp.create_bus(net, 1.2, name="LOW")
    for name in ("T1", "T2"):
        pp.create_transformer_from_parameters(net, 1, low, 1.0, 20.0, 0.4, 1.0, 6.0, 1.0, 0.1, name=name)
    pp.create_load(net, low, 0.3, 0.1)
    pp.runpp(net, lightsim2grid=False, numba=False)
    network = solved(net, tmp_path)
    assert of(network, "voltage_pu", "bus") == pytest.approx(net.res_bus.vm_pu.to_numpy(), abs=1e-6)
    assert of(network, "voltage_pu", "bus")[-1] < 0.4
    assert all(outcome.solved for outcome in Contingencies(network).solve())


def test_a_load_of_constant_impedance_may_pull_its_voltage_below_the_nose_of_constant_power(
    tmp_path: Path,
) -> None:
    net = two_buses()
    net.line["length_km"] = 2000.0
    net.line["c_nf_per_km"] = 0.0
    net.load["const_z_p_percent"] = net.load["const_z_q_percent"] = 100.0
    pp.runpp(net, lightsim2grid=False, numba=False, max_iteration=50)
    assert net.res_bus.vm_pu.min() < 0.4
    network = solved(net, tmp_path)
    assert of(network, "voltage_pu", "bus") == pytest.approx(net.res_bus.vm_pu.to_numpy(), abs=1e-6)


@pytest.mark.parametrize("winding", ["mv", "lv"])
def test_a_load_behind_a_station_of_three_windings_counts_once_on_it(winding: str, tmp_path: Path) -> None:
    net = two_buses()
    busbars = {name: pp.create_bus(net, kv, name=name) for name, kv in (("MV", 20.0), ("LV", 10.0))}
    hv = pp.create_bus(net, 110.0, name="HV")
    pp.create_ext_grid(net, hv, name="FAR")
    pp.create_transformer3w(net, hv, *busbars.values(), "63/25/38 MVA 110/20/10 kV", name="T3")
    pp.create_load(net, busbars[winding.upper()], 5.0, name="BEHIND")
    network = solved(net, tmp_path, ("power/BEHIND",))
    network.set_base(np.array([[5.0, 0.0, 0.0]]))
    network.set_demand(np.ones(3))
    network.solve()
    (relief,) = network.relief(frozenset({"power/T3"}))
    assert relief == pytest.approx(1.0)
    # as the load on the station has it
    assert float(of(network, "asked_mw", "trafo3w")[0]) == pytest.approx(5.0 * relief, rel=1e-6)

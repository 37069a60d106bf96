"""The compiled load flow against pandapower's own, and the rules of the contract that are power's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
from pandapower.control import DiscreteTapControl

from twin.errors import InvalidInput
from twin.utilities.base import Change
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings


def three_windings() -> pp.pandapowerNet:
    net = pn.example_multivoltage()
    net.load[[c for c in net.load.columns if c.startswith("const_")]] = 0.0
    return net


def with_island() -> pp.pandapowerNet:
    net = pn.create_cigre_network_mv()
    net.switch.loc[net.switch.et == "l", "closed"] = False
    net.line.loc[1, "in_service"] = False
    return net


NETS: dict[str, Callable[[], pp.pandapowerNet]] = {
    "case9": pn.case9,
    "case14": pn.case14,
    "case33bw": pn.case33bw,
    "case57": pn.case57,
    "case118": pn.case118,
    "cigre_mv": pn.create_cigre_network_mv,
    "kerber_landnetz": pn.create_kerber_landnetz_freileitung_1,
    "mv_oberrhein": pn.mv_oberrhein,
    "three_windings": three_windings,
    "with_island": with_island,
}


def opened(net: pp.pandapowerNet, folder: Path, shedding: bool = False, **arguments: object) -> PowerNetwork:
    path = folder / "power.json"
    pp.to_json(net, str(path))
    return PowerNetwork(path, PowerSettings(shedding=shedding), **arguments)  # type: ignore[arg-type]


def column(network: PowerNetwork, quantity: str, tables: str) -> np.ndarray:
    wanted = {a for a, (table, _) in network._where.items() if table == tables}
    return np.array(
        [
            value
            for signal, value in zip(network.signals, network.read(), strict=True)
            if signal.quantity == quantity and signal.asset in wanted
        ]
    )


def own_names(net: pp.pandapowerNet) -> pp.pandapowerNet:
    """Give every element a name of its own, so that no signal is ambiguous."""
    for table in ("bus", "line", "trafo", "trafo3w", "load", "gen", "sgen", "ext_grid", "switch"):
        net[table]["name"] = [f"{table} {i}" for i in net[table].index]
    return net


@pytest.mark.parametrize("name", NETS)
def test_parity_with_pandapower(name: str, tmp_path: Path) -> None:
    net = own_names(NETS[name]())
    network = opened(net, tmp_path)
    network.set_demand(np.zeros(0))
    network.solve()
    pp.runpp(net, numba=False, lightsim2grid=False, calculate_voltage_angles=True, init="dc")
    voltage = column(network, "voltage_pu", "bus")
    assert np.abs(voltage - net.res_bus.vm_pu.fillna(0.0)).max() < 1e-6
    for table in ("line", "trafo", "trafo3w"):
        if len(net[table]):
            expected = net[f"res_{table}"].loading_percent.fillna(0.0)
            assert np.abs(column(network, "loading_percent", table) - expected).max() < 1e-4
    grid = column(network, "power_mw", "ext_grid")
    assert grid == pytest.approx(net.res_ext_grid.p_mw.fillna(0.0), abs=1e-4)
    fed_in, supplied, load, losses, _ = network.read()[-5:]
    assert supplied + fed_in == pytest.approx(load + losses, rel=1e-7)


def substation() -> pp.pandapowerNet:
    net = pp.create_empty_network()
    hv, lv = pp.create_bus(net, 110.0, name="HV"), pp.create_bus(net, 10.0, name="LV")
    pp.create_ext_grid(net, hv, vm_pu=1.02, name="EG")
    for name in ("T1", "T2"):
        index = pp.create_transformer_from_parameters(
            net,
            hv,
            lv,
            sn_mva=16,
            vn_hv_kv=115,
            vn_lv_kv=11,
            vkr_percent=0.6,
            vk_percent=10.5,
            pfe_kw=18,
            i0_percent=0.7,
            tap_side="hv",
            tap_neutral=0,
            tap_min=-9,
            tap_max=9,
            tap_step_percent=1.78,
            tap_pos=0,
            tap_changer_type="Ratio",
            name=name,
        )
        DiscreteTapControl(net, index, vm_lower_pu=1.0, vm_upper_pu=1.04)
    pp.create_load(net, lv, 18.0, 6.0, name="L")
    return net


def test_tap_changers_end_where_pandapowers_do(tmp_path: Path) -> None:
    net = substation()
    network = opened(net, tmp_path)
    for factor in (0.2, 1.0, 1.5, 0.4):
        network.set_demand(np.zeros(0), factor)
        network.solve()
        net.load["scaling"] = factor
        pp.runpp(net, run_control=True, numba=False, lightsim2grid=False)
        assert column(network, "voltage_pu", "bus") == pytest.approx(net.res_bus.vm_pu.to_numpy(), abs=1e-6)
        loading = column(network, "loading_percent", "trafo")
        assert loading == pytest.approx(net.res_trafo.loading_percent.to_numpy(), abs=1e-4)
    assert list(network.flow.position) == list(net.trafo.tap_pos)


def test_out_of_service_and_back_returns_to_the_same_state(tmp_path: Path) -> None:
    network = opened(substation(), tmp_path)
    network.solve()
    before = network.read().copy()
    network.apply([Change("power/T1", "in_service", False)])
    network.solve()
    assert column(network, "loading_percent", "trafo")[0] == 0.0
    assert column(network, "loading_percent", "trafo")[1] > 100.0
    assert not network.active()[[s.asset for s in network.signals].index("power/T1")]
    network.apply([Change("power/T1", "in_service", True)])
    network.solve()
    assert network.read() == pytest.approx(before, abs=1e-9)


def test_a_dead_bus_reads_zero_and_its_load_is_unserved(tmp_path: Path) -> None:
    network = opened(substation(), tmp_path)
    network.apply([Change(f"power/{name}", "in_service", False) for name in ("T1", "T2")])
    network.solve()
    network.advance(3600)
    assert column(network, "supply_pu", "load")[0] == 0.0
    assert network.read_totals()[-1] == pytest.approx(18.0)
    assert np.isfinite(network.read()).all()


def test_demand_beyond_the_maximum_transfer_is_explained(tmp_path: Path) -> None:
    from twin.errors import Unsolved

    network = opened(substation(), tmp_path)
    network.set_demand(np.zeros(0), 40.0)
    with pytest.raises(
        Unsolved,
        match=r"720\.0 MW is beyond the largest transfer, [\d.]+ MW; .* first at",
    ):
        network.solve()
    network.advance(3600)
    assert network.read_totals()[-1] == pytest.approx(720.0)
    network.set_demand(np.zeros(0), 1.0)
    network.solve()
    assert np.isfinite(network.read()).all()


def test_demand_points_and_driven_loads_replace_the_files_loads(tmp_path: Path) -> None:
    net = substation()
    pp.create_load(net, 1, 5.0, 5.0, name="PUMP")
    network = opened(net, tmp_path, demand_points=["power/L"], power_factors=[0.8], inputs=["power/PUMP"])
    network.set_base(np.array([[10.0]]))
    network.set_demand(np.array([0.5]))
    network.set_input("drawn", np.array([[2.0], [1.0]]))
    network.solve()
    assert network._asked.tolist() == [[5.0, 2.0], [pytest.approx(3.75), 1.0]]
    assert network.read()[-3] == pytest.approx(7.0)


def test_a_reset_reproduces_to_the_bit(tmp_path: Path) -> None:
    network = opened(substation(), tmp_path)

    def day() -> list[bytes]:
        lines = []
        for hour in range(6):
            network.set_demand(np.zeros(0), 0.3 + 0.2 * hour)
            if hour == 3:
                network.apply([Change("power/T1", "in_service", False)])
            network.solve()
            network.advance(3600)
            lines.append(network.read().tobytes() + network.read_totals().tobytes())
        return lines

    first = day()
    network.reset()
    assert day() == first


def test_unknown_assets_and_fields_change_nothing(tmp_path: Path) -> None:
    network = opened(substation(), tmp_path)
    changes = [
        Change("power/T1", "in_service", False),
        Change("power/T9", "in_service", False),
        Change("power/T2", "open", False),
    ]
    with pytest.raises(InvalidInput, match="unknown asset power/T9") as caught:
        network.apply(changes)
    assert len(caught.value.mistakes) == 2
    network.solve()
    assert column(network, "loading_percent", "trafo").min() > 0.0

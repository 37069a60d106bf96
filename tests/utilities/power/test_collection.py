"""Every network that ships with pandapower, opened from its file, is solved as `runpp` solves it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from twin.errors import Unsolved
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings

CIGRE_MV = pn.create_cigre_network_mv
SMALL: dict[str, Callable[[], pp.pandapowerNet]] = {
    **{f"case{name}": getattr(pn, f"case{name}") for name in ("4gs", "6ww", "14", "39", "57", "89pegase")},
    **{f"case{name}": getattr(pn, f"case{name}") for name in ("118", "145", "300", "33bw", "_illinois200")},
    "GBreducednetwork": pn.GBreducednetwork,
    "iceland": pn.iceland,
    "cigre_hv": pn.create_cigre_network_hv,
    "cigre_mv_all": partial(CIGRE_MV, with_der="all"),
    "cigre_lv": pn.create_cigre_network_lv,
    "ieee_european_lv_asymmetric": pn.ieee_european_lv_asymmetric,
    "example_multivoltage": pn.example_multivoltage,
    "mv_oberrhein": pn.mv_oberrhein,
    "kerber_dorfnetz": pn.create_kerber_dorfnetz,
    "dickert": pn.create_dickert_lv_network,
}
LARGE: dict[str, Callable[[], pp.pandapowerNet]] = {
    **{
        f"case{name}": getattr(pn, f"case{name}")
        for name in ("1354pegase", "1888rte", "2848rte", "2869pegase")
    },
    **{f"case{name}": getattr(pn, f"case{name}") for name in ("3120sp", "6470rte", "6495rte", "6515rte")},
    "case9241pegase": pn.case9241pegase,
    "GBnetwork": pn.GBnetwork,
    "lv_schutterwald": pn.lv_schutterwald,
    **{f"case{name}": getattr(pn, f"case{name}") for name in ("5", "9", "24_ieee_rts", "30", "_ieee30")},
    "cigre_mv": CIGRE_MV,
    "cigre_mv_pv_wind": partial(CIGRE_MV, with_der="pv_wind"),
    "example_simple": pn.example_simple,
    "four_loads_with_branches_out": pn.four_loads_with_branches_out,
    "panda_four_load_branch": pn.panda_four_load_branch,
    "simple_four_bus_system": pn.simple_four_bus_system,
    "simple_mv_open_ring_net": pn.simple_mv_open_ring_net,
    "synthetic_voltage_control": pn.create_synthetic_voltage_control_lv_network,
    **{
        name: getattr(pn, name)
        for name in dir(pn)
        if name.startswith(("create_kerber_landnetz", "create_kerber_vorstadtnetz", "kb_extrem"))
    },
}


def file_of(net: object, folder: Path) -> Path:
    """Write a network's file; some builders return it with others, the first is the one they are about."""
    path = folder / "power.json"
    pp.to_json(net[0] if isinstance(net, tuple) else net, str(path))
    return path


def columns(network: PowerNetwork, quantity: str, table: str) -> np.ndarray:
    wanted = {f"power/{name}" for name in network.names[table]}
    signals = zip(network.signals, network.read(), strict=True)
    return np.array([v for s, v in signals if s.quantity == quantity and s.asset in wanted])


@pytest.mark.parametrize("name", [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)])
@pytest.mark.filterwarnings("ignore")
def test_a_network_of_the_collection_is_solved_as_runpp_solves_it(name: str, tmp_path: Path) -> None:
    path = file_of((SMALL | LARGE)[name](), tmp_path)
    network = PowerNetwork(path, PowerSettings(shedding=False))
    network.set_demand(np.zeros(0))
    network.solve()
    net = pp.from_json(str(path))
    large = len(net.bus) > 1000
    pp.runpp(net, lightsim2grid=False, numba=large, tolerance_mva=1e-8 if large else 1e-10)
    voltage = columns(network, "voltage_pu", "bus")
    assert np.abs(voltage - net.res_bus.vm_pu.fillna(0.0)).max() < 1e-6
    for table in ("line", "trafo", "trafo3w"):
        if len(net[table]):
            expected = net[f"res_{table}"].loading_percent.fillna(0.0).to_numpy()
            assert columns(network, "loading_percent", table) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    total_mw = float(np.abs(net.res_load.p_mw).sum()) + 1.0
    supply = columns(network, "power_mw", "ext_grid")
    assert np.abs(supply - net.res_ext_grid.p_mw.fillna(0.0).to_numpy()).max(initial=0.0) < 1e-6 * total_mw
    fed_in, supplied, load, losses, unserved = network.read()[-5:]
    assert supplied + fed_in == pytest.approx(load + losses, abs=1e-6 * total_mw)
    assert unserved == pytest.approx(0.0, abs=1e-9 * total_mw)


@pytest.mark.filterwarnings("ignore")
def test_the_one_network_without_a_solution_says_so(tmp_path: Path) -> None:
    network = PowerNetwork(file_of(pn.case11_iwamoto(), tmp_path), PowerSettings(shedding=False))
    network.set_demand(np.zeros(0))
    with pytest.raises(Unsolved, match="beyond the largest transfer"):
        network.solve()

"""Every grid of pandapower's collection, through a file as a user would, is what `runpp` makes of it."""

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from tests.networks.grid_of_all_kinds import apart, open_balance, opened

_NO_SOLUTION = ("case11_iwamoto",)
_LARGE = (
    *("GBnetwork", "case1354pegase", "case1888rte", "case2848rte", "case2869pegase", "case3120sp"),
    *("case6470rte", "case6495rte", "case6515rte", "case9241pegase", "case_illinois200", "lv_schutterwald"),
    *("ieee_european_lv_asymmetric", "GBreducednetwork", "mv_oberrhein", "create_cigre_network_hv"),
    *("create_dickert_lv_network", "create_synthetic_voltage_control_lv_network"),
)


def collection() -> list[str]:
    """Return the names of all functions that build a grid without arguments."""
    return [
        name
        for name, function in sorted(inspect.getmembers(pn, inspect.isfunction))
        if function.__module__.startswith("pandapower.networks.")
        and all(
            p.default is not p.empty or p.kind is p.VAR_KEYWORD
            for p in inspect.signature(function).parameters.values()
        )
        and name not in _NO_SOLUTION
        and not name.startswith(("_", "kb_", "create_kerber"))
    ] + ["kb_extrem_dorfnetz", "create_kerber_landnetz_freileitung_1"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in _LARGE else n for n in collection()]
)
def test_the_collection_is_what_pandapower_makes_of_it(name: str, tmp_path: Path) -> None:
    make: Callable[[], pp.pandapowerNet] = getattr(pn, name)
    network = opened(make(), tmp_path)
    net = pp.from_json(str(tmp_path / "power.json"))
    pp.runpp(net, lightsim2grid=False, run_control=bool(len(net.controller)))
    pp.runpp(net, lightsim2grid=False, init="results", tolerance_mva=1e-10)
    assert apart(network, net) < 1e-6
    fed_in, supplied, *_ = network.read()[-5:]
    assert abs(open_balance(network)) < 1e-6 * max(1e-3, abs(fed_in) + abs(supplied))
    assert network.read()[-1] < 1e-6


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.1])
@pytest.mark.parametrize("name", ["case14", "case57", "case118", "case24_ieee_rts"])
def test_reactive_limits_bind_where_pandapower_has_them_bind(
    name: str, factor: float, tmp_path: Path
) -> None:
    net = getattr(pn, name)()
    pp.set_user_pf_options(net, enforce_q_lims=True)
    network = opened(net, tmp_path)
    for now in (1.0, factor, 1.0):
        network.set_demand(np.zeros(0), now)
        network.solve()
        net.load["scaling"] = now
        pp.runpp(net, lightsim2grid=False)
        assert apart(network, net) < 1e-6
    assert any("reactive limits before" in str(warning) for warning in network.warnings)

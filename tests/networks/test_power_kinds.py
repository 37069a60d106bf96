"""Everything that draws or feeds in, at any bus, comes out as pandapower has it, and the balance closes."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandapower as pp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.networks.grid_of_all_kinds import KINDS, add, apart, backbone, open_balance, opened
from twin.networks.base import Cause, Change
from twin.networks.contingencies import Contingencies


def solved(net: pp.pandapowerNet) -> pp.pandapowerNet:
    pp.runpp(net, numba=False, lightsim2grid=False, tolerance_mva=1e-10)
    return net


@pytest.mark.parametrize("bus", [0, 3], ids=["slack bus", "inner bus"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_what_pandapower_makes_of_it(kind: str, bus: int, tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 2, 1.0)
    add(net, kind, bus, 0.6)
    network = opened(net, tmp_path)
    assert apart(network, solved(net)) < 1e-6
    assert open_balance(network) == pytest.approx(0.0, abs=1e-7)
    assert network.read()[-1] == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(0, 5), st.floats(0.05, 0.8)), min_size=1, max_size=12
    )
)
def test_any_mixture_is_what_pandapower_makes_of_it(
    elements: list[tuple[str, int, float]],
) -> None:
    net = backbone()
    for element in elements:
        add(net, *element)
    with TemporaryDirectory() as folder:
        network = opened(net, Path(folder))
    assert apart(network, solved(net)) < 1e-6
    assert open_balance(network) == pytest.approx(0.0, abs=1e-6)


def test_served_is_the_sum_of_consumers_and_fed_in_of_what_feeds(tmp_path: Path) -> None:
    net = backbone()
    for kind in ("load", "negative_load", "sgen", "gen", "storage", "discharging", "asymmetric_load"):
        add(net, kind, 3, 0.4)
    add(net, "ward", 3, 0.4)
    fed_in, _, served, _, unserved = opened(net, tmp_path).read()[-5:]
    assert served == pytest.approx(0.36 + 0.4 + 0.6 + 0.4)
    assert fed_in == pytest.approx(0.36 + 0.4 + 0.4 + 0.4)
    assert unserved == pytest.approx(0.0, abs=1e-9)


def test_what_feeds_in_does_not_offset_what_is_dark(tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 3, 1.0)
    add(net, "negative_load", 3, 1.0)
    add(net, "storage", 3, 0.5)
    network = opened(net, tmp_path)
    network.apply([Change(f"power/line-{i}", "held", True) for i in (2, 3)])
    network.solve()
    fed_in, _, served, _, unserved = network.read()[-5:]
    assert (fed_in, served) == (0.0, 0.0)
    assert unserved == pytest.approx(0.9 + 0.5)
    network.advance(3600)
    assert network.read_causes()[Cause("unserved_mwh", "no supply", "power/storage-0")] == pytest.approx(0.5)


def test_storage_does_not_follow_the_daily_shape_and_motors_do(tmp_path: Path) -> None:
    net = backbone()
    add(net, "storage", 3, 0.5)
    add(net, "motor", 3, 0.5)
    network = opened(net, tmp_path)
    served = float(network.read()[-3])
    network.set_demand(np.zeros(0), 0.5)
    network.solve()
    assert network.read()[-3] == pytest.approx(0.5 + 0.5 * (served - 0.5))


def test_a_load_that_is_built_later_draws_what_the_file_says(tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 3, 1.0)
    net.load["in_service"] = False
    network = opened(net, tmp_path)
    assert network.read()[-3] == 0.0
    assert network.read()[-1] == 0.0
    network.apply([Change("power/load-0", "in_service", True)])
    network.set_demand(np.zeros(0))
    network.solve()
    assert network.read()[-3] == pytest.approx(0.9)


@pytest.mark.parametrize("kind", ["gen", "slack_gen", "xward", "dcline", "ext_grid", "asymmetric_load"])
def test_single_outages_are_what_pandapower_makes_of_them(kind: str, tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 2, 1.5)
    add(net, kind, 3, 0.6)
    network = opened(net, tmp_path)
    outcomes = {o.asset: o for o in Contingencies(network).solve()}
    for row in net.line.index:
        net.line.loc[row, "in_service"] = False
        solved(net)
        net.line.loc[row, "in_service"] = True
        outcome = outcomes[f"power/line-{row}"]
        assert outcome.min_voltage_pu == pytest.approx(net.res_bus.vm_pu.min(), abs=1e-6)


def test_a_generator_beside_a_supply_that_is_out_holds_the_voltage(tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 2, 1.5)
    add(net, "ext_grid", 3, 0.0)
    add(net, "gen", 0, 0.4)
    network = opened(net, tmp_path)
    outcome = next(o for o in Contingencies(network).solve() if o.asset == "power/GRID")
    net.ext_grid.loc[0, "in_service"] = False
    solved(net)
    assert outcome.min_voltage_pu == pytest.approx(net.res_bus.vm_pu.min(), abs=1e-6)


@pytest.mark.parametrize("opened_dark", [False, True])
@pytest.mark.parametrize("shedding", [False, True])
def test_without_any_supply_all_is_unserved(opened_dark: bool, shedding: bool, tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 2, 1.0)
    add(net, "slack_gen", 3, 0.2)
    add(net, "sgen", 4, 0.2)
    net.ext_grid["in_service"] = not opened_dark
    net.gen["in_service"] = not opened_dark
    network = opened(net, tmp_path, shedding)
    if not opened_dark:
        network.apply([Change("power/GRID", "held", True), Change("power/gen-0", "held", True)])
        network.solve()
    network.advance(3600)
    assert list(network.read_totals()) == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.9])
    assert network.read_causes() == {Cause("unserved_mwh", "no supply", "power/load-0"): pytest.approx(0.9)}
    alive = {s.asset for s, on in zip(network.signals, network.active(), strict=True) if on}
    assert alive == {"power/network"}
    assert Contingencies(network).solve() == []
    field, value = ("in_service", True) if opened_dark else ("held", False)
    network.apply([Change("power/GRID", field, value)])
    network.solve()
    assert network.read()[-1] == pytest.approx(0.0, abs=1e-9)

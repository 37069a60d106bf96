"""What open points restore after an outage: by hand, in time, and as pandapower solves it."""

from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

from twin.utilities.base import Change
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.restoration.search import Restored
from twin.utilities.power.settings import PowerSettings

HOUR_S = 3600


def ring(rated_ka: float = 0.2) -> pp.pandapowerNet:
    """Return two feeders of two loads each, 1 MW a load, from one bus; an open switch joins their ends."""
    net = pp.create_empty_network()
    source = pp.create_bus(net, 20.0, name="B0")
    pp.create_ext_grid(net, source, name="EG")
    ends = []
    for feeder in "AB":
        before = source
        for number in (1, 2):
            bus = pp.create_bus(net, 20.0, name=f"{feeder}{number}")
            line = pp.create_line_from_parameters(
                net, before, bus, 1.0, 0.2, 0.1, 10.0, rated_ka, name=f"L-{feeder}{number}"
            )
            pp.create_switch(net, before, line, "l", name=f"S-{feeder}{number}")
            pp.create_load(net, bus, 1.0, 0.3, name=f"D-{feeder}{number}")
            before = bus
        ends.append(before)
    tie = pp.create_line_from_parameters(net, *ends, 1.0, 0.2, 0.1, 10.0, rated_ka, name="L-TIE")
    pp.create_switch(net, ends[0], tie, "l", closed=False, name="S-TIE")
    return net


def opened(net: pp.pandapowerNet, folder: Path, settings: PowerSettings | None = None) -> PowerNetwork:
    pp.to_json(net, str(folder / "grid.json"))
    network = PowerNetwork(folder / "grid.json", settings or PowerSettings(shedding=False))
    network.set_demand(np.zeros(0))
    network.solve()
    return network


def restored(network: PowerNetwork, asset: str) -> tuple[Restored, str, str]:
    restorer = network.gear.restorer(network.solution())
    assert restorer is not None
    found = restorer.after(asset)
    return found, restorer.switches(found.closed), restorer.switches(found.opened)


def test_an_open_point_takes_over_what_a_line_fed(tmp_path: Path) -> None:
    found, closed, turned_off = restored(opened(ring(), tmp_path), "power/L-A1")
    assert (closed, turned_off) == ("power/S-TIE", "")
    assert found.cut_off_mw == pytest.approx(2.0)
    assert found.restored_mw == pytest.approx(2.0)


def test_what_would_overload_is_left_beyond_one_more_open_switch(tmp_path: Path) -> None:
    # 3.1 MVA are 0.091 kA at 20 kV, 4.2 are 0.121
    found, closed, turned_off = restored(opened(ring(0.1), tmp_path), "power/L-A1")
    assert (closed, turned_off) == ("power/S-TIE", "power/S-A2") or found.restored_mw == pytest.approx(1.0)
    assert found.restored_mw == pytest.approx(1.0)
    assert found.worst <= 1.0


def test_a_stub_is_told_from_what_a_switch_can_reach(tmp_path: Path) -> None:
    net = ring()
    stub = pp.create_bus(net, 20.0, name="STUB")
    pp.create_line_from_parameters(net, 1, stub, 1.0, 0.2, 0.1, 10.0, 0.2, name="L-STUB")
    pp.create_load(net, stub, 0.5, name="D-STUB")
    network = opened(net, tmp_path)
    assert not restored(network, "power/L-STUB")[0].reachable
    assert restored(network, "power/L-A1")[0].reachable


def test_a_grid_without_open_points_restores_nothing(tmp_path: Path) -> None:
    net = ring()
    net.switch["closed"] = True
    network = opened(net, tmp_path)
    assert network.gear.restorer(network.solution()) is None


def test_a_coupler_between_buses_is_an_open_point_too(tmp_path: Path) -> None:
    net = ring()
    net.line.loc[net.line.name == "L-TIE", "in_service"] = False
    pp.create_switch(net, 2, 4, "b", closed=False, name="COUPLER")
    found, closed, _ = restored(opened(net, tmp_path), "power/L-A1")
    assert closed == "power/COUPLER"
    assert found.restored_mw == pytest.approx(2.0)


def test_a_second_source_takes_over_when_the_first_is_out(tmp_path: Path) -> None:
    net = ring()
    second = pp.create_bus(net, 20.0, name="B9")
    pp.create_ext_grid(net, second, name="EG2")
    line = pp.create_line_from_parameters(net, second, 2, 1.0, 0.2, 0.1, 10.0, 0.2, name="L-2")
    pp.create_switch(net, second, line, "l", closed=False, name="S-2")
    found, closed, _ = restored(opened(net, tmp_path), "power/EG")
    assert "power/S-2" in closed.split(";")
    assert found.restored_mw == pytest.approx(4.0)


def held(network: PowerNetwork, asset: str, out: bool) -> None:
    network.apply([Change(asset, "held", out)])
    network.solve()


def unserved(network: PowerNetwork) -> float:
    return float(network.read()[-1])


def test_in_time_a_fault_costs_what_is_lost_until_it_is_switched(tmp_path: Path) -> None:
    settings = PowerSettings(restoration=True, switching_min=30.0)
    network = opened(ring(), tmp_path, settings)
    network.advance(HOUR_S)
    held(network, "power/L-A1", True)
    assert unserved(network) == pytest.approx(2.0)
    assert network.next_change_s() == 1800
    network.advance(1800)
    network.solve()
    assert unserved(network) == pytest.approx(0.0, abs=1e-9)
    network.advance(1800)
    assert network.read_totals()[-1] == pytest.approx(2.0 * 0.5)
    held(network, "power/L-A1", False)
    assert network.in_force() == {}
    assert network.flow.state is network._cache[network._standing.key()].state
    assert not network._standing.now("switch")[-1]  # the tie is open again


def test_an_outage_that_lasts_from_before_is_switched_already(tmp_path: Path) -> None:
    network = opened(ring(), tmp_path, PowerSettings(restoration=True))
    network.reset()
    network.apply([Change("power/L-A1", "held", True)])
    network.set_demand(np.zeros(0))
    network.solve()
    assert unserved(network) == pytest.approx(0.0, abs=1e-9)


def test_what_is_switched_is_kept_and_taken_up_again(tmp_path: Path) -> None:
    network = opened(ring(), tmp_path, PowerSettings(restoration=True, switching_min=30.0))
    held(network, "power/L-A1", True)
    network.advance(600)
    saved = network.save()
    network.advance(1200)
    network.solve()
    after = network.read().copy()
    network.reset()
    network.restore(saved)
    assert network.next_change_s() == 1200
    network.advance(1200)
    network.solve()
    np.testing.assert_array_equal(network.read(), after)


def test_without_the_setting_nothing_is_switched(tmp_path: Path) -> None:
    network = opened(ring(), tmp_path, PowerSettings())
    held(network, "power/L-A1", True)
    network.advance(10 * HOUR_S)
    network.set_demand(np.zeros(0))
    network.solve()
    assert unserved(network) == pytest.approx(2.0)


def test_restoration_without_an_open_point_is_a_warning(tmp_path: Path) -> None:
    net = ring()
    net.switch["closed"] = True
    warned = opened(net, tmp_path, PowerSettings(restoration=True)).warnings
    assert any("no switch of the file is open" in str(warning) for warning in warned)
    assert not any("open" in str(warning) for warning in opened(net, tmp_path).warnings)

"""Batteries by hand: what they draw by their rules, what is in them, and that their balance closes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.utilities.base import Change
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.resources.table import Resource
from twin.utilities.power.settings import PowerSettings

NO_CLASSES = np.zeros(0)
LOSSLESS = {"r_ohm_per_km": 1e-6, "x_ohm_per_km": 0.01, "c_nf_per_km": 0.0, "max_i_ka": 10.0}


def feeder(folder: Path, *, load_mw: float = 1.0, sun_mw: float = 0.0, **battery: Any) -> PowerNetwork:
    """Return a grid of one line with a load that the native factor scales, and a battery behind it."""
    net = pp.create_empty_network()
    hv, lv = pp.create_bus(net, 20.0, name="HV"), pp.create_bus(net, 20.0, name="LV")
    pp.create_ext_grid(net, hv, name="EG")
    pp.create_line_from_parameters(net, hv, lv, 1.0, name="L", **LOSSLESS)
    pp.create_load(net, lv, load_mw, name="town")
    if sun_mw:
        pp.create_sgen(net, lv, sun_mw, name="sun")
    pp.to_json(net, str(folder / "power.json"))
    rows = {"B": Resource(kind="battery", at="power/LV", **battery)}
    return PowerNetwork(folder / "power.json", PowerSettings(), resources=rows)


def read(network: PowerNetwork, asset: str, quantity: str) -> float:
    place = next(i for i, s in enumerate(network.signals) if (s.asset, s.quantity) == (asset, quantity))
    return float(network.read()[place])


def totals(network: PowerNetwork) -> dict[str, float]:
    return dict(zip(network.totals, network.read_totals().tolist(), strict=True))


def pass_hours(network: PowerNetwork, factors: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return of each hour what the line carries and the battery draws at its begin, and what it ends with."""
    told = []
    for factor in factors:
        network.set_demand(NO_CLASSES, factor)
        left, first = 3600, True
        while left > 0:
            network.solve()
            if first:
                told.append((read(network, "power/L", "power_mw"), read(network, "power/B", "power_mw"), 0.0))
            first = False
            seconds = min(left, network.next_change_s())
            network.advance(seconds)
            left -= seconds
        told[-1] = (*told[-1][:2], float(network.read_stored()[0]))
    return told


def test_peak_shaving_through_a_day_by_hand(tmp_path: Path) -> None:
    battery = {"capacity": 2.0, "energy_mwh": 4.0, "efficiency": 0.81}
    network = feeder(tmp_path, rule="peak-shaving", asset="power/L", limit_mw=3.0, **battery)
    # half full with 2 MWh; one way 0.9. Charges with what is left below 3 MW, 2 MW at most
    day = pass_hours(network, [0.0, 2.0, 3.0, 4.0, 4.5, 2.5])
    expected = [
        (2.0, 2.0, 2.0 + 2.0 * 0.9),  # its power
        (2.0 + 0.2 / 0.9, 0.2 / 0.9, 4.0),  # full before the hour is over, see below
        (3.0, 0.0, 4.0),
        (3.0, -1.0, 4.0 - 1.0 / 0.9),
        (3.0, -1.5, 4.0 - 2.5 / 0.9),
        (3.0, 0.5, 4.0 - 2.5 / 0.9 + 0.45),
    ]
    for i, (line, drawn, stored) in enumerate(expected):
        if i != 1:
            assert day[i][:2] == pytest.approx((line, drawn), abs=2e-4), i
        assert day[i][2] == pytest.approx(stored, abs=1e-3), i
    # the second hour begins with all that fits below 3 MW, until it is full
    assert day[1][:2] == pytest.approx((3.0, 1.0), abs=2e-4)


def test_self_consumption_charges_from_the_surplus_and_serves_what_is_short(tmp_path: Path) -> None:
    network = feeder(tmp_path, sun_mw=2.0, capacity=1.5, energy_mwh=10.0, efficiency=1.0)
    # sun 2 MW at every hour: surplus 1.5 and 0.5, then short of 1, then of 4 with 1.5 of power
    day = pass_hours(network, [0.5, 1.5, 3.0, 6.0])
    assert [drawn for _, drawn, _ in day] == pytest.approx([1.5, 0.5, -1.0, -1.5], abs=1e-4)
    assert [line for line, _, _ in day] == pytest.approx([0.0, 0.0, 0.0, 2.5], abs=1e-3)
    assert [stored for _, _, stored in day] == pytest.approx([6.5, 7.0, 6.0, 4.5], abs=1e-3)


def test_self_consumption_of_a_feeder_keeps_what_it_watches_at_nothing(tmp_path: Path) -> None:
    network = feeder(tmp_path, sun_mw=2.0, capacity=1.5, energy_mwh=10.0, asset="power/L")
    day = pass_hours(network, [0.5, 3.0])
    assert [line for line, _, _ in day] == pytest.approx([0.0, 0.0], abs=1e-3)


def test_a_limit_in_percent_is_a_loading(tmp_path: Path) -> None:
    battery: dict[str, Any] = {"capacity": 2.0, "energy_mwh": 9.0, "rule": "peak-shaving", "asset": "power/L"}
    network = feeder(tmp_path, load_mw=300.0, limit_percent=86.3, **battery)
    network.set_demand(NO_CLASSES, 1.0)
    network.solve()
    assert read(network, "power/L", "loading_percent") == pytest.approx(86.3, abs=0.01)
    assert -2.0 < read(network, "power/B", "power_mw") < 0.0


def test_a_battery_is_empty_at_the_second_and_full_at_the_second(tmp_path: Path) -> None:
    network = feeder(tmp_path, capacity=1.0, energy_mwh=1.0, efficiency=1.0)
    network.set_demand(NO_CLASSES, 1.0)
    network.solve()
    assert network.next_change_s() == 1800
    network.advance(1800)
    network.solve()
    assert read(network, "power/B", "power_mw") == 0.0
    assert read(network, "power/B", "stored_mwh") == 0.0
    assert read(network, "power/EG", "power_mw") == pytest.approx(1.0, abs=1e-4)
    assert network.next_change_s() > 10**9


def test_batteries_discharge_before_load_is_shed(tmp_path: Path) -> None:
    # the line carries 346 MVA; reserve, which its own rule would keep
    network = feeder(tmp_path, load_mw=350.0, capacity=10.0, energy_mwh=40.0, rule="reserve")
    network.set_demand(NO_CLASSES, 1.0)
    network.solve()
    assert read(network, "power/L", "loading_percent") <= 100.0
    assert read(network, "power/network", "unserved_mw") == 0.0
    assert -10.0 < read(network, "power/B", "power_mw") < -3.0
    network.set_demand(NO_CLASSES, 1.1)
    network.solve()
    assert read(network, "power/B", "power_mw") == pytest.approx(-10.0)
    assert read(network, "power/network", "unserved_mw") > 20.0


def test_a_battery_that_is_not_there_does_nothing(tmp_path: Path) -> None:
    network = feeder(tmp_path, capacity=1.0, energy_mwh=4.0, in_service=False)
    pass_hours(network, [1.0])
    assert network.read_stored() == pytest.approx([2.0])
    assert not network.active()[-1]
    network.apply([Change("power/B", "in_service", True)])
    assert pass_hours(network, [1.0])[0][1] == pytest.approx(-1.0)
    network.apply([Change("power/L", "held", True)])
    before = network.read_stored()
    pass_hours(network, [1.0])
    assert network.read_stored() == pytest.approx(before)


def test_batteries_that_watch_the_same_share_the_work(tmp_path: Path) -> None:
    net = pp.create_empty_network()
    hv, lv = pp.create_bus(net, 20.0, name="HV"), pp.create_bus(net, 20.0, name="LV")
    pp.create_ext_grid(net, hv, name="EG")
    pp.create_line_from_parameters(net, hv, lv, 1.0, name="L", **LOSSLESS)
    pp.create_load(net, lv, 5.0, name="town")
    pp.to_json(net, str(tmp_path / "g.json"))
    rule = {"kind": "battery", "at": "power/LV", "rule": "peak-shaving", "asset": "power/L", "limit_mw": 3.5}
    rows = {
        "A": Resource(capacity=1.0, energy_mwh=4.0, **rule),  # type: ignore[arg-type]
        "B": Resource(capacity=2000.0, unit="kW", energy_mwh=4.0, **rule),  # type: ignore[arg-type]
    }
    network = PowerNetwork(tmp_path / "g.json", PowerSettings(), resources=rows)
    network.set_demand(NO_CLASSES, 1.0)
    network.solve()
    assert read(network, "power/L", "power_mw") == pytest.approx(3.5, abs=1e-3)
    assert read(network, "power/A", "power_mw") == pytest.approx(-0.5, abs=1e-3)
    assert read(network, "power/B", "power_mw") == pytest.approx(-1.0, abs=1e-3)


@pytest.fixture(scope="module")
def shaver(tmp_path_factory: pytest.TempPathFactory) -> PowerNetwork:
    battery: dict[str, Any] = {"capacity": 2.0, "energy_mwh": 3.0, "efficiency": 0.8, "rule": "peak-shaving"}
    return feeder(tmp_path_factory.mktemp("shaver"), asset="power/L", limit_mw=2.5, **battery)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0.0, 6.0), min_size=1, max_size=12))
def test_what_is_stored_is_what_went_in_less_what_came_out_and_what_was_lost(
    shaver: PowerNetwork, factors: list[float]
) -> None:
    shaver.reset()
    opened = shaver.read_stored()[0]
    for _, drawn, stored in pass_hours(shaver, factors):
        assert -1e-9 <= stored <= 3.0 + 1e-9
        assert abs(drawn) <= 2.0 + 1e-9
    own = totals(shaver)
    gained = shaver.read_stored()[0] - opened
    assert gained == pytest.approx(
        own["charged_mwh"] - own["discharged_mwh"] - own["battery_losses_mwh"], abs=1e-9
    )
    # what a battery draws is served by the grid, what it gives is fed in
    assert own["supplied_mwh"] + own["fed_in_mwh"] == pytest.approx(
        own["served_mwh"] + own["losses_mwh"], abs=1e-6
    )
    served = sum(factors) + own["charged_mwh"]
    assert own["served_mwh"] == pytest.approx(served, abs=1e-6)


def test_a_battery_goes_on_from_a_saved_state_to_the_bit(shaver: PowerNetwork) -> None:
    shaver.reset()
    pass_hours(shaver, [0.3, 4.0, 1.0])
    state = shaver.save()
    rest = pass_hours(shaver, [5.0, 0.0, 3.0]), shaver.read_totals().tobytes()
    pass_hours(shaver, [1.0] * 5)
    shaver.restore(state)
    assert (pass_hours(shaver, [5.0, 0.0, 3.0]), shaver.read_totals().tobytes()) == rest
    shaver.reset()
    pass_hours(shaver, [0.3, 4.0, 1.0])
    assert (pass_hours(shaver, [5.0, 0.0, 3.0]), shaver.read_totals().tobytes()) == rest


def test_a_reserve_serves_its_bus_while_that_has_no_supply(tmp_path: Path) -> None:
    network = feeder(tmp_path, capacity=2.0, energy_mwh=3.0, efficiency=0.81, rule="reserve")
    network.set_demand(NO_CLASSES, 1.5)
    network.apply([Change("power/L", "held", True)])
    network.solve()
    assert read(network, "power/network", "unserved_mw") == 0.0
    assert read(network, "power/town", "power_mw") == pytest.approx(1.5)
    assert read(network, "power/town", "supply_pu") == 1.0
    assert read(network, "power/B", "power_mw") == pytest.approx(-1.5)
    # 3 MWh give 2.7, which is 1.8 hours
    assert network.next_change_s() == int(1.8 * 3600)
    network.advance(network.next_change_s())
    network.solve()
    assert read(network, "power/network", "unserved_mw") == pytest.approx(1.5)
    assert read(network, "power/town", "supply_pu") == 0.0
    network.advance(720)
    own = totals(network)
    assert own["discharged_mwh"] == pytest.approx(2.7, abs=1e-3)
    assert own["served_mwh"] == own["fed_in_mwh"] == pytest.approx(2.7, abs=1e-3)
    assert sum(network.read_causes().values()) == own["unserved_mwh"] == pytest.approx(0.3, abs=1e-3)
    network.apply([Change("power/L", "held", False)])
    network.set_demand(NO_CLASSES, 1.5)
    network.solve()
    assert read(network, "power/B", "power_mw") == pytest.approx(2.0)


def test_a_reserve_that_is_too_weak_serves_a_part_and_starts_no_motor(tmp_path: Path) -> None:
    network = feeder(tmp_path, capacity=1.0, energy_mwh=3.0, rule="reserve")
    network.set_demand(NO_CLASSES, 4.0)
    network.apply([Change("power/L", "held", True)])
    network.solve()
    assert read(network, "power/town", "power_mw") == pytest.approx(1.0)
    assert read(network, "power/town", "supply_pu") == 0.0
    (missed,) = network._now.values()
    assert read(network, "power/network", "unserved_mw") == missed == pytest.approx(3.0)

"""Demand response by hand: called before batteries help and load is shed, after its notice, for its hours."""

from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.resources.table import Resource
from twin.utilities.power.settings import PowerSettings

FACTORS = np.ones(3)


def feeder(folder: Path, **resources: dict[str, Any]) -> PowerNetwork:
    """Return a grid whose line carries 100 MVA to a point with homes, shops and industry."""
    net = pp.create_empty_network()
    hv, lv = pp.create_bus(net, 20.0, name="HV"), pp.create_bus(net, 20.0, name="LV")
    pp.create_ext_grid(net, hv, name="EG")
    pp.create_line_from_parameters(net, hv, lv, 1.0, 1e-6, 1e-4, 0.0, 100.0 / 20.0 / 3**0.5, name="L")
    pp.create_load(net, lv, 0.0, name="town")
    pp.to_json(net, str(folder / "power.json"))
    rows = {name: Resource(**row) for name, row in resources.items()}
    return PowerNetwork(
        folder / "power.json", PowerSettings(), ["power/town"], (1.0, 1.0, 1.0), resources=rows
    )


def read(network: PowerNetwork, asset: str, quantity: str) -> float:
    place = next(i for i, s in enumerate(network.signals) if (s.asset, s.quantity) == (asset, quantity))
    return float(network.read()[place])


def hour(network: PowerNetwork, base: list[float], hours: float = 1.0) -> dict[str, float]:
    """Let an hour pass with so much of each class; return what of 100 MVA was found beyond, and how."""
    network.set_base(np.array([base]))
    network.set_demand(FACTORS)
    network.solve()
    told = {
        "called": read(network, "power/DR", "called_mw"),
        "shed": read(network, "power/network", "unserved_mw"),
        "line": read(network, "power/L", "power_mw"),
    }
    if any(s.asset == "power/B" for s in network.signals):
        told["battery"] = -read(network, "power/B", "power_mw")
    network.advance(int(hours * 3600))
    return told


CONTRACT = {"kind": "demand_response", "capacity": 8.0, "hours_per_year": 1000.0}
BATTERY = {"kind": "battery", "at": "power/LV", "capacity": 5.0, "energy_mwh": 50.0, "rule": "reserve"}


def test_contracts_come_first_then_batteries_then_load_is_shed(tmp_path: Path) -> None:
    network = feeder(tmp_path, DR=CONTRACT, B=BATTERY)
    little = hour(network, [60.0, 15.0, 29.0])
    assert little["called"] == pytest.approx(4.0, rel=0.05)
    assert little["battery"] == little["shed"] == 0.0
    more = hour(network, [60.0, 15.0, 36.0])
    assert more["called"] == pytest.approx(8.0)
    assert more["battery"] == pytest.approx(3.0, rel=0.05)
    assert more["shed"] == 0.0
    most = hour(network, [60.0, 15.0, 49.0])
    assert (most["called"], most["battery"]) == pytest.approx((8.0, 5.0))
    assert most["shed"] > 11.0 - 1e-6
    assert most["line"] <= 100.0 + 1e-3
    nothing = hour(network, [60.0, 15.0, 20.0])
    assert nothing["called"] == nothing["shed"] == 0.0
    totals = dict(zip(network.totals, network.read_totals(), strict=True))
    assert totals["called_mwh"] == pytest.approx(little["called"] + 16.0)
    assert totals["called_h"] == pytest.approx(3.0)
    assert totals["charged_mwh"] == pytest.approx(5.0, rel=0.01)
    served = totals["served_mwh"] - totals["charged_mwh"]
    asked = 104.0 + 111.0 + 124.0 + 95.0
    assert served + totals["called_mwh"] + totals["unserved_mwh"] == pytest.approx(asked)


def test_only_the_class_of_the_contract_draws_less(tmp_path: Path) -> None:
    network = feeder(tmp_path, DR=CONTRACT | {"demand_class": "commercial"})
    told = hour(network, [90.0, 5.0, 15.0])
    assert told["called"] == pytest.approx(5.0)
    assert told["shed"] > 4.9


def test_a_contract_needs_its_notice_and_ends_with_its_hours(tmp_path: Path) -> None:
    network = feeder(tmp_path, DR=CONTRACT | {"notice_h": 2.0, "hours_per_year": 3.0})
    busy, calm = [60.0, 15.0, 30.0], [50.0, 10.0, 10.0]
    called = [hour(network, busy)["called"] > 0.0 for _ in range(7)]
    assert called == [False, False, True, True, True, False, False]
    network.reset()
    spells = [hour(network, own)["called"] > 0.0 for own in (busy, busy, calm, busy, busy, busy)]
    assert spells == [False, False, False, False, False, True]


def test_contracts_go_on_from_a_saved_state_to_the_bit(tmp_path: Path) -> None:
    network = feeder(tmp_path, DR=CONTRACT | {"hours_per_year": 4.0}, B=BATTERY)
    busy = [60.0, 15.0, 37.0]

    def on() -> tuple[list[dict[str, float]], bytes]:
        network.solve()
        network.advance(1800)
        return [hour(network, busy) for _ in range(4)], network.read_totals().tobytes()

    for _ in range(2):
        hour(network, busy, 0.5)
    state = network.save()
    rest = on()
    hour(network, [1.0, 1.0, 1.0])
    network.restore(state)
    assert on() == rest

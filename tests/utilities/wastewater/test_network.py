"""Wet wells, lift stations, plants and gravity reaches against what can be worked by hand."""

from pathlib import Path

import numpy as np
import pytest

from tests.utilities.conftest import wastewater
from twin.errors import InvalidInput
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.wastewater.plants import Plants
from twin.utilities.wastewater.reaches import full_pipe_m3_per_s
from twin.utilities.wastewater.settings import Treatment, WastewaterSettings

INFLOW = 0.012


@pytest.fixture
def network(tmp_path: Path) -> WastewaterNetwork:
    made = wastewater(tmp_path).network
    assert isinstance(made, WastewaterNetwork)
    return made


def run_hours(network: WastewaterNetwork, hours: int, running: float) -> dict[str, float]:
    """Run hours of constant inflow; return what they added to the totals."""
    before = network.read_totals().copy()
    for _ in range(hours):
        network.set_input("arriving", np.array([INFLOW, 0.0]))
        network.set_input("running", np.array([running, running]))
        left = 3600
        while left > 0:
            network.solve()
            step = min(left, network.next_change_s())
            network.advance(step)
            left -= step
    added = map(float, network.read_totals() - before)
    return dict(zip(network.totals, added, strict=True))


def value(network: WastewaterNetwork, asset: str, quantity: str) -> float:
    column = [(s.asset, s.quantity) for s in network.signals].index((f"wastewater/{asset}", quantity))
    return float(network.read()[column])


def test_pumps_carry_what_flows_in(network: WastewaterNetwork) -> None:
    run_hours(network, 3, running=1.0)
    added = run_hours(network, 1, running=1.0)
    assert added["treated_m3"] == pytest.approx(3600 * INFLOW, rel=1e-3)
    assert added["spilled_m3"] == pytest.approx(0.0, abs=1e-6)
    assert added["pump_energy_mwh"] > 0.0


def test_without_power_the_wet_well_fills_and_then_spills_all(network: WastewaterNetwork) -> None:
    run_hours(network, 3, running=1.0)
    free = np.pi * 2.5**2 * 3.0 / 2.0
    first = run_hours(network, 1, running=0.0)
    assert first["spilled_m3"] == pytest.approx(3600 * INFLOW - free, abs=0.5)
    later = run_hours(network, 2, running=0.0)
    assert later["spilled_m3"] == pytest.approx(2 * 3600 * INFLOW, rel=1e-6)
    run_hours(network, 3, running=1.0)
    assert run_hours(network, 1, running=1.0)["spilled_m3"] == pytest.approx(0.0, abs=1e-3)


def test_filling_is_flow_over_mannings_full_pipe(network: WastewaterNetwork) -> None:
    """Reach G-HIGH: 300 mm, n 0.013, 25 m over 1500 m: (1/n) A (d/4)^(2/3) S^(1/2) = 0.1248 m3/s."""
    run_hours(network, 1, running=1.0)
    capacity = (np.pi * 0.3**2 / 4) * (0.3 / 4) ** (2 / 3) * np.sqrt(25 / 1500) / 0.013
    assert capacity == pytest.approx(0.1248, abs=1e-4)
    assert value(network, "G-HIGH", "filling_percent") == pytest.approx(100 * INFLOW / capacity, rel=1e-4)
    both = full_pipe_m3_per_s(np.array([0.3]), np.array([25 / 1500]), np.array([0.013]))
    assert both[0] == pytest.approx(capacity)


def test_a_reach_that_does_not_fall_is_refused(tmp_path: Path) -> None:
    from tests.town import WASTEWATER

    path = tmp_path / "flat.inp"
    path.write_text(WASTEWATER.replace("MH-HIGH 28", "MH-HIGH 3"), encoding="utf-8")
    with pytest.raises(InvalidInput, match="G-HIGH does not fall"):
        WastewaterNetwork(path, WastewaterSettings())


def plants(**basins: float) -> Plants:
    table = {
        name: Treatment(node="OUT", capacity_m3_per_day=86400.0 * (i + 1), equalisation_m3=basin)
        for i, (name, basin) in enumerate(basins.items())
    }
    return Plants(table)


def receive(own: Plants, arriving: float, elsewhere: float = 0.0) -> float:
    """Let so much arrive at the one outfall, and end in a reservoir without a plant."""
    outfalls = np.zeros(len(own.names), dtype=np.intp)
    return own.receive(np.array([arriving, elsewhere]), outfalls, np.array([False, True]))


def test_a_plant_treats_its_rate_keeps_its_basin_and_spills_the_rest() -> None:
    plant = plants(A=600.0)
    receive(plant, 1.5)
    assert plant.advance(3600) == pytest.approx((3600.0, 1200.0, 600.0))
    receive(plant, 0.5)
    assert plant.advance(1800) == pytest.approx((1500.0, 0.0, -600.0))


def test_plants_at_one_outfall_share_by_capacity() -> None:
    both = plants(A=0.0, B=0.0)
    assert receive(both, 3.0, elsewhere=0.25) == 0.25
    assert both.inflow.tolist() == [1.0, 2.0]
    both.commission(0, False)
    receive(both, 3.0)
    assert both.inflow.tolist() == [0.0, 3.0]
    assert both.advance(10) == pytest.approx((20.0, 10.0, 0.0))

"""Beyond capacity: who is shed, how much, for how long, and because of what."""

from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

from twin.utilities.base import Cause, Change
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings

RATING_MVA = 16.0
FACTORS = np.ones(3)


def town(folder: Path, second_unit: bool = False, line_ka: float = 5.0) -> PowerNetwork:
    """One supply, one line, one or two transformers; a district, a pump and a load of the file's own."""
    net = pp.create_empty_network()
    high = pp.create_bus(net, 115.0, name="HV")
    sub = pp.create_bus(net, 115.0, name="SUB")
    low = pp.create_bus(net, 10.5, name="LV")
    pp.create_ext_grid(net, high, name="GRID")
    pp.create_line_from_parameters(
        net,
        high,
        sub,
        5.0,
        r_ohm_per_km=0.12,
        x_ohm_per_km=0.4,
        c_nf_per_km=9.0,
        max_i_ka=line_ka,
        name="LINE",
    )
    for name in ("T1", "T2")[: 2 if second_unit else 1]:
        pp.create_transformer_from_parameters(
            net, sub, low, RATING_MVA, 115.0, 10.5, 0.5, 10.5, 19.0, 0.7, name=name
        )
    for name, mw in (("DISTRICT", 0.0), ("PUMP", 0.0), ("OWN", 4.0)):
        pp.create_load(net, low, mw, name=name)
    path = folder / "power.json"
    pp.to_json(net, str(path))
    network = PowerNetwork(
        path, PowerSettings(), ["power/DISTRICT"], [0.95, 0.95, 0.92], ["power/PUMP"], {"power/GRID": 400.0}
    )
    network.set_input("drawn", np.array([[1.0], [0.6]]))
    return network


def ask(network: PowerNetwork, residential: float, industrial: float) -> None:
    network.set_base(np.array([[residential, 0.0, industrial]]))
    network.set_demand(FACTORS)
    network.solve()


def reading(network: PowerNetwork, asset: str, quantity: str) -> float:
    at = [(s.asset, s.quantity) for s in network.signals].index((asset, quantity))
    return float(network.read()[at])


def served(network: PowerNetwork, load: str) -> float:
    return reading(network, f"power/{load}", "power_mw")


def test_nothing_is_shed_within_emergency_ratings(tmp_path: Path) -> None:
    network = town(tmp_path)
    ask(network, 6.0, 4.0)
    assert network.read()[-1] == pytest.approx(0.0, abs=1e-9)
    assert not network.read_causes()


def test_industry_goes_first_and_only_as_much_as_is_needed(tmp_path: Path) -> None:
    network = town(tmp_path)
    ask(network, 8.0, 12.0)
    assert reading(network, "power/T1", "loading_percent") <= 140.0
    assert (served(network, "OWN"), served(network, "PUMP")) == (pytest.approx(4.0), pytest.approx(1.0))
    shed = 20.0 - served(network, "DISTRICT")
    assert shed == pytest.approx(round(shed / 1.2) * 1.2), "blocks of a tenth of the district's industry"
    network.set_demand(np.array([1.0, 1.0, 1.0 - (shed - 1.2) / 12.0]))
    network.solve()
    assert network.read()[-1] > 0.0, "a block less would not do"


def test_critical_load_is_last_and_goes_whole(tmp_path: Path) -> None:
    network = town(tmp_path, line_ka=0.003)
    ask(network, 8.0, 12.0)
    assert served(network, "DISTRICT") == pytest.approx(0.0, abs=1e-9)
    assert served(network, "OWN") == pytest.approx(0.0, abs=1e-9)
    assert served(network, "PUMP") == 0.0
    assert reading(network, "power/PUMP", "supply_pu") == 0.0


def test_a_headroom_sees_what_is_asked_not_what_is_left(tmp_path: Path) -> None:
    network = town(tmp_path)
    ask(network, 8.0, 32.0)
    assert reading(network, "power/T1", "power_mw") < 22.5
    assert reading(network, "power/T1", "asked_mw") == pytest.approx(45.0, rel=1e-6)
    assert reading(network, "power/GRID", "asked_mva") > 45.0


def test_what_is_shed_stays_shed_until_the_hour_ends(tmp_path: Path) -> None:
    network = town(tmp_path)
    ask(network, 8.0, 16.0)
    before = served(network, "DISTRICT")
    network.set_input("drawn", np.zeros((2, 1)))
    network.solve()
    assert served(network, "DISTRICT") == pytest.approx(before)
    ask(network, 8.0, 4.0)
    assert served(network, "DISTRICT") == pytest.approx(12.0)


def test_unserved_energy_names_its_element(tmp_path: Path) -> None:
    network = town(tmp_path)
    ask(network, 8.0, 32.0)
    network.advance(1800)
    causes = network.read_causes()
    assert list(causes) == [Cause("unserved_mwh", "transformer", "power/T1")]
    assert causes[Cause("unserved_mwh", "transformer", "power/T1")] == pytest.approx(
        network.read_totals()[-1]
    )


def test_a_dead_load_is_without_supply(tmp_path: Path) -> None:
    network = town(tmp_path)
    network.apply([Change("power/T1", "in_service", False)])
    ask(network, 8.0, 2.0)
    network.advance(3600)
    assert network.read_causes()[Cause("unserved_mwh", "no supply", "power/DISTRICT")] == pytest.approx(10.0)
    assert sum(network.read_causes().values()) == pytest.approx(network.read_totals()[-1])


@pytest.mark.parametrize("industrial", [60.0, 600.0, 6000.0])
def test_voltage_collapse_is_resolved_by_shedding(tmp_path: Path, industrial: float) -> None:
    network = town(tmp_path, second_unit=True)
    ask(network, 8.0, industrial)
    assert np.isfinite(network.read()).all()
    assert max(reading(network, f"power/{t}", "loading_percent") for t in ("T1", "T2")) <= 140.0
    total = served(network, "DISTRICT") + served(network, "OWN")
    assert max(12.0, 2 * 1.4 * RATING_MVA * 0.75 - industrial / 10.0) <= total < 45.0


def test_more_is_served_with_a_second_unit(tmp_path: Path) -> None:
    network = town(tmp_path, second_unit=True)
    ask(network, 12.0, 40.0)
    both = served(network, "DISTRICT")
    network.apply([Change("power/T2", "in_service", False)])
    ask(network, 12.0, 40.0)
    assert served(network, "DISTRICT") < both


def test_a_collapsed_root_is_no_solution(tmp_path: Path) -> None:
    """A bus that draws nothing satisfies its equations at no voltage too, as a short circuit does."""
    network = town(tmp_path)
    ask(network, 0.0, 0.0)
    network.set_input("drawn", np.zeros((2, 1)))
    network.apply([Change("power/OWN", "in_service", False)])
    right = reading(network, "power/LV", "voltage_pu")
    network.solve()
    network.flow.voltage[network.flow.state.compiled.pq] = 1e-6
    network.solve()
    assert reading(network, "power/LV", "voltage_pu") == pytest.approx(right, abs=0.05)

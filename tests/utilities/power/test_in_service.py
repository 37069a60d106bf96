"""A hold and its release compose with what is built, in any order."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InvalidInput
from twin.utilities.base import Change
from twin.utilities.power.in_service import InService
from twin.utilities.power.names import NAMED_TABLES
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings

SWITCHABLE = (
    ("line", 0, "in_service"),
    ("line", 1, "in_service"),
    ("switch", 0, "closed"),
    ("load", 0, "in_service"),
)
CIGRE = pn.create_cigre_network_mv()
moves = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=30)


@given(moves)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_element_stands_if_it_is_built_and_not_held_whatever_came_in_between(
    sequence: list[tuple[int, bool, bool]],
) -> None:
    net = deepcopy(CIGRE)
    standing = InService(net, NAMED_TABLES)
    built = [bool(net[table][field].iloc[row]) for table, row, field in SWITCHABLE]
    held = [False] * len(SWITCHABLE)
    for number, hold, value in sequence:
        table, row, field = SWITCHABLE[number]
        standing.set(table, row, "held" if hold else field, value)
        (held if hold else built)[number] = value
    standing.write(net)
    for number, (table, row, field) in enumerate(SWITCHABLE):
        assert bool(net[table][field].iloc[row]) == (built[number] and not held[number])


def opened(folder: Path) -> PowerNetwork:
    net = pp.create_empty_network()
    high, low = pp.create_bus(net, 110.0, name="HV"), pp.create_bus(net, 10.0, name="LV")
    pp.create_ext_grid(net, high, name="EG")
    for name in ("T1", "T2"):
        pp.create_transformer_from_parameters(net, high, low, 16, 110, 10.5, 0.5, 10.5, 18.0, 0.7, name=name)
    pp.create_load(net, low, 8.0, 2.0, name="L")
    pp.create_switch(net, low, pp.create_bus(net, 10.0, name="BEHIND"), et="b", name="SW")
    pp.create_load(net, 2, 1.0, 0.0, name="L2")
    pp.to_json(net, str(folder / "power.json"))
    return PowerNetwork(folder / "power.json", PowerSettings())


def unserved(network: PowerNetwork) -> float:
    network.solve()
    return float(network.read()[-1])


def test_the_release_of_a_transformer_that_is_not_built_does_not_build_it(tmp_path: Path) -> None:
    network = opened(tmp_path)
    network.apply([Change("power/T2", "in_service", False), Change("power/T2", "held", True)])
    network.apply([Change("power/T1", "held", True)])
    assert unserved(network) == pytest.approx(9.0)
    network.apply([Change("power/T2", "held", False)])
    assert unserved(network) == pytest.approx(9.0)
    network.apply([Change("power/T2", "in_service", True)])
    assert unserved(network) == pytest.approx(0.0, abs=1e-9)


def test_what_is_built_while_held_stands_after_the_release(tmp_path: Path) -> None:
    network = opened(tmp_path)
    network.apply([Change(f"power/{name}", "in_service", False) for name in ("T1", "T2")])
    network.apply([Change("power/T1", "held", True)])
    network.apply([Change("power/T1", "in_service", True)])
    assert unserved(network) == pytest.approx(9.0)
    network.apply([Change("power/T1", "held", False)])
    assert unserved(network) == pytest.approx(0.0, abs=1e-9)


def test_a_held_switch_is_open_and_one_built_open_stays_so(tmp_path: Path) -> None:
    network = opened(tmp_path)
    network.apply([Change("power/SW", "held", True)])
    assert unserved(network) == pytest.approx(1.0)
    network.apply([Change("power/SW", "closed", False), Change("power/SW", "held", False)])
    assert unserved(network) == pytest.approx(1.0)
    network.apply([Change("power/SW", "closed", True)])
    assert unserved(network) == pytest.approx(0.0, abs=1e-9)


def test_a_held_load_asks_for_its_demand_and_a_reset_forgets_holds(tmp_path: Path) -> None:
    network = opened(tmp_path)
    network.apply([Change("power/L2", "held", True)])
    assert unserved(network) == pytest.approx(1.0)
    network.reset()
    network.set_demand(np.zeros(0))
    assert unserved(network) == pytest.approx(0.0, abs=1e-9)


LATER = {
    "load": lambda net: pp.create_load(net, 1, 3.0, 0.5, name="LATER", in_service=False),
    "sgen": lambda net: pp.create_sgen(net, 1, 3.0, name="LATER", in_service=False),
    "storage": lambda net: pp.create_storage(net, 1, 3.0, 9.0, name="LATER", in_service=False),
    "motor": lambda net: pp.create_motor(net, 1, 3.0, 0.9, name="LATER", in_service=False),
    "gen": lambda net: pp.create_gen(net, 1, 3.0, vm_pu=1.0, name="LATER", in_service=False),
    "asymmetric_load": lambda net: pp.create_asymmetric_load(
        net, 1, 1.0, 1.0, 1.0, name="LATER", in_service=False
    ),
    "ward": lambda net: pp.create_ward(net, 1, 3.0, 0.1, 0.0, 0.0, name="LATER", in_service=False),
}


def with_later(folder: Path, kind: str, in_file: bool = False) -> PowerNetwork:
    net = pp.create_empty_network()
    high, low = pp.create_bus(net, 110.0, name="HV"), pp.create_bus(net, 10.0, name="LV")
    pp.create_ext_grid(net, high, name="EG")
    pp.create_transformer_from_parameters(net, high, low, 16, 110, 10.5, 0.5, 10.5, 18.0, 0.7, name="T1")
    pp.create_load(net, low, 5.0, 1.0, name="L")
    LATER[kind](net)
    net[kind]["in_service"] = True if in_file else net[kind]["in_service"]
    path = folder / f"{kind}-{in_file}.json"
    pp.to_json(net, str(path))
    return PowerNetwork(path, PowerSettings())


def readings(network: PowerNetwork) -> np.ndarray:
    network.set_demand(np.zeros(0))
    network.solve()
    return network.read().copy()


@pytest.mark.parametrize("kind", LATER)
def test_what_a_site_builds_later_stands_as_if_the_file_had_it(kind: str, tmp_path: Path) -> None:
    later, whole = with_later(tmp_path, kind), with_later(tmp_path, kind, in_file=True)
    before = readings(later)
    later.apply([Change("power/LATER", "in_service", True)])
    assert readings(later) == pytest.approx(readings(whole), rel=1e-6, abs=1e-7)
    later.apply([Change("power/LATER", "in_service", False)])
    assert readings(later) == pytest.approx(before, rel=1e-6, abs=1e-7)
    later.apply([Change("power/LATER", "in_service", True)])
    later.reset()
    assert readings(later) == pytest.approx(before, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", ["load", "storage", "motor", "asymmetric_load", "ward"])
def test_what_draws_is_missed_once_it_is_built_and_held_and_not_before(kind: str, tmp_path: Path) -> None:
    network = with_later(tmp_path, kind)
    network.apply([Change("power/LATER", "held", True)])
    assert readings(network)[-1] == pytest.approx(0.0, abs=1e-9)
    network.apply([Change("power/LATER", "in_service", True)])
    assert readings(network)[-1] > 2.9
    network.apply([Change("power/LATER", "held", False)])
    assert readings(network)[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_load_that_is_taken_away_is_not_missed(tmp_path: Path) -> None:
    network = with_later(tmp_path, "load", in_file=True)
    network.apply([Change("power/LATER", "in_service", False)])
    assert readings(network)[-1] == pytest.approx(0.0, abs=1e-9)


def test_native_demand_grows_on_what_is_built_within_an_hour(tmp_path: Path) -> None:
    network = with_later(tmp_path, "load")
    network.set_demand(np.zeros(0), 2.0)
    network.apply([Change("power/LATER", "in_service", True)])
    network.solve()
    assert dict(zip(network.signals, network.read(), strict=True))[network.signals[-3]] == pytest.approx(16.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_what_has_no_number_is_not_built(value: float | None, tmp_path: Path) -> None:
    net = pp.create_empty_network()
    pp.create_bus(net, 10.0)
    pp.create_ext_grid(net, 0)
    pp.create_load(net, 0, 1.0, name="LATER", in_service=False)
    net.load["p_mw"] = value
    pp.to_json(net, str(tmp_path / "power.json"))
    network = PowerNetwork(tmp_path / "power.json", PowerSettings())
    with pytest.raises(InvalidInput, match="power/LATER cannot be built: p_mw is"):
        network.apply([Change("power/LATER", "in_service", True)])

"""Net load by hand: what is drawn less what is fed in, with what series give instead of the file's."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandapower as pp
import pytest

from twin.utilities.demand import Demand, Given
from twin.utilities.power.net_load import net_load
from twin.utilities.power.settings import PowerSettings
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility


@pytest.fixture
def scenario(tmp_path: Path) -> SimpleNamespace:
    net = pp.create_empty_network()
    bus = pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, bus)
    for mw, name in ((2.0, "own"), (9.0, "point"), (5.0, "pump")):
        pp.create_load(net, bus, mw, name=name)
    pp.create_load(net, bus, 7.0, in_service=False)
    pp.create_sgen(net, bus, 4.0, scaling=0.5, name="pv")
    pp.create_sgen(net, bus, 0.5, name="wind")
    pp.create_storage(net, bus, 0.25, max_e_mwh=1.0)
    pp.to_json(net, str(tmp_path / "power.json"))
    return SimpleNamespace(
        folder=tmp_path,
        simulated={"power": PowerSettings()},
        demand_points=[SimpleNamespace(asset="power/point")],
        links=[SimpleNamespace(to="power/pump")],
    )


def test_net_load_is_what_is_drawn_less_what_is_fed_in(scenario: SimpleNamespace) -> None:
    demand = Demand(np.array([[3.0, 1.0]]), np.array([[1.0, 1.0], [0.5, 0.0]]), np.array([1.0, 1.1]))
    # points 4 and 1.5, own load 2 and 2.2, storage 0.25, less 2 of PV and 0.5 of wind
    assert net_load(scenario, demand, ()) == pytest.approx([3.75, 1.45])
    given = np.array([[0.25, 1.5, 9.0], [1.0, 1.0, 9.0]])
    shaped = Demand(demand.base, demand.factors, demand.native, given)
    told = (Given("power/pv", "factor"), Given("power/own", "p_mw"), Given("power/own", "q_mvar"))
    assert net_load(scenario, shaped, told) == pytest.approx(
        [4.0 + 1.5 + 0.25 - 0.5 - 0.5, 1.5 + 1.1 + 0.25 - 2.0 - 0.5]
    )


def test_by_step_and_by_class_come_to_the_same(scenario: SimpleNamespace) -> None:
    base, factors = np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([[1.0, 1.0], [0.5, 0.0]])
    plain = Demand(base, factors, np.ones(2))
    by_step = Demand(base * factors[:, None, :], np.ones((2, 2)), np.ones(2))
    for utility in (utilities()["power"], utilities()["water"]):
        assert isinstance(utility, Utility)
        one, other = (utility.net_load(scenario, demand, ()) for demand in (plain, by_step))
        assert one == pytest.approx(other)
        assert one.shape == (2,)

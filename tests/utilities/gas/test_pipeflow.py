"""The twin's solutions beside `pandapipes.pipeflow`: every example of pandapipes that is gas."""

from pathlib import Path
from typing import Any

import numpy as np
import pandapipes as pp
import pytest

from tests.utilities.gas.examples import TIGHT, examples, quiet, written
from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings

EXAMPLES = examples()
HOURS = 24
NO_FLOW_KG_PER_S = 1e-3


def factor(hour: int) -> float:
    return 0.6 + 0.4 * float(np.sin(np.pi * hour / HOURS)) ** 2


def differences(net: Any, network: GasNetwork) -> tuple[float, float]:
    """Return how far pressures and flows are apart, over each pressure and the largest flow."""
    names = network.file.names
    places = {(s.asset, s.quantity): i for i, s in enumerate(network.signals)}
    bar = network.read()[[places[name, "pressure_bar"] for name in names["junction"]]]
    kg_per_s = network.read()[[places[name, "gas_m3_per_h"] for name in names["pipe"]]]
    kg_per_s = kg_per_s / 3600.0 / network.file.fluid.m3_per_kg
    theirs, flows = net.res_junction.p_bar.to_numpy(), net.res_pipe.mdot_from_kg_per_s.to_numpy()
    reached, live = np.isfinite(theirs), np.isfinite(flows)
    pressure = np.abs(bar - theirs)[reached] / np.abs(theirs[reached])
    most = max(float(np.abs(flows[live]).max()), NO_FLOW_KG_PER_S)
    return float(pressure.max()), float(np.abs(kg_per_s - flows)[live].max()) / most


def compared(name: str, folder: Path, hours: range) -> tuple[float, float]:
    """Return the largest differences of an example over some hours of varying demand."""
    with quiet():
        net = EXAMPLES[name]()
        network = GasNetwork(written(net, folder), GasSettings(required_pressure_bar=1e-6))
        asked = {
            table: net[table].scaling.to_numpy(copy=True) for table in ("sink", "source") if table in net
        }
        worst = np.zeros(2)
        for hour in hours:
            for table, own in asked.items():
                net[table]["scaling"] = own * factor(hour)
            pp.pipeflow(net, **TIGHT)
            network.set_demand(np.zeros(0), factor(hour))
            network.solve()
            network.advance(3600)
            worst = np.maximum(worst, differences(net, network))
    return float(worst[0]), float(worst[1])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_agrees_with_pipeflow(name: str, tmp_path: Path) -> None:
    assert max(compared(name, tmp_path, range(0, HOURS, 8))) < 1e-6


def test_all_hours_of_a_day_agree(tmp_path: Path) -> None:
    assert max(compared("gas_versatility", tmp_path, range(HOURS))) < 1e-6

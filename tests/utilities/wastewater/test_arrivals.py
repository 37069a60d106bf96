"""Sewage arrives later, in the share that was delivered."""

import numpy as np
import pytest

from twin.scenario.schema import Link
from twin.utilities.coupling import Opened, Port
from twin.utilities.wastewater.arrivals import Arrivals
from twin.utilities.wastewater.links import ARRIVING


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_sewage_arrives_after_its_lag_in_the_share_that_was_delivered(lag: int) -> None:
    link = Link(kind="sewage", asset="water/J", to="wastewater/M", lag_h=lag)
    columns = {("water/J", "required_m3_per_s"): 0, ("water/J", "delivered_m3_per_s"): 1}
    ports = {("wastewater", ARRIVING): Port(("wastewater/M",))}
    sewage = Arrivals([link], Opened(columns, ports, {"water": ("water/J",)}, 1e-3))
    inflows = []
    for hour in range(8):
        inflows.append(sewage.arrive(np.array([1.0 if hour == 0 else 0.0]))[0])
        sewage.advance(np.array([2.0, 2.0]), 1800, lambda utility: True)
        sewage.advance(np.array([2.0, 1.0]), 1800, lambda utility: True)
    assert inflows == [0.75 if hour == lag else 0.0 for hour in range(8)]

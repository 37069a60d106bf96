"""What holds of every gas network: balances close, causes add up, nothing passes more than it can."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utilities.gas.random_networks import RANKS, random_gas
from twin.errors import Unsolved

FACTORS = (0.0, 0.2, 1.0, 3.0, 30.0, 1.0)


def check(seed: int, folder: Path) -> None:
    """Ask for nothing, for little and for far more than there is."""
    network = random_gas(seed, folder)
    limits, regulators = network.regulation.limits, network.file.regulators.branch
    for factor in FACTORS:
        network.set_demand(np.full(len(RANKS), factor))
        try:
            network.solve()
        except Unsolved as unsolved:
            assert factor > 0.2  # what is asked for little is always found
            assert unsolved.reason
            network.advance(3600)
            continue
        assert np.isfinite(network.read()).all()
        live = network.grid.live[regulators]
        assert (network.grid.now.flow[regulators] <= limits.regulators * (1.0 + 1e-6))[live].all()
        network.advance(3600)
    sums = dict(zip(network.totals, network.read_totals(), strict=True))
    used = sums["served_m3"] + sums["fed_back_m3"]
    assert sums["supplied_m3"] == pytest.approx(used, rel=1e-8, abs=1e-6)
    assert sums["asked_m3"] == pytest.approx(sums["served_m3"] + sums["unserved_m3"], rel=1e-9)
    assert sum(network.read_causes().values()) == pytest.approx(sums["unserved_m3"], rel=1e-6, abs=1e-3)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_a_random_network_keeps_its_balance_and_its_limits(seed: int) -> None:
    with TemporaryDirectory() as folder:
        check(seed, Path(folder))


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_a_day_after_a_reset_is_the_same_day_to_the_bit(seed: int) -> None:
    with TemporaryDirectory() as folder:
        network = random_gas(seed, Path(folder))
    network_base = network.asked.base.copy()
    days = []
    for _ in range(2):
        network.reset()
        network.set_base(network_base)
        readings = []
        for hour in range(6):
            network.set_demand(np.full(len(RANKS), 0.2 + 0.1 * hour))
            network.solve()
            network.advance(3600)
            readings.append(network.read().copy())
        days.append(np.array([*readings]))
    np.testing.assert_array_equal(days[0], days[1])

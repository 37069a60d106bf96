"""What holds of every valid network: balances close, limits are kept, more demand is never more headroom."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utilities.random_networks import random_grid, random_water
from twin.errors import Unsolved
from twin.utilities.base import Change
from twin.utilities.power.contingencies import Contingencies
from twin.utilities.power.network import PowerNetwork
from twin.utilities.water.network import WaterNetwork

seeds = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=6, deadline=None, derandomize=True)


def totals(network: PowerNetwork | WaterNetwork) -> dict[str, float]:
    return dict(zip(network.totals, map(float, network.read_totals()), strict=True))


def check_grid(seed: int, folder: Path) -> None:
    """Load it to far beyond its capacity, take an element out, and bring it back."""
    network = random_grid(seed, folder)
    asked_mwh = 0.0
    out = Change(f"power/{network.names['line'][-1]}", "in_service", False)
    for factor in (0.2, 1.0, 30.0, out, 1.0, Change(out.asset, "in_service", True), 1.0):
        if isinstance(factor, Change):
            network.apply([factor])
            continue
        network.set_demand(np.full(3, factor))
        network.solve()
        assert np.isfinite(network.read()).all()
        beyond = network._measured.loading / network._shedder.limits
        assert beyond.max() <= 1.0 + 1e-3
        network.advance(3600)
        asked_mwh += float(network._asked[0].sum())
    sums = totals(network)
    assert sums["supplied_mwh"] + sums["fed_in_mwh"] == pytest.approx(
        sums["served_mwh"] + sums["losses_mwh"], rel=1e-7
    )
    assert sums["served_mwh"] + sums["unserved_mwh"] == pytest.approx(asked_mwh, rel=1e-7)
    assert sum(network.read_causes().values()) == pytest.approx(sums["unserved_mwh"], rel=1e-6, abs=1e-6)


def check_water(seed: int, folder: Path) -> None:
    """Run a day with a pump out in its middle, whatever runs dry."""
    network = random_water(seed, folder)
    storage = network._engine.storage
    for hour in range(24):
        network.set_demand(np.zeros(0), 0.2 + 0.1 * hour)
        if network._engine.pumps.size:
            network.set_input("running", np.array([0.0 if 10 <= hour < 14 else 1.0]))
        left = 3600
        while left > 0:
            try:
                network.solve()
            except Unsolved as unsolved:
                assert unsolved.reason
            assert np.isfinite(network.read()).all()
            step = min(left, network.next_change_s())
            network.advance(step)
            left -= step
        assert (storage.volume >= storage.min_volume - 1e-6).all()
        assert (storage.volume <= storage.max_volume + 1e-6).all()
    sums = totals(network)
    used = sums["served_m3"] + sums["leaked_m3"] + sums["stored_m3"]
    # EPANET's flows close to 1e-7 m3/s, whatever little is asked
    assert abs(sums["supplied_m3"] - used) <= 1e-6 * sums["required_m3"] + 1e-7 * 86400
    assert sums["served_m3"] <= sums["required_m3"] * (1.0 + 1e-9)
    assert sum(network.read_causes().values()) == pytest.approx(sums["unserved_m3"], rel=1e-3, abs=1e-2)


def inside_a_folder(check: Callable[[int, Path], None], seed: int) -> None:
    with TemporaryDirectory() as folder:
        check(seed, Path(folder))


@given(seeds)
@FEW
def test_a_random_grid_is_solved_within_its_limits_and_balances(seed: int) -> None:
    inside_a_folder(check_grid, seed)


@given(seeds)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_random_pipe_network_balances_and_keeps_its_tanks_within_their_limits(seed: int) -> None:
    inside_a_folder(check_water, seed)


@given(seeds, st.floats(1.0, 4.0))
@FEW
def test_more_demand_never_leaves_a_grid_more_headroom(seed: int, more: float) -> None:
    def headroom(seed: int, folder: Path, factor: float) -> tuple[float, float]:
        network = random_grid(seed, folder)
        network.set_demand(np.full(3, 0.2 * factor))
        network.solve()
        load = float(network.read()[-3])
        firm, _ = Contingencies(network).firm_factor(0.9)
        supply = sum(
            v
            for s, v in zip(network.signals, network.read(), strict=True)
            if s.quantity == "asked_mva" and s.asset.startswith("power/EG")
        )
        return (firm - 1.0) * load, float(supply)

    with TemporaryDirectory() as folder:
        before, supply = headroom(seed, Path(folder), 1.0)
        after, more_supply = headroom(seed, Path(folder), more)
    assert after <= before + 2e-3 * max(1.0, abs(before))
    assert more_supply >= supply - 1e-6


@given(seeds, st.floats(1.0, 5.0))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_more_demand_draws_no_less_water_and_raises_no_pressure(seed: int, more: float) -> None:
    with TemporaryDirectory() as folder:
        network = random_water(seed, Path(folder), plain=True)
        heads, supplied = [], []
        for native in (1.0, more):
            network.set_demand(np.zeros(0), native)
            network.solve()
            heads.append(network._engine.head.copy())
            supplied.append(float(network.read()[-1]))
    assert supplied[1] >= supplied[0] * (1.0 - 1e-4)
    assert (heads[1] <= heads[0] + 1e-2).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "seeds"), [(check_grid, range(1000)), (check_water, range(9000))], ids=["grids", "pipes"]
)
def test_ten_thousand_random_networks(check: Callable[[int, Path], None], seeds: range) -> None:
    wrong: list[str] = []
    for seed in seeds:
        try:
            inside_a_folder(check, seed)
        except Exception as error:
            wrong.append(f"seed {seed}: {type(error).__name__}: {str(error)[:200]}")
    assert wrong == []

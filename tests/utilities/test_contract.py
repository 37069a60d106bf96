"""What the city relies on, of every network."""

import numpy as np
import pytest

from tests.utilities.conftest import Example, simulate_day
from twin.errors import InvalidInput
from twin.utilities.base import Change


def test_solving_twice_gives_the_same(example: Example) -> None:
    example.hours(example.network, 0)
    example.network.solve()
    first = example.network.read().copy()
    example.network.solve()
    np.testing.assert_allclose(example.network.read(), first, rtol=1e-6, atol=1e-6)


def test_a_reading_is_finite_and_fits_the_signals(example: Example) -> None:
    example.hours(example.network, 0)
    example.network.solve()
    network = example.network
    assert network.read().shape == network.active().shape == (len(network.signals),)
    assert np.isfinite(network.read()).all()
    assert len({(s.asset, s.quantity) for s in network.signals}) == len(network.signals)
    assert all(s.asset.startswith(f"{network.name}/") for s in network.signals)


def test_only_advancing_moves_storage_and_totals(example: Example) -> None:
    network = example.network
    simulate_day(example, 2)
    example.hours(network, 2)
    network.solve()
    totals = network.read_totals().copy()
    network.solve()
    np.testing.assert_array_equal(network.read_totals(), totals)
    network.advance(60)
    once = network.read_totals() - totals
    assert np.abs(once).max() > 0.0


def test_the_balance_closes_over_a_day(example: Example) -> None:
    simulate_day(example)
    totals = dict(zip(example.network.totals, example.network.read_totals(), strict=True))
    error = sum(totals[name] for name in example.supply) - sum(totals[name] for name in example.uses)
    assert totals[example.throughput] > 0.0
    assert abs(error) < 1e-6 * totals[example.throughput]


@pytest.mark.parametrize("change", ["asset", "field"])
def test_an_unknown_name_is_told_and_nothing_changes(example: Example, change: str) -> None:
    network = example.network
    example.hours(network, 0)
    network.solve()
    before = network.active().copy()
    wrong = Change(f"{network.name}/none", "open", False)
    if change == "field":
        wrong = Change(example.switch.asset, "colour", True)
    with pytest.raises(InvalidInput, match=wrong.asset if change == "asset" else "colour"):
        network.apply([example.switch, wrong])
    np.testing.assert_array_equal(network.active(), before)


def test_out_of_service_and_back_is_the_same_state(example: Example) -> None:
    network = example.network
    example.hours(network, 0)
    network.solve()
    before = network.read().copy()
    network.apply([example.switch])
    network.solve()
    without = network.read().copy()
    network.apply([example.back])
    network.solve()
    assert np.abs(without - before).max() > 1e-3
    np.testing.assert_allclose(network.read(), before, rtol=1e-4, atol=1e-4)


def test_a_reset_returns_to_the_opened_state_to_the_bit(example: Example) -> None:
    first = simulate_day(example, 8)
    totals = example.network.read_totals().copy()
    example.network.apply([example.switch])
    example.network.reset()
    again = simulate_day(example, 8)
    assert [a.tobytes() for a in again] == [a.tobytes() for a in first]
    assert example.network.read_totals().tobytes() == totals.tobytes()


def test_what_a_port_takes_over_moves_the_readings_and_holds_until_it_is_told_otherwise(
    example: Example,
) -> None:
    network = example.network
    example.hours(network, 0)
    network.solve()
    before = network.read().copy()
    network.set_input(example.port, example.idle)
    network.solve()
    moved = network.read().copy()
    assert np.abs(moved - before).max() > 1e-3
    network.solve()
    np.testing.assert_allclose(network.read(), moved, rtol=1e-4, atol=1e-4)  # as exact as the file asks


def test_what_is_told_beside_the_readings_has_its_form(example: Example) -> None:
    network = example.network
    simulate_day(example, 2)
    addresses = {signal.asset for signal in network.signals}
    assert network.next_change_s() >= 1
    assert network.ratings.keys() <= addresses
    assert all(rating >= 0.0 for rating in network.ratings.values())
    assert all(set(assets) <= addresses for assets in network.in_force().values())
    assert network.relief(frozenset(network.ratings)).ndim == 1
    assert all(str(warning) for warning in network.warnings)
    assert all(cause.asset.startswith(f"{network.name}/") for cause in network.read_causes())
    assert all(amount >= 0.0 for amount in network.read_causes().values())
    assert len(network.read_totals()) == len(network.totals)


def going_on(example: Example) -> list[bytes]:
    """Return all that a network tells of some hours with a switching, and of what it had accounted before."""
    network = example.network
    told = [network.read().tobytes(), network.read_totals().tobytes()]
    told += [r.tobytes() for r in simulate_day(example, 5, start=7)]
    network.apply([example.switch])
    told += [r.tobytes() for r in simulate_day(example, 3, start=12)]
    told += [network.read_totals().tobytes(), network.active().tobytes()]
    return [*told, repr(sorted(network.read_causes().items())).encode()]


def unsettle(example: Example) -> None:
    """Leave traces of another life in a network: another demand, another switching state, a port driven."""
    network = example.network
    simulate_day(example, 3, start=16)
    network.apply([example.switch])
    network.set_input(example.port, example.idle)
    simulate_day(example, 2, start=2)


@pytest.mark.parametrize("when", ["solved", "after an hour", "demand is set", "switched", "opened"])
def test_two_networks_restored_from_one_state_go_on_alike_to_the_bit(
    examples: tuple[Example, Example], when: str
) -> None:
    """Whatever each of them did before, and however often a state is restored."""
    one, other = examples
    if when != "opened":
        simulate_day(one, 7)
    if when in ("solved", "demand is set"):
        one.hours(one.network, 7)
    if when == "solved":
        one.network.solve()
    if when == "switched":
        one.network.apply([one.switch])
    state = one.network.save()
    unsettle(other)
    other.network.restore(state)
    first = going_on(other)
    unsettle(one)
    one.network.restore(state)
    assert going_on(one) == first
    one.network.restore(state)
    assert going_on(one) == first


def test_a_network_that_is_saved_goes_on_as_if_it_had_not_been(examples: tuple[Example, Example]) -> None:
    one, other = examples
    simulate_day(one, 4)
    simulate_day(other, 4)
    one.network.save()
    assert going_on(one) == going_on(other)


def test_a_reset_leaves_no_trace_of_a_restored_state(examples: tuple[Example, Example]) -> None:
    one, other = examples
    simulate_day(one, 4)
    other.network.restore(one.network.save())
    other.network.reset()
    one.network.reset()
    assert going_on(other) == going_on(one)

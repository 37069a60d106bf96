"""User equilibrium: Braess by hand, Sioux Falls as published, and what holds of any network."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utilities.roads.examples import BRAESS_NET, braess_plan
from twin.utilities.roads.assignment import Assignment, Links
from twin.utilities.roads.network import links_of
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.tntp import read_tntp

SIOUX_FALLS = Path(__file__).parents[3] / "validation" / "cases" / "sioux-falls"
MANY = settings(max_examples=40, deadline=None, derandomize=True)


def assignment_of(plan: RoadPlan) -> Assignment:
    return Assignment(links_of(plan), np.array(list(plan.zones.values())))


def objective(links: Links, volume: np.ndarray) -> float:
    """Return Beckmann's sum of the integrals of the link times."""
    grown = (volume / links.capacity) ** links.power / (links.power + 1.0)
    return float((links.free_min * volume * (1.0 + links.b * grown)).sum())


@pytest.fixture(scope="module")
def sioux_falls() -> RoadPlan:
    return read_tntp(SIOUX_FALLS / "net.tntp", None, SIOUX_FALLS / "trips.tntp")


def test_braess_is_as_worked_out_by_hand(tmp_path: Path) -> None:
    """Three ways of 92 minutes each: 40 + (10 + 2) + 40, and 40 + 52 twice."""
    plan = braess_plan(tmp_path)
    roads = assignment_of(plan)
    ended = roads.solve(plan.trips, 1e-12)
    assert ended.reached
    np.testing.assert_allclose(roads.volume, [4.0, 2.0, 2.0, 2.0, 4.0], atol=1e-6)
    np.testing.assert_allclose(roads.times()[0, 1], 92.0, atol=1e-6)


def test_without_its_bridge_everyone_is_faster(tmp_path: Path) -> None:
    """Braess' paradox: 30 + 53 = 83 minutes on each of two ways, 92 once the bridge is open."""
    plan = braess_plan(tmp_path)
    roads = assignment_of(plan)
    capacity = np.array([road.capacity for road in plan.roads])
    bridge = np.array([road.name == "3-4" for road in plan.roads])
    roads.set_roads(capacity, bridge)
    roads.solve(plan.trips, 1e-12)
    np.testing.assert_allclose(roads.volume, [3.0, 3.0, 3.0, 0.0, 3.0], atol=1e-6)
    np.testing.assert_allclose(roads.times()[0, 1], 83.0, atol=1e-6)


def test_sioux_falls_reaches_the_best_known_objective(sioux_falls: RoadPlan) -> None:
    """42.31335287107440, in 1e5 vehicle-minutes of the file's own unit."""
    roads = assignment_of(sioux_falls)
    assert roads.solve(sioux_falls.trips, 1e-14).reached
    assert objective(links_of(sioux_falls), roads.volume) == pytest.approx(4231335.287107440, rel=1e-13)


def test_a_warm_start_finds_what_a_cold_one_does(sioux_falls: RoadPlan) -> None:
    warm, cold = assignment_of(sioux_falls), assignment_of(sioux_falls)
    warm.solve(sioux_falls.trips, 1e-10)
    again = warm.solve(1.02 * sioux_falls.trips, 1e-12)
    first = cold.solve(1.02 * sioux_falls.trips, 1e-12)
    assert again.reached and first.reached
    assert again.rounds < first.rounds
    np.testing.assert_allclose(warm.volume, cold.volume, rtol=1e-5)


def test_the_same_is_found_to_the_bit(sioux_falls: RoadPlan) -> None:
    one, other = assignment_of(sioux_falls), assignment_of(sioux_falls)
    other.solve(0.7 * sioux_falls.trips, 1e-8)
    other.forget()
    one.solve(sioux_falls.trips, 1e-8)
    other.solve(sioux_falls.trips, 1e-8)
    assert one.volume.tobytes() == other.volume.tobytes()


def test_a_gap_that_is_not_reached_is_told(sioux_falls: RoadPlan) -> None:
    ended = assignment_of(sioux_falls).solve(sioux_falls.trips, 1e-9, rounds=3)
    assert not ended.reached
    assert 1e-9 < ended.gap < 1.0


def test_below_what_rounding_allows_it_ends_all_the_same(sioux_falls: RoadPlan) -> None:
    ended = assignment_of(sioux_falls).solve(sioux_falls.trips, 0.0, rounds=10_000)
    assert ended.rounds < 1000
    assert ended.gap < 1e-12


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.5, 4.0, 12.0])
def test_any_power_is_shared_evenly_by_two_like_roads(power: float) -> None:
    links = Links(
        np.array([0, 0]),
        np.array([1, 1]),
        np.array([5.0, 5.0]),
        np.array([0.3, 0.3]),
        np.array([power, power]),
        np.array([100.0, 100.0]),
        2,
        np.zeros(2, dtype=bool),
    )
    roads = Assignment(links, np.array([0, 1]))
    assert roads.solve(np.array([[0.0, 300.0], [0.0, 0.0]]), 1e-12).reached
    assert roads.volume.sum() == pytest.approx(300.0)
    if power:
        np.testing.assert_allclose(roads.volume, 150.0, rtol=1e-6)


def test_no_trip_passes_through_a_node_where_trips_only_begin(tmp_path: Path) -> None:
    net = BRAESS_NET.replace("<FIRST THRU NODE> 1", "<FIRST THRU NODE> 4")
    plan = braess_plan(tmp_path, net)
    roads = assignment_of(plan)
    roads.solve(plan.trips, 1e-10)
    np.testing.assert_allclose(roads.volume, [0.0, 6.0, 0.0, 0.0, 6.0])


def random_plan(seed: int) -> tuple[Links, np.ndarray, np.ndarray]:
    """Return a random grid of two-way roads, its zones and trips; each fifth pair has none."""
    rng = np.random.default_rng(seed)
    side = int(rng.integers(2, 6))
    cells = np.arange(side * side).reshape(side, side)
    pairs = [*zip(cells[:, :-1].ravel(), cells[:, 1:].ravel(), strict=True)]
    pairs += [*zip(cells[:-1].ravel(), cells[1:].ravel(), strict=True)]
    tail = np.array([a for a, b in pairs] + [b for a, b in pairs])
    head = np.array([b for a, b in pairs] + [a for a, b in pairs])
    count = len(tail)
    free = rng.uniform(0.0, 10.0, count) * (rng.random(count) > 0.1)
    links = Links(
        tail,
        head,
        free,
        rng.choice([0.0, 0.15, 1.0], count),
        rng.choice([0.0, 1.0, 2.0, 4.0, 5.5], count),
        rng.uniform(20.0, 200.0, count),
        side * side,
        np.zeros(side * side, dtype=bool),
    )
    zones = rng.permutation(side * side)[: int(rng.integers(2, side * side + 1))]
    trips = rng.uniform(0.0, 60.0, (len(zones), len(zones))) * (rng.random((len(zones), len(zones))) > 0.2)
    return links, zones, trips


@MANY
@given(st.integers(0, 2**32 - 1))
def test_flow_is_conserved_at_every_node_and_nobody_has_a_faster_way(seed: int) -> None:
    links, zones, trips = random_plan(seed)
    roads = Assignment(links, zones)
    ended = roads.solve(trips, 1e-9)
    assert ended.reached
    assert (roads.volume >= -1e-9).all()
    np.fill_diagonal(trips, 0.0)
    net = np.zeros(links.nodes)
    np.add.at(net, links.tail, roads.volume)
    np.add.at(net, links.head, -roads.volume)
    wanted = np.zeros(links.nodes)
    wanted[zones] = trips.sum(axis=1) - trips.sum(axis=0)
    np.testing.assert_allclose(net, wanted, atol=1e-7 * max(trips.sum(), 1.0))
    spent = float(roads.volume @ roads.time)
    least = float((trips * roads.times()).sum())
    assert spent - least <= 1e-9 * spent + 1e-9


@MANY
@given(st.integers(0, 2**32 - 1))
def test_it_goes_on_from_what_was_saved_to_the_bit(seed: int) -> None:
    links, zones, trips = random_plan(seed)
    one, other = Assignment(links, zones), Assignment(links, zones)
    one.solve(trips, 1e-6)
    saved = one.save()
    one.solve(1.1 * trips, 1e-8)
    other.solve(0.5 * trips, 1e-4)
    other.restore(saved)
    other.solve(1.1 * trips, 1e-8)
    assert one.volume.tobytes() == other.volume.tobytes()


def test_reading_refuses_what_was_cut_short() -> None:
    with TemporaryDirectory() as folder, pytest.raises(Exception, match="NUMBER OF LINKS"):
        braess_plan(Path(folder), BRAESS_NET.replace("<NUMBER OF LINKS> 5", "<NUMBER OF LINKS> 6"))

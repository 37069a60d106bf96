"""Where trips go: sums hold for any ends and times, and nearer zones draw more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import Unsolved
from twin.utilities.roads.demand import JOBS_TO, WORKPLACES
from twin.utilities.roads.gravity import A_DAY_MIN, distribute, within
from twin.utilities.roads.purposes import Ends
from twin.utilities.roads.settings import RoadsSettings

MANY = settings(max_examples=60, deadline=None, derandomize=True)


@MANY
@given(st.integers(0, 2**32 - 1))
def test_what_begins_and_ends_in_each_zone_is_met(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    begin, end = rng.uniform(0.0, 1e4, count), rng.uniform(0.0, 1e4, count)
    begin[rng.random(count) < 0.2] = 0.0
    end *= begin.sum() / end.sum()
    minutes = rng.uniform(0.0, 90.0, (count, count))
    minutes[rng.random((count, count)) < 0.1] = A_DAY_MIN
    trips = distribute(begin, end, minutes, float(rng.uniform(0.0, 0.2)))
    scale = max(float(begin.sum()), 1.0)
    np.testing.assert_allclose(trips.sum(axis=1), begin, atol=1e-6 * scale)
    np.testing.assert_allclose(trips.sum(axis=0), end, atol=1e-9 * scale)
    assert (trips >= 0.0).all()


def test_without_a_preference_for_near_zones_trips_are_proportional() -> None:
    begin, end = np.array([300.0, 100.0]), np.array([100.0, 300.0])
    minutes = np.array([[0.0, 60.0], [10.0, 0.0]])
    np.testing.assert_allclose(distribute(begin, end, minutes, 0.0), np.outer(begin, end) / 400.0)


def test_inside_a_zone_half_the_way_to_the_nearest_other_is_gone() -> None:
    minutes = np.array([[0.0, 10.0, np.inf], [8.0, 0.0, np.inf], [20.0, 30.0, 0.0]])
    times = within(minutes)
    np.testing.assert_allclose(np.diag(times), [5.0, 4.0, 10.0])
    assert times[0, 2] == A_DAY_MIN


def ends(jobs: float) -> np.ndarray:
    found = np.zeros((3, WORKPLACES + 1))
    found[:2, (0, 2)] = 500.0
    found[:2, (JOBS_TO, 3)] = jobs
    return found


@pytest.mark.parametrize("jobs", [200.0, 800.0])
def test_an_external_zone_takes_the_balance_of_commuters(jobs: float) -> None:
    every = Ends(ends(jobs), np.array([False, False, True]))
    minutes = np.array([[0.0, 10.0, 30.0], [10.0, 0.0, 25.0], [30.0, 25.0, 0.0]])
    trips = every.patterns(minutes, RoadsSettings()).to_work
    np.testing.assert_allclose(trips[:2].sum(), 1000.0)
    assert trips[:, 2].sum() == pytest.approx(max(1000.0 - 2 * jobs, 0.0), abs=1e-6)
    assert trips[2].sum() == pytest.approx(max(2 * jobs - 1000.0, 0.0), abs=1e-6)


def test_without_one_jobs_are_scaled_and_none_at_all_is_no_solution() -> None:
    inside = np.zeros(3, dtype=bool)
    minutes = np.zeros((3, 3))
    trips = Ends(ends(200.0), inside).patterns(minutes, RoadsSettings()).to_work
    np.testing.assert_allclose(trips.sum(), 1000.0)
    with pytest.raises(Unsolved, match="no job"):
        Ends(ends(0.0), inside).patterns(minutes, RoadsSettings())

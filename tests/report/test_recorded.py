"""What is told of a recorded signal, by hand: mean, duration curve, worst hours, what is not there."""

from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.folders import write_run
from tests.town import write_town
from twin.errors import InvalidInput
from twin.report.recorded import Limits, Shown, recordings
from twin.results.hourly import Series
from twin.results.run import save
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

FREE = Limits()


def shown(values: list[float], days: float = 1.0, limits: Limits = FREE) -> Shown:
    """Return hours from a midnight on, each of which stands for so many days."""
    count = len(values)
    times = np.datetime64("2026-01-01", "ms") + np.arange(count).astype("timedelta64[h]")
    ones = np.ones(count)
    series = Series(
        "power/T", "loading_percent", "%", "hour", "mean", times, np.array(values, float), ones, days * ones
    )
    return Shown(series, limits)


def test_days_count_as_often_as_they_stand_for() -> None:
    one = shown([10.0] * 24 + [40.0] * 24)
    series = one.series
    series.days[:24] = 29.0
    assert one.mean == pytest.approx((29 * 10.0 + 40.0) / 30)
    values, reached = one.duration()
    assert values[0] == 40.0
    assert reached[23] == pytest.approx(1 / 30)
    assert (one.days, one.weights.sum()) == (2, 720.0)


def test_the_worst_is_farthest_beyond_its_limit_on_either_side() -> None:
    one = shown([1.0, 1.12, 0.85, 1.05], limits=Limits(0.9, 1.1))
    assert [(worst.value, worst.limit) for worst in one.worst()] == [
        (0.85, 0.9),
        (1.12, 1.1),
        (1.05, 1.1),
        (1.0, 0.9),
    ]
    assert one.hours_beyond == 2.0


@pytest.mark.parametrize(
    ("limits", "first"), [(Limits(), 3.0), (Limits(lower=2.0), 1.0), (Limits(upper=2.0), 3.0)]
)
def test_the_worst_is_the_nearest_to_the_limit_that_there_is(limits: Limits, first: float) -> None:
    worst = shown([1.0, 3.0, 2.0], limits=limits).worst()
    assert worst[0].value == first
    assert (worst[0].limit is None) == (limits == Limits(-inf, inf))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 90))
def test_places_of_a_picture_hold_all_values(values: list[float], room: int) -> None:
    one = shown(values)
    bins = one.bins(room)
    assert len(bins.mean) == min(room, len(values))
    assert (bins.lowest.min(), bins.highest.max()) == (min(values), max(values))
    assert (bins.lowest <= bins.mean + 1e-6).all() and (bins.mean <= bins.highest + 1e-6).all()
    highest, reached = one.duration()
    assert (np.diff(highest) <= 0.0).all()
    assert reached[-1] == pytest.approx(1.0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("recorded")
    record = "record=[{assets: power/T-TOWN}, {assets: water/J-*, quantities: pressure_m}]"
    scenario = load_scenario(write_town(place / "town"), ["end=2026-05-06", record])
    return save(simulation.run(scenario), place / "run")


def test_a_signal_comes_with_its_limits(run: Path) -> None:
    (loading,) = recordings(run, "power/T-TOWN", "loading_percent")
    assert loading.limits == Limits(upper=100.0)
    assert loading.kept == "mean of each hour"
    (pressure,) = recordings(run, "water/J-LOW")
    assert pressure.limits.lower > 0.0
    assert pressure.worst()[0].value == pressure.series.values.min()


@pytest.mark.parametrize(
    ("asset", "quantity", "line"),
    [
        (
            "power/T-PUMPS",
            "",
            "power/T-PUMPS was not recorded; recorded are power/T-TOWN, water/J-INTAKE, water/J-HIGH, "
            "water/J-LOW (to record it, run again with `record: [{assets: power/T-PUMPS}]` in scenario.yaml)",
        ),
        ("power/T-TWON", "", "has no asset power/T-TWON (did you mean power/T-TOWN?)"),
        ("water/network", "", "water/network was not recorded; recorded are "),
        (
            "water/J-LOW",
            "level_m",
            "level_m of water/J-LOW was not recorded (recorded are pressure_m)",
        ),
    ],
)
def test_what_was_not_recorded_is_one_line(run: Path, asset: str, quantity: str, line: str) -> None:
    with pytest.raises(InvalidInput) as error:
        recordings(run, asset, quantity)
    (mistake,) = error.value.mistakes
    assert line in str(mistake)


def test_what_was_never_in_service_is_one_line(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    record = "record=[{assets: [power/T-PUMPS, power/network]}]"
    outage = "outages=[{assets: power/T-PUMPS, start: 2026-05-04, hours: 48}]"
    run = simulation.run(load_scenario(town, ["end=2026-05-05", record, outage]))
    folder = save(run, tmp_path / "run")
    with pytest.raises(InvalidInput, match="was at no time in service and solved"):
        recordings(folder, "power/T-PUMPS")
    assert recordings(folder, "power/network")


def test_a_run_that_recorded_nothing_says_so(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    with pytest.raises(InvalidInput, match="power/T-1 was not recorded; the run recorded nothing"):
        recordings(folder, "power/T-1")


def test_what_is_no_run_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        recordings(tmp_path, "power/T-1")

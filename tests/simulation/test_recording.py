"""Readings that are kept: reduced by hand, the same on any cores, from any store, in any batch."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.town import write_town
from twin.checks.prepare import prepare
from twin.errors import InvalidInput
from twin.results.monthly import MonthStatistics
from twin.results.run import Run, save
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation
from twin.simulation import recording as recording_module
from twin.simulation.day import DAY_S, DayRecord
from twin.simulation.recording import INTERVAL_S, Recording, Reduced, reduced_day
from twin.simulation.store import Store
from twin.utilities.base import Signal

SIGNALS = (
    Signal("power/T-1", "loading_percent", "%"),
    Signal("power/T-1", "power_mw", "MW"),
    Signal("power/T-[2]", "loading_percent", "%"),
    Signal("water/J", "pressure_m", "m"),
)
HORIZON = [
    *("start=2026-05-01", "end=2026-08-01", "days=representative"),
    "demand.native_growth_percent_per_year=5",  # else all days are alike
]
RECORD = (
    "record=[{assets: 'power/T-*', quantities: loading_percent}, {assets: water/T-HILL, interval: 15min},"
    " {assets: [water/PU-*, power/network], interval: instant}]"
)


def record_of(lengths: Sequence[int], readings: Sequence[Sequence[float]]) -> DayRecord:
    """Return a day of instants of so many seconds."""
    seconds = np.array(lengths, dtype=np.int64)
    count, width = np.shape(readings)
    return DayRecord(
        np.cumsum(seconds) - seconds,
        seconds,
        np.array(readings, dtype=float),
        np.zeros(1, dtype=np.int64),
        np.ones((1, width), dtype=bool),
        np.ones((count, 1), dtype=bool),
        np.ones(count, dtype=np.int64),
        np.zeros(count),
        np.zeros(count, dtype=bool),
        *((), (), {}, {}, {}, ()),
    )


def kept(day: DayRecord, interval: str, statistic: str = "mean", valid: np.ndarray | None = None) -> Reduced:
    width = day.readings.shape[1]
    there = np.ones(day.readings.shape, dtype=bool) if valid is None else valid
    return reduced_day(day, there, np.arange(width), interval, statistic)


HOURS = [3600] * 22
UNEVEN = record_of([900, 1800, 900, *HOURS, 3600], [[10.0], [40.0], [-20.0], *[[5.0]] * 23])


@pytest.mark.parametrize(
    ("statistic", "first"),
    [("mean", (900 * 10 + 1800 * 40 - 900 * 20) / 3600), ("min", -20.0), ("max", 40.0)],
)
def test_an_hour_takes_each_solution_as_long_as_it_held(statistic: str, first: float) -> None:
    hours = kept(UNEVEN, "hour", statistic)
    assert hours.values[:2, 0].tolist() == [first, 5.0]
    assert hours.begins.tolist() == list(range(0, DAY_S, 3600))


def test_a_quarter_within_a_longer_solution_has_its_value() -> None:
    quarters = kept(UNEVEN, "15min")
    assert quarters.values[:5, 0].tolist() == [10.0, 40.0, 40.0, -20.0, 5.0]
    assert set(quarters.seconds[:, 0].tolist()) == {900.0}


def test_an_instant_is_kept_as_it_was_and_as_long_as_it_held() -> None:
    instants = kept(UNEVEN, "instant")
    assert (instants.values == UNEVEN.readings).all()
    assert instants.begins.tolist() == UNEVEN.times.tolist()
    assert instants.seconds[:3, 0].tolist() == [900.0, 1800.0, 900.0]


def test_time_out_of_service_counts_for_nothing() -> None:
    valid = np.ones((26, 1), dtype=bool)
    valid[1:3] = False  # the rest of the first hour
    valid[4] = False  # and the whole of the third
    hours = kept(UNEVEN, "hour", valid=valid)
    assert (hours.values[0, 0], hours.seconds[0, 0]) == (10.0, 900.0)
    assert hours.seconds[1:3, 0].tolist() == [3600.0, 0.0]


instants = st.lists(st.integers(1, DAY_S - 1), max_size=60, unique=True).map(sorted)


@settings(max_examples=60, deadline=None)
@given(instants, st.sampled_from([*INTERVAL_S]), st.integers(0, 2**32 - 1))
def test_no_reading_is_lost_or_counted_twice(begins: list[int], interval: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = np.diff([0, *begins, DAY_S])
    day = record_of(lengths.tolist(), rng.normal(size=(len(lengths), 3)))
    valid = rng.random((len(lengths), 3)) < 0.8
    low, mean, high = (kept(day, interval, own, valid) for own in ("min", "mean", "max"))
    assert (mean.seconds.sum(axis=0) == (valid * lengths[:, None]).sum(axis=0)).all()
    whole = (day.readings * valid * lengths[:, None]).sum(axis=0)
    assert (mean.values * mean.seconds).sum(axis=0) == pytest.approx(whole, abs=1e-6)
    there = mean.seconds > 0.0
    assert (low.values[there] <= mean.values[there] + 1e-9).all()
    assert (mean.values[there] <= high.values[there] + 1e-9).all()
    assert there.sum() == 0 or high.values[there].max() == day.readings[valid].max()


@given(st.floats(-1e12, 1e12), st.sampled_from(["min", "mean", "max"]))
def test_the_value_of_one_solution_is_kept_to_the_bit(value: float, statistic: str) -> None:
    day = record_of([3600] * 24, [[value]] * 24)
    for interval in ("15min", "30min", "hour"):
        assert (kept(day, interval, statistic).values == value).all()


def scenario_of(*entries: dict[str, object]) -> Scenario:
    fields = {"name": "r", "start": date(2026, 1, 1), "end": date(2027, 1, 1), "networks": {"power": {}}}
    return Scenario.model_validate(fields | {"record": entries})


def rows_of(recording: Recording) -> list[dict[str, object]]:
    files = recording.finish()
    assert files is not None
    return files.read().to_pylist()  # type: ignore[no-any-return]


def test_a_row_tells_when_of_what_in_which_unit_and_for_how_many_days() -> None:
    recording = Recording(scenario_of({"assets": "power/T-1", "quantities": "*_mw"}), SIGNALS)
    day = record_of([3600] * 24, [[50.0, 2.5, 0.0, 0.0]] * 24)
    recording.take(day, np.ones((24, 4), dtype=bool), 15 * DAY_S, 30.0)
    first, *others = rows_of(recording)
    assert first == {
        "time": datetime(2026, 1, 16),
        "network": "power",
        "asset": "power/T-1",
        "quantity": "power_mw",
        "unit": "MW",
        "interval": "hour",
        "statistic": "mean",
        "value": 2.5,
        "hours": 1.0,
        "days": 30.0,
    }
    assert len(others) == 23


def test_a_signal_that_two_entries_name_alike_is_kept_once() -> None:
    entries = ({"assets": "power/T-1"}, {"assets": "power/*"}, {"assets": "power/T-1", "statistic": "max"})
    recording = Recording(scenario_of(*entries), SIGNALS)
    recording.take(record_of([DAY_S], [[1.0, 2.0, 3.0, 4.0]]), np.ones((1, 4), dtype=bool), 0, 1.0)
    first = [row for row in rows_of(recording) if row["time"] == datetime(2026, 1, 1)]
    assert [(row["asset"], row["quantity"], row["statistic"]) for row in first] == [
        ("power/T-1", "loading_percent", "mean"),
        ("power/T-1", "power_mw", "mean"),
        ("power/T-[2]", "loading_percent", "mean"),
        ("power/T-1", "loading_percent", "max"),
        ("power/T-1", "power_mw", "max"),
    ]


def test_a_name_stands_for_itself_whatever_is_in_it() -> None:
    recording = Recording(scenario_of({"assets": "power/T-[2]"}), SIGNALS)
    recording.take(record_of([DAY_S], [[1.0, 2.0, 3.0, 4.0]]), np.ones((1, 4), dtype=bool), 0, 1.0)
    assert {row["value"] for row in rows_of(recording)} == {3.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("recording") / "town")


@pytest.fixture(scope="module")
def town(folder: Path) -> Scenario:
    return load_scenario(folder, [*HORIZON, RECORD])


@pytest.fixture(scope="module")
def done(town: Scenario) -> Run:
    return simulation.run(town)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("{assets: power/T-TOWM}", "no asset matches power/T-TOWM (did you mean power/T-TOWN?)"),
        ("{assets: [power/T-TOWN, 'power/X-*']}", "no asset matches power/X-*"),
        (
            "{assets: 'power/T-*', quantities: loading_pct}",
            "no quantity of these assets matches loading_pct (did you mean loading_percent?)",
        ),
        ("{assets: water/R-RIVER}", "nothing is read of water/R-RIVER"),
        (
            "{assets: [power/T-TOWN, water/T-HILL], quantities: loading_percent}",
            "water/T-HILL has no loading_percent (it has level_m, fill_percent)",
        ),
        ("{assets: power/T-TOWN, interval: minute}", "record.0.interval is 'minute' ("),
        ("{quantities: level_m}", "missing record.0.assets"),
        ("{assets: power/T-TOWN, every: hour}", "unknown key record.0.every ("),
    ],
)
def test_what_matches_nothing_is_one_line_with_its_place(folder: Path, entry: str, line: str) -> None:
    place = folder.with_name("wrong.yaml")
    text = (folder / "scenario.yaml").read_text()
    (folder / place.name).write_text(f"{text}record:\n  - {entry}\n")
    with pytest.raises(InvalidInput) as error:
        prepare(load_scenario(folder / place.name))
    (mistake,) = error.value.mistakes
    assert (mistake.file, mistake.line) == (place.name, len(text.splitlines()) + 2)
    assert line in str(mistake)


def test_the_months_statistics_are_those_of_what_was_recorded(done: Run) -> None:
    assert done.recorded is not None
    rows = done.recorded.read().to_pandas()
    assert set(rows["interval"]) == {"hour", "15min", "instant"}
    column = {(signal.asset, signal.quantity): i for i, signal in enumerate(done.signals)}
    rows["month"] = rows["time"].dt.strftime("%Y-%m")
    statistics: dict[str, MonthStatistics] = {month.month: month for month in done.months}
    seen = 0
    for (month, asset, quantity), own in rows.groupby(["month", "asset", "quantity"], observed=True):
        at, i = statistics[month], column[asset, quantity]
        weights = own["hours"] * own["days"]
        assert weights.sum() == pytest.approx(at.hours[i])
        assert np.average(own["value"], weights=weights) == pytest.approx(at.mean[i], abs=1e-9)
        assert own["value"].min() >= at.minimum[i] - 1e-9
        assert own["value"].max() <= at.maximum[i] + 1e-9
        if (own["interval"] == "instant").all():
            assert (own["value"].min(), own["value"].max()) == (at.minimum[i], at.maximum[i])
        seen += 1
    assert seen == 3 * len(rows.groupby(["asset", "quantity"], observed=True))


def files(run: Run, folder: Path) -> dict[str, bytes]:
    save(run, folder)
    return {path.name: path.read_bytes() for path in sorted((folder / "hourly").iterdir())}


def test_the_files_are_the_same_on_any_cores_and_from_any_store(
    town: Scenario, done: Run, tmp_path: Path
) -> None:
    expected = files(done, tmp_path / "alone")
    assert list(expected) == ["power.parquet", "water.parquet"]
    store = Store(tmp_path / "days")
    filled = simulation.run(town, jobs=2, store=store)
    found = simulation.run(town.model_copy(deep=True), store=store)
    assert (filled.days_found, found.days_found) == (0, 6)
    assert files(filled, tmp_path / "cores") == expected
    assert files(found, tmp_path / "store") == expected


def test_what_is_written_in_batches_is_the_same(
    town: Scenario, done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "_BATCH", 1000)
    batched = simulation.run(town)
    save(batched, tmp_path / "out")
    assert pq.ParquetFile(tmp_path / "out" / "hourly" / "water.parquet").num_row_groups > 4
    assert done.recorded is not None and batched.recorded is not None
    order = ["asset", "quantity", "time"]
    one, other = (run.recorded.read().to_pandas().sort_values(order) for run in (batched, done))
    assert one.reset_index(drop=True).equals(other.reset_index(drop=True))


def test_every_day_is_recorded_alike(folder: Path) -> None:
    run = simulation.run(load_scenario(folder, [RECORD]))
    assert run.recorded is not None
    rows = run.recorded.read().to_pandas()
    level = rows[(rows["quantity"] == "level_m")]
    assert len(level) == 3 * 96
    assert set(level["days"]) == {1.0}


def test_a_run_without_record_has_no_recording(folder: Path, tmp_path: Path) -> None:
    scenario = load_scenario(folder, ["end=2026-05-05"])
    clock = simulation.Clock(scenario)
    assert clock.books.recording is None
    run = simulation.run(scenario)
    assert run.recorded is None
    save(run, tmp_path / "out")
    assert not (tmp_path / "out" / "hourly").exists()


def test_a_recording_changes_nothing_else(folder: Path, done: Run) -> None:
    plain = simulation.run(load_scenario(folder, HORIZON))
    assert plain.metrics == done.metrics
    assert plain.tables == done.tables

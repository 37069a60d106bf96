"""Files of time series: what their clocks mean, and what is wrong with them, line by line."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InvalidInput
from twin.scenario import series_values
from twin.scenario.demand import TimeSeries
from twin.scenario.series_clock import Axis, resampled
from twin.scenario.timeseries import Column, SeriesFile, read_series

HOURS = pd.date_range("2026-01-01", periods=24, freq="h")


def write(folder: Path, text: str, name: str = "a.csv") -> None:
    (folder / "timeseries").mkdir(exist_ok=True)
    (folder / "timeseries" / name).write_text(text, encoding="utf-8")


def read(folder: Path, text: str, **rules: str) -> SeriesFile:
    write(folder, text)
    return read_series(folder, TimeSeries.model_validate(rules))[0]


def refused(folder: Path, text: str, **rules: str) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        read(folder, text, **rules)
    return [str(mistake) for mistake in error.value.mistakes]


def stamps(index: pd.DatetimeIndex, header: str = "time", form: str = "%Y-%m-%dT%H:%M") -> str:
    return f"{header},a\n" + "".join(f"{at:{form}},{n}\n" for n, at in enumerate(index))


def test_a_header_names_series_and_their_units(tmp_path: Path) -> None:
    file = read(tmp_path, 'time,"Load, R1 [kW]",b\n2026-01-01T00:00,1.5,2\n2026-01-01T12:00,3,4\n')
    assert file.columns == (Column("Load, R1", "kW"), Column("b", ""))
    assert file.values.tolist() == [[1.5, 2.0], [3.0, 4.0]]
    assert file.axis == Axis(datetime(2026, 1, 1), 720, 2, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a.csv:1: no column tells the time"),
        ("zeit,a\n1,1\n", "a.csv:1: no column tells the time (`time` or `hour_of_year`, first)"),
        ("time;a\n2026-01-01;1\n", "a.csv:1: separated by semicolons, not commas"),
        ("time,a\n", "a.csv:2: no rows"),
        ("time\n2026-01-01\n", "a.csv:1: 0 series"),
        ("time,a,a\n2026-01-01,1,1\n", "a.csv:1: column a twice"),
        ("time [Mars/Base],a\n2026-01-01,1\n", "a.csv:1: no time zone Mars/Base"),
        ("time,a\n01.02.2026 00:00,1\n", "a.csv:2: time '01.02.2026 00:00' (01.02.2026 is not a date"),
        ("time,a\n2026-13-01T00:00,1\n", "month must be in 1..12"),
        ("time,a\n2026-01-01T00:00,1\n2026-01-01T00:00,2\n", "a.csv:3: 2026-01-01T00:00 again"),
        ("time,a\n2026-01-02,1\n2026-01-01,2\n", "a.csv:3: 2026-01-01T00:00 before the one above it"),
        ("time,a\n2026-01-01T00:00,1\n2026-01-01T00:07,2\n", "a.csv:3: an interval of 7 minutes"),
        ("time,a\n2026-01-01T00:00,1\n2026-01-01T01:00,2\n2026-01-01T02:30,3\n", "a.csv:4: 2026-01-01T02:30"),
        ("time,a\n2026-01-01T00:00,1\n2026-01-01T01:00,2\n", "a.csv: no whole day"),
        ("hour_of_year,a\n0,1\n1,2\n", "a.csv: 2 hours of a year (8760 or 8784, from hour 0 on)"),
        ("hour_of_year,a\nnoon,1\n", "a.csv:2: time 'noon'"),
        ("time,a\n2026-01-01T00:00,x\n", "a.csv:2: a is 'x' (a number)"),
        ("time,a\n2026-01-01T00:00,inf\n", "a.csv:2: a is 'inf'"),
        ("time,a\n2026-01-01T00:00,\n", "a.csv:2: a is empty (all values, or a rule"),
        ("time,a\n2026-01-01T00:00,1,2\n", "a.csv:2: not 2 cells as in the header"),
        ('time,a\n2026-01-01T00:00,"1,5"\n', "such as 1.5"),
    ],
)
def test_what_cannot_be_read_is_told_by_line(tmp_path: Path, text: str, told: str) -> None:
    lines = refused(tmp_path, text)
    assert told in lines[0], lines
    assert lines[0].startswith("timeseries/a.csv")


def test_all_wrong_cells_are_told_at_once(tmp_path: Path) -> None:
    lines = refused(tmp_path, "time,a,b\n2026-01-01T00:00,,1\n2026-01-01T12:00,x,y\n")
    assert [line.split(" ")[0] for line in lines] == ["timeseries/a.csv:2:"] + 2 * ["timeseries/a.csv:3:"]


def test_a_parquet_file_says_what_the_csv_says(tmp_path: Path) -> None:
    text = read(tmp_path, stamps(HOURS))
    (tmp_path / "timeseries" / "a.csv").unlink()
    table = pa.table({"a": np.arange(24), "time": pa.array(HOURS)})
    pq.write_table(table, tmp_path / "timeseries" / "b.parquet")
    binary = read_series(tmp_path, TimeSeries())[0]
    assert binary.axis == text.axis
    assert binary.values.tolist() == text.values.tolist()


@pytest.mark.parametrize("kind", [pa.string(), pa.bool_(), pa.list_(pa.float64())])
def test_a_parquet_column_that_is_no_number_is_refused(tmp_path: Path, kind: pa.DataType) -> None:
    (tmp_path / "timeseries").mkdir()
    table = pa.table({"time": pa.array(HOURS), "a": pa.nulls(24, kind)})
    pq.write_table(table, tmp_path / "timeseries" / "b.parquet")
    with pytest.raises(InvalidInput, match="column a holds"):
        read_series(tmp_path, TimeSeries())


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "PAR1 and no more", "b.parquet")
    with pytest.raises(InvalidInput, match=r"timeseries/b\.parquet: cannot be read"):
        read_series(tmp_path, TimeSeries())


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(stamps(HOURS), encoding="utf-8")
    inside = tmp_path / "scenario"
    (inside / "timeseries").mkdir(parents=True)
    (inside / "timeseries" / "a.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(InvalidInput, match="lies outside the scenario's folder"):
        read_series(inside, TimeSeries())


# -- clocks ------------------------------------------------------------------------------------

SPRING = pd.date_range("2026-03-28", "2026-03-31", freq="h", tz="Europe/Berlin", inclusive="left")
AUTUMN = pd.date_range("2026-10-24", "2026-10-27", freq="h", tz="Europe/Berlin", inclusive="left")


@pytest.mark.parametrize("index", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_summer_time_becomes_standard_time(tmp_path: Path, index: pd.DatetimeIndex) -> None:
    local = read(tmp_path, stamps(index, "time [Europe/Berlin]"))
    offset = read(tmp_path, stamps(index, form="%Y-%m-%dT%H:%M%z"), time_zone="Europe/Berlin")
    first = index[0].tz_convert("Etc/GMT-1").tz_localize(None)
    assert local.axis == offset.axis == Axis(first.to_pydatetime(), 60, len(index), False)
    assert local.values.tolist() == offset.values.tolist()


def test_summer_time_without_a_zone_is_no_gap_that_passes(tmp_path: Path) -> None:
    assert "rows are missing before 2026-03-29T03:00" in refused(tmp_path, stamps(SPRING))[0]
    assert "again" in refused(tmp_path, stamps(AUTUMN))[0] or "before" in refused(tmp_path, stamps(AUTUMN))[0]


def test_an_offset_needs_the_zone_of_the_scenario(tmp_path: Path) -> None:
    text = stamps(SPRING, form="%Y-%m-%dT%H:%M%z")
    assert "names no time zone" in refused(tmp_path, text)[0]


def test_a_year_is_taken_again_by_its_days_of_the_week() -> None:
    year = Axis(datetime(2025, 1, 1), 60, 8760, False)
    for day in (date(2031, 7, 14), date(2024, 2, 29), date(2032, 12, 31), date(2027, 1, 1)):
        row = year.row_of(day)
        assert row is not None
        taken = date(2025, 1, 1) + timedelta(days=row // 24)
        assert taken.weekday() == day.weekday()
        apart = abs(taken.timetuple().tm_yday - day.timetuple().tm_yday)
        assert min(apart, 365 - apart) <= 7


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.sampled_from([8760, 8784]))
def test_hours_of_a_year_are_taken_by_the_date(day: date, hours: int) -> None:
    axis = Axis(datetime(2000 if hours == 8784 else 2001, 1, 1), 60, hours, True)
    row = axis.row_of(day)
    assert row is not None
    taken = axis.first.date() + timedelta(days=row // 24)
    leap = (day.month, day.day) == (2, 29) and hours == 8760
    assert (taken.month, taken.day) == ((2, 28) if leap else (day.month, day.day))


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(365, 900),
    st.dates(date(2010, 1, 1), date(2060, 1, 1)),
)
def test_every_day_is_found_in_a_whole_year(first: date, days: int, day: date) -> None:
    axis = Axis(datetime(first.year, first.month, first.day), 60, days * 24, False)
    row = axis.row_of(day)
    assert row is not None
    assert 0 <= row <= (days - 1) * 24


def test_a_day_that_a_short_file_does_not_hold_is_none() -> None:
    assert Axis(datetime(2026, 1, 1), 60, 48, False).row_of(date(2026, 1, 3)) is None


# -- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "filled"), [("linear", [1.0, 2.0, 3.0, 5.0]), ("previous", [1.0, 1.0, 1.0, 5.0])]
)
def test_gaps_are_filled_by_their_rule_and_counted(tmp_path: Path, rule: str, filled: list[float]) -> None:
    rows = "time,a\n2026-01-01T00:00,1\n2026-01-01T06:00,\n2026-01-01T12:00,3\n2026-01-01T18:00,5\n"
    if rule == "previous":
        rows = rows.replace("2026-01-01T12:00,3\n", "")
    file = read(tmp_path, rows, gaps=rule)
    assert file.values[:, 0].tolist() == filled
    assert file.filled == ((Column("a", ""), 1 if rule == "linear" else 2),)


def test_a_gap_at_the_start_has_no_value_before(tmp_path: Path) -> None:
    text = "time,a\n2026-01-01T00:00,\n2026-01-01T12:00,1\n"
    assert "a is empty" in refused(tmp_path, text, gaps="previous")[0]


@settings(max_examples=50)
@given(st.sampled_from([1, 2, 4, 8, 24, 48, 72, 96, 288]), st.sampled_from([24, 48, 96]), st.integers(0, 99))
def test_resampling_keeps_the_mean(rows: int, steps: int, seed: int) -> None:
    day = np.random.default_rng(seed).uniform(-1.0, 5.0, (rows, 3))
    taken = resampled(day, steps)
    assert taken.shape == (steps, 3)
    assert taken.mean(axis=0) == pytest.approx(day.mean(axis=0), rel=1e-12)


def test_many_values_lie_in_a_file_and_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "time," + ",".join(f"s{n}" for n in range(100)) + "\n"
    rows = np.random.default_rng(1).uniform(0.0, 1.0, (24, 100)).round(3)
    for at, row in zip(HOURS, rows, strict=True):
        text += f"{at:%Y-%m-%dT%H:%M}," + ",".join(map(str, row)) + "\n"
    monkeypatch.setattr(series_values, "_IN_MEMORY", 10)
    file = read(tmp_path, text)
    assert isinstance(file.values, np.memmap)
    assert np.array_equal(file.values, rows)

"""Hostile files of time series: each is one line, before anything large is built."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twin.errors import InvalidInput
from twin.scenario import timeseries
from twin.scenario.demand import TimeSeries
from twin.scenario.timeseries import read_series

HOURS = "".join(f"2026-01-01T{hour:02}:00,1\n" for hour in range(24))


def refused(folder: Path) -> str:
    with pytest.raises(InvalidInput) as error:
        read_series(folder, TimeSeries())
    (mistake,) = error.value.mistakes
    assert mistake.file.startswith("timeseries/")
    return str(mistake)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "timeseries").mkdir()
    return tmp_path / "timeseries" / "a.csv"


def test_a_pipe_is_not_waited_for(place: Path) -> None:
    os.mkfifo(place)
    assert "is a pipe, not a file" in refused(place.parents[1])


def test_a_folder_is_no_file(place: Path) -> None:
    place.mkdir()
    assert "is a folder, not a file" in refused(place.parents[1])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"time,a\n\xff\xfe", "not"),
        (b"\xff\xfet\x00i\x00m\x00e\x00,\x00a\x00\n\x00", "no header"),
        (b"time,a\n" + b"9" * 30_000_000, ""),
        (b"time," + b"a" * 40_000_000, ""),
        (b"time," + b",".join(b"s%d" % n for n in range(30_000)) + b"\n2026-01-01\n", "30,000 series"),
        (b'time,"a\n2026-01-01T00:00,1\n', ""),
        (b"time [../../../etc/passwd],a\n" + HOURS.encode(), "no time zone"),
        (b"time [/etc/passwd],a\n" + HOURS.encode(), "no time zone"),
        (b"time,a\n99999-01-01,1\n", "time"),
        (b"hour_of_year,a\n1e308,1\n", "time"),
        (b"hour_of_year,a\n-1,1\n0,1\n", "hours of a year"),
        (b"time,a\n2026-01-01T00:00,1e999\n", "1e999"),
    ],
)
def test_a_csv_file_that_is_none(place: Path, content: bytes, told: str) -> None:
    place.write_bytes(content)
    line = refused(place.parents[1])
    assert told in line
    assert len(line) < 1000


def test_more_values_than_are_read_are_refused_by_what_the_file_says(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeseries, "MOST_SERIES_VALUES", 1000)
    table = pa.table({"time": pa.array(np.arange(2000), pa.timestamp("s")), "a": np.zeros(2000)})
    pq.write_table(table, place.with_suffix(".parquet"))
    assert "more than 1,000 values" in refused(place.parents[1])


def test_text_in_a_clock_is_unpacked_within_bounds(place: Path) -> None:
    long = pa.array(["x" * 1_000_000] * 1000).dictionary_encode()
    pq.write_table(pa.table({"time": long, "a": np.zeros(1000)}), place.with_suffix(".parquet"))
    assert place.with_suffix(".parquet").stat().st_size < 2_000_000
    assert "time" in refused(place.parents[1])

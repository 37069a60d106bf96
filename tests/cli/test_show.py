"""`twin show`: charts of characters by hand, and a run's recordings on the terminal and as a picture."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.test_main import twin
from tests.town import write_town
from twin.cli.chart import HEIGHT, chart
from twin.report.recorded import Bins, Limits

RECORD = (
    "record=[{assets: power/T-TOWN, quantities: loading_percent}, {assets: water/T-HILL, interval: 15min}]"
)


def bins(*values: float) -> Bins:
    own = np.array(values)
    return Bins(np.zeros(len(own), dtype="datetime64[ms]"), own, own, own)


def test_a_chart_has_round_numbers_and_its_limit() -> None:
    lines = chart(bins(0.0, 40.0, 80.0), Limits(upper=100.0), 24, ["a", "b"])
    assert [line.plain.rstrip() for line in lines] == [
        "100 ┤╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌",
        "    │",
        "    │            ●●●●●●",
        " 75 ┤",
        "    │",
        "    │",
        " 50 ┤",
        "    │      ●●●●●●",
        "    │",
        " 25 ┤",
        "    │",
        "    │",
        "  0 ┤●●●●●●",
        "     a                b",
    ]


def test_a_chart_shows_the_range_of_each_place() -> None:
    own = bins(5.0)._replace(lowest=np.array([0.0]), highest=np.array([10.0]))
    lines = chart(own, Limits(), 5, ["a"])
    assert {line.plain[-1] for line in lines[:HEIGHT]} == {"│", "●"}


def test_a_limit_far_away_does_not_flatten_the_values() -> None:
    lines = chart(bins(1.0, 2.0), Limits(upper=1000.0), 20, ["a"])
    assert lines[0].plain.split("┤")[0].strip() == "2"


def test_a_terminal_without_lines_has_a_chart_too() -> None:
    lines = chart(bins(1.0, 2.0, 3.0), Limits(0.9, 3.1), 30, ["a"], plain=True)
    assert all(line.plain.isascii() for line in lines)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60),
    st.floats(-1e9, 1e9) | st.just(float("inf")),
    st.integers(40, 120),
)
def test_every_place_has_its_dot_within_the_width(values: list[float], upper: float, width: int) -> None:
    lines = chart(bins(*values), Limits(upper=upper), width, ["2026-01-01", "2026-12-31"])
    assert len(lines) == HEIGHT + 1
    text = [line.plain for line in lines[:HEIGHT]]
    edge = max(line.index("┤") for line in text if "┤" in line) + 1
    columns = list(zip(*(line.ljust(width)[edge:] for line in text), strict=True))
    assert sum("●" in column for column in columns) % len(values) == 0
    assert all(column.count("●") <= 1 for column in columns)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("show")
    town = write_town(place / "town")
    done = twin("run", str(town), "--set", "end=2026-05-06", "--set", RECORD, "--out", str(place / "run"))
    assert done.returncode == 0, done.stderr
    return place / "run"


def test_a_recorded_signal_is_drawn_with_its_duration_and_worst_hours(run: Path) -> None:
    done = twin("show", str(run), "power/T-TOWN", "loading_percent")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "power/T-TOWN loading_percent"
    assert lines[1] == "recorded  mean of each hour; 2 days from 2026-05-04 to 2026-05-05"
    assert [line.split()[0] for line in lines[2:6]] == ["highest", "mean", "lowest", "limit"]
    assert "%, as recorded: the mean as a dot, from the lowest to the highest as a bar" in lines
    assert "%, so long at or above" in lines
    worst = lines[lines.index("worst") + 1 :]
    assert worst[0].split() == ["when", "%", "limit", "days", "it", "stands", "for"]
    assert len(worst) == 11
    assert all(len(line) <= 80 for line in lines)


def test_all_that_was_recorded_of_an_asset_is_drawn(run: Path) -> None:
    done = twin("show", str(run), "water/T-HILL")
    assert [line for line in done.stdout.splitlines() if line.startswith("water/")] == [
        "water/T-HILL level_m",
        "water/T-HILL fill_percent",
    ]


def test_a_picture_is_written_whole(run: Path, tmp_path: Path) -> None:
    done = twin("show", str(run), "water/T-HILL", "--png", str(tmp_path / "hill.png"))
    assert (done.returncode, done.stdout) == (0, f"picture: {tmp_path / 'hill.png'}\n")
    assert (tmp_path / "hill.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["hill.png"]


def test_what_was_not_recorded_is_exit_2_and_one_line(run: Path, tmp_path: Path) -> None:
    done = twin("show", str(run), "power/T-PUMPS", "--png", str(tmp_path / "no.png"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "power/T-PUMPS was not recorded; recorded are power/T-TOWN, water/T-HILL" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_run_answers_in_sql(run: Path) -> None:
    done = twin("query", str(run), "SELECT count(*) AS n FROM hourly WHERE asset = 'water/T-HILL'", "--csv")
    assert done.stdout.splitlines() == ["n", str(2 * 96 * 2)]

"""What time series and kinds of day do to demand, and which days stand for others."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.town import write_town
from twin.demand.growth import Growth
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.scenario.warnings import warnings
from twin.simulation.calendar import real_days
from twin.simulation.clock import run
from twin.utilities.base import Vector

START, END = date(2026, 5, 4), date(2026, 5, 7)


def town(tmp_path: Path, files: dict[str, str], **keys: str) -> Path:
    folder = write_town(tmp_path / "town", linked=False)
    (folder / "outages.csv").unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.writelines(f"{key}: {value}\n" for key, value in keys.items())
    return folder


def series(header: str, value: Callable[[int, int], float], days: int = 3, minutes: int = 60) -> str:
    rows = [f"time,{header}"]
    for n in range(days * 24 * 60 // minutes):
        at = n * minutes
        day, clock = START + timedelta(days=at // 1440), at % 1440
        rows.append(f"{day}T{clock // 60:02}:{clock % 60:02},{value(at // 1440, clock)!r}")
    return "\n".join(rows) + "\n"


def test_a_junction_draws_what_its_series_says(tmp_path: Path) -> None:
    text = series("water/J-INTAKE [l/s]", lambda day, minute: 5.0 + day + minute / 1440.0, minutes=15)
    folder = town(tmp_path, {"timeseries/intake.csv": text}, step_minutes="15")
    plain = run(load_scenario(town(tmp_path / "plain", {})))
    drawn = run(load_scenario(folder))
    asked = drawn.metrics["water_served_m3"] + drawn.metrics["unserved_water_m3"]
    before = plain.metrics["water_served_m3"] + plain.metrics["unserved_water_m3"]
    by_hand = sum(5.0 + d + q / 96.0 for d in range(3) for q in range(96)) * 900.0 / 1000.0
    assert asked - before == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("unit", ["m3/h", "l/s", "m3/s"])
def test_a_unit_is_converted(tmp_path: Path, unit: str) -> None:
    by = {"m3/h": 3600.0, "l/s": 1000.0, "m3/s": 1.0}[unit]
    folder = town(tmp_path, {"timeseries/a.csv": series(f"water/J-INTAKE [{unit}]", lambda *_: 0.002 * by)})
    growth = Growth(load_scenario(folder))
    given = growth.demand(START, ())["water"].given
    assert growth.series.given["water"][0].field == "demand_m3_per_s"
    assert given == pytest.approx(np.full((24, 1), 0.002))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("water/J-INTAK [l/s]", "unknown asset water/J-INTAK (did you mean water/J-INTAKE?)"),
        ("water/J-INTAKE", "no unit of water/J-INTAKE"),
        ("water/J-INTAKE [kW]", "'kW' is no unit of what a series gives a junction"),
        ("water/T-HILL [l/s]", "a time series gives nothing to water/T-HILL, a tank"),
        ("residential_power [kW]", "a profile is a factor"),
    ],
)
def test_a_header_that_means_nothing_is_refused(tmp_path: Path, header: str, told: str) -> None:
    folder = town(tmp_path, {"timeseries/a.csv": series(header, lambda *_: 1.0)})
    with pytest.raises(InvalidInput) as error:
        load_scenario(folder)
    assert [m.file for m in error.value.mistakes] == ["timeseries/a.csv"]
    assert told in str(error.value)


def test_a_series_that_ends_before_the_scenario_is_refused(tmp_path: Path) -> None:
    folder = town(tmp_path, {"timeseries/a.csv": series("water/J-INTAKE [l/s]", lambda *_: 1.0, days=2)})
    with pytest.raises(InvalidInput, match="holds 2026-05-04 to 2026-05-05, the scenario runs from"):
        load_scenario(folder)


def test_what_nothing_reads_is_told(tmp_path: Path) -> None:
    files = {
        "timeseries/a.csv": series("wind at sea [1]", lambda *_: 1.0),
        "timeseries/notes.txt": "x",
        "time_series/b.csv": "x",
    }
    told = [str(line) for line in warnings(load_scenario(town(tmp_path, files)))]
    assert "timeseries/a.csv:1: the series wind at sea is not used" in told
    assert "timeseries/notes.txt: is not read (CSV or Parquet)" in told
    assert "time_series: is not read (did you mean timeseries?)" in told


def test_a_profile_by_date_takes_the_place_of_the_hours_of_a_day(tmp_path: Path) -> None:
    text = series("water", lambda day, minute: 1.0 + day)
    growth = Growth(load_scenario(town(tmp_path, {"timeseries/a.csv": text})))
    means = [growth.demand(START + timedelta(days=n), ())["water"].factors[:, 0].mean() for n in range(3)]
    assert means == pytest.approx([0.5, 1.0, 1.5])  # over the mean of all days: 2


def test_a_district_may_have_a_profile_of_its_own(tmp_path: Path) -> None:
    text = series("Town/water", lambda day, minute: 2.0 if minute < 720 else 1.0)
    growth = Growth(load_scenario(town(tmp_path, {"timeseries/a.csv": text})))
    plain = Growth(load_scenario(town(tmp_path / "plain", {}))).demand(START, ())["water"]
    own = growth.demand(START, ())["water"]
    drawn = (own.base * own.factors[:, None, :]).sum(axis=1)
    assert drawn[:, 0] == pytest.approx(plain.base[:, 0].sum() * np.repeat([4 / 3, 2 / 3], 12))
    assert drawn[:, 2] == pytest.approx(plain.base[:, 2].sum() * plain.factors[:, 2])
    assert growth.net_load(START, ())["water"] == pytest.approx(drawn.sum(axis=1))


WEEK = (
    "hour,residential_power,commercial_power,industrial_power,water,water@weekend,water@holiday\n"
    + "".join(f"{hour},1,1,1,1.2,0.6,0.3\n" for hour in range(24))
)


def test_weekends_and_holidays_have_their_profiles(tmp_path: Path) -> None:
    keys = {"time_series": "{holidays: KZ}"}
    growth = Growth(load_scenario(town(tmp_path, {"profiles.csv": WEEK}, **keys)))
    shape = {day: growth.shapes.on("water", date(2026, 5, day))[0] for day in (6, 7, 8, 9, 10)}
    # 7 May is Defender's Day and 9 May, a Saturday, Victory Day in Kazakhstan
    assert (shape[6], shape[7], shape[8], shape[9], shape[10])[0:2] == (1.2, 0.3)
    assert shape[9] == 0.3
    assert shape[10] == 0.6
    year = growth.shapes.year("water")
    assert year.shape == (365, 24)
    factors = growth.demand(date(2026, 5, 10), ())["water"].factors
    assert factors[:, 0] == pytest.approx(np.full(24, 0.6 / year.mean()))


@pytest.mark.parametrize(
    ("rules", "told"),
    [("{holidays: XX}", "no holidays of XX are known"), ("{time_zone: Mars}", "no time zone Mars")],
)
def test_an_unknown_calendar_is_refused(tmp_path: Path, rules: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        load_scenario(town(tmp_path, {}, time_series=rules))


def test_an_unknown_kind_of_day_is_told(tmp_path: Path) -> None:
    text = WEEK.replace("@weekend", "@sonday")
    told = [str(line) for line in warnings(load_scenario(town(tmp_path, {"profiles.csv": text})))]
    assert any("column water@sonday is not used (@weekend, @saturday, @sunday, @holiday)" in t for t in told)


# -- days that stand for others ----------------------------------------------------------------


def month(tmp_path: Path, value: Callable[[int, int], float]) -> Path:
    text = series("water/J-INTAKE [m3/h]", value, days=28)
    folder = town(tmp_path, {"timeseries/a.csv": text}, end="2026-06-01")
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    text = text.replace("end: 2026-05-07\n", "").replace("days: every\n", "days: representative\n")
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_is_given_on_a_typical_day_sums_up_to_the_month(tmp_path: Path) -> None:
    def value(day: int, minute: int) -> float:
        return 2.0 + (day * 7 % 11) * 0.3 + (minute == 720)

    folder = month(tmp_path, value)
    short = run(load_scenario(folder))
    every = run(load_scenario(folder, ["days=every"]))
    assert short.metrics["water_served_m3"] == pytest.approx(every.metrics["water_served_m3"], rel=1e-4)
    assert 0.0 < short.metrics["typical_day_error_percent"] < 30.0
    assert "typical_day_error_percent" not in every.metrics


def test_the_days_of_most_and_least_net_load_stand_for_themselves(tmp_path: Path) -> None:
    folder = month(tmp_path, lambda day, minute: {5: 9.0, 11: 1.0}.get(day, 4.0 + 0.01 * day))
    scenario = load_scenario(folder)
    growth = Growth(scenario)
    days, _ = real_days(scenario, lambda day: growth.net_load(day, ()), lowest=True)
    assert {day.day for day in days if day.weight == 1.0} == {date(2026, 5, 9), date(2026, 5, 15)}
    (typical,) = [day for day in days if day.like]
    assert typical.weight == 26.0
    assert [day.closes for day in days].count(True) == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 100), st.integers(20, 90), st.booleans())
def test_weights_count_each_day_of_a_month_once(seed: int, length: int, lowest: bool) -> None:
    rng = np.random.default_rng(seed)
    scenario = load_scenario_of(START, START + timedelta(days=length))
    loads: dict[date, dict[str, Vector]] = {}

    def net(day: date) -> dict[str, Vector]:
        return loads.setdefault(day, {"a": rng.uniform(0.0, 9.0, 24), "b": rng.uniform(0.0, 1e-3, 24)})

    days, error = real_days(scenario, net, lowest)
    assert sum(day.weight for day in days) == length
    assert [day.day for day in days] == sorted({day.day for day in days})
    by_month = {month: [d for d in days if d.month == month] for month in {day.month for day in days}}
    for own in by_month.values():
        assert [day.closes for day in own] == [False] * (len(own) - 1) + [True]
        highest = max((d for d in loads if d.month == own[0].day.month), key=lambda d: loads[d]["a"].max())
        assert highest in {day.day for day in own if day.weight == 1.0}
    assert error >= 0.0


def load_scenario_of(start: date, end: date) -> Scenario:
    return Scenario.model_validate({"name": "x", "start": start, "end": end, "networks": {}})

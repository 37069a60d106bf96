"""Dates, keys and overrides: read as written, or one line that says what would be right."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.town import write_town
from twin.errors import InvalidInput
from twin.model import read_day, read_instant, whole_text
from twin.scenario import load_scenario
from twin.scenario.loading import dump_resolved
from twin.scenario.markup import NotYaml, load_value, load_yaml

DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31)).map(lambda t: t.replace(microsecond=0))


@given(DAYS)
def test_a_day_is_read_back_from_its_own_form(day: date) -> None:
    assert read_day(day.isoformat()) == read_day(day) == day
    assert read_day(load_value(day.isoformat())) == day


@given(INSTANTS)
def test_an_instant_is_read_back_with_or_without_seconds(instant: datetime) -> None:
    assert read_instant(instant.isoformat()) == read_instant(instant.isoformat(" ")) == instant
    minutes = instant.replace(second=0)
    assert read_instant(f"{minutes:%Y-%m-%dT%H:%M}") == read_instant(load_value(f"{minutes:%Y-%m-%d %H:%M}"))


@given(INSTANTS, st.sampled_from(["Z", "z", "+05:00", "-0300", "+05", " UTC"]))
def test_a_time_zone_is_never_dropped(instant: datetime, zone: str) -> None:
    with pytest.raises(ValueError, match="has a time zone"):
        read_instant(f"{instant:%Y-%m-%dT%H:%M:%S}{zone}")


@given(DAYS, st.booleans(), st.sampled_from([str, int, float]))
def test_a_serial_number_is_refused_with_the_day_it_is(day: date, instant: bool, kind: type) -> None:
    number = kind((day - date(1899, 12, 30)).days)
    if len(str(int(number))) < 4:
        return
    with pytest.raises(ValueError, match=f"serial number it is {day}"):
        (read_instant if instant else read_day)(number)


@settings(max_examples=300)
@given(
    st.one_of(st.text(max_size=25), st.text("0123456789-:T. Z+/", max_size=20), st.floats(), st.integers())
)
def test_anything_else_is_refused_and_raises_nothing_but_that(value: object) -> None:
    for read in (read_day, read_instant):
        try:
            assert read(value).isoformat()[:10] == str(value)[:10]
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize("text", ["2026-02-30", "2025-02-29", "0001-01-01", "9999-12-31", "2026-13-01"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"{text} is not a date: "):
        read_day(text)


@pytest.mark.parametrize("text", ["2026-01-01T24:00", "2026-01-01T06:60", "2026-01-01T6:00", "2026-01-01T06"])
def test_a_time_that_is_on_no_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_instant(text)


@given(st.integers(0, 9999), st.integers(0, 3))
def test_a_whole_number_with_zeros_is_the_same_key(number: int, zeros: int) -> None:
    assert whole_text(f"{number}.{'0' * zeros}") == whole_text(str(number)) == str(number)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("values") / "town")


def refusals(folder: Path, *overrides: str, more: str = "", yaml: str | None = None) -> list[str]:
    file = folder / "other.yaml"
    text = yaml if yaml is not None else (folder / "scenario.yaml").read_text(encoding="utf-8") + more
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_scenario(file, overrides)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("name: Again\n", "other.yaml:10: name again (once; first in line 2)"),
        ("stages: {a: 2026-01-01, a: 2026-01-02}\n", "other.yaml:10: stages.a again (once"),
        ("stages: {a: 2026-02-30}\n", "other.yaml:10: stages.a: 2026-02-30 is not a date"),
        ("stages: {a: 2026-01-01T00:00:00Z}\n", "stages.a: 2026-01-01T00:00:00Z has a time zone"),
        ("seed: .nan\n", "other.yaml:10: seed is nan"),
        ("seed: 1e400\n", "other.yaml:10: seed is inf"),
        ("demand: {coincidence: .inf}\n", "other.yaml:10: demand.coincidence is inf (a finite number)"),
        ("demand: {coincidence: 65}\n", "(a share from 0 to 1: 65 % is 0.65)"),
        ("demand: {coincidence: '0.65'}\n", "(a number)"),
        ("demand: {coincidence: true}\n", "(a number)"),
        ("demand:\n", "other.yaml:10: demand is None (a mapping: keys and values)"),
        ("stages: &s {a: *s}\n", "other.yaml:10"),
        ("stages: *nothing\n", "other.yaml:10: not valid YAML: found undefined alias"),
        ("seed: !!python/object:os.system x\n", "other.yaml:10: not valid YAML"),
        ("stages: {[1]: 2026-01-01}\n", "other.yaml:10"),
        ("seed: \x07\n", "other.yaml:10: not valid YAML"),
        ("seed: " + "[" * 3000 + "\n", "other.yaml"),
    ],
)  # fmt: skip
def test_yaml_that_says_nothing_right_is_a_line(town: Path, more: str, said: str) -> None:
    lines = refusals(town, more=more)
    assert any(said in line for line in lines), lines
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize("yaml", ["", "- a\n", "name\n", "\n\n", "# nothing\n"])
def test_a_file_that_is_no_mapping_is_a_line(town: Path, yaml: str) -> None:
    assert refusals(town, yaml=yaml) == ["other.yaml:1: not a mapping (name: ..., start: ..., end: ...)"]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("start=2026-02-30", "is not a date"),
        ("start=46146", "serial number"),
        ("seed=[", "not a value"),
        ("seed=.inf", "a finite number"),
        ("seed=-1", "greater than or equal to 0"),
        ("districts.Town.storeys=2.5", "a whole number"),
        ("norms.water_loss_share.2025.value=10", "10 % is 0.1"),
        ("outages.0.start=2026-05-05T06:00Z", "has a time zone"),
        ("outages.0.hours=1e12", "less than or equal to 1000000"),
        ("end=4026-01-01", "its year is not from 1000 to 3000"),
        ("end=2926-01-01", "more than 200 years"),
        ("networks.water.required_pressure_m=0.05", "EPANET needs 0.1 m above min_pressure_m"),
        ("networks.water.min_pressure_m=12", "EPANET needs 0.1 m above min_pressure_m"),
        ("networks.power.max_voltage_pu=0.9", "is not below"),
    ],
)
def test_an_override_is_read_as_strictly(town: Path, override: str, said: str) -> None:
    (line,) = refusals(town, override)
    assert line.startswith((f"--set {override}", "other.yaml"))
    assert said in line


def test_values_that_spreadsheets_write_are_taken(town: Path) -> None:
    scenario = load_scenario(town, ["seed=7.0", "districts.Town.storeys=2.0", "n1=false"])
    assert (scenario.seed, scenario.districts["Town"].storeys) == (7, 2)


def test_dates_survive_the_resolved_scenario(town: Path, tmp_path: Path) -> None:
    scenario = load_scenario(town, ["outages.0.start=2026-05-05T06:30:15", "stages={a: 2026-01-31}"])
    for name in ("power.json", "water.inp", "wastewater.inp"):
        (tmp_path / name).write_bytes((town / name).read_bytes())
    (tmp_path / "scenario.yaml").write_text(dump_resolved(scenario), encoding="utf-8")
    again = load_scenario(tmp_path)
    assert again.outages[0].start == datetime(2026, 5, 5, 6, 30, 15)
    assert again.stages == {"a": date(2026, 1, 31)}


def test_an_anchor_used_twice_is_read_twice() -> None:
    content = load_yaml("a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n", "f", {}, [])
    assert content == {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1, "e": 2}}


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(st.text("ab0:-[]{}&*!|>%@'\"\n ,#?.=~", max_size=30))
def test_any_text_is_a_value_or_no_yaml(text: str) -> None:
    try:
        load_yaml(text, "f", {}, [])
    except NotYaml as error:
        assert "\n" not in str(error)


def test_a_mark_and_line_ends_of_windows_change_nothing(town: Path) -> None:
    text = (town / "scenario.yaml").read_text(encoding="utf-8")
    (town / "windows.yaml").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    plain, windows = load_scenario(town), load_scenario(town / "windows.yaml")
    assert windows.model_dump() == plain.model_dump()

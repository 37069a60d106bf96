"""Tables as spreadsheets write them: read, or refused at the line and column, never misread."""

import csv
import random
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.town import write_town
from twin.errors import InvalidInput, Mistake
from twin.scenario import load_scenario
from twin.scenario.tables import read_cell, read_csv


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = write_town(tmp_path_factory.mktemp("pristine") / "town")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def town(pristine: dict[str, bytes], tmp_path: Path) -> Path:
    for name, content in pristine.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def refusals(folder: Path) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_scenario(folder)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("districts", lambda t: t.replace(",", ";"), "districts.csv:1: separated by semicolons"),
        ("norms", lambda t: t.replace(",", "\t"), "norms.csv:1: separated by tabs, not commas"),
        ("norms", lambda t: t.replace(",", ";").replace("0.1", "0,1"), "separated by semicolons"),
        ("population", lambda t: t.replace("population_k", "population_k,population_k"),
         "population.csv:1: column population_k twice"),
        ("population", lambda t: t.replace("population_k", "population"),
         "population.csv:1: missing column population_k"),
        ("districts", lambda t: t.replace("storeys", "storys"),
         "districts.csv:1: unknown column storys (did you mean storeys?)"),
        ("norms", lambda t: t.replace("0.1", '"0,1"'),
         "norms.csv:4: norms.water_loss_share.2025.value is '0,1' (a number with a decimal point"),
        ("norms", lambda t: t.replace(",200", ',"1 200"'), "(a number with nothing between thousands"),
        ("norms", lambda t: t.replace(",200", ",1\u00a0200"), "(a number with nothing between thousands"),
        ("norms", lambda t: t.replace("0.1", "10%"), "10 % is 0.1 of a share"),
        ("norms", lambda t: t.replace("0.1", "#REF!"), "norms.csv:4"),
        ("districts", lambda t: t.replace("Town,1", "Town,#Н/Д"), "an error of the spreadsheet"),
        ("norms", lambda t: t.replace("0.1", "10"), "a share from 0 to 0.95; 10 % is 0.1"),
        ("norms", lambda t: t.replace("0.1", "nan"), "is 'nan' (a number)"),
        ("norms", lambda t: t.replace("0.1", "1e400"), "(a finite number)"),
        ("norms", lambda t: t.replace("0.1", "-0.1"), "norms.csv:4"),
        ("norms", lambda t: t.replace("2025,0.4", "20255,0.4"), "norms.csv:2"),
        ("population", lambda t: t.replace("2030", "2025.0"), "population.csv:3: population.Town.2025 again"),
        ("districts", lambda t: t.replace("storeys", "storeys,").replace("Town,1", "Town,1,9"),
         "districts.csv:2: a cell in a column without a name"),
        ("outages", lambda t: t.replace('power', '"power'), "outages.csv:2: not CSV"),
        ("outages", lambda t: t.replace("2026-05-05T06:00", "46147.25"), "it is 2026-05-05T06:00"),
        ("outages", lambda t: t.replace("2026-05-05T06:00", "05.05.2026"), "such as 2026-05-05)"),
        ("outages", lambda t: t.replace("2026-05-05T06:00", "2026-05-05T06:00+05:00"), "has a time zone"),
        ("outages", lambda t: t.replace("2026-05-05T06:00", "2026-02-30"), "outages.csv:2"),
        ("outages", lambda t: "", "outages.csv:1: is empty"),
        ("outages", lambda t: t.replace(",6", ",0"), "outages.csv:2"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_named(town: Path, name: str, change: Callable[[str], str], said: str) -> None:
    path = town / f"{name}.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    lines = refusals(town)
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "\ufeff" + t,
        lambda t: t.replace("\n", "\r\n"),
        lambda t: "sep=,\n" + t,
        lambda t: t + ",\n,\n\n",
        lambda t: t.replace("storeys", " storeys ").replace("Town,1", " Town , 1 "),
        lambda t: t.replace("storeys", "storeys,,").replace("Town,1", "Town,1,,"),
        lambda t: t.replace("Town,1", "Town,1.0"),
        lambda t: t.replace("Town,1", "Town,1,,,"),
        lambda t: "\n\n" + t,
    ],
)
def test_what_spreadsheets_add_is_read_over(town: Path, change: Callable[[str], str]) -> None:
    before = load_scenario(town)
    path = town / "districts.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")
    assert load_scenario(town).districts == before.districts


def test_a_quoted_line_end_moves_no_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a,b\n1,"two\nlines"\n3,x,y\n')
    mistakes: list[Mistake] = []
    _, lines = read_csv(tmp_path / "a.csv", mistakes)
    assert [line.line for line in lines] == [2]
    assert [str(mistake) for mistake in mistakes] == ["a.csv:4: not 2 cells as in the header"]


@pytest.mark.parametrize("cell", ["TRUE", "true", "Yes", "1"])
def test_a_flag_is_what_spreadsheets_write(cell: str) -> None:
    assert read_cell(cell, "flag") is True


def test_a_number_is_no_flag_where_both_may_stand() -> None:
    assert read_cell("1", "either") == 1
    assert read_cell("1", "either") is not True


def test_one_bad_cell_is_told_once(town: Path) -> None:
    path = town / "demand_points.csv"
    path.write_text(path.read_text().replace("power/L-TOWN,Town,1", "power/L-TOWN,Town,a lot"))
    assert len(refusals(town)) == 1


def damage(text: str, luck: random.Random) -> bytes:
    """Return a table after something that happens to tables."""
    rows = list(csv.reader(StringIO(text)))
    row, column = luck.randrange(len(rows)), luck.randrange(len(rows[0]))
    kinds = ["cell", "cell", "cell", "drop", "double", "cut", "byte", "separator", "column"]
    match luck.choice(kinds):
        case "cell":
            odd = [
                "",
                "x",
                "-1",
                "nan",
                "inf",
                "1e999",
                "1,5",
                "1 000",
                "#N/A",
                '"',
                "true",
                "46032",
                ";",
                "²",
            ]
            rows[row][min(column, len(rows[row]) - 1)] = luck.choice(odd)
        case "drop":
            del rows[row]
        case "double":
            rows.insert(row, rows[row])
        case "cut":
            rows[row] = rows[row][:column]
        case "column":
            rows = [[*cells, cells[min(column, len(cells) - 1)]] for cells in rows]
        case "separator":
            return text.replace(",", luck.choice(";\t|")).encode()
        case "byte":
            raw = bytearray(text.encode())
            raw[luck.randrange(len(raw))] = luck.choice([0, 0x22, 0xFF, 0x0A, 0x3B])
            return bytes(raw)
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_random_damage_is_read_or_refused_and_never_raises_anything_else(
    pristine: dict[str, bytes], tmp_path: Path, luck: random.Random
) -> None:
    for name, content in pristine.items():
        (tmp_path / name).write_bytes(content)
    tables = sorted(name for name in pristine if name.endswith(".csv"))
    for name in luck.sample(tables, luck.randint(1, 3)):
        (tmp_path / name).write_bytes(damage(pristine[name].decode(), luck))
    try:
        load_scenario(tmp_path)
    except InvalidInput as error:
        assert all("\n" not in str(mistake) for mistake in error.mistakes)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_to_the_yaml_and_the_networks_is_read_or_refused(
    pristine: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    for name, content in pristine.items():
        (tmp_path / name).write_bytes(content)
    name = data.draw(st.sampled_from(["scenario.yaml", "water.inp", "wastewater.inp", "power.json"]))
    text = pristine[name].decode()
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 8))
    more = data.draw(st.text("[]{}:,\"'&*!|>%@`#-\t\n 0aé\0=?", max_size=6))
    (tmp_path / name).write_text(text[:at] + more + text[at + length :], encoding="utf-8", newline="")
    try:
        load_scenario(tmp_path)
    except InvalidInput as error:
        assert all("\n" not in str(mistake) for mistake in error.mistakes)

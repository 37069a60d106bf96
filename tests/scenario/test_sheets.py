"""Tables from Excel say what the same tables say as CSV, and their mistakes name sheet and row."""

import csv
import shutil
import string
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.town import write_town
from twin import load_scenario
from twin.errors import InvalidInput
from twin.scenario.document import read_document
from twin.scenario.loading import dump_resolved, input_files
from twin.scenario.sheets import Book
from twin.scenario.tables import Source, read_cell
from twin.scenario.warnings import warnings

Rows = Sequence[Sequence[object]]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("sheets") / "town")


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "town"))


def rows_of(path: Path) -> list[list[object]]:
    """Return a CSV table as a spreadsheet would hold it: numbers as numbers."""

    def read(cell: str) -> object:
        try:
            return read_cell(cell, "number") if cell else None
        except ValueError:
            return cell

    with path.open(encoding="utf-8", newline="") as file:
        return [[read(cell) for cell in row] for row in csv.reader(file)]


def save(path: Path, **sheets: Rows) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_scenario(folder)
    return [str(mistake) for mistake in caught.value.mistakes]


def moved(town: Path, *names: str) -> dict[str, Rows]:
    """Take tables out of the scenario's folder and return them."""
    taken = {}
    for name in names:
        taken[name] = rows_of(town / f"{name}.csv")
        (town / f"{name}.csv").unlink()
    return taken


def test_a_workbook_of_all_tables_is_the_same_scenario(town: Path) -> None:
    before = dump_resolved(load_scenario(town))
    tables = moved(town, *(path.stem for path in town.glob("*.csv")))
    save(town / "tables.xlsx", **tables)
    assert len(tables) == 9
    assert dump_resolved(load_scenario(town)) == before
    assert town / "tables.xlsx" in input_files(load_scenario(town))
    assert not warnings(load_scenario(town))


def test_one_table_may_be_a_workbook_of_its_own_beside_others_in_csv(town: Path) -> None:
    before = dump_resolved(load_scenario(town))
    save(town / "districts.xlsx", Sheet1=moved(town, "districts")["districts"])
    assert dump_resolved(load_scenario(town)) == before


def test_the_sheet_called_like_the_table_is_read_and_the_others_are_named(town: Path) -> None:
    rows = moved(town, "districts")["districts"]
    save(town / "districts.xlsx", Notes=[["anything"]], Districts=rows)
    assert [str(w) for w in warnings(load_scenario(town))] == ["districts.xlsx: sheet Notes is not read"]
    save(town / "districts.xlsx", Notes=[["anything"]], Other=rows)
    said = "districts.xlsx: has 2 sheets that may be districts (one of them called districts)"
    assert said in mistakes(town)


def test_a_misspelt_sheet_is_named_with_what_it_may_mean(town: Path) -> None:
    save(town / "tables.xlsx", sitess=[["id"]])
    told = [str(w) for w in warnings(load_scenario(town))]
    assert told == ["tables.xlsx: sheet sitess is not read (did you mean sites?)"]


def test_a_table_that_is_given_twice_names_both(town: Path) -> None:
    rows = rows_of(town / "districts.csv")
    save(town / "districts.xlsx", districts=rows)
    assert mistakes(town) == [
        "districts.xlsx: sheet districts: districts is given here and in districts.csv (one of them)"
    ]
    save(town / "tables.xlsx", districts=rows)
    assert len(mistakes(town)) == 2


def test_a_mistake_names_sheet_and_row(town: Path) -> None:
    rows = [list(row) for row in moved(town, "population")["population"]]
    rows.insert(2, [None, None, None])
    rows[3][2] = "many"
    save(town / "tables.xlsx", population=rows)
    assert mistakes(town) == [
        "tables.xlsx: sheet population, row 4: population.Town.2030.population_k is 'many' (a number)"
    ]


def test_a_date_is_a_date(town: Path) -> None:
    (town / "outages.csv").unlink()
    at = datetime(2026, 5, 5, 6)
    save(town / "outages.xlsx", outages=[["assets", "start", "hours"], ["power/T-PUMPS", at, 6]])
    assert load_scenario(town).outages[0].start == at
    day = date(2026, 5, 5)
    save(town / "outages.xlsx", outages=[["assets", "start", "hours"], ["power/T-PUMPS", day, 6]])
    assert load_scenario(town).outages[0].start == datetime(2026, 5, 5)


def test_a_formula_counts_as_the_value_that_was_saved_beside_it(town: Path) -> None:
    moved(town, "districts")
    path = save(town / "districts.xlsx", districts=[["district", "storeys"], ["Town", "=1+2"]])
    assert mistakes(town) == [
        "districts.xlsx: sheet districts, row 2: districts.Town.storeys is '#FORMULA B2!' "
        "(a value beside the formula: open it in a spreadsheet and save it)"
    ]
    edit(
        path,
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b"<v></v>", b"<v>3</v>").replace(b"<v />", b"<v>3</v>"),
    )
    assert load_scenario(town).districts["Town"].storeys == 3


def test_an_error_of_the_spreadsheet_is_no_value(town: Path) -> None:
    moved(town, "districts")
    path = save(town / "districts.xlsx", districts=[["district", "storeys"], ["Town", 77]])
    edit(
        path,
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b't="n"><v>77</v>', b't="e"><v>#REF!</v>'),
    )
    assert mistakes(town) == [
        "districts.xlsx: sheet districts, row 2: districts.Town.storeys is '#REF!' "
        "(an error of the spreadsheet)"
    ]


def test_an_error_in_a_column_that_names_the_row_is_no_name(town: Path) -> None:
    (town / "districts.csv").write_text("district,storeys\nTown,1\n#REF!,2\n", encoding="utf-8")
    assert mistakes(town) == ["districts.csv:3: district is '#REF!' (an error of the spreadsheet)"]


def edit(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Change a part of a workbook as a text."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts.get(part, b"")
    parts[part] = change(before)
    assert parts[part] != before
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


TEXT = st.text(string.printable.strip() + "äЖ ,;'\"", min_size=1, max_size=12).map(str.strip).filter(bool)
CELL = st.one_of(
    st.none(),
    st.integers(-(10**12), 10**12),
    st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: float(f"{x:.15g}")),
    TEXT.filter(lambda text: not text.startswith("=")),
)
TABLE = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6)
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLE)
def test_every_cell_reads_as_what_was_written(tmp_path: Path, rows: list[list[object]]) -> None:
    names = [f"c{number}" for number in range(len(rows[0]))]
    path = save(tmp_path / "any.xlsx", any=[names, *rows])
    told = [(line, cells) for line, cells in Source(path, Book(path), "any").rows()]
    expected = [(line, row) for line, row in enumerate([names, *rows], 1) if any(c is not None for c in row)]
    assert [line for line, _ in told] == [line for line, _ in expected]
    for (_, cells), (_, row) in zip(told, expected, strict=True):
        for cell, value in zip(cells, row, strict=True):
            same = value is None if cell == "" else str(value) == cell or float(cell) == value  # type: ignore[arg-type]
            assert same, (cell, value)


def test_the_place_of_a_value_is_that_of_its_row(town: Path) -> None:
    save(town / "districts.xlsx", districts=moved(town, "districts")["districts"])
    document = read_document(town / "scenario.yaml")
    assert document.place(("districts", "Town", "storeys")) == ("districts.xlsx: sheet districts", 2)

"""A table is declared once: its columns in CSV and Arrow, and its text, follow from its type."""

import csv
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.folders import write_run
from twin.cells import read_csv, write_table
from twin.columns import About, Row, columns
from twin.errors import InvalidInput
from twin.report import as_html
from twin.results.arrow import schema, to_arrow
from twin.results.differences import read_folder
from twin.results.formats import FORMAT
from twin.results.reference import every_table, fill
from twin.results.run import read_summary

README = Path(__file__).parents[2] / "results" / "README.md"


@dataclass(frozen=True, slots=True)
class Flood(Row):
    """Each flooded street."""

    table: ClassVar[str] = "floods"

    street: Annotated[str, About("name of the street")]
    depth_m: Annotated[float | None, About("highest water", "m")]
    houses: Annotated[int, About("houses with wet cellars")]
    closed: Annotated[bool, About("to traffic")]
    until: Annotated[date | None, About("first dry day", name="dry_on")] = None


ROWS = [Flood("=Main", 0.25, 3, True, date(2026, 4, 1)), Flood("East", None, 0, False)]


def test_a_table_is_declared_once_and_written_with_its_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "floods.csv", Flood, ROWS)
    lines = (tmp_path / "floods.csv").read_text().splitlines()
    assert lines == ["street,depth_m,houses,closed,dry_on", "'=Main,0.25,3,yes,2026-04-01", "East,,0,no,"]
    assert read_csv(tmp_path / "floods.csv")[0]["street"] == "=Main"


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "floods.csv", Flood, [])
    with (tmp_path / "floods.csv").open() as file:
        assert next(csv.reader(file)) == [column.name for column in columns(Flood)]
    assert to_arrow(Flood, []).schema == schema(Flood)


def test_arrow_types_depend_on_no_row() -> None:
    assert to_arrow(Flood, ROWS).schema == to_arrow(Flood, ROWS[1:]).schema == schema(Flood)
    assert schema(Flood).field("closed").type == pa.bool_()
    assert to_arrow(Flood, ROWS).to_pylist()[1] == {
        "street": "East",
        "depth_m": None,
        "houses": 0.0,
        "closed": False,
        "dry_on": "",
    }


def test_the_page_tells_a_table_by_its_type() -> None:
    page = fill("# A folder\n<!-- tables -->\nstale", (Flood,))
    assert page.startswith("# A folder\n<!-- tables -->\n### floods.csv\nEach flooded street.\n")
    assert "| `depth_m` | number or empty | m | highest water |" in page
    assert "| `dry_on` | date or empty |  | first dry day |" in page
    assert "stale" not in page


def test_the_committed_page_is_what_the_types_say() -> None:
    text = README.read_text(encoding="utf-8")
    assert fill(text, every_table()) == text


@pytest.mark.parametrize("hint", [str, Annotated[str, "a word"], Annotated[list[str], About("names")]])
def test_a_column_without_meaning_or_with_a_type_of_no_file_is_refused(hint: Any) -> None:
    @dataclass(frozen=True)
    class Wrong(Row):
        column: hint

    with pytest.raises(TypeError, match=r"Wrong\.column"):
        columns(Wrong)


@pytest.mark.parametrize("table", every_table(), ids=lambda table: table.table)
def test_every_column_says_what_it_holds(table: type[Row]) -> None:
    own = columns(table)
    assert len({column.name for column in own}) == len(own)
    assert all(column.meaning for column in own)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")),
    st.floats(-1e9, 1e9),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, street: str, depth: float, houses: int, closed: bool
) -> None:
    file = tmp_path_factory.mktemp("floods") / "floods.csv"
    write_table(file, Flood, [replace(ROWS[0], street=street, depth_m=depth, houses=houses, closed=closed)])
    (row,) = read_csv(file)
    assert (row["street"], int(row["houses"]), row["closed"] == "yes") == (street, houses, closed)
    assert float(row["depth_m"]) == pytest.approx(depth, rel=1e-9)


@pytest.mark.parametrize("number", ["", '"format": 0, ', f'"format": {FORMAT + 1}, '])
def test_results_of_another_format_are_refused_in_one_line(tmp_path: Path, number: str) -> None:
    folder = write_run(tmp_path / "run")
    text = (folder / "run.json").read_text(encoding="utf-8").replace(f'"format": {FORMAT},', number)
    (folder / "run.json").write_text(text, encoding="utf-8")
    for read in (as_html, read_folder, read_summary):
        with pytest.raises(InvalidInput, match=rf"results of format \d; this program reads {FORMAT}"):
            read(folder)

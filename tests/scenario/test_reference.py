"""The committed reference is what the schema says."""

from pathlib import Path

from twin.scenario.reference import reference
from twin.scenario.schema import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "scenario.md"


def test_the_reference_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_table_is_in_it() -> None:
    page = reference()
    assert [table for table in TABLES if f"### {table}.csv" not in page] == []

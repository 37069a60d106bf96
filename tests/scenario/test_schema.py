"""Cells of tables become what they say."""

import pytest
from pydantic import ValidationError

from twin.scenario.tables import column_kinds, read_cell
from twin.scenario.works import SiteChange


@pytest.mark.parametrize(
    ("cell", "value"), [("true", True), ("false", False), ("False", False), ("12.5", 12.5)]
)
def test_a_change_says_false_and_means_it(cell: str, value: object) -> None:
    said = read_cell(cell, column_kinds("site_changes")["value"])
    read = SiteChange(site="S", asset="water/P", field="open", value=said).value
    assert (type(read), read) == (type(value), value)


def test_a_change_to_a_word_is_refused() -> None:
    with pytest.raises(ValidationError):
        SiteChange(site="S", asset="water/P", field="open", value="shut")

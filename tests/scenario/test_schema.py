"""Cells of tables become what they say."""

import pytest
from pydantic import ValidationError

from twin.scenario.schema import SiteChange


@pytest.mark.parametrize(
    ("cell", "value"), [("true", True), ("false", False), ("False", False), ("12.5", 12.5)]
)
def test_a_change_says_false_and_means_it(cell: str, value: object) -> None:
    read = SiteChange(site="S", asset="water/P", field="open", value=cell).value
    assert (type(read), read) == (type(value), value)


def test_a_change_to_a_word_is_refused() -> None:
    with pytest.raises(ValidationError):
        SiteChange(site="S", asset="water/P", field="open", value="shut")

"""Every published answer is met within its tolerance."""

from pathlib import Path

import pytest

from validation.page import cases, name_of, read, rows


@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_published_answers_are_met(case: Path) -> None:
    assert [row for row in rows(case) if not row.within] == []


@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_source_and_licence_are_named(case: Path) -> None:
    assert {"title", "source", "licence", "kind", "values"} <= read(case).keys()

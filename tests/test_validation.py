"""Every published answer is met within its tolerance."""

from pathlib import Path

import pytest

from validation.page import cases, read, rows


@pytest.mark.parametrize("folder", cases(), ids=lambda folder: folder.name)
def test_published_answers_are_met(folder: Path) -> None:
    assert [row for row in rows(folder) if not row.within] == []


@pytest.mark.parametrize("folder", cases(), ids=lambda folder: folder.name)
def test_source_and_licence_are_named(folder: Path) -> None:
    assert {"title", "source", "licence", "kind", "values"} <= read(folder).keys()

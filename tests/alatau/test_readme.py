"""The output that the README shows is the output."""

from pathlib import Path

import pytest

from tests.alatau.conftest import Results

pytestmark = pytest.mark.xdist_group("alatau")

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_real_output(on_time: Results) -> None:
    text = README.read_text(encoding="utf-8")
    shown = {line.rstrip() for line in text.splitlines()}
    width = max(len(name) for name, _ in on_time.summary)
    lines = [f"{name:<{width}}  {value}" for name, value in on_time.summary if name != "speed"]
    assert [line for line in lines if line not in shown] == []

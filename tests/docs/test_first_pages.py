"""The first page and the planner's, step by step as they are printed, with the figures they print."""

import re
from pathlib import Path

from tests.docs.pages import follow

DOCS = Path(__file__).parents[2] / "docs"


def _figures(page: str, name: str) -> list[str]:
    (block,) = re.findall(rf"<!-- numbers: {name} -->\n```\n(.*?)```", page, re.DOTALL)
    return [line.rstrip() for line in block.splitlines()]


def _assert_printed(page: str, name: str, printed: str) -> None:
    lines = [re.sub(r" +", " ", line).strip() for line in printed.splitlines()]
    for line in _figures(page, name):
        assert re.sub(r" +", " ", line) in lines, (name, line)


def test_the_first_page_does_what_it_says(tmp_path: Path) -> None:
    page = (DOCS / "index.md").read_text(encoding="utf-8")
    count, printed = follow(page, tmp_path)
    assert count == 2
    _assert_printed(page, "the town as planned", printed)
    _assert_printed(page, "the town sooner", printed)
    assert "Old substation 2028-11" in printed
    assert (tmp_path / "results" / "town" / "report.html").exists()


def test_the_planners_page_does_what_it_says(tmp_path: Path) -> None:
    page = (DOCS / "planner.md").read_text(encoding="utf-8")
    count, printed = follow(page, tmp_path)
    assert count == 4
    for name in ("as planned", "orders", "futures"):
        _assert_printed(page, name, printed)
    order = (tmp_path / "demo" / "town" / "build_orders" / "plant_first.csv").read_text(encoding="utf-8")
    assert f"```\n{order}```" in page
    assert (tmp_path / "results" / "slips" / "slips.csv").exists()

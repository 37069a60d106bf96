"""The first page and the planner's, step by step as they are printed, with the figures they print."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import follow

DOCS = Path(__file__).parents[2] / "docs"
TOWN = DOCS.parent / "scenarios" / "town"


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


@pytest.mark.slow
def test_many_futures_say_what_the_planners_page_says(tmp_path: Path) -> None:
    page = (DOCS / "planner.md").read_text(encoding="utf-8")
    (command,) = [
        line for line in page.splitlines() if line.startswith("twin compare") and "--futures 4" in line
    ]
    words = shlex.split(command.replace("--futures 4", "--futures 32").replace("demo/town", str(TOWN)))
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    _assert_printed(page, "many futures", done.stdout)


def test_the_planners_page_does_what_it_says(tmp_path: Path) -> None:
    page = (DOCS / "planner.md").read_text(encoding="utf-8")
    count, printed = follow(page, tmp_path)
    assert count == 4
    for name in ("as planned", "orders", "futures"):
        _assert_printed(page, name, printed)
    order = (tmp_path / "demo" / "town" / "build_orders" / "plant_first.csv").read_text(encoding="utf-8")
    assert f"```\n{order}```" in page
    assert (tmp_path / "results" / "slips" / "slips.csv").exists()

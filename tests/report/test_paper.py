"""What is printed: every chart is there and whole, nothing is wider than the sheet, a brief is one sheet."""

import io
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import Open
from tests.command import twin
from tests.report.folders import write_comparison, write_run, write_sweep
from twin.errors import InvalidInput
from twin.report import paper, write_report

SHEET_PX = 186 / 25.4 * 96
"""Between the margins of A4."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("paper")
    makers = {"run": write_run, "comparison": write_comparison, "sweep": write_sweep}
    return {name: write_report(make(root / name)) for name, make in makers.items()}


def on_paper(page: Page) -> None:
    page.set_viewport_size({"width": round(SHEET_PX), "height": 1000})
    page.emulate_media(media="print")
    expect(page.locator("html")).to_have_attribute("data-paper", "yes")


def inked(page: Page, chart: int) -> float:
    """Return what part of a chart's picture is not its background."""
    shot = page.locator(".chart").nth(chart).screenshot()
    colours = Image.open(io.BytesIO(shot)).convert("RGB").getcolors(2**24) or []
    return 1.0 - max(count for count, _ in colours) / sum(count for count, _ in colours)


@pytest.mark.parametrize("name", ["run", "comparison", "sweep"])
def test_every_chart_is_on_paper_and_whole(open_page: Open, pages: dict[str, Path], name: str) -> None:
    watched = open_page(pages[name], width=1440, scheme="dark")
    page = watched.page
    on_paper(page)
    charts = page.evaluate(
        """[...document.querySelectorAll('.chart')].map((own, i) => ({
            i, shown: own.clientWidth > 0, width: own.getBoundingClientRect().right,
            drawn: own.querySelector('svg') ? own.querySelector('svg').getBoundingClientRect().right : 0}))"""
    )
    shown = [own for own in charts if own["shown"]]
    assert shown
    blank = [own["i"] for own in shown if inked(page, own["i"]) < 0.005]
    assert blank == []
    assert [own for own in shown if own["drawn"] > own["width"] + 1 or own["drawn"] == 0] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEET_PX + 1
    assert page.evaluate("document.querySelectorAll('main details:not([open])').length") == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert watched.complaints == []


def test_the_screen_is_as_it_was_after_printing(open_page: Open, pages: dict[str, Path]) -> None:
    page = open_page(pages["run"], scheme="dark").page
    before = page.evaluate(
        "[document.documentElement.dataset.theme, document.querySelectorAll('[open]').length]"
    )
    on_paper(page)
    page.emulate_media(media="screen")
    expect(page.locator("html")).not_to_have_attribute("data-paper", "yes")
    after = page.evaluate(
        "[document.documentElement.dataset.theme, document.querySelectorAll('[open]').length]"
    )
    assert after == before


def test_the_command_prints_the_page_and_a_brief_of_one_sheet(tmp_path: Path) -> None:
    if not any(map(shutil.which, paper.BROWSERS)):
        pytest.skip("no Chromium here")
    folder = write_run(tmp_path / "run")
    done = twin("report", folder, "--pdf")
    assert done.returncode == 0, done.stderr
    sheets = {
        name: len(re.findall(rb"/Type\s*/Page\b", (folder / name).read_bytes())) for name in paper.FILES
    }
    assert sheets["brief.pdf"] == 1
    assert sheets["report.pdf"] > 1


def test_without_a_browser_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper.shutil, "which", lambda _: None)
    with pytest.raises(InvalidInput, match="no Chromium here"):
        paper.write_pdfs(tmp_path)


def test_all_capacities_are_on_paper(open_page: Open, pages: dict[str, Path]) -> None:
    page = open_page(pages["run"]).page
    count = page.evaluate(
        """() => {
            const rows = DATA.headroom.rows;
            for (let i = 0; i < 40; i += 1) rows.push({ ...rows[0], name: `C${i}` });
            tell("look");
            return rows.length;
        }"""
    )
    rows = page.locator("#headroom-grid tbody tr")
    assert rows.count() < count
    page.emulate_media(media="print")
    expect(rows).to_have_count(count)
    expect(page.locator("#headroom-more")).to_be_hidden()
    page.emulate_media(media="screen")
    expect(rows).not_to_have_count(count)

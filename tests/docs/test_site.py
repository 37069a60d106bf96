"""The site of the docs: warnings are errors, no page is missing, none loads anything from elsewhere."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "docs" / "site"
_LOADED = re.compile(r'<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="(https?:)?//')


def test_the_site_is_whole_and_opens_offline(tmp_path: Path) -> None:
    site = tmp_path / "site"
    command = [sys.executable, SITE, "--out", site]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {page.relative_to(site).as_posix(): page for page in site.rglob("*.html")}
    decision = "decisions/0001-what-differs-from-the-first-design.html"
    assert {"index.html", "planner.html", "reference/commands.html", decision} <= set(pages)
    assert (site / "searchindex.js").is_file()
    _is_shown_in_full(pages["ci/recipes.html"], pages["pipelines.html"])
    for name, page in pages.items():
        assert not _LOADED.search(page.read_text(encoding="utf-8")), name


def _is_shown_in_full(page: Path, leading: Path) -> None:
    """Look for every recipe on the page of recipes, and for a link to it on the page that tells of it."""
    shown = html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))
    for recipe in sorted(path for path in (SITE.parent / "ci").iterdir() if path.suffix not in (".md", "")):
        assert recipe.read_text(encoding="utf-8").splitlines()[-1] in shown, recipe.name
        link = f'href="ci/recipes.html#{recipe.name.replace(".", "-")}"'
        assert recipe.name == "lock.py" or link in leading.read_text(encoding="utf-8"), recipe.name


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SITE))
    from gather import gather  # type: ignore[import-not-found]

    gather(tmp_path / "pages")
    page = tmp_path / "pages" / "versions.md"
    page.write_text(f"{page.read_text(encoding='utf-8')}\n[x](nowhere.md#there)\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-c", SITE, tmp_path / "pages", tmp_path / "site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "nowhere" in done.stderr

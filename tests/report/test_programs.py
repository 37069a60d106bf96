"""The pages' programs are formatted, linted, and name nothing that does not exist or that nothing uses."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from twin.report import comparison, run, sweeps
from twin.serve import routes, server

HERE = Path(__file__).parents[2]
PARTS = HERE / "twin" / "report" / "page"
DENO = shutil.which("deno", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
PAGES = {
    "run": run.PROGRAMS,
    "comparison": comparison.PROGRAMS,
    "sweep": sweeps.PROGRAMS,
    "shelf": server.PROGRAMS,
    "board": routes.PROGRAMS,
}
BROWSERS = {
    "Blob",
    "CSS",
    "IntersectionObserver",
    "Plotly",
    "ResizeObserver",
    "URL",
    "document",
    "getComputedStyle",
    "history",
    "matchMedia",
    "requestAnimationFrame",
    "top",
}
"""What a browser, or the charting library in it, gives a program."""


def _deno(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    assert DENO, "no deno here: make setup"
    quiet = os.environ | {"NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"}
    return subprocess.run([DENO, *arguments], cwd=HERE, input=text, text=True, capture_output=True, env=quiet)


def _names(rule: str, programs: tuple[str, ...]) -> set[str]:
    """Return the names that a rule complains of in a page's programs, joined as the page joins them."""
    text = "\n".join((PARTS / name).read_text(encoding="utf-8") for name in programs)
    told = _deno("lint", "--no-config", "--rules-tags=", f"--rules-include={rule}", "--json", "-", text=text)
    found = [own for own in json.loads(told.stdout)["diagnostics"] if own["code"] == rule]
    return {re.sub(r"`?(\w+)`?.*", r"\1", own["message"]) for own in found}


@pytest.mark.parametrize("check", [("fmt", "--check"), ("lint",)])
def test_programs_and_styles_are_formatted_and_linted(check: tuple[str, ...]) -> None:
    told = _deno(*check)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_nothing_that_is_not_there(name: str) -> None:
    assert _names("no-undef", PAGES[name]) - BROWSERS == set()


def test_nothing_in_the_programs_is_used_by_no_page() -> None:
    unused = {name: _names("no-unused-vars", programs) for name, programs in PAGES.items()}
    somewhere = set().union(*unused.values())

    def everywhere(word: str) -> bool:
        own = re.compile(rf"\b{word}\b")
        texts = {
            file: (PARTS / file).read_text(encoding="utf-8") for files in PAGES.values() for file in files
        }
        holding = [page for page, files in PAGES.items() if any(own.search(texts[file]) for file in files)]
        return all(word in unused[page] for page in holding)

    assert {word for word in somewhere if everywhere(word)} == set()


def test_the_rules_see_what_they_are_for(tmp_path: Path) -> None:
    told = _deno("lint", "--no-config", "--rules-include=no-undef", "--json", "-", text="nowhere();\n")
    assert "nowhere" in told.stdout
    config = json.loads((HERE / "deno.json").read_text(encoding="utf-8"))
    config["lint"] |= {"include": ["*.js"], "plugins": [str(HERE / "tests" / "report" / "lint.js")]}
    (tmp_path / "deno.json").write_text(json.dumps(config), encoding="utf-8")
    long = "function f() {\n" + "  f();\n" * 60 + "}\nf();\n"
    (tmp_path / "long.js").write_text(long, encoding="utf-8")
    told = _deno("lint", "--config", str(tmp_path / "deno.json"), str(tmp_path / "long.js"))
    assert "a function of 62 lines (at most 60)" in told.stdout + told.stderr


@pytest.mark.parametrize("part", sorted(PARTS.iterdir()), ids=lambda part: part.name)
def test_no_part_of_a_page_is_wide_or_long(part: Path) -> None:
    lines = part.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 400
    assert [f"{part.name}:{i}" for i, line in enumerate(lines, 1) if len(line) > 110] == []


def test_every_part_is_on_a_page() -> None:
    used = {*routes.BOARD_STYLES, *(name for programs in PAGES.values() for name in programs)}
    assert {part.name for part in PARTS.iterdir() if part.suffix in (".css", ".js")} == used

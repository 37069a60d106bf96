"""What the README shows is the output, to the last figure."""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.alatau.conftest import Results
from twin.scenario import load_scenario

pytestmark = pytest.mark.xdist_group("alatau")

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("readme", ROOT / "docs" / "readme.py")
assert _spec is not None and _spec.loader is not None
readme = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(readme)


def test_the_readme_shows_the_real_output(
    demo: Results, on_time: Results, simulate: Callable[..., Results]
) -> None:
    late = simulate(*readme.LATE)
    scenario = load_scenario(readme.SCENARIO)
    told = readme.figures(
        scenario, of(demo), on_time.table("headroom"), (late.table("headroom"), late.metrics)
    )
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.fill(text, readme.table(demo.summary), told) == text


def test_alataus_readme_sets_the_default_beside_the_city_on_request(demo: Results, on_time: Results) -> None:
    text = (readme.SCENARIO / "README.md").read_text(encoding="utf-8")
    tables = readme.beside(of(demo), on_time.metrics)
    assert [f"<!-- table: {name} -->" in text for name in tables] == [True, True]
    assert readme.fill_tables(text, tables) == text


def of(run: Results) -> tuple[dict[str, list[dict[str, str]]], dict[str, float]]:
    """Return tables by name, and metrics, as the program that fills the READMEs takes them."""
    return {name: run.table(name) for name in ("headroom", "sites", "developments")}, run.metrics


def test_no_figure_of_a_run_is_written_by_hand() -> None:
    """Outside tables, commands, links and generated figures the README tells no amount of a run."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for generated in (r"```.*?```", r"<!-- [\w ]+ -->.*?<!-- \. -->", r"\]\([^)]*\)", r"`[^`]*`"):
        text = re.sub(generated, "", text, flags=re.DOTALL)
    assert re.findall(r"\d[\d,.]*\d? ?(?:MWh|GWh|MW|m3|million|bn|thousand|months)\b", text) == []


def test_stale_figures_and_tables_are_replaced() -> None:
    old = "a <!-- shed -->1<!-- . --> b\n```\nstatus  old\n```\n"
    new = readme.fill(old, readme.table([("status", "complete"), ("speed", "fast")]), {"shed": "2"})
    assert new == "a <!-- shed -->2<!-- . --> b\n```\nstatus  complete\n```\n"

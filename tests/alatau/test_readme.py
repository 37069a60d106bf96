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


def test_the_readme_shows_the_real_output(on_time: Results, simulate: Callable[..., Results]) -> None:
    late = simulate(*readme.LATE)
    scenario = load_scenario(readme.SCENARIO)
    told = readme.figures(scenario, on_time.table("headroom"), late.table("headroom"), late.metrics)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.fill(text, readme.table(on_time.summary), told) == text


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

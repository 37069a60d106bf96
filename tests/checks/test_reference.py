"""The page of metrics is what the program declares."""

from pathlib import Path

from twin.checks.reference import reference
from twin.simulation.metrics import declared

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: make reference"


def test_every_metric_stands_on_it_once() -> None:
    rows = [line.split("|")[1].strip(" `") for line in reference().splitlines() if line.startswith("| `")]
    assert rows == list(declared())

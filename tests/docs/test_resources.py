"""The page on resources does what it says, step by step as it is printed."""

import re
from pathlib import Path

import pandas as pd

from tests.docs.pages import follow

PAGE = Path(__file__).parents[2] / "docs" / "resources.md"


def test_every_step_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert follow(text, tmp_path)[0] == 4
    told = re.search(
        r"carried ([\d.]+) MW day and night, (\d+) % .* carries ([\d.]+) MW at most, (\d+) %; .* (\d+) MWh",
        text,
    )
    assert told
    found = [*most(tmp_path / "results" / "plain"), *most(tmp_path / "results" / "sunny")]
    assert [float(number) for number in told.groups()[:4]] == [
        round(value, 1 - i % 2) for i, value in enumerate(found)
    ]
    metrics = pd.read_json(tmp_path / "results" / "sunny" / "metrics.json", typ="series")
    assert round(metrics["energy_generated_mwh"]) == int(told[5])


def most(results: Path) -> list[float]:
    rows = pd.read_parquet(results / "monthly.parquet")
    rows = rows[rows.asset == "power/Trafo 0-1"].set_index("quantity")
    return [float(rows["max"][quantity]) for quantity in ("power_mw", "loading_percent")]

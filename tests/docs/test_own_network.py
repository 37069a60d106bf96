"""The tutorial on one's own network, step by step as it is printed; ten years are shortened to two months."""

import csv
import json
from pathlib import Path

from tests.docs.pages import follow

PAGE = Path(__file__).parents[2] / "docs" / "own-network.md"


def test_every_step_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    count, _ = follow(text, tmp_path, lambda code: code.replace("2036-01-01", "2026-03-01"))
    assert count == 14
    _assert_resources_and_switching(tmp_path / "results", text)
    with (tmp_path / "results" / "outage" / "events.csv").open(encoding="utf-8") as file:
        told = [(row["kind"], row["subject"], row["cause"]) for row in csv.DictReader(file)]
    assert told[:3] == [
        ("outage", "power/Trafo 0-12", ""),
        ("stopped", "water/335", "1"),
        ("tank empty", "water/2", "2"),
    ]
    assert "40,533" in text
    with (tmp_path / "results" / "outage" / "unserved.csv").open(encoding="utf-8") as file:
        lost = {row["asset"]: float(row["amount"]) for row in csv.DictReader(file)}
    assert round(lost["water/335"]) == 40533
    assert (tmp_path / "results" / "reinforced" / "report.html").exists()


def _assert_resources_and_switching(results: Path, text: str) -> None:
    """Assert the figures of the sunny month and of the line that is switched around."""
    sunny = json.loads((results / "sunny" / "metrics.json").read_text(encoding="utf-8"))
    mwh = [
        round(sunny[f"{name}_mwh"]) for name in ("battery_charged", "battery_discharged", "energy_generated")
    ]
    assert "({} MWh charged, {} MWh discharged in the month), and the roofs give {} MWh".format(*mwh) in text
    with (results / "sunny" / "headroom.csv").open(encoding="utf-8") as file:
        peak = {row["capacity_name"]: float(row["peak"]) for row in csv.DictReader(file)}
    assert f"carries {peak['Trafo 0-12']:.1f} MW" in text
    lost = [
        round(json.loads((results / name / "metrics.json").read_text())["unserved_energy_mwh"])
        for name in ("waits", "switched")
    ]
    assert "{} MWh are not served while the line waits for repair, {} MWh".format(*lost) in text

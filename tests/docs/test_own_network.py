"""The tutorial on one's own network, step by step as it is printed; ten years are shortened to two months."""

import csv
import json
from datetime import date
from pathlib import Path

from tests.docs.pages import follow
from twin.utilities.epanet.schedules import ended

PAGE = Path(__file__).parents[2] / "docs" / "own-network.md"


def test_every_step_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    count, printed = follow(text, tmp_path, lambda code: code.replace("2036-01-01", "2026-03-01"))
    assert count == 16
    (schedule,) = map(str, ended(tmp_path / "net.inp", "water", date(2026, 1, 1), date(2026, 2, 1)))
    assert schedule.replace("net.inp", "water.inp") in text
    assert not list(ended(tmp_path / "town" / "water.inp", "water", date(2026, 1, 1), date(2036, 1, 1)))
    month = text.split("<!-- numbers: a month -->\n```\n")[1].split("```")[0].splitlines()
    assert set(month) <= set(printed.splitlines())
    _assert_resources_and_switching(tmp_path / "results", text)
    with (tmp_path / "results" / "outage" / "events.csv").open(encoding="utf-8") as file:
        told = [(row["kind"], row["subject"], row["cause"]) for row in csv.DictReader(file)]
    assert told[:3] == [
        ("outage", "power/Trafo 0-12", ""),
        ("stopped", "water/335", "1"),
        ("tank empty", "water/2", "2"),
    ]
    assert [row[1] for row in told if row[0] == "stopped"] == ["water/335"]
    with (tmp_path / "results" / "outage" / "unserved.csv").open(encoding="utf-8") as file:
        lost = {row["asset"]: float(row["amount"]) for row in csv.DictReader(file)}
    water = sum(amount for asset, amount in lost.items() if asset.startswith("water/"))
    assert f"{water:,.0f} m3 of water, nearly all of it put down to water/101" in text
    assert lost["water/101"] > 0.95 * water
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

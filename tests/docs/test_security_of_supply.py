"""The page on security of supply does what it prints."""

import csv
import re
from pathlib import Path

from tests.docs.pages import follow

PAGE = Path(__file__).parents[2] / "docs" / "security-of-supply.md"


def unserved_mwh(folder: Path) -> float:
    with (folder / "unserved.csv").open(encoding="utf-8") as file:
        return sum(float(row["amount"]) for row in csv.DictReader(file))


def test_every_step_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    count, told = follow(text, tmp_path)
    assert count == 3
    (printed,) = re.findall(r"<!-- numbers: studies -->\n```\n(.*?)```", text, re.DOTALL)
    flat = " ".join(told.split())
    for line in printed.splitlines():
        assert " ".join(line.split()) in flat, line
    lost = {name: unserved_mwh(tmp_path / "results" / name) for name in ("waits", "switches")}
    assert f"{lost['waits']:.0f} MWh are not served" in text
    assert f"{lost['switches']:.0f} MWh if it is switched" in text

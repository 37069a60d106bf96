"""The page on security of supply does what it prints."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "security-of-supply.md"


def unserved_mwh(folder: Path) -> float:
    with (folder / "unserved.csv").open(encoding="utf-8") as file:
        return sum(float(row["amount"]) for row in csv.DictReader(file))


def test_every_step_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    steps = re.findall(r"```(python|console)\n(.*?)```", text, re.DOTALL)
    assert len(steps) == 3
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    how = {"cwd": tmp_path, "env": {**os.environ, "PATH": path}}
    told = ""
    for kind, code in steps:
        command = [sys.executable, "-W", "ignore", "-c", code] if kind == "python" else ["sh", "-ec", code]
        done = subprocess.run(command, **how, capture_output=True, text=True, check=False)  # type: ignore[call-overload]
        assert done.returncode == 0, (code, done.stdout, done.stderr)
        told += done.stdout
    (printed,) = re.findall(r"<!-- numbers: studies -->\n```\n(.*?)```", text, re.DOTALL)
    flat = " ".join(told.split())
    for line in printed.splitlines():
        assert " ".join(line.split()) in flat, line
    lost = {name: unserved_mwh(tmp_path / "results" / name) for name in ("waits", "switches")}
    assert f"{lost['waits']:.0f} MWh are not served" in text
    assert f"{lost['switches']:.0f} MWh if it is switched" in text

"""Small inputs of kinds that users of neighbouring tools have reported, each with its right answer.

A folder holds the inputs and `check.json`: the command, the exit codes that are right, what the terminal must
and must not say, metrics with tolerances, what events.csv must and must not hold; what is expected, how it is
known, and the report that it follows. `or_refused` accepts a refusal instead of the numbers.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import twin

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/check.json"))
ROOT = HERE.parents[1]


def attempt(check: dict[str, Any], work: Path) -> tuple[int, str, Path]:
    """Run a case's command, in a shell if it is piped; return exit code, what was said, and its results."""
    if check.get("before"):
        subprocess.run(check["before"], shell=True, cwd=work, check=True)
    out = check.get("out", "out")
    command = check["command"].replace("OUT", out)
    if "|" not in command:
        ended = twin(*command.split(), folder=work)
        return ended.returncode, ended.stdout + ended.stderr, work / out
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m twin {command}; exit ${{PIPESTATUS[0]}}'],
        cwd=work,
        capture_output=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"), work / out


def wrong_numbers(check: dict[str, Any], folder: Path) -> list[str]:
    """Return the metrics that are not what they should be."""
    file = folder / "metrics.json"
    metrics = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return [
        f"{name} {metrics.get(name)}, not {value} +- {tolerance}"
        for name, (value, tolerance) in check.get("metrics", {}).items()
        if metrics.get(name) != pytest.approx(value, abs=tolerance, rel=0.0)
    ]


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_its_right_answer(name: str, tmp_path: Path) -> None:
    check = json.loads((HERE / name / "check.json").read_text(encoding="utf-8"))
    work = tmp_path / "case"
    shutil.copytree(HERE / name, work)
    code, said, folder = attempt(check, work)
    assert code in check["exit"], said
    assert "internal error" not in said and "Traceback" not in said, said
    for part in check.get("says", []):
        assert any(each.lower() in said.lower() for each in part.split("|")), said
    for part in check.get("says_not", []):
        assert part.lower() not in said.lower(), said
    if code == 0 or not check.get("or_refused"):
        assert wrong_numbers(check, folder) == []
        events = folder / "events.csv"
        told = events.read_text(encoding="utf-8") if events.exists() else ""
        assert all(part in told for part in check.get("events", [])), told
        assert not any(part in told for part in check.get("events_not", [])), told

"""The tutorial's commands run as they are printed, over a short horizon and few futures."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("orders")

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "which-order.md"
SHORTER = (
    (r"run scenarios/alatau", "run scenarios/alatau --set end=2026-03-01"),
    (r"end=\d{4}-\d\d-\d\d", "end=2026-03-01"),
    (r"--budget \d+", "--budget 3"),
    (r"--futures \d+", "--futures 1"),
    (r"--held-back \d+", "--held-back 1"),
)


def commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    assert len(commands()) == 6
    for command in commands():
        for pattern, short in SHORTER:
            command = re.sub(pattern, short, command)
        if command.startswith("twin compare scenarios") and "--futures" not in command:
            command += " --futures 1"  # eight without it
        words = shlex.split(command)
        assert words[0] == "twin"
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
    made = {path.name for path in (tmp_path / "results").iterdir()}
    assert made == {"roadmap", "slips", "five-orders", "search", "mine"}
    assert (tmp_path / "results" / "search" / "best.csv").read_text().startswith("site")

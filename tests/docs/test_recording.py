"""The page on recordings: its scenario is run, its commands are typed, and they print what it shows."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "recording.md"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with Alatau, which records what the page names."""
    folder = tmp_path_factory.mktemp("page")
    city = folder / "scenarios" / "alatau"
    shutil.copytree(ROOT / "scenarios" / "alatau", city)
    (entry,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with (city / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{entry}")
    return folder


def test_every_command_prints_what_the_page_shows(place: Path) -> None:
    steps = re.findall(r"```(console|python|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert [kind for kind, _ in steps].count("text") == 4
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
    environment.pop("COLUMNS", None)
    printed = ""
    for kind, code in steps:
        if kind == "text":
            assert code in printed, printed
            continue
        command = [sys.executable, "-W", "ignore", "-c", code] if kind == "python" else ["sh", "-ec", code]
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (code, done.stderr)
        printed = done.stdout
    assert (place / "gate.png").stat().st_size > 10_000

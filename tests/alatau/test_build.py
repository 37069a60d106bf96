"""The committed scenario is what its builder makes."""

import subprocess
import sys
from pathlib import Path

from tests.alatau.conftest import SCENARIO


def test_the_builder_makes_the_committed_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SCENARIO / "build"), str(tmp_path)], check=True)
    built = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert {"power.json", "water.inp", "wastewater.inp", "links.csv"} <= set(built)
    differing = [n for n in built if (tmp_path / n).read_bytes() != (SCENARIO / n).read_bytes()]
    assert differing == []

"""Compiled code looks at no place that is not there: checked where Numba would not."""

import os
import subprocess
import sys
from pathlib import Path


def test_kernels_stay_within_their_vectors_on_networks_of_all_kinds(tmp_path: Path) -> None:
    # what was compiled without checks must not be loaded in its place
    checked = {
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(tmp_path / "compiled"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.reliability.bounds", str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, env=os.environ | checked, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["whole", "complete", "water", "complete", "wastewater", "complete"]

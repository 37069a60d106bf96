"""What a job of docs/ci/github.yml takes here: cold, and again with what the first one put into the cache.

``python -m benchmarks.pipeline [FOLDER]``: the shell steps of the job, as they stand in the recipe, in a
clone of the last commit and an environment without anything else. Fetching the cache is unpacking it; only
the cold job uses the network, for wheels.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
CACHED = (".venv", ".twin")
JUDGED = ("install", "validate", "judge")


def steps(recipe: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the shell steps of the job."""
    for step in recipe["jobs"]["judge"]["steps"]:
        if step.get("name") in JUDGED:
            yield step["name"], step["run"]


def job(recipe: dict[str, Any], checkout: Path, cache: Path) -> tuple[dict[str, float], float]:
    """Do a job in a fresh checkout; return the seconds of each step, and the processor's of all."""
    shutil.rmtree(checkout, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", checkout], check=True)
    took = {}
    busy = _busy()
    began = time.perf_counter()
    if cache.exists():
        subprocess.run(["tar", "-C", checkout, "-xf", cache], check=True)
    took["cache"] = time.perf_counter() - began
    own = {name: str(value) for name, value in recipe["env"].items() if name != "TWIN_DAYS"}
    own |= {"PATH": os.environ["PATH"], "HOME": str(checkout.parent / "home"), "LANG": "C.UTF-8"}
    own |= {"TWIN_DAYS": str(checkout / ".twin" / "days")}
    own |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    for name, command in steps(recipe):
        began = time.perf_counter()
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=checkout, env=own, check=False)
        took[name] = time.perf_counter() - began
        if done.returncode not in (0, 1 if name == "judge" else 0):
            sys.exit(f"{name} ended with {done.returncode}")
    return took, _busy() - busy


def _busy() -> float:
    """Return the processor seconds of the programs that were started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(place: Path) -> None:
    """Do a cold job, keep its cache, and do two warm ones."""
    recipe = YAML(typ="safe").load((ROOT / "docs" / "ci" / "github.yml").read_text(encoding="utf-8"))
    checkout, cache = place / "checkout", place / "cache.tar"
    for kind in ("cold", "warm", "warm"):
        took, busy = job(recipe, checkout, cache)
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in took.items())
        print(f"{kind}: {sum(took.values()):.1f} s ({parts}), {busy:.1f} s of the processor", flush=True)
        if kind == "cold":
            there = [name for name in CACHED if (checkout / name).exists()]
            subprocess.run(["tar", "-C", checkout, "-cf", cache, *there], check=True)
            print(f"cache: {cache.stat().st_size / 2**20:.0f} MiB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder))

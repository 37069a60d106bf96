"""Where a coupled hour of Alatau goes, by part of the program."""

import cProfile
import pstats
from collections import defaultdict
from pathlib import Path

from benchmarks.copies import ALATAU
from twin import simulation
from twin.scenario import load_scenario

_ENGINES = {"compute_pf": "Newton (KLU)", "runH": "EPANET runH", "nextH": "EPANET nextH"}


def shares() -> dict[str, float]:
    """Return the percent of time by engine call or source file, the largest first.

    The profiler makes small Python functions look dearer than they are.
    """
    clock = simulation.Clock(load_scenario(ALATAU, ["start=2032-06-01", "end=2032-07-01", "days=every"]))
    profiler = cProfile.Profile()
    profiler.runcall(clock.run)
    parts: dict[str, float] = defaultdict(float)
    for (file, _, function), (_, _, own, _, callers) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        parts[_part(file, function, callers)] += own
    total = sum(parts.values())
    return dict(sorted(((name, 100.0 * t / total) for name, t in parts.items()), key=lambda i: -i[1])[:14])


def _part(file: str, function: str, callers: dict[tuple[str, int, str], object]) -> str:
    for engine, name in _ENGINES.items():
        if engine in function:
            return name
    if file.startswith("~") or "numpy" in file:
        return "NumPy and built-ins"
    path = Path(file)
    return (
        f"twin/{path.parent.name}/{path.name}"
        if path.parent.name == "networks"
        else f"{path.parent.name}/{path.name}"
    )

"""Memory and open files of one process that runs the same scenario many times."""

import gc
import os
from pathlib import Path

from reliability.counts import Counts
from reliability.places import place

MORE_MB, MORE_FILES = 16.0, 0
"""By how much a process may grow between its first runs and its last."""
_FIRST = 0.2
"""Share of the runs after which it has what it needs."""


def many_runs(count: int, seed: int) -> Counts:
    """Run so many times with results and, every tenth time, a page with figures, in this process."""
    from twin.report import write_report
    from twin.report.figures import write_figures
    from twin.results import run as results
    from twin.scenario import load_scenario
    from twin.simulation import clock as simulation

    found = Counts()
    with place() as folder:
        runner = simulation.Runner()
        for number in range(count):
            if number == max(1, int(_FIRST * count)):
                first = _size()
            scenario = load_scenario(folder / ("town", "orders")[number % 2], [f"seed={seed + number}"])
            # as the command line runs, and as workers do, which keep their city
            run = runner.run(scenario) if number % 4 < 2 else simulation.run(scenario)
            results.save(run, folder / f"out-{scenario.folder.name}", force=True)
            if number % 10 == 0:
                write_report(folder / f"out-{scenario.folder.name}")
                write_figures(folder / f"out-{scenario.folder.name}")
        last = _size()
    found.counts.update({"runs": count, "MB after a fifth": round(first[0]), "MB at the end": round(last[0])})
    found.counts.update({"open files after a fifth": first[1], "open files at the end": last[1]})
    found.demand(last[0] <= first[0] + MORE_MB, f"{count} runs: {first[0]:.0f} MB became {last[0]:.0f} MB")
    found.demand(last[1] <= first[1] + MORE_FILES, f"{count} runs: {first[1]} open files became {last[1]}")
    return found


def _size() -> tuple[float, int]:
    """Return this process's memory in MB and its open files."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(os.listdir("/proc/self/fd"))

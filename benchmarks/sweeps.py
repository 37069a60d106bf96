"""What a sweep costs over its bare runs, on one and two processes, and whether anything grows.

``python -m benchmarks.sweeps compare 12`` times the same runs by bare engines side by side and by a sweep,
in turn. ``python -m benchmarks.sweeps long 200`` does one long sweep of Alatau, ``small 2000`` of a small
city, and tells rate and memory as it goes. CPU time is told too: it depends less on neighbours.
"""

import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandapower as pp
import pandapower.networks as pn
import psutil

from benchmarks.cases import ROOT, shipped
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold
from twin.simulation.batch import Failed, LocalWorkers
from twin.simulation.clock import Runner
from twin.sweep import Plan, Sweep, Tally, execute
from twin.sweep.runs import Planned
from twin.sweep.worker import Done

_ALATAU = """
name: Alatau, ten years
scenario: {scenario}
matrix:
  gate:
    on time: {{}}
    late: {{sites.SS01.slip_months: 14}}
uncertain:
  samples: {samples}
  variables:
    use: {{multiply: norms.power_kw_per_person.*.value, triangular: {{low: 0.9, mode: 1, high: 1.1}}}}
    water: {{multiply: norms.water_l_per_person_day.*.value, triangular: {{low: 0.9, mode: 1, high: 1.1}}}}
"""
_SMALL = """
name: CIGRE MV and Net1, two days
scenario: {scenario}
set: {{end: 2026-01-03}}
uncertain:
  samples: {samples}
  variables:
    growth: {{set: demand.native_growth_percent_per_year, uniform: {{low: 0, high: 5}}}}
    pressure: {{set: demand.coincidence, uniform: {{low: 0.5, high: 0.8}}}}
"""


def main(what: str, runs: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="twin-benchmark-"))
    try:
        if what == "compare":
            _compare(_alatau(folder, runs), folder)
        else:
            _long(_alatau(folder, runs) if what == "long" else _small(folder, runs), folder)
    finally:
        shutil.rmtree(folder)


def _alatau(folder: Path, runs: int) -> Plan:
    text = _ALATAU.format(scenario=ROOT / "scenarios" / "alatau" / "on_request.yaml", samples=runs // 2)
    return _plan(folder, text)


def _small(folder: Path, runs: int) -> Plan:
    pp.to_json(pn.create_cigre_network_mv(), str(folder / "grid.json"))
    files = {"power": folder / "grid.json", "water": shipped("wntr/library/networks/Net1.inp")}
    scaffold(folder / "small", files)
    return _plan(folder, _SMALL.format(scenario="small", samples=runs))


def _plan(folder: Path, text: str) -> Plan:
    (folder / "sweep.yaml").write_text(text, encoding="utf-8")
    return Plan(Sweep(folder / "sweep.yaml"))


def _compare(plan: Plan, folder: Path) -> None:
    """Time bare engines and sweeps in turn, each from the start of its processes to the last result."""
    runs = list(plan.runs())
    print(f"{len(runs)} runs; wall and CPU seconds, runs a minute")
    walls: dict[tuple[str, int], float] = {}
    for jobs in (2, 1, 2, 1):
        wall, cpu = _bare(plan, runs, jobs)
        _tell("bare", jobs, len(runs), wall, cpu)
        walls["bare", jobs] = min(wall, walls.get(("bare", jobs), wall))
        wall, cpu = _swept(plan, folder / "out", jobs)
        _tell("sweep", jobs, len(runs), wall, cpu)
        walls["sweep", jobs] = min(wall, walls.get(("sweep", jobs), wall))
    for jobs in (1, 2):
        ratio = walls["sweep", jobs] / walls["bare", jobs]
        print(f"{jobs} processes: sweep / bare = {ratio:.3f}, efficiency {1 / ratio:.3f} (best of two)")


def _tell(what: str, jobs: int, runs: int, wall: float, cpu: float) -> None:
    print(f"{what:6} {jobs} processes  {wall:7.1f} s  {cpu:7.1f} s  {60 * runs / wall:6.2f}", flush=True)


def _bare(plan: Plan, runs: Sequence[Planned], jobs: int) -> tuple[float, float]:
    """Do the runs on so many processes that share nothing and write nothing."""
    context = multiprocessing.get_context("spawn")
    began, cpu = time.perf_counter(), _children_s()
    shares = [[run.overrides for run in runs[i::jobs]] for i in range(jobs)]
    processes = [context.Process(target=_engine, args=(plan.sweep.scenario, share)) for share in shares]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return time.perf_counter() - began, _children_s() - cpu


def _engine(scenario: Path, shares: Sequence[Sequence[str]]) -> None:
    runner = Runner()
    for overrides in shares:
        runner.run(load_scenario(scenario, overrides))


def _swept(plan: Plan, out: Path, jobs: int) -> tuple[float, float]:
    began, cpu, own = time.perf_counter(), _children_s(), time.process_time()
    with LocalWorkers(jobs) as workers:
        tally = execute(plan, out, workers)
    assert tally.complete == tally.total
    shutil.rmtree(out)
    return time.perf_counter() - began, _children_s() - cpu + time.process_time() - own


def _children_s() -> float:
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)


def _long(plan: Plan, folder: Path) -> None:
    """Do one sweep on two processes; tell rate and memory ten times."""
    began = time.perf_counter()
    every = max(1, plan.total // 10)
    print("runs  minutes  runs a minute  leader MB  workers MB")

    def observe(tally: Tally, _: Planned, result: Done | Failed) -> None:
        assert isinstance(result, Done), result
        if tally.done % every and tally.done > every // 10:
            return
        workers = sorted(_memory_mb(p.pid) for p in multiprocessing.active_children() if p.pid)
        told = " ".join(f"{mb:.0f}" for mb in workers)
        minutes = (time.perf_counter() - began) / 60
        own = _memory_mb(psutil.Process().pid)
        print(f"{tally.done:4}  {minutes:7.2f}  {tally.per_minute:8.2f}  {own:6.0f}  {told}", flush=True)

    with LocalWorkers(2) as workers:
        tally = execute(plan, folder / "out", workers, observer=observe)
    size_mb = sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file()) / 1e6
    print(f"{tally.complete} complete; {size_mb:.1f} MB on disk")


def _memory_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""What a sweep will cost, from the first months of its first run."""

import shutil
import time
from datetime import timedelta

from twin.scenario import load_scenario
from twin.scenario.schema import unrecorded
from twin.scratch import scratch
from twin.simulation.batch import process_runner
from twin.sweep.runs import Plan
from twin.sweep.store import write_parquet
from twin.sweep.tables import run_tables

_TRIAL_DAYS = 60


def estimate(plan: Plan, runs: int, jobs: int) -> str:
    """Return time and disk in words, extrapolated from a trial of the first run's first days.

    The city grows, so later years may cost more than its first.
    """
    first = next(plan.runs())
    base = plan.base
    end = min(base.end, base.start + timedelta(days=_TRIAL_DAYS))
    trial = load_scenario(plan.sweep.scenario, [*first.overrides, f"end={end}"], plan.sweep.reach)
    began = time.perf_counter()
    tables = plan.sweep.asked.tables
    run = process_runner().run(trial if "hourly" in tables else unrecorded(trial))
    opening_s = time.perf_counter() - began - run.wall_s
    share = (end - base.start).days / (base.end - base.start).days
    folder = scratch("trial")
    try:
        for name, table in run_tables(run, first.run_id, tables).items():
            write_parquet(table, folder / f"{name}.parquet")
        size_mb = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    finally:
        shutil.rmtree(folder)
    minutes = (jobs * opening_s + runs * run.wall_s / share) / jobs / 60.0
    space_mb = runs * size_mb / share
    return (
        f"about {minutes:.1f} minutes on {jobs} {'process' if jobs == 1 else 'processes'} "
        f"and {space_mb:.0f} MB, by a trial of {(end - base.start).days} days"
    )

"""A sweep on SLURM jobs by dask-jobqueue: ``python slurm.py sweep.yaml results/sweep``."""

import os
import subprocess
import sys

from dask_jobqueue import SLURMCluster

JOBS = 20
PROCESSES_PER_JOB = 16


def cluster() -> SLURMCluster:
    """Describe the jobs: one thread per process, and each process keeps its city open."""
    return SLURMCluster(
        cores=PROCESSES_PER_JOB,
        processes=PROCESSES_PER_JOB,
        memory="32GB",
        walltime="12:00:00",
        interface=os.environ.get("TWIN_INTERFACE"),  # the network between nodes, such as ib0
        job_script_prologue=["export OMP_NUM_THREADS=1"],
        worker_extra_args=["--lifetime", "11h", "--lifetime-stagger", "5m"],
    )


def main(sweep: str, out: str) -> int:
    """Start the jobs, run the sweep, and end them."""
    # before the scheduler starts: a run that kills its worker is given back at once
    os.environ["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "0"
    with cluster() as workers:
        workers.scale(jobs=JOBS)
        command = ["twin", "sweep", sweep, "--scheduler", workers.scheduler_address, "--out", out, "--resume"]
        return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

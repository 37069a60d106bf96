"""A sweep whose runs are made up, for what concerns the dataset alone: thousands of them take no time.

``python -m tests.sweep.standin SWEEP OUT [large]`` executes it in this process, which a test may then kill;
``large`` makes one result that is larger than any file may be.
"""

import resource
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.sweep.inline import Inline
from twin.sweep import Plan, Sweep, execute
from twin.sweep.runs import Planned
from twin.sweep.worker import Done, Inputs

LARGE = 1 if "large" in sys.argv else -1
"""Number of the run whose result is too large for a small disk."""


def made_up(planned: Planned, rows: int = 50) -> Done:
    """Return a result that depends on the run alone."""
    value = planned.number * 1.5
    label = pa.array(["water/J-1"] * rows).dictionary_encode()
    run_id = pa.array([planned.run_id] * rows).dictionary_encode()
    return Done(
        "unsolved" if planned.number % 7 == 3 else "complete",
        "no way" if planned.number % 7 == 3 else "",
        0.25,
        {
            "metrics": pa.table(
                {"run_id": [planned.run_id], "x": [value], "unsolved_hours": [0.0], "unsettled_hours": [0.0]}
            ),
            "monthly": pa.table({"run_id": run_id, "asset": label, "mean": [value] * rows}),
            "unserved": pa.table({"run_id": pa.array([], pa.string()), "amount": pa.array([], pa.float64())}),
        },
    )


def do(_: Inputs, planned: Planned) -> Done:
    """Stand in for `worker.do`; a run takes half a millisecond."""
    time.sleep(0.0005)
    done = made_up(planned)
    if planned.number == LARGE:
        noise = np.random.default_rng(1).random(50_000)
        done.tables["monthly"] = pa.table({"run_id": [planned.run_id] * len(noise), "mean": noise})
    return done


def main(sweep: Path, out: Path) -> None:
    sys.modules["twin.sweep.execute"].do = do  # the package's `execute` is the function
    print("ready", flush=True)
    tally = execute(Plan(Sweep(sweep)), out, Inline(), observer=lambda *_: print("run", flush=True))
    print(tally.found, tally.complete + tally.unsolved, tally.failed, flush=True)


if __name__ == "__main__":
    if "large" in sys.argv:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    main(Path(sys.argv[1]), Path(sys.argv[2]))

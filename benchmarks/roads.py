"""Times to a user equilibrium: ``python -m benchmarks.roads [DIR [NETWORK ...]]``.

Cold, and after 2 % more trips. DIR is the public collection of test networks, where its user keeps it;
without it, Sioux Falls alone.
"""

import sys
import time
from pathlib import Path
from statistics import median

from twin.errors import InvalidInput
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.tntp import read_tntp
from validation.page import CASES
from validation.roads import assignment_of

GAP, ROUNDS = 1e-10, 15
NETWORKS = ("SiouxFalls", "Anaheim")


def main(arguments: list[str]) -> None:
    """Print a line for each network."""
    if not arguments:
        case = CASES / "sioux-falls"
        _tell("SiouxFalls", read_tntp(case / "net.tntp", None, case / "trips.tntp"))
        return
    for name in arguments[1:] or NETWORKS:
        folder = Path(arguments[0]) / name
        files = {path.stem.lower().rsplit("_", 1)[-1]: path for path in sorted(folder.glob("*.tntp"))}
        try:
            _tell(name, read_tntp(files["net"], None, files["trips"]))
        except KeyError as error:
            print(f"{name}: no file of {error.args[0]}")
        except InvalidInput as error:
            print("\n".join(map(str, error.mistakes[:5])))


def _tell(name: str, plan: RoadPlan) -> None:
    roads = assignment_of(plan)
    began = time.process_time()
    first = roads.solve(plan.trips, GAP)
    rounds = ROUNDS if time.process_time() - began < 5.0 else 1
    cold, warm = [], []
    for _ in range(rounds):
        roads.forget()
        began = time.process_time()
        first = roads.solve(plan.trips, GAP)
        cold.append(time.process_time() - began)
        began = time.process_time()
        roads.solve(1.02 * plan.trips, GAP)
        warm.append(time.process_time() - began)
    print(
        f"{name}: {len(plan.zones)} zones, {len(plan.roads)} roads, {first.rounds} rounds to {first.gap:.1e}"
        f"{'' if first.reached else ' (not reached)'}, cold {1e3 * median(cold):.1f} ms, "
        f"warm {1e3 * median(warm):.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])

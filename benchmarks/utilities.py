"""What each further utility costs: ten years of Alatau with three, four and five, in turn.

``python -m benchmarks.utilities [ROUNDS]``: processor time of the simulation, one thread, nothing kept, the
networks opened before. A utility may bring days of its own, such as gas its cold days: the cost of a coupled
hour compares the same days.
"""

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from benchmarks.without import write_without
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

WITHOUT: dict[str, tuple[str, ...]] = {
    "power, water, wastewater": ("gas", "roads"),
    "and gas": ("roads",),
    "and roads": (),
}


def measure(rounds: int, *overrides: str) -> dict[str, tuple[float, int]]:
    """Return by utilities the median of the processor's seconds, and the coupled hours."""
    seconds: dict[str, list[float]] = defaultdict(list)
    hours = {}
    with tempfile.TemporaryDirectory(prefix="twin-benchmark-") as own:
        scenarios = {
            name: load_scenario(write_without(left_out, Path(own) / name.replace(" ", "-")), overrides)
            for name, left_out in WITHOUT.items()
        }
        cities = {name: simulation.open_city(scenario) for name, scenario in scenarios.items()}
        for _ in range(rounds):
            for name, scenario in scenarios.items():
                began = time.process_time()
                run = simulation.run(scenario, city=cities[name])
                seconds[name].append(time.process_time() - began)
                hours[name] = run.coupled_hours
    return {name: (median(own), hours[name]) for name, own in seconds.items()}


def main(arguments: list[str]) -> None:
    """Print a line for each set of utilities."""
    found = measure(int(arguments[0]) if arguments else 3)
    first, first_hours = found[next(iter(found))]
    for name, (seconds, hours) in found.items():
        each = seconds / hours / (first / first_hours)
        print(f"{name}: {seconds:.1f} s, {hours:,} hours; {seconds / first:.2f} in all, {each:.2f} an hour")


if __name__ == "__main__":
    main(sys.argv[1:])

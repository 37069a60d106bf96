"""What recording costs: ten years of Alatau with nothing, fifty assets and all recorded, in turn.

``python -m benchmarks.recording`` prints the table of docs/recording.md: processor time, least of the rounds.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from benchmarks.cases import ROOT
from twin.city.city import City
from twin.results.run import save
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

ALATAU = ROOT / "scenarios" / "alatau" / "on_request.yaml"
ROUNDS = 2
_FIFTY = {"power/T-": 20, "power/LN": 10, "water/J-": 10, "water/T-": 3, "water/PU": 7}
"""How many of those whose addresses begin so."""


class Cost(NamedTuple):
    """Of a run: seconds of processor time to run and save it, what it recorded, MB on disk."""

    cpu_s: float
    values: int
    mb: float


def fifty(city: City) -> list[str]:
    """Return fifty assets: transformers, lines, junctions, tanks and pumps."""
    every = dict.fromkeys(signal.asset for signal in city.signals)
    return [a for start, most in _FIFTY.items() for a in [x for x in every if x.startswith(start)][:most]]


def cost(city: City, record: list[dict[str, object]], *overrides: str) -> Cost:
    """Run Alatau on a city of its own and save it."""
    scenario = load_scenario(ALATAU, [*overrides, f"record={record!r}"])
    with tempfile.TemporaryDirectory() as place:
        began = time.process_time()
        folder = save(simulation.run(scenario, city=city), Path(place) / "run")
        spent = time.process_time() - began
        files = sorted(folder.glob("hourly/*.parquet"))
        values = sum(pq.ParquetFile(file).metadata.num_rows for file in files)
        return Cost(spent, values, sum(file.stat().st_size for file in files) / 1e6)


def main(overrides: list[str]) -> int:
    """Print a row for each way of recording; arguments are overrides, such as `end=2027-01-01`."""
    city = simulation.open_city(load_scenario(ALATAU, overrides))
    assets = fifty(city)
    ways: dict[str, list[dict[str, object]]] = {
        "nothing": [],
        "50 assets, `hour`": [{"assets": assets}],
        "50 assets, `15min`": [{"assets": assets, "interval": "15min"}],
        "50 assets, `instant`": [{"assets": assets, "interval": "instant"}],
        "all assets, `hour`": [{"assets": ["*"]}],
    }
    costs = {name: [cost(city, record, *overrides)] for name, record in ways.items()}
    for _ in range(ROUNDS - 1):
        for name, record in ways.items():
            costs[name].append(cost(city, record, *overrides))
    print("| recorded | values | processor s | MB on disk |\n|---|---|---|---|")
    for name, own in costs.items():
        least = min(own)
        print(f"| {name} | {least.values:,} | {least.cpu_s:.1f} | {least.mb:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Random gas networks: two levels of pressure, rings, stations of several lines, compressors, hills."""

from pathlib import Path

import numpy as np
import pandapipes as pp

from tests.utilities.gas import examples as made
from twin.utilities.gas.network import GasNetwork

RANKS = (2, 2, 1, 0)


def random_gas(seed: int, folder: Path) -> GasNetwork:
    """Make one or two sources and two levels of pressure with stations between; sinks are demand points."""
    rng = np.random.default_rng(seed)
    net = made.empty()
    high = [made.junctions(net, 1, 6.0, height=float(rng.uniform(0.0, 50.0)))[0]]
    ratings: dict[str, dict[str, float]] = {"gas_source": {}, "gas_station": {}}
    made.source(net, high[0], 6.0, "G0")
    for _ in range(int(rng.integers(0, 5))):
        high += made.junctions(net, 1, 6.0, height=float(rng.uniform(0.0, 50.0)))
        made.pipe(net, high[int(rng.integers(0, len(high) - 1))], high[-1], *_size(rng))
    if len(high) > 2 and rng.random() < 0.5:
        made.pipe(net, high[0], high[-1], *_size(rng))
    if len(high) > 1 and rng.random() < 0.4:
        made.source(net, high[-1], float(rng.uniform(5.9, 6.0)), "G1")
        ratings["gas_source"]["gas/G1"] = float(rng.uniform(100.0, 5000.0))
    if rng.random() < 0.5:
        ratings["gas_source"]["gas/G0"] = float(rng.uniform(100.0, 5000.0))
    if rng.random() < 0.3:
        (lifted,) = made.junctions(net, 1, 7.0)
        pp.create_compressor(net, high[-1], lifted, 1.2, name="C0")
        high.append(lifted)
    low = made.junctions(net, 1, 3.0)
    for number in range(int(rng.integers(1, 4))):
        bar = float(rng.choice([3.0, 3.0, 2.9]))
        made.regulator(net, high[int(rng.integers(0, len(high)))], low[0], bar, f"R{number}")
        if rng.random() < 0.6:
            ratings["gas_station"][f"gas/R{number}"] = float(rng.uniform(50.0, 3000.0))
    for _ in range(int(rng.integers(1, 7))):
        low += made.junctions(net, 1, 3.0, height=float(rng.uniform(0.0, 50.0)))
        made.pipe(net, low[int(rng.integers(0, len(low) - 1))], low[-1], *_size(rng))
    if len(low) > 3 and rng.random() < 0.5:
        made.pipe(net, low[-1], low[1], *_size(rng), name="ring")
    for number, node in enumerate([*low, high[-1]]):
        made.sink(net, node, 0.0, f"D{number}")
    points = [f"gas/D{number}" for number in range(len(low) + 1)]
    inlet = {"gas/R0": float(rng.uniform(3.1, 5.5))} if rng.random() < 0.3 else {}
    settings = {"min_inlet_pressures_bar": inlet}
    network = made.opened(net, folder, settings, demand_points=points, ranks=RANKS, ratings=ratings)
    network.set_base(rng.uniform(0.0, 200.0, (len(points), len(RANKS))))
    return network


def _size(rng: np.random.Generator) -> tuple[float, float]:
    return float(rng.uniform(0.2, 5.0)), float(rng.choice([50.0, 100.0, 200.0, 300.0]))

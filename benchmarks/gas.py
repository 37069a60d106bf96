"""The gas network beside `pandapipes.pipeflow`: a grid of 10 x 10 junctions over 600 demands.

``python -m benchmarks.gas`` writes the lines that docs/gas.md shows.
"""

import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandapipes as pp

from benchmarks.cases import ROOT
from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings

PAGE = ROOT / "docs" / "gas.md"
BEGIN, END = "<!-- speed: begin -->\n", "<!-- speed: end -->\n"
SIDE, DEMANDS, BESIDE = 10, 600, 60
TOLERANCES = {"tol_p": 1e-9, "tol_m": 1e-9, "tol_res": 1e-7, "max_iter_hyd": 100}
"""As near as the twin comes: it ends where squared pressures move by less than 1e-9 of themselves."""


class Measured(NamedTuple):
    """Milliseconds of a solution, as far apart as pressures are, bar over bar."""

    twin_ms: float
    pipeflow_ms: float
    newton_ms: float
    difference: float


def grid(seed: int = 1) -> Any:
    """Return 10 x 10 junctions 500 m apart, fed at two corners, each with a sink."""
    rng = np.random.default_rng(seed)
    net = pp.create_empty_network(fluid="hgas")
    nodes = [pp.create_junction(net, 3.0, 283.15, name=f"J{i}") for i in range(SIDE**2)]
    for i in range(SIDE):
        for j in range(SIDE):
            here = i * SIDE + j
            for other in ([here + 1] if j + 1 < SIDE else []) + ([here + SIDE] if i + 1 < SIDE else []):
                mm = float(rng.choice([100.0, 150.0, 200.0]))
                pp.create_pipe_from_parameters(
                    net, nodes[here], nodes[other], 0.5, inner_diameter_mm=mm, k_mm=0.1
                )
    for corner in (0, SIDE**2 - 1):
        pp.create_ext_grid(net, nodes[corner], p_bar=3.0, t_k=283.15)
    for i, mdot in enumerate(rng.uniform(0.002, 0.02, SIDE**2)):
        pp.create_sink(net, nodes[i], float(mdot), name=f"S{i}")
    return net


def measure() -> Measured:
    """Solve 600 demands of 40 to 100 %, a part of them with `pipeflow` as well."""
    net, factors = grid(), np.random.default_rng(2).uniform(0.4, 1.0, DEMANDS)
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "gas.json"
        pp.to_json(net, str(path))
        network = GasNetwork(path, GasSettings())
        pressure = [i for i, s in enumerate(network.signals) if s.quantity == "pressure_bar"][: SIDE**2]
        network.set_demand(np.zeros(0), 1.0)
        network.solve()
        found = np.zeros((DEMANDS, SIDE**2))
        began = time.process_time()
        for row, factor in enumerate(factors):
            network.set_demand(np.zeros(0), float(factor))
            network.solve()
            found[row] = network.read()[pressure]
        twin = time.process_time() - began
        newton = min(_newton(network, factors) for _ in range(3))
        asked = net.sink.scaling.to_numpy(copy=True)
        pp.pipeflow(net, **TOLERANCES)
        spent, difference = 0.0, 0.0
        for row in range(0, DEMANDS, DEMANDS // BESIDE):
            net.sink["scaling"] = asked * factors[row]
            began = time.process_time()
            pp.pipeflow(net, **TOLERANCES)
            spent += time.process_time() - began
            own = net.res_junction.p_bar.to_numpy()
            difference = max(difference, float(np.abs(found[row] / own - 1.0).max()))
    return Measured(1e3 * twin / DEMANDS, 1e3 * spent / BESIDE, 1e3 * newton / DEMANDS, difference)


def _newton(network: GasNetwork, factors: Any) -> float:
    """Return the seconds that the compiled equations alone take."""
    own = network.grid
    wanted = network.asked.wanted(network.standing)
    began = time.process_time()
    for factor in factors:
        own.now.wanted[:] = wanted * (factor / factors[-1])
        own.attempt()
    return time.process_time() - began


def lines(measured: Measured) -> list[str]:
    """Return what is told."""
    ratio = measured.pipeflow_ms / measured.twin_ms
    return [
        f"- `pandapipes.pipeflow`: {measured.pipeflow_ms:.1f} ms a solution",
        f"- the twin: {measured.twin_ms:.2f} ms, {ratio:.0f} times as fast",
        f"- of these its equations alone, its floor: {measured.newton_ms:.2f} ms",
        f"- pressures differ by at most {measured.difference:.0e} of themselves",
    ]


def write() -> None:
    """Write the lines into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    told = "\n".join(lines(measure())) + "\n"
    PAGE.write_text(before + BEGIN + told + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    write()

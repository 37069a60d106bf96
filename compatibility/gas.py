"""Every gas network of pandapipes for a day beside `pandapipes.pipeflow`.

``python -m compatibility.gas`` writes the table in docs/gas.md.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil, log10
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandapipes as pp
import pandapipes.networks as nw

from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings

PAGE = Path(__file__).parents[1] / "docs" / "gas.md"
BEGIN, END = "<!-- examples: begin -->\n", "<!-- examples: end -->\n"
HOURS = 24
NO_FLOW_KG_PER_S = 1e-3
TIGHT = {"tol_p": 1e-9, "tol_m": 1e-9, "tol_res": 1e-7, "max_iter_hyd": 100}
_BOTH = (
    "gas_3parallel",
    "gas_meshed_square",
    "gas_meshed_two_valves",
    "gas_one_pipe1",
    "gas_one_pipe2",
    "gas_strand_2pipes",
    "gas_tcross1",
    "gas_tcross2",
    "gas_2eg_hnet",
)
_SINGLE = ("gas_versatility", "gas_meshed_delta", "gas_meshed_pumps", "gas_strand_pump")
_METHODS = ("nikuradse", "prandtl-colebrook")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pandapipes' remarks to its programmers off the terminal."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def examples() -> dict[str, Callable[[], Any]]:
    """Return what makes pandapipes' gas networks, by name."""
    made = {f"{name} ({of})": partial(getattr(nw, name), method=of) for name in _BOTH for of in _METHODS}
    return {
        **made,
        **{name: getattr(nw, name) for name in _SINGLE},
        "schutterwald_gas": nw.schutterwald_gas,
        "schutterwald_gas, no houses": partial(nw.schutterwald_gas, include_houses=False),
    }


def factor(hour: int) -> float:
    """Return what of the file's demand is asked for in an hour."""
    return 0.6 + 0.4 * float(np.sin(np.pi * hour / HOURS)) ** 2


def differences(net: Any, network: GasNetwork) -> tuple[float, float]:
    """Return how far pressures and flows are apart, over each pressure and the largest flow."""
    names = network.file.names
    places = {(s.asset, s.quantity): i for i, s in enumerate(network.signals)}
    bar = network.read()[[places[name, "pressure_bar"] for name in names["junction"]]]
    kg_per_s = network.read()[[places[name, "gas_m3_per_h"] for name in names["pipe"]]]
    kg_per_s = kg_per_s / 3600.0 / network.file.fluid.m3_per_kg
    theirs, flows = net.res_junction.p_bar.to_numpy(), net.res_pipe.mdot_from_kg_per_s.to_numpy()
    reached, live = np.isfinite(theirs), np.isfinite(flows)
    pressure = np.abs(bar - theirs)[reached] / np.abs(theirs[reached])
    most = max(float(np.abs(flows[live]).max()), NO_FLOW_KG_PER_S)
    return float(pressure.max()), float(np.abs(kg_per_s - flows)[live].max()) / most


def compared(name: str, folder: Path, hours: range) -> tuple[int, float, float]:
    """Return how many junctions an example has, and its largest differences over hours of varying demand."""
    with quiet():
        net = examples()[name]()
        path = folder / "gas.json"
        pp.to_json(net, str(path))
        network = GasNetwork(path, GasSettings(required_pressure_bar=1e-6))
        drawing = [table for table in ("sink", "source") if table in net]
        asked = {table: net[table].scaling.to_numpy(copy=True) for table in drawing}
        worst = np.zeros(2)
        for hour in hours:
            for table, own in asked.items():
                net[table]["scaling"] = own * factor(hour)
            pp.pipeflow(net, **TIGHT)
            network.set_demand(np.zeros(0), factor(hour))
            network.solve()
            network.advance(3600)
            worst = np.maximum(worst, differences(net, network))
    return len(net.junction), float(worst[0]), float(worst[1])


def table() -> str:
    """Return the table of all examples, differences as the next power of ten above them."""
    lines = [
        "| example | junctions | pressures differ by less than | flows by less than |",
        "|---|---:|---:|---:|",
    ]
    for name in examples():
        with TemporaryDirectory() as folder:
            count, pressure, flow = compared(name, Path(folder), range(HOURS))
        lines.append(f"| {name} | {count:,} | {_above(pressure)} | {_above(flow)} |")
    return "\n".join(lines) + "\n"


def _above(value: float) -> str:
    return f"1e{max(ceil(log10(max(value, 1e-300))), -12)}"


def write() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    write()

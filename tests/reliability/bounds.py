"""Every compiled kernel on networks of all kinds, for a process that checks bounds: run with `folder`."""

import sys
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
from numba import njit

from reliability.bases import write_base
from twin.scenario import load_scenario
from twin.simulation.clock import run
from twin.utilities.base import Change
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings


@njit
def _beyond(values: np.ndarray, at: int) -> float:
    return float(values[at])


def main(folder: Path) -> None:
    """Solve grids of other kinds, and run a town that has everything for some days."""
    try:
        _beyond(np.zeros(3), 3)
    except IndexError:
        pass
    else:
        raise SystemExit("bounds are not checked")
    for name, make in (
        ("mv", pn.create_cigre_network_mv),
        ("three", pn.example_multivoltage),
        ("four", pn.case4gs),
    ):
        path = folder / f"{name}.json"
        pp.to_json(make(), str(path))
        network = PowerNetwork(path, PowerSettings())
        network.set_demand(np.zeros(0))
        for address in [signal.asset for signal in network.signals if signal.quantity == "power_mw"][:3]:
            network.apply([Change(address, "held", True)])
            network.solve()
            network.advance(3600)
    for kind, days in (
        ("whole", "end=2026-05-02"),
        ("water", "end=2026-05-05"),
        ("wastewater", "end=2026-05-05"),
    ):
        scenario = load_scenario(write_base(kind, folder / kind), [days, "days=every"])
        print(kind, run(scenario).status)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

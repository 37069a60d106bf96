"""A year of a SimBench grid by its own quarters: ``python -m benchmarks.series [GRID] [DAYS]``.

The twin's load flows and pandapower's `run_timeseries` solve the same steps; both times, and by how much
voltages and loadings differ, are printed. SimBench's data are under ODbL and come with the package.
"""

import sys
import warnings
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from types import SimpleNamespace
from typing import Any

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings
from twin.utilities.registry import utilities

QUARTERS = 96
READ = (("bus", "vm_pu", "voltage_pu"), ("line", "loading_percent", "loading_percent"),
        ("trafo", "loading_percent", "loading_percent"))  # fmt: skip


def by_twin(net: Any, days: int) -> tuple[float, float, dict[str, Vector]]:
    """Return seconds to open the grid and to solve the days, and what was read, shape (steps, elements)."""
    import pandapower as pp

    with TemporaryDirectory() as folder:
        pp.to_json(net, str(Path(folder) / "power.json"))
        scenario = SimpleNamespace(folder=Path(folder), simulated={"power": PowerSettings()})
        begin = process_time()
        wanted = utilities()["power"].wants(scenario)
        given = [own.given for own in wanted]
        network = PowerNetwork(Path(folder) / "power.json", PowerSettings(), given=given)
        opened = process_time()
        readings = []
        for number in range(days):
            day = date(2016, 1, 1) + timedelta(days=number)
            for values in np.column_stack([own.source(day, QUARTERS) for own in wanted]):  # type: ignore[operator]
                network.set_demand(np.zeros(0), 1.0, values)
                network.solve()
                readings.append(network.read().copy())
        solved = process_time()
    column = {(s.asset, s.quantity): i for i, s in enumerate(network.signals)}
    every = np.array(readings)
    found = {
        table: every[:, [column[f"power/{name}", own] for name in network.names[table]]]
        for table, _, own in READ
    }
    return opened - begin, solved - opened, found


def by_pandapower(net: Any, days: int) -> tuple[float, dict[str, Vector]]:
    """Return the seconds of pandapower's own loop over the same steps, and what it read."""
    import simbench  # type: ignore[import-untyped]
    from pandapower.timeseries import OutputWriter, run_timeseries

    steps = range(days * QUARTERS)
    simbench.apply_const_controllers(
        net, simbench.get_absolute_values(net, profiles_instead_of_study_cases=True)
    )
    writer = OutputWriter(net, steps, output_path=None)
    writer.remove_log_variable("res_bus", "vm_pu")
    writer.remove_log_variable("res_line", "loading_percent")
    for table, name, _ in READ:
        writer.log_variable(f"res_{table}", name)
    begin = process_time()
    run_timeseries(net, steps, verbose=False, tolerance_mva=1e-9)
    took = process_time() - begin
    return took, {table: writer.output[f"res_{table}.{name}"].to_numpy() for table, name, _ in READ}


def measure(grid: str = "1-LV-rural1--0-sw", days: int = 366) -> dict[str, Any]:
    """Return both times, and the largest differences by quantity."""
    import simbench

    warnings.simplefilter("ignore")
    net = simbench.get_simbench_net(grid)
    for name in [name for name in net.load if name.startswith("const_")]:
        net.load[name] = 0.0
    opening, solving, own = by_twin(deepcopy(net), days)
    theirs, other = by_pandapower(net, days)
    apart = {
        f"{table}.{name}": float(np.abs(np.nan_to_num(other[table]) - own[table]).max())
        for table, name, _ in READ
    }
    times = {"open_s": opening, "twin_s": solving, "pandapower_s": theirs}
    return {"grid": grid, "steps": days * QUARTERS, **times, "apart": apart}


def main(grid: str = "1-LV-rural1--0-sw", days: str = "366") -> None:
    """Print both times and the largest differences."""
    for name, value in measure(grid, int(days)).items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main(*sys.argv[1:])

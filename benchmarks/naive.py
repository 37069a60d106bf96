"""The loop that one would write first: `pandapower.runpp` and `WNTRSimulator`, hour by hour."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import wntr

from benchmarks.cases import Case


def naive(case: Case, hours: int) -> float:
    """Couple the case's own files for some hours; return seconds per coupled hour.

    Pump power goes by hand onto the load that feeds the pump. Sewers are left out, in favour of the naive
    loop: `WNTRSimulator` knows no Chezy-Manning.
    """
    folder, settings = case.scenario.folder, case.scenario.networks
    assert settings.power is not None
    net = pp.from_json(str(folder / settings.power.file))
    assert settings.water is not None
    model = _model(folder / settings.water.file)
    row = {str(name): index for index, name in zip(net.load.index, net.load.name, strict=True)}
    feeds = [
        (link.asset.split("/", 1)[1], row[link.to.split("/", 1)[1]])
        for link in case.scenario.links
        if link.kind == "pump" and link.asset.startswith("water/")
    ]
    began = time.process_time()
    for _ in range(hours):
        model.reset_initial_values()
        result = wntr.sim.WNTRSimulator(model).run_sim()
        drawn: dict[int, float] = {}
        for pump, load in feeds:
            drawn[load] = drawn.get(load, 0.0) + _pump_mw(model, result, pump)
        for load, mw in drawn.items():
            net.load.at[load, "p_mw"] = mw
        pp.runpp(net)
    return (time.process_time() - began) / hours


def time_series(case: Case, hours: int) -> float:
    """Run pandapower's own time series over some hours; return seconds per hour."""
    import pandas as pd
    from pandapower.control import ConstControl
    from pandapower.timeseries import DFData, OutputWriter, run_timeseries

    settings = case.scenario.networks.power
    assert settings is not None
    net = pp.from_json(str(case.scenario.folder / settings.file))
    base = net.load.p_mw.to_numpy()
    frame = pd.DataFrame({i: base[k] * np.linspace(0.9, 1.0, hours) for k, i in enumerate(net.load.index)})
    ConstControl(net, "load", "p_mw", net.load.index, profile_name=net.load.index, data_source=DFData(frame))
    OutputWriter(net, range(hours), log_variables=[("res_line", "loading_percent"), ("res_bus", "vm_pu")])
    began = time.process_time()
    run_timeseries(net, range(hours), verbose=False, continue_on_divergence=True)
    return (time.process_time() - began) / hours


def _model(path: Path) -> Any:
    model = wntr.network.WaterNetworkModel(str(path))
    model.options.time.duration = 0
    model.options.hydraulic.demand_model = "PDD"
    model.options.hydraulic.required_pressure = 20.0
    return model


def _pump_mw(model: Any, result: Any, pump: str) -> float:
    link = model.get_link(pump)
    flow = float(result.link["flowrate"][pump].iloc[-1])
    head = result.node["head"].iloc[-1]
    lift = float(head[link.end_node_name] - head[link.start_node_name])
    return 9.81 * max(flow, 0.0) * max(lift, 0.0) / 0.75 / 1000.0

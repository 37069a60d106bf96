"""A small grid with everything that draws or feeds in, and what pandapower says of it."""

from pathlib import Path

import numpy as np
import pandapower as pp

from twin.networks.power import PowerNetwork
from twin.scenario.schema import PowerSettings

KINDS = (
    *("load", "negative_load", "sgen", "negative_sgen", "gen", "slack_gen", "storage", "discharging"),
    *("motor", "asymmetric_load", "asymmetric_sgen", "ward", "feeding_ward", "xward", "shunt"),
    *("impedance", "dcline", "ext_grid", "line_without_load"),
)


def backbone(buses: int = 6) -> pp.pandapowerNet:
    """Make a ring of buses, fed at the first."""
    net = pp.create_empty_network()
    for number in range(buses):
        pp.create_bus(net, 20.0, name=f"B{number}")
    pp.create_ext_grid(net, 0, vm_pu=1.01, name="GRID")
    for number in range(buses):
        _line(net, number, (number + 1) % buses, 2.0)
    return net


def _line(net: pp.pandapowerNet, a: int, b: int, km: float) -> None:
    pp.create_line_from_parameters(net, a, b, km, 0.12, 0.3, 10.0, 0.4)


def add(net: pp.pandapowerNet, kind: str, bus: int, mw: float) -> None:
    """Add an element of a kind at a bus; of so many MW."""
    other, taken = (bus + 2) % len(net.bus), set(net.ext_grid.bus) | set(net.gen.bus) | set(net.dcline.to_bus)
    match kind:
        case "load" | "negative_load":
            pp.create_load(net, bus, mw if kind == "load" else -mw, 0.3 * mw, scaling=0.9)
        case "sgen" | "negative_sgen":
            pp.create_sgen(net, bus, mw if kind == "sgen" else -mw, 0.1 * mw)
        case "gen":
            pp.create_gen(net, bus, mw, vm_pu=1.01)
        case "slack_gen":
            pp.create_gen(net, bus, mw, vm_pu=1.01, slack=True, slack_weight=1.0)
        case "storage" | "discharging":
            pp.create_storage(net, bus, mw if kind == "storage" else -mw, 10.0, q_mvar=0.1)
        case "motor":
            pp.create_motor(net, bus, mw, 0.9, efficiency_percent=95.0, loading_percent=80.0)
        case "asymmetric_load":
            pp.create_asymmetric_load(net, bus, p_a_mw=mw, p_b_mw=0.5 * mw, q_c_mvar=0.2 * mw)
        case "asymmetric_sgen":
            pp.create_asymmetric_sgen(net, bus, p_a_mw=mw, p_b_mw=0.5 * mw, q_c_mvar=0.2 * mw)
        case "ward" | "feeding_ward":
            pp.create_ward(net, bus, mw if kind == "ward" else -mw, 0.1, 0.2 * mw, 0.1)
        case "xward":
            pp.create_xward(net, bus, mw, 0.1, 0.2 * mw, 0.1, 0.5, 2.0, 1.0)
        case "shunt":
            pp.create_shunt(net, bus, q_mvar=-0.5 * mw, p_mw=0.1 * mw)
        case "impedance":
            pp.create_impedance(net, bus, other, 0.02, 0.05, 10.0, rtf_pu=0.03, xtf_pu=0.06)
        case "dcline":
            if bus not in taken and other not in taken:
                pp.create_dcline(net, bus, other, mw, 2.0, 0.01, vm_from_pu=1.01, vm_to_pu=1.01)
        case "ext_grid":
            pp.create_ext_grid(net, bus, vm_pu=1.01)
        case _:
            _line(net, bus, pp.create_bus(net, 20.0), 1.0)


def opened(net: pp.pandapowerNet, folder: Path, shedding: bool = False) -> PowerNetwork:
    """Open a net through a file and solve it once."""
    path = folder / "power.json"
    pp.to_json(net, str(path))
    network = PowerNetwork(path, PowerSettings(shedding=shedding))
    network.set_demand(np.zeros(0))
    network.solve()
    return network


def apart(network: PowerNetwork, net: pp.pandapowerNet) -> float:
    """Return the largest difference from pandapower's solution, relative or per unit."""
    read = {(s.asset, s.quantity): v for s, v in zip(network.signals, network.read(), strict=True)}
    whole_mw = max(1e-3, float(net.res_ext_grid.p_mw.abs().sum()))
    worst = 0.0
    for table, quantity, column, scale in (
        ("bus", "voltage_pu", "vm_pu", 1.0),
        ("line", "loading_percent", "loading_percent", 100.0),
        ("trafo", "loading_percent", "loading_percent", 100.0),
        ("trafo3w", "loading_percent", "loading_percent", 100.0),
        ("ext_grid", "power_mw", "p_mw", whole_mw),
    ):
        theirs = net[f"res_{table}"][column].to_numpy(dtype=float)
        ours = np.array([read[f"power/{name}", quantity] for name in network.names[table]])
        known = np.isfinite(theirs)
        if known.any():
            gaps = np.abs(ours - theirs)[known] / np.maximum(np.abs(theirs[known]), scale)
            worst = max(worst, float(gaps.max()))
    return worst


def open_balance(network: PowerNetwork) -> float:
    """Return what is supplied and fed in beyond what is served and lost, MW."""
    fed_in, supplied, served, losses, _ = network.read()[-5:]
    return float(fed_in + supplied - served - losses)

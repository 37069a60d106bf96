"""How each kind of case is computed by the twin; every function returns values by name."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import wntr

from twin.scenario.schema import Link
from twin.utilities.base import Network
from twin.utilities.coupling import Opened, Port
from twin.utilities.power.capacities import firm_substation_mw
from twin.utilities.power.feeds import DRAWN, Feeds
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.wastewater.reaches import full_pipe_m3_per_s
from twin.utilities.wastewater.settings import LiftStation, Treatment, WastewaterSettings
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings
from twin.works.finance import repayment
from validation import gas
from validation.roads import equilibrium, gravity

Values = dict[str, float]
LIBRARY = Path(wntr.__file__).parent / "library" / "networks"
M3_PER_MGAL = 3785.411784
M_PER_PSI = 0.3048 / 0.4333
M3_PER_S_PER_GPM = 3.785411784e-3 / 60


def readings(network: Network) -> dict[tuple[str, str], float]:
    """Return the last reading by asset and quantity."""
    values = map(float, network.read())
    return {(s.asset, s.quantity): v for s, v in zip(network.signals, values, strict=True)}


def grid(folder: Path, options: dict[str, Any]) -> Values:
    """Solve a grid's load flow."""
    with TemporaryDirectory() as temporary:
        file = folder / options["file"] if "file" in options else Path(temporary) / "grid.json"
        if "builtin" in options:
            pp.to_json(getattr(pn, options["builtin"])(), str(file))
        network = PowerNetwork(file, PowerSettings(shedding=False))
    network.set_demand(np.zeros(0))
    network.solve()
    read = readings(network)
    transformers = [v for (a, q), v in read.items() if q == "loading_percent" and a in network.ratings]
    values = {
        "losses": read["power/network", "losses_mw"],
        "lowest_voltage": min(v for (_, q), v in read.items() if q == "voltage_pu" and v > 0.0),
        "highest_transformer_loading": max(transformers, default=0.0),
    }
    return values | {name: read[tuple(place)] for name, place in options.get("read", {}).items()}


def pump_energy(folder: Path, options: dict[str, Any]) -> Values:
    """Run a water network and report pumps as EPANET's energy report does."""
    network = WaterNetwork(LIBRARY / f"{options['network']}.inp", WaterSettings(required_pressure_m=1.0))
    names = options["pumps"]
    on, energy, volume, peak = (dict.fromkeys(names, 0.0) for _ in range(4))
    for seconds in steps(network, options["hours"], options["step_s"]):
        read = readings(network)
        for name in names:
            power, flow = read[f"water/{name}", "power_kw"], read[f"water/{name}", "flow_m3_per_s"]
            on[name] += seconds * (flow > 1e-6)
            energy[name] += power * seconds / 3600.0
            volume[name] += flow * seconds
            peak[name] = max(peak[name], power)
        network.advance(seconds)
    days = options["hours"] / 24.0
    values = {}
    for name in names:
        values |= {
            f"{name} utilisation": 100.0 * on[name] / (3600.0 * options["hours"]),
            f"{name} specific energy": energy[name] / (volume[name] / M3_PER_MGAL),
            f"{name} mean power": energy[name] / (on[name] / 3600.0),
            f"{name} peak power": peak[name],
            f"{name} cost": energy[name] * options.get("price_usd_per_kwh", 0.0) / days,
        }
    return values


def steps(network: Network, hours: int, step_s: int) -> Any:
    """Solve step by step, hydraulic events included; yield each step's seconds after its solution."""
    for _ in range(hours * 3600 // step_s):
        left = step_s
        while left > 0:
            network.solve()
            seconds = min(left, network.next_change_s())
            yield seconds
            left -= seconds


def pressure_dependent(folder: Path, options: dict[str, Any]) -> Values:
    """Multiply a network's demand and see where pressure no longer delivers it."""
    low, high = options["min_psi"] * M_PER_PSI, options["required_psi"] * M_PER_PSI
    settings = WaterSettings(min_pressure_m=low, required_pressure_m=high)
    network = WaterNetwork(LIBRARY / f"{options['network']}.inp", settings)
    network.set_demand(np.zeros(0), options["factor"])
    network.solve()
    read = readings(network)
    required = {a: v for (a, q), v in read.items() if q == "required_m3_per_s" and a != "water/network"}
    missing = {a: v - read[a, "delivered_m3_per_s"] for a, v in required.items()}
    short = [a for a, v in missing.items() if v > 1e-5]
    lost = sum(missing[a] for a in short)
    return {
        "deficient nodes": len(short),
        "reduction": 100.0 * lost / sum(required[a] for a in short),
        "reduction of all demand": 100.0 * lost / sum(required.values()),
    } | {f"{j} deficit": missing[f"water/{j}"] / M3_PER_S_PER_GPM for j in options["junctions"]}


def drain(folder: Path, options: dict[str, Any]) -> Values:
    """Cut the pumps and let the tanks serve."""
    pumps = [f"water/{name}" for name in options["pumps"]]
    settings = WaterSettings(required_pressure_m=options["required_m"])
    network = WaterNetwork(LIBRARY / f"{options['network']}.inp", settings, inputs=pumps)
    network.set_input("running", np.zeros(len(pumps)))
    for seconds in steps(network, options["hours"], 3600):
        network.advance(seconds)
    totals = dict(zip(network.totals, map(float, network.read_totals()), strict=True))
    return {"served": totals["served_m3"], "required": totals["required_m3"]}


def process_energy(folder: Path, options: dict[str, Any]) -> Values:
    """Let a plant draw its specific energy through a process link."""
    specific = options["energy_kwh_per_day"] / options["flow_m3_per_day"]
    link = Link(kind="process", asset="wastewater/P", to="power/L", kwh_per_m3=specific)
    columns = {("wastewater/P", "treated_m3_per_s"): 0, ("power/L", "supply_pu"): 1}
    feeds = Feeds([link], Opened(columns, {("power", DRAWN): Port(("power/L",))}, {}, 0.0))
    feeds.draw(np.array([options["flow_m3_per_day"] / 86400.0, 1.0]))
    drawn = feeds.hand_over()
    return {"specific energy": specific, "mean power": 1000.0 * float(drawn[0][0])}


def closed_form_demand(folder: Path, options: dict[str, Any]) -> Values:
    """Deliver to one junction at a known pressure."""
    text = (
        f"[JUNCTIONS]\nJ 0 {options['demand_m3_per_h']}\n[RESERVOIRS]\nR {options['pressure_m']}\n"
        "[PIPES]\nP R J 1 2000 150 0 OPEN\n[OPTIONS]\nUNITS CMH\nHEADLOSS H-W\n[END]\n"
    )
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "one.inp"
        path.write_text(text, encoding="utf-8")
        network = WaterNetwork(path, WaterSettings(required_pressure_m=options["required_m"]))
        network.solve()
    return {"delivered": readings(network)["water/J", "delivered_m3_per_s"]}


def loan(folder: Path, options: dict[str, Any]) -> Values:
    """Repay a loan in both ways."""
    amount, rate, count = options["loan"], options["rate"], options["payments"]
    annuity = repayment(amount, rate, count, "annuity")
    free = repayment(amount, 0.0, count, "annuity")
    return {
        "balance after equal principal": repayment(amount, rate, count, "equal principal").balance[-1],
        "balance after annuity": annuity.balance[-1],
        "principal repaid by annuity": annuity.principal.sum(),
        "payments at zero interest": (free.principal + free.interest).sum(),
    }


def manning(folder: Path, options: dict[str, Any]) -> Values:
    """Return a gravity reach's full-pipe capacity."""
    one = [np.array([options[key]]) for key in ("diameter_m", "slope", "n")]
    return {"capacity": float(full_pipe_m3_per_s(*one)[0])}


def wet_well(folder: Path, options: dict[str, Any]) -> Values:
    """Cut the pumps of the town's lift station at half fill."""
    from tests.town import WASTEWATER

    pumps = ("PU-LIFT-1", "PU-LIFT-2")
    station = LiftStation(wet_well="WW-LIFT", pumps=pumps, main=("FM-LIFT",), discharge="D-LIFT")
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "wastewater.inp"
        path.write_text(WASTEWATER, encoding="utf-8")
        network = WastewaterNetwork(
            path,
            WastewaterSettings(),
            {"PLANT": Treatment(node="OUT-PLANT", capacity_m3_per_day=1e6)},
            {"LIFT": station},
            manholes=["wastewater/MH-LOW"],
            inputs=[f"wastewater/{p}" for p in pumps],
        )
        network.set_input("arriving", np.array([options["inflow_m3_per_s"]]))
        network.set_input("running", np.zeros(2))
        until = 0
        for seconds in steps(network, 1, 3600):
            if network.read()[-1] > 0.0:
                break
            network.advance(seconds)
            until += seconds
        network.reset()
        network.set_input("arriving", np.array([options["inflow_m3_per_s"]]))
        network.set_input("running", np.zeros(2))
        hours = [0.0]
        for _ in range(2):
            for seconds in steps(network, 1, 3600):
                network.advance(seconds)
            hours.append(float(network.read_totals()[network.totals.index("spilled_m3")]))
    return {"time to spill": until, "spilled in the second hour": hours[2] - hours[1]}


def substation(folder: Path, options: dict[str, Any]) -> Values:
    """Take one of a substation's transformers out."""
    net = pp.create_empty_network()
    high, low = pp.create_bus(net, 110.0), pp.create_bus(net, 10.0)
    pp.create_ext_grid(net, high)
    for number, mva in enumerate(options["ratings_mva"]):
        pp.create_transformer_from_parameters(
            net, high, low, mva, 115, 10.5, 0.53, 10.5, 0.0, 0.0, name=f"T{number}", in_service=number > 0
        )
    power = options["demand_mw"]
    pp.create_load(net, low, power, power * np.tan(np.arccos(options["power_factor"])))
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "substation.json"
        pp.to_json(net, str(path))
        network = PowerNetwork(path, PowerSettings(shedding=False))
    network.set_demand(np.zeros(0))
    network.solve()
    return {
        "firm capacity": firm_substation_mw(options["ratings_mva"], 1.4, 0.95),
        "loading with one out": readings(network)["power/T1", "loading_percent"],
    }


KINDS: dict[str, Callable[[Path, dict[str, Any]], Values]] = {
    "grid": grid,
    "pump_energy": pump_energy,
    "pressure_dependent": pressure_dependent,
    "drain": drain,
    "process_energy": process_energy,
    "closed_form_demand": closed_form_demand,
    "repayment": loan,
    "manning": manning,
    "wet_well": wet_well,
    "substation": substation,
    "gas_stanet": gas.stanet,
    "gas_ideal": gas.ideal,
    "gas_curtailed": gas.curtailed,
    "equilibrium": equilibrium,
    "gravity": gravity,
}

"""How cases of gas networks are computed by the twin."""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandapipes as pp
import pandapipes.networks as nw

from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings

Values = dict[str, float]
OUTER_BAR, NORMAL_K, GAS_CONSTANT, AIR_KG_PER_MOL = 1.01325, 273.15, 8.314, 0.02896


def opened(net: Any, **settings: Any) -> GasNetwork:
    """Return a pandapipes net as a solved network."""
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "gas.json"
        pp.to_json(net, str(path))
        network = GasNetwork(path, GasSettings(required_pressure_bar=1e-6, **settings))
    network.set_demand(np.zeros(0))
    network.solve()
    return network


def stanet(folder: Path, options: dict[str, Any]) -> Values:
    """Return how far a network is from what STANET computed, which stands in its own tables."""
    method = {"method": options["method"]} if "method" in options else {}
    net = getattr(nw, options["builtin"])(**method)
    network = opened(net, friction=options["friction"])
    grid, file = network.grid, network.file
    bar = np.sqrt(grid.now.square) - file.nodes.outer_bar
    published = net.junction.p_stanet.to_numpy()
    known = np.isfinite(published)
    pressure = np.abs(1.0 - bar[: len(published)] / published)[known].max()
    b = np.flatnonzero(file.branches.table == 0)
    first, last = np.sqrt(grid.now.square[grid.branch.start[b]]), np.sqrt(grid.now.square[grid.branch.end[b]])
    mean = 2.0 / 3.0 * (first**2 + first * last + last**2) / (first + last)
    area = np.pi * (file.branches.diameter[b] / 2.0) ** 2
    warm = (file.nodes.temperature_k[grid.branch.start[b]] + file.branches.outlet_k[b]) / 2.0 / NORMAL_K
    z = file.fluid.compressibility.at(mean)
    speed = grid.now.flow[b] / file.fluid.density / area * OUTER_BAR / mean * warm * z
    theirs = net.pipe.v_stanet.to_numpy()
    told = np.isfinite(theirs)
    apart = np.abs(speed - theirs)[told].max()
    return {
        "largest difference of pressures": float(pressure),
        "largest difference of velocities": float(apart),
    }


def ideal(folder: Path, options: dict[str, Any]) -> Values:
    """Solve a network of an ideal gas whose pipes have friction factors of their own."""
    kelvin = float(options["temperature_k"])
    density = OUTER_BAR * 1e5 * AIR_KG_PER_MOL * options["gravity"] / (GAS_CONSTANT * NORMAL_K)
    net = pp.create_empty_network()
    properties = {"density": density, "viscosity": 1e-5, "compressibility": 1.0, "der_compressibility": 0.0}
    net["fluid"] = pp.properties.fluids.create_constant_fluid("ideal", "gas", **properties)
    names = sorted(
        {n for kind in ("pipes", "lossless", "compressors") for row in options[kind] for n in row[1:3]}
    )
    at = {n: pp.create_junction(net, 40.0, kelvin, name=f"n{n}") for n in names}
    for name, start, end, diameter, length, factor in options["pipes"]:
        size = {"inner_diameter_mm": 1e3 * diameter, "k_mm": 0.1, "name": f"p{name}"}
        pp.create_pipe_from_parameters(net, at[start], at[end], length / 1e3, **size)
        net.pipe.loc[net.pipe.index[-1], "friction_factor"] = factor
    for name, start, end, ratio in options["compressors"]:
        pp.create_compressor(net, at[start], at[end], ratio, name=f"c{name}")
    for name, start, end in options["lossless"]:
        pp.create_valve(net, at[start], at[end], et="ju", inner_diameter_mm=1e3, name=f"v{name}")
    for node, pascal in options["slack"].items():
        pp.create_ext_grid(net, at[node], p_bar=pascal / 1e5 - OUTER_BAR, t_k=kelvin, name="slack")
    for node, kg_per_s in options["withdrawn"].items():
        pp.create_sink(net, at[node], kg_per_s, name=f"s{node}")
    network = opened(net)
    per_kg = 3600.0 * network.file.fluid.m3_per_kg
    values: Values = {}
    for signal, value in zip(network.signals, network.read().tolist(), strict=True):
        name = signal.asset.removeprefix("gas/")
        if signal.quantity == "pressure_bar" and name[0] == "n" and name != "network":
            values[f"pressure {name}"] = (value + OUTER_BAR) / 10.0
        if signal.quantity == "gas_m3_per_h" and name[0] in "pc":
            values[f"flow {name}"] = value / per_kg
    return values


def curtailed(folder: Path, options: dict[str, Any]) -> Values:
    """Ask for more than a station passes: interruptible demand is cut first, homes last."""
    net = pp.create_empty_network(fluid="hgas")
    a, b = (pp.create_junction(net, 3.0, 293.15, name=name) for name in ("before", "behind"))
    pp.create_ext_grid(net, a, p_bar=6.0, t_k=293.15, name="source")
    pp.create_pressure_control(net, a, b, b, 3.0, name="station")
    pp.create_sink(net, b, 0.0, name="town")
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "gas.json"
        pp.to_json(net, str(path))
        ratings = {"gas_station": {"gas/station": float(options["station_m3_per_h"])}}
        network = GasNetwork(path, GasSettings(), ["gas/town"], (2, 1, 0), ratings=ratings)
    network.set_base(
        np.array([[options[name] for name in ("homes", "commercial", "interruptible")]], dtype=float)
    )
    network.set_demand(np.ones(3))
    network.solve()
    served = (network.grid.now.wanted * network.grid.now.part)[0] * 3600.0 * network.file.fluid.m3_per_kg
    return dict(zip(("interruptible", "commercial", "homes"), map(float, served), strict=True))

"""Small valid networks from a seed: radial and meshed grids, pipe networks with tanks, pumps and outages."""

from pathlib import Path

import numpy as np
import pandapower as pp

from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

POWER_CLASSES = (0.95, 0.95, 0.92)


def random_grid(seed: int, folder: Path) -> PowerNetwork:
    """Make a supply or two, two voltage levels, a tree of lines and rings; loads are demand points."""
    rng = np.random.default_rng(seed)
    net = pp.create_empty_network()
    high = [pp.create_bus(net, 110.0, name="H0")]
    lines = 0
    for number in range(int(rng.integers(0, 3))):
        high.append(pp.create_bus(net, 110.0, name=f"H{number + 1}"))
        _line(net, rng, high[int(rng.integers(0, len(high) - 1))], high[-1], lines, 0.3, 0.6)
        lines += 1
    ratings = {"power/EG0": float(rng.uniform(30.0, 200.0))}
    pp.create_ext_grid(net, high[0], name="EG0")
    if len(high) > 1 and rng.random() < 0.4:
        pp.create_ext_grid(net, high[-1], name="EG1")
        ratings["power/EG1"] = float(rng.uniform(30.0, 200.0))
    low = [pp.create_bus(net, 10.0, name="L0")]
    for number in range(int(rng.integers(1, 3))):
        pp.create_transformer_from_parameters(
            net,
            high[int(rng.integers(0, len(high)))],
            low[0],
            float(rng.choice([16.0, 25.0, 40.0])),
            110.0,
            10.5,
            0.4,
            10.5,
            20.0,
            0.1,
            name=f"T{number}",
        )
    for number in range(int(rng.integers(1, 7))):
        low.append(pp.create_bus(net, 10.0, name=f"L{number + 1}"))
        _line(net, rng, low[int(rng.integers(0, len(low) - 1))], low[-1], lines, 0.2, 0.6)
        lines += 1
    if len(low) > 3 and rng.random() < 0.5:
        _line(net, rng, low[-1], low[int(rng.integers(0, len(low) - 2))], lines, 0.2, 0.6)
    for number, bus in enumerate(low):
        pp.create_load(net, bus, 0.0, name=f"D{number}")
    pp.to_json(net, str(folder / "power.json"))
    points = [f"power/D{number}" for number in range(len(low))]
    network = PowerNetwork(folder / "power.json", PowerSettings(), points, POWER_CLASSES, [], ratings)
    network.set_base(rng.uniform(0.05, 1.5, (len(low), 3)))
    return network


def _line(
    net: pp.pandapowerNet,
    rng: np.random.Generator,
    a: int,
    b: int,
    number: int,
    low_ka: float,
    high_ka: float,
) -> None:
    pp.create_line_from_parameters(
        net,
        a,
        b,
        float(rng.uniform(0.3, 6.0)),
        r_ohm_per_km=0.15,
        x_ohm_per_km=0.35,
        c_nf_per_km=10.0,
        max_i_ka=float(rng.uniform(low_ka, high_ka)),
        name=f"LINE{number}",
    )


def random_water(seed: int, folder: Path, plain: bool = False) -> WaterNetwork:
    """Make a reservoir, a pump or an intake valve, pipes with loops and tanks; `plain`: pipes only."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 12))
    ground = rng.uniform(0.0, 20.0, count)
    junctions = [f"J{i} {ground[i]:.2f} {rng.uniform(0.0, 60.0):.2f}" for i in range(count)]
    pipes = [_pipe(rng, f"P{i}", f"J{int(rng.integers(0, i))}", f"J{i}") for i in range(1, count)]
    for extra in range(int(rng.integers(0, 3))):
        a, b = sorted(rng.integers(0, count, 2).tolist())
        if a != b:
            pipes.append(_pipe(rng, f"Q{extra}", f"J{a}", f"J{b}"))
    head, tanks, controls, pumps, valves = float(rng.uniform(25.0, 60.0)), [], [], [], []
    way = "pipe" if plain else str(rng.choice(["pipe", "pump", "valve"]))
    if way == "pump":
        head = float(rng.uniform(0.0, 10.0))
        pumps.append("PU R J0 HEAD C")
    elif way == "valve":
        junctions.append("JV 0 0")
        pipes.append(_pipe(rng, "P0", "R", "JV"))
        valves.append(f"V JV J0 300 FCV {rng.uniform(20.0, 400.0):.1f} 0")
    else:
        pipes.append(_pipe(rng, "P0", "R", "J0"))
    for number in range(0 if plain else int(rng.integers(0, 3))):
        at, top = int(rng.integers(0, count)), float(rng.uniform(2.0, 6.0))
        level = float(rng.uniform(0.0, top))
        tanks.append(
            f"T{number} {rng.uniform(20.0, 45.0):.2f} {level:.2f} 0 {top:.2f} {rng.uniform(3.0, 20.0):.2f} 0"
        )
        pipes.append(_pipe(rng, f"PT{number}", f"J{at}", f"T{number}"))
        if pumps and number == 0 and rng.random() < 0.7:
            controls += [f"LINK PU OPEN IF NODE T0 BELOW {0.3 * top:.2f}"]
            controls += [f"LINK PU CLOSED IF NODE T0 ABOVE {0.9 * top:.2f}"]
    sections = {
        "JUNCTIONS": junctions,
        "RESERVOIRS": [f"R {head:.2f}"],
        "TANKS": tanks,
        "PIPES": pipes,
        "PUMPS": pumps,
        "VALVES": valves,
        "CURVES": [f"C {rng.uniform(60.0, 300.0):.1f} {rng.uniform(30.0, 60.0):.1f}"] if pumps else [],
        "CONTROLS": controls,
        "OPTIONS": ["UNITS CMH", "HEADLOSS H-W"],
        "TIMES": ["HYDRAULIC TIMESTEP 1:00"],
        "END": [],
    }
    text = "\n".join(f"[{name}]\n" + "\n".join(rows) for name, rows in sections.items())
    (folder / "water.inp").write_text(text + "\n", encoding="utf-8")
    return WaterNetwork(folder / "water.inp", WaterSettings(), inputs=["water/PU"] if pumps else [])


def _pipe(rng: np.random.Generator, name: str, a: str, b: str) -> str:
    diameter = int(rng.choice([100, 150, 200, 300]))
    return f"{name} {a} {b} {rng.uniform(50.0, 2000.0):.1f} {diameter} 120 0 OPEN"

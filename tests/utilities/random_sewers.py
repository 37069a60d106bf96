"""Small sewers from a seed: odd wells, stations that are missing, unbuilt or unsteered, leaks, outfalls."""

from pathlib import Path

import numpy as np

from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.wastewater.settings import LiftStation, Treatment, WastewaterSettings


def volume_curve(rng: np.random.Generator, name: str, height: float) -> list[str]:
    """Return the lines of a curve that rises in odd steps, beyond the tank's limits at both ends."""
    inner = np.sort(rng.uniform(0.0, height, int(rng.integers(0, 6)))).round(3)
    levels = np.unique(np.concatenate([[0.0], inner, [height + float(rng.integers(0, 2))]]))
    steps = 10.0 ** rng.uniform(-1.0, 2.3, len(levels))
    return [f"{name} {level} {volume:.3f}" for level, volume in zip(levels, np.cumsum(steps), strict=True)]


def random_sewer(seed: int, folder: Path) -> WastewaterNetwork:
    """Make a trunk to an outfall and up to three wells, each with its manhole, station and main."""
    rng = np.random.default_rng(seed)
    junctions, pipes, valves = ["TRUNK 60 0"], ["P-OUT TRUNK OUT 400 800 0.013 0 OPEN"], []
    tanks, pumps, curves, emitters = [], [], ["C 120 30"], []
    table, flags, manholes = dict[str, LiftStation](), list[str](), ["wastewater/TRUNK"]
    reservoirs, plants = ["OUT 55"], {"OUT": 3000.0}
    if rng.random() < 0.3:
        reservoirs.append("RIVER 55")
        pipes.append("P-RIVER TRUNK RIVER 900 500 0.013 0 OPEN")
    for i in range(int(rng.integers(1, 4))):
        height, shape = round(float(rng.uniform(1.0, 4.0)), 3), "*"
        if rng.random() < 0.6:
            shape = f"V{i}"
            curves += volume_curve(rng, shape, height)
        over = str(rng.choice(["YES", "YES", "NO"]))
        level = rng.uniform(0.0, height)
        tanks.append(f"W{i} 50 {level:.3f} 0 {height} {rng.uniform(2, 12):.2f} 0 {shape} {over}")
        junctions += [f"M{i} 56 0", f"J{i} 50 0", f"D{i} 63 0"]
        built = "OPEN" if rng.random() < 0.8 else "CLOSED"
        pipes += [
            f"P{i} M{i} W{i} 40 600 0.013 0 {built}",
            f"F{i} J{i} D{i} {rng.uniform(300, 3000):.0f} 350 0.012 0 {built}",
        ]
        if built == "CLOSED":
            pipes.append(f"X{i} M{i} TRUNK 400 600 0.013 0 OPEN")
        pumps.append(f"PU{i} W{i} J{i} HEAD C")
        valves.append(f"S{i} D{i} TRUNK 350 PSV 0 0")
        if rng.random() < 0.3:
            emitters.append(f"M{i} {rng.uniform(0.01, 2.0):.3f}")
        if rng.random() < 0.7:
            table[f"L{i}"] = LiftStation(
                wet_well=f"W{i}", pumps=(f"PU{i}",), main=(f"F{i}",), discharge=f"D{i}"
            )
        flags.append(f"wastewater/PU{i}")
        manholes.append(f"wastewater/M{i}")
    sections = {
        "JUNCTIONS": junctions,
        "RESERVOIRS": reservoirs,
        "TANKS": tanks,
        "PIPES": pipes,
        "PUMPS": pumps,
        "VALVES": valves,
        "CURVES": curves,
        "EMITTERS": emitters,
        "OPTIONS": ["UNITS CMH", "HEADLOSS C-M", "ACCURACY 0.000001", "TRIALS 200"],
        "TIMES": ["HYDRAULIC TIMESTEP 1:00"],
        "END": [],
    }
    text = "\n".join(f"[{name}]\n" + "\n".join(rows) for name, rows in sections.items())
    (folder / "wastewater.inp").write_text(text + "\n", encoding="utf-8")
    treatment = {
        f"PLANT-{node}": Treatment(node=node, capacity_m3_per_day=rate, equalisation_m3=50.0)
        for node, rate in plants.items()
        if rng.random() < 0.8
    }
    return WastewaterNetwork(
        folder / "wastewater.inp", WastewaterSettings(), treatment, table, manholes, flags
    )

"""Nothing is made or lost by full and empty tanks, odd volume curves, missing stations, leaks, rounding."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.town import WASTEWATER
from tests.utilities.random_sewers import random_sewer, volume_curve
from twin.errors import InvalidInput, Unsolved
from twin.utilities.base import Change
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.wastewater.settings import Treatment, WastewaterSettings
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

seeds = st.integers(0, 2**32 - 1)
MANY = settings(max_examples=8, deadline=None, derandomize=True)
CLOSED = 1e-6

WATER = """
[JUNCTIONS]
J 0 60
K 0 40
[RESERVOIRS]
R 42
[TANKS]
T 30 {level} {low} {high} 10 0 V {over}
[PIPES]
A R J 400 200 120 0 OPEN
B J K 300 200 120 0 OPEN
C K T 100 200 120 0 OPEN
[CURVES]
{curve}
[EMITTERS]
{leak}
[OPTIONS]
UNITS CMH
HEADLOSS H-W
ACCURACY 0.000001
[TIMES]
HYDRAULIC TIMESTEP 1:00
[END]
"""


def water(folder: Path, curve: list[str], high: float, **other: object) -> WaterNetwork:
    words = {"level": high / 2, "low": 0, "high": high, "over": "NO", "leak": ""} | other
    path = folder / "water.inp"
    path.write_text(WATER.format(curve="\n".join(curve), **words), encoding="utf-8")
    return WaterNetwork(path, WaterSettings())


def hour(network: WaterNetwork | WastewaterNetwork) -> None:
    """Let an hour pass as a run does."""
    left = 3600
    while left > 0:
        try:
            network.solve()
            step = min(left, network.next_change_s())
        except Unsolved:
            step = left
        network.advance(step)
        left -= step


def totals(network: WaterNetwork | WastewaterNetwork) -> dict[str, float]:
    return dict(zip(network.totals, map(float, network.read_totals()), strict=True))


def open_sewage(network: WastewaterNetwork) -> float:
    sums = totals(network)
    return sums["inflow_m3"] - sums["treated_m3"] - sums["spilled_m3"] - sums["stored_m3"]


def open_water(network: WaterNetwork) -> float:
    sums = totals(network)
    return sums["supplied_m3"] - sums["served_m3"] - sums["leaked_m3"] - sums["stored_m3"]


def run_sewer(network: WastewaterNetwork, rng: np.random.Generator, hours: int) -> None:
    """Run nights without sewage, floods, and pumps without power, out of service and back."""
    inflows, powered = len(network._manholes), len(network._input_pumps)
    for number in range(hours):
        if number in (6, 12):
            network.apply([Change("wastewater/PU0", "open", number == 12)])
        rate = float(rng.choice([0.0, 1e-4, 0.01, 0.05]))
        running = np.ones(powered) if number % 8 < 5 else rng.integers(0, 2, powered).astype(float)
        network.set_input("arriving", rate * rng.uniform(0.0, 1.0, inflows))
        network.set_input("running", running)
        hour(network)


def check_sewer(seed: int) -> None:
    with TemporaryDirectory() as folder:
        network = random_sewer(seed, Path(folder))
        run_sewer(network, np.random.default_rng(seed), 9)
        sums = totals(network)
        assert sums["inflow_m3"] > 0.0
        assert abs(open_sewage(network)) <= CLOSED * sums["inflow_m3"]
        causes = sum(a for c, a in network.read_causes().items() if c.quantity == "spilled_m3")
        assert causes == pytest.approx(sums["spilled_m3"], rel=1e-6, abs=1e-2)


@given(seeds)
@settings(MANY, max_examples=4)
def test_random_sewers_balance_whatever_is_missing_unpowered_or_leaking(seed: int) -> None:
    check_sewer(seed)


@given(seeds)
@MANY
def test_a_tank_with_an_odd_volume_curve_balances(seed: int) -> None:
    rng = np.random.default_rng(seed)
    high, over = float(rng.uniform(1.0, 6.0)), str(rng.choice(["YES", "NO"]))
    leak = f"K {rng.uniform(0.1, 5.0):.3f}" if rng.random() < 0.5 else ""
    with TemporaryDirectory() as folder:
        network = water(Path(folder), volume_curve(rng, "V", high), high, over=over, leak=leak)
        for _ in range(24):
            network.set_demand(np.zeros(0), float(rng.choice([0.0, 0.1, 1.0, 3.5])))
            hour(network)
        assert abs(open_water(network)) <= CLOSED * totals(network)["required_m3"]


@pytest.mark.parametrize(
    ("curve", "between"),
    [
        (["V 0 0", "V 2 60", "V 4 60", "V 6 400"], "levels 2 and 4"),
        (["V 0 50", "V 2 50", "V 6 160"], "levels 0 and 2"),
        (["V 0 0", "V 2 60", "V 6 60"], "levels 2 and 6"),
        (["V 0 0", "V 2 100", "V 4 60", "V 6 400"], "levels 2 and 4"),
    ],
)
def test_a_volume_curve_that_does_not_rise_is_refused_by_name(
    curve: list[str], between: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=f"curve V of tank T does not rise between {between}") as refused:
        water(tmp_path, curve, 6.0)
    assert refused.value.mistakes[0].line > 0


def test_what_a_curve_does_beyond_a_tanks_limits_is_its_own_affair(tmp_path: Path) -> None:
    water(tmp_path, ["V 0 5", "V 1 5", "V 2 60", "V 5 100", "V 6 100"], 5.0, low=1)


@pytest.mark.parametrize("curve", [["V 0 0", "V 3 60"], ["V 1 0", "V 6 60"], ["V 3 60"]])
def test_a_curve_shorter_than_its_tank_is_refused_by_name(curve: list[str], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="levels for tank node T"):
        water(tmp_path, curve, 6.0)


def sewer(
    folder: Path, text: str = WASTEWATER, plants: tuple[str, ...] = ("OUT-PLANT",)
) -> WastewaterNetwork:
    (folder / "sewer.inp").write_text(text, encoding="utf-8")
    treatment = {f"P-{n}": Treatment(node=n, capacity_m3_per_day=3000, equalisation_m3=10) for n in plants}
    return WastewaterNetwork(
        folder / "sewer.inp", WastewaterSettings(), treatment, {}, ["wastewater/MH-HIGH", "wastewater/MH-LOW"]
    )


def test_pumps_that_nobody_steers_empty_their_well_and_then_carry_what_enters(tmp_path: Path) -> None:
    network = sewer(tmp_path)
    for rate in (0.0, 0.001, 0.004, 0.0, 0.002, 0.02):
        network.set_input("arriving", np.array([rate, 0.5 * rate]))
        hour(network)
    sums = totals(network)
    assert abs(open_sewage(network)) <= CLOSED * sums["inflow_m3"]
    assert sums["treated_m3"] == pytest.approx(sums["inflow_m3"] - sums["stored_m3"], rel=1e-6)


def test_sewage_without_a_plant_is_spilled_at_its_outfall(tmp_path: Path) -> None:
    network = sewer(tmp_path, plants=())
    network.set_input("arriving", np.array([0.01, 0.01]))
    hour(network)
    sums = totals(network)
    assert sums["spilled_m3"] > 0.0 and sums["treated_m3"] == 0.0
    assert abs(open_sewage(network)) <= CLOSED * sums["inflow_m3"]
    assert {(c.kind, c.asset) for c in network.read_causes()} == {("outfall", "wastewater/OUT-PLANT")}


def test_an_hour_without_a_solution_loses_the_sewage_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = sewer(tmp_path)
    network.set_input("arriving", np.array([0.01, 0.01]))
    hour(network)
    before = totals(network)["spilled_m3"]
    with monkeypatch.context() as patch:
        patch.setattr(network._engine, "attempt", lambda: 0)
        hour(network)
    hour(network)
    sums = totals(network)
    assert sums["spilled_m3"] - before == pytest.approx(72.0)
    assert abs(open_sewage(network)) <= CLOSED * sums["inflow_m3"]
    assert any(c.kind == "no solution" for c in network.read_causes())


def test_a_plant_stands_at_a_reservoir_only(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="WW-LIFT is not a node of its kind"):
        sewer(tmp_path, plants=("WW-LIFT",))


def copies(text: str, count: int, ground: float) -> str:
    """Return the town's sewers so many times, side by side and so much higher."""
    lines, section = [], ""
    names = {"PIPES": 3, "PUMPS": 3, "VALVES": 3, "JUNCTIONS": 1, "RESERVOIRS": 1, "TANKS": 1}
    for line in text.splitlines():
        section = line.strip("[]") if line.startswith("[") else section
        if section not in (*names, "TAGS") or line.startswith("[") or not line:
            lines.append(line)
            continue
        for copy in range(count):
            words = line.split()
            if section == "TAGS":
                words[1] += f"~{copy}"
            else:
                words[: names[section]] = [f"{w}~{copy}" for w in words[: names[section]]]
            if names.get(section) == 1:
                words[1] = str(float(words[1]) + ground)
            lines.append(" ".join(words))
    return "\n".join(lines)


@pytest.mark.parametrize(("count", "ground"), [(1, 3000.0), (60, 700.0), (100, 0.0), (40, 4000.0)])
def test_large_and_high_sewers_are_solved_at_night_without_sewage(
    count: int, ground: float, tmp_path: Path
) -> None:
    """EPANET's rounding grows with the ground's height and the number of links; no hour fails of it."""
    path = tmp_path / "sewer.inp"
    path.write_text(copies(WASTEWATER, count, ground), encoding="utf-8")
    plants = {
        f"P{i}": Treatment(node=f"OUT-PLANT~{i}", capacity_m3_per_day=3000, equalisation_m3=10)
        for i in range(count)
    }
    manholes = [f"wastewater/MH-HIGH~{i}" for i in range(count)]
    network = WastewaterNetwork(path, WastewaterSettings(), plants, {}, manholes)
    network.apply(
        [Change(f"wastewater/PU-LIFT-{k}~{i}", "open", False) for k in (1, 2) for i in range(count)]
    )
    for rate in (0.0, 0.0, 1e-5, 0.003):
        network.set_input("arriving", np.full(count, rate))
        network.solve()
        network.advance(min(3600, network.next_change_s()))
    assert abs(open_sewage(network)) <= CLOSED * totals(network)["inflow_m3"]

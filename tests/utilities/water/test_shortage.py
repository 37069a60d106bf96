"""Missing water and spills name the element that could not carry more."""

from pathlib import Path

import numpy as np
import pytest

from twin.utilities.base import Cause
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.wastewater.settings import LiftStation, Treatment, WastewaterSettings
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

WATER = """
[JUNCTIONS]
A 0 0
B 0 0
C 5 {demand}
[RESERVOIRS]
R {head}
[PIPES]
IN R A 10 500 130 0 OPEN
TRUNK B C 4000 {diameter} 130 0 OPEN
{links}
[CURVES]
CURVE 100 60
[OPTIONS]
UNITS CMH
HEADLOSS H-W
[END]
"""
PUMP = "[PUMPS]\nPU A B HEAD CURVE"
VALVE = "[VALVES]\nFCV A B 300 FCV 50 0"


@pytest.mark.parametrize(
    ("kind", "asset", "network", "running"),
    [
        ("trunk", "TRUNK", {"head": 0, "demand": 100, "diameter": 100, "links": PUMP}, 1.0),
        ("pump", "PU", {"head": 30, "demand": 900, "diameter": 600, "links": PUMP}, 1.0),
        ("source", "FCV", {"head": 60, "demand": 100, "diameter": 400, "links": VALVE}, 1.0),
        ("power", "PU", {"head": 0, "demand": 50, "diameter": 400, "links": PUMP}, 0.0),
    ],
)
def test_missing_water_names_what_could_not_carry_more(
    tmp_path: Path, kind: str, asset: str, network: dict[str, object], running: float
) -> None:
    path = tmp_path / "water.inp"
    path.write_text(WATER.format(**network), encoding="utf-8")
    inputs = ["water/PU"] if "PUMPS" in str(network["links"]) else []
    water = WaterNetwork(path, WaterSettings(), inputs=inputs)
    water.set_input("running", np.full(len(inputs), running))
    water.solve()
    water.advance(600)
    missing = dict(zip(water.totals, water.read_totals(), strict=True))["unserved_m3"]
    assert missing > 0.1
    assert water.read_causes() == {Cause("unserved_m3", kind, f"water/{asset}"): pytest.approx(missing)}


SEWER = """
[JUNCTIONS]
MH 20 0
J 0 0
D 12 0
MH-2 11 0
[RESERVOIRS]
OUT 9
[TANKS]
WW 0 1.5 0 3 2 0 * YES
[PIPES]
G MH WW 500 {diameter} 0.013 0 OPEN
FM J D 500 250 0.012 0 OPEN
G-2 MH-2 OUT 100 800 0.013 0 OPEN
[PUMPS]
PU WW J HEAD CURVE
[VALVES]
PSV D MH-2 250 PSV 0 0
[CURVES]
CURVE 100 18
[TAGS]
LINK G gravity
[OPTIONS]
UNITS CMH
HEADLOSS C-M
TRIALS 200
[END]
"""


@pytest.mark.parametrize(
    ("inflow_m3_per_h", "plant_m3_per_day", "flags", "quantity", "kind", "asset"),
    [
        (90, 240, (1, 1), "spilled_m3", "plant", "PLANT"),
        (90, 9000, (1, 0), "spilled_m3", "power", "PLANT"),
        (400, 90000, (1, 1), "spilled_m3", "lift station", "WW"),
        (90, 9000, (0, 1), "spilled_m3", "power", "PU"),
        (90, 9000, (1, 1), "surcharged_m3", "gravity reach", "G"),
    ],
)
def test_a_spill_names_its_place_and_cause(
    tmp_path: Path,
    inflow_m3_per_h: float,
    plant_m3_per_day: float,
    flags: tuple[int, int],
    quantity: str,
    kind: str,
    asset: str,
) -> None:
    path = tmp_path / "wastewater.inp"
    path.write_text(SEWER.format(diameter=100 if kind == "gravity reach" else 600), encoding="utf-8")
    sewers = WastewaterNetwork(
        path,
        WastewaterSettings(),
        {"PLANT": Treatment(node="OUT", capacity_m3_per_day=plant_m3_per_day)},
        {"LIFT": LiftStation(wet_well="WW", pumps=("PU",), main=("FM",), discharge="D")},
        ["wastewater/MH"],
        ["wastewater/PU", "wastewater/PLANT"],
    )
    sewers.set_input("arriving", np.array([inflow_m3_per_h / 3600.0]))
    sewers.set_input("running", np.array(flags))
    for _ in range(6):
        sewers.solve()
        sewers.advance(600)
    totals = dict(zip(sewers.totals, sewers.read_totals(), strict=True))
    causes = sewers.read_causes()
    assert list(causes) == [Cause(quantity, kind, f"wastewater/{asset}")]
    assert next(iter(causes.values())) > 1.0
    spilled = sum(amount for cause, amount in causes.items() if cause.quantity == "spilled_m3")
    assert spilled == pytest.approx(totals["spilled_m3"], abs=1e-6)

"""Lift stations that cannot be steered are refused by name when the network is opened."""

from pathlib import Path

import pytest

from tests.town import WASTEWATER
from twin.errors import InvalidInput
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.wastewater.settings import LiftStation, Treatment, WastewaterSettings

LIFT = LiftStation(
    wet_well="WW-LIFT", pumps=("PU-LIFT-1", "PU-LIFT-2"), main=("FM-LIFT",), discharge="D-LIFT"
)
PLANT = {"PLANT": Treatment(node="OUT-PLANT", capacity_m3_per_day=4000.0)}
SECOND = """
[TANKS]
WW-TWO 2 1.5 0 3 5 0 * YES
[JUNCTIONS]
J-TWO 1 0
D-TWO 30 0
[PIPES]
FM-TWO J-TWO D-TWO 300 250 0.012 0 OPEN
G-BACK D-TWO {back} 400 400 0.013 0 OPEN
G-TO-TWO MH-PLANT WW-TWO 100 400 0.013 0 OPEN
[PUMPS]
PU-TWO WW-TWO J-TWO HEAD C-LIFT
[END]
"""


def opened(folder: Path, text: str, **stations: LiftStation) -> WastewaterNetwork:
    path = folder / "wastewater.inp"
    path.write_text(text, encoding="utf-8")
    return WastewaterNetwork(path, WastewaterSettings(), PLANT, stations or {"LIFT": LIFT})


def in_a_row(back: str) -> str:
    without_end = WASTEWATER.replace("[END]", "").replace(
        "G-PLANT MH-PLANT OUT-PLANT 400 400 0.013 0 OPEN\n", ""
    )
    return without_end.replace("LINK G-PLANT gravity\n", "") + SECOND.format(back=back)


TWO = LiftStation(wet_well="WW-TWO", pumps=("PU-TWO",), main=("FM-TWO",), discharge="D-TWO")


def test_stations_that_pump_to_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="LIFT pumps back to its own wet well, by way of LIFT, TWO"):
        opened(tmp_path, in_a_row("MH-LOW"), LIFT=LIFT, TWO=TWO)


def test_a_station_that_pumps_to_its_own_well_is_refused(tmp_path: Path) -> None:
    text = WASTEWATER.replace("G-PLANT MH-PLANT OUT-PLANT", "G-PLANT MH-PLANT MH-LOW")
    with pytest.raises(InvalidInput, match="LIFT pumps back to its own wet well"):
        opened(tmp_path, text)


def test_stations_in_a_row_are_not(tmp_path: Path) -> None:
    opened(tmp_path, in_a_row("OUT-PLANT"), LIFT=LIFT, TWO=TWO)


def test_a_pump_of_constant_power_is_refused(tmp_path: Path) -> None:
    text = WASTEWATER.replace("PU-LIFT-2 WW-LIFT J-LIFT HEAD C-LIFT", "PU-LIFT-2 WW-LIFT J-LIFT POWER 5")
    with pytest.raises(InvalidInput, match="PU-LIFT-2, a pump of a lift station, has no head curve"):
        opened(tmp_path, text)

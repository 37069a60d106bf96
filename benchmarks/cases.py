"""The cities that are timed: networks of many kinds, most of them other people's."""

import csv
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pandapower as pp
import pandapower.networks as pn

from benchmarks.without import write_without
from twin.scenario import Scenario, load_scenario
from twin.scenario.scaffold import scaffold

ROOT = Path(__file__).parents[1]
_WNTR = "wntr/library/networks"
_BATTLES, _EXETER = "epyt/networks/asce-tf-wdst", "epyt/networks/exeter-benchmarks"
_FIXED = 0.95  # at night, where what generators give is fixed
DAILY = (
    *(0.55, 0.53, 0.51, 0.5, 0.51, 0.55, 0.65, 0.75, 0.83, 0.87, 0.89, 0.89),
    *(0.87, 0.87, 0.87, 0.89, 0.93, 0.97, 1.0, 0.99, 0.93, 0.83, 0.71, 0.61),
)
"""What a grid's own loads draw by hour, of what its file says."""


@dataclass(frozen=True)
class Case:
    """A city and how it is timed.

    Attributes
    ----------
    scenario
        With the horizon over which it is timed.
    naive_hours
        Over how many hours the naive loop is.
    """

    name: str
    scenario: Scenario
    naive_hours: int = 6


class Pair(NamedTuple):
    """A public grid and a public water network, and the horizon: days from 1 January 2026.

    Attributes
    ----------
    water
        The package that ships it, and where in it.
    night
        What the grid's loads draw at night, of what they do in the evening, in the shape of `DAILY`; 1: they
        are constant. Grids whose generators are fixed have no solution far from the loads they come with.
    shedding
        Load is shed where an element is overloaded; grids made for planning are overloaded as they come.
    """

    grid: Callable[[], Any]
    water: str
    days: int
    naive_hours: int = 6
    night: float = 0.5
    shedding: bool = False


PAIRS: dict[str, Pair] = {
    "CIGRE MV + Net1": Pair(pn.create_cigre_network_mv, f"{_WNTR}/Net1.inp", 59, 6, 1.0, True),
    "IEEE 118 + Net3": Pair(pn.case118, f"{_WNTR}/Net3.inp", 59, 6, 1.0, True),
    "IEEE 118 + ky4": Pair(pn.case118, f"{_WNTR}/ky4.inp", 59, 6, 1.0, True),
    "MV Oberrhein + ky10": Pair(pn.mv_oberrhein, f"{_WNTR}/ky10.inp", 8, 1),
    "IEEE 118 + Net6": Pair(pn.case118, f"{_WNTR}/Net6.inp", 4, 1, _FIXED),
    "IEEE 300 + L-Town": Pair(pn.case300, "epyt/networks/L-TOWN.inp", 8, 1, _FIXED),
    "PEGASE 1354 + ky12": Pair(pn.case1354pegase, f"{_BATTLES}/ky12.inp", 4, 1, _FIXED),
    "Kerber suburb + Richmond": Pair(
        pn.create_kerber_vorstadtnetz_kabel_1, f"{_EXETER}/Richmond_skeleton.inp", 15
    ),
    "European LV + Richmond standard": Pair(
        pn.ieee_european_lv_asymmetric, f"{_EXETER}/Richmond_standard.inp", 5, 1
    ),
    "CIGRE MV + BWSN 1": Pair(pn.create_cigre_network_mv, f"{_BATTLES}/BWSN_Network_1.inp", 15),
    "PEGASE 89 + BWSN 2": Pair(pn.case89pegase, f"{_BATTLES}/BWSN_Network_2.inp", 3, 1, _FIXED),
    "IEEE 57 + ky9": Pair(pn.case57, f"{_BATTLES}/ky9.inp", 3, 1, _FIXED),
    "IEEE 33 + Micropolis": Pair(pn.case33bw, f"{_BATTLES}/MICROPOLIS_v1.inp", 4, 1),
    "LV Schutterwald + ky1": Pair(pn.lv_schutterwald, f"{_BATTLES}/ky1.inp", 3, 1),
}
"""Rules every three minutes: BWSN 1, every six: Micropolis. Many tanks, pumps and valves: Net6, ky9."""


def cases(folder: Path, names: Collection[str] = ()) -> Iterator[Case]:
    """Make the cases, or those of some names, one by one; pairs are scaffolded into a folder."""
    if not names or "Alatau" in names:
        months = ["start=2032-06-01", "end=2032-08-01", "days=every"]
        # the floors are engines of power and water
        city = write_without(("gas", "roads"), folder / "alatau")
        yield Case("Alatau", load_scenario(city, months))
    for name, pair in PAIRS.items():
        if not names or name in names:
            yield case_of(folder, name, pair)


def shipped(path: str) -> Path:
    """Return a file that an installed package ships; the package itself is not imported."""
    package, rest = path.split("/", 1)
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed, whose networks are timed (pip install {package})")
    return Path(spec.origin).parent / rest


def case_of(folder: Path, name: str, pair: Pair) -> Case:
    """Scaffold a city around a pair of networks."""
    target = folder / name.replace(" ", "")
    grid, water = folder / f"{target.name}.json", shipped(pair.water)
    made = pair.grid()
    pp.to_json(made[0] if isinstance(made, tuple) else made, str(grid))
    scaffold(target, {"power": grid, "water": water})
    settings = [f"end={date(2026, 1, 1) + timedelta(pair.days)}"]
    if pair.night < 1.0:
        _write_daily(target, pair.night)
        settings.append("demand.native_power_profile=daily")
    settings += [] if pair.shedding else ["networks.power.shedding=false"]
    return Case(name, load_scenario(target, settings), pair.naive_hours)


def _write_daily(folder: Path, night: float) -> None:
    slope = (1.0 - night) / (1.0 - min(DAILY))
    with (folder / "profiles.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("hour", "daily"))
        writer.writerows((hour, 1.0 - slope * (1.0 - share)) for hour, share in enumerate(DAILY))

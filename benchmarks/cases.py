"""The cities that are timed."""

from dataclasses import dataclass
from pathlib import Path

import pandapower as pp
import pandapower.networks as pn
import wntr

from twin.scenario import Scenario, load_scenario
from twin.scenario.scaffold import scaffold

ROOT = Path(__file__).parents[1]
LIBRARY = Path(wntr.__file__).parent / "library" / "networks"


@dataclass(frozen=True)
class Case:
    """A city and the horizon over which it is timed."""

    name: str
    scenario: Scenario


def cases(folder: Path) -> list[Case]:
    """Return the cases; pairs of public networks are scaffolded into a folder."""
    pairs = {
        "CIGRE MV + Net1": (pn.create_cigre_network_mv, "Net1"),
        "IEEE 118 + Net3": (pn.case118, "Net3"),
        "IEEE 118 + ky4": (pn.case118, "ky4"),
    }
    months = ["start=2032-06-01", "end=2032-08-01", "days=every"]
    made = [Case("Alatau", load_scenario(ROOT / "scenarios" / "alatau", months))]
    for name, (grid, water) in pairs.items():
        path = folder / f"{water}.json"
        pp.to_json(grid(), str(path))
        target = folder / name.replace(" ", "")
        scaffold(target, {"power": path, "water": LIBRARY / f"{water}.inp"})
        made.append(Case(name, load_scenario(target, ["end=2026-03-01"])))
    return made

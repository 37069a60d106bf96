"""What the tables of the sewers name, and which used water never reaches them."""

from collections.abc import Iterator

from twin.utilities.checking import Flaw, Reference, ScenarioParts
from twin.utilities.wastewater.demand import NORM
from twin.utilities.wastewater.links import SEWAGE
from twin.utilities.wastewater.settings import Sewers

_HERE = "wastewater"


def references(sewers: Sewers) -> Iterator[Reference]:
    """Yield the assets that plants and lift stations are made of."""
    for plant, row in sewers.treatment.items():
        yield Reference(("treatment", plant), "reservoir", f"{_HERE}/{row.node}")
    for name, station in sewers.lift_stations.items():
        key = ("lift_stations", name)
        yield Reference(key, "tank", f"{_HERE}/{station.wet_well}")
        yield Reference(key, "junction", f"{_HERE}/{station.discharge}")
        yield from (Reference(key, "pump", f"{_HERE}/{pump}") for pump in station.pumps)
        yield from (Reference(key, "pipe", f"{_HERE}/{pipe}") for pipe in station.main)


def without_manhole(scenario: ScenarioParts) -> Iterator[Flaw]:
    """Yield water points whose used water reaches no manhole, where others of the city do."""
    joined = {link.asset for link in scenario.links if link.kind == SEWAGE.name}
    if _HERE not in scenario.simulated or not any(row.value for row in scenario.norms.get(NORM, {}).values()):
        return
    for i, point in enumerate(scenario.demand_points):
        if point.asset.startswith(f"{SEWAGE.of}/") and point.asset not in joined:
            problem = f"used water of {point.asset} reaches no manhole: it is not treated"
            yield Flaw(("demand_points", str(i)), problem, "a link of kind sewage")

"""Roads: trips by purpose on a network in user equilibrium."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from pathlib import Path

from twin.model import Model
from twin.utilities.base import Network, Vector
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.checking import Flaw, Reference, ScenarioParts
from twin.utilities.demand import Basis, Demand, Given
from twin.utilities.names import AssetKind, AssetNames
from twin.utilities.places import Asset
from twin.utilities.roads import demand
from twin.utilities.roads.contents import contents
from twin.utilities.roads.files import HERE, beside, node_name, plan_of, settings_of
from twin.utilities.roads.metrics import LOSSES, METRICS, SUMMARY
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.scaffold import RoadsScaffold
from twin.utilities.roads.settings import RoadPrices, RoadsSettings, RoadTables
from twin.utilities.roads.shown import SHOWN
from twin.utilities.roads.tables import ClosureRow
from twin.utilities.utility import OUTAGE, Drive, Incident, Opening, Study, Utility, declared

_CUT_OFF = 1e-6
_CORRIDOR = "corridor"


def _firm(ratings: Sequence[float], _: Model | None) -> tuple[float, float]:
    """Return what all carriageways of a screen line carry, and what is left without the largest."""
    return sum(ratings), sum(ratings) - max(ratings, default=0.0)


class Roads(Utility):
    """Zones where trips begin and end, and the roads that carry them."""

    name = HERE
    settings = RoadsSettings
    metrics = METRICS
    summary = SUMMARY
    losses = LOSSES
    shown = SHOWN
    fields = {"scenario": RoadTables, "service_prices": RoadPrices}
    tables = {"zones": ("zone",)}
    scaffold = RoadsScaffold()
    assets = {
        "road": AssetKind({"in_service": "flag", "lanes": "number"}, links=("pump",)),
        "zone": AssetKind(outages=False, demand=True),
        "node": AssetKind(outages=False),
    }
    norms = demand.NORMS
    profiles = demand.PROFILES
    classes = demand.CLASSES
    capacities = (
        CapacityKind(
            _CORRIDOR,
            "volume_veh_per_h",
            {"veh/h": 1.0},
            ("road",),
            main=True,
            rated_in_file=True,
            firm=_firm,
        ),
    )
    result_tables = (ClosureRow,)
    drive = Drive("time_from_depot_min", ("zone",), hours="freight_trips")
    access = ("jobs_within_45_min",)
    incidents = (
        Incident(
            "cut off",
            "reached again",
            (OUTAGE,),
            quantity="cut_off_veh_per_h",
            begins_above=_CUT_OFF,
        ),
    )

    def beside(self, settings: Model) -> Mapping[str, str]:
        """Return the files of nodes and trips."""
        return beside(declared(settings, RoadsSettings))

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the names of roads, zones and nodes."""
        plan = plan_of(path, scenario)
        return AssetNames(
            {
                "road": {f"{HERE}/{road.name}" for road in plan.roads},
                "zone": {f"{HERE}/{zone}" for zone in plan.zones},
                "node": _nodes(plan),
            }
        )

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read where nodes lie, and what roads join."""
        plan = plan_of(path, scenario)
        zones = {node: name for name, node in plan.zones.items()}
        names = [node_name(plan, node, zones) for node in range(len(plan.nodes))]
        found = [
            Asset(name, "zone" if i in zones else "node", place=plan.places[i])
            for i, name in enumerate(names)
        ]
        for road in plan.roads:
            ends = names[road.tail], names[road.head]
            own = Asset(f"{HERE}/{road.name}", "road", *ends, road.capacity, "veh/h", route=road.route)
            found.append(own)
        return found

    def contents(self, path: Path, scenario: object) -> Mapping[str, Mapping[str, object]]:
        """Read what the files say of each road, zone and node."""
        return contents(plan_of(path, scenario))

    def references(self, scenario: object) -> Iterator[Reference]:
        """Yield the zones that its table names, and the roads of closures."""
        for zone in declared(scenario, RoadTables).zones:
            yield Reference(("zones", zone), "zone", f"{HERE}/{zone}")
        for name, roads in settings_of(scenario).closures.items():
            for road in roads:
                yield Reference(("networks", HERE, "closures", name), "road", f"{HERE}/{road}")

    def check(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield an external zone that stands for a district too."""
        outside = {
            f"{HERE}/{name}" for name, zone in declared(scenario, RoadTables).zones.items() if zone.external
        }
        for i, point in enumerate(scenario.demand_points):
            if point.asset in outside:
                yield Flaw(("demand_points", str(i)), f"{point.asset} is external", "a zone of the city")

    def demand(self, basis: Basis) -> Demand:
        """Return ends of trips by zone, and the part of each in an hour."""
        return demand.demand(basis)

    def net_load(self, scenario: object, demand_: Demand, given: Sequence[Given]) -> Vector:
        """Return trips by step of a day."""
        return demand.net_load(demand_)

    def open(self, opening: Opening) -> Network:
        """Open the network."""
        from twin.utilities.roads.network import RoadNetwork

        zones = declared(opening.scenario, RoadTables).zones
        return RoadNetwork(
            plan_of(opening.file, opening.scenario),
            declared(opening.settings, RoadsSettings),
            opening.points,
            [name for name, zone in zones.items() if zone.external],
            opening.assets("running"),
        )

    def study(self, scenario: Model, settings: Model, network: Network) -> Study | None:
        """Return what becomes of the closures that the scenario names."""
        own = declared(settings, RoadsSettings)
        if not own.closures:
            return None
        from twin.utilities.roads.closures import ClosureStudy
        from twin.utilities.roads.network import RoadNetwork

        assert isinstance(network, RoadNetwork)
        return ClosureStudy(network, own.closures, own.max_gap, int(own.max_rounds))

    def bounds(self, asset: str, quantity: str, settings: Model, storeys: int | None) -> tuple[float, float]:
        """Return the highest volume of a road over its capacity."""
        if quantity == "volume_over_capacity_percent":
            return -inf, declared(settings, RoadsSettings).max_volume_over_capacity_percent
        return -inf, inf

    def short_of(self, quantity: str, low: bool) -> str:
        """Return the corridor that is too narrow."""
        return _CORRIDOR if quantity == "volume_over_capacity_percent" else ""


def _nodes(plan: RoadPlan) -> set[str]:
    """Return the addresses of nodes at which no trip begins."""
    zones = {node: name for name, node in plan.zones.items()}
    return {node_name(plan, node, zones) for node in range(len(plan.nodes)) if node not in zones}


UTILITY = Roads()

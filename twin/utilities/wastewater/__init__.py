"""The wastewater network: EPANET, gravity reaches, lift stations and plants."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import inf
from pathlib import Path

from twin.errors import Mistake
from twin.model import Model
from twin.utilities.base import Network, Vector
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.checking import Flaw, Reference, ScenarioParts
from twin.utilities.coupling import Coupling, LinkRow, Opened
from twin.utilities.demand import Basis, Contract, Demand, DemandClass, Norm
from twin.utilities.epanet import elements, names, places, schedules
from twin.utilities.epanet.capacities import VOLUMES, pumping
from twin.utilities.names import AssetKind, AssetNames
from twin.utilities.places import Asset
from twin.utilities.utility import OUTAGE, Incident, Opening, Utility, declared
from twin.utilities.wastewater import checks, demand
from twin.utilities.wastewater.links import ARRIVING, SEWAGE
from twin.utilities.wastewater.metrics import METRICS, SUMMARY
from twin.utilities.wastewater.scaffold import WastewaterScaffold
from twin.utilities.wastewater.settings import (
    OtherSewage,
    Sewage,
    SewageDemand,
    Sewers,
    SpillPrice,
    WastewaterSettings,
)
from twin.utilities.wastewater.shown import LOSSES, SHOWN

_NO_SPILL, _SPILLING = 1e-9, 1e-6


class Wastewater(Utility):
    """Sewers, lift stations and treatment plants, which take what the water network has delivered."""

    name = "wastewater"
    settings = WastewaterSettings
    metrics = METRICS
    summary = SUMMARY
    losses = LOSSES
    shown = SHOWN
    fields = {
        "scenario": Sewers,
        "demand": SewageDemand,
        "other_demand": OtherSewage,
        "service_prices": SpillPrice,
        "links": Sewage,
    }
    scaffold = WastewaterScaffold()
    tables = {"treatment": ("plant",), "lift_stations": ("station",)}
    assets = {**names.KINDS, "plant": AssetKind({"in_service": "flag"})}
    norms = (Norm(demand.NORM, ("1", "share", "-"), 1.0),)
    classes = (DemandClass("domestic"), DemandClass("industrial"))
    contract = Contract("water_m3_per_day", "development_return")
    drawn_at = SEWAGE.of
    capacities = (
        CapacityKind("treatment", "inflow_m3_per_s", VOLUMES, ("plant",), daily=True, main=True),
        pumping("treatment"),
    )
    links = (SEWAGE,)
    incidents = (
        Incident(
            "spill",
            "spill ends",
            ("stopped", OUTAGE),
            quantity="spill_m3_per_s",
            begins_above=_SPILLING,
        ),
    )

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the IDs of an EPANET file, and those of the plants in `treatment.csv`."""
        found = names.read_names(path, self.name)
        plants = declared(scenario, Sewers).treatment
        found.rows = {f"{self.name}/{plant}": ("plant", ("treatment", plant)) for plant in plants}
        found.by_kind["plant"] = set(found.rows)
        return found

    def contents(self, path: Path, scenario: object) -> Mapping[str, Mapping[str, object]]:
        """Return what an EPANET file says of each element."""
        return elements.elements(path, self.name)

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read the nodes and links of an EPANET file, and the plants at its reservoirs."""
        found = places.places(path, self.name)
        lying = {asset.name: asset.place for asset in found if not asset.start}
        for name, plant in declared(scenario, Sewers).treatment.items():
            node = f"{self.name}/{plant.node}"
            size = plant.capacity_m3_per_day, "m3/day"
            found.append(Asset(f"{self.name}/{name}", "plant", node, node, *size, lying.get(node)))
        return found

    def references(self, scenario: object) -> Iterator[Reference]:
        """Yield what plants and lift stations are made of."""
        return checks.references(declared(scenario, Sewers))

    def warnings(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield water points whose used water reaches no manhole."""
        return checks.without_manhole(scenario)

    def file_warnings(self, path: Path, start: date, end: date) -> Iterator[Mistake]:
        """Yield links whose schedule in the EPANET file ends before the horizon does."""
        return schedules.ended(path, self.name, start, end)

    def demand(self, basis: Basis) -> Demand:
        """Return sewage in m3/s at full service by water point and class, and their factors by hour."""
        return demand.demand(basis)

    def need(self, more: Vector, basis: Basis) -> Vector:
        """Return m3 of sewage a day that more people let off."""
        return demand.need(more, basis)

    def open(self, opening: Opening) -> Network:
        """Open the EPANET file."""
        from twin.utilities.wastewater.network import WastewaterNetwork

        sewers = declared(opening.scenario, Sewers)
        return WastewaterNetwork(
            opening.file,
            declared(opening.settings, WastewaterSettings),
            sewers.treatment,
            sewers.lift_stations,
            opening.assets(ARRIVING),
            opening.assets("running"),
        )

    def couple(self, links: Sequence[LinkRow], opened: Opened) -> Coupling:
        """Return the way of used water through the sewers."""
        from twin.utilities.wastewater.arrivals import Arrivals

        return Arrivals(links, opened)

    def bounds(self, asset: str, quantity: str, settings: Model, storeys: int | None) -> tuple[float, float]:
        """Return the bounds of gravity reaches, and that nothing may spill."""
        if quantity == "filling_percent":
            return -inf, declared(settings, WastewaterSettings).max_filling_percent
        return (-inf, _NO_SPILL) if quantity == "spill_m3_per_s" else (-inf, inf)

    def short_of(self, quantity: str, low: bool) -> str:
        """Return the treatment, which spills what it cannot take."""
        return "treatment" if quantity == "spill_m3_per_s" else ""


UTILITY = Wastewater()

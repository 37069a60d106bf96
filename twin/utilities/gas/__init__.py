"""The gas network: steady flow of a real gas, delivering what pressure allows."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from pathlib import Path

from twin.model import Model
from twin.utilities.base import Network, Vector
from twin.utilities.checking import Flaw, ScenarioParts, is_flat_zero
from twin.utilities.coupling import Coupling, LinkRow, Opened
from twin.utilities.demand import Basis, Contract, Demand, DemandClass, FurtherDay, Instead, Sold
from twin.utilities.gas import demand, names, places
from twin.utilities.gas.capacities import CAPACITIES, MAIN, SOURCE, STATION
from twin.utilities.gas.customers import GasDemand, OtherGas
from twin.utilities.gas.links import BURNT, FUEL, Fuel
from twin.utilities.gas.metrics import METRICS, SUMMARY
from twin.utilities.gas.scaffold import GasScaffold
from twin.utilities.gas.settings import GasContract, GasPrice, GasSettings
from twin.utilities.gas.shown import LOSSES, SHOWN
from twin.utilities.names import AssetNames
from twin.utilities.places import Asset
from twin.utilities.utility import OUTAGE, Incident, Opening, Utility, declared

CURTAILED = "gas curtailed"


class Gas(Utility):
    """Sources, regulators, compressors and mains; demand is met as pressure allows."""

    name = names.NAME
    settings = GasSettings
    metrics = METRICS
    summary = SUMMARY
    losses = LOSSES
    shown = SHOWN
    fields = {
        "demand": GasDemand,
        "developments": GasContract,
        "other_demand": OtherGas,
        "service_prices": GasPrice,
        "links": Fuel,
    }
    scaffold = GasScaffold()
    assets = names.KINDS
    norms = demand.NORMS
    profiles = {
        demand.COOKING: "Cooking and hot water over its daily mean.",
        demand.INDUSTRIAL: "Fraction of the class's daily peak.",
    }
    classes = (
        DemandClass("heating"),
        DemandClass("cooking"),
        DemandClass("commercial"),
        DemandClass("industrial", interruptible=True),
    )
    contract = Contract("gas_m3_per_h")
    sold = Sold("m3", 1.0, "served_m3", "unserved_m3")
    planned_by = "gas"
    capacities = CAPACITIES
    links = (FUEL,)
    incidents = (
        Incident(
            CURTAILED,
            "gas restored",
            ("stopped", OUTAGE),
            required="wanted_m3_per_h",
            delivered="delivered_m3_per_h",
        ),
    )

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the names of the elements in a pandapipes JSON file."""
        return names.read_names(path)

    def contents(self, path: Path, scenario: object) -> Mapping[str, Mapping[str, object]]:
        """Return what a pandapipes JSON file says of each element."""
        return names.contents(path)

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read the elements of a pandapipes JSON file."""
        return places.places(path)

    def check(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield profiles that demand would be divided by, where they are zero."""
        for column in self.profiles:
            if is_flat_zero(scenario.profiles, column):
                yield Flaw(("profiles",), f"{column} is 0 in every hour", "an hour above 0")

    def demand(self, basis: Basis) -> Demand:
        """Return base m3/h by point and class, and their factors by hour."""
        return demand.demand(basis)

    def need(self, more: Vector, basis: Basis) -> Vector:
        """Return m3/h in the coldest hour that more people need."""
        return demand.need(more, basis)

    def further_days(self, settings: Model, season: Model) -> Sequence[FurtherDay]:
        """Return the day for which heating is designed, in months of frost."""
        return demand.further_days(settings, season)

    def instead(self, people: Vector, basis: Basis) -> Sequence[Instead]:
        """Return the electricity that heats homes which are to have gas and have none yet."""
        return demand.instead(people, basis)

    def open(self, opening: Opening) -> Network:
        """Open the pandapipes file."""
        from twin.utilities.gas.network import GasNetwork

        ranks = tuple(0 if own.interruptible else 1 + (own.name in HOMES) for own in self.classes)
        return GasNetwork(
            opening.file,
            declared(opening.settings, GasSettings),
            opening.points,
            ranks,
            opening.assets(RUNNING),
            opening.assets(BURNT),
            {kind: opening.ratings.get(kind, {}) for kind in (SOURCE, STATION)},
            opening.given,
        )

    def couple(self, links: Sequence[LinkRow], opened: Opened) -> Coupling:
        """Return the plants that burn gas."""
        from twin.utilities.gas.fuel import Fuels

        return Fuels(links, opened)

    def bounds(self, asset: str, quantity: str, settings: Model, storeys: int | None) -> tuple[float, float]:
        """Return the bounds of pressures and velocities."""
        own = declared(settings, GasSettings)
        if quantity == "pressure_bar" and storeys is not None:
            return own.required_pressures_bar.get(asset, own.required_pressure_bar), inf
        return (-inf, own.max_velocity_m_per_s) if quantity == "gas_velocity_m_per_s" else (-inf, inf)

    def short_of(self, quantity: str, low: bool) -> str:
        """Return the source where pressure is low, the main where gas is too fast."""
        if low:
            return SOURCE
        return MAIN if quantity == "gas_velocity_m_per_s" else ""


HOMES = ("heating", "cooking")
"""Classes that are cut last."""
RUNNING = "running"
"""The port of what needs electricity: 1 or 0."""
UTILITY = Gas()

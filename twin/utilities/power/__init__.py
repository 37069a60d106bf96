"""The power network: load flows by pandapower's solver."""

from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path

from twin.model import Model
from twin.utilities.base import Network, Vector
from twin.utilities.checking import Flaw, ScenarioParts
from twin.utilities.coupling import Coupling, LinkRow, Opened
from twin.utilities.demand import Basis, Contract, Demand, DemandClass, Norm
from twin.utilities.names import AssetNames
from twin.utilities.places import Asset
from twin.utilities.power import checks, demand, names, places
from twin.utilities.power.capacities import CAPACITIES
from twin.utilities.power.links import DRAWN, ON_GENERATOR, PROCESS, PUMP, STOPPED
from twin.utilities.power.metrics import METRICS, SUMMARY
from twin.utilities.power.scaffold import PowerScaffold
from twin.utilities.power.settings import (
    Feed,
    OtherPower,
    PowerContract,
    PowerDemand,
    PowerPrice,
    PowerSeason,
    PowerSettings,
    PowerStudies,
)
from twin.utilities.power.shown import LOSSES, SHOWN
from twin.utilities.power.tables import (
    ContingencyRow,
    FaultLevelRow,
    FirmLoadRow,
    GenerationRow,
    SecurityRow,
)
from twin.utilities.utility import OUTAGE, Incident, Opening, Rows, Study, Utility, declared

LOAD_SHED = "load shed"


class Power(Utility):
    """A grid that sheds load beyond what it can carry, and feeds pumps and plants of other networks."""

    name = "power"
    settings = PowerSettings
    metrics = METRICS
    summary = SUMMARY
    losses = LOSSES
    result_tables = (SecurityRow, ContingencyRow, FirmLoadRow, GenerationRow, FaultLevelRow)
    shown = SHOWN
    fields = {
        "scenario": PowerStudies,
        "demand": PowerDemand,
        "developments": PowerContract,
        "other_demand": OtherPower,
        "seasons": PowerSeason,
        "service_prices": PowerPrice,
        "links": Feed,
    }
    scaffold = PowerScaffold()
    assets = names.KINDS
    norms = (Norm(demand.NORM, ("kW", "kW/person", "kW per person")),)
    profiles = dict.fromkeys(
        (demand.RESIDENTIAL, demand.COMMERCIAL, demand.INDUSTRIAL), "Fraction of the class's daily peak."
    )
    profile_settings = ("native_power_profile",)
    classes = (
        DemandClass("residential"),
        DemandClass("commercial"),
        DemandClass("industrial", interruptible=True),
    )
    contract = Contract("power_mw", "coincidence")
    season = "power"
    capacities = CAPACITIES
    links = (PUMP, PROCESS)
    incidents = (
        Incident(LOAD_SHED, "load restored", (OUTAGE,)),
        Incident(ON_GENERATOR, "generator stops", (LOAD_SHED, OUTAGE)),
        Incident(STOPPED, "restarted", (LOAD_SHED, OUTAGE), stops=True),
    )

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the names of the elements in a pandapower JSON file."""
        return names.read_names(path)

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read the elements of a pandapower JSON file."""
        return places.places(path)

    def check(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield profiles that demand would be divided by, where they are zero."""
        return checks.zero_profiles(scenario)

    def warnings(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield processes that draw nothing, and draws that nothing reads."""
        return checks.unused_draws(scenario)

    def demand(self, basis: Basis) -> Demand:
        """Return base MW by point and class, and their factors by hour."""
        return demand.demand(basis)

    def need(self, more: Vector, basis: Basis) -> Vector:
        """Return MW at the evening peak that more people need."""
        return demand.need(more, basis)

    def open(self, opening: Opening) -> Network:
        """Open the grid."""
        from twin.utilities.power.network import PowerNetwork

        own = declared(opening.demand, PowerDemand)
        domestic, industrial = own.domestic_power_factor, own.industrial_power_factor
        return PowerNetwork(
            opening.file,
            declared(opening.settings, PowerSettings),
            opening.points,
            (domestic, domestic, industrial),
            opening.assets(DRAWN),
            opening.ratings["supply"],
        )

    def couple(self, links: Sequence[LinkRow], opened: Opened) -> Coupling:
        """Return what the grid feeds."""
        from twin.utilities.power.feeds import Feeds

        return Feeds(links, opened)

    def bounds(self, asset: str, quantity: str, settings: Model, storeys: int | None) -> tuple[float, float]:
        """Return the bounds of voltages and loadings."""
        own = declared(settings, PowerSettings)
        if quantity == "voltage_pu":
            return own.min_voltage_pu, own.max_voltage_pu
        return (-inf, own.max_loading_percent) if quantity == "loading_percent" else (-inf, inf)

    def tells(self, rows: Rows) -> Iterator[tuple[str, str]]:
        """Yield what outages lead to, if the scenario asks for N-1."""
        from twin.utilities.power.told import lines

        return lines(rows)

    def study(self, scenario: Model, settings: Model, network: Network) -> Study | None:
        """Return what the scenario asks to be looked at beside the run: N-1, generation, faults."""
        from twin.utilities.power.study import studies

        own = declared(settings, PowerSettings)
        return studies(declared(scenario, PowerStudies), own, network)


UTILITY = Power()

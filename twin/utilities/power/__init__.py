"""The power network: load flows by pandapower's solver."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from pathlib import Path

from twin.model import Model
from twin.utilities.base import Network, Vector
from twin.utilities.checking import Flaw, Reference, ScenarioParts
from twin.utilities.coupling import Coupling, LinkRow, Opened
from twin.utilities.demand import Basis, Contract, Demand, DemandClass, Given, Norm, Sold, Wanted
from twin.utilities.names import AssetNames
from twin.utilities.places import Asset
from twin.utilities.power import checks, contents, demand, names, places
from twin.utilities.power.capacities import CAPACITIES
from twin.utilities.power.file_profiles import unused_profiles, wanted_profiles
from twin.utilities.power.links import DRAWN, FUELLED, ON_GENERATOR, PROCESS, PUMP, STOPPED
from twin.utilities.power.metrics import METRICS, SUMMARY
from twin.utilities.power.net_load import file_of, net_load
from twin.utilities.power.resources.checks import references, wrong
from twin.utilities.power.resources.table import resources_of
from twin.utilities.power.resources.wanted import wanted
from twin.utilities.power.restoration import BACK, TURNED
from twin.utilities.power.scaffold import PowerScaffold
from twin.utilities.power.settings import (
    Feed,
    OtherPower,
    PowerContract,
    PowerDemand,
    PowerPrice,
    PowerSeason,
    PowerSettings,
    PowerTables,
)
from twin.utilities.power.shown import LOSSES, SHOWN
from twin.utilities.power.tables import (
    ContingencyRow,
    FaultLevelRow,
    FirmLoadRow,
    GenerationRow,
    SecurityRow,
)
from twin.utilities.short_time import ShortTime
from twin.utilities.utility import OUTAGE, Incident, Opening, Rows, Study, Utility, declared

LOAD_SHED, CALLED = "load shed", "demand response called"


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
        "scenario": PowerTables,
        "demand": PowerDemand,
        "developments": PowerContract,
        "other_demand": OtherPower,
        "seasons": PowerSeason,
        "service_prices": PowerPrice,
        "links": Feed,
    }
    tables = {"resources": ("id",)}
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
    sold = Sold("kWh", 1000.0, "served_mwh", "unserved_mwh")
    season = "power"
    capacities = CAPACITIES
    short_time = ShortTime("loading_percent", ("trafo", "trafo3w"), "emergency_factor")
    links = (PUMP, PROCESS)
    incidents = (
        Incident(LOAD_SHED, "load restored", (OUTAGE,)),
        Incident(CALLED, "demand response ends", (OUTAGE,), quantity="called_mw", begins_above=1e-6),
        Incident(ON_GENERATOR, "generator stops", (LOAD_SHED, OUTAGE)),
        Incident(STOPPED, "restarted", (LOAD_SHED, OUTAGE), stops=True),
        Incident(TURNED, BACK, (OUTAGE,)),
    )

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the names of the elements in a pandapower JSON file, and those in `resources.csv`."""
        found = names.read_names(path)
        for name, row in resources_of(scenario).items():
            address = f"{self.name}/{name}"
            found.rows[address] = row.kind, ("resources", name)
            found.by_kind.setdefault(row.kind, set()).add(address)
        return found

    def contents(self, path: Path, scenario: object) -> Mapping[str, Mapping[str, object]]:
        """Return what a pandapower JSON file says of each element."""
        return contents.contents(path)

    def references(self, scenario: object) -> Iterator[Reference]:
        """Yield where resources stand, and what batteries watch."""
        return references(resources_of(scenario))

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read the elements of a pandapower JSON file."""
        return places.places(path)

    def wants(self, scenario: object) -> Sequence[Wanted]:
        """Return what the file's own profiles give to its elements, and what gives resources their power."""
        rows, path = resources_of(scenario), file_of(scenario)
        profiles = wanted_profiles(path) if path.is_file() else ()  # a scenario made by hand needs no file
        return (*profiles, *wanted(scenario, rows))

    def check(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield profiles that demand would be divided by, where they are zero, and powerless resources."""
        yield from checks.zero_profiles(scenario)
        yield from wrong(scenario, resources_of(scenario))

    def warnings(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield processes that draw nothing, draws that nothing reads, and profiles that nothing follows."""
        yield from checks.unused_draws(scenario)
        if self.name in scenario.simulated:
            for problem in unused_profiles(file_of(scenario)):
                yield Flaw(("networks", self.name, "file"), problem)

    def demand(self, basis: Basis) -> Demand:
        """Return base MW by point and class, and their factors by hour."""
        return demand.demand(basis)

    def net_load(self, scenario: object, demand: Demand, given: Sequence[Given]) -> Vector:
        """Return MW by step that loads draw less what is fed in, losses and links left out."""
        return net_load(scenario, demand, given)

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
            opening.given,
            resources_of(opening.scenario),
            opening.assets(FUELLED),
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
        """Yield what outages lead to, where generation fits, what faults bring, if it was looked at."""
        from twin.utilities.power.told import lines

        return lines(rows)

    def study(self, scenario: Model, settings: Model, network: Network) -> Study | None:
        """Return what the scenario asks to be looked at beside the run: N-1, generation, faults."""
        from twin.utilities.power.study import studies

        own = declared(settings, PowerSettings)
        return studies(declared(scenario, PowerTables), own, network)


UTILITY = Power()

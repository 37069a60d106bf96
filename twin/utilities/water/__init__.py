"""The water network: EPANET, delivering what pressure allows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import inf
from pathlib import Path

from twin.errors import Mistake
from twin.model import Model
from twin.utilities.base import Network, Vector
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.checking import Flaw, ScenarioParts, is_flat_zero
from twin.utilities.demand import Basis, Contract, Demand, DemandClass, Given, Norm, Sold
from twin.utilities.epanet import elements, names, places, schedules
from twin.utilities.epanet.capacities import VOLUMES, pumping
from twin.utilities.names import AssetNames
from twin.utilities.places import Asset
from twin.utilities.utility import OUTAGE, Incident, Opening, Utility, declared
from twin.utilities.water import demand
from twin.utilities.water.metrics import METRICS, SUMMARY
from twin.utilities.water.scaffold import WaterScaffold
from twin.utilities.water.settings import (
    DRAWN,
    SERIES,
    OtherWater,
    WaterContract,
    WaterPrice,
    WaterSeason,
    WaterSettings,
)
from twin.utilities.water.shown import LOSSES, SHOWN

_SHARE = ("1", "share", "-")
_STOPPED, _EMPTY = "stopped", "tank empty"
_TOP_STOREY = 9


class Water(Utility):
    """Sources, tanks, pumps and zones; demand is met as pressure allows."""

    name = "water"
    settings = WaterSettings
    metrics = METRICS
    summary = SUMMARY
    losses = LOSSES
    shown = SHOWN
    fields = {
        "developments": WaterContract,
        "other_demand": OtherWater,
        "seasons": WaterSeason,
        "service_prices": WaterPrice,
    }
    scaffold = WaterScaffold()
    assets = {**names.KINDS, "junction": names.KINDS["junction"]._replace(demand=True, series=SERIES)}
    norms = (
        Norm(demand.NORM, ("l", "l/day", "l/person/day", "l per person and day")),
        Norm(demand.LOSS, _SHARE, 0.95),
    )
    profiles = {
        demand.INDUSTRIAL: "Fraction of the class's daily peak.",
        demand.DOMESTIC: "Domestic use over its daily mean.",
    }
    classes = (DemandClass("domestic"), DemandClass("leakage", leakage=True), DemandClass("industrial"))
    contract = Contract("water_m3_per_day")
    sold = Sold("m3", 3600.0, "served_m3", "unserved_m3")
    season = "water"
    capacities = (
        CapacityKind(
            "source",
            "required_m3_per_s",
            VOLUMES,
            ("junction", "reservoir", "tank", "pipe", "pump", "valve"),
            daily=True,
            whole=True,
            main=True,
        ),
        pumping("source"),
    )
    incidents = (
        Incident(
            _EMPTY,
            "tank refills",
            (_STOPPED, OUTAGE),
            quantity="fill_percent",
            begins_below=0.5,
            ends_above=5.0,
        ),
        Incident(
            "pressure lost",
            "pressure back",
            (_EMPTY, _STOPPED, OUTAGE),
            required="required_m3_per_s",
            delivered="delivered_m3_per_s",
        ),
    )

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the IDs of an EPANET file."""
        return names.read_names(path, self.name)

    def contents(self, path: Path, scenario: object) -> Mapping[str, Mapping[str, object]]:
        """Return what an EPANET file says of each element."""
        return elements.elements(path, self.name)

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read the nodes and links of an EPANET file."""
        return places.places(path, self.name)

    def check(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield profiles that demand would be divided by, where they are zero."""
        for column in self.profiles:
            if is_flat_zero(scenario.profiles, column):
                yield Flaw(("profiles",), f"{column} is 0 in every hour", "an hour above 0")

    def file_warnings(self, path: Path, start: date, end: date) -> Iterator[Mistake]:
        """Yield links whose schedule in the EPANET file ends before the horizon does."""
        return schedules.ended(path, self.name, start, end)

    def demand(self, basis: Basis) -> Demand:
        """Return base m3/s by point and class, and their factors by hour."""
        return demand.demand(basis)

    def net_load(self, scenario: object, demand: Demand, given: Sequence[Given]) -> Vector:
        """Return m3/s by step that demand points ask for, and what series give; not the file's own demand."""
        volumes = [column for column, own in enumerate(given) if own.field == DRAWN]
        own = super().net_load(scenario, demand, given)
        return own + demand.given[:, volumes].sum(axis=1) if volumes else own

    def need(self, more: Vector, basis: Basis) -> Vector:
        """Return m3 on the maximum day that more people need."""
        return demand.need(more, basis)

    def open(self, opening: Opening) -> Network:
        """Open the EPANET file."""
        from twin.utilities.water.network import WaterNetwork

        settings = declared(opening.settings, WaterSettings)
        running = opening.assets("running")
        return WaterNetwork(opening.file, settings, opening.points, len(self.classes), running, opening.given)

    def bounds(self, asset: str, quantity: str, settings: Model, storeys: int | None) -> tuple[float, float]:
        """Return the bounds of pressures, velocities and fills.

        A demand point needs 10 m and 4 m for each storey above the first, at most nine.
        """
        own = declared(settings, WaterSettings)
        if quantity == "pressure_m" and storeys is not None:
            return 10.0 + 4.0 * (min(storeys, _TOP_STOREY) - 1), own.max_pressure_m
        if quantity == "velocity_m_per_s":
            return -inf, own.max_velocity_m_per_s
        return (100.0 * own.min_tank_fill, inf) if quantity == "fill_percent" else (-inf, inf)

    def short_of(self, quantity: str, low: bool) -> str:
        """Return the source: without water pressures fall and tanks run dry."""
        return "source" if low else ""


UTILITY = Water()

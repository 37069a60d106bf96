"""District heating: heat pumps that the grid feeds, one loop, and the buildings on it."""

from math import inf
from pathlib import Path

import numpy as np

from twin.model import Model, NotNegative, Share
from twin.utilities.base import Network, Vector
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.demand import Basis, Contract, Demand, DemandClass, Norm
from twin.utilities.metric import Loss, Metric
from twin.utilities.names import AssetKind, AssetNames
from twin.utilities.places import Asset
from twin.utilities.shown import Mark, Shown
from twin.utilities.utility import (
    OUTAGE,
    Incident,
    NetworkSettings,
    Opening,
    Utility,
    declared,
)
from twin_heat.network import HeatNetwork, read_plan


class HeatSettings(NetworkSettings):
    """The heating network and its limits."""

    file: str = "heat.json"
    """Heat pumps, buildings and what the loop loses; `network.py` tells its form."""
    min_supply_share: Share = 0.98
    """Lowest share of its need that a building may get."""


class HeatContract(Model):
    """What a development contracts."""

    heat_mw: NotNegative = 0.0
    """Contracted heat."""


class HeatSeason(Model):
    """The month's factor."""

    heat: NotNegative = 1.0
    """January is 1."""


class HeatPrice(Model):
    """What heat that is not delivered is worth."""

    unserved_heat_kzt_per_mwh: NotNegative = 0.0


class Heat(Utility):
    """Heat pumps warm one loop; where they fall short, all buildings get the same share of their need."""

    name = "heat"
    settings = HeatSettings
    fields = {"developments": HeatContract, "seasons": HeatSeason, "service_prices": HeatPrice}
    assets = {"pump": AssetKind({"in_service": "flag"}), "building": AssetKind(outages=False, demand=True)}
    norms = (Norm("heat_kw_per_person", ("kW", "kW/person")),)
    profiles = {"heat": "Fraction of the daily peak."}
    classes = (DemandClass("space heating"),)
    contract = Contract("heat_mw")
    season = "heat"
    capacities = (CapacityKind("heat pump", "output_mw", {"MW": 1.0, "kW": 1e-3}, ("pump",), main=True),)
    metrics = (
        Metric("heat_served_mwh", "MWh", lambda run: run.totals["served_mwh"], better="more"),
        Metric("unserved_heat_mwh", "MWh", lambda run: run.totals["unserved_mwh"], headline=100),
        Metric("balance_error_heat", "", lambda run: _balance_error(run.totals)),
    )
    losses = (
        Loss(
            "unserved_heat_mwh",
            "MWh",
            metric="unserved_heat_mwh",
            price="unserved_heat_kzt_per_mwh",
            part="heat",
        ),
    )
    incidents = (
        Incident("cold", "warm again", ("stopped", OUTAGE), required="required_mw", delivered="delivered_mw"),
    )
    shown = Shown(
        kinds=(Mark("pump", "square"), Mark("building", "diamond", minor=True, serves=True)),
        losing=("cold",),
        words={
            "en": {
                "network.heat": "Heat",
                "supply.lost_heat": "heat not delivered",
                "kind.building": "building",
                "kind.heat pump": "heat pumps",
                "quantity.supply_share": "Share of the need",
                "lost.unserved_heat_mwh": "{amount} MWh of heat not delivered",
                "cost.heat": "{amount} for heat not delivered",
                "price.unserved_heat_kzt_per_mwh": "heat not delivered, KZT per MWh",
                "metric.heat_served_mwh": "Heat delivered",
                "metric.unserved_heat_mwh": "Heat not delivered",
                "event.cold": "buildings get cold",
                "event.warm again": "buildings are warm again",
            }
        },
    )

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the names of heat pumps and buildings."""
        plan = read_plan(path)
        return AssetNames(
            {
                "pump": {f"heat/{pump.name}" for pump in plan.pumps},
                "building": {f"heat/{name}" for name in plan.buildings},
            }
        )

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read what there is; a drawn layout places it."""
        plan = read_plan(path)
        pumps = [Asset(f"heat/{p.name}", "pump", capacity=p.rated_mw, unit="MW") for p in plan.pumps]
        return pumps + [Asset(f"heat/{name}", "building") for name in plan.buildings]

    def demand(self, basis: Basis) -> Demand:
        """Return base MW by building, season included, and its factor by hour."""
        people = basis.people * basis.norm("heat_kw_per_person") / 1000.0
        base = basis.share((people + basis.contracted("heat_mw"))[:, None]) * basis.season("heat")
        shape = basis.shape("heat")
        return Demand(base, shape[:, None], np.ones(len(shape)))

    def need(self, more: Vector, basis: Basis) -> Vector:
        """Return MW at the peak that more people need."""
        return more * basis.norm("heat_kw_per_person") / 1000.0

    def open(self, opening: Opening) -> Network:
        """Open the heating network."""
        return HeatNetwork(read_plan(opening.file), opening.points, opening.assets("running"))

    def bounds(self, asset: str, quantity: str, settings: Model, storeys: int | None) -> tuple[float, float]:
        """Return the lowest share of its need that a building may get."""
        lowest = declared(settings, HeatSettings).min_supply_share
        return (lowest, inf) if quantity == "supply_share" else (-inf, inf)

    def short_of(self, quantity: str, low: bool) -> str:
        """Return the heat pumps, without which buildings stay cold."""
        return "heat pump" if low else ""


def _balance_error(totals: dict[str, float]) -> float:
    used = totals["served_mwh"] + totals["losses_mwh"]
    return abs(totals["supplied_mwh"] - used) / max(totals["supplied_mwh"], 1e-9)

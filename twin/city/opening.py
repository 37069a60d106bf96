"""Opening the networks that a scenario asks for."""

import hashlib
from collections.abc import Sequence

from twin.city.couplings import driven_loads, manholes, powered_assets
from twin.scenario.schema import Scenario
from twin.utilities.base import Network


def open_networks(
    scenario: Scenario, power_points: Sequence[str], water_points: Sequence[str]
) -> dict[str, Network]:
    """Open the engines this scenario needs, and only those."""
    networks: dict[str, Network] = {}
    settings, folder, links = scenario.networks, scenario.folder, scenario.links
    if settings.power:
        from twin.utilities.power.network import PowerNetwork

        domestic, industrial = (
            scenario.demand.domestic_power_factor,
            scenario.demand.industrial_power_factor,
        )
        networks["power"] = PowerNetwork(
            folder / settings.power.file,
            settings.power,
            power_points,
            (domestic, domestic, industrial),
            driven_loads(links),
            _supply_ratings(scenario),
        )
    if settings.water:
        from twin.utilities.water.network import WaterNetwork

        networks["water"] = WaterNetwork(
            folder / settings.water.file, settings.water, water_points, 3, powered_assets(links, "water")
        )
    if settings.wastewater:
        from twin.utilities.wastewater.network import WastewaterNetwork

        networks["wastewater"] = WastewaterNetwork(
            folder / settings.wastewater.file,
            settings.wastewater,
            scenario.treatment,
            scenario.lift_stations,
            manholes(links),
            powered_assets(links, "wastewater"),
        )
    return networks


def opening_key(scenario: Scenario) -> str:
    """Return a digest of all that opened networks depend on: scenarios that share it can share a city."""
    settings, demand = scenario.networks, scenario.demand
    files = [n.file for n in (settings.power, settings.water, settings.wastewater) if n]
    parts = (
        scenario.model_dump_json(include={"networks", "settling", "links", "treatment", "lift_stations"}),
        repr([point.asset for point in scenario.demand_points]),
        repr((demand.domestic_power_factor, demand.industrial_power_factor)),
        repr(sorted(_supply_ratings(scenario).items())),
        *(hashlib.sha256((scenario.folder / file).read_bytes()).hexdigest() for file in files),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _supply_ratings(scenario: Scenario) -> dict[str, float]:
    return {
        asset: row.amount
        for members in scenario.capacities.values()
        for asset, row in members.items()
        if row.kind == "supply" and row.amount is not None
    }

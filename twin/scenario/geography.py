"""Where the assets of a scenario lie and what they join: read from the native files, without any engine."""

from twin.scenario.asset_place import AssetPlace
from twin.scenario.layout import middle, place
from twin.scenario.schema import Scenario
from twin.scenario.standing import bringing_and_retiring
from twin.utilities.registry import utilities


def locate(scenario: Scenario) -> list[AssetPlace]:
    """Return a row for each asset: its place, what it joins, its size, and the site that brings it.

    A place is taken from the network's file; where that has none, from the district that an asset serves,
    then from its neighbours, and at last from a layout by distance from the supply. ``placed`` says which.
    """
    sites, retired = bringing_and_retiring(scenario)
    districts = _districts(scenario)
    centres = {
        name: (area.longitude, area.latitude)
        for name, area in scenario.districts.items()
        if area.longitude or area.latitude
    }
    rows = []
    for network, settings in scenario.simulated.items():
        assets = utilities()[network].places(scenario.folder / settings.file, scenario)
        places = place(
            {asset.name: asset.place for asset in assets if not asset.start},
            [(asset.start, asset.end) for asset in assets if asset.start],
            {asset.start or asset.name: districts[asset.name] for asset in assets if asset.name in districts},
            centres,
        )
        for asset in assets:
            point, placed = (
                middle(places[asset.start], places[asset.end]) if asset.start else places[asset.name]
            )
            rows.append(
                AssetPlace(
                    asset=asset.name,
                    network=network,
                    kind=asset.kind,
                    x=round(point[0], 6),
                    y=round(point[1], 6),
                    start=asset.start,
                    end=asset.end,
                    capacity=asset.capacity or None,
                    unit=asset.unit,
                    district=districts.get(asset.name, ""),
                    site=sites.get(asset.name, ""),
                    retired_by=retired.get(asset.name, ""),
                    placed=placed,
                    level=asset.level,
                    route="; ".join(f"{round(x, 6)!r} {round(y, 6)!r}" for x, y in asset.route),
                )
            )
    return rows


def _districts(scenario: Scenario) -> dict[str, str]:
    """Return the district of each asset that serves one: demand points, and what links join to them."""
    districts = {point.asset: point.district for point in scenario.demand_points}
    joined = {link.to: districts[link.asset] for link in scenario.links if link.asset in districts}
    return districts | joined

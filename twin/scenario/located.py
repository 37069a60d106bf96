"""In which district assets and capacities are, where that is one district."""

from twin.scenario.schema import Scenario


def asset_districts(scenario: Scenario) -> dict[str, str]:
    """Return the district of each demand point that carries one district's demand alone."""
    found: dict[str, set[str]] = {}
    for point in scenario.demand_points:
        found.setdefault(point.asset, set()).add(point.district)
    return {asset: next(iter(names)) for asset, names in found.items() if len(names) == 1}


def capacity_districts(scenario: Scenario) -> dict[str, str]:
    """Return the district of each capacity whose members all come with sites of one district."""
    found = {
        name: {scenario.sites[row.from_site].district if row.from_site else "" for row in members.values()}
        for name, members in scenario.capacities.items()
    }
    return {name: next(iter(districts)) for name, districts in found.items() if len(districts) == 1}

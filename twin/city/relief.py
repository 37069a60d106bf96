"""Which sites would have helped what is short: by the scenario's tables alone."""

from collections.abc import Collection

from twin.scenario.schema import Scenario, kind_of
from twin.scenario.standing import counts

P90_LEAD_FACTOR = 1.6
"""Nine of ten works take at most so many times their planned months (planning input)."""


def relief_sites(scenario: Scenario, name: str, commissioned: Collection[str]) -> set[str]:
    """Return the sites, not yet commissioned, that would have added to a named capacity."""
    members = scenario.capacities[name]
    own = {site for row in members.values() for site in (row.from_site, row.until_site)}
    # what does not stand yet lacks nothing
    standing = [asset for asset, row in members.items() if counts(row, commissioned)]
    found = own.union(*(missing_sites(scenario, asset, commissioned) for asset in standing))
    return found - {"", *commissioned}


def missing_sites(scenario: Scenario, asset: str, commissioned: Collection[str]) -> set[str]:
    """Return the sites, not yet commissioned, that would have added to what an asset is short of.

    They add members to a capacity the asset is part of, replace the asset, or, where what feeds a utility
    at its places is short, bring another of that.
    """
    missing: set[str] = set()
    mains: set[str] = set()
    for members in scenario.capacities.values():
        own = members.get(asset)
        if own is not None:
            missing |= {row.from_site for row in members.values()} | {own.until_site}
            kind = kind_of(members)
            mains |= {kind.name} if kind.main and kind.spread == "points" else set()
    for members in scenario.capacities.values() if mains else ():
        missing |= {row.from_site for row in members.values() if row.kind in mains}
    return missing - {"", *commissioned}

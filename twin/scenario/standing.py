"""When an asset stands: which sites bring it into service, and which take it out.

Three tables say it: `site_changes` switch assets of a network's file; members of `capacities` and rows of
`demand_points` count from a site on, or until one. Where they contradict each other, that is a mistake.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

from twin.scenario.document import Document
from twin.scenario.schema import LINKS, Scenario, utility_of
from twin.utilities.utility import Utility

Key = tuple[str | int, ...]


class Switched(NamedTuple):
    """By address, the sites that switch an asset on, and off, in the order of the table."""

    on: dict[str, list[str]]
    off: dict[str, list[str]]


class Spell(Protocol):
    """A row that counts from a site on, or until one; empty: always."""

    from_site: str
    until_site: str


def counts(row: Spell, commissioned: Collection[str]) -> bool:
    """Return whether a member of a capacity, or a demand point, counts with these sites in service."""
    begun = not row.from_site or row.from_site in commissioned
    return begun and not (row.until_site and row.until_site in commissioned)


def switched(scenario: Scenario) -> Switched:
    """Return the sites whose commissioning switches each asset."""
    found = Switched({}, {})
    for change in scenario.site_changes:
        if isinstance(change.value, bool) and change.phase == "commissioned":
            (found.on if change.value else found.off).setdefault(change.asset, []).append(change.site)
    return found


def planned_districts(scenario: Scenario, utility: Utility) -> set[str]:
    """Return the districts in which a utility that is told by the kinds of its sites is, or will be.

    A site whose kind names the service counts for the district it stands in, or for both ends of
    ``Gate>Growing``; a demand point of a network that is simulated for its own. What waits for a site that
    the build order cancels does not count.
    """
    cancelled = {row.site for row in scenario.order if row.cancelled}
    by_site = {
        district
        for name, site in scenario.sites.items()
        if utility.planned_by in site.kind.split() and name not in cancelled
        for district in site.district.split(">")
    }
    if utility.name not in scenario.simulated:
        return by_site
    points = (p for p in scenario.demand_points if utility_of(p.asset) == utility.name)
    return by_site | {point.district for point in points if point.from_site not in cancelled}


def needed_sites(scenario: Scenario) -> dict[str, set[str]]:
    """Return the sites without which an asset cannot run: those that switch it on, or what feeds it.

    Assets that no site brings are left out.
    """
    sites = {asset: set(own) for asset, own in switched(scenario).on.items()}
    for link in scenario.links:
        if LINKS[link.kind].takes and link.to in sites:
            sites.setdefault(link.asset, set()).update(sites[link.to])
    return sites


def bringing_and_retiring(scenario: Scenario) -> tuple[dict[str, str], dict[str, str]]:
    """Return by address the one site that brings an asset, and the one that retires it."""
    brings, retires = ({asset: own[-1] for asset, own in sites.items()} for sites in switched(scenario))
    for members in scenario.capacities.values():
        for asset, row in members.items():
            if row.from_site:
                brings.setdefault(asset, row.from_site)
            if row.until_site:
                retires.setdefault(asset, row.until_site)
    return brings, retires


def check_standing(scenario: Scenario, document: Document) -> None:
    """Note rows that count where, by the changes of sites or another row, their asset is not in service.

    A row may count from a later site than the one that switches its asset on, or until an earlier one than
    the one that switches it off, if the later requires the earlier.
    """
    by_change = switched(scenario)
    known = scenario.sites.keys()
    for key, asset, row in _rows(scenario):
        on, off = ([site for site in sites.get(asset, ()) if site in known] for sites in by_change)
        first, last = row.from_site, row.until_site
        if on and first in known and not any(_after(scenario, first, site) for site in on):
            document.add(key, f"{asset} counts from {first}, but {on[0]} switches it on", f"from {on[0]}")
        if on and not off and not first:
            document.add(key, f"{asset} counts from the start, but {on[0]} switches it on", f"from {on[0]}")
        if off and last in known and not any(_after(scenario, site, last) for site in off):
            document.add(key, f"{asset} counts until {last}, but {off[0]} switches it off", f"until {off[0]}")
        if off and not on and not last:
            document.add(key, f"{asset} counts to the end, but {off[0]} switches it off", f"until {off[0]}")
    _between_capacities(scenario, document)


def _rows(scenario: Scenario) -> Iterator[tuple[Key, str, Spell]]:
    for name, members in scenario.capacities.items():
        for asset, member in members.items():
            yield ("capacities", name, asset), asset, member
    for i, point in enumerate(scenario.demand_points):
        yield ("demand_points", i), point.asset, point


def _between_capacities(scenario: Scenario, document: Document) -> None:
    """Note an asset that two capacities count over different times."""
    said: dict[str, tuple[str, Spell]] = {}
    for name, members in scenario.capacities.items():
        for asset, row in members.items():
            other, same = said.setdefault(asset, (name, row))
            for word, mine, theirs in (
                ("from", row.from_site, same.from_site),
                ("until", row.until_site, same.until_site),
            ):
                if mine != theirs:
                    told = f"{word} {mine or 'no site'} here and {word} {theirs or 'no site'} in {other}"
                    document.add(("capacities", name, asset), f"{asset} counts {told}", "the same in both")


def _after(scenario: Scenario, site: str, earlier: str) -> bool:
    """Return whether a site is another or requires it, directly or through others."""
    seen, left = {site}, [site]
    while left:
        own = scenario.sites.get(left.pop())
        new = set(own.requires if own else ()) - seen
        seen |= new
        left += new
    return earlier in seen

"""Which named capacities a change of a scenario can move, and by what."""

from collections.abc import Iterator, Mapping, Sequence

from twin.scenario.changes import Change
from twin.scenario.located import capacity_districts
from twin.scenario.schema import TABLES, Scenario, kind_of, utility_of
from twin.utilities.registry import utilities

_OF_DISTRICTS = tuple(table for table, keys in TABLES.items() if keys and keys[0] == "district")
_EVERY = ("norms", "profiles", "seasons")


def affected(before: Scenario, after: Scenario, changes: Sequence[Change]) -> dict[str, list[str]]:
    """Return the capacities that changes touch, each with what touches it.

    Those are the capacities of which a member, its rating, or the site that brings or ends it has changed;
    those of a district in which demand has; and those that carry a whole network, where any has. How far
    they move, only a run tells.
    """
    found: dict[str, dict[str, None]] = {}
    index = _Index(before, after)
    for change in changes:
        for name in index.touched(change):
            found.setdefault(name, {})[f"{change.part} {change.key}"] = None
    return {name: list(found[name]) for name in index.names if name in found}


class _Index:
    """The capacities of two scenarios by what can move them."""

    def __init__(self, before: Scenario, after: Scenario) -> None:
        both = (before, after)
        self.names = tuple(dict.fromkeys(name for own in both for name in own.capacities))
        self._by_asset: dict[str, dict[str, None]] = {}
        self._by_site: dict[str, dict[str, None]] = {}
        self._by_district: dict[str, dict[str, None]] = {}
        self._whole: dict[str, None] = {}
        for own in both:
            self._take(own)
        self._assets_of: dict[str, set[str]] = {}
        for own in both:
            for row in own.site_changes:
                self._assets_of.setdefault(row.site, set()).add(row.asset)
        self._places = {
            name: {own.developments[name].district for own in both if name in own.developments}
            for name in (*before.developments, *after.developments)
        }

    def _take(self, scenario: Scenario) -> None:
        for name, members in scenario.capacities.items():
            for asset, row in members.items():
                self._by_asset.setdefault(asset, {})[name] = None
                for site in filter(None, (row.from_site, row.until_site)):
                    self._by_site.setdefault(site, {})[name] = None
            utility = utilities()[utility_of(next(iter(members)))]
            if utility.classes and kind_of(members).whole:
                self._whole[name] = None
        for name, district in capacity_districts(scenario).items():
            self._by_district.setdefault(district, {})[name] = None

    def touched(self, change: Change) -> Iterator[str]:
        """Yield the capacities that a change can move."""
        first = change.key.split(" ")[0]
        if change.part == "capacities":
            yield from (name for name in self.names if change.key.startswith(f"{name} "))
        elif change.part in utilities():
            yield from self._by_asset.get(change.key, ())
        elif change.part in ("sites", "order"):
            yield from self._of_site(first)
        elif change.part == "site_changes":
            for word in change.key.split(" "):
                yield from (*self._by_asset.get(word, ()), *self._by_site.get(word, ()))
        elif change.part in _OF_DISTRICTS:
            yield from self._of_district(first)
        elif change.part == "developments":
            for district in self._places.get(change.key, ()):
                yield from self._of_district(district)
        elif change.part in _EVERY:
            yield from self.names

    def _of_site(self, site: str) -> Iterator[str]:
        yield from self._by_site.get(site, ())
        for asset in sorted(self._assets_of.get(site, ())):
            yield from self._by_asset.get(asset, ())

    def _of_district(self, district: str) -> Iterator[str]:
        yield from (*self._by_district.get(district, ()), *self._whole)


def told(found: Mapping[str, Sequence[str]], most: int = 4) -> Iterator[str]:
    """Yield a line for each affected capacity: what touches it, of many the first."""
    for name, causes in found.items():
        more = f" and {len(causes) - most} more" if len(causes) > most else ""
        yield f"{name}: {', '.join(causes[:most])}{more}"

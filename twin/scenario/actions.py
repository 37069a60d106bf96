"""Cross checks of what is done to assets: which can be switched or set, and how; which make up a capacity.

A node and a link of one network may share an address, as they may an ID in EPANET: what is done, or read,
tells which of them is meant.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from twin.scenario.document import Document
from twin.scenario.schema import Capacity, Scenario, utility_of
from twin.scenario.works import SiteChange
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.names import WHOLE, AssetNames
from twin.utilities.registry import utilities

_TAKEN = {"flag": "true or false", "number": "a number"}
Kinds = Mapping[str, Sequence[str]]
"""The kinds of each asset: one, or two that share an address."""


def check_actions(scenario: Scenario, document: Document, names: Mapping[str, AssetNames]) -> None:
    """Note changes, outages, failures and capacities of assets that have no such field or reading."""
    kinds = kinds_of(names)
    for i, change in enumerate(scenario.site_changes):
        if change.asset in kinds:
            _change(document, i, change, kinds[change.asset])
    able = kinds.keys() - fixed(names)
    for i, outage in enumerate(scenario.outages):
        for asset in outage.assets:
            if asset in kinds and asset not in able:
                document.add(
                    ("outages", i), _cannot(asset, kinds), "what carries or feeds: see the reference"
                )
    for name, failure in scenario.failures.items():
        for pattern in failure.assets:
            matching = [asset for asset in kinds if fnmatchcase(asset, pattern)]
            if matching and not able.intersection(matching):
                document.add(("failures", name), _cannot(matching[0], kinds))
    for name, members in scenario.capacities.items():
        _capacity(document, name, members, kinds)


def kinds_of(names: Mapping[str, AssetNames]) -> Kinds:
    """Return the kinds of each asset."""
    found: dict[str, tuple[str, ...]] = {}
    for own in names.values():
        for kind, assets in own.by_kind.items():
            shared = {asset: (*found[asset], kind) for asset in found.keys() & assets}
            found.update(dict.fromkeys(assets, (kind,)))
            found.update(shared)
    return found


def fixed(names: Mapping[str, AssetNames]) -> set[str]:
    """Return the assets that cannot be taken out of service, and what stands for a network as a whole."""
    found = {f"{utility}/{WHOLE}" for utility in names}
    for utility, own in names.items():
        able = [kind for kind, known in utilities()[utility].assets.items() if known.outages]
        found |= own.all - own.of(*able)
    return found


def _cannot(asset: str, kinds: Kinds) -> str:
    return f"{asset} is a {kinds[asset][0]}, which cannot be taken out of service"


def _change(document: Document, i: int, change: SiteChange, kinds: Sequence[str]) -> None:
    assets = utilities()[utility_of(change.asset)].assets
    kind = next((own for own in kinds if change.field in assets[own].fields), kinds[-1])
    fields = assets[kind].fields
    right = fields.get(change.field, "")
    if not right:
        known = " or ".join(fields) or "none: a change acts on what joins nodes, or on plants"
        document.add(("site_changes", i), f"{change.asset}, a {kind}, has no field {change.field}", known)
    elif isinstance(change.value, bool) != (right == "flag"):
        problem = f"{change.field} of {change.asset} is {_shown(change.value)}"
        document.add(("site_changes", i), problem, _TAKEN[right])
    elif right == "number" and change.value < 0:
        problem = f"{change.field} of {change.asset} is {change.value:g}"
        document.add(("site_changes", i), problem, "0 or more")


def _shown(value: bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _capacity(document: Document, name: str, members: Mapping[str, Capacity], kinds: Kinds) -> None:
    """Note members that tell no load of the capacity's kind, or are of another kind or utility."""
    first, row = next(iter(members.items()))
    utility, kind = utility_of(first), row.kind
    for asset, row in members.items():
        key, known = ("capacities", name, asset), _kinds(row.kind, utility_of(asset))
        may = dict.fromkeys(kind for own in known for kind in own.members)
        if row.kind != kind:
            document.add(key, f"{name} is a {kind} and a {row.kind}", "one kind for all its members")
        elif asset in kinds and may.keys().isdisjoint(kinds[asset]):
            document.add(key, f"{asset} is a {kinds[asset][0]}, no member of a {row.kind}", " or ".join(may))
        elif asset in kinds and utility_of(asset) != utility:
            document.add(key, f"{name} has members of {utility} and {utility_of(asset)}", "one network's")
        if row.rating is None and not any(own.rated_in_file for own in known):
            document.add(key, f"{asset} has no rating", f"what the {row.kind} can bring")


def _kinds(name: str, utility: str) -> list[CapacityKind]:
    """Return the kinds of capacity of a name: the utility's own, or those of others if it has none."""
    every = [(own.name, kind) for own in utilities().values() for kind in own.capacities if kind.name == name]
    return [kind for own, kind in every if own == utility] or [kind for _, kind in every]

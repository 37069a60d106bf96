"""Cross checks of what is done to assets: which can be switched or set, and how; which make up a capacity."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from twin.scenario.document import Document
from twin.scenario.schema import Capacity, Scenario
from twin.scenario.works import SiteChange
from twin.utilities.names import AssetNames

_FLAG, _NUMBER = "true or false", "a number"
_OPEN, _IN_SERVICE = {"open": _FLAG}, {"in_service": _FLAG}
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "substation": ("trafo", "trafo3w"),
    "supply": ("ext_grid",),
    "source": ("junction", "reservoir", "tank", "pipe", "pump", "valve"),
    "treatment": ("plant",),
    "pumping": ("pump", "valve", "pipe"),
}
"""By kind of capacity, the kinds of assets whose readings tell its load."""


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


def kinds_of(names: Mapping[str, AssetNames]) -> dict[str, str]:
    """Return the kind of each asset."""
    return {asset: kind for own in names.values() for kind, assets in own.by_kind.items() for asset in assets}


def fixed(names: Mapping[str, AssetNames]) -> set[str]:
    """Return the assets that cannot be taken out of service, and what stands for a network as a whole."""
    nodes = (own.of("switch", "junction", "reservoir", "tank") for own in names.values())
    return set().union(*nodes, {f"{network}/network" for network in names})


def _cannot(asset: str, kinds: Mapping[str, str]) -> str:
    return f"{asset} is a {kinds[asset]}, which cannot be taken out of service"


def _fields(network: str, kind: str) -> Mapping[str, str]:
    """Return the fields of a kind of asset, and what each takes."""
    if kind == "switch":
        return {"closed": _FLAG}
    if network == "power" or kind == "plant":
        return _IN_SERVICE
    if kind in ("pump", "valve"):
        return {**_OPEN, "setting": _NUMBER}
    return _OPEN if kind == "pipe" else {}


def _change(document: Document, i: int, change: SiteChange, kind: str) -> None:
    fields = _fields(change.asset.split("/")[0], kind)
    right = fields.get(change.field, "")
    if not right:
        known = " or ".join(fields) or "none: a change acts on what joins nodes, or on plants"
        document.add(("site_changes", i), f"{change.asset}, a {kind}, has no field {change.field}", known)
    elif isinstance(change.value, bool) != (right == _FLAG):
        problem = f"{change.field} of {change.asset} is {_shown(change.value)}"
        document.add(("site_changes", i), problem, right)
    elif change.field == "setting" and change.value < 0:
        document.add(("site_changes", i), f"setting of {change.asset} is {change.value:g}", "0 or more")


def _shown(value: bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _capacity(
    document: Document, name: str, members: Mapping[str, Capacity], kinds: Mapping[str, str]
) -> None:
    first = next(iter(members.values())).kind
    for asset, row in members.items():
        key = ("capacities", name, asset)
        if row.kind != first:
            document.add(key, f"{name} is a {first} and a {row.kind}", "one kind for all its members")
        elif asset in kinds and kinds[asset] not in _MEMBERS[row.kind]:
            known = " or ".join(_MEMBERS[row.kind])
            document.add(key, f"{asset} is a {kinds[asset]}, no member of a {row.kind}", known)
        if row.rating is None and row.kind != "substation":
            document.add(key, f"{asset} has no rating", f"what the {row.kind} can bring")

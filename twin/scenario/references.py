"""Cross checks: what a scenario names must exist."""

import os
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from twin.errors import InvalidInput
from twin.scenario.actions import check_actions
from twin.scenario.appearance_checks import check_names
from twin.scenario.document import Document
from twin.scenario.holidays import check_calendar
from twin.scenario.orders import check_orders
from twin.scenario.patterns import matching
from twin.scenario.ranges import check_ranges
from twin.scenario.schema import LINKS, Scenario, utility_of
from twin.scenario.series_checks import check_series, series_names
from twin.scenario.standing import check_standing
from twin.scenario.tariffs import check_tariffs
from twin.utilities.checking import Reference
from twin.utilities.coupling import LinkKind
from twin.utilities.names import WHOLE, AssetNames
from twin.utilities.registry import utilities

NORMS = tuple(norm.name for own in utilities().values() for norm in own.norms)
PROFILES = tuple(dict.fromkeys(name for own in utilities().values() for name in own.profiles))
PROFILE_SETTINGS = tuple(key for own in utilities().values() for key in own.profile_settings)
_DECLARES = {kind.name: name for name, own in utilities().items() for kind in own.links}


def check_references(scenario: Scenario, document: Document) -> None:
    """Note every name that points nowhere, every gap in the tables and every cycle among sites."""
    names = read_names(scenario, document)
    for check in (
        check_ranges,
        _tables,
        _sites,
        _districts,
        _doubles,
        check_standing,
        check_orders,
        check_tariffs,
        check_names,
    ):
        check(scenario, document)
    _addresses(scenario, document, names)
    _assets(scenario, document, names)
    check_calendar(scenario, document)
    check_series(scenario, document, names)
    check_actions(scenario, document, names)


def whole_names(scenario: Scenario, document: Document) -> Scenario:
    """Return a scenario whose links name quoted IDs in full, where they hold the first word alone.

    Links that were made by splitting lines at blanks say ``.../"PU`` of an asset ``"PU one"``.
    """
    cut = {link.asset for link in scenario.links if '/"' in link.asset and not link.asset.endswith('"')}
    if not cut:
        return scenario
    quiet = Document(reach=document.reach, own=document.own)
    every = set().union(*(own.all for own in read_names(scenario, quiet).values()))
    whole: dict[str, str] = {}
    for name in cut - every:
        meant = [asset for asset in every if asset.split()[0] == name.replace('/"', "/") and " " in asset]
        whole |= {name: meant[0]} if len(meant) == 1 else {}
    links = (link.model_copy(update={"asset": whole.get(link.asset, link.asset)}) for link in scenario.links)
    return scenario.model_copy(update={"links": tuple(links)})


def _tables(scenario: Scenario, document: Document) -> None:
    """Note what simulated utilities need to turn people and contracts into demand, and is not there."""
    simulated = [own for name, own in utilities().items() if name in scenario.simulated]
    columns: set[str] = set().union(*scenario.profiles.values(), series_names(scenario, document.reach))
    if scenario.population:
        for norm in (norm.name for own in simulated for norm in own.norms):
            if norm not in scenario.norms:
                document.add(("norms",), f"missing norm {norm}", "needed to turn people into demand")
    if scenario.population or scenario.developments:
        for profile in dict.fromkeys(name for own in simulated for name in own.profiles):
            if profile not in columns:
                document.add(("profiles",), f"missing column {profile}", "a shape for that class of demand")
    for key in PROFILE_SETTINGS:
        column = getattr(scenario.demand, key)
        if column and column not in columns:
            document.add(("demand", key), f"no column {column} in profiles.csv")


def _sites(scenario: Scenario, document: Document) -> None:
    for name, site in scenario.sites.items():
        key = ("sites", name)
        _exists(document, key, "stage", site.stage, scenario.stages)
        for required in site.requires:
            _exists(document, key, "site", required, scenario.sites)
    for cycle in _cycles({name: site.requires for name, site in scenario.sites.items()}):
        document.add(("sites", cycle[0]), f"cycle among sites: {' requires '.join([*cycle, cycle[0]])}")
    for i, change in enumerate(scenario.site_changes):
        _exists(document, ("site_changes", i), "site", change.site, scenario.sites)
    for i, gate in enumerate(scenario.gates):
        _exists(document, ("gates", i), "site", gate.site, scenario.sites)
        _exists(document, ("gates", i), "district", gate.district, scenario.districts)
    _works_phase(scenario, document)
    for i, point in enumerate(scenario.demand_points):
        for named in filter(None, (point.from_site, point.until_site)):
            _exists(document, ("demand_points", i), "site", named, scenario.sites)
    for name, members in scenario.capacities.items():
        for asset, row in members.items():
            for named in filter(None, (row.from_site, row.until_site)):
                _exists(document, ("capacities", name, asset), "site", named, scenario.sites)


def _works_phase(scenario: Scenario, document: Document) -> None:
    """Note what works change and commissioning does not set: it would stay as the works left it."""
    rows = scenario.site_changes
    settled = {(row.site, row.asset, row.field) for row in rows if row.phase == "commissioned"}
    for i, row in enumerate(rows):
        if row.phase == "works" and (row.site, row.asset, row.field) not in settled:
            problem = (
                f"the works of {row.site} change {row.field} of {row.asset}, and nothing sets it after them"
            )
            document.add(("site_changes", i), problem, "a row of the phase `commissioned`")


def _districts(scenario: Scenario, document: Document) -> None:
    for table in ("population", "other_demand"):
        for district in getattr(scenario, table):
            _exists(document, (table, district), "district", district, scenario.districts)
    for name, development in scenario.developments.items():
        _exists(document, ("developments", name), "district", development.district, scenario.districts)
    for i, point in enumerate(scenario.demand_points):
        _exists(document, ("demand_points", i), "district", point.district, scenario.districts)


def _addresses(scenario: Scenario, document: Document, names: Mapping[str, AssetNames]) -> None:
    """Note what a table calls as its network's file calls another asset, or as the whole is called.

    A row may have the name of the asset that it refers to: a plant that of the outfall at which it stands.
    """
    for utility, own in names.items():
        stands_at = set(utilities()[utility].references(scenario)) if own.rows else set()
        for asset, (kind, key) in own.rows.items():
            others = [other for other, assets in own.by_kind.items() if asset in assets and other != kind]
            if asset == f"{utility}/{WHOLE}":
                document.add(key, f"{asset} is the address of the whole network", "another name")
            for other in others:
                if Reference(key, other, asset) not in stands_at:
                    document.add(key, f"{asset} is the address of a {other} too", "another name")


def _assets(scenario: Scenario, document: Document, names: Mapping[str, AssetNames]) -> None:
    every: set[str] = set().union(*(n.all for n in names.values()))
    carrying = {
        name: tuple(kind for kind, own in utility.assets.items() if own.demand)
        for name, utility in utilities().items()
    }
    called = " or ".join(dict.fromkeys(kind for kinds in carrying.values() for kind in kinds))
    points: set[str] = set().union(*(own.of(*carrying[name]) for name, own in names.items()))
    for i, point in enumerate(scenario.demand_points):
        _exists(document, ("demand_points", i), called, point.asset, points)
    for i, link in enumerate(scenario.links):
        kind, own = LINKS[link.kind], _DECLARES[link.kind]
        linked = _linked(names, kind)
        if link.asset in every and link.asset not in linked:
            sort = next(s for own in names.values() for s in own.by_kind if link.asset in own.by_kind[s])
            document.add(
                ("links", i), f"{link.asset} is of kind {sort}, which no link of kind {link.kind} takes"
            )
        else:
            _exists(document, ("links", i), _source(kind), link.asset, linked)
        if own in names or not kind.without:
            _exists(
                document, ("links", i), kind.called or " or ".join(kind.to), link.to, _of(names, kind.to, own)
            )
    _ways(scenario, document, names)
    for table in ("site_changes", "limits"):
        for i, row in enumerate(getattr(scenario, table)):
            _exists(document, (table, i), "asset", row.asset, every)
    _outages(scenario, document, every)
    _record(scenario, document, every | {f"{name}/{WHOLE}" for name in scenario.simulated})
    for name, members in scenario.capacities.items():
        for asset in members:
            _exists(document, ("capacities", name, asset), "asset", asset, every)
    for utility, found in names.items():
        for key, sort, asset in utilities()[utility].references(scenario):
            _exists(document, key, sort, asset, found.of(*sort.split(" or ")))


def _ways(scenario: Scenario, document: Document, names: Mapping[str, AssetNames]) -> None:
    """Note places that crews or material are to reach and to which no network tells the way."""
    drives = {name: own.drive for name, own in utilities().items() if own.drive}
    told = set().union(*(names[name].of(*drive.kinds) for name, drive in drives.items() if name in names))
    places = [(("sites", name), site.delivered_at) for name, site in scenario.sites.items()]
    places += [(("failures", name), failure.reached_at) for name, failure in scenario.failures.items()]
    for key, place in places:
        if place:
            _exists(document, key, "end of a way", place, told)


def _linked(names: Mapping[str, AssetNames], kind: LinkKind) -> set[str]:
    """Return the assets that a link may have: of the kinds that it names, and of those that name it."""
    found = _of(names, kind.assets, kind.of)
    for name, own in names.items():
        found |= own.of(
            *(sort for sort, known in utilities()[name].assets.items() if kind.name in known.links)
        )
    return found


def _source(kind: LinkKind) -> str:
    """Return what a link's `asset` is called: by its utility where that is one, else as the kind of link."""
    return f"{kind.of} {' or '.join(kind.assets)}" if kind.of else kind.name


def _doubles(scenario: Scenario, document: Document) -> None:
    """Note rows of which one would count in silence, or both twice."""
    rows: dict[str, list[tuple[str, ...]]] = {
        "site_changes": [(row.site, row.asset, row.field, row.phase) for row in scenario.site_changes],
        "gates": [(row.site, row.district) for row in scenario.gates],
        "limits": [(row.asset, row.quantity) for row in scenario.limits],
        "links": [("" if LINKS[row.kind].takes else row.kind, row.asset) for row in scenario.links],
        "demand_points": [
            (row.asset, row.district, row.from_site, row.until_site) for row in scenario.demand_points
        ],
    }
    for table, keys in rows.items():
        first: dict[tuple[str, ...], int] = {}
        for i, key in enumerate(keys):
            if key in first:
                _, line = document.place((table, first[key]))
                shown = " ".join(filter(None, key))
                document.add((table, i), f"{shown} again", f"once; first in line {line}")
            first.setdefault(key, i)


def _outages(scenario: Scenario, document: Document, every: set[str]) -> None:
    for i, outage in enumerate(scenario.outages):
        for asset in outage.assets:
            _exists(document, ("outages", i), "asset", asset, every)
    for name, failure in scenario.failures.items():
        for pattern in failure.assets:
            if not document.unread and not any(fnmatchcase(asset, pattern) for asset in every):
                such = f"such as {next(iter(scenario.simulated), '')}/T-*"
                document.add(("failures", name), f"no asset matches {pattern}", such)


def _record(scenario: Scenario, document: Document, every: Collection[str]) -> None:
    for i, entry in enumerate(scenario.record):
        for j, pattern in enumerate(entry.assets):
            if not document.unread and not matching(every, pattern):
                near = document.near(pattern, every)
                document.add(("record", i, "assets", j), f"record: no asset matches {pattern}", near)


def _of(names: Mapping[str, AssetNames], kinds: Collection[str], utility: str) -> set[str]:
    """Return the assets of some kinds, of one utility or of all."""
    return set().union(*(own.of(*kinds) for name, own in names.items() if utility in ("", name)))


def _exists(
    document: Document, key: tuple[str | int, ...], what: str, name: str, known: Collection[str]
) -> None:
    if name not in known and utility_of(name) not in document.unread:
        document.add(key, f"unknown {what} {name}", document.near(name, known))


def read_names(scenario: Scenario, document: Document) -> dict[str, AssetNames]:
    """Return the names in each network's file; what cannot be read is noted.

    Raises
    ------
    ValueError
        If a utility reads kinds of asset that it has not declared.
    """
    names: dict[str, AssetNames] = {}
    for utility, settings in scenario.simulated.items():
        own = utilities()[utility]
        path = scenario.folder / settings.file
        names[utility] = AssetNames()
        files = {"file": settings.file, **own.beside(settings)}
        there = [_is_there(scenario.folder, utility, key, file, document) for key, file in files.items()]
        if not all(there):
            document.unread.add(utility)
            continue
        try:
            names[utility] = own.read_names(path, scenario)
        except InvalidInput as error:
            document.mistakes.extend(error.mistakes)
            document.unread.add(utility)
        if undeclared := names[utility].by_kind.keys() - own.assets.keys():
            raise ValueError(f"{utility} declares no kind of asset {min(undeclared)}")
    return names


def _is_there(folder: Path, utility: str, key: str, file: str, document: Document) -> bool:
    """Return whether a file of a network may be read; note what is in the way."""
    place = ("networks", utility, key)
    if not document.may_read(folder / file, place, file):
        return False
    if not os.path.isfile(folder / file):
        document.add(place, f"no file {file}")
        return False
    return True


def _cycles(requires: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return each cycle once, from its first site in file order; a chain may be of any length."""
    found: list[list[str]] = []
    done: set[str] = set()
    for name in requires:
        path: dict[str, Iterator[str]] = {} if name in done else {name: iter(requires[name])}
        while path:
            last = next(reversed(path))
            required = next(path[last], None)
            if required is None:
                done.add(last)
                del path[last]
            elif required in path:
                names = list(path)
                found.append(names[names.index(required) :])
            elif required not in done:
                path[required] = iter(requires.get(required, ()))
    return found

"""Cross checks: what a scenario names must exist."""

import os
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase

from twin.errors import InvalidInput
from twin.scenario.actions import check_actions
from twin.scenario.document import Document
from twin.scenario.orders import check_orders
from twin.scenario.ranges import check_ranges
from twin.scenario.schema import Scenario
from twin.utilities.names import AssetNames, read_inp_names, read_power_names

NORMS = ("power_kw_per_person", "water_l_per_person_day", "water_loss_share", "sewered_share")
PROFILES = ("residential_power", "commercial_power", "industrial_power", "water")


def check_references(scenario: Scenario, document: Document) -> None:
    """Note every name that points nowhere, every gap in the tables and every cycle among sites."""
    names = read_names(scenario, document)
    for check in (check_ranges, _tables, _sites, _districts, _doubles, check_orders):
        check(scenario, document)
    _assets(scenario, document, names)
    check_actions(scenario, document, names)


def whole_names(scenario: Scenario, document: Document) -> Scenario:
    """Return a scenario whose links name quoted IDs in full, where they hold the first word alone.

    Links that were made by splitting lines at blanks say ``water/"PU`` of a pump ``"PU one"``.
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
    if scenario.population:
        for norm in NORMS:
            if norm not in scenario.norms:
                document.add(("norms",), f"missing norm {norm}", "needed to turn people into demand")
    if scenario.population or scenario.developments:
        columns = set().union(*scenario.profiles.values()) if scenario.profiles else set()
        for profile in PROFILES:
            if profile not in columns:
                document.add(("profiles",), f"missing column {profile}", "a shape for that class of demand")
    native = scenario.demand.native_power_profile
    if native and native not in set().union(*scenario.profiles.values(), set()):
        document.add(("demand", "native_power_profile"), f"no column {native} in profiles.csv")


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
    for i, point in enumerate(scenario.demand_points):
        for named in filter(None, (point.from_site, point.until_site)):
            _exists(document, ("demand_points", i), "site", named, scenario.sites)
    for name, members in scenario.capacities.items():
        for asset, row in members.items():
            for named in filter(None, (row.from_site, row.until_site)):
                _exists(document, ("capacities", name, asset), "site", named, scenario.sites)


def _districts(scenario: Scenario, document: Document) -> None:
    for table in ("population", "other_demand"):
        for district in getattr(scenario, table):
            _exists(document, (table, district), "district", district, scenario.districts)
    for name, development in scenario.developments.items():
        _exists(document, ("developments", name), "district", development.district, scenario.districts)
    for i, point in enumerate(scenario.demand_points):
        _exists(document, ("demand_points", i), "district", point.district, scenario.districts)


def _assets(scenario: Scenario, document: Document, names: Mapping[str, AssetNames]) -> None:
    every: set[str] = set().union(*(n.all for n in names.values()))
    loads = _of(names, "load")
    flows = {kind: _of(names, kind) for kind in ("pump", "valve", "pipe", "plant")}
    for i, point in enumerate(scenario.demand_points):
        known = loads | _of(names, "junction", "water")
        _exists(document, ("demand_points", i), "load or junction", point.asset, known)
    for i, link in enumerate(scenario.links):
        key = ("links", i)
        if link.kind == "sewage":
            _exists(document, key, "water junction", link.asset, _of(names, "junction", "water"))
            _exists(document, key, "manhole", link.to, _of(names, "junction", "wastewater"))
            continue
        sources = flows["pump"] if link.kind == "pump" else set().union(*flows.values())
        _exists(document, key, link.kind, link.asset, sources)
        if "power" in names:
            _exists(document, key, "load", link.to, loads)
    for table in ("site_changes", "limits"):
        for i, row in enumerate(getattr(scenario, table)):
            _exists(document, (table, i), "asset", row.asset, every)
    _outages(scenario, document, every - _of(names, "switch"))
    for name, members in scenario.capacities.items():
        for asset in members:
            _exists(document, ("capacities", name, asset), "asset", asset, every)
    if "wastewater" in names:
        _sewers(scenario, document, names["wastewater"])


def _doubles(scenario: Scenario, document: Document) -> None:
    """Note rows of which one would count in silence, or both twice."""
    rows: dict[str, list[tuple[str, ...]]] = {
        "site_changes": [(row.site, row.asset, row.field) for row in scenario.site_changes],
        "limits": [(row.asset, row.quantity) for row in scenario.limits],
        "links": [("sewage" if row.kind == "sewage" else "", row.asset) for row in scenario.links],
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
                document.add(("failures", name), f"no asset matches {pattern}", "such as power/T-*")


def _sewers(scenario: Scenario, document: Document, names: AssetNames) -> None:
    for plant, row in scenario.treatment.items():
        _exists(document, ("treatment", plant), "reservoir", f"wastewater/{row.node}", names.of("reservoir"))
    for name, station in scenario.lift_stations.items():
        key = ("lift_stations", name)
        _exists(document, key, "tank", f"wastewater/{station.wet_well}", names.of("tank"))
        _exists(document, key, "junction", f"wastewater/{station.discharge}", names.of("junction"))
        for pump in station.pumps:
            _exists(document, key, "pump", f"wastewater/{pump}", names.of("pump"))
        for pipe in station.main:
            _exists(document, key, "pipe", f"wastewater/{pipe}", names.of("pipe"))


def _of(names: Mapping[str, AssetNames], kind: str, network: str = "") -> set[str]:
    return set().union(*(n.of(kind) for name, n in names.items() if network in ("", name)))


def _exists(
    document: Document, key: tuple[str | int, ...], what: str, name: str, known: Collection[str]
) -> None:
    if name not in known and name.split("/")[0] not in document.unread:
        document.add(key, f"unknown {what} {name}", document.near(name, known))


def read_names(scenario: Scenario, document: Document) -> dict[str, AssetNames]:
    """Return the names in each network's file; what cannot be read is noted."""
    names: dict[str, AssetNames] = {}
    for network in ("power", "water", "wastewater"):
        settings = getattr(scenario.networks, network)
        if settings is None:
            continue
        path = scenario.folder / settings.file
        names[network] = AssetNames()
        key = ("networks", network, "file")
        if not document.may_read(path, key, settings.file):
            document.unread.add(network)
            continue
        if not os.path.isfile(path):
            document.add(key, f"no file {settings.file}")
            document.unread.add(network)
            continue
        try:
            reads_power = network == "power"
            names[network] = read_power_names(path) if reads_power else read_inp_names(path, network)
        except InvalidInput as error:
            document.mistakes.extend(error.mistakes)
            document.unread.add(network)
    if "wastewater" in names:
        names["wastewater"].by_kind["plant"] = {f"wastewater/{plant}" for plant in scenario.treatment}
    return names


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

"""What a scenario says and nothing reads, and what is asked for and nothing will bring: told, not refused."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from difflib import get_close_matches

from twin.errors import Mistake, listed
from twin.model import Model
from twin.scenario.coordinates import misplaced
from twin.scenario.document import WORKBOOK, read_document
from twin.scenario.references import NORMS, PROFILE_SETTINGS, PROFILES
from twin.scenario.schema import TABLES, Scenario, utility_of
from twin.scenario.series import KINDS_OF_DAY
from twin.scenario.series_checks import series_warnings
from twin.scenario.sheets import ENDING
from twin.scenario.standing import planned_districts
from twin.scenario.tariffs import without_tariff
from twin.utilities.checking import Flaw
from twin.utilities.names import AssetNames
from twin.utilities.registry import utilities

_READ = {f"{table}{ending}" for table in TABLES for ending in (".csv", ENDING)} | {WORKBOOK}

_YEARLY_SHARE = 0.15
"""A growth of a year so small is more likely meant as a share: 0.08 as 8 %."""


def warnings(scenario: Scenario) -> list[Mistake]:
    """Return a line for each thing that the scenario holds and a run does not use, or cannot serve."""
    told = [
        *_not_planned(scenario),
        *_without_point(scenario),
        *(flaw for own in utilities().values() for flaw in own.warnings(scenario)),
        *_never_there(scenario),
        *_outside(scenario),
        *_unused_columns(scenario),
        *_not_simulated(scenario),
        *_unlinked(scenario),
        *_without_effect(scenario),
        *_shares(scenario),
        *misplaced(scenario),
        *without_tariff(scenario),
    ]
    path = scenario.folder / scenario.file
    document = read_document(path) if told and path.is_file() else None
    lines = []
    for key, problem, remedy in told:
        place = document.place(key) if document else (f"{key[0]}.csv", 0)
        dotted = ".".join(map(str, key))
        said = [own for own in scenario.overrides if own.partition("=")[0].strip() == dotted]
        place = (f"--set {said[-1]}", 0) if said else place
        lines.append(Mistake(*place, problem, remedy))
    if not path.is_file():
        return lines
    return [
        *lines,
        *_in_files(scenario),
        *_completed(scenario),
        *_misnamed(scenario),
        *_unread_sheets(scenario),
        *series_warnings(scenario),
    ]


def _not_planned(scenario: Scenario) -> Iterator[Flaw]:
    """Yield each development that asks for a service where no site that brings it is planned."""
    for own in utilities().values():
        if not own.planned_by or own.contract is None:
            continue
        planned = planned_districts(scenario, own)
        for name, row in scenario.developments.items():
            if getattr(row, own.contract.column) > 0.0 and row.district not in planned:
                problem = f"{name} asks for {own.name} in {row.district}, where none is planned: not served"
                yield Flaw(("developments", name), problem)


def _without_point(scenario: Scenario) -> Iterator[Flaw]:
    """Yield districts with people or other customers whom a simulated network does not reach by any point."""
    for utility in scenario.simulated:
        own = utilities()[utility]
        if not own.draws:
            continue
        others = tuple(own.fields["other_demand"].model_fields) if "other_demand" in own.fields else ()
        reached = {p.district for p in scenario.demand_points if utility_of(p.asset) == utility}
        for district, years in scenario.population.items() if own.norms else ():
            most = max((row.population_k for row in years.values()), default=0.0)
            if most and district not in reached:
                problem = f"{most * 1000:,.0f} people in {district} have no demand point of {utility}"
                yield Flaw(("population", district), f"{problem}: they draw none", "demand_points.csv")
        for district, rows in scenario.other_demand.items():
            if district not in reached and any(getattr(r, o) for r in rows.values() for o in others):
                problem = f"other demand in {district} has no demand point of {utility}: it draws none"
                yield Flaw(("other_demand", district), problem, "demand_points.csv")


def _never_there(scenario: Scenario) -> Iterator[Flaw]:
    """Yield what waits for a site that the build order cancels."""
    cancelled = _cancelled(scenario)
    for i, point in enumerate(scenario.demand_points):
        if point.from_site in cancelled:
            problem = f"{point.asset} never serves {point.district}: {point.from_site} is cancelled"
            yield Flaw(("demand_points", str(i)), problem)
    for name, members in scenario.capacities.items():
        for asset, row in members.items():
            if row.from_site in cancelled:
                problem = f"{asset} never adds to {name}: {row.from_site} is cancelled"
                yield Flaw(("capacities", name, asset), problem)


def _outside(scenario: Scenario) -> Iterator[Flaw]:
    """Yield outages that begin after the horizon, or are over before it."""
    start, end = (datetime.combine(day, time()) for day in (scenario.start, scenario.end))
    for i, outage in enumerate(scenario.outages):
        over = outage.start + timedelta(hours=outage.hours) <= start and not outage.repeat_months
        if over or outage.start >= end:
            problem = f"the outage of {outage.start:%Y-%m-%d} is outside the horizon: it does not happen"
            yield Flaw(("outages", str(i)), problem)


def _unused_columns(scenario: Scenario) -> Iterator[Flaw]:
    """Yield profiles and norms that nothing reads."""
    columns = dict.fromkeys(name for row in scenario.profiles.values() for name in row)
    read = (*PROFILES, *(getattr(scenario.demand, key) for key in PROFILE_SETTINGS))
    for name in columns:
        district, slash, profile = name.rpartition("/")
        profile, _, kind = profile.partition("@")
        if profile not in read or (slash and district not in scenario.districts):
            yield Flaw(("profiles",), f"column {name} is not used", _near(name, read))
        elif kind and kind not in KINDS_OF_DAY:
            yield Flaw(("profiles",), f"column {name} is not used", f"@{', @'.join(KINDS_OF_DAY)}")
    for name in scenario.norms:
        if name not in NORMS:
            yield Flaw(("norms", name), f"norm {name} is not used", _near(name, NORMS))


def _not_simulated(scenario: Scenario) -> Iterator[Flaw]:
    """Yield tables and links of utilities that are not simulated."""
    absent = [own for name, own in utilities().items() if name not in scenario.simulated]
    for own in absent:
        for table in own.tables:
            if getattr(scenario, table):
                problem = f"{table} is not used: no {own.name} network"
                yield Flaw((table,), problem, f"networks.{own.name}")
    holds = {kind.name: (kind.without, own.name) for own in absent for kind in own.links if kind.without}
    for i, link in enumerate(scenario.links):
        if link.kind in holds:
            what, utility = holds[link.kind]
            problem = f"{link.asset} {what}: no {utility} network"
            yield Flaw(("links", str(i)), problem, f"networks.{utility}")


def _in_files(scenario: Scenario) -> Iterator[Mistake]:
    """Yield what the networks' own files say for a part of the horizon only."""
    for name, settings in scenario.simulated.items():
        path = scenario.folder / settings.file
        if path.is_file():
            yield from utilities()[name].file_warnings(path, scenario.start, scenario.end)


def _unlinked(scenario: Scenario) -> Iterator[Flaw]:
    """Yield assets that depend on a network that is simulated, and that no link joins to it."""
    declared = [
        (name, kind) for name in scenario.simulated for kind in utilities()[name].links if kind.unlinked
    ]
    linked = {link.asset for link in scenario.links}
    for name, settings in scenario.simulated.items():
        mine = [kind for owner, kind in declared if owner != name and kind.name in utilities()[name].assets]
        path = scenario.folder / settings.file
        names = utilities()[name].read_names(path, scenario) if mine and path.is_file() else AssetNames()
        for kind in mine:
            alone = sorted(names.of(kind.name) - linked)
            if alone:
                problem = f"{listed(alone)}: {kind.unlinked.format(kind=kind.name)}"
                yield Flaw(("links",), problem, f"a row of kind {kind.name} in links.csv")


def _without_effect(scenario: Scenario) -> Iterator[Flaw]:
    """Yield a factor on growth where nothing grows by it."""
    factor = scenario.demand.growth_factor
    if factor != 1.0 and not scenario.population and not scenario.other_demand:
        problem = f"growth_factor {factor:g} changes nothing: there is no population and no other demand"
        remedy = "native_growth_percent_per_year for what the networks' files hold"
        yield Flaw(("demand", "growth_factor"), problem, remedy)


def _shares(scenario: Scenario) -> Iterator[Flaw]:
    """Yield percents that look like shares of 1."""
    parts: list[tuple[tuple[str, ...], Model]] = [(("demand",), scenario.demand)]
    parts += [(("networks", name), settings) for name, settings in scenario.simulated.items()]
    for key, settings in parts:
        for name in type(settings).model_fields:
            value = getattr(settings, name)
            yearly = name.endswith("_percent_per_year")
            most = _YEARLY_SHARE if yearly else 1.0 if name.endswith("_percent") else 0.0
            if isinstance(value, float) and 0.0 < abs(value) <= most:
                problem = f"{name} is {value:g} %" + (" a year" if yearly else "")
                yield Flaw((*key, name), problem, f"{100.0 * value:g} % is {100.0 * value:g}")


def _completed(scenario: Scenario) -> Iterator[Mistake]:
    """Yield links whose files give the first word of a quoted ID, which was read as the whole."""
    if not any(" " in link.asset for link in scenario.links):
        return
    document = read_document(scenario.folder / scenario.file)
    for i, (link, raw) in enumerate(zip(scenario.links, document.content.get("links", ()), strict=False)):
        if isinstance(raw, dict) and raw.get("asset") != link.asset:
            problem = f"{raw.get('asset')} is read as {link.asset}, which it begins"
            yield Mistake(*document.place(("links", i)), problem, "the whole name")


def _misnamed(scenario: Scenario) -> Iterator[Mistake]:
    """Yield CSV files beside the scenario whose names are nearly those of its tables."""
    for path in sorted(scenario.folder.glob("*")):
        name = path.stem.lower().replace(" ", "_").replace("-", "_")
        if path.suffix.lower() not in (".csv", ".tsv", ".xlsx", ".xls", ".ods") or path.name in _READ:
            continue
        close = get_close_matches(name, TABLES, n=1, cutoff=0.8)
        if close:
            yield Mistake(path.name, 0, "is not read", f"did you mean {close[0]}.csv?")


def _unread_sheets(scenario: Scenario) -> Iterator[Mistake]:
    """Yield sheets of workbooks that are no tables."""
    if not any((scenario.folder / name).is_file() for name in _READ if name.endswith(ENDING)):
        return
    for file, sheet in read_document(scenario.folder / scenario.file).unread_sheets:
        close = get_close_matches(sheet.lower(), TABLES, n=1, cutoff=0.8)
        yield Mistake(file, 0, f"sheet {sheet} is not read", f"did you mean {close[0]}?" if close else "")


def _near(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""


def _cancelled(scenario: Scenario) -> set[str]:
    return {row.site for row in scenario.order if row.cancelled}

"""What a scenario says and nothing reads, and what is asked for and nothing will bring: told, not refused."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from typing import NamedTuple

from twin.errors import Mistake
from twin.scenario.document import read_document
from twin.scenario.references import NORMS, PROFILES
from twin.scenario.schema import TABLES, Scenario

_GAS = "gas"
_READ = {f"{table}.csv" for table in TABLES}


class _Told(NamedTuple):
    """A warning, and the key of what it is about."""

    key: tuple[str, ...]
    problem: str
    remedy: str = ""


def warnings(scenario: Scenario) -> list[Mistake]:
    """Return a line for each thing that the scenario holds and a run does not use, or cannot serve."""
    told = [
        *_gas(scenario),
        *_without_point(scenario),
        *_without_manhole(scenario),
        *_never_there(scenario),
        *_outside(scenario),
        *_unused_columns(scenario),
        *_unused_tables(scenario),
    ]
    path = scenario.folder / scenario.file
    document = read_document(path) if told and path.is_file() else None
    lines = []
    for key, problem, remedy in told:
        place = document.place(key) if document else (f"{key[0]}.csv", 0)
        lines.append(Mistake(*place, problem, remedy))
    return [*lines, *_completed(scenario), *_misnamed(scenario)] if path.is_file() else lines


def _gas(scenario: Scenario) -> Iterator[_Told]:
    """Yield each development that asks for gas where no site of gas is planned.

    There is no network of gas here: a site whose kind names gas counts as planned for the district it
    stands in, or for both ends of ``Gate>Growing``. Sites that the build order cancels do not count.
    """
    cancelled = _cancelled(scenario)
    planned = {
        district
        for name, site in scenario.sites.items()
        if _GAS in site.kind.split() and name not in cancelled
        for district in site.district.split(">")
    }
    for name, row in scenario.developments.items():
        if row.gas_m3_per_h > 0.0 and row.district not in planned:
            problem = f"{name} asks for gas in {row.district}, where none is planned: not served"
            yield _Told(("developments", name), problem)


def _without_point(scenario: Scenario) -> Iterator[_Told]:
    """Yield districts with people or other customers whom a simulated network does not reach by any point."""
    for network, others in (("power", ("evening_peak_mw",)), ("water", ("max_day_water_km3",))):
        if getattr(scenario.networks, network) is None:
            continue
        points = (p for p in scenario.demand_points if p.asset.startswith(f"{network}/"))
        reached = {point.district for point in points}
        for district, years in scenario.population.items():
            most = max((row.population_k for row in years.values()), default=0.0)
            if most and district not in reached:
                problem = f"{most * 1000:,.0f} people in {district} have no demand point of {network}"
                yield _Told(("population", district), f"{problem}: they draw none", "demand_points.csv")
        for district, rows in scenario.other_demand.items():
            if district not in reached and any(getattr(r, o) for r in rows.values() for o in others):
                problem = f"other demand in {district} has no demand point of {network}: it draws none"
                yield _Told(("other_demand", district), problem, "demand_points.csv")


def _without_manhole(scenario: Scenario) -> Iterator[_Told]:
    """Yield water points whose used water reaches no manhole, where others of the city do."""
    sewers = [link.asset for link in scenario.links if link.kind == "sewage"]
    if scenario.networks.wastewater is None or not any(
        row.value for row in scenario.norms.get("sewered_share", {}).values()
    ):
        return
    for i, point in enumerate(scenario.demand_points):
        if point.asset.startswith("water/") and point.asset not in sewers:
            problem = f"used water of {point.asset} reaches no manhole: it is not treated"
            yield _Told(("demand_points", str(i)), problem, "a link of kind sewage")


def _never_there(scenario: Scenario) -> Iterator[_Told]:
    """Yield what waits for a site that the build order cancels."""
    cancelled = _cancelled(scenario)
    for i, point in enumerate(scenario.demand_points):
        if point.from_site in cancelled:
            problem = f"{point.asset} never serves {point.district}: {point.from_site} is cancelled"
            yield _Told(("demand_points", str(i)), problem)
    for name, members in scenario.capacities.items():
        for asset, row in members.items():
            if row.from_site in cancelled:
                problem = f"{asset} never adds to {name}: {row.from_site} is cancelled"
                yield _Told(("capacities", name, asset), problem)


def _outside(scenario: Scenario) -> Iterator[_Told]:
    """Yield outages that begin after the horizon, or are over before it."""
    start, end = (datetime.combine(day, time()) for day in (scenario.start, scenario.end))
    for i, outage in enumerate(scenario.outages):
        over = outage.start + timedelta(hours=outage.hours) <= start and not outage.repeat_months
        if over or outage.start >= end:
            problem = f"the outage of {outage.start:%Y-%m-%d} is outside the horizon: it does not happen"
            yield _Told(("outages", str(i)), problem)


def _unused_columns(scenario: Scenario) -> Iterator[_Told]:
    """Yield profiles and norms that nothing reads."""
    columns = dict.fromkeys(name for row in scenario.profiles.values() for name in row)
    read = (*PROFILES, scenario.demand.native_power_profile)
    for name in columns:
        if name not in read:
            yield _Told(("profiles",), f"column {name} is not used", _near(name, read))
    for name in scenario.norms:
        if name not in NORMS:
            yield _Told(("norms", name), f"norm {name} is not used", _near(name, NORMS))


def _unused_tables(scenario: Scenario) -> Iterator[_Told]:
    """Yield tables and links of networks that are not simulated."""
    if scenario.networks.wastewater is None:
        for table in ("treatment", "lift_stations"):
            if getattr(scenario, table):
                yield _Told((table,), f"{table} is not used: no wastewater network", "networks.wastewater")
    for i, link in enumerate(scenario.links):
        key = ("links", str(i))
        if link.kind != "sewage" and scenario.networks.power is None:
            yield _Told(key, f"{link.asset} has its power always: no power network", "networks.power")
        elif link.kind == "process" and not link.kwh_per_m3:
            yield _Told(key, f"{link.asset} draws nothing: kwh_per_m3 is 0", "kWh per m3")
        elif link.kind != "process" and link.kwh_per_m3:
            yield _Told(key, f"kwh_per_m3 of a {link.kind} is not used", "a link of kind process")


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


def _near(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""


def _cancelled(scenario: Scenario) -> set[str]:
    return {row.site for row in scenario.order if row.cancelled}

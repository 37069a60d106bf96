"""What is wrong with resources, before a run."""

from collections.abc import Iterator, Mapping
from typing import Any

from twin.utilities.checking import Flaw, Reference
from twin.utilities.power.resources.table import CHP, HEAT_PUMP, PV, Resource
from twin.utilities.power.resources.wanted import place_of

WATCHED = "line or trafo or ext_grid"
STANDS_AT = "bus or load or sgen or gen or storage or ext_grid or line or trafo"


def references(rows: Mapping[str, Resource]) -> Iterator[Reference]:
    """Yield where resources stand, and the assets that they watch."""
    for name, row in rows.items():
        if row.at:
            yield Reference(("resources", name), STANDS_AT, row.at)
        if row.asset:
            yield Reference(("resources", name), WATCHED, row.asset)


def wrong(scenario: Any, rows: Mapping[str, Resource]) -> Iterator[Flaw]:
    """Yield resources without what would tell their power."""
    columns = {name for row in scenario.profiles.values() for name in row}
    for name, row in rows.items():
        key = ("resources", name)
        if row.arrivals and row.arrivals not in columns:
            yield Flaw(key, f"no column {row.arrivals} in profiles.csv", "when cars come home, by hour")
        if row.series:
            continue
        if row.kind == PV and place_of(scenario, row) is None:
            remedy = "a series, or latitude and longitude, of its own or in districts.csv"
            yield Flaw(key, "panels without a series and without a place", remedy)
        if row.kind in (HEAT_PUMP, CHP) and not _has_temperatures(scenario):
            remedy = "a series of temperature, or mean_temperature_c of each month in seasons.csv"
            yield Flaw(key, f"a {row.kind} without any temperature", remedy)


def _has_temperatures(scenario: Any) -> bool:
    months = scenario.seasons
    return len(months) == 12 and all("mean_temperature_c" in row.model_fields_set for row in months.values())

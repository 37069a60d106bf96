"""Assets that pass a limit for long that they may pass for hours: no plan should rest on it."""

from collections.abc import Iterator, Mapping, Sequence

from twin.columns import Row
from twin.errors import Mistake, listed
from twin.results.tables import EventRow, Violation
from twin.scenario.schema import Scenario, utility_of
from twin.utilities.registry import utilities

_HOURS_A_YEAR = 100.0
_OUT, _BACK = ("outage", "maintenance", "failure"), ("back in service", "repaired")


def overused(scenario: Scenario, tables: Mapping[type[Row], Sequence[Row]]) -> Iterator[Mistake]:
    """Yield a line for each utility whose assets pass such a limit for long in a year without an outage.

    Parameters
    ----------
    tables
        Of the run: violations and events. Months in which something of the utility is out do not count.
    """
    broken = [row for row in tables.get(Violation, ()) if isinstance(row, Violation)]
    events = [row for row in tables.get(EventRow, ()) if isinstance(row, EventRow)]
    for name, settings in scenario.simulated.items():
        own = utilities()[name].short_time
        out = _months_out(name, events, f"{scenario.end}")
        rows = [
            row
            for row in broken
            if own is not None
            and (utility_of(row.asset), row.quantity) == (name, own.quantity)
            and not any(first <= row.month <= last for first, last in out)
        ]
        if own is None or not rows:
            continue
        known = utilities()[name].read_names(scenario.folder / settings.file, scenario).of(*own.kinds)
        told = list(_told([row for row in rows if row.asset in known]))
        if told:
            many = f"beyond their limit for over {_HOURS_A_YEAR:g} h of a year though nothing is out"
            allowed = f"{own.setting} {getattr(settings, own.setting):g} is meant for hours"
            yield Mistake(name, 0, f"{many}: {listed(told)}", allowed)


def _months_out(utility: str, events: Sequence[EventRow], end: str) -> list[tuple[str, str]]:
    """Return the first and the last month of each stretch in which something of a utility is out."""
    ends = {row.cause: row.time for row in events if row.kind in _BACK}
    own = [row for row in events if row.kind in _OUT and utility_of(row.subject) == utility]
    return sorted({(row.time[:7], ends.get(row.number, end)[:7]) for row in own})


def _told(rows: Sequence[Violation]) -> Iterator[str]:
    """Yield each asset that is beyond its limit for long, with the hours of the first such year."""
    hours: dict[str, dict[str, float]] = {}
    for row in rows:
        years = hours.setdefault(row.asset, {})
        years[row.month[:4]] = years.get(row.month[:4], 0.0) + row.hours
    for asset, years in hours.items():
        year = next((year for year in sorted(years) if years[year] > _HOURS_A_YEAR), "")
        if year:
            worst = max((row for row in rows if row.asset == asset), key=lambda row: row.worst)
            yield f"{asset} {years[year]:,.0f} h in {year}, up to {worst.worst:.0f} {worst.unit}"

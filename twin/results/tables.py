"""The tables of a results folder that every run has; utilities declare tables of their own."""

from dataclasses import dataclass, make_dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar, TypeVar

from twin.columns import About, Row
from twin.scenario.asset_place import AssetPlace
from twin.utilities.registry import utilities

Table = TypeVar("Table", bound=Row)
Month = Annotated[str, About("calendar month, `2026-01`")]
_BN = "bn KZT"


@dataclass(frozen=True, slots=True)
class Monthly(Row):
    """Each signal of each asset in a month in which it was in service."""

    table: ClassVar[str] = "monthly"

    month: Month
    network: Annotated[str, About("utility of the asset")]
    asset: Annotated[str, About("address of the asset")]
    quantity: Annotated[str, About("the signal, its unit in the name")]
    unit: Annotated[str, About("unit of the values")]
    min: Annotated[float, About("lowest value", "unit")]
    mean: Annotated[float, About("mean over the time in service", "unit")]
    max: Annotated[float, About("highest value", "unit")]
    hours_over_limit: Annotated[float, About("time beyond a limit, each day as often as it counts", "h")]


@dataclass(frozen=True, slots=True)
class Hourly(Row):
    """Each signal that `record` names, in each interval in which it was in service and solved."""

    table: ClassVar[str] = "hourly"

    time: Annotated[datetime, About("when the interval begins, local time")]
    network: Annotated[str, About("utility of the asset")]
    asset: Annotated[str, About("address of the asset")]
    quantity: Annotated[str, About("the signal, its unit in the name")]
    unit: Annotated[str, About("unit of the value")]
    interval: Annotated[str, About("`instant`, `15min`, `30min`, `hour` or `day`")]
    statistic: Annotated[str, About("what the value is of the interval: its `mean`, `min` or `max`")]
    value: Annotated[float, About("over the time in service, each instant as long as it held", "unit")]
    hours: Annotated[float, About("time in service and solved within the interval", "h")]
    days: Annotated[float, About("how many days of its month the day stands for", "days")]


@dataclass(frozen=True, slots=True)
class Headroom(Row):
    """Each capacity in each month in which it stands: what can be relied on, its peak, and the room left."""

    table: ClassVar[str] = "headroom"

    month: Month
    name: Annotated[str, About("name of the capacity", name="capacity_name")]
    network: Annotated[str, About("utility that it belongs to")]
    kind: Annotated[str, About("kind of capacity")]
    unit: Annotated[str, About("unit of capacity, peak and room")]
    capacity: Annotated[
        float, About("what can be relied on: the worst unit out, or a licence or rating", "unit")
    ]
    intact_capacity: Annotated[float, About("what all units carry together", "unit")]
    peak: Annotated[float, About("largest demand of the month: the hour, or the day's volume", "unit")]
    peak_12_months: Annotated[float, About("largest peak of the trailing twelve months", "unit")]
    intact_headroom: Annotated[float, About("`intact_capacity` less `peak_12_months`", "unit")]
    firm_headroom: Annotated[float, About("`capacity` less `peak_12_months`", "unit")]
    committed_headroom: Annotated[
        float, About("`firm_headroom` less what customers not yet connected will put onto it", "unit")
    ]
    intact_headroom_in_month: Annotated[float, About("`intact_capacity` less the month's own peak", "unit")]
    firm_headroom_in_month: Annotated[float, About("`capacity` less the month's own peak", "unit")]
    committed_headroom_in_month: Annotated[
        float, About("`committed_headroom` with the month's own peak", "unit")
    ]
    worst_outage: Annotated[str, About("unit whose loss is reckoned with; empty where none can be lost")]
    first_breach: Annotated[bool, About("the firm headroom has just become negative, first or anew")]
    relieved_by: Annotated[str, About("at a first breach: the site that would relieve it")] = ""
    latest_safe_start: Annotated[
        date | None, About("its start with time that nine of ten works keep within")
    ] = None


@dataclass(frozen=True, slots=True)
class Violation(Row):
    """Each limit broken in a month, and the capacity whose shortage explains it."""

    table: ClassVar[str] = "violations"

    month: Month
    asset: Annotated[str, About("address of the asset, or name of the capacity")]
    quantity: Annotated[str, About("the signal, or `firm_capacity`")]
    unit: Annotated[str, About("unit of limit and worst")]
    limit: Annotated[float, About("the bound", "unit")]
    worst: Annotated[float, About("the value farthest beyond it", "unit")]
    hours: Annotated[float, About("time beyond it; 0 of a capacity, which has a peak alone", "h")]
    first_seen: Annotated[str, About("when it was first beyond, `2026-01-01T18:00`; of a capacity the month")]
    cause: Annotated[str, About("the capacity that is short; without one, the asset itself")]


@dataclass(frozen=True, slots=True)
class Unserved(Row):
    """What was not served in a month: the element that could not carry more, and the site that is missing."""

    table: ClassVar[str] = "unserved"

    month: Month
    network: Annotated[str, About("utility that did not serve it")]
    quantity: Annotated[str, About("what was lost, its unit in the name")]
    kind: Annotated[str, About("why")]
    asset: Annotated[str, About("address of the element that could not carry more")]
    amount: Annotated[float, About("how much, in the unit that `quantity` ends with")]
    missing_site: Annotated[str, About("site not yet built that adds to its capacity, if one is planned")]


@dataclass(frozen=True, slots=True)
class FurtherDayRow(Row):
    """What was not served on a further day of a month, such as a cold one; there if a utility asks for such.

    Its peaks count in `monthly`, `headroom` and `violations`; its volumes by the days that it stands for,
    which may be none.
    """

    table: ClassVar[str] = "further_days"

    month: Month
    day: Annotated[str, About("what the day is, such as `cold`")]
    network: Annotated[str, About("utility that did not serve it")]
    quantity: Annotated[str, About("what was lost, its unit in the name")]
    kind: Annotated[str, About("why")]
    asset: Annotated[str, About("address of the element that could not carry more")]
    amount: Annotated[float, About("how much on the day, in the unit that `quantity` ends with")]
    missing_site: Annotated[str, About("site not yet built that adds to its capacity, if one is planned")]


@dataclass(frozen=True, slots=True)
class StandInRow(Row):
    """What a capacity carries at most for people whom another utility is to serve and does not serve yet.

    It is part of the capacity's peak; there if a utility says what stands in for it.
    """

    table: ClassVar[str] = "stand_ins"

    month: Month
    utility: Annotated[str, About("utility that does not serve them yet")]
    network: Annotated[str, About("utility that carries it")]
    name: Annotated[str, About("name of the capacity", name="capacity_name")]
    unit: Annotated[str, About("unit of the load")]
    peak: Annotated[float, About("most of it in an hour of the month's days, a further day included", "unit")]


@dataclass(frozen=True, slots=True)
class AccessRow(Row):
    """What the people of each district reach in a year; there if a utility says what tells it."""

    table: ClassVar[str] = "access"

    year: Annotated[str, About("calendar year, `2026`")]
    district: Annotated[str, About("the district")]
    network: Annotated[str, About("utility whose signal it is")]
    quantity: Annotated[str, About("the signal, its unit in the name")]
    unit: Annotated[str, About("unit of the values")]
    lowest: Annotated[float, About("in the worst hour, at the worst of the district's demand points", "unit")]
    mean: Annotated[float, About("over the year and the points, by the weight of each", "unit")]


@dataclass(frozen=True, slots=True)
class EventRow(Row):
    """What happened, numbered: sites, developments, outages, breaches, what began or ended by itself."""

    table: ClassVar[str] = "events"

    number: Annotated[int, About("from 1 on")]
    time: Annotated[str, About("`2026-01-01T18:00`, local time")]
    kind: Annotated[str, About("what happened")]
    subject: Annotated[str, About("to which asset, site, development, district or capacity")]
    detail: Annotated[str, About("more of it, in words")]
    cause: Annotated[int | None, About("number of the event that led to it")]


@dataclass(frozen=True, slots=True)
class SiteRow(Row):
    """Each site that is not cancelled: its price, when it was planned and built, and what it waited for."""

    table: ClassVar[str] = "sites"

    site: Annotated[str, About("key of the site")]
    name: Annotated[str, About("its name")]
    kind: Annotated[str, About("what is built")]
    district: Annotated[str, About("where")]
    trade: Annotated[str, About("whose crews build it")]
    instrument: Annotated[str, About("what pays for it")]
    cost_bn_kzt: Annotated[float, About("its price; before it is signed, the estimate", _BN)]
    planned: Annotated[date | None, About("commissioning by the order alone")]
    started: Annotated[date | None, About("first day of design and tender")]
    construction_started: Annotated[date | None, About("first day of construction")]
    commissioned: Annotated[date | None, About("first day in service; empty: not within the horizon")]
    slip_months: Annotated[float, About("longer than planned", "months")]
    waited_months: Annotated[float, About("waiting for what `waited_for` names", "months")]
    waited_for: Annotated[str, About("crews, money, sites and triggers, parted by `;`")]
    slowed_days: Annotated[
        float, About("lost by its works to what `slowed_by` names; a part of a day moves no date", "days")
    ] = 0.0
    slowed_by: Annotated[str, About("the way of its material, longer than in the run's first month")] = ""


def _with_contracts(table: type[Table]) -> type[Table]:
    """Give a table a column for each way in which utilities are contracted."""
    asked: dict[str, list[str]] = {}
    for name, own in utilities().items():
        if own.contract is not None:
            asked.setdefault(own.contract.column, []).append(name)
    added = [
        (column, Annotated[float, About(f"contracted, its unit in the name; asked of {' and '.join(names)}")])
        for column, names in asked.items()
    ]
    made = make_dataclass(table.__name__, added, bases=(table,), frozen=True, slots=True)
    made.__doc__ = table.__doc__
    made.__module__ = table.__module__
    return made


@_with_contracts
@dataclass(frozen=True, slots=True)
class DevelopmentRow(Row):
    """Each development: when it asked and was connected, what it waited for, and its contracts."""

    table: ClassVar[str] = "developments"

    development: Annotated[str, About("key of the development")]
    name: Annotated[str, About("its name")]
    district: Annotated[str, About("where")]
    jobs: Annotated[float, About("jobs that it brings")]
    investment_bn_kzt: Annotated[float, About("what is invested", _BN)]
    requested: Annotated[date, About("when it asks for service")]
    connected: Annotated[date | None, About("when it was connected; empty: not within the horizon")]
    waited_months: Annotated[float, About("between the two, or until the end", "months")]
    blocked_by: Annotated[str, About("every `utility:capacity` without room, parted by `;`")]
    missing_sites: Annotated[str, About("sites that would have made room, parted by `;`")]


@dataclass(frozen=True, slots=True)
class QueueRow(Row):
    """Who waits in a month, and each capacity that has no room for it."""

    table: ClassVar[str] = "queue"

    month: Annotated[str, About("month on whose first day there was no room, `2026-01`")]
    development: Annotated[str, About("key of a development, or a year of a district's housing")]
    utility: Annotated[str, About("utility of the capacity")]
    capacity_name: Annotated[
        str,
        About("capacity without room, `no point of connection`, or `not open`: a site"),
    ]
    missing_site: Annotated[str, About("next site that makes room, if one is planned")]


@dataclass(frozen=True, slots=True)
class CrewsRow(Row):
    """Crews of each trade on the first of a month, and how many are used."""

    table: ClassVar[str] = "crews"

    month: Month
    trade: Annotated[str, About("the trade")]
    crews: Annotated[int, About("crews that there are")]
    used: Annotated[int, About("crews at work")]


@dataclass(frozen=True, slots=True)
class CashRow(Row):
    """Each site's month in which money moves or is owed."""

    table: ClassVar[str] = "cashflow"

    month: Month
    site: Annotated[str, About("key of the site")]
    instrument: Annotated[str, About("what pays for it")]
    works_bn_kzt: Annotated[float, About("what the contractor earned", _BN)]
    own_bn_kzt: Annotated[float, About("paid at once from own money, grants and advances", _BN)]
    drawn_bn_kzt: Annotated[float, About("borrowed, interest before the first repayment included", _BN)]
    interest_bn_kzt: Annotated[float, About("interest paid", _BN)]
    principal_bn_kzt: Annotated[float, About("principal repaid", _BN)]
    fees_bn_kzt: Annotated[float, About("fees paid", _BN)]
    damages_bn_kzt: Annotated[float, About("received from the contractor for delay", _BN)]
    liability_bn_kzt: Annotated[float, About("owed at the month's end", _BN)]


@dataclass(frozen=True, slots=True)
class PeopleRow(Row):
    """Who lives in each district at the end of a month."""

    table: ClassVar[str] = "people"

    month: Month
    district: Annotated[str, About("the district")]
    people: Annotated[float, About("people who live there; those whose housing waits are left out")]


@dataclass(frozen=True, slots=True)
class BoundRow(Row):
    """Each signal that has a bound."""

    table: ClassVar[str] = "bounds"

    asset: Annotated[str, About("address of the asset")]
    quantity: Annotated[str, About("the signal, its unit in the name")]
    unit: Annotated[str, About("unit of the bounds")]
    lower: Annotated[float | None, About("lowest value allowed", "unit")]
    upper: Annotated[float | None, About("highest value allowed", "unit")]


TABLES: tuple[type[Row], ...] = (
    Monthly,
    Hourly,
    AssetPlace,
    Headroom,
    Violation,
    Unserved,
    FurtherDayRow,
    StandInRow,
    AccessRow,
    EventRow,
    SiteRow,
    DevelopmentRow,
    QueueRow,
    CrewsRow,
    CashRow,
    PeopleRow,
    BoundRow,
)
"""Of every run; a utility's own come beside them."""
PARQUET: dict[type[Row], str] = {Monthly: "monthly.parquet", Hourly: "hourly/*.parquet"}
"""The tables that are no CSV, and where they lie; of recordings each network has a file."""


def file_of(table: type[Row]) -> str:
    """Return where a table lies in a results folder."""
    return PARQUET.get(table, f"{table.table}.csv")

"""What N-1 at each month's peak hour tells: of outages, and of the load that survives them all."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from twin.columns import About, Row

Month = Annotated[str, About("calendar month, `2026-01`")]


@dataclass(frozen=True, slots=True)
class ContingencyRow(Row):
    """With `n1`: each outage that is not survived at the month's peak hour; without any, the worst one."""

    table: ClassVar[str] = "contingencies"

    month: Month
    outage: Annotated[str, About("address of the element taken out")]
    survived: Annotated[bool, About("nothing beyond its limit, nothing cut off")]
    solved: Annotated[bool, About("the load flow has a solution")]
    worst_element: Annotated[str, About("address of the element loaded most")]
    loading_over_emergency: Annotated[float, About("its loading over what it may carry for some hours")]
    min_voltage_pu: Annotated[float, About("lowest voltage", "pu")]
    cut_off_mw: Annotated[float, About("load without supply", "MW")]


@dataclass(frozen=True, slots=True)
class FirmLoadRow(Row):
    """With `n1`: how far all load could grow at a month's peak hour until an outage is not survived."""

    table: ClassVar[str] = "firm_load"

    month: Month
    peak_mw: Annotated[float, About("load of the month's peak hour", "MW")]
    firm_mw: Annotated[float | None, About("load at which the first outage is not survived", "MW")]
    firm_headroom_mw: Annotated[float | None, About("the difference of the two", "MW")]
    worst_outage: Annotated[str, About("address of the element that limits")]

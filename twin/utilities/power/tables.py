"""What N-1 at each month's peak hour tells: of outages, and of the load that survives them all."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from twin.columns import About, Row

Month = Annotated[str, About("calendar month, `2026-01`")]


@dataclass(frozen=True, slots=True)
class SecurityRow(Row):
    """With `n1`: what becomes of the outages at a month's peak hour, each counted once, the worst first."""

    table: ClassVar[str] = "security"

    month: Month
    outages: Annotated[int, About("elements taken out, one at a time")]
    survived: Annotated[int, About("nothing beyond its limit, nothing cut off")]
    beyond_limits: Annotated[int, About("an element beyond its limit, a voltage too low, or no solution")]
    not_restored: Annotated[int, About("cut off, and open points restore a part of it or nothing")]
    restored: Annotated[int, About("cut off, and all of it is restored by open points")]
    stubs: Annotated[int, About("cut off what hangs on the element alone: no open point leads there")]
    worst_outage: Annotated[str, About("address of the element whose loss loads another most")]
    worst_element: Annotated[str, About("address of the element that it loads most")]
    loading_over_emergency: Annotated[float, About("its loading over what it may carry for some hours")]
    largest_loss: Annotated[str, About("address of the element whose loss leaves most without supply")]
    remaining_mw: Annotated[float, About("what that leaves without supply after switching", "MW")]


@dataclass(frozen=True, slots=True)
class ContingencyRow(Row):
    """With `n1`: each outage that is not survived at the month's peak hour; without any, the worst one.

    `outcome`: `survived`; `no solution`, `overload`, `low voltage`: a limit is broken, worst first;
    `not restored`, `restored`: cut off, and what open points can do; `stub`: cut off what hangs on it alone.
    """

    table: ClassVar[str] = "contingencies"

    month: Month
    outage: Annotated[str, About("address of the element taken out")]
    outcome: Annotated[str, About("what becomes of it: see above")]
    survived: Annotated[bool, About("nothing beyond its limit, nothing cut off")]
    solved: Annotated[bool, About("the load flow has a solution")]
    worst_element: Annotated[str, About("address of the element loaded most")]
    loading_over_emergency: Annotated[float, About("its loading over what it may carry for some hours")]
    min_voltage_pu: Annotated[float, About("lowest voltage", "pu")]
    cut_off_mw: Annotated[float, About("load without supply", "MW")]
    restored_mw: Annotated[float, About("what of it open points serve again", "MW")]
    remaining_mw: Annotated[float, About("the difference: without supply until the element is back", "MW")]
    lost_until_switched_mwh: Annotated[
        float, About("what is lost of `restored_mw` until it is switched", "MWh")
    ]
    closed: Annotated[str, About("switches to close, parted by `;`")]
    opened: Annotated[str, About("switches to open, so that no loop is closed, parted by `;`")]


@dataclass(frozen=True, slots=True)
class FirmLoadRow(Row):
    """With `n1`: how far all load could grow at a month's peak hour until an outage is not survived."""

    table: ClassVar[str] = "firm_load"

    month: Month
    peak_mw: Annotated[float, About("load of the month's peak hour", "MW")]
    firm_mw: Annotated[float | None, About("load at which the first outage is not survived", "MW")]
    firm_headroom_mw: Annotated[float | None, About("the difference of the two", "MW")]
    worst_outage: Annotated[str, About("address of the element that limits")]

"""What is told of a grid beside the run: outages, firm load, room for generation, fault levels."""

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


@dataclass(frozen=True, slots=True)
class GenerationRow(Row):
    """With `generation_headroom`: what each bus could feed in at the lowest net load of a year.

    One generator of power factor 1 at a time, in the grid as it stands; `limit`: `reverse flow` (power first
    flows back through a transformer or into a supply), `voltage`, `rating`.
    """

    table: ClassVar[str] = "generation_headroom"

    month: Annotated[str, About("month of the year's lowest net load, `2026-07`")]
    bus: Annotated[str, About("address of the bus")]
    net_load_mw: Annotated[float, About("the lowest net load: what is drawn less what is fed in", "MW")]
    headroom_mw: Annotated[
        float | None, About("more generation until the first limit; empty: none binds", "MW")
    ]
    limit: Annotated[str, About("which limit that is: see above")]
    limiting_asset: Annotated[str, About("address of the element at which it binds")]
    until_reverse_flow_mw: Annotated[float | None, About("until power flows back", "MW")]
    until_voltage_mw: Annotated[float | None, About("until a voltage is above its limit", "MW")]
    until_rating_mw: Annotated[float | None, About("until an element is above its rating", "MW")]


@dataclass(frozen=True, slots=True)
class FaultLevelRow(Row):
    """With `fault_levels`: the largest three-phase fault at each bus, in each month since which it holds."""

    table: ClassVar[str] = "fault_levels"

    month: Annotated[str, About("month from which on the grid stands so, `2026-01`")]
    bus: Annotated[str, About("address of the bus")]
    fault_level_ka: Annotated[float, About("initial short-circuit current (IEC 60909, case max)", "kA")]
    fault_level_mva: Annotated[float, About("the same as power at nominal voltage", "MVA")]
    breaking_ka: Annotated[float | None, About("what breakers there can break, where the file says", "kA")]
    within_rating: Annotated[bool | None, About("whether they can break it")]

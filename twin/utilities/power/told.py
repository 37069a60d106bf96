"""What the table that ends a run tells of outages, and of what else was looked at."""

from collections.abc import Iterator, Sequence

from twin.figures import fixed
from twin.utilities.power.study import BEYOND_LIMITS, NO_SOLUTION, NOT_RESTORED, STUB
from twin.utilities.power.tables import ContingencyRow, FaultLevelRow, GenerationRow, SecurityRow
from twin.utilities.utility import Rows

_NAMED = 3


def lines(rows: Rows) -> Iterator[tuple[str, str]]:
    """Yield lines of the table that ends a run, none of what was not looked at."""
    yield from _outages(rows)
    yield from _generation(rows(GenerationRow))
    yield from _faults(rows(FaultLevelRow))


def _outages(rows: Rows) -> Iterator[tuple[str, str]]:
    months = rows(SecurityRow)
    if not months:
        return
    worst = max(months, key=lambda own: (own.beyond_limits, own.not_restored, own.remaining_mw))
    yield "N-1", f"{worst.month}, the worst month: {_counted(worst)}"
    own = [row for row in rows(ContingencyRow) if row.month == worst.month]
    yield from _listed("beyond limits", [_beyond(row) for row in own if row.outcome in BEYOND_LIMITS])
    yield from _listed("not restored", [_left(row) for row in own if row.outcome == NOT_RESTORED])
    yield from _listed("radial stubs", [_left(row) for row in own if row.outcome == STUB])


def _generation(rows: Sequence[GenerationRow]) -> Iterator[tuple[str, str]]:
    last = [row for row in rows if row.month == rows[-1].month and row.headroom_mw is not None]
    if last:
        least, most = (how(last, key=lambda row: row.headroom_mw or 0.0) for how in (min, max))
        ends = "; ".join(
            f"{row.bus} {fixed(row.headroom_mw or 0.0, 2)} MW ({row.limit})" for row in (least, most)
        )
        yield "generation fits", f"{least.month}, {len(last)} buses, least and most: {ends}"


def _faults(rows: Sequence[FaultLevelRow]) -> Iterator[tuple[str, str]]:
    if rows:
        highest = max(rows, key=lambda row: row.fault_level_ka)
        yield "fault level", f"{fixed(highest.fault_level_ka, 1)} kA at most, at {highest.bus}"
        beyond = {row.bus: row for row in rows if row.within_rating is False}
        yield from _listed(
            "breakers",
            [
                f"{bus}: {fixed(row.fault_level_ka, 1)} of {fixed(row.breaking_ka or 0.0, 1)} kA"
                for bus, row in beyond.items()
            ],
        )


def _counted(row: SecurityRow) -> str:
    parts = (
        (row.survived, "survived"),
        (row.beyond_limits, "beyond limits"),
        (row.not_restored, "cut off and not restored"),
        (row.restored, "restored by open points"),
        (row.stubs, "radial stubs"),
    )
    return f"{row.outages} outages: " + ", ".join(f"{count} {what}" for count, what in parts if count)


def _listed(label: str, told: Sequence[str]) -> Iterator[tuple[str, str]]:
    if told:
        more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        yield label, "; ".join(told[:_NAMED]) + more


def _beyond(row: ContingencyRow) -> str:
    if row.outcome == NO_SOLUTION:
        return f"{row.outage}: the voltage collapses"
    if row.loading_over_emergency > 1.0:
        share = fixed(100.0 * row.loading_over_emergency, 0)
        return f"{row.outage}: {row.worst_element} at {share} % of what it may carry for some hours"
    return f"{row.outage}: {fixed(row.min_voltage_pu, 3)} pu"


def _left(row: ContingencyRow) -> str:
    return f"{row.outage}: {fixed(row.remaining_mw, 2)} of {fixed(row.cut_off_mw, 2)} MW"

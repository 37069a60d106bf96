"""A day that stands for others: from the networks as opened, it depends on its standing alone."""

from dataclasses import dataclass, replace

from twin.city.city import City, DayDemand, Days
from twin.simulation.day import (
    DAY_S,
    Agenda,
    Asked,
    DayRecord,
    Held,
    Posted,
    Rest,
    Watch,
    pass_day,
    pass_unseen,
    unwatched,
)
from twin.simulation.interruptions import STOPS
from twin.simulation.settling import settle
from twin.utilities.base import Change

Stopped = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a day depends on, beside the networks as opened.

    Attributes
    ----------
    changes
        What was changed since the opening and holds a day before, in order.
    demand
        Of the day, as it would be with what stands a day before.
    before, posted
        What is posted on the day before, and on the day; seconds since the midnight of each.
    asked
        What is wanted of the networks as they stand in the end.
    clock
        The day on which each network begins to settle, since the opening: see `Network.alike`.
    """

    changes: tuple[Change, ...]
    demand: DayDemand
    before: tuple[Posted, ...]
    posted: tuple[Posted, ...]
    asked: Asked
    clock: Days


def simulate(city: City, standing: Standing, watch: Watch = unwatched) -> DayRecord:
    """Return what comes of a day; the city is put back to how it was opened first.

    Networks that store nothing are solved once while the others settle; again and again, if what they hand
    over stops anything on the day.

    Parameters
    ----------
    watch
        Called at each instant of the day, once it has settled, with its second; again from its first, if the
        day is simulated again.
    """
    if not standing.before:
        record, stopped = _settled_and_passed(city, standing, watch, rest=True)
        held = dict(record.held)
        if all(_stopped(own) == stopped for own in {0: {}, **held}.values()):
            return record
    return _settled_and_passed(city, standing, watch, rest=False)[0]


def _settled_and_passed(
    city: City, standing: Standing, watch: Watch, rest: bool
) -> tuple[DayRecord, Stopped]:
    """Return what comes of a day, and what stood still as it began."""
    city.reset()
    city.start_clock(standing.clock)
    if standing.changes:
        city.apply(standing.changes)

    def pass_one(number: int, resting: Rest) -> None:
        pass_unseen(city, standing.demand, Agenda(()), number * DAY_S, resting if rest else frozenset())

    number, settling = settle(city, pass_one)
    stopped = _stopped(city.in_force())
    demand = standing.demand
    if standing.before:
        pass_unseen(city, demand, Agenda(standing.before), number * DAY_S, frozenset())
        demand, number = standing.before[-1].demand, number + 1
    city.resting = frozenset()
    record = pass_day(city, demand, Agenda(standing.posted), number * DAY_S, standing.asked, watch)
    city.touched()
    stored = {name: own.stored() for name, own in settling.items()}
    return replace(record, stored=stored, settling_days=number), stopped


def _stopped(held: Held) -> Stopped:
    return {kind: tuple(assets) for kind, assets in held.items() if kind in STOPS and assets}

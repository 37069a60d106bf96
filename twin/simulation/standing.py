"""A day that stands for others: from the networks as opened, it depends on its standing alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from twin.city.city import City, DayDemand
from twin.simulation.day import DAY_S, Agenda, Asked, DayRecord, Posted, pass_day
from twin.utilities.base import Change

_SETTLING_DAYS = 3


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
    """

    changes: tuple[Change, ...]
    demand: DayDemand
    before: tuple[Posted, ...]
    posted: tuple[Posted, ...]
    asked: Asked


def simulate(city: City, standing: Standing, watch: Callable[[], None] = lambda: None) -> DayRecord:
    """Return what comes of a day; the city is put back to how it was opened first.

    Parameters
    ----------
    watch
        Called at each instant of the day, once it has settled.
    """
    city.reset()
    if standing.changes:
        city.apply(standing.changes)
    demand, second = standing.demand, 0
    for number in range(_SETTLING_DAYS):
        before = standing.before if number == _SETTLING_DAYS - 1 else ()
        pass_day(city, demand, Agenda(before), second, {})
        second += DAY_S
    demand = standing.before[-1].demand if standing.before else demand
    record = pass_day(city, demand, Agenda(standing.posted), second, standing.asked, watch)
    return replace(record, settling_days=_SETTLING_DAYS)

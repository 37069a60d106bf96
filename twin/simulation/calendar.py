"""Which days of a horizon are simulated, and which days each stands for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

import numpy as np

from twin.demand.further import further_days
from twin.scenario.schema import Scenario
from twin.utilities.base import Vector
from twin.utilities.demand import FurtherDay

_SEASON_MONTHS = 3
_FEWEST = 3
"""Days of a month that two may stand for."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day to simulate.

    Attributes
    ----------
    weight
        How many days of its month it stands for.
    month
        First day of the month it counts for.
    closes
        It is the last of its month.
    alone
        It stands for others, and begins from the networks as opened; else it goes on from the day before.
    like
        The days it stands for, itself among them, where they differ; its series are to sum up to their mean.
    further
        What a utility has asked for; it is not a day of the course of time then.
    """

    day: date
    weight: float
    month: date
    closes: bool
    alone: bool
    like: tuple[date, ...] = ()
    further: FurtherDay | None = None


def with_further(scenario: Scenario, days: Sequence[Day]) -> list[Day]:
    """Return days, in order, with those that utilities ask for.

    Each has the date of a free day before the typical one, else after it, and takes what it stands for from
    that. Where a month has no free day, it has no further one.
    """
    found: list[Day] = []
    for _, group in groupby(days, key=lambda day: day.month):
        own = list(group)
        for further in further_days(scenario, own[0].month.month):
            own = _with(scenario, own, further)
        found += own
    return found


def _with(scenario: Scenario, days: list[Day], further: FurtherDay) -> list[Day]:
    typical = max((day for day in days if day.further is None), key=lambda day: day.weight)
    taken = {day.day for day in days}
    first = max(typical.month, scenario.start)
    before = (typical.day - timedelta(days=n) for n in range(1, (typical.day - first).days + 1))
    after = (typical.day + timedelta(days=n) for n in range(1, (days[-1].day - typical.day).days))
    free = next((day for day in (*before, *after) if day not in taken), None)
    if free is None or typical.weight <= further.weight:
        return days
    less = replace(typical, weight=typical.weight - further.weight)
    new = Day(free, further.weight, typical.month, False, typical.alone, (), further)
    kept = [less if day is typical else day for day in days]
    return sorted([*kept, new], key=lambda day: day.day)


def calendar(scenario: Scenario, load: Callable[[date], float]) -> Iterator[Day]:
    """Yield the days to simulate, in order, where all days of a month differ by its growth alone.

    `every` day counts once. `representative`: of each month the middle day, which stands for all but
    one, and the first or last day, whichever has the larger `load`, which stands for itself.
    """
    alone = scenario.days == "representative"
    for month, days in _months(scenario):
        counted = [(day, 1.0) for day in days]
        if alone and len(days) >= _FEWEST:
            middle = days[len(days) // 2]
            counted = sorted([(middle, len(days) - 1.0), (max(days[0], days[-1], key=load), 1.0)])
        for day, weight in counted:
            yield Day(day, weight, month, day == counted[-1][0], alone)


def real_days(
    scenario: Scenario, net: Callable[[date], Mapping[str, Vector]], lowest: bool
) -> tuple[list[Day], float]:
    """Return the days to simulate, in order, where each day has its own demand and generation.

    Of each month the day of the highest net load and, if asked for, of each season (December to February and
    so on) the day of the lowest stand for themselves; the typical day stands for all others. It is their
    medoid: the day from which the others' net loads, hour by hour, differ least.

    Parameters
    ----------
    net
        A day's net load by utility and step; days are ranked by the first.
    lowest
        Look for the days of the lowest net load too.

    Returns
    -------
    list of Day
    float
        What typical days miss of the days they stand for, percent: the root mean square of what lies between
        the sorted net loads of both, over the mean.
    """
    months = dict(_months(scenario))
    loads = {day: list(net(day).values()) for days in months.values() for day in days}
    alone = _lowest(loads) if lowest else set[date]()
    found, missed = [], list[Vector]()
    for month, days in months.items():
        chosen = {max(days, key=lambda day: (float(loads[day][0].max()), day)), *alone.intersection(days)}
        others = [day for day in days if day not in chosen]
        counted = [Day(day, 1.0, month, False, True) for day in chosen]
        if others:
            typical = others[_medoid([loads[day] for day in others])]
            missed.append(_missed(loads[typical][0], np.array([loads[day][0] for day in others])))
            counted.append(Day(typical, float(len(others)), month, False, True, tuple(others)))
        counted.sort(key=lambda own: own.day)
        last = counted[-1]
        counted[-1] = Day(last.day, last.weight, month, True, True, last.like)
        found += counted
    every = np.concatenate([own[0] for own in loads.values()])
    error = np.concatenate(missed) if missed else np.zeros(1)
    mean = float(np.abs(every).mean()) or 1.0
    return found, 100.0 * float(np.sqrt((error**2).mean())) / mean


def _missed(typical: Vector, others: Vector) -> Vector:
    """Return what lies between the sorted net loads of some days and of the one for all, at their mean."""
    mean = float(typical.mean())
    scaled = typical * (float(others.mean()) / mean) if mean > 0.0 < float(others.mean()) else typical
    return np.asarray(np.sort(np.tile(scaled, len(others))) - np.sort(others.ravel()))


def _lowest(loads: Mapping[date, Sequence[Vector]]) -> set[date]:
    """Return of each season the day of the lowest net load."""
    seasons: dict[int, date] = {}
    for day, own in loads.items():
        season = (day.year * 12 + day.month) // _SEASON_MONTHS
        least = seasons.setdefault(season, day)
        if float(own[0].min()) < float(loads[least][0].min()):
            seasons[season] = day
    return set(seasons.values())


def _medoid(days: Sequence[Sequence[Vector]]) -> int:
    """Return the day nearest to all others; each utility's net load counts by its own mean."""
    parts = [np.array(own) for own in zip(*days, strict=True)]
    rows = np.concatenate([part / (float(np.abs(part).mean()) or 1.0) for part in parts], axis=1)
    apart = np.linalg.norm(rows[:, None, :] - rows[None, :, :], axis=2).sum(axis=1)
    return int(np.argmin(apart))


def _months(scenario: Scenario) -> Iterator[tuple[date, list[date]]]:
    for _, group in groupby(_days(scenario), key=lambda day: (day.year, day.month)):
        days = list(group)
        yield days[0].replace(day=1), days


def _days(scenario: Scenario) -> Iterator[date]:
    return (scenario.start + timedelta(days=n) for n in range((scenario.end - scenario.start).days))

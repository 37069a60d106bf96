"""Which days of a horizon are simulated, and how many days each stands for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from twin.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class Day:
    """A day to simulate.

    Attributes
    ----------
    weight
        How many days of its month it stands for; 0 for a warm-up.
    month
        First day of the month it counts for.
    """

    day: date
    weight: float
    month: date


def calendar(scenario: Scenario, load: Callable[[date], float]) -> Iterator[Day]:
    """Yield the days to simulate, in order.

    `every` day counts once. `representative`: of each month the middle day, which stands for all but
    one, and the first or last day, whichever has the larger `load`, which stands for itself; each
    after a warm-up day that is not counted and settles the tanks.
    """
    last = scenario.start - timedelta(days=1)
    for _, group in groupby(_days(scenario), key=lambda day: (day.year, day.month)):
        days = list(group)
        month = days[0].replace(day=1)
        if scenario.days == "every" or len(days) < 3:
            yield from (Day(day, 1.0, month) for day in days)
            last = days[-1]
            continue
        middle = days[len(days) // 2]
        peak = max(days[0], days[-1], key=load)
        for day, weight in sorted([(middle, len(days) - 1.0), (peak, 1.0)]):
            before = day - timedelta(days=1)
            if before > last:
                yield Day(before, 0.0, month)
            yield Day(day, weight, month)
            last = day


def _days(scenario: Scenario) -> Iterator[date]:
    return (scenario.start + timedelta(days=n) for n in range((scenario.end - scenario.start).days))

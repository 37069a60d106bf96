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
        How many days of its month it stands for.
    month
        First day of the month it counts for.
    closes
        It is the last of its month.
    alone
        It stands for others, and begins from the networks as opened; else it goes on from the day before.
    """

    day: date
    weight: float
    month: date
    closes: bool
    alone: bool


def calendar(scenario: Scenario, load: Callable[[date], float]) -> Iterator[Day]:
    """Yield the days to simulate, in order.

    `every` day counts once. `representative`: of each month the middle day, which stands for all but
    one, and the first or last day, whichever has the larger `load`, which stands for itself.
    """
    alone = scenario.days == "representative"
    for _, group in groupby(_days(scenario), key=lambda day: (day.year, day.month)):
        days = list(group)
        month = days[0].replace(day=1)
        counted = [(day, 1.0) for day in days]
        if alone and len(days) >= 3:
            middle = days[len(days) // 2]
            counted = sorted([(middle, len(days) - 1.0), (max(days[0], days[-1], key=load), 1.0)])
        for day, weight in counted:
            yield Day(day, weight, month, day == counted[-1][0], alone)


def _days(scenario: Scenario) -> Iterator[date]:
    return (scenario.start + timedelta(days=n) for n in range((scenario.end - scenario.start).days))

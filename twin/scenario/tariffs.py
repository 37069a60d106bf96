"""Tariffs: what is wrong with them, and the prices by hour and class that they come to."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from twin.scenario.document import Document
from twin.scenario.schema import Scenario
from twin.utilities.base import Vector
from twin.utilities.checking import Flaw
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility

_HOURS = 24


def prices(scenario: Scenario) -> dict[str, Vector]:
    """Return prices of a unit by utility that has tariffs, shape (hours, classes); 0 where there is none."""
    found: dict[str, Vector] = {}
    for row in scenario.tariffs:
        own = utilities()[row.utility]
        if row.utility in scenario.simulated:
            table = found.setdefault(row.utility, np.zeros((_HOURS, len(own.classes))))
            table[row.from_hour : row.to_hour, _names(own).index(row.demand_class)] = row.price_kzt_per_unit
    return found


def check_tariffs(scenario: Scenario, document: Document) -> None:
    """Note tariffs of what nobody sells or buys, and hours that have two prices."""
    taken: dict[tuple[str, str, int], int] = {}
    for i, row in enumerate(scenario.tariffs):
        key = ("tariffs", i)
        own = utilities().get(row.utility)
        if own is None or own.sold is None:
            sellers = [name for name, each in utilities().items() if each.sold is not None]
            document.add(key, f"{row.utility} sells nothing", f"one of {', '.join(sellers)}")
            continue
        if row.demand_class not in _sold(own):
            problem = f"{row.demand_class} is no class of customers of {row.utility}"
            document.add(key, problem, f"one of {', '.join(_sold(own))}")
        if row.unit and row.unit != own.sold.unit:
            document.add(key, f"a price per {row.unit} of {row.utility}", f"per {own.sold.unit}")
        if row.from_hour >= row.to_hour:
            problem = f"a tariff from {row.from_hour} to {row.to_hour} h"
            document.add(key, problem, "two rows if it goes over midnight")
        hours = range(row.from_hour, row.to_hour)
        twice = [hour for hour in hours if (row.utility, row.demand_class, hour) in taken]
        if twice:
            _, line = document.place(("tariffs", taken[row.utility, row.demand_class, twice[0]]))
            problem = f"{row.demand_class} of {row.utility} has two prices at {twice[0]} h"
            document.add(key, problem, f"one; the other stands in line {line}")
        taken |= {(row.utility, row.demand_class, hour): i for hour in hours}


def without_tariff(scenario: Scenario) -> Iterator[Flaw]:
    """Yield tariffs of utilities that are not simulated, and hours in which a class pays nothing."""
    for i, row in enumerate(scenario.tariffs):
        if row.utility not in scenario.simulated:
            problem = f"a tariff is not used: no {row.utility} network"
            yield Flaw(("tariffs", i), problem, f"networks.{row.utility}")
    for name in dict.fromkeys(row.utility for row in scenario.tariffs if row.utility in scenario.simulated):
        rows = [row for row in scenario.tariffs if row.utility == name]
        for sold in _sold(utilities()[name]):
            own = [range(row.from_hour, row.to_hour) for row in rows if row.demand_class == sold]
            priced = set[int]().union(*own)
            for first, end in _runs(hour for hour in range(_HOURS) if hour not in priced):
                problem = f"{sold} of {name} has no tariff from {first} to {end} h: it is sold for nothing"
                yield Flaw(("tariffs",), problem)


def _runs(hours: Iterator[int]) -> Iterator[tuple[int, int]]:
    """Yield where hours in a row begin and end."""
    for _, own in groupby(enumerate(hours), key=lambda pair: pair[1] - pair[0]):
        row = [hour for _, hour in own]
        yield row[0], row[-1] + 1


def _sold(own: Utility) -> list[str]:
    return [one.name for one in own.classes if not one.leakage]


def _names(own: Utility) -> list[str]:
    return [one.name for one in own.classes]

"""What customers pay: demand by class and step of a day at its tariffs, less what was not served."""

from collections.abc import Mapping

import numpy as np

from twin.scenario.schema import Scenario
from twin.scenario.tariffs import prices
from twin.utilities.base import Vector
from twin.utilities.demand import Demand, Sold
from twin.utilities.registry import utilities


class Tariffs:
    """The tariffs of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._prices = prices(scenario)

    def takings(
        self, demand: Mapping[str, Demand], totals: Mapping[str, Mapping[str, float]]
    ) -> dict[str, float]:
        """Return what a day brings by utility, in the scenario's currency.

        Parameters
        ----------
        demand
            Of the day, by utility.
        totals
            What each network accounted on the day.
        """
        found = {}
        for name, own in self._prices.items():
            sold = utilities()[name].sold
            if sold is not None and name in demand and name in totals:
                found[name] = worth(demand[name], own, sold) * _served(totals[name], sold)
        return found


def worth(demand: Demand, own: Vector, sold: Sold) -> float:
    """Return what a day's whole demand would pay.

    Parameters
    ----------
    own
        Prices of a unit, shape (hours, classes).
    """
    base = demand.base if demand.base.ndim == 3 else demand.base[None]
    asked = base.sum(axis=1) * demand.factors
    steps = len(asked)
    at = own[np.arange(steps) * len(own) // steps]
    return float((asked * at).sum()) * sold.per_hour * len(own) / steps


def _served(totals: Mapping[str, float], sold: Sold) -> float:
    """Return the share of a day's demand that was served: what was not is taken from all classes alike."""
    asked = totals[sold.served] + totals[sold.lost]
    return totals[sold.served] / asked if asked > 0.0 else 0.0

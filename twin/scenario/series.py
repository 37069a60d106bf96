"""What time series say: of which asset, which profile, on which day."""

from datetime import date

import numpy as np

from twin.scenario.schema import Scenario
from twin.utilities.base import Vector
from twin.utilities.demand import Given, Wanted
from twin.utilities.registry import utilities


class Series:
    """The time series of a scenario, and what utilities want of them.

    Attributes
    ----------
    given
        By simulated utility, what is given, in the order of `Demand.given`.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._wanted: dict[str, tuple[Wanted, ...]] = {
            name: tuple(utilities()[name].wants(scenario)) for name in scenario.simulated
        }
        self.given: dict[str, tuple[Given, ...]] = {
            name: tuple(wanted.given for wanted in own) for name, own in self._wanted.items()
        }

    def on(self, utility: str, day: date, steps: int) -> Vector:
        """Return what is given to a utility's assets on a day, shape (steps, given)."""
        wanted = self._wanted.get(utility, ())
        values = np.zeros((steps, len(wanted)))
        for column, own in enumerate(wanted):
            if not isinstance(own.source, str):
                values[:, column] = own.source(day, steps)
        return values

"""What developments that wait for their connection will put onto each capacity."""

from collections.abc import Mapping, Sequence

from twin.demand.requests import capacity_utility
from twin.scenario.schema import Scenario, kind_of
from twin.simulation.drivers import MonthEnd
from twin.utilities.base import Vector


class Commitments:
    """Reckons what waits onto the capacities that will serve it.

    Parameters
    ----------
    scenario, points
        Of the run; by utility, its demand points.

    Attributes
    ----------
    asked
        What is asked of the networks for it, as a day ends: see `City.relief`.
    """

    def __init__(self, scenario: Scenario, points: Mapping[str, Sequence[str]]) -> None:
        self._utility = {
            name: capacity_utility(scenario, name)
            for name, members in scenario.capacities.items()
            if kind_of(members).spread == "points"
        }
        self.asked = {
            name: (utility, frozenset(scenario.capacities[name]))
            for name, utility in self._utility.items()
            if utility in scenario.simulated and points[utility]
        }

    def committed(
        self, end: MonthEnd, by_point: Mapping[str, Vector]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return what is committed: on capacities that serve by place, by name; on each utility in all.

        Parameters
        ----------
        by_point
            What a unit drawn at each point puts onto each capacity that serves by place.
        """
        asked = end.committed
        located = {name: float(onto @ asked[self._utility[name]][0]) for name, onto in by_point.items()}
        return located, {utility: whole for utility, (_, whole) in asked.items()}

    def by_district(self, end: MonthEnd, by_point: Mapping[str, Vector]) -> dict[str, Vector]:
        """Return for capacities that serve by place what a unit in each district puts onto them."""
        return {name: onto @ end.shares[self._utility[name]] for name, onto in by_point.items()}

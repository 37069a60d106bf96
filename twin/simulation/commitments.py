"""What developments that wait for their connection will put onto each capacity."""

from collections.abc import Collection, Mapping

from twin.city.city import City
from twin.city.promises import refuse_uneven
from twin.demand.growth import Growth
from twin.demand.requests import capacity_utility
from twin.scenario.schema import Scenario, kind_of
from twin.utilities.base import Vector


class Commitments:
    """Looks at who will ask for how much, and where it will be drawn.

    Parameters
    ----------
    scenario, city, growth
        Of the run.
    """

    def __init__(self, scenario: Scenario, city: City, growth: Growth) -> None:
        self._city, self._growth = city, growth
        self._utility = {
            name: capacity_utility(scenario, name)
            for name, members in scenario.capacities.items()
            if kind_of(members).spread == "points"
        }
        self._members = {name: frozenset(scenario.capacities[name]) for name in self._utility}

    def by_point(self) -> dict[str, Vector]:
        """Return for capacities that serve by place what a unit drawn at each point puts onto them.

        By the networks as they stand.
        """
        networks, points = self._city.networks, self._growth.points
        found = {
            name: networks[utility].relief(self._members[name])
            for name, utility in self._utility.items()
            if utility in networks and points[utility]
        }
        for name, onto in found.items():
            refuse_uneven(self._utility[name], "relief", onto, points[self._utility[name]])
        return found

    def committed(
        self, connected: Collection[str], by_point: Mapping[str, Vector]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return what is committed: on capacities that serve by place, by name; on each utility in all."""
        committed = self._growth.committed(connected)
        located = {name: float(onto @ committed[self._utility[name]][0]) for name, onto in by_point.items()}
        return located, {utility: whole for utility, (_, whole) in committed.items()}

    def by_district(self, by_point: Mapping[str, Vector]) -> dict[str, Vector]:
        """Return for capacities that serve by place what a unit in each district puts onto them."""
        return {name: onto @ self._growth.shares(self._utility[name]) for name, onto in by_point.items()}

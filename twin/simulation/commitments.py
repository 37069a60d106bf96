"""What developments that wait for their connection will put onto each capacity."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from twin.demand.requests import capacity_utility
from twin.results.tables import StandInRow
from twin.scenario.schema import Scenario, kind_of
from twin.simulation.drivers import MonthEnd
from twin.utilities.base import Vector

_NOTHING = 1e-9


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
        self._capacities, self._simulated = scenario.capacities, scenario.simulated
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

    def stand_ins(
        self, month: date, carried: Mapping[tuple[str, str], Vector], by_point: Mapping[str, Vector]
    ) -> Iterator[StandInRow]:
        """Yield what capacities that serve by place carry for what is late: see `Bridging.carried`."""
        for (late, utility), at_points in carried.items():
            for name, onto in by_point.items():
                if self._utility[name] != utility:
                    continue
                kind, settings = kind_of(self._capacities[name]), self._simulated.get(utility)
                unit = kind.per_unit(settings) if kind.per_unit and settings else 1.0
                peak = float((at_points @ onto).max(initial=0.0)) / unit
                if peak > _NOTHING:
                    yield StandInRow(f"{month:%Y-%m}", late, utility, name, kind.told_in, peak)

    def by_district(self, end: MonthEnd, by_point: Mapping[str, Vector]) -> dict[str, Vector]:
        """Return for capacities that serve by place what a unit in each district puts onto them."""
        return {name: onto @ end.shares[self._utility[name]] for name, onto in by_point.items()}

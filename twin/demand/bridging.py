"""People whom a utility is to serve and does not serve yet, and what other networks carry for them meanwhile.

It is for utilities that say so (`Utility.instead`): their housing need not wait for them. Whom they do not
serve yet are those for whom the queue has found no room, and those who have come since the start to districts
in which a point of connection is planned and does not stand. Who was there at the start keeps what he has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from twin.demand.basis import DayBasis
from twin.demand.years import year_position
from twin.scenario.schema import Scenario, utility_of
from twin.utilities.base import Mask, Vector
from twin.utilities.demand import Demand, FurtherDay, Instead
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility

if TYPE_CHECKING:
    from twin.demand.growth import Growth

_NOTHING = 1e-12


def planned(scenario: Scenario, utility: str) -> Mask:
    """Return for each district whether a utility has, or is to have, a point of connection there."""
    cancelled = {row.site for row in scenario.order if row.cancelled}
    there = {
        point.district
        for point in scenario.demand_points
        if utility_of(point.asset) == utility and point.from_site not in cancelled
    }
    return np.array([district in there for district in scenario.districts], dtype=bool)


class Bridging:
    """Keeps whom utilities serve of those who live in the city, and what stands in for the rest.

    Parameters
    ----------
    growth
        Of the same scenario.
    """

    def __init__(self, growth: "Growth") -> None:
        scenario = growth.scenario
        self._growth = growth
        own = (utilities()[name] for name in scenario.simulated)
        self._utilities = {one.name: one for one in own if type(one).instead is not Utility.instead}
        self._planned = {name: planned(scenario, name) for name in self._utilities}
        self._most: dict[str, Vector] = {}

    def __bool__(self) -> bool:
        return bool(self._utilities)

    def hold(self, people: Vector) -> None:
        """Let no more people than these be served in each district."""
        self._most = {name: people.copy() for name in self._utilities}

    def allow(self, utility: str, place: int, people: float) -> None:
        """Let so many people of a district be served."""
        if utility in self._most:
            self._most[utility][place] = max(self._most[utility][place], people)

    def served(self, utility: str, people: Vector) -> Vector:
        """Return how many of some people are served, by district, if there is a point of connection."""
        return np.minimum(people, self._most[utility]) if utility in self._most else people

    def unserved(self, utility: str, day: date) -> Vector:
        """Return how many are to be served on a day and are not yet, by district."""
        growth = self._growth
        people = growth.people(year_position(day))
        without = people - self.served(utility, people)
        came = np.maximum(0.0, people - growth.people_on(growth.scenario.start))
        late = self._planned[utility] & ~growth.reached(utility)
        return np.where(self._planned[utility], np.where(late, came, without), 0.0)

    def needs(self, more: Vector, day: date, further: Sequence[FurtherDay]) -> dict[str, dict[str, Vector]]:
        """Return by utility what others carry at most for more people whom it does not serve.

        Returns
        -------
        dict
            By utility, by the one that carries it: by district.
        """
        found: dict[str, dict[str, Vector]] = {}
        for name, utility in self._utilities.items():
            on = [*further, None] if further else [None]
            for one in on:
                basis = DayBasis(self._growth, utility, day, (), further=one)
                for part in utility.instead(np.where(self._planned[name], more, 0.0), basis):
                    own = found.setdefault(name, {})
                    most = part.drawn.max(axis=0)
                    own[part.utility] = np.maximum(own.get(part.utility, 0.0), most)
        return found

    def carried(self, day: date, further: Sequence[FurtherDay]) -> dict[tuple[str, str], Vector]:
        """Return what others carry now on a day, by utility that is late and the one that carries it.

        Parameters
        ----------
        further
            What the day may be, beside itself; the highest step of all counts.

        Returns
        -------
        dict
            By demand point of the one that carries it, shape (steps, points), each day's steps in turn.
        """
        found: dict[tuple[str, str], list[Vector]] = {}
        for name, utility in self._utilities.items():
            people = self.unserved(name, day)
            for one in (None, *further) if float(people.sum()) > _NOTHING else ():
                basis = DayBasis(self._growth, utility, day, (), further=one)
                for part in utility.instead(people, basis):
                    at_points = part.drawn @ self._growth.shares(part.utility).T
                    found.setdefault((name, part.utility), []).append(at_points)
        return {key: np.concatenate(steps) for key, steps in found.items()}

    def add(self, demands: dict[str, Demand], day: date, further: FurtherDay | None) -> None:
        """Add to the demands of a day what stands in for utilities that are not there yet."""
        for name, utility in self._utilities.items():
            people = self.unserved(name, day)
            if float(people.sum()) > _NOTHING:
                basis = DayBasis(self._growth, utility, day, (), further=further)
                for part in utility.instead(people, basis):
                    if part.utility in demands:
                        demands[part.utility] = self._with(demands[part.utility], part)

    def _with(self, demand: Demand, part: Instead) -> Demand:
        """Return a demand by step, with what is drawn beside it."""
        base, factors = demand.base * demand.factors[:, None, :], np.ones_like(demand.factors)
        names = [one.name for one in utilities()[part.utility].classes]
        base[:, :, names.index(part.demand_class)] += part.drawn @ self._growth.shares(part.utility).T
        return replace(demand, base=base, factors=factors)


def by_utility(needs: Mapping[str, Mapping[str, Vector]], place: int) -> dict[str, dict[str, float]]:
    """Return of what `Bridging.needs` returns the part of one district."""
    return {name: {own: float(v[place]) for own, v in parts.items()} for name, parts in needs.items()}

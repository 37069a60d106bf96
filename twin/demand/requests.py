"""Who asks for service, what that puts onto each capacity, and what stands in the way."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from twin.results.tables import Headroom
from twin.scenario.schema import Scenario, kind_of, utility_of
from twin.utilities.base import Vector
from twin.utilities.registry import utilities


@dataclass(frozen=True, slots=True, order=True)
class Blocker:
    """A capacity without room in a month, and the next site that would relieve it."""

    utility: str
    capacity_name: str
    missing_site: str


@dataclass(slots=True)
class Request:
    """A customer's request for service.

    Attributes
    ----------
    name
        A development's, or ``housing Gate 2027``.
    needs
        By utility, at its peak, in the unit of its contracts.
    housing_year
        The year in which a cohort of housing grows; 0 for developments.
    instead
        By utility without which it can be connected: what others carry meanwhile, at most, by utility.
    lacks
        Utilities without which it is connected.
    only
        The one utility that it still waits for, once it is connected without that; empty: for all.
    connected
        None as long as it waits.
    blockers
        Every blocker so far, in the order in which they appeared.
    """

    name: str
    district: str
    requested: date
    needs: Mapping[str, float]
    housing_year: int = 0
    instead: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    lacks: frozenset[str] = frozenset()
    only: str = ""
    connected: date | None = None
    blockers: dict[Blocker, None] = field(default_factory=dict)


def without(request: Request, short: AbstractSet[str]) -> Request | None:
    """Return a request that does without some utilities and asks others for what they carry instead.

    None if it cannot.
    """
    if not short or not short <= request.instead.keys():
        return None
    needs = {name: need for name, need in request.needs.items() if name not in short}
    for name in sorted(short):
        for other, more in request.instead[name].items():
            needs[other] = needs.get(other, 0.0) + more
    return replace(request, needs=needs, lacks=frozenset(short))


def left(request: Request, lacks: Collection[str]) -> list[Request]:
    """Return what a request goes on to wait for, one by one, once it is connected without some utilities."""
    return [
        replace(request, needs={name: request.needs[name]}, instead={}, only=name) for name in sorted(lacks)
    ]


class Needs:
    """A month's capacities as vectors, and what a customer puts onto each.

    Parameters
    ----------
    headroom
        The month's rows.
    by_district
        Of capacities that serve by place: what a unit in each district puts onto them.
    column
        Of each district.
    """

    def __init__(
        self,
        scenario: Scenario,
        headroom: Sequence[Headroom],
        by_district: Mapping[str, Vector],
        column: Mapping[str, int],
    ) -> None:
        self._scenario, self._rows, self._column = scenario, headroom, column
        firm = scenario.connection_terms.headroom == "firm"
        self.capacity = np.array([r.capacity if firm else r.intact_capacity for r in headroom], dtype=float)
        self._onto = {name: self._parts(name, by_district) for name in utilities()}

    def of(self, requests: Sequence[Request]) -> Vector:
        """Return what customers put onto each capacity, in its unit; shape (requests, capacities)."""
        places = [self._column[request.district] for request in requests]
        asked = np.zeros((len(requests), len(self._rows)))
        for name, onto in self._onto.items():
            need = np.array([request.needs.get(name, 0.0) for request in requests])
            asked += need[:, None] * onto.T[places]
        return asked

    def at_season(self, month: date, further: Mapping[str, float]) -> Vector:
        """Return the month's peaks as they would be in the year's peak season.

        Parameters
        ----------
        further
            By utility, by how much a further day of any month asks for more than this month's days.
        """
        seasons = self._scenario.seasons
        season = seasons.get(month.month)
        if season is None:
            return np.array([r.peak for r in self._rows], dtype=float)
        factor = dict.fromkeys(utilities(), 1.0) | dict(further)
        for name, utility in utilities().items():
            if utility.season:
                largest = max(getattr(s, utility.season) for s in seasons.values())
                factor[name] *= largest / (getattr(season, utility.season) or 1.0)
        return np.array([r.peak * factor[capacity_utility(self._scenario, r.name)] for r in self._rows])

    def _parts(self, utility: str, by_district: Mapping[str, Vector]) -> Vector:
        """Return what a unit of new demand of a utility puts onto each capacity, by district."""
        parts = np.zeros((len(self._rows), len(self._column)))
        settings = self._scenario.simulated.get(utility)
        whole = {r.kind: r.peak for r in self._rows if capacity_utility(self._scenario, r.name) == utility}
        for i, row in enumerate(self._rows):
            if capacity_utility(self._scenario, row.name) != utility:
                continue
            kind = kind_of(self._scenario.capacities[row.name])
            match kind.spread:
                case "points":
                    unit = kind.per_unit(settings) if kind.per_unit and settings else 1.0
                    parts[i] = by_district.get(row.name, np.zeros(len(self._column))) * (1.0 / unit)
                case "share":
                    total = whole.get(kind.of, 0.0)
                    parts[i] = row.peak / total if total else 0.0
                case "whole":
                    parts[i] = 1.0
        return parts


def capacity_utility(scenario: Scenario, name: str) -> str:
    """Return the utility that a named capacity belongs to."""
    return utility_of(next(iter(scenario.capacities[name])))

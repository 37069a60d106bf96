"""Who asks for service, what that puts onto each capacity, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from twin.results.tables import Headroom
from twin.scenario.schema import Scenario
from twin.utilities.base import Vector

_UTILITY = {"substation": "power", "supply": "power", "source": "water", "treatment": "sewer"}


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
    power_mw
        At the evening peak.
    water_m3_per_day, sewage_m3_per_day
        On the maximum day; on any day.
    housing_year
        The year in which a cohort of housing grows; 0 for developments.
    connected
        None as long as it waits.
    blockers
        Every blocker so far, in the order in which they appeared.
    """

    name: str
    district: str
    requested: date
    power_mw: float
    water_m3_per_day: float
    sewage_m3_per_day: float
    housing_year: int = 0
    connected: date | None = None
    blockers: dict[Blocker, None] = field(default_factory=dict)


class Needs:
    """A month's capacities as vectors, and what a customer puts onto each."""

    def __init__(
        self,
        scenario: Scenario,
        headroom: Sequence[Headroom],
        power_by_district: Mapping[str, Vector],
        column: Mapping[str, int],
    ) -> None:
        self._scenario, self._rows, self._column = scenario, headroom, column
        firm = scenario.connection_terms.headroom == "firm"
        self.capacity = np.array([r.capacity if firm else r.intact_capacity for r in headroom], dtype=float)
        power = scenario.networks.power
        per_mva = 1.0 / power.design_power_factor if power else 1.0
        none = np.zeros(len(column))
        self._power = np.array(
            [power_by_district.get(r.name, none) * (per_mva if r.kind == "supply" else 1.0) for r in headroom]
        ).reshape(len(headroom), len(column))
        whole = {r.kind: r.peak for r in headroom}
        shares = [_volume_share(scenario, r, whole) for r in headroom]
        self._water = np.array([water for water, _ in shares])
        self._sewage = np.array([sewage for _, sewage in shares])

    def of(self, requests: Sequence[Request]) -> Vector:
        """Return what customers put onto each capacity, in its unit; shape (requests, capacities)."""
        asked = np.array([(r.power_mw, r.water_m3_per_day, r.sewage_m3_per_day) for r in requests])
        power, water, sewage = asked.reshape(-1, 3).T[:, :, None]
        places = [self._column[request.district] for request in requests]
        return np.asarray(power * self._power.T[places] + water * self._water + sewage * self._sewage)

    def at_season(self, month: date) -> Vector:
        """Return the month's peaks as they would be in the year's peak season."""
        seasons = self._scenario.seasons
        season = seasons.get(month.month)
        if season is None:
            return np.array([r.peak for r in self._rows], dtype=float)
        power = max(s.power for s in seasons.values()) / (season.power or 1.0)
        water = max(s.water for s in seasons.values()) / (season.water or 1.0)
        factor = {"power": power, "water": water, "sewer": 1.0}
        return np.array([r.peak * factor[utility_of(self._scenario, r)] for r in self._rows])


def utility_of(scenario: Scenario, row: Headroom) -> str:
    """Return the utility that a capacity belongs to."""
    if row.kind == "pumping":
        water = next(iter(scenario.capacities[row.name])).startswith("water/")
        return "water" if water else "sewer"
    return _UTILITY[row.kind]


def _volume_share(scenario: Scenario, row: Headroom, whole: Mapping[str, float]) -> tuple[float, float]:
    """Return the parts of new water and of new sewage that pass a capacity; pumping has its present part."""
    utility = utility_of(scenario, row)
    part = 1.0
    if row.kind == "pumping":
        total = whole.get("source" if utility == "water" else "treatment", 0.0)
        part = row.peak / total if total else 0.0
    return part if utility == "water" else 0.0, part if utility == "sewer" else 0.0

"""What there is on a day to make a utility's demand of."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from twin.demand.years import year_position
from twin.scenario.demand import Development
from twin.utilities.base import Vector
from twin.utilities.demand import FurtherDay, Settings
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility, declared

if TYPE_CHECKING:
    from twin.demand.growth import Growth

_NORMS = frozenset(norm.name for own in utilities().values() for norm in own.norms)
_PROFILES = frozenset(name for own in utilities().values() for name in own.profiles)
_COLUMNS: dict[str, frozenset[str]] = {
    table: frozenset(
        key for own in utilities().values() if table in own.fields for key in own.fields[table].model_fields
    )
    for table in ("developments", "other_demand", "seasons")
}
_COLUMNS["developments"] |= {
    key for key, field in Development.model_fields.items() if field.annotation is float
}
Connected = Collection[str] | Mapping[str, float]
"""Developments that draw their contract, or a share of it each."""
_WARMEST_H, _HOURS = 15, 24


class DayBasis:
    """What there is on a day to make a utility's demand of: see `Basis`."""

    def __init__(
        self,
        growth: "Growth",
        utility: Utility,
        day: date,
        connected: Connected,
        part: Vector | None = None,
        district: str = "",
        further: FurtherDay | None = None,
    ) -> None:
        self._growth, self._utility, self._day, self._connected = growth, utility, day, connected
        self._position, self._part, self._district = year_position(day), part, district
        self.people = self._of_part(growth.served(utility.name, self._position))
        self._further = further

    @property
    def air_c(self) -> Vector:
        """Return the temperature of the air by step: of a further day, else of the month's mean day."""
        steps = self._growth.shapes.steps
        if self._further is not None:
            return np.full(steps, self._further.air_c)
        season = self._growth.scenario.seasons.get(self._day.month)
        mean, swing = (season.mean_temperature_c, season.daily_swing_c) if season else (0.0, 0.0)
        hour = (np.arange(steps) + 0.5) * _HOURS / steps - 0.5
        return np.asarray(mean + swing / 2.0 * np.cos((hour - _WARMEST_H) * 2.0 * np.pi / _HOURS))

    def norm(self, name: str) -> float:
        """Return a norm on the day."""
        if name not in _NORMS:
            raise ValueError(f"{self._utility.name} reads the norm {name}, which no utility declares")
        return self._growth.norm(name, self._position)

    def contracted(self, column: str) -> Vector:
        """Return what connected developments have contracted."""
        self._refuse_unknown(column, "developments")
        return self._of_part(self._growth.contracted(self._connected, column))

    def other(self, column: str) -> Vector:
        """Return what other customers ask for."""
        self._refuse_unknown(column, "other_demand")
        return self._of_part(self._growth.other(column, self._position))

    def season(self, column: str) -> float:
        """Return the month's factor."""
        self._refuse_unknown(column, "seasons")
        season = self._growth.scenario.seasons.get(self._day.month)
        return float(getattr(season, column)) if season else 1.0

    def peak_season(self, column: str) -> float:
        """Return the year's largest factor."""
        self._refuse_unknown(column, "seasons")
        seasons = self._growth.scenario.seasons.values()
        return max((float(getattr(season, column)) for season in seasons), default=1.0)

    def shape(self, profile: str) -> Vector:
        """Return a profile by step of the day."""
        self._refuse_unknown_profile(profile)
        return self._growth.shapes.on(profile, self._day, self._district)

    def year(self, profile: str) -> Vector:
        """Return a profile on all days of a year."""
        self._refuse_unknown_profile(profile)
        return self._growth.shapes.year(profile, self._district)

    def _of_part(self, by_district: Vector) -> Vector:
        """Return what is given by district for those that this is about, 0 for the others."""
        return by_district if self._part is None else by_district * self._part

    def _refuse_unknown_profile(self, profile: str) -> None:
        rows, series = self._growth.scenario.profiles.values(), self._growth.series.names
        if profile not in _PROFILES and profile not in series and not any(profile in row for row in rows):
            raise ValueError(f"{self._utility.name} reads the profile {profile}, which no utility declares")

    def _refuse_unknown(self, column: str, table: str) -> None:
        if column not in _COLUMNS[table]:
            raise ValueError(f"{self._utility.name} reads {table}.{column}, which no utility declares")

    def settings(self, kind: type[Settings]) -> Settings:
        """Return those of the scenario's `demand` that a utility has declared."""
        return declared(self._growth.scenario.demand, kind)

    def share(self, by_district: Vector) -> Vector:
        """Return by demand point what is given by district and class."""
        return np.asarray(self._growth.shares(self._utility.name) @ by_district)

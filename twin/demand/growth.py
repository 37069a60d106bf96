"""Demand over time: from people, norms, developments and other customers to every demand point."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from twin.dates import next_month
from twin.scenario.demand import DemandPoint
from twin.scenario.futures import growth_factor
from twin.scenario.schema import Scenario
from twin.utilities.base import Mask, Vector

POWER_CLASSES = ("residential", "commercial", "industrial")
WATER_CLASSES = ("domestic", "leakage", "industrial")
HOURS = 24
_SECONDS_PER_DAY = 86400.0
Connected = Collection[str] | Mapping[str, float]
"""Developments that draw their contract, or a share of it each."""


def year_position(day: date) -> float:
    """Return the date as a fractional year, so that 31 December (24:00) of 2025 is 2026.0."""
    start = date(day.year, 1, 1)
    days = (date(day.year + 1, 1, 1) - start).days
    return day.year + (day - start).days / days


class Rows(NamedTuple):
    """A table by year: its years, their ends as fractional years, and its values, which hold there."""

    years: tuple[int, ...]
    ends: tuple[float, ...]
    values: tuple[float, ...]


def by_year(rows: Mapping[int, float]) -> Rows:
    """Return rows that each hold on 31 December of their year."""
    years = sorted(rows)
    return Rows(tuple(years), tuple(year + 1.0 for year in years), tuple(rows[year] for year in years))


def linear(rows: Rows, position: float) -> float:
    """Interpolate rows linearly; constant beyond the ends."""
    return float(np.interp(position, rows.ends, rows.values))


def geometric(rows: Rows, position: float) -> float:
    """Interpolate like `linear` but at a constant rate; linear where a row is zero."""
    years, ends, values = rows
    after = bisect_right(ends, position)
    if after in (0, len(years)):
        return values[min(after, len(years) - 1)]
    low, high = values[after - 1], values[after]
    share = (position - years[after - 1] - 1.0) / (years[after] - years[after - 1])
    if min(low, high) <= 0.0:
        return low + share * (high - low)
    return float(low * (high / low) ** share)


class Growth:
    """Turns a date and what stands in the city into base demands by point and class.

    Parameters
    ----------
    scenario
        Where districts, norms and profiles come from.

    Attributes
    ----------
    power_points, water_points
        Addresses of the demand points, in the order of the rows returned.
    power_factors, water_factors
        Hourly factor of each class, shape (24, classes).
    sewage_factors
        Hourly factor of domestic and industrial sewage, shape (24, 2).
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._districts = tuple(scenario.districts)
        self._power = [p for p in scenario.demand_points if p.asset.startswith("power/")]
        self._water = [p for p in scenario.demand_points if p.asset.startswith("water/")]
        self.power_points = tuple(p.asset for p in self._power)
        self.water_points = tuple(p.asset for p in self._water)
        profiles = {name: _column(scenario, name) for name in _PROFILES}
        industrial_water = profiles["industrial_power"] / profiles["industrial_power"].mean()
        domestic_water = profiles["water"] / profiles["water"].mean()
        self.power_factors = np.column_stack(
            [profiles["residential_power"], profiles["commercial_power"], profiles["industrial_power"]]
        )
        self.water_factors = np.column_stack([domestic_water, np.ones(HOURS), industrial_water])
        self.sewage_factors = np.column_stack([domestic_water, industrial_water])
        share = scenario.demand.residential_share
        together = share * profiles["residential_power"] + (1.0 - share) * profiles["commercial_power"]
        self._domestic_scale = 1.0 / float(together.max())
        self._evening = float(profiles["industrial_power"][scenario.demand.evening_hour])
        native = scenario.demand.native_power_profile
        self.native_power_factors = _column(scenario, native) if native else np.ones(HOURS)
        self._norms = {
            n: by_year({y: r.value for y, r in rows.items()}) for n, rows in scenario.norms.items() if rows
        }
        self._population = {
            name: by_year({year: row.population_k for year, row in rows.items()})
            for name, rows in scenario.population.items()
        }
        self._others = {
            field: {
                name: by_year({year: getattr(row, field) for year, row in rows.items()})
                for name, rows in scenario.other_demand.items()
            }
            for field in _OTHERS
        }
        self._peak_season = max((s.water for s in scenario.seasons.values()), default=1.0)
        column = {name: i for i, name in enumerate(self._districts)}
        developments = scenario.developments
        self._rows = {name: row for row, name in enumerate(developments)}
        self._places = np.array([column[d.district] for d in developments.values()], dtype=np.intp)
        self._contracts = {
            field: np.array([getattr(d, field) for d in developments.values()], dtype=float)
            for field in ("power_mw", "water_m3_per_day")
        }
        self._shares: dict[str, Vector] = {}
        self._factors = np.array([growth_factor(scenario, name) for name in self._districts])
        self._begin = year_position(scenario.start)
        self._most = np.full(len(self._districts), np.inf)
        self.commission(())

    def commission(self, sites: Iterable[str]) -> None:
        """Share each district's demand anew among the points available with these sites."""
        done = frozenset(sites)
        self._shares = {
            "power": _shares(self._power, self._districts, done),
            "water": _shares(self._water, self._districts, done),
        }

    def power_shares(self) -> Vector:
        """Return each power point's share of each district's power, shape (points, districts)."""
        return self._shares["power"]

    def reached(self, network: str) -> Mask:
        """Return for each district whether a network has a point there."""
        return np.asarray(self._shares[network].sum(axis=0) > 0.0)

    def hold(self, people: Vector) -> None:
        """Let no more people than these live in each district, whatever the plan says."""
        self._most = people.copy()

    def allow(self, district: str, until: date) -> None:
        """Let a district grow to what the plan says for a day."""
        i = self._districts.index(district)
        self._most[i] = max(self._most[i], self.people_on(until)[i])

    def waiting_on(self, day: date) -> float:
        """Return how many people of the plan do not live in the city for want of connected housing."""
        people = self.people_on(day)
        return float(np.maximum(0.0, people - self._most).sum())

    def people_on(self, day: date) -> Vector:
        """Return the people of each district by the plan."""
        return self._planned_people(year_position(day))

    def people_rows(self, month: date) -> list[dict[str, Any]]:
        """Return who lives in each district at the end of a month: rows of ``people.csv``."""
        people = self._people(year_position(next_month(month))).tolist()
        return [
            {"month": f"{month:%Y-%m}", "district": name, "people": count}
            for name, count in zip(self._districts, people, strict=True)
        ]

    def housing(self, first: date, last: date) -> list[tuple[str, float, float, float]]:
        """Return what the people who come between two days need, by district.

        Returns
        -------
        list
            District; MW at the evening peak; m3 of water on the maximum day, losses included; m3 of
            sewage a day.
        """
        settings, position = self._scenario.demand, year_position(last)
        more = np.maximum(0.0, self.people_on(last) - self.people_on(first))
        power = more * self._norm("power_kw_per_person", position) / 1000.0
        water = more * self._norm("water_l_per_person_day", position) / 1000.0
        supply = water * self._peak_season / (1.0 - self._norm("water_loss_share", position))
        returned = settings.domestic_return * self._norm("sewered_share", position)
        sewage = water * returned * settings.infiltration_factor
        return list(zip(self._districts, power.tolist(), supply.tolist(), sewage.tolist(), strict=True))

    def native_factor(self, day: date) -> float:
        """Return the growth of the network files' own demand since the scenario's start."""
        years = year_position(day) - year_position(self._scenario.start)
        return float((1.0 + self._scenario.demand.native_growth_percent_per_year / 100.0) ** years)

    def power_base(self, day: date, connected: Connected) -> Vector:
        """Return base MW by power point and class, season included."""
        settings, position = self._scenario.demand, year_position(day)
        people = self._people(position)
        domestic = people * self._norm("power_kw_per_person", position) / 1000.0 * self._domestic_scale
        contracted = self._developments(connected, "power_mw") * settings.coincidence
        industrial = (contracted + self._other("evening_peak_mw", position)) / self._evening
        classes = np.column_stack(
            [domestic * settings.residential_share, domestic * (1 - settings.residential_share), industrial]
        )
        return self._shares["power"] @ classes * self._season(day, "power")

    def water_base(self, day: date, connected: Connected) -> Vector:
        """Return base m3/s by water point and class, season included.

        The month's factor applies to domestic use and its leakage; `other` is stated for the maximum
        day, so it carries the month's factor over the largest one; developments are constant.
        """
        position, season = year_position(day), self._season(day, "water")
        domestic = self._domestic_water(position) * season
        loss = self._norm("water_loss_share", position)
        other = self._other("max_day_water_km3", position) * 1000.0 * season / self._peak_season
        industrial = (self._developments(connected, "water_m3_per_day") + other) / _SECONDS_PER_DAY
        classes = np.column_stack([domestic, domestic * loss / (1.0 - loss), industrial])
        return self._shares["water"] @ classes

    def sewage_base(self, day: date, connected: Connected) -> Vector:
        """Return average-day sewage m3/s by water point: domestic, industrial; shape (points, 2).

        The summer's extra water (irrigation) does not return, so the season does not enter.
        """
        settings, position = self._scenario.demand, year_position(day)
        returned = settings.domestic_return * self._norm("sewered_share", position)
        domestic = self._domestic_water(position) * returned * settings.infiltration_factor
        projects = self._developments(connected, "water_m3_per_day") * settings.development_return
        other = self._other("average_sewage_km3", position) * 1000.0
        return self._shares["water"] @ np.column_stack([domestic, (projects + other) / _SECONDS_PER_DAY])

    def committed(self, connected: Collection[str]) -> tuple[Vector, float, float]:
        """Return what developments not yet connected will ask for, with what stands now.

        Returns
        -------
        tuple
            Evening MW by power point; m3/day of water; m3/day of sewage.
        """
        done = set(connected)
        waiting = [name for name in self._rows if name not in done]
        power = self._developments(waiting, "power_mw") * self._scenario.demand.coincidence
        water = float(self._developments(waiting, "water_m3_per_day").sum())
        return self._shares["power"] @ power, water, water * self._scenario.demand.development_return

    def _domestic_water(self, position: float) -> Vector:
        litres = self._people(position) * self._norm("water_l_per_person_day", position)
        return litres / 1000.0 / _SECONDS_PER_DAY

    def _people(self, position: float) -> Vector:
        return np.asarray(np.minimum(self._planned_people(position), self._most))

    def _planned_people(self, position: float) -> Vector:
        return self._as_drawn(self._tabled_people, position)

    def _as_drawn(self, table: Callable[[float], Vector], position: float) -> Vector:
        """Return what a table says, its growth since the start times the factor of this future."""
        if not self._scenario.future:
            return np.asarray(table(position))
        begin = table(self._begin)
        return np.asarray(begin + self._factors * (table(position) - begin))

    def _tabled_people(self, position: float) -> Vector:
        return 1000.0 * self._tabled(self._population, position)

    def _norm(self, name: str, position: float) -> float:
        return linear(self._norms[name], position) if name in self._norms else 0.0

    def _other(self, field: str, position: float) -> Vector:
        return self._as_drawn(partial(self._tabled_other, field), position)

    def _tabled_other(self, field: str, position: float) -> Vector:
        return self._tabled(self._others[field], position)

    def _tabled(self, tables: Mapping[str, Rows], position: float) -> Vector:
        """Return what a table says of each district, 0 for one it does not name."""
        return np.array([geometric(tables[d], position) if d in tables else 0.0 for d in self._districts])

    def _developments(self, connected: Connected, field: str) -> Vector:
        rows = [self._rows[name] for name in connected]
        contracts = self._contracts[field][rows]
        if isinstance(connected, Mapping):
            contracts = contracts * np.fromiter(connected.values(), dtype=float, count=len(rows))
        sums = np.bincount(self._places[rows], weights=contracts, minlength=len(self._districts))
        return np.asarray(sums, dtype=float)

    def _season(self, day: date, field: str) -> float:
        season = self._scenario.seasons.get(day.month)
        return float(getattr(season, field)) if season else 1.0


_OTHERS = ("evening_peak_mw", "max_day_water_km3", "average_sewage_km3")
_PROFILES = ("residential_power", "commercial_power", "industrial_power", "water")


def _column(scenario: Scenario, name: str) -> Vector:
    rows = scenario.profiles
    return np.array([rows[hour].get(name, 1.0) if rows else 1.0 for hour in range(HOURS)])


def _shares(points: Sequence[DemandPoint], districts: Sequence[str], done: frozenset[str]) -> Vector:
    """Return the share of each district's demand that each point carries, shape (points, districts)."""
    shares = np.zeros((len(points), len(districts)))
    column = {name: i for i, name in enumerate(districts)}
    for row, point in enumerate(points):
        open_ = not point.from_site or point.from_site in done
        closed = bool(point.until_site) and point.until_site in done
        if open_ and not closed:
            shares[row, column[point.district]] = point.weight
    totals = shares.sum(axis=0)
    return shares / np.where(totals > 0.0, totals, 1.0)

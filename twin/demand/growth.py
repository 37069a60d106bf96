"""Demand over time: from people, norms, developments and other customers to every demand point."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial

import numpy as np

from twin.dates import next_month
from twin.demand.shapes import Shapes
from twin.demand.years import Rows, by_year, geometric, linear, year_position
from twin.results.tables import PeopleRow
from twin.scenario.demand import DemandPoint, Development
from twin.scenario.futures import growth_factor
from twin.scenario.schema import Scenario, utility_of
from twin.scenario.series import Series
from twin.scenario.standing import counts
from twin.utilities.base import Mask, Vector
from twin.utilities.demand import Demand, Settings
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility, declared

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


class Growth:
    """Turns a date and what stands in the city into each utility's demand by point and class.

    Parameters
    ----------
    scenario
        Where districts, norms and profiles come from.

    Attributes
    ----------
    points
        By utility, the addresses of its demand points in the order of the rows of its demand.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._districts = tuple(scenario.districts)
        self._points = {
            name: [p for p in scenario.demand_points if utility_of(p.asset) == name] for name in utilities()
        }
        self.points = {name: tuple(p.asset for p in points) for name, points in self._points.items()}
        self._norms = {
            n: by_year({y: r.value for y, r in rows.items()}) for n, rows in scenario.norms.items() if rows
        }
        self._population = {
            name: by_year({year: row.population_k for year, row in rows.items()})
            for name, rows in scenario.population.items()
        }
        self._others: dict[str, dict[str, Rows]] = {}
        column = {name: i for i, name in enumerate(self._districts)}
        developments = scenario.developments
        self._rows = {name: row for row, name in enumerate(developments)}
        self._places = np.array([column[d.district] for d in developments.values()], dtype=np.intp)
        self._contracts: dict[str, Vector] = {}
        self._shares: dict[str, Vector] = {}
        self._factors = np.array([growth_factor(scenario, name) for name in self._districts])
        self._begin = year_position(scenario.start)
        self._most = np.full(len(self._districts), np.inf)
        self._closed_at = np.full(len(self._districts), np.inf)
        self.series = Series(scenario)
        self.shapes = Shapes(scenario, self.series)
        own = self.shapes.districts
        self._common = np.array([float(d not in own) for d in self._districts]) if own else None
        self.commission(())

    def commission(self, sites: Iterable[str]) -> None:
        """Share each district's demand anew among the points available with these sites."""
        done = frozenset(sites)
        self._shares = {n: _shares(points, self._districts, done) for n, points in self._points.items()}

    def shares(self, utility: str) -> Vector:
        """Return each point's share of each district's demand, shape (points, districts)."""
        return self._shares[utilities()[utility].drawn_at or utility]

    def reached(self, utility: str) -> Mask:
        """Return for each district whether a utility has a point there."""
        return np.asarray(self._shares[utility].sum(axis=0) > 0.0)

    def hold(self, people: Vector) -> None:
        """Let no more people than these live in each district, whatever the plan says."""
        self._most = people.copy()

    def allow(self, district: str, until: date) -> None:
        """Let a district grow to what the plan says for a day."""
        i = self._districts.index(district)
        self._most[i] = max(self._most[i], self.people_on(until)[i])

    def close(self, district: str, day: date) -> None:
        """Let nobody come to a district after a day, whatever else is allowed."""
        i = self._districts.index(district)
        self._closed_at[i] = min(self._closed_at[i], self.people_on(day)[i])

    def open(self, district: str) -> None:
        """Let people come to a district again."""
        self._closed_at[self._districts.index(district)] = np.inf

    def waiting_on(self, day: date) -> float:
        """Return how many people of the plan do not live in the city for want of connected housing."""
        people = self.people_on(day)
        return float(np.maximum(0.0, people - np.minimum(self._most, self._closed_at)).sum())

    def people_on(self, day: date) -> Vector:
        """Return the people of each district by the plan."""
        return self._planned_people(year_position(day))

    def people_rows(self, month: date) -> list[PeopleRow]:
        """Return who lives in each district at the end of a month: rows of ``people.csv``."""
        people = self.people(year_position(next_month(month))).tolist()
        return [
            PeopleRow(f"{month:%Y-%m}", name, count)
            for name, count in zip(self._districts, people, strict=True)
        ]

    def demand(self, day: date, connected: Connected) -> dict[str, Demand]:
        """Return each utility's demand on a day.

        Parameters
        ----------
        connected
            The developments that draw.
        """
        native = self._native_factor(day)
        found = {}
        for name, utility in utilities().items():
            try:
                demand = self._demand(utility, day, connected)
            except Exception as error:
                error.add_note(f"in the demand of {name} on {day}")
                raise
            if demand is None and utility.classes:
                raise ValueError(f"demand of {name}: none, and it has classes")
            if demand is not None:
                self._refuse_misshapen(utility, demand)
                given = self.series.on(name, day, len(demand.factors))
                found[name] = Demand(demand.base, demand.factors, demand.native * native, given)
        return found

    @property
    def days_differ(self) -> bool:
        """Return whether a month's days differ by more than its growth: by series, or by kinds of day."""
        return self.shapes.vary or any(self.series.given.values())

    def stand_for(self, day: date, days: Sequence[date]) -> None:
        """Let a day stand for others, of which it is one: its profiles and series have the mean of theirs."""
        self.shapes.stand_for(day, days)
        self.series.stand_for(day, days)

    def net_load(self, day: date, connected: Connected) -> dict[str, Vector]:
        """Return by step what simulated utilities ask for on a day, less what is fed in.

        What series are given to comes first.
        """
        own = {n: d for n, d in self.demand(day, connected).items() if n in self.scenario.simulated}
        drawn = [name for name in own if utilities()[name].draws]
        given = self.series.given
        drawn.sort(key=lambda name: not given[name])
        return {name: utilities()[name].net_load(self.scenario, own[name], given[name]) for name in drawn}

    def _demand(self, utility: Utility, day: date, connected: Connected) -> Demand | None:
        """Return a utility's demand; by step, where districts have profiles of their own."""
        demand = utility.demand(DayBasis(self, utility, day, connected, self._common))
        if demand is None or not self.shapes.districts:
            return demand
        by_step = demand.base * demand.factors[:, None, :]
        for district in self.shapes.districts:
            own = utility.demand(DayBasis(self, utility, day, connected, self._alone(district), district))
            by_step = by_step if own is None else by_step + own.base * own.factors[:, None, :]
        return Demand(by_step, np.ones_like(demand.factors), demand.native)

    def _alone(self, district: str) -> Vector:
        """Return 1 for one district and 0 for others."""
        return np.array([float(name == district) for name in self._districts])

    def _refuse_misshapen(self, utility: Utility, demand: Demand) -> None:
        """Refuse a demand that does not fit its points, its classes and the steps of a day."""
        points, classes, steps = len(self.shares(utility.name)), len(utility.classes), len(demand.factors)
        base = (steps, points, classes) if np.ndim(demand.base) == 3 else (points, classes)
        wanted = {"base": base, "factors": (steps, classes), "native": (steps,)}
        for field, shape in wanted.items():
            if (own := np.shape(getattr(demand, field))) != shape:
                told = f"points {points}, classes {classes}, steps of the day {steps}"
                raise ValueError(f"demand of {utility.name}: `{field}` has shape {own}, not {shape}; {told}")

    def housing(self, first: date, last: date) -> list[tuple[str, dict[str, float]]]:
        """Return what the people who come between two days need of each utility, by district."""
        more = np.maximum(0.0, self.people_on(last) - self.people_on(first))
        needs = {
            name: utility.need(more, DayBasis(self, utility, last, ()))
            for name, utility in utilities().items()
        }
        return [
            (district, {name: float(need[i]) for name, need in needs.items()})
            for i, district in enumerate(self._districts)
        ]

    def committed(self, connected: Collection[str]) -> dict[str, tuple[Vector, float]]:
        """Return what developments not yet connected will ask of each utility, with what stands now.

        Returns
        -------
        dict
            By utility: by demand point, and in all; in the unit of its contracts.
        """
        done = set(connected)
        waiting = [name for name in self._rows if name not in done]
        found = {}
        for name, utility in utilities().items():
            if utility.contract is not None:
                asked, by = self.contracted(waiting, utility.contract.column), self.factor_of(utility)
                found[name] = self.shares(name) @ (asked * by), float(asked.sum()) * by
        return found

    def factor_of(self, utility: Utility) -> float:
        """Return what a contract with a utility is multiplied by to be its need."""
        setting = utility.contract.setting if utility.contract else ""
        return float(getattr(self.scenario.demand, setting)) if setting else 1.0

    def contracted(self, connected: Connected, column: str) -> Vector:
        """Return what some developments have contracted, or a share of it each, by district."""
        rows = [self._rows[name] for name in connected]
        contracts = self._contracts_of(column)[rows]
        if isinstance(connected, Mapping):
            contracts = contracts * np.fromiter(connected.values(), dtype=float, count=len(rows))
        sums = np.bincount(self._places[rows], weights=contracts, minlength=len(self._districts))
        return np.asarray(sums, dtype=float)

    def people(self, position: float) -> Vector:
        """Return who live in each district, held housing left out."""
        allowed = np.minimum(self._most, self._closed_at)
        return np.asarray(np.minimum(self._planned_people(position), allowed))

    def norm(self, name: str, position: float) -> float:
        """Return a norm, 0 where the scenario has none."""
        return linear(self._norms[name], position) if name in self._norms else 0.0

    def other(self, column: str, position: float) -> Vector:
        """Return what other customers ask for, by district."""
        return self._as_drawn(partial(self._tabled_other, column), position)

    def _native_factor(self, day: date) -> float:
        """Return the growth of the network files' own demand since the scenario's start."""
        years = year_position(day) - year_position(self.scenario.start)
        return float((1.0 + self.scenario.demand.native_growth_percent_per_year / 100.0) ** years)

    def _planned_people(self, position: float) -> Vector:
        return self._as_drawn(self._tabled_people, position)

    def _as_drawn(self, table: Callable[[float], Vector], position: float) -> Vector:
        """Return what a table says, its growth since the start times the factor of this future."""
        if not self.scenario.future:
            return np.asarray(table(position))
        begin = table(self._begin)
        return np.asarray(begin + self._factors * (table(position) - begin))

    def _tabled_people(self, position: float) -> Vector:
        return 1000.0 * self._tabled(self._population, position)

    def _tabled_other(self, column: str, position: float) -> Vector:
        if column not in self._others:
            self._others[column] = {
                name: by_year({year: getattr(row, column) for year, row in rows.items()})
                for name, rows in self.scenario.other_demand.items()
            }
        return self._tabled(self._others[column], position)

    def _tabled(self, tables: Mapping[str, Rows], position: float) -> Vector:
        """Return what a table says of each district, 0 for one it does not name."""
        return np.array([geometric(tables[d], position) if d in tables else 0.0 for d in self._districts])

    def _contracts_of(self, column: str) -> Vector:
        if column not in self._contracts:
            rows = self.scenario.developments.values()
            self._contracts[column] = np.array([getattr(row, column) for row in rows], dtype=float)
        return self._contracts[column]


class DayBasis:
    """What there is on a day to make a utility's demand of: see `Basis`."""

    def __init__(
        self,
        growth: Growth,
        utility: Utility,
        day: date,
        connected: Connected,
        part: Vector | None = None,
        district: str = "",
    ) -> None:
        self._growth, self._utility, self._day, self._connected = growth, utility, day, connected
        self._position, self._part, self._district = year_position(day), part, district
        self.people = self._of_part(growth.people(self._position))

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


def _shares(points: Sequence[DemandPoint], districts: Sequence[str], done: frozenset[str]) -> Vector:
    """Return the share of each district's demand that each point carries, shape (points, districts)."""
    shares = np.zeros((len(points), len(districts)))
    column = {name: i for i, name in enumerate(districts)}
    for row, point in enumerate(points):
        if counts(point, done):
            shares[row, column[point.district]] = point.weight
    totals = shares.sum(axis=0)
    return shares / np.where(totals > 0.0, totals, 1.0)

"""Demand over time: from people, norms, developments and other customers to every demand point."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np

from twin.dates import next_month
from twin.demand.basis import Connected, DayBasis
from twin.demand.bridging import Bridging, planned
from twin.demand.further import further_days
from twin.demand.shapes import Shapes
from twin.demand.years import Rows, by_year, geometric, linear, year_position
from twin.results.tables import PeopleRow
from twin.scenario.demand import DemandPoint
from twin.scenario.futures import growth_factor
from twin.scenario.schema import Scenario, utility_of
from twin.scenario.series import Series
from twin.scenario.standing import counts
from twin.utilities.base import Mask, Vector
from twin.utilities.demand import Demand, FurtherDay
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility


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
        self._drawn: dict[tuple[str, float], Vector] = {}
        column = {name: i for i, name in enumerate(self._districts)}
        developments = scenario.developments
        self._rows = {name: row for row, name in enumerate(developments)}
        self._places = np.array([column[d.district] for d in developments.values()], dtype=np.intp)
        self._simulated = {n: one for n, one in utilities().items() if n in scenario.simulated}
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
        self.bridging = Bridging(self)
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

    def planned(self, utility: Utility) -> Vector:
        """Return for each district 1 if a utility is, or may be, asked for there; else 0.

        Whose sites are told by their kinds (`Utility.planned_by`) is not asked for where none is planned.
        """
        everywhere = not utility.planned_by or utility.name not in self.scenario.simulated
        there = np.ones(len(self._districts)) if everywhere else planned(self.scenario, utility.name)
        return np.asarray(there, dtype=float)

    def hold(self, people: Vector) -> None:
        """Let no more people than these live in each district, whatever the plan says."""
        self._most = people.copy()
        self.bridging.hold(people)

    def allow(self, district: str, until: date, only: str = "", without: Collection[str] = ()) -> None:
        """Let a district grow to what the plan says for a day.

        Parameters
        ----------
        only
            The utility that serves who lives there already; empty: more people come.
        without
            Utilities that do not serve them yet.
        """
        i = self._districts.index(district)
        people = float(self.people_on(until)[i])
        if not only:
            self._most[i] = max(self._most[i], people)
        for name in (only,) if only else utilities().keys() - without:
            self.bridging.allow(name, i, people)

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

    def demand(self, day: date, connected: Connected, further: FurtherDay | None = None) -> dict[str, Demand]:
        """Return the demand of each utility that is simulated on a day.

        Parameters
        ----------
        connected
            The developments that draw.
        further
            What the day is, where a utility has asked for it.
        """
        native = self._native_factor(day)
        found = {}
        for name, utility in self._simulated.items():
            try:
                demand = self._demand(utility, day, connected, further)
            except Exception as error:
                error.add_note(f"in the demand of {name} on {day}")
                raise
            if demand is None and utility.classes:
                raise ValueError(f"demand of {name}: none, and it has classes")
            if demand is not None:
                self._refuse_misshapen(utility, demand)
                given = self.series.on(name, day, len(demand.factors))
                found[name] = Demand(demand.base, demand.factors, demand.native * native, given)
        if self.bridging:
            self.bridging.add(found, day, further)
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
        own = self.demand(day, connected)
        drawn = [name for name in own if utilities()[name].draws]
        given = self.series.given
        drawn.sort(key=lambda name: not given[name])
        return {name: utilities()[name].net_load(self.scenario, own[name], given[name]) for name in drawn}

    def _demand(
        self, utility: Utility, day: date, connected: Connected, further: FurtherDay | None
    ) -> Demand | None:
        """Return a utility's demand; by step, where districts have profiles of their own."""
        demand = utility.demand(DayBasis(self, utility, day, connected, self._common, further=further))
        if demand is None or not self.shapes.districts:
            return demand
        by_step = demand.base * demand.factors[:, None, :]
        for district in self.shapes.districts:
            part = DayBasis(self, utility, day, connected, self._alone(district), district, further)
            own = utility.demand(part)
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
            name: utility.need(more, DayBasis(self, utility, last, ())) * self.planned(utility)
            for name, utility in utilities().items()
        }
        return [
            (district, {name: float(need[i]) for name, need in needs.items()})
            for i, district in enumerate(self._districts)
        ]

    def housing_instead(self, first: date, last: date) -> dict[str, dict[str, Vector]]:
        """Return what others carry at most for those who come between two days, where a utility is late.

        By utility, by the one that carries it: by district.
        """
        more = np.maximum(0.0, self.people_on(last) - self.people_on(first))
        every = (further_days(self.scenario, month) for month in self.scenario.seasons)
        return self.bridging.needs(more, last, [day for days in every for day in days])

    def further(self, month: date, connected: Connected) -> dict[str, float]:
        """Return by utility by how much a further day of any month would exceed a month's own days.

        Parameters
        ----------
        connected
            The developments that draw.
        """
        scenario = self.scenario
        mine = further_days(scenario, month.month)
        others = {day for other in scenario.seasons for day in further_days(scenario, other)}.difference(mine)
        if not others:
            return {}
        last = next_month(month) - timedelta(days=1)
        own, more = (
            [_peaks(self.demand(last, connected, day)) for day in days] for days in ([None, *mine], others)
        )
        found = {name: max(peaks[name] for peaks in own) for name in own[0]}
        return {
            name: max(1.0, *(peaks[name] / peak for peaks in more))
            for name, peak in found.items()
            if peak > 0.0
        }

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
                asked = self.contracted(waiting, utility.contract.column) * self.planned(utility)
                by = self.factor_of(utility)
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

    def served(self, utility: str, position: float) -> Vector:
        """Return those who live in each district and are served by a utility, where it has a point."""
        return self.bridging.served(utility, self.people(position))

    def norm(self, name: str, position: float) -> float:
        """Return a norm, 0 where the scenario has none."""
        return linear(self._norms[name], position) if name in self._norms else 0.0

    def other(self, column: str, position: float) -> Vector:
        """Return what other customers ask for, by district."""
        return self._as_drawn(column, partial(self._tabled_other, column), position)

    def _native_factor(self, day: date) -> float:
        """Return the growth of the network files' own demand since the scenario's start."""
        years = year_position(day) - year_position(self.scenario.start)
        return float((1.0 + self.scenario.demand.native_growth_percent_per_year / 100.0) ** years)

    def _planned_people(self, position: float) -> Vector:
        return self._as_drawn("", self._tabled_people, position)

    def _as_drawn(self, name: str, table: Callable[[float], Vector], position: float) -> Vector:
        """Return what a table says, its growth since the start times the factor of this future."""
        key = name, position
        if key not in self._drawn:
            drawn = np.asarray(table(position))
            if self.scenario.future or self.scenario.demand.growth_factor != 1.0:
                begin = table(self._begin)
                drawn = np.asarray(begin + self._factors * (drawn - begin))
            drawn.flags.writeable = False
            self._drawn[key] = drawn
        return self._drawn[key]

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


def _peaks(demands: Mapping[str, Demand]) -> dict[str, float]:
    """Return by utility the most that all points ask for at a step."""
    return {
        name: float((own.base * own.factors[:, None, :]).sum(axis=(1, 2)).max(initial=0.0))
        for name, own in demands.items()
    }


def _shares(points: Sequence[DemandPoint], districts: Sequence[str], done: frozenset[str]) -> Vector:
    """Return the share of each district's demand that each point carries, shape (points, districts)."""
    shares = np.zeros((len(points), len(districts)))
    column = {name: i for i, name in enumerate(districts)}
    for row, point in enumerate(points):
        if counts(point, done):
            shares[row, column[point.district]] = point.weight
    totals = shares.sum(axis=0)
    return shares / np.where(totals > 0.0, totals, 1.0)

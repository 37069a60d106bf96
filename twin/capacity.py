"""What the city can rely on: firm capacity, headroom and first breach, by month."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.networks.base import Signal, Vector
from twin.scenario.schema import Capacity, Scenario

_SECONDS_PER_DAY = 86400.0
_TRAILING_MONTHS = 12
_QUANTITY = {
    "substation": "asked_mw",
    "supply": "asked_mva",
    "source": "required_m3_per_s",
    "treatment": "inflow_m3_per_s",
    "pumping": "flow_m3_per_s",
}
_UNIT = {
    "substation": "MW",
    "supply": "MVA",
    "source": "m3/day",
    "treatment": "m3/day",
    "pumping": "m3/day",
}


@dataclass(frozen=True, slots=True)
class Headroom:
    """One capacity in one month: one row of ``headroom.csv``.

    Attributes
    ----------
    capacity
        What can be relied on: with the largest unit out for a substation, the licence for a source.
    peak
        Largest demand of the month: the hour for power, the day's volume for water and sewage.
    peak_12_months
        Largest of the trailing twelve months, so that seasons do not hide a breach.
    headroom
        ``capacity - peak_12_months``.
    first_breach
        The headroom has just become negative: for the first time, or anew after there was some.
    """

    month: str
    name: str
    kind: str
    unit: str
    capacity: float
    peak: float
    peak_12_months: float
    headroom: float
    first_breach: bool


@dataclass(slots=True)
class Ledger:
    """Collects the peaks of every named capacity, day by day, and turns them into headroom.

    Parameters
    ----------
    scenario
        Its `capacities` and the rules for transformers.
    signals
        All signals of the city, in the order of the readings.
    ratings_mva
        Rating of each transformer by address.
    """

    scenario: Scenario
    signals: Sequence[Signal]
    ratings_mva: Mapping[str, float]
    rows: list[Headroom] = field(default_factory=list)
    _names: tuple[str, ...] = ()
    _weights: Vector = field(default_factory=lambda: np.zeros((0, 0)))
    _hourly: Vector = field(default_factory=lambda: np.zeros(0))
    _day_peak: Vector = field(default_factory=lambda: np.zeros(0))
    _day_volume: Vector = field(default_factory=lambda: np.zeros(0))
    _month_peak: Vector = field(default_factory=lambda: np.zeros(0))
    _history: dict[str, list[float]] = field(default_factory=dict)
    _breached: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        table = self.scenario.capacities
        self._names = tuple(table)
        column = {(s.asset, s.quantity): i for i, s in enumerate(self.signals)}
        self._weights = np.zeros((len(self.signals), len(table)))
        for j, members in enumerate(table.values()):
            for asset, row in members.items():
                place = (_demand_asset(asset, row), _QUANTITY[row.kind])
                if place in column:
                    self._weights[column[place], j] = 1.0
        kinds = [_kind(members) for members in table.values()]
        self._hourly = np.array([kind in ("substation", "supply") for kind in kinds], dtype=bool)
        self._clear_day()
        self._month_peak = np.zeros(len(table))

    def accumulate(self, readings: Vector, seconds: Vector) -> None:
        """Take in solved instants: readings, shape (instants, signals), and how long each held."""
        loads = readings @ self._weights
        self._day_peak = np.maximum(self._day_peak, loads.max(axis=0, initial=0.0))
        self._day_volume += seconds @ loads

    def end_day(self, seconds: float) -> None:
        """Close a simulated day that was solved for so many seconds."""
        if seconds > 0.0:
            volume = self._day_volume * (_SECONDS_PER_DAY / seconds)
            self._month_peak = np.maximum(self._month_peak, np.where(self._hourly, self._day_peak, volume))
        self._clear_day()

    def end_month(self, month: str, commissioned: Collection[str]) -> list[Headroom]:
        """Close a month: one row per capacity that stands at its end."""
        rows = []
        for j, (name, members) in enumerate(self.scenario.capacities.items()):
            capacity = self._capacity(members, commissioned)
            if capacity is not None:
                rows.append(self._row(month, name, _kind(members), capacity, float(self._month_peak[j])))
        self.rows.extend(rows)
        self._month_peak[:] = 0.0
        return rows

    def _row(self, month: str, name: str, kind: str, capacity: float, peak: float) -> Headroom:
        history = self._history.setdefault(name, [])
        history.append(peak)
        del history[:-_TRAILING_MONTHS]
        trailing = max(history)
        headroom = capacity - trailing
        first = headroom < 0.0 and name not in self._breached
        if headroom < 0.0:
            self._breached.add(name)
        else:
            self._breached.discard(name)
        return Headroom(month, name, kind, _UNIT[kind], capacity, peak, trailing, headroom, first)

    def _capacity(self, members: Mapping[str, Capacity], commissioned: Collection[str]) -> float | None:
        """Return the firm capacity of the members in service, None if there is none."""
        standing = {
            asset: row
            for asset, row in members.items()
            if (not row.from_site or row.from_site in commissioned)
            and not (row.until_site and row.until_site in commissioned)
        }
        if not standing:
            return None
        ratings = [
            self.ratings_mva.get(asset, 0.0) if row.rating is None else row.rating
            for asset, row in standing.items()
        ]
        power = self.scenario.networks.power
        if _kind(members) == "substation" and power is not None:
            return firm_substation_mw(ratings, power.emergency_factor, power.design_power_factor)
        return sum(ratings)

    def _clear_day(self) -> None:
        self._day_peak = np.zeros(len(self._names))
        self._day_volume = np.zeros(len(self._names))


def firm_substation_mw(ratings_mva: Sequence[float], emergency_factor: float, power_factor: float) -> float:
    """Return what a substation carries after the loss of its largest unit.

    The sum of ratings less the largest, times the emergency factor; a single transformer has no
    reserve to lose and counts with its rating.

    Parameters
    ----------
    ratings_mva
        Rated apparent power of each transformer in service, MVA.
    emergency_factor
        What a unit may carry over its rating for some hours.
    power_factor
        Turns MVA into MW.
    """
    if len(ratings_mva) == 1:
        return ratings_mva[0] * power_factor
    return (sum(ratings_mva) - max(ratings_mva)) * emergency_factor * power_factor


def missing_sites(scenario: Scenario, asset: str, commissioned: Collection[str]) -> set[str]:
    """Return the sites, not yet commissioned, that would have added to what an asset is short of.

    They add members to a capacity the asset is part of, replace the asset, or, where a supply is short,
    bring another supply.
    """
    missing: set[str] = set()
    for members in scenario.capacities.values():
        own = members.get(asset)
        if own is not None:
            missing |= {row.from_site for row in members.values()} | {own.until_site}
    if any(_kind(members) == "supply" for members in scenario.capacities.values() if asset in members):
        rows = [row for members in scenario.capacities.values() for row in members.values()]
        missing |= {row.from_site for row in rows if row.kind == "supply"}
    return missing - {"", *commissioned}


def _kind(members: Mapping[str, Capacity]) -> str:
    return next(iter(members.values())).kind


def _demand_asset(asset: str, row: Capacity) -> str:
    """Return whose signal is the demand on a member: sources meet the demand of their whole network."""
    return f"{asset.split('/')[0]}/network" if row.kind == "source" else asset

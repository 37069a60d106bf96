"""What the city can rely on: firm capacity, headroom and first breach, by month."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.scenario.schema import Capacity, Scenario
from twin.utilities.base import Mask, Signal, Vector

_SECONDS_PER_DAY = 86400.0
_TRAILING_MONTHS = 12
P90_LEAD_FACTOR = 1.6
"""Nine of ten works take at most so many times their planned months (planning input)."""
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


Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Headroom:
    """One capacity in one month: one row of ``headroom.csv``.

    Attributes
    ----------
    capacity
        What can be relied on: with the largest unit out for a substation or pumping station, so nothing of
        one with a single unit; the licence for a source, the rating for a supply or treatment.
    peak
        Largest demand of the month: the hour for power, the day's volume for water and sewage.
    peak_12_months
        Largest of the trailing twelve months, so that seasons do not hide a breach.
    intact_headroom
        All units' rating less ``peak_12_months``.
    firm_headroom
        ``capacity - peak_12_months``.
    committed_headroom
        That, less what developments not yet connected will put onto it.
    worst_outage
        The unit whose loss is reckoned with, where there is one to lose.
    first_breach
        The firm headroom has just become negative: for the first time, or anew after there was some.
    """

    month: str
    name: str
    kind: str
    unit: str
    capacity: float
    peak: float
    peak_12_months: float
    intact_headroom: float
    firm_headroom: float
    committed_headroom: float
    worst_outage: str
    first_breach: bool


class Standing(NamedTuple):
    """What a named capacity amounts to: all units in, the worst out, and which that is."""

    intact: float
    firm: float
    worst_outage: str


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
    _members: tuple[Index, Index] = field(init=False)
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
        members = [
            (j, column[place])
            for j, rows in enumerate(table.values())
            for place in {(_demand_asset(asset, row), _QUANTITY[row.kind]) for asset, row in rows.items()}
            if place in column
        ]
        members.sort()
        capacity, signal = np.array(members, dtype=np.intp).reshape(-1, 2).T.copy()
        self._members = capacity, signal
        kinds = [_kind(members) for members in table.values()]
        self._hourly = np.array([kind in ("substation", "supply") for kind in kinds], dtype=bool)
        self._clear_day()
        self._month_peak = np.zeros(len(table))

    def accumulate(self, readings: Vector, valid: Mask, seconds: Vector) -> None:
        """Take in instants: readings, which of them count, shape (instants, signals); how long each held."""
        _accumulate(readings, valid, seconds, *self._members, self._day_peak, self._day_volume)

    def end_day(self, seconds: float) -> None:
        """Close a simulated day that was solved for so many seconds."""
        if seconds > 0.0:
            volume = self._day_volume * (_SECONDS_PER_DAY / seconds)
            self._month_peak = np.maximum(self._month_peak, np.where(self._hourly, self._day_peak, volume))
        self._clear_day()

    def end_month(
        self, month: str, commissioned: Collection[str], committed: Mapping[str, float] | None = None
    ) -> list[Headroom]:
        """Close a month: one row per capacity that stands at its end.

        Parameters
        ----------
        committed
            What developments not yet connected will ask for: by name of a substation or supply, MW; of
            all sources (``source``) and all treatment (``treatment``), m3/day.
        """
        rows = []
        by_kind = {_kind(m): float(p) for m, p in zip(self._tables(), self._month_peak, strict=True)}
        for j, (name, members) in enumerate(self.scenario.capacities.items()):
            standing = self._standing(members, commissioned)
            if standing is not None:
                peak = float(self._month_peak[j])
                coming = self._coming(name, members, peak, by_kind, committed or {})
                rows.append(self._row(month, name, _kind(members), standing, peak, coming))
        self.rows.extend(rows)
        self._month_peak[:] = 0.0
        return rows

    def _tables(self) -> list[Mapping[str, Capacity]]:
        return list(self.scenario.capacities.values())

    def _coming(
        self,
        name: str,
        members: Mapping[str, Capacity],
        peak: float,
        by_kind: Mapping[str, float],
        committed: Mapping[str, float],
    ) -> float:
        """Return what is committed on a capacity; pumping takes its present share of its network's."""
        kind, power = _kind(members), self.scenario.networks.power
        if kind == "supply" and power is not None:
            return committed.get(name, 0.0) / power.design_power_factor
        if kind == "pumping":
            whole = "source" if next(iter(members)).startswith("water/") else "treatment"
            share = peak / by_kind[whole] if by_kind.get(whole) else 0.0
            return committed.get(whole, 0.0) * share
        return committed.get(name if kind == "substation" else kind, 0.0)

    def _row(
        self, month: str, name: str, kind: str, standing: Standing, peak: float, coming: float
    ) -> Headroom:
        history = self._history.setdefault(name, [])
        history.append(peak)
        del history[:-_TRAILING_MONTHS]
        trailing = max(history)
        firm = standing.firm - trailing
        first = firm < 0.0 and name not in self._breached
        if firm < 0.0:
            self._breached.add(name)
        else:
            self._breached.discard(name)
        return Headroom(
            month,
            name,
            kind,
            _UNIT[kind],
            standing.firm,
            peak,
            trailing,
            standing.intact - trailing,
            firm,
            firm - coming,
            standing.worst_outage,
            first,
        )

    def _standing(self, members: Mapping[str, Capacity], commissioned: Collection[str]) -> Standing | None:
        """Return what the members in service amount to, None if there is none."""
        ratings = {
            asset: self.ratings_mva.get(asset, 0.0) if row.amount is None else row.amount
            for asset, row in members.items()
            if (not row.from_site or row.from_site in commissioned)
            and not (row.until_site and row.until_site in commissioned)
        }
        if not ratings:
            return None
        whole, values = sum(ratings.values()), list(ratings.values())
        largest = max(ratings, key=lambda asset: ratings[asset])
        power = self.scenario.networks.power
        match _kind(members):
            case "substation" if power is not None:
                firm = firm_substation_mw(values, power.emergency_factor, power.design_power_factor)
                return Standing(whole * power.design_power_factor, firm, largest)
            case "pumping":
                return Standing(whole, whole - ratings[largest], largest)
        return Standing(whole, whole, "")

    def _clear_day(self) -> None:
        self._day_peak = np.zeros(len(self._names))
        self._day_volume = np.zeros(len(self._names))


@compiled
def _accumulate(
    readings: Vector,
    valid: Mask,
    seconds: Vector,
    capacity: Index,
    signal: Index,
    peak: Vector,
    volume: Vector,
) -> None:
    """Raise each capacity's peak and add to its volume; its load is the sum of its signals that count."""
    for row in range(len(readings)):
        load = np.zeros(len(peak))
        for k in range(len(capacity)):
            if valid[row, signal[k]]:
                load[capacity[k]] += readings[row, signal[k]]
        for j in range(len(load)):
            peak[j] = max(peak[j], load[j])
            volume[j] += seconds[row] * load[j]


def firm_substation_mw(ratings_mva: Sequence[float], emergency_factor: float, power_factor: float) -> float:
    """Return what a substation carries after the loss of its largest unit.

    The sum of ratings less the largest, times the emergency factor: nothing for a single transformer.

    Parameters
    ----------
    ratings_mva
        Rated apparent power of each transformer in service, MVA.
    emergency_factor
        What a unit may carry over its rating for some hours.
    power_factor
        Turns MVA into MW.
    """
    return (sum(ratings_mva) - max(ratings_mva)) * emergency_factor * power_factor


def relief_sites(scenario: Scenario, name: str, commissioned: Collection[str]) -> set[str]:
    """Return the sites, not yet commissioned, that would have added to a named capacity."""
    return set().union(*(missing_sites(scenario, asset, commissioned) for asset in scenario.capacities[name]))


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

"""What the city can rely on: firm capacity, headroom and first breach, by month."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.results.tables import Headroom
from twin.scenario.schema import Capacity, Scenario, kind_of, utility_of
from twin.scenario.standing import counts
from twin.utilities.base import Mask, Signal, Vector
from twin.utilities.capacity_kind import CapacityKind

_SECONDS_PER_DAY = 86400.0
_TRAILING_MONTHS = 12
Index = NDArray[np.intp]


class Amount(NamedTuple):
    """What a named capacity amounts to: all units in, the worst out, and which that is."""

    intact: float
    firm: float
    worst_outage: str


class Members(NamedTuple):
    """Which signal counts towards which capacity, in the order of the capacities."""

    capacity: Index
    signal: Index


@dataclass(slots=True)
class Ledger:
    """Collects the peaks of every named capacity, day by day, and turns them into headroom.

    Parameters
    ----------
    scenario
        Its `capacities`.
    signals
        All signals of the city, in the order of the readings.
    ratings
        By address, the ratings that stand in the networks' own files.
    """

    scenario: Scenario
    signals: Sequence[Signal]
    ratings: Mapping[str, float]
    rows: list[Headroom] = field(default_factory=list)
    _kinds: dict[str, CapacityKind] = field(init=False)
    _members: Members = field(init=False)
    _hourly: Vector = field(default_factory=lambda: np.zeros(0))
    _day_peak: Vector = field(default_factory=lambda: np.zeros(0))
    _day_volume: Vector = field(default_factory=lambda: np.zeros(0))
    _month_peak: Vector = field(default_factory=lambda: np.zeros(0))
    _history: dict[str, list[float]] = field(default_factory=dict)
    _breached: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        table = self.scenario.capacities
        self._kinds = {name: kind_of(members) for name, members in table.items()}
        column = {(s.asset, s.quantity): i for i, s in enumerate(self.signals)}
        members = [
            (j, column[place])
            for j, (rows, kind) in enumerate(zip(table.values(), self._kinds.values(), strict=True))
            for place in {(_demand_asset(asset, kind), kind.quantity) for asset in rows}
            if place in column
        ]
        members.sort()
        capacity, signal = np.array(members, dtype=np.intp).reshape(-1, 2).T.copy()
        self._members = Members(capacity, signal)
        self._hourly = np.array([not kind.daily for kind in self._kinds.values()], dtype=bool)
        self._clear_day()
        self._month_peak = np.zeros(len(table))

    def accumulate(self, readings: Vector, valid: Mask, seconds: Vector) -> None:
        """Take in instants: readings, which of them count, shape (instants, signals); how long each held."""
        _accumulate(readings, valid, seconds, self._members, self._day_peak, self._day_volume)

    def end_day(self, seconds: float) -> None:
        """Close a simulated day that was solved for so many seconds."""
        if seconds > 0.0:
            volume = self._day_volume * (_SECONDS_PER_DAY / seconds)
            self._month_peak = np.maximum(self._month_peak, np.where(self._hourly, self._day_peak, volume))
        self._clear_day()

    def end_month(
        self,
        month: str,
        commissioned: Collection[str],
        located: Mapping[str, float] | None = None,
        whole: Mapping[str, float] | None = None,
    ) -> list[Headroom]:
        """Close a month: one row per capacity that stands at its end.

        Parameters
        ----------
        located, whole
            What developments not yet connected will ask for: of capacities that serve by place, by name; of
            each utility as a whole.
        """
        rows = []
        for j, (name, members) in enumerate(self.scenario.capacities.items()):
            amount = amount_of(self.scenario, members, self.ratings, commissioned)
            if amount is not None:
                peak = float(self._month_peak[j])
                coming = self._coming(name, peak, located or {}, whole or {})
                rows.append(self._row(month, name, amount, peak, coming))
        self.rows.extend(rows)
        self._month_peak[:] = 0.0
        return rows

    def _coming(
        self, name: str, peak: float, located: Mapping[str, float], whole: Mapping[str, float]
    ) -> float:
        """Return what is committed on a capacity."""
        kind, utility = self._kinds[name], self._utility(name)
        if kind.spread == "points":
            settings = self.scenario.simulated.get(utility)
            return located.get(name, 0.0) / (kind.per_unit(settings) if kind.per_unit and settings else 1.0)
        share = 1.0
        if kind.spread == "share":
            all_of_it = self._peak_of(utility, kind.of)
            share = peak / all_of_it if all_of_it else 0.0
        return whole.get(utility, 0.0) * share

    def _peak_of(self, utility: str, kind: str) -> float:
        """Return the month's peak of the last capacity of a kind, 0 if there is none."""
        own = [
            j
            for j, (name, known) in enumerate(self._kinds.items())
            if known.name == kind and self._utility(name) == utility
        ]
        return float(self._month_peak[own[-1]]) if own else 0.0

    def _utility(self, name: str) -> str:
        return utility_of(next(iter(self.scenario.capacities[name])))

    def _row(self, month: str, name: str, amount: Amount, peak: float, coming: float) -> Headroom:
        kind = self._kinds[name]
        history = self._history.setdefault(name, [])
        history.append(peak)
        del history[:-_TRAILING_MONTHS]
        trailing = max(history)
        firm = amount.firm - trailing
        first = firm < 0.0 and name not in self._breached
        if firm < 0.0:
            self._breached.add(name)
        else:
            self._breached.discard(name)
        return Headroom(
            month=month,
            name=name,
            network=self._utility(name),
            kind=kind.name,
            unit=kind.told_in,
            capacity=amount.firm,
            intact_capacity=amount.intact,
            peak=peak,
            peak_12_months=trailing,
            intact_headroom=amount.intact - trailing,
            firm_headroom=firm,
            committed_headroom=firm - coming,
            intact_headroom_in_month=amount.intact - peak,
            firm_headroom_in_month=amount.firm - peak,
            committed_headroom_in_month=amount.firm - peak - coming,
            worst_outage=amount.worst_outage,
            first_breach=first,
        )

    def _clear_day(self) -> None:
        self._day_peak = np.zeros(len(self._kinds))
        self._day_volume = np.zeros(len(self._kinds))


def amount_of(
    scenario: Scenario,
    members: Mapping[str, Capacity],
    ratings: Mapping[str, float],
    commissioned: Collection[str],
) -> Amount | None:
    """Return what the members of a capacity amount to that are in service with these sites, None if none is.

    Parameters
    ----------
    ratings
        By address, those that stand in the networks' own files.
    """
    standing = {
        asset: ratings.get(asset, 0.0) if row.amount is None else row.amount
        for asset, row in members.items()
        if counts(row, commissioned)
    }
    if not standing:
        return None
    kind, settings = kind_of(members), scenario.simulated.get(utility_of(next(iter(members))))
    if kind.firm is None:
        whole = sum(standing.values())
        return Amount(whole, whole, "")
    largest = max(standing, key=lambda asset: standing[asset])
    return Amount(*kind.firm(list(standing.values()), settings), largest)


@compiled
def _accumulate(
    readings: Vector,
    valid: Mask,
    seconds: Vector,
    members: Members,
    peak: Vector,
    volume: Vector,
) -> None:
    """Raise each capacity's peak and add to its volume; its load is the sum of its signals that count."""
    for row in range(len(readings)):
        load = np.zeros(len(peak))
        for k in range(len(members.capacity)):
            if valid[row, members.signal[k]]:
                load[members.capacity[k]] += readings[row, members.signal[k]]
        for j in range(len(load)):
            peak[j] = max(peak[j], load[j])
            volume[j] += seconds[row] * load[j]


def _demand_asset(asset: str, kind: CapacityKind) -> str:
    """Return whose signal is the load of a member: the network's, where the whole of it counts."""
    return f"{utility_of(asset)}/network" if kind.whole else asset

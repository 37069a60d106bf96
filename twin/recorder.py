"""Statistics and limits, streamed: instants are buffered and reduced together, month by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.capacity import Ledger
from twin.networks.base import Mask, Signal, Vector
from twin.results import MonthStatistics
from twin.scenario.schema import Scenario

_ROWS = 256
_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit broken in a month: one row of ``violations.csv``.

    Attributes
    ----------
    worst
        The value farthest beyond the limit.
    first_s
        Seconds from the start at which it was first seen in the month.
    cause
        The capacity whose shortage explains it, where one does; else the asset itself.
    """

    month: str
    asset: str
    quantity: str
    unit: str
    limit: float
    worst: float
    hours: float
    first_s: int
    cause: str


class Limits:
    """Bounds on signals as two vectors, infinite where there is none."""

    def __init__(self, scenario: Scenario, signals: Sequence[Signal]) -> None:
        self.lower = np.full(len(signals), -np.inf)
        self.upper = np.full(len(signals), np.inf)
        own = {(row.asset, row.quantity): row for row in scenario.limits}
        pressures = _required_pressures(scenario)
        for i, signal in enumerate(signals):
            self.lower[i], self.upper[i] = _general(scenario, signal, pressures)
            row = own.get((signal.asset, signal.quantity))
            if row is not None:
                self.lower[i] = self.lower[i] if row.lower is None else row.lower
                self.upper[i] = self.upper[i] if row.upper is None else row.upper


class Recorder:
    """Takes in every counted instant and keeps months of statistics and violations.

    Parameters
    ----------
    scenario, signals
        For the limits.
    ledger
        Receives the same instants for capacities.

    Attributes
    ----------
    months, violations
        What was finished so far.
    """

    def __init__(self, scenario: Scenario, signals: Sequence[Signal], ledger: Ledger) -> None:
        self.signals = tuple(signals)
        self.months: list[MonthStatistics] = []
        self.violations: list[Violation] = []
        self._ledger = ledger
        self._limits = Limits(scenario, signals)
        self._values = np.zeros((_ROWS, len(signals)))
        self._valid = np.zeros((_ROWS, len(signals)), dtype=bool)
        self._seconds = np.zeros(_ROWS)
        self._times = np.zeros(_ROWS, dtype=np.int64)
        self._count = 0
        self._weight = 1.0
        self._day_seconds = 0.0
        self._minimum: Vector = np.zeros(0)
        self._maximum: Vector = np.zeros(0)
        self._first_over: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._short_before: dict[str, str] = {}
        self._clear_month()

    def start_day(self, weight: float) -> None:
        """Begin a day that stands for ``weight`` days of its month."""
        self._weight = weight

    def add(self, now_s: int, seconds: int, readings: Vector, valid: Mask) -> None:
        """Take in readings that held for so many seconds; ``valid`` ones only are counted."""
        row = self._count
        self._values[row] = readings
        self._valid[row] = valid
        self._seconds[row] = seconds
        self._times[row] = now_s
        self._count += 1
        if self._count == _ROWS:
            self._reduce()

    def end_day(self) -> None:
        """Reduce what is buffered and close the day."""
        self._reduce()
        self._ledger.end_day(self._day_seconds)
        self._day_seconds = 0.0

    def end_month(self, month: str, commissioned: Sequence[str], committed: Mapping[str, float]) -> list[str]:
        """Close a month; return the names of the capacities that are breached for the first time."""
        headroom = self._ledger.end_month(month, commissioned, committed)
        short = {row.kind: row.name for row in headroom if row.peak > row.capacity}
        short |= {
            asset: row.name
            for row in headroom
            if row.peak > row.capacity
            for asset in self._ledger.scenario.capacities[row.name]
        }
        for row in headroom:
            if row.peak > row.capacity:
                self.violations.append(
                    Violation(
                        month, row.name, "firm_capacity", row.unit, row.capacity, row.peak, 0.0, 0, row.name
                    )
                )
        # storage that a shortage has emptied takes days to fill again: last month's causes still count
        self._violate(month, self._short_before | short)
        self._short_before = short
        served = self._seconds_valid > 0.0
        mean = np.divide(self._sum, self._seconds_valid, out=np.zeros_like(self._sum), where=served)
        hours = self._seconds_valid / _SECONDS_PER_HOUR
        over = self._seconds_over / _SECONDS_PER_HOUR
        self.months.append(MonthStatistics(month, self._minimum, mean, self._maximum, hours, over))
        self._clear_month()
        return [row.name for row in headroom if row.first_breach]

    def _violate(self, month: str, short: dict[str, str]) -> None:
        for i in np.flatnonzero(self._seconds_over):
            signal = self.signals[i]
            low = self._minimum[i] < self._limits.lower[i]
            limit = self._limits.lower[i] if low else self._limits.upper[i]
            worst = self._minimum[i] if low else self._maximum[i]
            self.violations.append(
                Violation(
                    month,
                    signal.asset,
                    signal.quantity,
                    signal.unit,
                    float(limit),
                    float(worst),
                    float(self._seconds_over[i] / _SECONDS_PER_HOUR),
                    int(self._first_over[i]),
                    short.get(_short_kind(signal, low)) or short.get(signal.asset, signal.asset),
                )
            )

    def _reduce(self) -> None:
        if not self._count:
            return
        rows = slice(0, self._count)
        values, valid, seconds = self._values[rows], self._valid[rows], self._seconds[rows]
        weighted = seconds * self._weight
        self._seconds_valid += weighted @ valid
        self._sum += weighted @ np.where(valid, values, 0.0)
        self._minimum = np.minimum(self._minimum, np.where(valid, values, np.inf).min(axis=0))
        self._maximum = np.maximum(self._maximum, np.where(valid, values, -np.inf).max(axis=0))
        over = valid & ((values > self._limits.upper) | (values < self._limits.lower))
        if over.any():
            self._seconds_over += weighted @ over
            first = self._times[rows][over.argmax(axis=0)]
            new = over.any(axis=0) & (self._first_over < 0)
            self._first_over[new] = first[new]
        self._ledger.accumulate(np.where(valid, values, 0.0), seconds)
        self._day_seconds += float(seconds.sum())
        self._count = 0

    def _clear_month(self) -> None:
        count = len(self.signals)
        self._seconds_valid = np.zeros(count)
        self._seconds_over = np.zeros(count)
        self._sum = np.zeros(count)
        self._minimum = np.full(count, np.inf)
        self._maximum = np.full(count, -np.inf)
        self._first_over = np.full(count, -1, dtype=np.int64)


def _short_kind(signal: Signal, low: bool) -> str:
    """Return the kind of capacity whose shortage in the same month explains a broken limit."""
    network = signal.asset.split("/")[0]
    if network == "water" and low:
        return "source"
    if network == "wastewater" and signal.quantity == "spill_m3_per_s":
        return "treatment"
    return ""


def _required_pressures(scenario: Scenario) -> dict[str, float]:
    """Return the pressure each demand point needs: 10 m and 4 m per storey above the first, at most 9."""
    return {
        point.asset: 10.0 + 4.0 * (min(scenario.districts[point.district].storeys, 9) - 1)
        for point in scenario.demand_points
        if point.district in scenario.districts
    }


def _general(scenario: Scenario, signal: Signal, pressures: dict[str, float]) -> tuple[float, float]:
    """Return the bounds that the networks' settings put on a signal."""
    power, water = scenario.networks.power, scenario.networks.water
    wastewater = scenario.networks.wastewater
    network, name = signal.asset.split("/", 1)
    if name == "network":
        return -np.inf, np.inf
    match network, signal.quantity:
        case "power", "voltage_pu" if power:
            return power.min_voltage_pu, power.max_voltage_pu
        case "power", "loading_percent" if power:
            return -np.inf, power.max_loading_percent
        case "water", "pressure_m" if water and signal.asset in pressures:
            return pressures[signal.asset], water.max_pressure_m
        case "water", "velocity_m_per_s" if water:
            return -np.inf, water.max_velocity_m_per_s
        case "water", "fill_percent" if water:
            return 100.0 * water.min_tank_fill, np.inf
        case "wastewater", "filling_percent" if wastewater:
            return -np.inf, wastewater.max_filling_percent
        case "wastewater", "spill_m3_per_s":
            return -np.inf, 1e-9
    return -np.inf, np.inf

"""Statistics and limits, streamed: each day is taken in whole, and months are closed."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.city.capacity import Ledger
from twin.compiled import compiled
from twin.errors import InvalidInput, Mistake
from twin.results.monthly import MonthStatistics
from twin.results.run import timestamp
from twin.results.tables import BoundRow, Violation
from twin.scenario.document import place_of
from twin.scenario.schema import Scenario, utility_of
from twin.simulation.day import DayRecord
from twin.utilities.base import Mask, Signal, Vector
from twin.utilities.registry import utilities

_SECONDS_PER_HOUR = 3600.0


class Limits:
    """Bounds on signals as two vectors, infinite where there is none."""

    def __init__(self, scenario: Scenario, signals: Sequence[Signal]) -> None:
        self.lower = np.full(len(signals), -np.inf)
        self.upper = np.full(len(signals), np.inf)
        refuse_unknown(scenario, signals)
        own = {(row.asset, row.quantity): row for row in scenario.limits}
        storeys = _storeys(scenario)
        for i, signal in enumerate(signals):
            self.lower[i], self.upper[i] = _general(scenario, signal, storeys)
            row = own.get((signal.asset, signal.quantity))
            if row is not None:
                self.lower[i] = self.lower[i] if row.lower is None else row.lower
                self.upper[i] = self.upper[i] if row.upper is None else row.upper


def refuse_unknown(scenario: Scenario, signals: Sequence[Signal]) -> None:
    """Refuse limits on quantities that their assets do not have.

    Raises
    ------
    InvalidInput
        One line per limit, with what the asset has.
    """
    quantities: dict[str, list[str]] = {}
    for signal in signals if scenario.limits else ():
        quantities.setdefault(signal.asset, []).append(signal.quantity)
    mistakes = [
        Mistake(
            *place_of(scenario, "limits", str(i)),
            f"{row.asset} has no {row.quantity}",
            f"one of {', '.join(quantities[row.asset])}" if row.asset in quantities else "it is not read",
        )
        for i, row in enumerate(scenario.limits)
        if row.quantity not in quantities.get(row.asset, ())
    ]
    if mistakes:
        raise InvalidInput(mistakes)


class Month(NamedTuple):
    """What is known of each signal in a month so far.

    Attributes
    ----------
    minimum, maximum
        Of the counted instants.
    sum, seconds, seconds_over
        Value times seconds, seconds counted, and seconds beyond a limit.
    first_over_s
        When it was first beyond a limit, seconds from the start; -1 for never.
    """

    minimum: Vector
    maximum: Vector
    sum: Vector
    seconds: Vector
    seconds_over: Vector
    first_over_s: NDArray[np.int64]


class Instants(NamedTuple):
    """Instants in order: readings and which of them count, shape (instants, signals); how long, and when."""

    values: Vector
    valid: Mask
    seconds: Vector
    times: NDArray[np.int64]


def empty_month(count: int) -> Month:
    """Return a month of so many signals in which nothing was counted."""
    total, seconds, over = np.zeros((3, count))
    return Month(
        np.full(count, np.inf),
        np.full(count, -np.inf),
        total,
        seconds,
        over,
        np.full(count, -1, dtype=np.int64),
    )


class Recorder:
    """Takes in every counted day and keeps months of statistics and violations.

    Parameters
    ----------
    scenario, signals
        For the limits; the scenario's start for dates.
    ledger
        Receives the same days for capacities.

    Attributes
    ----------
    months, violations
        What was finished so far.
    """

    def __init__(self, scenario: Scenario, signals: Sequence[Signal], ledger: Ledger) -> None:
        self.signals = tuple(signals)
        self.months: list[MonthStatistics] = []
        self.violations: list[Violation] = []
        self._scenario, self._ledger = scenario, ledger
        self._limits = Limits(scenario, signals)
        self._short_before: dict[str, str] = {}
        self._month = empty_month(len(signals))

    def bounds(self) -> list[BoundRow]:
        """Return the rows of ``bounds.csv``: each signal that has a bound, None on a side that has none."""
        sides = zip(self.signals, self._limits.lower.tolist(), self._limits.upper.tolist(), strict=True)
        return [
            BoundRow(
                signal.asset,
                signal.quantity,
                signal.unit,
                lower if isfinite(lower) else None,
                upper if isfinite(upper) else None,
            )
            for signal, lower, upper in sides
            if isfinite(lower) or isfinite(upper)
        ]

    def add_day(self, day: DayRecord, valid: Mask, midnight_s: int, weight: float) -> None:
        """Take in a day that stands for so many days of its month.

        Parameters
        ----------
        valid
            Which readings count, shape (instants, signals).
        midnight_s
            When the day begins, seconds from the start.
        """
        seconds = day.seconds.astype(float)
        instants = Instants(day.readings, valid, seconds * weight, midnight_s + day.times)
        reduce_rows(instants, self._limits.lower, self._limits.upper, self._month)
        self._ledger.accumulate(day.readings, valid, seconds)
        self._ledger.end_day(float(seconds.sum()))

    def end_month(
        self,
        month: str,
        commissioned: Sequence[str],
        located: Mapping[str, float],
        whole: Mapping[str, float],
    ) -> list[str]:
        """Close a month; return the names of the capacities that are breached for the first time."""
        headroom = self._ledger.end_month(month, commissioned, located, whole)
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
                        month,
                        row.name,
                        "firm_capacity",
                        row.unit,
                        row.capacity,
                        row.peak,
                        0.0,
                        month,
                        row.name,
                    )
                )
        # storage that a shortage has emptied takes days to fill again: last month's causes still count
        self._violate(month, self._short_before | short)
        self._short_before = short
        now = self._month
        served = now.seconds > 0.0
        mean = np.divide(now.sum, now.seconds, out=np.zeros_like(now.sum), where=served)
        hours, over = now.seconds / _SECONDS_PER_HOUR, now.seconds_over / _SECONDS_PER_HOUR
        self.months.append(MonthStatistics(month, now.minimum, mean, now.maximum, hours, over))
        self._month = empty_month(len(self.signals))
        return [row.name for row in headroom if row.first_breach]

    def _violate(self, month: str, short: dict[str, str]) -> None:
        now = self._month
        for i in np.flatnonzero(now.first_over_s >= 0):
            signal = self.signals[i]
            low = now.minimum[i] < self._limits.lower[i]
            limit = self._limits.lower[i] if low else self._limits.upper[i]
            worst = now.minimum[i] if low else now.maximum[i]
            self.violations.append(
                Violation(
                    month,
                    signal.asset,
                    signal.quantity,
                    signal.unit,
                    float(limit),
                    float(worst),
                    float(now.seconds_over[i] / _SECONDS_PER_HOUR),
                    timestamp(self._scenario, int(now.first_over_s[i])),
                    short.get(utilities()[utility_of(signal.asset)].short_of(signal.quantity, low))
                    or short.get(signal.asset, signal.asset),
                )
            )


@compiled
def reduce_rows(instants: Instants, lower: Vector, upper: Vector, month: Month) -> None:
    """Take instants into a month's statistics; the bounds are of each signal."""
    for row in range(len(instants.values)):
        span = instants.seconds[row]
        for i in range(instants.values.shape[1]):
            if not instants.valid[row, i]:
                continue
            value = instants.values[row, i]
            month.seconds[i] += span
            month.sum[i] += span * value
            month.minimum[i] = min(month.minimum[i], value)
            month.maximum[i] = max(month.maximum[i], value)
            if value > upper[i] or value < lower[i]:
                month.seconds_over[i] += span
                if month.first_over_s[i] < 0:
                    month.first_over_s[i] = instants.times[row]


def _storeys(scenario: Scenario) -> dict[str, int]:
    """Return the storeys of the houses that each demand point serves."""
    return {
        point.asset: scenario.districts[point.district].storeys
        for point in scenario.demand_points
        if point.district in scenario.districts
    }


def _general(scenario: Scenario, signal: Signal, storeys: Mapping[str, int]) -> tuple[float, float]:
    """Return the bounds that a utility puts on a signal of one of its assets."""
    utility, name = signal.asset.split("/", 1)
    settings = scenario.simulated.get(utility)
    if name == "network" or settings is None:
        return -np.inf, np.inf
    own = utilities()[utility]
    return own.bounds(signal.asset, signal.quantity, settings, storeys.get(signal.asset))

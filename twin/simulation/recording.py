"""Readings that a scenario wants kept: each day is reduced to intervals as it is taken in, and written.

Readings hold from their instant to the next. An interval takes of an instant the part that lies within it, of
the time in which the asset was in service and its network solved; an interval without such time has no row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.errors import InvalidInput, Mistake, listed
from twin.results.arrow import schema
from twin.results.hourly import Recorded
from twin.results.tables import Hourly
from twin.scenario.document import place_of
from twin.scenario.patterns import matching
from twin.scenario.schema import Record, Scenario, utility_of
from twin.simulation.day import DAY_S, DayRecord, Index
from twin.utilities.base import Mask, Signal, Vector

if TYPE_CHECKING:
    import pyarrow as pa

INTERVAL_S: Mapping[str, int] = {"15min": 900, "30min": 1800, "hour": 3600, "day": DAY_S}
_BATCH = 250_000
"""Values that are gathered before they are written."""


class Reduced(NamedTuple):
    """A day by intervals.

    Attributes
    ----------
    begins
        When each interval begins, seconds since midnight; shape (intervals,).
    values
        Shape (intervals, signals).
    seconds
        How long each value was in service and solved, 0 for never; shape (intervals, signals).
    """

    begins: Index
    values: Vector
    seconds: Vector


@dataclass(slots=True)
class _Kept:
    """Signals of one network that are kept alike, and what waits to be written."""

    network: str
    interval: str
    statistic: str
    columns: NDArray[np.intp]
    waiting: list[tuple[NDArray[np.datetime64], float, Reduced]] = field(default_factory=list)


class Recording:
    """Takes in days as the scenario's `record` wants them kept.

    Parameters
    ----------
    scenario, signals
        What is wanted, and what there is.

    Raises
    ------
    InvalidInput
        With a line for each pattern that matches nothing.
    """

    def __init__(self, scenario: Scenario, signals: Sequence[Signal]) -> None:
        mistakes = unmatched(scenario, signals)
        if mistakes:
            raise InvalidInput(mistakes)
        self._signals, self._start = signals, np.datetime64(scenario.start, "s")
        self._kept = _grouped(scenario.record, signals)
        self._gathered = 0
        self._files: Recorded | None = None

    def take(self, day: DayRecord, valid: Mask, midnight_s: int, weight: float) -> None:
        """Take in a day.

        Parameters
        ----------
        valid
            Which readings count, shape (instants, signals).
        midnight_s
            When the day begins, seconds from the start.
        weight
            How many days it stands for.
        """
        for kept in self._kept:
            reduced = reduced_day(day, valid, kept.columns, kept.interval, kept.statistic)
            times = self._start + (midnight_s + reduced.begins).astype("timedelta64[s]")
            kept.waiting.append((times, weight, reduced))
            self._gathered += reduced.values.size
        if self._gathered >= _BATCH:
            self._write()

    def finish(self) -> Recorded | None:
        """Return the files of all that was taken in; None if that was nothing."""
        if self._gathered:
            self._write()
        files, self._files = self._files, None  # who has the run has them
        if files is not None:
            files.close()
        return files

    def _write(self) -> None:
        self._files = self._files or Recorded()
        for kept in self._kept:
            self._files.write(kept.network, _rows(kept, self._signals))
            kept.waiting.clear()
        self._gathered = 0


def unmatched(scenario: Scenario, signals: Sequence[Signal]) -> list[Mistake]:
    """Return a line for each pattern of `record` that none of the signals matches."""
    quantities: dict[str, dict[str, None]] = {}
    for signal in signals if scenario.record else ():
        quantities.setdefault(signal.asset, {})[signal.quantity] = None
    mistakes = []
    for i, entry in enumerate(scenario.record):
        read = [(pattern, matching(quantities, pattern)) for pattern in entry.assets]
        there = list(dict.fromkeys(q for _, assets in read for a in assets for q in quantities[a]))
        none = [pattern for pattern in entry.quantities if there and not matching(there, pattern)]
        wrong = [(f"no quantity of these assets matches {own}", _near(own, there)) for own in none]
        for pattern, assets in read:
            own = list(dict.fromkeys(q for asset in assets for q in quantities[asset]))
            if not assets:
                wrong.append((f"nothing is read of {pattern}", _near(pattern, quantities)))
            elif not none and not matching(own, *entry.quantities):
                wrong.append((f"{pattern} has no {' or '.join(entry.quantities)}", f"it has {listed(own)}"))
        place = place_of(scenario, "record", str(i)) if wrong else ("", 0)
        mistakes += [Mistake(*place, f"record: {problem}", remedy) for problem, remedy in wrong]
    return mistakes


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(name, names, n=1)
    return f"did you mean {close[0]}?" if close else f"one of {listed(names)}"


def _grouped(entries: Sequence[Record], signals: Sequence[Signal]) -> list[_Kept]:
    """Return what is to be kept, each signal once in each way."""
    assets = list(dict.fromkeys(signal.asset for signal in signals))
    found: dict[tuple[str, str, str], set[int]] = {}
    for entry in entries:
        wanted = set(matching(assets, *entry.assets))
        for i, signal in enumerate(signals):
            if signal.asset in wanted and matching([signal.quantity], *entry.quantities):
                key = utility_of(signal.asset), entry.interval, entry.statistic
                found.setdefault(key, set()).add(i)
    return [_Kept(*key, np.array(sorted(columns))) for key, columns in found.items()]


def reduced_day(
    day: DayRecord, valid: Mask, columns: NDArray[np.intp], interval: str, statistic: str
) -> Reduced:
    """Return some of a day's readings by intervals.

    Parameters
    ----------
    valid
        Which readings count, shape (instants, all signals).
    columns
        Of the readings.
    statistic
        ``mean``, ``min`` or ``max`` of the interval; of an instant all are its value.
    """
    values, counts = day.readings[:, columns], valid[:, columns]
    if interval == "instant":
        return Reduced(day.times, values, np.where(counts, day.seconds[:, None], 0.0))
    edges = np.arange(0, DAY_S, INTERVAL_S[interval])
    pieces = np.union1d(day.times, edges)
    row = np.searchsorted(day.times, pieces, side="right") - 1
    first = np.searchsorted(pieces, edges)
    values, counts = values[row], counts[row]
    held = np.where(counts, np.diff(pieces, append=DAY_S)[:, None], 0.0)
    seconds = np.add.reduceat(held, first, axis=0)
    if statistic == "mean":
        # a share of 1 leaves the reading of an interval with one solution as it was, to the bit
        whole = np.repeat(seconds, np.diff(first, append=len(pieces)), axis=0)
        share = np.divide(held, whole, out=np.zeros_like(held), where=whole > 0.0)
        return Reduced(edges, np.add.reduceat(values * share, first, axis=0), seconds)
    extreme, none = (np.minimum, np.inf) if statistic == "min" else (np.maximum, -np.inf)
    return Reduced(edges, extreme.reduceat(np.where(counts, values, none), first, axis=0), seconds)


def _rows(kept: _Kept, signals: Sequence[Signal]) -> "pa.Table":
    """Return what waits as rows of ``hourly``: signal by signal, each in order of time."""
    import pyarrow as pa

    own = [signals[i] for i in kept.columns]
    values = np.concatenate([reduced.values for _, _, reduced in kept.waiting]).T
    seconds = np.concatenate([reduced.seconds for _, _, reduced in kept.waiting]).T
    times = np.concatenate([times for times, _, _ in kept.waiting])
    days = np.repeat([weight for _, weight, _ in kept.waiting], [len(t) for t, _, _ in kept.waiting])
    signal, instant = np.nonzero(seconds)

    def label(names: Iterable[str]) -> "pa.Array":
        return pa.array(list(names), pa.string()).dictionary_encode().take(pa.array(signal))

    columns = [
        pa.array(times[instant]),
        label(kept.network for _ in own),
        label(one.asset for one in own),
        label(one.quantity for one in own),
        label(one.unit for one in own),
        label(kept.interval for _ in own),
        label(kept.statistic for _ in own),
        values[signal, instant],
        seconds[signal, instant] / 3600.0,
        days[instant],
    ]
    return pa.table(columns, schema=schema(Hourly))

"""How long crews and building material drive, as the last day had it."""

from collections.abc import Sequence

import numpy as np

from twin.scenario.schema import utility_of
from twin.simulation.day import DayRecord
from twin.utilities.base import Signal
from twin.utilities.registry import utilities


class Drives:
    """Keeps the mean of the last day of what utilities declare as the way to an asset.

    Attributes
    ----------
    minutes
        By address, from the depot; nothing before the first day.
    """

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._columns = {
            signal.asset: column
            for column, signal in enumerate(signals)
            if (drive := utilities()[utility_of(signal.asset)].drive) and drive.quantity == signal.quantity
        }
        self.minutes: dict[str, float] = {}

    def take(self, record: DayRecord) -> None:
        """Take a day in."""
        if not self._columns:
            return
        columns = np.fromiter(self._columns.values(), dtype=np.intp, count=len(self._columns))
        means = record.seconds @ record.readings[:, columns] / record.seconds.sum()
        self.minutes = dict(zip(self._columns, means.tolist(), strict=True))

"""How long crews and building material drive, as the days before had it."""

import numpy as np

from twin.city.city import City
from twin.scenario.schema import Scenario, utility_of
from twin.simulation.day import DayRecord
from twin.utilities.base import Vector
from twin.utilities.registry import utilities

_HOURS, _HOUR_S = 24, 3600


class Drives:
    """Keeps what utilities declare as the way to an asset.

    Attributes
    ----------
    minutes
        By address, from the depot, the mean of the last day: crews go out at any hour. Nothing before the
        first day.
    """

    def __init__(self, scenario: Scenario, city: City) -> None:
        columns, assets, hours = [], [], []
        for column, signal in enumerate(city.signals):
            drive = utilities()[utility_of(signal.asset)].drive
            if drive and drive.quantity == signal.quantity:
                columns.append(column)
                assets.append(signal.asset)
                hours.append(_by_hour(scenario, drive.hours))
        self._columns, self._assets = np.array(columns, dtype=np.intp), assets
        self._by_hour = np.array(hours).reshape(-1, _HOURS).T
        self.minutes: dict[str, float] = {}
        self._forget()

    def _forget(self) -> None:
        self._sum, self._weight = np.zeros((2, len(self._assets)))

    def take(self, record: DayRecord, weight: float) -> None:
        """Take in a day that stands for so many days of its month."""
        if not self._assets:
            return
        readings = record.readings[:, self._columns]
        means = record.seconds @ readings / record.seconds.sum()
        self.minutes = dict(zip(self._assets, means.tolist(), strict=True))
        hours = record.times // _HOUR_S % _HOURS
        counts = weight * record.seconds[:, None] * self._by_hour[hours]
        self._sum += (counts * readings).sum(axis=0)
        self._weight += counts.sum(axis=0)

    def end_month(self) -> dict[str, float]:
        """Return by address how long material drove in the month that ends, in the hours when it drives."""
        own = zip(self._assets, self._sum.tolist(), self._weight.tolist(), strict=True)
        found = {asset: minutes / weight for asset, minutes, weight in own if weight > 0.0}
        self._forget()
        return found


def _by_hour(scenario: Scenario, profile: str) -> Vector:
    """Return a profile by hour, ones where there is none."""
    rows = scenario.profiles
    shape = np.array([rows.get(hour, {}).get(profile, 0.0) for hour in range(_HOURS)])
    return shape if shape.any() else np.ones(_HOURS)

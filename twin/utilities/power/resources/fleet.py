"""What fleets of electric cars draw."""

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.power.resources.table import SMART, Resource

_LEAVE_H = 7.0
_ARRIVE = {15: 0.05, 16: 0.10, 17: 0.16, 18: 0.22, 19: 0.20, 20: 0.13, 21: 0.08, 22: 0.06}
"""Share of cars that come home in each hour: an assumption, which a column of profiles.csv replaces."""
_MINUTES = 1440


def arrivals(shares: Vector | None) -> Vector:
    """Return the share of cars that arrive in each hour; what is given is brought to a sum of 1."""
    if shares is None:
        return np.array([_ARRIVE.get(hour, 0.0) for hour in range(24)])
    return np.asarray(shares / shares.sum())


def fleet_mw(row: Resource, shares: Vector, steps: int) -> Vector:
    """Return MW by step of a day on which all cars drive alike, shape (steps,).

    Cars arrive evenly within an hour. ``plain``: each charges with its charger's power from its arrival until
    the day's energy is in. ``smart``: it takes as long as it stands, until 7 o'clock, if that suffices.
    """
    energy_kwh = row.km_per_day * row.kwh_per_km / row.efficiency
    shortest_h = min(energy_kwh / row.charger_kw, 24.0)
    minutes = np.zeros(_MINUTES)
    for minute in range(_MINUTES):
        cars = row.cars * shares[minute // 60] / 60.0
        if cars == 0.0:
            continue
        stands_h = (_LEAVE_H - minute / 60.0) % 24.0
        hours = max(shortest_h, stands_h) if row.own_rule == SMART else shortest_h
        _charge(minutes, minute, hours * 60.0, cars * energy_kwh / hours if hours else 0.0)
    return np.asarray(minutes.reshape(steps, -1).mean(axis=1) / 1000.0)


def _charge(minutes: Vector, begin: int, length: float, kw: float) -> None:
    """Add a power from a minute on for a length, around midnight if need be."""
    whole = int(length)
    at = (begin + np.arange(whole)) % _MINUTES
    np.add.at(minutes, at, kw)
    minutes[(begin + whole) % _MINUTES] += kw * (length - whole)

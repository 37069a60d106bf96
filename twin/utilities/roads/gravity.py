"""Where trips go: a doubly constrained gravity model, balanced by Furness' method."""

from typing import Any

import numpy as np

from twin.compiled import compiled
from twin.utilities.base import Vector

_ROUNDS, _TOLERANCE = 10_000, 1e-12
_LEAST = 1e-300
"""Of the deterrence: however far, a pair has some weight, so that all trips go somewhere."""
A_DAY_MIN = 1440.0
"""Stands for the time where no way leads."""


def distribute(begin: Vector, end: Vector, minutes: Vector, beta_per_min: float) -> Vector:
    """Return ``T_ij = a_i O_i b_j D_j exp(-beta t_ij)``, of which rows sum to `begin` and columns to `end`.

    S. P. Evans, A relationship between the gravity model for trip distribution and the transportation
    problem, Transportation Research 7 (1973): Furness' iteration converges wherever the sums agree.

    Parameters
    ----------
    begin, end
        Trips by zone, of equal sums.
    minutes
        From zone to zone.
    """
    weights = np.maximum(np.exp(-beta_per_min * minutes), _LEAST)
    trips = np.zeros_like(weights)
    if begin.sum() > 0.0:
        _furness(begin, end, weights, trips)
    return trips


@compiled
def _furness(begin: Any, end: Any, weights: Any, trips: Any) -> None:
    """Scale rows and columns in turn until both sums hold."""
    count = len(begin)
    rows, columns = np.zeros(count), np.ones(count)
    for _ in range(_ROUNDS):
        for i in range(count):
            reached = np.dot(weights[i], columns)
            rows[i] = begin[i] / reached if reached > 0.0 else 0.0
        moved = 0.0
        for j in range(count):
            reached = 0.0
            for i in range(count):
                reached += rows[i] * weights[i, j]
            now = end[j] / reached if reached > 0.0 else 0.0
            moved = max(moved, abs(now - columns[j]) / now if now > 0.0 else columns[j])
            columns[j] = now
        if moved <= _TOLERANCE:
            break
    for i in range(count):
        for j in range(count):
            trips[i, j] = rows[i] * weights[i, j] * columns[j]


@compiled
def within(minutes: Vector) -> Vector:
    """Return times between zones with those inside: half the time to the nearest neighbour."""
    count, times = len(minutes), np.empty_like(minutes)
    for i in range(count):
        nearest = np.inf
        for j in range(count):
            times[i, j] = minutes[i, j] if np.isfinite(minutes[i, j]) else A_DAY_MIN
            if j != i:
                nearest = min(nearest, times[i, j])
        times[i, i] = 0.5 * nearest if np.isfinite(nearest) else 0.0
    return times

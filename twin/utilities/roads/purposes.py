"""Trips by purpose: what begins and ends in each zone, and where it goes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.errors import Unsolved
from twin.utilities.base import Vector
from twin.utilities.roads.demand import (
    FREIGHT,
    HOMES_FROM,
    HOMES_TO,
    JOBS_FROM,
    JOBS_TO,
    OTHER,
)
from twin.utilities.roads.gravity import distribute, within
from twin.utilities.roads.settings import RoadsSettings

FEEDBACK_ROUNDS = 3


class Patterns(NamedTuple):
    """A day's trips from zone to zone by purpose, in persons by car; freight in car units."""

    to_work: Vector
    from_work: Vector
    other: Vector
    freight: Vector

    def vehicles(self, factors: Vector, persons_per_car: float) -> Vector:
        """Return vehicles from zone to zone in an hour with these factors of the demand's columns."""
        found = np.empty_like(self.other)
        parts = factors[HOMES_TO], factors[HOMES_FROM], factors[OTHER], factors[FREIGHT]
        _vehicles(self.to_work, self.from_work, self.other, self.freight, parts, persons_per_car, found)
        return found


class Ends(NamedTuple):
    """What begins and ends in each zone on a day, the external ones included."""

    ends: Vector
    external: NDArray[np.bool_]

    def patterns(self, minutes: Vector, settings: RoadsSettings) -> Patterns:
        """Distribute all trips at these times between zones."""
        ends, times = self.ends, within(minutes)
        homes, jobs = self._balanced(ends[:, HOMES_TO], ends[:, JOBS_TO])
        to_work = distribute(homes, jobs, times, settings.work_beta_per_min)
        if np.array_equal(ends[:, (HOMES_TO, JOBS_TO)], ends[:, (HOMES_FROM, JOBS_FROM)]):
            from_work = to_work.T
        else:
            homes, jobs = self._balanced(ends[:, HOMES_FROM], ends[:, JOBS_FROM])
            from_work = distribute(homes, jobs, times, settings.work_beta_per_min).T
        freight = ends[:, FREIGHT].copy()
        freight[self.external] = freight.sum() / max(int(self.external.sum()), 1)
        return Patterns(
            to_work,
            from_work,
            distribute(ends[:, OTHER], ends[:, OTHER], times, settings.other_beta_per_min),
            distribute(freight, freight, times, settings.freight_beta_per_min),
        )

    def _balanced(self, homes: Vector, jobs: Vector) -> tuple[Vector, Vector]:
        """Return workers and jobs of equal sums: external zones take the balance."""
        homes, jobs = homes.copy(), jobs.copy()
        more, outside = float(homes.sum() - jobs.sum()), int(self.external.sum())
        if outside:
            taking = jobs if more > 0.0 else homes
            taking[self.external] += abs(more) / outside
        elif jobs.sum() > 0.0:
            jobs *= homes.sum() / jobs.sum()
        elif more > 0.0:
            raise Unsolved("people go to work, and there is no job and no external zone", "roads/network")
        return homes, jobs


@compiled
def _vehicles(
    to_work: Vector,
    from_work: Vector,
    other: Vector,
    freight: Vector,
    factors: tuple[float, float, float, float],
    persons_per_car: float,
    found: Vector,
) -> None:
    """Write vehicles from zone to zone in an hour with these factors of the four patterns."""
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            persons = factors[0] * to_work[i, j] + factors[1] * from_work[i, j] + factors[2] * other[i, j]
            found[i, j] = persons / persons_per_car + factors[3] * freight[i, j]

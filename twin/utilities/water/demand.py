"""From people and contracts to the demand for water."""

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Demand

SECONDS_PER_DAY = 86400.0
DOMESTIC, INDUSTRIAL = "water", "industrial_power"
NORM, LOSS = "water_l_per_person_day", "water_loss_share"


def demand(basis: Basis) -> Demand:
    """Return base m3/s by point and class, season included.

    The month's factor applies to domestic use and its leakage; other customers are stated for the maximum
    day, so they carry the month's factor over the largest one; developments are constant.
    """
    season, loss = basis.season("water"), basis.norm(LOSS)
    domestic = domestic_m3_per_s(basis) * season
    other = basis.other("max_day_water_km3") * 1000.0 * season / basis.peak_season("water")
    industrial = (basis.contracted("water_m3_per_day") + other) / SECONDS_PER_DAY
    classes = np.column_stack([domestic, domestic * loss / (1.0 - loss), industrial])
    shape = of_mean_one(basis, DOMESTIC)
    factors = np.column_stack([shape, np.ones(len(shape)), of_mean_one(basis, INDUSTRIAL)])
    return Demand(basis.share(classes), factors, np.ones(len(shape)))


def need(more: Vector, basis: Basis) -> Vector:
    """Return m3 on the maximum day that more people need, losses included, by district."""
    used = more * basis.norm(NORM) / 1000.0
    return used * basis.peak_season("water") / (1.0 - basis.norm(LOSS))


def domestic_m3_per_s(basis: Basis) -> Vector:
    """Return what people use on the year's mean day, by district."""
    return basis.people * basis.norm(NORM) / 1000.0 / SECONDS_PER_DAY


def of_mean_one(basis: Basis, profile: str) -> Vector:
    """Return a profile over its mean of the year."""
    return np.asarray(basis.shape(profile) / basis.year(profile).mean())

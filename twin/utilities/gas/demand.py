"""From people and contracts to the demand for gas."""

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Demand

COOKING, HEATING = "gas_cooking", "gas_heating"
NORM_COOKING, NORM_HEATING = "gas_m3_per_person_month", "gas_heating_m3_per_h_person"
HOURS_PER_MONTH = 730.0


def demand(basis: Basis) -> Demand:
    """Return base m3/h by point and class, and their factors by hour."""
    heating = basis.people * basis.norm(NORM_HEATING)
    cooking = basis.people * basis.norm(NORM_COOKING) / HOURS_PER_MONTH
    contracted = basis.contracted("gas_m3_per_h")
    classes = np.column_stack([heating, cooking, np.zeros(len(heating)), contracted])
    shape = basis.shape(HEATING)
    steady = np.ones(len(shape))
    factors = np.column_stack([shape, basis.shape(COOKING), steady, steady])
    return Demand(basis.share(classes), factors, steady)


def need(more: Vector, basis: Basis) -> Vector:
    """Return m3/h in the coldest hour that more people need, by district."""
    return more * (basis.norm(NORM_HEATING) + basis.norm(NORM_COOKING) / HOURS_PER_MONTH)

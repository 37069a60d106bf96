"""From people and contracts to sewage: what the water that is used at each of its points returns."""

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Demand
from twin.utilities.wastewater.settings import SewageDemand

_SECONDS_PER_DAY = 86400.0
DOMESTIC, INDUSTRIAL = "water", "industrial_power"
WATER_NORM, NORM = "water_l_per_person_day", "sewered_share"


def demand(basis: Basis) -> Demand:
    """Return average-day sewage in m3/s by water point: domestic, industrial.

    The summer's extra water (irrigation) does not return, so the season does not enter.
    """
    settings = basis.settings(SewageDemand)
    returned = settings.domestic_return * basis.norm(NORM)
    litres = basis.people * basis.norm(WATER_NORM)
    domestic = litres / 1000.0 / _SECONDS_PER_DAY * returned * settings.infiltration_factor
    projects = basis.contracted("water_m3_per_day") * settings.development_return
    other = basis.other("average_sewage_km3") * 1000.0
    classes = np.column_stack([domestic, (projects + other) / _SECONDS_PER_DAY])
    names = DOMESTIC, INDUSTRIAL
    factors = np.column_stack([basis.shape(name) / basis.year(name).mean() for name in names])
    return Demand(basis.share(classes), factors, np.ones(len(factors)))


def need(more: Vector, basis: Basis) -> Vector:
    """Return m3 of sewage a day that more people let off, by district."""
    settings = basis.settings(SewageDemand)
    water = more * basis.norm(WATER_NORM) / 1000.0
    returned = settings.domestic_return * basis.norm(NORM)
    return water * returned * settings.infiltration_factor

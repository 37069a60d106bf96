"""From people and contracts to the demand for power."""

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Demand
from twin.utilities.power.settings import PowerDemand

RESIDENTIAL, COMMERCIAL, INDUSTRIAL = "residential_power", "commercial_power", "industrial_power"
NORM = "power_kw_per_person"


def demand(basis: Basis) -> Demand:
    """Return base MW by point and class, season included.

    The norm is the peak of residential and commercial demand together; contracts and other customers are
    stated at the evening hour.
    """
    settings = basis.settings(PowerDemand)
    share = settings.residential_share
    residential, commercial, industrial = (basis.shape(n) for n in (RESIDENTIAL, COMMERCIAL, INDUSTRIAL))
    peak = share * basis.year(RESIDENTIAL) + (1.0 - share) * basis.year(COMMERCIAL)
    scale = 1.0 / float(peak.max())
    domestic = basis.people * basis.norm(NORM) / 1000.0 * scale
    contracted = basis.contracted("power_mw") * settings.coincidence
    of_year = basis.year(INDUSTRIAL)
    evening = float(of_year[:, settings.evening_hour * of_year.shape[1] // 24].max())
    stated = (contracted + basis.other("evening_peak_mw")) / evening
    classes = np.column_stack([domestic * share, domestic * (1 - share), stated])
    factors = np.column_stack([residential, commercial, industrial])
    native = settings.native_power_profile
    own = basis.shape(native) if native else np.ones(len(factors))
    return Demand(basis.share(classes) * basis.season("power"), factors, own)


def need(more: Vector, basis: Basis) -> Vector:
    """Return MW at the evening peak that more people need, by district."""
    return more * basis.norm(NORM) / 1000.0

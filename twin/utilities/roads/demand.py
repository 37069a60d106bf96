"""From people and jobs to the ends of trips in each zone."""

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Demand, DemandClass, Norm

HOMES_TO, JOBS_TO, HOMES_FROM, JOBS_FROM, OTHER, FREIGHT, WORKPLACES = range(7)
"""Columns of the demand: ends of trips to work and back, of other trips, of freight; jobs, no trips."""
TRIPS = (HOMES_TO, HOMES_FROM, OTHER, FREIGHT)
"""Columns that count each trip once."""
_TO_WORK, _FROM_WORK = "trips_to_work", "trips_from_work"
_OTHER, _FREIGHT = "other_trips", "freight_trips"
PROFILES = {
    _TO_WORK: "Trips to work by hour, of any scale.",
    _FROM_WORK: "Trips back from work, the same way.",
    _OTHER: "Other trips, the same way.",
    _FREIGHT: "Freight, the same way.",
}
NORMS = (
    Norm("workers_per_resident", ("1", "share", "-"), 1.0),
    Norm("local_jobs_per_resident", ("1", "share", "-"), 1.0),
    Norm("other_trips_per_resident", ("1", "trips/day", "-"), 20.0),
    Norm("car_share", ("1", "share", "-"), 1.0),
    Norm("freight_trips_per_job", ("1", "trips/day", "-"), 100.0),
)
CLASSES = (
    DemandClass("homes of trips to work"),
    DemandClass("jobs of trips to work"),
    DemandClass("homes of trips from work"),
    DemandClass("jobs of trips from work"),
    DemandClass("ends of other trips"),
    DemandClass("ends of freight trips"),
    DemandClass("workplaces"),
)
JOBS = "jobs"


def demand(basis: Basis) -> Demand:
    """Return ends of trips on a day by zone, and the part of each in an hour.

    People count as persons who go by car, freight as car units. The projects' jobs come beside those that
    residents bring.
    Trips of the network's file are those of a peak hour, and follow other trips.
    """
    workers = basis.people * basis.norm("workers_per_resident")
    contracted = basis.contracted(JOBS)
    jobs = basis.people * basis.norm("local_jobs_per_resident") + contracted
    other = basis.people * basis.norm("other_trips_per_resident")
    freight = contracted * basis.norm("freight_trips_per_job")
    driven = np.column_stack([workers, jobs, workers, jobs, other]) * basis.norm("car_share")
    ends = np.column_stack([driven, freight, jobs])
    to_work, from_work = _part(basis, _TO_WORK), _part(basis, _FROM_WORK)
    ones = np.ones(len(to_work))
    factors = np.column_stack(
        [to_work, to_work, from_work, from_work, _part(basis, _OTHER), _part(basis, _FREIGHT), ones]
    )
    most = float(basis.year(_OTHER).max())
    native = basis.shape(_OTHER) / most if most > 0.0 else ones
    return Demand(basis.share(ends), factors, np.asarray(native))


def net_load(own: Demand) -> Vector:
    """Return trips by step of a day."""
    by_step = own.base if own.base.ndim == 3 else own.base[None]
    columns = list(TRIPS)
    return np.asarray((by_step[:, :, columns].sum(axis=1) * own.factors[:, columns]).sum(axis=1))


def _part(basis: Basis, profile: str) -> Vector:
    """Return which part of a day's trips is made in an hour, by step of the day."""
    mean = float(basis.year(profile).mean())
    return np.asarray(basis.shape(profile) / (24.0 * mean) if mean > 0.0 else 0.0 * basis.shape(profile))

"""What roads, zones and the network as a whole read out."""

from collections.abc import Sequence

import numpy as np

from twin.utilities.base import Signal, Vector
from twin.utilities.roads.assignment import Links

_OF_ROADS = (
    ("volume_veh_per_h", "veh/h"),
    ("volume_over_capacity_percent", "%"),
    ("travel_time_min", "min"),
    ("level_of_service", "1"),
    ("delay_veh_h_per_h", "veh h/h"),
)
_OF_ZONES = (("jobs_within_45_min", "1"), ("time_from_depot_min", "min"), ("cut_off_veh_per_h", "veh/h"))
_OF_ALL = (("trips_veh_per_h", "veh/h"), ("mean_trip_min", "min"), ("relative_gap", "1"))
_SERVICE = np.array([35.0, 55.0, 77.0, 92.0, 100.0])
"""Volume over capacity, %, above which the level of service is B, C, D, E and F."""
NEAR_MIN = 45.0


def signals(roads: Sequence[str], zones: Sequence[str], lit: Sequence[str], whole: str) -> tuple[Signal, ...]:
    """Return the signals, in the order of `values`."""
    found = [Signal(road, *own) for own in _OF_ROADS for road in roads]
    found += [Signal(zone, *own) for own in _OF_ZONES for zone in zones]
    found += [Signal(road, "power_kw", "kW") for road in lit]
    return (*found, *(Signal(whole, *own) for own in _OF_ALL))


def of_roads(links: Links, capacity: Vector, volume: Vector, time: Vector) -> Vector:
    """Return the readings of roads; of those that carry nothing and cannot, 0."""
    ratio = np.divide(100.0 * volume, capacity, out=np.zeros_like(volume), where=capacity > 0.0)
    service = 1.0 + np.searchsorted(_SERVICE, ratio)
    delay = volume * np.maximum(time - links.free_min, 0.0) / 60.0
    return np.concatenate([volume, ratio, time, service, delay])


def jobs_near(minutes: Vector, jobs: Vector) -> Vector:
    """Return by zone the jobs that can be reached in time."""
    return np.asarray((minutes <= NEAR_MIN) @ jobs)

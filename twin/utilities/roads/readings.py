"""What roads, zones and the network as a whole read out."""

from collections.abc import Sequence

import numpy as np

from twin.compiled import compiled
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
_SERVICE = 35.0, 55.0, 77.0, 92.0, 100.0
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
    found = np.empty((len(_OF_ROADS), len(volume)))
    _of_roads(links.free_min, capacity, volume, time, found)
    return found.ravel()


@compiled
def _of_roads(free_min: Vector, capacity: Vector, volume: Vector, time: Vector, found: Vector) -> None:
    for i in range(len(volume)):
        ratio = 100.0 * volume[i] / capacity[i] if capacity[i] > 0.0 else 0.0
        found[0, i], found[1, i], found[2, i] = volume[i], ratio, time[i]
        found[3, i] = 1.0
        for above in _SERVICE:
            found[3, i] += above < ratio
        found[4, i] = volume[i] * max(time[i] - free_min[i], 0.0) / 60.0


@compiled
def jobs_near(minutes: Vector, jobs: Vector) -> Vector:
    """Return by zone the jobs that can be reached in time."""
    found = np.zeros(len(minutes))
    for i in range(len(minutes)):
        for j in range(len(jobs)):
            if minutes[i, j] <= NEAR_MIN:
                found[i] += jobs[j]
    return found


@compiled
def lose(delays: Vector, named_share: float, hours: float, lost: Vector) -> None:
    """Add the hours lost on each road that has such a share of them, and those of all others as the last."""
    whole = 0.0
    for delay in delays:
        whole += delay
    for i in range(len(delays)):
        lost[i if delays[i] >= named_share * whole else len(delays)] += delays[i] * hours

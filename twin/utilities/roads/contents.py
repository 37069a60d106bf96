"""What the files of a road network say of each road, zone and node."""

import numpy as np

from twin.utilities.names import WHOLE
from twin.utilities.roads.files import HERE, node_name
from twin.utilities.roads.plan import RoadPlan

_NOT_TOLD = ("name", "tail", "head", "line")


def contents(plan: RoadPlan) -> dict[str, dict[str, object]]:
    """Return by address what the files say; of each zone also the trips that begin there."""
    zones = {node: name for name, node in plan.zones.items()}
    names = [node_name(plan, node, zones) for node in range(len(plan.nodes))]
    found: dict[str, dict[str, object]] = {}
    for node, place in enumerate(plan.places):
        own = {"node": plan.nodes[node], "no_way_through": bool(plan.no_way_through[node])}
        found[names[node]] = own | ({"x": place[0], "y": place[1]} if place else {})
    every = list(plan.zones)
    for row, zone in enumerate(every):
        trips = {f"trips to {every[i]}": float(plan.trips[row, i]) for i in np.flatnonzero(plan.trips[row])}
        found[f"{HERE}/{zone}"] |= trips
    for road in plan.roads:
        ends = {"from": names[road.tail], "to": names[road.head]}
        said = {name: value for name, value in road._asdict().items() if name not in _NOT_TOLD}
        found[f"{HERE}/{road.name}"] = ends | said
    found[f"{HERE}/{WHOLE}"] = {"trips": float(plan.trips.sum())}
    return found

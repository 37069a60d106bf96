"""Beside AequilibraE, where it is installed: the same equilibrium, to the gap that it reaches."""

import numpy as np
import pandas as pd
import pytest

from tests.utilities.roads.test_assignment import SIOUX_FALLS, assignment_of
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.tntp import read_tntp

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
GAP = 1e-6


def theirs(plan: RoadPlan) -> np.ndarray:
    """Return AequilibraE's volumes, by biconjugate Frank-Wolfe."""
    paths = pytest.importorskip("aequilibrae.paths")
    matrices = pytest.importorskip("aequilibrae.matrix")
    roads = plan.roads
    columns = {
        "link_id": np.arange(1, len(roads) + 1),
        "a_node": [road.tail + 1 for road in roads],
        "b_node": [road.head + 1 for road in roads],
        "direction": 1,
        "capacity": [road.capacity for road in roads],
        "free": [road.free_min for road in roads],
        "b": [road.b for road in roads],
        "power": [road.power for road in roads],
    }
    graph = paths.Graph()
    graph.network = pd.DataFrame(columns)
    zones = np.arange(1, len(plan.zones) + 1)
    graph.prepare_graph(zones)
    graph.set_graph("free")
    graph.set_blocked_centroid_flows(False)
    matrix = matrices.AequilibraeMatrix()
    matrix.create_empty(zones=len(zones), matrix_names=["trips"], memory_only=True)
    matrix.index[:] = zones
    matrix.matrix["trips"][:, :] = plan.trips
    matrix.computational_view(["trips"])
    cars = paths.TrafficClass("cars", graph, matrix)
    assignment = paths.TrafficAssignment()
    assignment.set_classes([cars])
    assignment.set_vdf("BPR")
    assignment.set_vdf_parameters({"alpha": "b", "beta": "power"})
    assignment.set_capacity_field("capacity")
    assignment.set_time_field("free")
    assignment.set_algorithm("bfw")
    assignment.max_iter, assignment.rgap_target = 5000, GAP
    assignment.set_cores(1)
    assignment.execute()
    return np.asarray(assignment.results()["trips_ab"].to_numpy())


def test_volumes_are_those_of_another_program() -> None:
    plan = read_tntp(SIOUX_FALLS / "net.tntp", None, SIOUX_FALLS / "trips.tntp")
    volumes = theirs(plan)
    own = assignment_of(plan)
    assert own.solve(plan.trips, 1e-12).reached
    np.testing.assert_allclose(own.volume, volumes, rtol=5e-3)

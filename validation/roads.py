"""How cases of roads are computed: user equilibria, and where trips go."""

from pathlib import Path
from typing import Any

import numpy as np

from twin.utilities.roads.assignment import Assignment, Links
from twin.utilities.roads.gravity import distribute
from twin.utilities.roads.network import links_of
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.tntp import read_tntp

Values = dict[str, float]


def assignment_of(plan: RoadPlan) -> Assignment:
    """Return the assignment on a plan."""
    return Assignment(links_of(plan), np.array(list(plan.zones.values())))


def objective(links: Links, volume: np.ndarray) -> float:
    """Return the sum over links of the integral of time over volume, which an equilibrium makes least."""
    grown = (volume / links.capacity) ** links.power / (links.power + 1.0)
    return float((links.free_min * volume * (1.0 + links.b * grown)).sum())


def equilibrium(folder: Path, options: dict[str, Any]) -> Values:
    """Solve a network; some of its roads may be closed."""
    plan = read_tntp(folder / "net.tntp", None, folder / "trips.tntp")
    roads = assignment_of(plan)
    names = [road.name for road in plan.roads]
    capacity = np.array([road.capacity for road in plan.roads])
    roads.set_roads(capacity, np.isin(names, options.get("closed", [])))
    ended = roads.solve(plan.trips, float(options["gap"]))
    values = {
        "relative gap": ended.gap,
        "objective": objective(links_of(plan), roads.volume) / float(options.get("scale", 1.0)),
        "longest way": float(roads.times()[plan.trips > 0.0].max()),
    }
    return values | dict(zip(names, map(float, roads.volume), strict=True))


def gravity(folder: Path, options: dict[str, Any]) -> Values:
    """Distribute trips between zones."""
    trips = distribute(
        np.array(options["begin"], dtype=float),
        np.array(options["end"], dtype=float),
        np.array(options["minutes"], dtype=float),
        float(options["beta_per_min"]),
    )
    return {f"{i + 1} to {j + 1}": float(trips[i, j]) for i, j in np.ndindex(trips.shape)}

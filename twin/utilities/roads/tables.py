"""What is told of roads beside the run."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from twin.columns import About, Row


@dataclass(frozen=True, slots=True)
class ClosureRow(Row):
    """With `networks.roads.closures`: each of them in a month's busiest hour, trips going where they went.

    Without an equilibrium, `solved` is no, and what is told is what it came to.
    """

    table: ClassVar[str] = "closures"

    month: Annotated[str, About("calendar month, `2026-01`")]
    closure: Annotated[str, About("key of `networks.roads.closures`")]
    solved: Annotated[bool, About("drivers find an equilibrium")]
    hours_more: Annotated[float, About("vehicle-hours spent more in that hour", "veh h")]
    trips_not_made: Annotated[float, About("trips for which no way is left", "trips")]
    worst_road: Annotated[str, About("address of the road with the highest volume over capacity then")]
    volume_over_capacity_percent: Annotated[float, About("that", "%")]

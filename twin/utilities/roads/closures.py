"""What becomes of a month's busiest hour when a bridge or a carriageway is closed, one at a time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from twin.columns import Row
from twin.utilities.base import Vector
from twin.utilities.roads.assignment import Assignment
from twin.utilities.roads.network import RoadNetwork
from twin.utilities.roads.roadworks import Offer
from twin.utilities.roads.tables import ClosureRow


class Hour(NamedTuple):
    """An hour: who drives where, what roads can carry, what is spent on them."""

    trips: Vector
    offer: Offer
    vehicle_h: float


class ClosureStudy:
    """Looks at closures month by month.

    Parameters
    ----------
    closures
        Roads that are closed together, by name.
    max_gap, max_rounds
        Of the equilibrium.
    """

    def __init__(
        self, network: RoadNetwork, closures: Mapping[str, Sequence[str]], max_gap: float, max_rounds: int
    ) -> None:
        self._network, self._gap, self._rounds = network, max_gap, max_rounds
        plan = network.plan
        self._names = [f"{network.name}/{road.name}" for road in plan.roads]
        names = [road.name for road in plan.roads]
        self._closures = {name: np.isin(names, list(roads)) for name, roads in closures.items()}
        self._assignment = Assignment(network.links, np.array(list(plan.zones.values())))
        self._busiest: Hour | None = None
        self._rows: list[ClosureRow] = []

    @property
    def rows(self) -> Mapping[type[Row], Sequence[Row]]:
        """Return the rows of its table."""
        return {ClosureRow: self._rows}

    def watch(self) -> None:
        """Keep the busiest hour so far."""
        hour = self._network.hour()
        if hour is None:
            return
        trips, offer, spent = hour
        if self._busiest is None or spent > self._busiest.vehicle_h:
            self._busiest = Hour(trips, offer, spent)

    def end_month(self, month: str) -> None:
        """Close each in turn in the busiest hour."""
        hour, self._busiest = self._busiest, None
        if hour is not None:
            self._rows += [self._row(month, name, hour) for name in self._closures]

    def _row(self, month: str, name: str, hour: Hour) -> ClosureRow:
        roads = self._assignment
        roads.set_roads(hour.offer.capacity, hour.offer.closed | self._closures[name])
        cut = ~np.isfinite(roads.times(free=True))
        made = np.where(cut, 0.0, hour.trips)
        ended = roads.solve(made, self._gap, self._rounds)
        ratio = 100.0 * roads.volume / np.maximum(hour.offer.capacity, 1e-9)
        worst = int(np.argmax(np.where(hour.offer.closed | self._closures[name], 0.0, ratio)))
        return ClosureRow(
            month,
            name,
            ended.reached,
            float(roads.volume @ roads.time) / 60.0 - hour.vehicle_h,
            float((hour.trips - made).sum()),
            self._names[worst],
            float(ratio[worst]),
        )

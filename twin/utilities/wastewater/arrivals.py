"""Used water on its way through the sewers: what is delivered in an hour arrives some hours later."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.utilities.base import Vector
from twin.utilities.coupling import NEVER, Give, LinkRow, Opened, Solved
from twin.utilities.utility import declared
from twin.utilities.wastewater.links import ARRIVING, SEWAGE
from twin.utilities.wastewater.settings import Sewage

Index = NDArray[np.intp]


class Arrivals:
    """Water delivered in an hour becomes sewage at its manhole some hours later.

    The sewage of a junction in an hour is what its customers would return at full service, times the
    share of the hour's demand that was delivered.
    """

    fills: Collection[str] = ("wastewater",)

    def __init__(self, links: Sequence[LinkRow], opened: Opened) -> None:
        points, columns = opened.points[SEWAGE.of], opened.columns
        self._required: Index = np.array([columns[p, "required_m3_per_s"] for p in points], dtype=np.intp)
        self._delivered: Index = np.array([columns[p, "delivered_m3_per_s"] for p in points], dtype=np.intp)
        targets, at = opened.ports["wastewater", ARRIVING].assets, {p: i for i, p in enumerate(points)}
        carrying = [link for link in links if link.asset in at]
        self._from: Index = np.array([at[link.asset] for link in carrying], dtype=np.intp)
        self._to: Index = np.array([targets.index(link.to) for link in carrying], dtype=np.intp)
        self._lag: Index = np.array([declared(link, Sewage).lag_h for link in carrying], dtype=np.intp)
        self._inflow, self._points = np.zeros(len(targets)), len(points)
        self._depth = max((declared(link, Sewage).lag_h for link in links), default=1)
        self.reset()

    def reset(self) -> None:
        """Forget the hours that are under way in the sewers."""
        self._past = np.zeros((self._depth, self._points))
        self._hour = 0
        self._served = np.zeros(self._points)
        self._potential = np.zeros(self._points)
        self._inflow[:] = 0.0
        self._due = True

    def start_hour(self, asked: Mapping[str, Vector]) -> None:
        """Let the sewage of earlier hours arrive."""
        self.arrive(asked["wastewater"])
        self._due = True

    def fill(self, utility: str, readings: Vector, give: Give) -> float:
        """Give the sewers what arrives in this hour."""
        if utility == "wastewater" and self._due:
            self._due = False
            give(utility, ARRIVING, self._inflow)
        return 0.0

    def respond(self, readings: Vector, now_s: int, solved: Solved) -> bool:
        """Do nothing: sewers hold nothing back from those who let it off."""
        return False

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return nothing: it stops nobody."""
        return {}

    def next_change_s(self, now_s: int) -> int:
        """Return never: sewage arrives by the hour."""
        return NEVER

    def arrive(self, potential: Vector) -> Vector:
        """Close the last hour, open the next, and return this hour's inflow in m3/s by manhole: an own array.

        Parameters
        ----------
        potential
            Sewage at full service by water point in the hour that begins, m3/s.
        """
        routes = self._from, self._to, self._lag
        _start_hour(self._past, self._hour, self._potential, self._served, routes, self._inflow)
        self._hour += 1
        self._potential = potential
        return self._inflow

    def advance(self, readings: Vector, seconds: int, solved: Solved) -> None:
        """Account the share of demand delivered over the last seconds."""
        if solved(SEWAGE.of):
            _add_served(self._served, readings, self._required, self._delivered, seconds)


@compiled
def _start_hour(
    past: Vector,
    hour: int,
    potential: Vector,
    served: Vector,
    routes: tuple[Index, Index, Index],
    inflow: Vector,
) -> None:
    """Keep the hour that ends in the ring `past`; write what arrives in the one that begins."""
    depth = len(past)
    for i in range(len(served)):
        past[hour % depth, i] = potential[i] * served[i] / 3600.0
        served[i] = 0.0
    inflow[:] = 0.0
    source, target, lag = routes
    for k in range(len(source)):
        inflow[target[k]] += past[(hour + 1 - lag[k]) % depth, source[k]]


@compiled
def _add_served(served: Vector, readings: Vector, required: Index, delivered: Index, seconds: int) -> None:
    for i in range(len(served)):
        asked = readings[required[i]]
        served[i] += (readings[delivered[i]] / asked if asked > 0.0 else 1.0) * seconds

"""What stands of each road: its lanes, whether it is open, whether its lights are on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Change, Mask, Vector
from twin.utilities.roads.plan import RoadPlan

FIELDS = ("in_service", "lanes", "held")


class Offer(NamedTuple):
    """What roads can carry now, veh/h, and which are closed."""

    capacity: Vector
    closed: Mask


@dataclass
class Roadworks:
    """The state of roads.

    Attributes
    ----------
    built, held
        In service by what was built; taken out for a while.
    lanes
        Of each road.
    lit
        Its traffic lights have power.
    """

    built: Mask
    held: Mask
    lanes: Vector
    lit: Mask

    @classmethod
    def of(cls, plan: RoadPlan) -> "Roadworks":
        """Return roads as their file has them."""
        count = len(plan.roads)
        return cls(
            np.array([road.in_service for road in plan.roads], dtype=bool),
            np.zeros(count, dtype=bool),
            np.array([road.lanes for road in plan.roads], dtype=float),
            np.ones(count, dtype=bool),
        )

    @property
    def open(self) -> Mask:
        """Return which roads can be driven on."""
        return np.asarray(self.built & ~self.held & (self.lanes > 0.0))

    def offer(self, plan: RoadPlan, dark_share: float) -> Offer:
        """Return capacities in proportion to lanes; a road whose lights are dark brings a share of it."""
        per_lane = np.array([road.capacity / road.lanes for road in plan.roads])
        share = np.where(self.lit, 1.0, dark_share)
        return Offer(per_lane * self.lanes * share, ~self.open)

    def apply(self, changes: Sequence[Change], places: Mapping[str, int]) -> None:
        """Set fields of roads; nothing, if one is unknown.

        Raises
        ------
        InvalidInput
            With each change of no such road or field.
        """
        wrong = [c for c in changes if c.asset not in places or c.field not in FIELDS]
        if wrong:
            raise InvalidInput([Mistake(c.asset, 0, f"no road with a field {c.field}") for c in wrong])
        for change in changes:
            place = places[change.asset]
            if change.field == "lanes":
                self.lanes[place] = float(change.value)
            else:
                state = self.held if change.field == "held" else self.built
                state[place] = bool(change.value)

    def copy(self) -> "Roadworks":
        """Return an own copy."""
        return Roadworks(self.built.copy(), self.held.copy(), self.lanes.copy(), self.lit.copy())

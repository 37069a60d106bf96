"""Treatment plants: an equalisation basin and a rate, exact for a constant inflow."""

from collections.abc import Mapping

import numpy as np

from twin.networks.base import Vector
from twin.scenario.schema import Treatment

_SECONDS_PER_DAY = 86400.0


class Plants:
    """All plants of a network; those at one outfall share its flow in proportion to capacity.

    Parameters
    ----------
    table
        Plants by name, in file order.

    Attributes
    ----------
    in_service, running
        Commissioned; supplied with power.
    stored
        Water in each basin, m3.
    inflow, treated, spill
        Rates at this instant, m3/s.
    """

    def __init__(self, table: Mapping[str, Treatment]) -> None:
        self.names = tuple(table)
        rows = list(table.values())
        self.nodes = tuple(row.node for row in rows)
        self._rated = np.array([row.capacity_m3_per_day for row in rows]) / _SECONDS_PER_DAY
        self._basin = np.array([row.equalisation_m3 for row in rows])
        self._opened = np.array([row.in_service for row in rows], dtype=bool)
        self._same = np.array([[a == b for b in self.nodes] for a in self.nodes], dtype=float)
        self.reset()

    def reset(self) -> None:
        """Return to the opened state: empty basins."""
        count = len(self.names)
        self.in_service = self._opened.copy()
        self.running = np.ones(count)
        self.stored = np.zeros(count)
        self.inflow, self.treated, self.spill = np.zeros(count), np.zeros(count), np.zeros(count)
        self._share_outfalls()

    def commission(self, plant: int, in_service: bool) -> None:
        """Take a plant into service, or out of it: outfalls are shared anew."""
        self.in_service[plant] = in_service
        self._share_outfalls()

    def _share_outfalls(self) -> None:
        self._standing = self._rated * self.in_service
        at_outfall = self._same @ self._standing if len(self._standing) else self._standing
        first = np.array([self.nodes.index(node) == i for i, node in enumerate(self.nodes)], dtype=float)
        open_ = at_outfall > 0.0
        self._share = np.where(open_, self._standing / np.where(open_, at_outfall, 1.0), first)

    def receive(self, arriving: Vector) -> None:
        """Take what arrives at each plant's outfall, m3/s, and set this instant's rates."""
        self.inflow = arriving * self._share
        capacity = self._standing * self.running
        self.treated = np.where(self.stored > 1e-9, capacity, np.minimum(capacity, self.inflow))
        full = self.stored >= self._basin - 1e-9
        self.spill = np.where(full, np.maximum(0.0, self.inflow - capacity), 0.0)

    def advance(self, seconds: int) -> tuple[Vector, Vector, Vector]:
        """Let time pass; return what each treated, spilled and put into its basin, m3."""
        arrived = self.inflow * seconds
        capacity = self._standing * self.running * seconds
        treated = np.minimum(capacity, self.stored + arrived)
        held = np.minimum(self.stored + arrived - treated, self._basin)
        spilled = self.stored + arrived - treated - held
        change = held - self.stored
        self.stored = held
        return treated, spilled, change

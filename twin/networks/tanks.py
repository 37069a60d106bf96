"""The tanks of an EPANET project: level and volume, and when they next change the network's state."""

from collections.abc import Sequence

import numpy as np
from epanet import toolkit as en

from twin.networks.base import Vector
from twin.networks.epanet_project import FOREVER, Index, Project

_STILL_M3_PER_S = 1e-9


class Tanks:
    """Storage as vectors in SI units, one entry per tank.

    Parameters
    ----------
    project
        The opened project.
    nodes
        Indices of the tanks among its nodes, from 0.

    Attributes
    ----------
    volume
        Water in each tank, m3.
    min_volume, max_volume
        What a tank cannot give, and all it holds, m3.
    overflows
        Whether a full tank spills; otherwise it closes.
    """

    def __init__(self, project: Project, nodes: Index) -> None:
        self._project, self._nodes = project, nodes
        self.volume = self._read(en.INITVOLUME, project.volume_unit)
        self.min_volume = self._read(en.MINVOLUME, project.volume_unit)
        self.max_volume = self._read(en.MAXVOLUME, project.volume_unit)
        self.overflows = self._read(en.CANOVERFLOW) > 0
        self._curves = [self._curve(i) for i in range(len(nodes))]
        self._controls = self._level_controls()

    def read_volume(self) -> None:
        """Take over the volumes that the engine has reached."""
        self.volume = self._read(en.TANKVOLUME, self._project.volume_unit)

    def level(self, tank: int, volume_m3: float) -> float:
        """Return the water level above the tank's bottom, m."""
        levels, volumes = self._curves[tank]
        return float(np.interp(volume_m3, volumes, levels))

    def restore(self, volume: Vector) -> None:
        """Put back volumes that the engine moved at flows that are no solution."""
        for tank in np.flatnonzero(self.volume != volume):
            level = self.level(int(tank), float(volume[tank])) / self._project.length_unit
            en.setnodevalue(self._project.handle, int(self._nodes[tank]) + 1, en.TANKLEVEL, level)
        self.volume = volume.copy()

    def next_change_s(self, inflow: Vector) -> int:
        """Return the seconds until a tank is full or empty or a level control acts.

        Parameters
        ----------
        inflow
            Net inflow of each tank, m3/s.
        """
        soonest = float(FOREVER)
        room = np.where(inflow > 0.0, self.max_volume - self.volume, self.volume - self.min_volume)
        moving = (np.abs(inflow) > _STILL_M3_PER_S) & (room > _STILL_M3_PER_S)
        if moving.any():
            soonest = float((room[moving] / np.abs(inflow[moving])).min())
        tank, target, rising = self._controls
        if len(tank):
            flow = inflow[tank] * rising
            gap = (target - self.volume[tank]) * rising
            acting = (flow > _STILL_M3_PER_S) & (gap > 0.0)
            if acting.any():
                soonest = min(soonest, float((gap[acting] / flow[acting]).min()))
        # rounded as EPANET does, but never to 0: that would drain an empty tank for a whole step
        return max(1, int(soonest + 0.5)) if soonest < FOREVER else FOREVER

    def _level_controls(self) -> tuple[Index, Vector, Vector]:
        """Return of each level control the tank, the volume at which it acts, and +1 above or -1 below."""
        handle, place = self._project.handle, {int(n) + 1: i for i, n in enumerate(self._nodes)}
        rows: list[tuple[int, float, float]] = []
        for number in range(1, en.getcount(handle, en.CONTROLCOUNT) + 1):
            kind, _, _, node, level = en.getcontrol(handle, number)
            if kind in (en.LOWLEVEL, en.HILEVEL) and node in place:
                levels, volumes = self._curves[place[node]]
                volume = float(np.interp(level * self._project.length_unit, levels, volumes))
                rows.append((place[node], volume, 1.0 if kind == en.HILEVEL else -1.0))
        columns: Sequence[Sequence[float]] = list(zip(*rows, strict=True)) or [(), (), ()]
        return np.array(columns[0], dtype=np.intp), np.array(columns[1]), np.array(columns[2])

    def _curve(self, tank: int) -> tuple[Vector, Vector]:
        """Return levels and volumes, increasing: the volume curve, or a cylinder's two ends."""
        project, node = self._project, int(self._nodes[tank]) + 1
        number = int(en.getnodevalue(project.handle, node, en.VOLCURVE))
        if number:
            points = [
                en.getcurvevalue(project.handle, number, k + 1)
                for k in range(en.getcurvelen(project.handle, number))
            ]
            return (
                np.array([p[0] for p in points]) * project.length_unit,
                np.array([p[1] for p in points]) * project.volume_unit,
            )
        ends = [en.getnodevalue(project.handle, node, q) for q in (en.MINLEVEL, en.MAXLEVEL)]
        return (
            np.array(ends) * project.length_unit,
            np.array([self.min_volume[tank], self.max_volume[tank]]),
        )

    def _read(self, quantity: int, unit: float = 1.0) -> Vector:
        return self._project.node_values(quantity)[self._nodes] * unit

"""The tanks of an EPANET project: level and volume, and when they next change the network's state."""

from contextlib import suppress

import numpy as np
from epanet import toolkit as en

from twin.networks.base import Vector
from twin.networks.epanet_project import FOREVER, Index, Project

_STILL_M3_PER_S = 1e-9
_ROUNDED_M3 = 1e-6
_REFUSALS = 4


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
    empty, full
        Which tanks give no more, and which take no more.
    at_limits
        Whether there is any.
    """

    def __init__(self, project: Project, nodes: Index) -> None:
        self._project, self._nodes = project, nodes
        self.volume = self._read(en.INITVOLUME, project.volume_unit)
        self.min_volume = self._read(en.MINVOLUME, project.volume_unit)
        self.max_volume = self._read(en.MAXVOLUME, project.volume_unit)
        self.overflows = self._read(en.CANOVERFLOW) > 0
        self._curves = [self._curve(i) for i in range(len(nodes))]
        kinds = [en.getlinktype(project.handle, i + 1) for i in range(project.link_count)]
        self._is_pipe = np.isin(kinds, (en.PIPE, en.CVPIPE))
        self._controls = self._level_controls()
        self._limits = self.min_volume.tolist(), self.max_volume.tolist()
        self._compare_with_limits()

    def read_volume(self) -> None:
        """Take over the volumes that the engine has reached."""
        self.volume = self._read(en.TANKVOLUME, self._project.volume_unit)

    def level(self, tank: int, volume_m3: float) -> float:
        """Return the water level above the tank's bottom, m."""
        levels, volumes = self._curves[tank]
        return float(np.interp(volume_m3, volumes, levels))

    def keep_within_limits(self) -> None:
        """Put tanks that are at a limit, or beyond it by part of a second, to exactly that limit.

        EPANET closes a tank's pipes by comparing heads exactly; rounding leaves a full tank 1e-15 m short.
        """
        self._compare_with_limits()
        if self.at_limits:
            for tank in np.flatnonzero(self.empty | self.full):
                self._set_exactly(int(tank), en.MINLEVEL if self.empty[tank] else en.MAXLEVEL)
            self.read_volume()

    def _compare_with_limits(self) -> None:
        self.empty = self.volume <= self.min_volume + _ROUNDED_M3
        self.full = (self.volume >= self.max_volume - _ROUNDED_M3) & ~self.overflows
        self.at_limits = bool(self.empty.any() or self.full.any())

    def _set_exactly(self, tank: int, limit: int) -> None:
        """Set a level to its limit in EPANET's own rounding: the last one that it does not refuse."""
        handle, node = self._project.handle, int(self._nodes[tank]) + 1
        level = en.getnodevalue(handle, node, limit)
        ulp = np.spacing(abs(level) + abs(en.getnodevalue(handle, node, en.ELEVATION)))
        outwards = ulp if limit == en.MAXLEVEL else -ulp
        for steps in range(_REFUSALS, -_REFUSALS, -1):
            with suppress(Exception):  # the wrapper raises bare exceptions for EPANET's errors
                en.setnodevalue(handle, node, en.TANKLEVEL, float(level + steps * outwards))
                return

    def restore(self, volume: Vector) -> None:
        """Put the engine's tanks to these volumes."""
        for tank in np.flatnonzero(self.volume != volume):
            level = self.level(int(tank), float(volume[tank])) / self._project.length_unit
            en.setnodevalue(self._project.handle, int(self._nodes[tank]) + 1, en.TANKLEVEL, level)
        self.volume = volume.copy()
        self._compare_with_limits()

    def next_change_s(self, inflow: Vector) -> int:
        """Return the seconds until a tank is full or empty or a level control acts.

        Parameters
        ----------
        inflow
            Net inflow of each tank, m3/s.
        """
        soonest = float(FOREVER)
        # a handful of tanks: plain floats are faster than vectors
        flows, volumes = inflow.tolist(), self.volume.tolist()
        for flow, volume, low, high in zip(flows, volumes, *self._limits, strict=True):
            if abs(flow) > _STILL_M3_PER_S:
                room = high - volume if flow > 0.0 else volume - low
                if room > _STILL_M3_PER_S:
                    soonest = min(soonest, room / abs(flow))
        state = self._link_states() if self._controls else []
        for tank, target, sign, link, setting in self._controls:
            if state[link] == setting:
                continue  # like EPANET: a control that would change nothing is no event
            flow, gap = flows[tank] * sign, (target - volumes[tank]) * sign
            if flow > _STILL_M3_PER_S and gap > 0.0:
                soonest = min(soonest, gap / flow)
        # rounded as EPANET does, but never to 0: that would drain an empty tank for a whole step
        return max(1, int(soonest + 0.5)) if soonest < FOREVER else FOREVER

    def _link_states(self) -> list[float]:
        """Return of each link 0 if closed, else its setting: speed, valve setting, 1 for a pipe."""
        project = self._project
        closed = project.link_values(en.STATUS) == 0.0
        setting = project.link_values(en.SETTING)
        return np.where(closed, 0.0, np.where(self._is_pipe, 1.0, setting)).tolist()  # type: ignore[no-any-return]

    def _level_controls(self) -> list[tuple[int, float, float, int, float]]:
        """Return of each level control: tank, volume, +1 above or -1 below, link, what it sets."""
        handle, place = self._project.handle, {int(n) + 1: i for i, n in enumerate(self._nodes)}
        controls = []
        for number in range(1, en.getcount(handle, en.CONTROLCOUNT) + 1):
            kind, link, setting, node, level = en.getcontrol(handle, number)
            if kind in (en.LOWLEVEL, en.HILEVEL) and node in place:
                levels, volumes = self._curves[place[node]]
                volume = float(np.interp(level * self._project.length_unit, levels, volumes))
                sign = 1.0 if kind == en.HILEVEL else -1.0
                controls.append((place[node], volume, sign, link - 1, float(setting)))
        return controls

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

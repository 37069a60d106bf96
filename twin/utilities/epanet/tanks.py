"""The tanks of an EPANET project: level and volume, their limits, and the controls that act by them."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
from epanet import toolkit as en
from numpy.typing import NDArray

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Vector
from twin.utilities.epanet.controls import read_controls
from twin.utilities.epanet.inp import read_rows
from twin.utilities.epanet.numbers import read_number
from twin.utilities.epanet.project import Index, Project, as_in_file
from twin.utilities.epanet.saved import SavedTanks, copies, put_back
from twin.utilities.epanet.structures import Levels, Storage
from twin.utilities.epanet.tank_kernels import SHORTEST_WAIT_S, compare_with_limits, read_volume

_REFUSALS = 4
_LEAST_HEIGHT_M = 1e-3
_SAME = 1e-9
_NEAREST = (0, -1, 1, -2, 2, -3, 3, -4, 4)


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
    vectors
        Their vectors, as compiled code takes them; written in place.
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
    levels
        The simple controls that act by their levels.
    curves
        Levels and volumes of each, increasing.
    place
        Of each node that is a tank.
    """

    def __init__(self, project: Project, nodes: Index) -> None:
        self._project, self._nodes = project, nodes
        self.place = {int(node): i for i, node in enumerate(nodes)}
        unit = project.length_unit
        self._opened_levels = self._begin_at_levels()
        self.volume = self._read(en.INITVOLUME, project.volume_unit)
        self.min_volume = self._read(en.MINVOLUME, project.volume_unit)
        self.max_volume = self._read(en.MAXVOLUME, project.volume_unit)
        self.overflows = self._read(en.CANOVERFLOW) > 0
        self.empty, self.full = np.zeros_like(self.overflows), np.zeros_like(self.overflows)
        self.vectors = Storage(
            nodes,
            self.volume.copy(),
            self.volume,
            self.min_volume,
            self.max_volume,
            self.overflows,
            self.empty,
            self.full,
            np.maximum(self._read(en.MAXLEVEL, unit) - self._read(en.MINLEVEL, unit), _LEAST_HEIGHT_M),
            np.full(len(nodes), SHORTEST_WAIT_S),
        )
        self._lowest_level, self._highest_level = self._read(en.MINLEVEL), self._read(en.MAXLEVEL)
        self._exactly: dict[tuple[int, int], float] = {}
        self.curves = [self._curve(i) for i in range(len(nodes))]
        self._refuse_curves()
        self.levels = self._level_controls()
        self._opened_volume = self.volume.copy()
        self._begin()

    def reset(self) -> None:
        """Put all tanks to the levels of the file; EPANET takes them over when it starts again."""
        for node, level in zip(self._nodes.tolist(), self._opened_levels, strict=True):
            en.setnodevalue(self._project.handle, node + 1, en.TANKLEVEL, level)
        self.volume[:] = self.vectors.before[:] = self._opened_volume
        self._begin()

    def _begin(self) -> None:
        """Look at all tanks as for the first time."""
        self.empty[:] = self.full[:] = False
        self.vectors.wait[:] = SHORTEST_WAIT_S
        self.at_limits = compare_with_limits(self.vectors)

    def _begin_at_levels(self) -> list[float]:
        """Write the file's levels and return them; refuse those at which EPANET lets no tank begin."""
        nodes = [int(node) + 1 for node in self._nodes]
        levels = [self._begin_at_level(node) for node in nodes]
        mistakes = [self._outside(node) for node, level in zip(nodes, levels, strict=True) if level is None]
        if mistakes:
            raise InvalidInput(mistakes)
        return [level for level in levels if level is not None]

    def _outside(self, node: int) -> Mistake:
        handle, path = self._project.handle, self._project.path
        name, level = en.getnodeid(handle, node), en.getnodevalue(handle, node, en.TANKLEVEL)
        line = next((row.line for row in read_rows(path).get("TANKS", ()) if row.words[0] == name), 0)
        low, high = (en.getnodevalue(handle, node, limit) for limit in (en.MINLEVEL, en.MAXLEVEL))
        return Mistake(
            path.name, line, f"tank {name} cannot begin at level {level:g}", f"{low:g} to {high:g}"
        )

    def _begin_at_level(self, node: int) -> float | None:
        """Write the file's level of a tank and return it; put back there, it holds the same water to the bit.

        EPANET reckons a volume otherwise when it reads a file than when told a level. None where it refuses.
        """
        handle = self._project.handle
        level = en.getnodevalue(handle, node, en.TANKLEVEL)
        ulp = float(np.spacing(abs(level)))
        for written in (as_in_file(level), level, level - ulp, level + ulp):
            with suppress(Exception):  # the wrapper raises bare exceptions for EPANET's errors
                en.setnodevalue(handle, node, en.TANKLEVEL, written)
                return float(written)
        return None

    def level(self, tank: int, volume_m3: float) -> float:
        """Return the water level above the tank's bottom, m."""
        levels, volumes = self.curves[tank]
        return float(np.interp(volume_m3, volumes, levels))

    def volume_at(self, tank: int, level_m: float) -> float:
        """Return the water in a tank at a level above its bottom, m3."""
        levels, volumes = self.curves[tank]
        return float(np.interp(level_m, levels, volumes))

    def keep_within_limits(self) -> None:
        """Put tanks that are at a limit, or beyond it by part of a second, to exactly that limit.

        EPANET closes a tank's pipes by comparing heads exactly; rounding leaves a full tank 1e-15 m short.
        """
        if self.at_limits:
            for tank in np.flatnonzero(self.empty | self.full):
                self._set_exactly(int(tank), en.MINLEVEL if self.empty[tank] else en.MAXLEVEL)
            read_volume(self._project.address, self._project.raw, self.vectors, self._project.volume_unit)

    def _set_exactly(self, tank: int, limit: int) -> None:
        """Set a level to its limit in EPANET's own rounding: the last one that it does not refuse."""
        if (tank, limit) in self._exactly:
            en.setnodevalue(
                self._project.handle, int(self._nodes[tank]) + 1, en.TANKLEVEL, self._exactly[tank, limit]
            )
            return
        level = en.getnodevalue(self._project.handle, int(self._nodes[tank]) + 1, limit)
        outwards = 1 if limit == en.MAXLEVEL else -1
        digits = [outwards * steps for steps in range(_REFUSALS, -_REFUSALS, -1)]
        self._exactly[tank, limit] = self._set_level(tank, level, digits)

    def _set_level(self, tank: int, level: float, last_digits: Iterable[int] = _NEAREST) -> float:
        """Set a level in the file's unit, moved by as few last digits as EPANET asks for; return it."""
        handle, node = self._project.handle, int(self._nodes[tank]) + 1
        level = min(max(level, self._lowest_level[tank]), self._highest_level[tank])
        ulp = np.spacing(abs(level) + abs(en.getnodevalue(handle, node, en.ELEVATION)))
        for digits in last_digits:
            with suppress(Exception):  # the wrapper raises bare exceptions for EPANET's errors
                en.setnodevalue(handle, node, en.TANKLEVEL, float(level + digits * ulp))
                return float(level + digits * ulp)
        raise RuntimeError(f"EPANET refuses the level {level:g}")

    def give_back(self, volumes_m3: Vector) -> None:
        """Take so much out of each tank that is between its limits."""
        if not volumes_m3.any():
            return
        for tank in np.flatnonzero(volumes_m3):
            wanted = float(self.volume[tank] - volumes_m3[tank])
            within = self.min_volume[tank] < wanted < self.max_volume[tank]
            if within and not (self.empty[tank] or self.full[tank]):
                self._set_level(int(tank), self.level(int(tank), wanted) / self._project.length_unit)
        read_volume(self._project.address, self._project.raw, self.vectors, self._project.volume_unit)

    def put(self, levels: Vector) -> None:
        """Put the engine's tanks to levels above their bottoms, in its own unit; those at a limit exactly."""
        for tank, level in enumerate(levels):
            if not (self.empty[tank] or self.full[tank]):
                self._set_level(tank, float(level))
        self.keep_within_limits()
        read_volume(self._project.address, self._project.raw, self.vectors, self._project.volume_unit)

    def put_volumes(self, volumes_m3: Vector) -> None:
        """Put so much into the tanks, m3, as far as it fits; nothing of it has passed."""
        within = np.clip(volumes_m3, self.min_volume, self.max_volume)
        for tank, volume in enumerate(within.tolist()):
            self._set_level(tank, self.level(tank, volume) / self._project.length_unit)
        read_volume(self._project.address, self._project.raw, self.vectors, self._project.volume_unit)
        self._begin()
        self.keep_within_limits()
        self.vectors.before[:] = self.volume

    def save(self) -> SavedTanks:
        """Return what the tanks hold, and what is known of them."""
        values = self._project.node_values
        levels = values(en.HEAD)[self._nodes] - values(en.ELEVATION)[self._nodes]
        return SavedTanks(levels, copies(self._moving()))

    def restore(self, saved: SavedTanks) -> None:
        """Put the tanks, in a solver that has started again, to where they were."""
        put_back(self._moving(), saved.vectors)
        self.at_limits = bool((self.empty | self.full).any())
        self.put(saved.levels)

    def _moving(self) -> tuple[NDArray[Any], ...]:
        return self.volume, self.vectors.before, self.vectors.wait, self.empty, self.full

    def put_before(self) -> None:
        """Put the engine's tanks back to where they were before the last step."""
        before = self.vectors.before
        for tank in np.flatnonzero(self.volume != before):
            self._set_level(int(tank), self.level(int(tank), float(before[tank])) / self._project.length_unit)
        self.volume[:] = before
        self.at_limits = compare_with_limits(self.vectors)

    def _level_controls(self) -> Levels:
        handle = self._project.handle
        rows = []
        for number, kind, link, setting, node, level in read_controls(self._project):
            tank = self.place.get(node - 1)
            if kind in (en.LOWLEVEL, en.HILEVEL) and tank is not None:
                volume = self.volume_at(tank, level * self._project.length_unit)
                rows.append((tank, volume, 1.0 if kind == en.HILEVEL else -1.0, link - 1, setting, number))
        tank_of, volume_m3, sign, at, sets, numbers = np.array(rows, dtype=float).reshape(-1, 6).T.copy()
        is_pipe = np.isin([en.getlinktype(handle, int(link) + 1) for link in at], (en.PIPE, en.CVPIPE))
        links, number_of = at.astype(np.intp), numbers.astype(np.intp)
        return Levels(tank_of.astype(np.intp), volume_m3, sign, links, sets, is_pipe, number_of)

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

    def _refuse_curves(self) -> None:
        """Refuse volume curves that do not rise between a tank's limits: a volume would have no level."""
        low, high = self._read(en.MINLEVEL), self._read(en.MAXLEVEL)
        mistakes = []
        for tank in np.flatnonzero(self._read(en.VOLCURVE)).tolist():
            levels, volumes = self.curves[tank]
            levels_in_file = levels / self._project.length_unit
            within = (levels_in_file[1:] > low[tank] + _SAME) & (levels_in_file[:-1] < high[tank] - _SAME)
            for k in np.flatnonzero(within & (np.diff(volumes) <= 0.0)):
                mistakes.append(self._not_rising(tank, levels_in_file[k], levels_in_file[k + 1]))
        if mistakes:
            raise InvalidInput(mistakes)

    def _not_rising(self, tank: int, low: float, high: float) -> Mistake:
        handle, node, path = self._project.handle, int(self._nodes[tank]) + 1, self._project.path
        curve = en.getcurveid(handle, int(en.getnodevalue(handle, node, en.VOLCURVE)))
        rows = [row for row in read_rows(path).get("CURVES", ()) if row.words[0].upper() == curve.upper()]
        line = next((row.line for row in rows if np.isclose(read_number(row.words[1]), high)), 0)
        between = f"between levels {low:g} and {high:g}"
        problem = f"volume curve {curve} of tank {en.getnodeid(handle, node)} does not rise {between}"
        return Mistake(path.name, line, problem, "a volume that grows with the level")

    def _read(self, quantity: int, unit: float = 1.0) -> Vector:
        return self._project.node_values(quantity)[self._nodes] * unit

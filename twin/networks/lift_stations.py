"""Pumps whose speed follows the level of their wet well, solved quasi-steadily.

The level settles within minutes, so over an instant the station pumps what flows in, corrected towards
half fill within an hour. The speed follows from the affinity laws (H = w^2 A - B Q^2) and the
force main's static head and Chezy-Manning friction.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from epanet import toolkit as en

from twin.networks.base import Vector
from twin.networks.hydraulics import Hydraulics
from twin.scenario.schema import LiftStation

_CORRECTION_S = 3600.0
_MIN_FLOW = 1e-6


class LiftStations:
    """All level-following stations of one network.

    Parameters
    ----------
    table
        Stations by name.
    engine
        The opened network.
    manholes
        Nodes where sewage enters, in the order of `inflow`.
    """

    def __init__(self, table: Mapping[str, LiftStation], engine: Hydraulics, manholes: Sequence[int]) -> None:
        self._engine = engine
        rows = list(table.values())
        at = engine.node_at
        name = engine.name
        self._well = [at[f"{name}/{row.wet_well}"] for row in rows]
        self._tank = [engine.tanks.tolist().index(node) for node in self._well]
        self._pumps = [[engine.link_at[f"{name}/{p}"] for p in row.pumps] for row in rows]
        self._bottom = [float(engine.elevation[node]) for node in self._well]
        self._rise = [engine.elevation[at[f"{name}/{row.discharge}"]] for row in rows]
        self._discharge = [at[f"{name}/{row.discharge}"] for row in rows]
        mains = [[engine.link_at[f"{name}/{pipe}"] for pipe in row.main] for row in rows]
        self._friction = [sum(self._chezy_manning(pipe) for pipe in main) for main in mains]
        self._curve = [self._pump_curve(pumps[0]) for pumps in self._pumps]
        self._top = [self._top_flow(i) for i in range(len(rows))]
        self._manholes = manholes
        self.reroute()

    def reroute(self) -> None:
        """Find anew what flows to which wet well, after reaches were opened or closed."""
        self._routes, self._order = self._route(self._manholes)

    def follow(self, inflow: Vector) -> None:
        """Set every pump's speed for the sewage that enters the manholes now, m3/s."""
        engine, leaving = self._engine, np.zeros(len(self._well))
        for i in self._order:
            entering = float(self._routes[i][0] @ inflow + self._routes[i][1] @ leaving)
            leaving[i] = self._drive(i, entering, engine)

    def _drive(self, i: int, entering: float, engine: Hydraulics) -> float:
        """Set one station's speed; return what it pumps."""
        tank = self._tank[i]
        storage = engine.storage
        low, high, volume = (float(v[tank]) for v in (storage.min_volume, storage.max_volume, storage.volume))
        excess = volume - 0.5 * (low + high)
        ready = [p for p in self._pumps[i] if not (engine.closed[p] or engine.held(p))]
        if not ready:
            return 0.0
        available = max(0.0, (volume - low) / _CORRECTION_S + entering)
        top = self._top[i] * len(ready) / len(self._pumps[i])
        flow = min(max(0.0, entering + excess / _CORRECTION_S), available, top)
        speed = self._speed(i, flow, len(ready)) if flow > _MIN_FLOW else 0.0
        for pump in ready:
            engine.set_speed(pump, speed)
        return float(flow)

    def _speed(self, i: int, flow: float, pumps: int) -> float:
        head = self._rise[i] - self._level(i) + self._friction[i] * flow**2
        shutoff, slope = self._curve[i]
        return float(np.sqrt(max(0.0, head + slope * (flow / pumps) ** 2) / shutoff))

    def _level(self, i: int) -> float:
        """Return the wet well's water level above datum, m."""
        storage, tank = self._engine.storage, self._tank[i]
        return self._bottom[i] + storage.level(tank, float(storage.volume[tank]))

    def _top_flow(self, i: int) -> float:
        """Return what all pumps deliver together at full speed from half fill, m3/s."""
        shutoff, slope = self._curve[i]
        static = self._rise[i] - self._level(i)
        return float(
            np.sqrt(max(0.0, shutoff - static) / (self._friction[i] + slope / len(self._pumps[i]) ** 2))
        )

    def _chezy_manning(self, pipe: int) -> float:
        """Return k of ``h = k Q^2`` of a full pipe: 10.294 n^2 L / d^5.333 (SI)."""
        handle, length_unit = self._engine.project.handle, self._engine.project.length_unit
        n = en.getlinkvalue(handle, pipe + 1, en.ROUGHNESS)
        length = en.getlinkvalue(handle, pipe + 1, en.LENGTH) * length_unit
        diameter = self._engine.diameter(pipe)
        return float(10.294 * n**2 * length / diameter ** (16 / 3))

    def _pump_curve(self, pump: int) -> tuple[float, float]:
        """Return shut-off head and slope of ``H = A - B Q^2``, least squares on the curve's points.

        A single-point curve is EPANET's: shut-off at 4/3 of the head, no head at twice the flow.
        """
        engine = self._engine
        index = en.getheadcurveindex(engine.project.handle, pump + 1)
        count = en.getcurvelen(engine.project.handle, index)
        points = [en.getcurvevalue(engine.project.handle, index, k + 1) for k in range(count)]
        flow = np.array([p[0] for p in points]) * engine.project.flow_unit
        head = np.array([p[1] for p in points]) * engine.project.length_unit
        if count == 1:
            return float(4.0 * head[0] / 3.0), float(head[0] / 3.0 / flow[0] ** 2)
        matrix = np.column_stack([np.ones(count), -(flow**2)])
        shutoff, slope = np.linalg.lstsq(matrix, head, rcond=None)[0]
        return float(shutoff), float(slope)

    def _route(self, manholes: Sequence[int]) -> tuple[list[tuple[Vector, Vector]], list[int]]:
        """Return what reaches each wet well by gravity, and the stations from upstream to downstream."""
        engine = self._engine
        lifted = {pump for pumps in self._pumps for pump in pumps}
        open_ = [link for link in range(len(engine.links)) if link not in lifted and not engine.closed[link]]
        below = {int(engine.ends[link, 0]): int(engine.ends[link, 1]) for link in open_}
        wells = {node: i for i, node in enumerate(self._well)}

        def reached(node: int) -> int:
            for _ in range(len(engine.nodes)):
                if node in wells:
                    return wells[node]
                if node not in below:
                    break
                node = below[node]
            return -1

        by_manhole = [reached(node) for node in manholes]
        by_station = [reached(node) for node in self._discharge]
        stations = range(len(self._well))
        routes = [
            (
                np.array([float(w == i) for w in by_manhole]),
                np.array([float(w == i) for w in by_station]),
            )
            for i in stations
        ]

        def depth(i: int) -> int:
            return 0 if by_station[i] < 0 else 1 + depth(by_station[i])

        return routes, sorted(stations, key=depth, reverse=True)

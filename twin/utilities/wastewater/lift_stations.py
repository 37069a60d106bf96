"""Pumps whose speed follows the level of their wet well, solved quasi-steadily.

The level settles within minutes, so over an instant the station pumps what flows in, corrected towards
half fill within an hour. The speed follows from the affinity laws (H = w^2 A - B Q^2) and the
force main's static head and Chezy-Manning friction.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from epanet import toolkit as en

from twin.compiled import compiled
from twin.errors import InvalidInput, Mistake, listed
from twin.pinned import Pinned, pin
from twin.utilities.base import Mask, Vector
from twin.utilities.epanet import calls
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.structures import Index, Storage
from twin.utilities.wastewater.settings import LiftStation

_CORRECTION_S = 3600.0
_MIN_FLOW = 1e-6
_SETTING = int(en.SETTING)


class Stations(NamedTuple):
    """Lift stations as compiled code takes them, one entry per station.

    Attributes
    ----------
    tank
        Its wet well among the tanks.
    bottom, rise, friction
        Elevations of well and discharge, m, and k of ``h = k Q^2`` of the force main.
    shutoff, slope, top
        Of a pump's curve ``H = A - B Q^2``, and what all pumps deliver at full speed, m3/s.
    pumps, pump_end
        The pumps of all, and where each station's end.
    volumes, levels, curve_end
        The wells' volume curves, m3 and m, and where each one's points end.
    """

    tank: Index
    bottom: Vector
    rise: Vector
    friction: Vector
    shutoff: Vector
    slope: Vector
    top: Vector
    pumps: Index
    pump_end: Index
    volumes: Vector
    levels: Vector
    curve_end: Index


class Routes(NamedTuple):
    """What reaches each wet well by gravity.

    Attributes
    ----------
    order
        The stations from upstream to downstream.
    manholes, stations
        1 where a manhole's, another station's flow reaches a well: shape (wells, manholes or stations).
    """

    order: Index
    manholes: Vector
    stations: Vector


class Wells(NamedTuple):
    """What pumps' speeds follow from: stations, routes, tanks; and what is written.

    Attributes
    ----------
    may_run, setting
        Of each link of the network: whether it may run, and its speed.
    """

    stations: Stations
    routes: Routes
    tanks: Storage
    may_run: Mask
    setting: Vector


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
        self._engine, self._manholes = engine, manholes
        _refuse_uncurved(table, engine)
        rows, at, name = list(table.values()), engine.node_at, engine.name
        self._well = [at[f"{name}/{row.wet_well}"] for row in rows]
        self._discharge = [at[f"{name}/{row.discharge}"] for row in rows]
        self._pumps = [[engine.link_at[f"{name}/{p}"] for p in row.pumps] for row in rows]
        mains = [[engine.link_at[f"{name}/{pipe}"] for pipe in row.main] for row in rows]
        tank = [engine.tanks.tolist().index(node) for node in self._well]
        bottom, rise = engine.elevation[self._well], engine.elevation[self._discharge]
        friction = np.array([sum(map(self._chezy_manning, main)) for main in mains], dtype=float)
        curve = np.array([self._pump_curve(pumps[0]) for pumps in self._pumps]).reshape(-1, 2)
        wells = [engine.storage.curves[t] for t in tank]
        count = np.array([len(pumps) for pumps in self._pumps], dtype=float)
        half = [engine.storage.level(t, float(engine.storage.volume[t])) for t in tank]
        lift = np.maximum(0.0, curve[:, 0] - (rise - bottom - half))
        self._stations = Stations(
            np.array(tank, dtype=np.intp),
            bottom,
            rise,
            friction,
            curve[:, 0].copy(),
            curve[:, 1].copy(),
            np.sqrt(lift / (friction + curve[:, 1] / count**2)),
            np.array([pump for pumps in self._pumps for pump in pumps], dtype=np.intp),
            np.cumsum(count).astype(np.intp),
            np.concatenate([np.zeros(0), *(volumes for _, volumes in wells)]),
            np.concatenate([np.zeros(0), *(levels for levels, _ in wells)]),
            np.cumsum([len(levels) for levels, _ in wells]).astype(np.intp),
        )
        self.reroute()
        self._opened_wells = self._wells
        names = [name for i, name in enumerate(table) if i in self._circular]
        if names:
            problem = f"lift station {names[0]} pumps back to its own wet well, by way of {listed(names)}"
            raise InvalidInput([Mistake("lift_stations.csv", 0, problem, "a discharge that flows elsewhere")])

    def reroute(self) -> None:
        """Find anew what flows to which wet well, after reaches were opened or closed."""
        engine, routes = self._engine, self._route(self._manholes)
        tanks = engine.storage.vectors
        self._wells = pin(Wells(self._stations, routes, tanks, engine.may_run, engine.setting))

    def reset(self) -> None:
        """Let sewage flow as when the network was opened."""
        self._wells = self._opened_wells

    def follow(self, inflow: Vector) -> None:
        """Set every pump's speed for the sewage that enters the manholes now, m3/s."""
        follow(self._engine.project.address, self._wells, inflow)

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

    def _route(self, manholes: Sequence[int]) -> Routes:
        engine = self._engine
        lifted = {pump for pumps in self._pumps for pump in pumps}
        open_ = [link for link in np.flatnonzero(engine.standing).tolist() if link not in lifted]
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

        by_manhole = np.array([reached(node) for node in manholes], dtype=np.intp)
        by_station = np.array([reached(node) for node in self._discharge], dtype=np.intp)
        stations = np.arange(len(self._well))

        def below_it(i: int) -> list[int]:
            passed: list[int] = []
            while (i := int(by_station[i])) >= 0 and i not in passed:
                passed.append(i)
            return passed

        self._circular = [i for i in stations.tolist() if i in below_it(i)]
        order = sorted(stations.tolist(), key=lambda i: len(below_it(i)), reverse=True)
        return Routes(
            np.array(order, dtype=np.intp),
            (by_manhole == stations[:, None]).astype(float),
            (by_station == stations[:, None]).astype(float),
        )


def _refuse_uncurved(table: Mapping[str, LiftStation], engine: Hydraulics) -> None:
    """Refuse pumps without a head curve: their speed for a flow cannot be told."""
    handle = engine.project.handle
    pumps = dict.fromkeys(pump for row in table.values() for pump in row.pumps)
    at = {pump: engine.link_at[f"{engine.name}/{pump}"] for pump in pumps}
    kinds = {pump: en.getpumptype(handle, link + 1) for pump, link in at.items()}
    mistakes = [
        Mistake(
            engine.path.name, 0, f"{pump}, a pump of a lift station, has no head curve", "HEAD and a curve"
        )
        for pump, kind in kinds.items()
        if kind in (en.CONST_HP, en.NOCURVE)
    ]
    if mistakes:
        raise InvalidInput(mistakes)


@compiled
def follow(project: int, wells: Pinned, inflow: Vector) -> None:
    """Set the speed of the pumps that may run, in EPANET and in `setting`, from upstream to downstream.

    Parameters
    ----------
    wells
        A `Wells`.
    inflow
        Sewage of each manhole, m3/s.
    """
    own: Wells = wells.parts
    at, routes, tanks = own.stations, own.routes, own.tanks
    leaving = np.zeros(len(at.tank))
    for i in routes.order:
        entering = 0.0
        for k in range(len(inflow)):
            entering += routes.manholes[i, k] * inflow[k]
        for k in range(len(leaving)):
            entering += routes.stations[i, k] * leaving[k]
        first = at.pump_end[i - 1] if i else 0
        ready = 0
        for k in range(first, at.pump_end[i]):
            ready += own.may_run[at.pumps[k]]
        if not ready:
            continue
        tank = at.tank[i]
        low, volume = tanks.lowest[tank], tanks.volume[tank]
        excess = volume - 0.5 * (low + tanks.highest[tank])
        available = max(0.0, (volume - low) / _CORRECTION_S + entering)
        top = at.top[i] * ready / (at.pump_end[i] - first)
        flow = min(max(0.0, entering + excess / _CORRECTION_S), available, top)
        speed = _speed(at, i, volume, flow, ready) if flow > _MIN_FLOW else 0.0
        for k in range(first, at.pump_end[i]):
            pump = at.pumps[k]
            if own.may_run[pump]:
                own.setting[pump] = speed
                calls.set_link_value(project, pump + 1, _SETTING, speed)
        leaving[i] = flow


@compiled
def _speed(at: Stations, i: int, volume: float, flow: float, ready: int) -> float:
    """Return the relative speed at which so many pumps deliver a flow from a well's volume."""
    first = at.curve_end[i - 1] if i else 0
    points = slice(first, at.curve_end[i])
    level = at.bottom[i] + np.interp(volume, at.volumes[points], at.levels[points])
    head = at.rise[i] - level + at.friction[i] * flow**2
    speed: float = np.sqrt(max(0.0, head + at.slope[i] * (flow / ready) ** 2) / at.shutoff[i])
    return speed

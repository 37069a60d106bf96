"""EPANET in process: one project per network, stepped, pressure-dependent, accounted exactly."""

import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from epanet import toolkit as en
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.networks.base import Change, Mask, Vector

Index = NDArray[np.intp]

_FOREVER = 2_000_000_000
_FEET = 0.3048
_CUBIC_FEET = _FEET**3
_US_UNITS = (en.CFS, en.GPM, en.MGD, en.IMGD, en.AFD)
_M3_PER_S = {
    en.CFS: _CUBIC_FEET,
    en.GPM: 3.785411784e-3 / 60,
    en.MGD: 3785.411784 / 86400,
    en.IMGD: 4546.09 / 86400,
    en.AFD: 43560 * _CUBIC_FEET / 86400,
    en.LPS: 1e-3,
    en.LPM: 1e-3 / 60,
    en.MLD: 1e3 / 86400,
    en.CMH: 1 / 3600,
    en.CMD: 1 / 86400,
    en.CMS: 1.0,
}
_ACCURACY = 1e-6
_DAMPING = (1.0, 0.1, 10.0)
_RELATIVE_ERROR = 1e-3
_OPEN_CONTINUITY = 1e-6
_STILL_M3_PER_S = 1e-6
_VALVES = (en.PRV, en.PSV, en.PBV, en.FCV, en.TCV, en.GPV, en.PCV)


class Hydraulics:
    """One EPANET project, with vectors in SI units at its boundary.

    Parameters
    ----------
    path
        The network; EPANET opens it itself, so nothing is lost in between.
    name
        First part of its assets' addresses.
    min_pressure_m, required_pressure_m
        Pressures at which nothing and all is delivered.
    powered
        Addresses of the links that stop without power.

    Attributes
    ----------
    nodes, links
        IDs in EPANET's order.
    flow_unit, length_unit, volume_unit
        m3/s, m and m3 per EPANET unit.
    totals
        Volumes that `advance` has accounted, m3: see `advance`.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        min_pressure_m: float,
        required_pressure_m: float,
        powered: Sequence[str] = (),
    ) -> None:
        self.path, self.name = path, name
        self._pressures = min_pressure_m, required_pressure_m
        self._folder = tempfile.TemporaryDirectory(prefix=f"twin-{name}-")
        self.project: Any = None
        self._open()
        self.node_count = int(en.getcount(self.project, en.NODECOUNT))
        self.link_count = int(en.getcount(self.project, en.LINKCOUNT))
        self.nodes = [en.getnodeid(self.project, i + 1) for i in range(self.node_count)]
        self.links = [en.getlinkid(self.project, i + 1) for i in range(self.link_count)]
        self.node_at = {f"{name}/{node}": i for i, node in enumerate(self.nodes)}
        self.link_at = {f"{name}/{link}": i for i, link in enumerate(self.links)}
        node_type = np.array([en.getnodetype(self.project, i + 1) for i in range(self.node_count)])
        link_type = np.array([en.getlinktype(self.project, i + 1) for i in range(self.link_count)])
        self.junctions = np.flatnonzero(node_type == en.JUNCTION)
        self.reservoirs = np.flatnonzero(node_type == en.RESERVOIR)
        self.tanks = np.flatnonzero(node_type == en.TANK)
        self.pipes = np.flatnonzero((link_type == en.PIPE) | (link_type == en.CVPIPE))
        self.pumps = np.flatnonzero(link_type == en.PUMP)
        self.valves = np.flatnonzero(np.isin(link_type, _VALVES))
        ends = np.array([en.getlinknodes(self.project, i + 1) for i in range(self.link_count)], dtype=np.intp)
        self.ends: Index = ends.reshape(-1, 2) - 1
        unit = en.getflowunits(self.project)
        us = unit in _US_UNITS
        self.flow_unit = _M3_PER_S[unit]
        self.length_unit = _FEET if us else 1.0
        self.volume_unit = _CUBIC_FEET if us else 1.0
        self._powered = self._link_indices(powered)
        self._allocate()
        self.reset()

    def reset(self) -> None:
        """Open the project anew: the only return to the bit that EPANET offers."""
        self._open()
        self._static()
        self._controls = self._read_controls()
        self._rule_step = (
            en.gettimeparam(self.project, en.RULESTEP) if en.getcount(self.project, en.RULECOUNT) else 0
        )
        self._pattern_step = self._longest_pattern_step()
        self._running = np.ones(len(self._powered))
        self._shut = np.zeros(self.link_count, dtype=bool)
        self._initial_closed = self._link_values(en.INITSTATUS) == en.CLOSED
        controlled = {link for _, link, *_ in self._controls}
        for link in controlled:
            self._initial_closed[link - 1] = False
        if self._rule_step:
            self._initial_closed[:] = False
        self.closed = self._initial_closed.copy()
        self._speed = self._link_values(en.INITSETTING)
        self.totals = np.zeros(5)
        self.failed = False
        self._start()
        self.connected = self._connected()

    def _start(self) -> None:
        en.openH(self.project)
        en.initH(self.project, en.INITFLOW)

    # -- state ----------------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change], known: set[str]) -> None:
        """Open and close pipes and pumps (`open`), set valves and speeds (`setting`).

        Parameters
        ----------
        known
            Addresses that the caller handles itself.
        """
        own = [c for c in changes if c.asset not in known]
        mistakes = [m for c in own if (m := self._mistake(c))]
        if mistakes:
            raise InvalidInput(mistakes)
        for change in own:
            link = self.link_at[change.asset]
            if change.field == "open":
                self.closed[link] = not change.value
                self._write_status(link)
            else:
                self.closed[link] = False
                self._speed[link] = float(change.value)
                en.setlinkvalue(self.project, link + 1, en.SETTING, float(change.value))
        self.connected = self._connected()

    def set_running(self, flags: Vector) -> None:
        """Hold closed the powered links whose flag is 0; their controls cannot re-open them."""
        if (flags == self._running).all():
            return
        for link, flag in zip(
            self._powered[flags != self._running], flags[flags != self._running], strict=True
        ):
            self._shut[link] = not flag
            self._write_status(int(link))
            for number, control in enumerate(self._controls, start=1):
                if control[1] == link + 1:
                    en.setcontrolenabled(self.project, number, int(flag))
        self._running = flags.copy()

    def _write_status(self, link: int) -> None:
        if self.closed[link] or self._shut[link]:
            en.setlinkvalue(self.project, link + 1, en.STATUS, 0)
        elif link in self.valves or link in self.pumps:
            setting = self._speed[link] or 1.0 if link in self.pumps else self._speed[link]
            en.setlinkvalue(self.project, link + 1, en.SETTING, setting)
        else:
            en.setlinkvalue(self.project, link + 1, en.STATUS, 1)

    def set_speed(self, link: int, speed: float) -> None:
        """Set a pump's relative speed; 0 stops it."""
        self._speed[link] = speed
        if not (self.closed[link] or self._shut[link]):
            en.setlinkvalue(self.project, link + 1, en.SETTING, speed)

    # -- solving --------------------------------------------------------------------------------

    def solve(self) -> None:
        """Solve the steady state now; what does not balance is tried again with damped steps.

        Raises
        ------
        Unsolved
            If EPANET finds no balanced solution.
        """
        self.failed = not (self._run() or self._run_damped())
        if self.failed:
            raise Unsolved(f"{self.name} does not balance: {self._warning}", f"{self.name}/network")
        self._read_solution()

    def _run_damped(self) -> bool:
        """Try again with EPANET's damping, which ends most flip-flopping of valves and pumps."""
        own = en.getoption(self.project, en.DAMPLIMIT)
        try:
            for limit in _DAMPING:
                en.setoption(self.project, en.DAMPLIMIT, limit)
                if self._run():
                    return True
            return False
        finally:
            en.setoption(self.project, en.DAMPLIMIT, own)

    def _run(self) -> bool:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                en.runH(self.project)
            except Exception as error:  # the wrapper raises bare exceptions for EPANET's errors
                self._warning = str(error)
                return False
        self._warning = "; ".join(str(w.message) for w in caught)
        return self._balanced()

    def _balanced(self) -> bool:
        """Return whether heads fit flows, and whether what enters the network leaves it.

        Frozen valves can leave EPANET with a small error of heads and an open continuity.
        """
        en.getnodevalues(self.project, en.DEMAND, self._node_swig)
        still = _STILL_M3_PER_S / self.flow_unit
        through = np.abs(self._node_view).sum()
        if abs(self._node_view.sum()) > max(_OPEN_CONTINUITY * through, still):
            return False
        if en.getstatistic(self.project, en.RELATIVEERROR) <= _RELATIVE_ERROR:
            return True
        # where hardly anything flows, the relative error says nothing
        return bool(en.getstatistic(self.project, en.MAXFLOWCHANGE) < still)

    def _read_solution(self) -> None:
        project, scratch = self.project, self._node_swig
        en.getnodevalues(project, en.HEAD, scratch)
        np.multiply(self._node_view, self.length_unit, out=self.head)
        en.getnodevalues(project, en.DEMAND, scratch)
        np.multiply(self._node_view, self.flow_unit, out=self.demand)
        en.getnodevalues(project, en.DEMANDDEFICIT, scratch)
        np.multiply(self._node_view, self.flow_unit, out=self.deficit)
        en.getnodevalues(project, en.TANKVOLUME, scratch)
        np.multiply(self._node_view[self.tanks], self.volume_unit, out=self.volume)
        scratch = self._link_swig
        en.getlinkvalues(project, en.FLOW, scratch)
        np.multiply(self._link_view, self.flow_unit, out=self.flow)
        en.getlinkvalues(project, en.VELOCITY, scratch)
        np.multiply(self._link_view, self.length_unit, out=self.velocity)
        if len(self.pumps):
            en.getlinkvalues(project, en.ENERGY, scratch)
            self.energy[:] = self._link_view[self.pumps]

    # -- time -----------------------------------------------------------------------------------

    def next_change_s(self) -> int:
        """Return the seconds until a tank fills or empties, a control acts or a pattern steps."""
        now = en.gettimeparam(self.project, en.HTIME)
        soonest = _FOREVER
        if self._pattern_step:
            soonest = self._pattern_step - now % self._pattern_step
        if self._rule_step:
            soonest = min(soonest, self._rule_step - now % self._rule_step)
        inflow = self.demand[self.tanks]
        moving = np.abs(inflow) > 1e-9
        if moving.any():
            room = np.where(inflow > 0.0, self.max_volume - self.volume, self.volume - self.min_volume)
            moving &= room > 1e-9
            if moving.any():
                soonest = min(soonest, _whole((room[moving] / np.abs(inflow[moving])).min()))
        for kind, _, _, node, level in self._controls:
            soonest = min(soonest, self._control_s(kind, node, level, now))
        return soonest

    def _control_s(self, kind: int, node: int, level: float, now: int) -> int:
        """Return the seconds until a simple control may act, as EPANET itself reckons."""
        if kind == en.TIMER:
            return int(level) - now if level > now else _FOREVER
        if kind == en.TIMEOFDAY:
            start = en.gettimeparam(self.project, en.STARTTIME)
            return int((level - now - start) % 86400) or 86400
        place = np.flatnonzero(self.tanks == node - 1)
        if not len(place):
            return _FOREVER
        tank = int(place[0])
        target = self._volume_at(tank, level * self.length_unit)
        gap, inflow = target - self.volume[tank], self.demand[node - 1]
        if abs(inflow) < 1e-9 or gap * inflow <= 0.0:
            return _FOREVER
        rising = inflow > 0.0
        acts = (kind == en.HILEVEL and rising) or (kind == en.LOWLEVEL and not rising)
        return _whole(gap / inflow) if acts else _FOREVER

    def _volume_at(self, tank: int, level_m: float) -> float:
        low, high = self.min_level[tank], self.max_level[tank]
        share = (level_m - low) / (high - low) if high > low else 0.0
        return float(self.min_volume[tank] + share * (self.max_volume[tank] - self.min_volume[tank]))

    def _level_at(self, tank: int, volume_m3: float) -> float:
        low, high = self.min_volume[tank], self.max_volume[tank]
        share = (volume_m3 - low) / (high - low) if high > low else 0.0
        return float(self.min_level[tank] + share * (self.max_level[tank] - self.min_level[tank]))

    def advance(self, seconds: int) -> None:
        """Let time pass and account volumes, m3: supplied, delivered, unserved, stored, spilled.

        EPANET snaps a tank to its limit within one second of flow. What that makes or destroys is taken
        off what was delivered or supplied; more than a second of flow would stay an open balance.
        """
        passed = 0
        while passed < seconds:
            if passed:
                with suppress(Unsolved):  # then `failed` holds: storage stands still for the rest
                    self.solve()
            passed += self._step(seconds - passed)

    def _step(self, seconds: int) -> int:
        en.settimeparam(self.project, en.HYDSTEP, seconds)
        if self._rule_step:
            en.settimeparam(self.project, en.RULESTEP, min(seconds, self._rule_step))
        before = self.volume.copy()
        step = int(en.nextH(self.project)) or seconds
        en.getnodevalues(self.project, en.TANKVOLUME, self._node_swig)
        np.multiply(self._node_view[self.tanks], self.volume_unit, out=self.volume)
        if self.failed:
            self._restore(before)
            self.totals[2] += step * self.full_demand().sum()
            return step
        inflow = self.demand[self.tanks]
        stored = self.volume - before
        made = stored - inflow * step
        full = self.overflows & (made < 0.0)
        spilled = -made[full].sum()
        made[full] = 0.0
        made[np.abs(made) > np.abs(inflow) + 1e-9] = 0.0
        delivered = self.demand[self.junctions]
        served = np.maximum(delivered, 0.0).sum() * step - made[made > 0.0].sum()
        supplied = -(self.demand[self.reservoirs].sum() + np.minimum(delivered, 0.0).sum()) * step
        supplied += made[made < 0.0].sum()
        self.totals += (supplied, served, self.deficit.sum() * step, stored.sum(), spilled)
        self.snapped = float(made[made > 0.0].sum())
        return step

    def _restore(self, volume: Vector) -> None:
        """Put back into the tanks what EPANET moved at flows that are no solution."""
        for tank, moved in enumerate(self.volume != volume):
            if moved:
                level = self._level_at(tank, float(volume[tank])) / self.length_unit
                en.setnodevalue(self.project, int(self.tanks[tank]) + 1, en.TANKLEVEL, level)
        self.volume[:] = volume

    def held(self, link: int) -> bool:
        """Return whether a link is held closed for want of power."""
        return bool(self._shut[link])

    def diameter(self, link: int) -> float:
        """Return a pipe's diameter, m (EPANET states inches or millimetres)."""
        unit = _FEET / 12.0 if self.length_unit == _FEET else 1e-3
        return float(en.getlinkvalue(self.project, link + 1, en.DIAMETER)) * unit

    def full_demand(self) -> Vector:
        """Return what each node asks for, m3/s."""
        en.getnodevalues(self.project, en.FULLDEMAND, self._node_swig)
        return np.maximum(self._node_view, 0.0) * self.flow_unit

    # -- opening --------------------------------------------------------------------------------

    def _open(self) -> None:
        if self.project is not None:
            en.closeH(self.project)
            en.close(self.project)
            en.deleteproject(self.project)
        self.project = en.createproject()
        folder = Path(self._folder.name)
        try:
            en.open(self.project, str(self.path), str(folder / "report"), str(folder / "binary"))
        except Exception as error:  # the wrapper raises bare exceptions for EPANET's errors
            report = folder / "report"
            lines = report.read_text(errors="replace").splitlines() if report.exists() else []
            detail = next((line.strip() for line in lines if "Error" in line), str(error))
            raise InvalidInput([Mistake(self.path.name, 0, detail)]) from error
        en.setoption(self.project, en.PRESS_UNITS, en.METERS)
        en.setdemandmodel(self.project, en.PDA, *self._pressures, 0.5)
        en.setoption(self.project, en.UNBALANCED, 10)
        en.setqualtype(self.project, en.NONE, "", "", "")
        en.setstatusreport(self.project, en.NO_REPORT)
        for parameter in (en.DURATION, en.REPORTSTART):
            en.settimeparam(self.project, parameter, _FOREVER)
        en.setoption(self.project, en.ACCURACY, min(en.getoption(self.project, en.ACCURACY), _ACCURACY))

    def _allocate(self) -> None:
        self._node_swig, self._node_view = _shared(self.node_count)
        self._link_swig, self._link_view = _shared(self.link_count)
        self.head, self.demand = np.zeros(self.node_count), np.zeros(self.node_count)
        self.deficit = np.zeros(self.node_count)
        self.flow, self.velocity = np.zeros(self.link_count), np.zeros(self.link_count)
        self.energy = np.zeros(len(self.pumps))
        self.volume = np.zeros(len(self.tanks))
        self.snapped = 0.0

    def _static(self) -> None:
        tanks = self.tanks
        self.elevation = self.node_values(en.ELEVATION) * self.length_unit
        self.min_volume = self.node_values(en.MINVOLUME)[tanks] * self.volume_unit
        self.max_volume = self.node_values(en.MAXVOLUME)[tanks] * self.volume_unit
        self.min_level = self.node_values(en.MINLEVEL)[tanks] * self.length_unit
        self.max_level = self.node_values(en.MAXLEVEL)[tanks] * self.length_unit
        self.overflows = self.node_values(en.CANOVERFLOW)[tanks] > 0
        self.volume[:] = self.node_values(en.INITVOLUME)[tanks] * self.volume_unit

    def node_values(self, quantity: int) -> Vector:
        """Return one quantity of all nodes in EPANET's units."""
        en.getnodevalues(self.project, quantity, self._node_swig)
        return self._node_view.copy()

    def _link_values(self, quantity: int) -> Vector:
        en.getlinkvalues(self.project, quantity, self._link_swig)
        return self._link_view.copy()

    def _read_controls(self) -> list[tuple[int, int, float, int, float]]:
        count = en.getcount(self.project, en.CONTROLCOUNT)
        return [tuple(en.getcontrol(self.project, i + 1)) for i in range(count)]

    def _longest_pattern_step(self) -> int:
        patterns = range(1, en.getcount(self.project, en.PATCOUNT) + 1)
        several = any(en.getpatternlen(self.project, p) > 1 for p in patterns)
        return int(en.gettimeparam(self.project, en.PATTERNSTEP)) if several else 0

    def _connected(self) -> Mask:
        """Return which nodes reach a reservoir or a tank over links that are commissioned."""
        open_ = ~self.closed
        ends = self.ends[open_]
        graph = coo_matrix(
            (np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(self.node_count, self.node_count)
        )
        _, label = connected_components(graph, directed=False)
        return np.isin(label, label[self.reservoirs])

    def _link_indices(self, addresses: Sequence[str]) -> Index:
        wrong = [a for a in addresses if a not in self.link_at]
        if wrong:
            raise InvalidInput([Mistake(self.path.name, 0, f"{a} is not a link") for a in wrong])
        return np.array([self.link_at[a] for a in addresses], dtype=np.intp)

    def _mistake(self, change: Change) -> Mistake | None:
        if change.asset not in self.link_at:
            return Mistake(self.path.name, 0, f"unknown asset {change.asset}")
        if change.field not in ("open", "setting"):
            return Mistake(self.path.name, 0, f"{change.asset} has no field {change.field}", "open, setting")
        return None


def _shared(count: int) -> tuple[Any, Vector]:
    """Return a SWIG array and a NumPy view of the same memory."""
    import ctypes

    swig = en.doubleArray(max(1, count))
    memory = (ctypes.c_double * count).from_address(int(swig.this))
    return swig, np.ctypeslib.as_array(memory)


def _whole(seconds: float) -> int:
    """Round like EPANET, but never to 0: it would drain an empty tank for a whole step."""
    return max(1, int(seconds + 0.5)) if seconds < _FOREVER else _FOREVER

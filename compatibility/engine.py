"""EPANET by itself: the file with the twin's demand model, stepped at given instants."""

import ctypes
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from epanet import toolkit as en

DAY_S = 86400
_FOREVER = 2_000_000_000
_MIN_M, _REQUIRED_M, _EXPONENT = 0.0, 20.0, 0.5
_EXTRA_TRIALS = 10
_LIFT_TOLERANCE = 0.1
_FOOT = 0.3048
_US_UNITS = (en.CFS, en.GPM, en.MGD, en.IMGD, en.AFD)
_M3_PER_S = {
    en.CFS: _FOOT**3,
    en.GPM: 3.785411784e-3 / 60,
    en.MGD: 3785.411784 / DAY_S,
    en.IMGD: 4546.09 / DAY_S,
    en.AFD: 43560 * _FOOT**3 / DAY_S,
    en.LPS: 1e-3,
    en.LPM: 1e-3 / 60,
    en.MLD: 1e3 / DAY_S,
    en.CMH: 1 / 3600,
    en.CMD: 1 / DAY_S,
    en.CMS: 1.0,
}


@dataclass(slots=True)
class Day:
    """What a day of the bare engine came to.

    Attributes
    ----------
    water_m3
        Delivered to consumers: no emitters, no leakage, nothing that is fed in.
    pump_mwh
        What all pumps drew.
    unbalanced_h, unbalanced_m3, unbalanced_mwh
        Hours at solutions outside the file's own accuracy, or with a pump of constant power that lowers the
        head, and what was delivered and drawn in them.
    made_m3, lost_m3
        What its tanks made and lost where a step took them to a limit: delivered and stored beyond what was
        supplied, and the other way round.
    nodes
        Of the network.
    stopped
        EPANET's error that ended it early, with the hour; empty if none did.
    """

    water_m3: float = 0.0
    pump_mwh: float = 0.0
    made_m3: float = 0.0
    lost_m3: float = 0.0
    unbalanced_h: float = 0.0
    unbalanced_m3: float = 0.0
    unbalanced_mwh: float = 0.0
    nodes: int = 0
    stopped: str = ""


def at_instants(path: Path, folder: Path, instants: Sequence[int]) -> Day:
    """Run a day that stops at given instants, s, and where EPANET stops by itself."""
    ends = [*sorted(t for t in set(instants) if 0 < t < DAY_S), DAY_S]
    return _run(path, folder, lambda now: ends[bisect_right(ends, now)] - now)


def in_steps(path: Path, folder: Path, seconds: int) -> Day:
    """Run a day in steps of equal length, and where EPANET stops by itself."""
    return _run(path, folder, lambda now: seconds - now % seconds)


def _run(path: Path, folder: Path, step: Callable[[int], int]) -> Day:
    handle, day = en.createproject(), Day()
    now = 0
    try:
        en.open(handle, str(path), str(folder / "bare.rpt"), str(folder / "bare.bin"))
        _prepare(handle)
        day.nodes = en.getcount(handle, en.NODECOUNT)
        measure = _Measure(handle)
        rules = _Rules(handle)
        en.openH(handle)
        en.initH(handle, en.INITFLOW)
        while now < DAY_S:
            now = en.runH(handle)
            rates = measure()
            stored = measure.stored_m3()
            seconds = step(now)
            rules.before(now, seconds)
            en.settimeparam(handle, en.HYDSTEP, seconds)
            span = min(en.nextH(handle), DAY_S - now)
            _add(day, rates, span)
            made = measure.stored_m3() - stored - rates.supplied * span
            day.made_m3 += max(made, 0.0)
            day.lost_m3 += max(-made, 0.0)
            if not span:
                break
            now += span
    except Exception as error:  # the wrapper raises bare exceptions for EPANET's errors
        day.stopped = f"{error}, hour {now / 3600:.1f}"
    en.deleteproject(handle)
    return day


def _prepare(handle: Any) -> None:
    """Set the twin's demand model and its clock, which starts at midnight; leave the rest to the file."""
    en.setoption(handle, en.PRESS_UNITS, en.METERS)
    en.setdemandmodel(handle, en.PDA, _MIN_M, _REQUIRED_M, _EXPONENT)
    if en.getoption(handle, en.UNBALANCED) < 0:  # else the first solution out of trials ends the run
        en.setoption(handle, en.UNBALANCED, _EXTRA_TRIALS)
    en.setqualtype(handle, en.NONE, "", "", "")
    en.setstatusreport(handle, en.NO_REPORT)
    en.settimeparam(handle, en.STARTTIME, 0)
    for parameter in (en.DURATION, en.REPORTSTART, en.REPORTSTEP):
        en.settimeparam(handle, parameter, _FOREVER)


class _Rules:
    """Lets rules act at the file's own rule step only: EPANET also tries them after every hydraulic step."""

    def __init__(self, handle: Any) -> None:
        self._handle, self._enabled = handle, True
        self._count = en.getcount(handle, en.RULECOUNT)
        self._step = en.gettimeparam(handle, en.RULESTEP)

    def before(self, now: int, seconds: int) -> None:
        """Decide about a step from now on."""
        enabled = seconds >= self._step or (now + seconds) % self._step == 0
        if self._count and enabled != self._enabled:
            for number in range(1, self._count + 1):
                en.setruleenabled(self._handle, number, int(enabled))
            self._enabled = enabled


class _Rates(NamedTuple):
    """A solution: m3/s delivered, m3/s supplied beyond what left, kW of pumps, whether it is one."""

    delivered: float
    supplied: float
    power_kw: float
    balanced: bool


class _Measure:
    """Reads a project's solution and its tanks."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        nodes = range(1, en.getcount(handle, en.NODECOUNT) + 1)
        links = range(1, en.getcount(handle, en.LINKCOUNT) + 1)
        kinds = np.array([en.getnodetype(handle, i) for i in nodes])
        self._junction, self._tank = kinds == en.JUNCTION, kinds == en.TANK
        self._pumps = [i for i in links if en.getlinktype(handle, i) == en.PUMP]
        self._swig = en.doubleArray(max(1, len(nodes)))
        memory = (ctypes.c_double * len(nodes)).from_address(int(self._swig.this))
        self._values = np.ctypeslib.as_array(memory)
        unit = en.getflowunits(handle)
        self._unit = _M3_PER_S[unit]
        self._volume = _FOOT**3 if unit in _US_UNITS else 1.0
        self._accuracy = en.getoption(handle, en.ACCURACY)
        self._of_power = [i for i in self._pumps if en.getpumptype(handle, i) == en.CONST_HP]
        self._ends = {i: [node - 1 for node in en.getlinknodes(handle, i)] for i in self._of_power}

    def __call__(self) -> _Rates:
        flow = np.maximum(self._of_nodes(en.DEMANDFLOW)[self._junction], 0.0).sum() * self._unit
        supplied = -self._of_nodes(en.DEMAND)[~self._tank].sum() * self._unit
        power = sum(en.getlinkvalue(self._handle, i, en.ENERGY) for i in self._pumps)
        balanced = en.getstatistic(self._handle, en.RELATIVEERROR) <= self._accuracy
        return _Rates(float(flow), float(supplied), float(power), balanced and self._pumps_lift())

    def _pumps_lift(self) -> bool:
        """Return whether no pump of constant power lowers the head: EPANET finds such roots at no flow."""
        head = self._of_nodes(en.HEAD)
        lift = {pump: head[b] - head[a] for pump, (a, b) in self._ends.items()}
        lowers = [pump for pump, gain in lift.items() if gain < -_LIFT_TOLERANCE]
        return not any(en.getlinkvalue(self._handle, pump, en.STATUS) for pump in lowers)

    def stored_m3(self) -> float:
        """Return what is in the tanks now."""
        return float(self._of_nodes(en.TANKVOLUME)[self._tank].sum() * self._volume)

    def _of_nodes(self, quantity: int) -> Any:
        en.getnodevalues(self._handle, quantity, self._swig)
        return self._values


def _add(day: Day, rates: _Rates, seconds: int) -> None:
    water, energy = rates.delivered * seconds, rates.power_kw * seconds / 3.6e6
    day.water_m3 += water
    day.pump_mwh += energy
    if not rates.balanced:
        day.unbalanced_h += seconds / 3600.0
        day.unbalanced_m3 += water
        day.unbalanced_mwh += energy

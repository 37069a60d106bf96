"""Opening EPANET projects and reading their vectors: units, bulk reads, errors in one line."""

import ctypes
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from epanet import toolkit as en
from numpy.typing import NDArray

from twin.errors import InvalidInput, Mistake
from twin.networks import epanet_calls as calls
from twin.networks.base import Vector
from twin.networks.hydraulic_kernels import Raw

Index = NDArray[np.intp]

FOREVER = 2_000_000_000
VALVES = (en.PRV, en.PSV, en.PBV, en.FCV, en.TCV, en.GPV, en.PCV)

_FEET = 0.3048
_US_UNITS = (en.CFS, en.GPM, en.MGD, en.IMGD, en.AFD)
_M3_PER_S = {
    en.CFS: _FEET**3,
    en.GPM: 3.785411784e-3 / 60,
    en.MGD: 3785.411784 / 86400,
    en.IMGD: 4546.09 / 86400,
    en.AFD: 43560 * _FEET**3 / 86400,
    en.LPS: 1e-3,
    en.LPM: 1e-3 / 60,
    en.MLD: 1e3 / 86400,
    en.CMH: 1 / 3600,
    en.CMD: 1 / 86400,
    en.CMS: 1.0,
}
# EPANET reckons in feet and rounds what turns them into the user's units (types.h). A cubic foot of volume
# must be as many m3 here as a cubic foot of flow, or every tank opens the balance by 1e-5 of its inflow.
_PER_CFS = {
    en.CFS: 1.0,
    en.GPM: 448.831,
    en.MGD: 0.64632,
    en.IMGD: 0.5382,
    en.AFD: 1.9837,
    en.LPS: 28.317,
    en.LPM: 1699.0,
    en.MLD: 2.4466,
    en.CMH: 101.94,
    en.CMD: 2446.6,
    en.CMS: 0.028317,
}
_M3_PER_CUBIC_FOOT = _FEET**3
_ACCURACY = 1e-6


class Project:
    """One opened EPANET project; its vectors share memory with the engine.

    Parameters
    ----------
    path
        The network; EPANET opens it itself, so nothing is lost in between.
    folder
        A private folder for the engine's files.
    min_pressure_m, required_pressure_m
        Pressures at which nothing and all is delivered (pressure-dependent demand, exponent 0.5).

    Attributes
    ----------
    handle
        What the toolkit's functions take; ``address`` is the same for `epanet_calls`.
    raw
        What compiled code reads into.
    flow_unit, length_unit, volume_unit, diameter_unit
        m3/s, m, m3 and m per EPANET unit.

    Raises
    ------
    InvalidInput
        If EPANET cannot open the file, with the line of its report that says why.
    """

    def __init__(self, path: Path, folder: Path, min_pressure_m: float, required_pressure_m: float) -> None:
        self.path = path
        self.handle: Any = en.createproject()
        _open(self.handle, path, folder)
        en.setoption(self.handle, en.PRESS_UNITS, en.METERS)
        en.setdemandmodel(self.handle, en.PDA, min_pressure_m, required_pressure_m, 0.5)
        en.setoption(self.handle, en.UNBALANCED, 10)
        # flows must close the balance of a whole run, not only look right at one instant
        en.setoption(self.handle, en.ACCURACY, min(en.getoption(self.handle, en.ACCURACY), _ACCURACY))
        en.setqualtype(self.handle, en.NONE, "", "", "")
        en.setstatusreport(self.handle, en.NO_REPORT)
        for parameter in (en.DURATION, en.REPORTSTART):
            en.settimeparam(self.handle, parameter, FOREVER)
        if not self.pattern_step_s():
            en.settimeparam(self.handle, en.PATTERNSTEP, FOREVER)
        unit = en.getflowunits(self.handle)
        us = unit in _US_UNITS
        self.flow_unit = _M3_PER_S[unit]
        self.length_unit = _FEET if us else 1.0
        cubic_foot = self.flow_unit * _PER_CFS[unit]
        self.volume_unit = cubic_foot if us else cubic_foot / _M3_PER_CUBIC_FOOT
        self.diameter_unit = _FEET / 12.0 if us else 1e-3
        self.node_count = int(en.getcount(self.handle, en.NODECOUNT))
        self.link_count = int(en.getcount(self.handle, en.LINKCOUNT))
        self.address = int(self.handle)
        self.raw = _raw(self.node_count)
        self._of_nodes: dict[int, tuple[Any, Vector]] = {}
        self._of_links: dict[int, tuple[Any, Vector]] = {}

    def close(self) -> None:
        """Free the engine's memory."""
        en.closeH(self.handle)
        en.close(self.handle)
        en.deleteproject(self.handle)

    def check(self, error: int) -> None:
        """Raise what EPANET says of an error code, if it is one."""
        if error > calls.WARNINGS:
            raise RuntimeError(calls.message(error))

    def open_solver(self) -> None:
        """Make ready to solve."""
        en.openH(self.handle)
        en.initH(self.handle, en.INITFLOW)

    def node_values(self, quantity: int) -> Vector:
        """Return one quantity of all nodes in EPANET's units: memory that the next such call overwrites."""
        if quantity not in self._of_nodes:
            self._of_nodes[quantity] = _shared(self.node_count)
        swig, values = self._of_nodes[quantity]
        en.getnodevalues(self.handle, quantity, swig)
        return values

    def link_values(self, quantity: int) -> Vector:
        """Return one quantity of all links in EPANET's units: memory that the next such call overwrites."""
        if quantity not in self._of_links:
            self._of_links[quantity] = _shared(self.link_count)
        swig, values = self._of_links[quantity]
        en.getlinkvalues(self.handle, quantity, swig)
        return values

    def time_s(self, parameter: int) -> int:
        """Return a time parameter, s."""
        return int(en.gettimeparam(self.handle, parameter))

    def enable_controls(self, link: int, enabled: bool) -> None:
        """Let the simple controls and the rules that act on a link (from 1) act, or not."""
        handle = self.handle
        for number in range(1, en.getcount(handle, en.CONTROLCOUNT) + 1):
            if en.getcontrol(handle, number)[1] == link:
                en.setcontrolenabled(handle, number, int(enabled))
        for number in range(1, en.getcount(handle, en.RULECOUNT) + 1):
            _, thens, elses, _ = en.getrule(handle, number)
            acts = [en.getthenaction(handle, number, i + 1)[0] for i in range(thens)]
            acts += [en.getelseaction(handle, number, i + 1)[0] for i in range(elses)]
            if link in acts:
                en.setruleenabled(handle, number, int(enabled))

    def rule_step_s(self) -> int:
        """Return how often rules are evaluated, 0 without rules."""
        return self.time_s(en.RULESTEP) if en.getcount(self.handle, en.RULECOUNT) else 0

    def pattern_step_s(self) -> int:
        """Return how often patterns step, 0 if none has more than one value."""
        count = en.getcount(self.handle, en.PATCOUNT)
        several = any(en.getpatternlen(self.handle, p) > 1 for p in range(1, count + 1))
        return self.time_s(en.PATTERNSTEP) if several else 0


def _open(handle: Any, path: Path, folder: Path) -> None:
    report = folder / "report"
    try:
        en.open(handle, str(path), str(report), str(folder / "binary"))
    except Exception as error:  # the wrapper raises bare exceptions for EPANET's errors
        with suppress(Exception):  # closing writes the report, and raises the same error again
            en.close(handle)
        mistakes = _reported(path, report) or [Mistake(path.name, 0, str(error))]
        raise InvalidInput(mistakes) from error


def _reported(path: Path, report: Path) -> list[Mistake]:
    """Return what EPANET's report says is wrong, each with the line of the file that it quotes."""
    lines = report.read_text(errors="replace").splitlines() if report.exists() else []
    source = [" ".join(line.split()) for line in path.read_text(errors="replace").splitlines()]
    mistakes = []
    for line, quoted in zip(lines, [*lines[1:], ""], strict=True):
        said = line.strip()
        if said.startswith("Error ") and not said.startswith("Error 200"):
            text = " ".join(quoted.split())
            number = source.index(text) + 1 if text in source else 0
            mistakes.append(Mistake(path.name, number, said.rstrip(":")))
    return mistakes


def _raw(nodes: int) -> Raw:
    demand, volume = np.zeros((2, nodes))
    return Raw(demand, volume, np.zeros(1), np.zeros(2, dtype=np.int64))


def _shared(count: int) -> tuple[Any, Vector]:
    """Return a SWIG array and a NumPy view of the same memory."""
    swig = en.doubleArray(max(1, count))
    memory = (ctypes.c_double * count).from_address(int(swig.this))
    return swig, np.ctypeslib.as_array(memory)

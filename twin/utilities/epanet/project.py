"""Opening EPANET projects and reading their vectors: units, bulk reads, errors in one line."""

import codecs
import ctypes
import os
import weakref
from contextlib import suppress
from math import lcm
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from epanet import toolkit as en
from numpy.typing import NDArray

from twin.errors import InvalidInput, Mistake
from twin.interrupts import deferred
from twin.utilities.base import Vector
from twin.utilities.epanet import calls
from twin.utilities.epanet.inp import with_few_quotes
from twin.utilities.epanet.names import read_sections
from twin.utilities.epanet.numbers import read_number
from twin.utilities.epanet.structures import Raw

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
_PSI = 0.4333
_PRESSURE_PER_FOOT = {
    en.PSI: _PSI,
    en.KPA: 6.895 * _PSI,
    en.BAR: 0.068948 * _PSI,
    en.METERS: _FEET,
    en.FEET: 1.0,
}
_M3_PER_CUBIC_FOOT = _FEET**3
_TRIALS_BEYOND = 10
_UNITS_AND_BACK = 4
"""Last digits that a number loses at most when it is turned to other units and back."""
_ELSEWHERE = Lock()
_SUMMARIES = ("Error 200", "Error 233")
"""What EPANET says beside the mistakes themselves."""


class PressureDemand(NamedTuple):
    """Pressures at which nothing and all of the demand is delivered, and the exponent between them."""

    min_m: float
    required_m: float
    exponent: float


class Project:
    """One opened EPANET project; its vectors share memory with the engine.

    Parameters
    ----------
    path
        The network; EPANET opens it itself, so nothing is lost in between.
    folder
        A private folder for the engine's files.
    demand
        How pressure limits what is delivered; None leaves the file's own demand model.

    Attributes
    ----------
    handle
        What the toolkit's functions take; ``address`` is the same for `epanet_calls`.
    warnings
        What the file says and is not used.
    hydraulic_step_s
        The file's hydraulic time step where it is shorter than an hour; else 0.
    raw
        What compiled code reads into.
    flow_unit, length_unit, volume_unit, diameter_unit
        m3/s, m, m3 and m per EPANET unit.

    Raises
    ------
    InvalidInput
        If EPANET cannot open the file, with the line of its report that says why.
    """

    def __init__(self, path: Path, folder: Path, demand: PressureDemand | None) -> None:
        self.path, self._folder = path, folder
        self.handle: Any = _created(folder)
        self._free = weakref.finalize(self, _free, self.handle)
        self.warnings: list[Mistake] = []
        _open(self.handle, path, folder)
        # the twin solves every hour; a file may ask for more
        step = self.time_s(en.HYDSTEP)
        self.hydraulic_step_s = step if step < 3600 else 0
        self._take_demand_model(demand)
        if en.getoption(self.handle, en.UNBALANCED) < 0:
            # STOP would end the whole run at its first hard instant
            en.setoption(self.handle, en.UNBALANCED, _TRIALS_BEYOND)
        self._take_accuracy()
        self._leave_out()
        en.setstatusreport(self.handle, en.NO_REPORT)
        self._take_clock()
        self._take_multiplier()
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
        self._without_valve: set[int] = set()
        self._of_nodes: dict[int, tuple[Any, Vector]] = {}
        self._of_links: dict[int, tuple[Any, Vector]] = {}

    def close(self) -> None:
        """Free the engine's memory and files; a project that nobody holds any more does so by itself."""
        self._free()

    def check(self, error: int) -> None:
        """Raise what EPANET says of an error code, if it is one."""
        if error > calls.WARNINGS:
            raise RuntimeError(calls.message(error))

    def open_solver(self) -> None:
        """Make ready to solve, from the flows that EPANET guesses.

        Raises
        ------
        InvalidInput
            If the network cannot be solved at all: nodes that nothing joins, no source.
        """
        try:
            en.openH(self.handle)
        except Exception as error:  # the wrapper raises bare exceptions for EPANET's errors
            raise _refusal(self.handle, self.path, self._folder, error) from error
        en.initH(self.handle, en.INITFLOW)

    def start_again(self) -> None:
        """Begin at time 0 as the file says, from the flows that EPANET guesses."""
        if self._without_valve:
            en.closeH(self.handle)
            for pipe in tuple(self._without_valve):
                self.set_check_valve(pipe, present=True)
            self.open_solver()
        else:
            en.initH(self.handle, en.INITFLOW)
        for memory in self.raw:
            memory[:] = 0

    def _take_demand_model(self, demand: PressureDemand | None) -> None:
        """Set the demand model; pressures of the file's valves, controls and rules keep the file's unit."""
        if demand is None:
            return
        unit = en.getoption(self.handle, en.PRESS_UNITS)
        en.setoption(self.handle, en.PRESS_UNITS, en.METERS)
        en.setdemandmodel(self.handle, en.PDA, *demand)
        en.setoption(self.handle, en.PRESS_UNITS, unit)

    def _leave_out(self) -> None:
        """Switch off what the twin does not simulate, and say so."""
        quality, chemical, *_ = en.getqualtype(self.handle)
        if quality != en.NONE:
            what = chemical if quality == en.CHEM else {en.AGE: "age", en.TRACE: "trace"}.get(quality, "")
            problem = f"water quality ({what or 'QUALITY'}) is not simulated"
            self.warnings.append(Mistake(self.path.name, 0, problem))
            en.setqualtype(self.handle, en.NONE, "", "", "")

    def _take_accuracy(self) -> None:
        """Take the accuracy that the file asks for: EPANET reads none below 1e-5, but can be told."""
        asked = [
            read_number(words[1])
            for words in read_sections(self.path).get("OPTIONS", ())
            if _is_accuracy(words)
        ]
        if asked:
            en.setoption(self.handle, en.ACCURACY, min(max(asked[-1], 1e-8), 0.1))

    def _take_clock(self) -> None:
        """Let EPANET's clock be the scenario's: it starts at midnight, and without an end."""
        handle = self.handle
        start = self.time_s(en.STARTTIME)
        if start:
            hours = f"{start // 3600}:{start // 60 % 60:02}"
            problem = f"START CLOCKTIME {hours} is not used: the scenario starts at 0:00"
            remedy = "patterns begin there with their first value; CLOCKTIME is the scenario's time of day"
            self.warnings.append(Mistake(self.path.name, 0, problem, remedy))
            en.settimeparam(handle, en.STARTTIME, 0)
        for parameter in (en.DURATION, en.REPORTSTART):
            en.settimeparam(handle, parameter, FOREVER)
        if not self.pattern_step_s():
            en.settimeparam(handle, en.PATTERNSTEP, FOREVER)

    def _take_multiplier(self) -> None:
        """Put the file's demand multiplier onto the file's own demands, so that it scales no others."""
        handle, factor = self.handle, en.getoption(self.handle, en.DEMANDMULT)
        if factor == 1.0:
            return
        en.setoption(handle, en.DEMANDMULT, 1.0)
        for node in range(1, int(en.getcount(handle, en.NODECOUNT)) + 1):
            if en.getnodetype(handle, node) != en.JUNCTION:
                continue
            for category in range(1, en.getnumdemands(handle, node) + 1):
                base = en.getbasedemand(handle, node, category)
                en.setbasedemand(handle, node, category, base * factor)

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

    def base_demands(self, node: int) -> list[float]:
        """Return the base demands of a node (from 1), one for each of its categories."""
        count = en.getnumdemands(self.handle, node)
        return [en.getbasedemand(self.handle, node, category) for category in range(1, count + 1)]

    def time_s(self, parameter: int) -> int:
        """Return a time parameter, s."""
        return int(en.gettimeparam(self.handle, parameter))

    def set_check_valve(self, pipe: int, present: bool) -> None:
        """Give a pipe (from 1) its check valve back, or close it without one; the solver must be closed."""
        kind = en.CVPIPE if present else en.PIPE
        (self._without_valve.discard if present else self._without_valve.add)(pipe)
        en.setlinktype(self.handle, pipe, kind, en.UNCONDITIONAL)
        if not present:
            en.setlinkvalue(self.handle, pipe, en.INITSTATUS, en.CLOSED)

    def has_leaks(self) -> bool:
        """Return whether the file has emitters or leaking pipes."""
        emitters, areas = self.node_values(en.EMITTER), self.link_values(en.LEAK_AREA)
        return bool(emitters.any() or areas.any() or self.link_values(en.LEAK_EXPAN).any())

    def rule_step_s(self) -> int:
        """Return how often rules are evaluated, 0 without rules."""
        return self.time_s(en.RULESTEP) if en.getcount(self.handle, en.RULECOUNT) else 0

    def pressure_per_m(self) -> float:
        """Return the file's unit of pressure for a metre of what flows, as EPANET rounds it."""
        per_foot = _PRESSURE_PER_FOOT[int(en.getoption(self.handle, en.PRESS_UNITS))]
        gravity = en.getoption(self.handle, en.SP_GRAVITY) if per_foot not in (1.0, _FEET) else 1.0
        return float(per_foot * gravity / _FEET)

    def pattern_period_s(self) -> int:
        """Return after how long all patterns return together, 0 if none has more than one value."""
        lengths = (en.getpatternlen(self.handle, p + 1) for p in range(en.getcount(self.handle, en.PATCOUNT)))
        return self.pattern_step_s() * lcm(*lengths)

    def pattern_step_s(self) -> int:
        """Return how often patterns step, 0 if none has more than one value."""
        count = en.getcount(self.handle, en.PATCOUNT)
        several = any(en.getpatternlen(self.handle, p) > 1 for p in range(1, count + 1))
        return self.time_s(en.PATTERNSTEP) if several else 0


def as_in_file(value: float) -> float:
    """Return the number that a file holds, of one that EPANET turned to its own units and back."""
    short = float(f"{value:.12g}")
    return short if abs(short - value) <= _UNITS_AND_BACK * np.spacing(abs(value)) else value


def _is_accuracy(words: list[str]) -> bool:
    return len(words) > 1 and words[0].upper().startswith("ACCU")


def _created(folder: Path) -> Any:
    """Create a project; EPANET names its files by making and removing some in the present folder."""
    with _ELSEWHERE, deferred():  # all threads are, for that instant; what serves results opens no network
        try:
            here = os.open(".", getattr(os, "O_PATH", os.O_RDONLY))
        except OSError:  # a present folder that nobody may enter: nothing can be made there either
            return en.createproject()
        try:
            os.chdir(folder)
            return en.createproject()
        finally:
            os.fchdir(here)
            os.close(here)


def _free(handle: Any) -> None:
    # deleting closes what is open; to close what was closed before would free it twice, and end the process
    for end in (en.closeH, en.deleteproject):
        with suppress(Exception):  # one that was never open has nothing to close
            end(handle)


def _open(handle: Any, path: Path, folder: Path) -> None:
    """Open a file; EPANET reads a copy, since it takes a mark of UTF-8 for a part of the first line."""
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput([Mistake(path.name, line, "not UTF-8", "save it as UTF-8")]) from error
    copy = folder / "network.inp"
    if not copy.exists():  # a fork of this process may be reading it
        copy.write_text(with_few_quotes(text), encoding="utf-8", newline="")
    try:
        en.open(handle, str(copy), str(folder / "report"), str(folder / "binary"))
    except Exception as error:  # the wrapper raises bare exceptions for EPANET's errors
        raise _refusal(handle, path, folder, error) from error


def _refusal(handle: Any, path: Path, folder: Path, error: Exception) -> InvalidInput:
    """Close a project that EPANET refuses, and return why."""
    with suppress(Exception):  # closing writes the report, and raises the same error again
        en.close(handle)
    return InvalidInput(_reported(path, folder / "report") or [Mistake(path.name, 0, str(error))])


def _reported(path: Path, report: Path) -> list[Mistake]:
    """Return what EPANET's report says is wrong, each with the line of the file that it quotes."""
    lines = report.read_text(errors="replace").splitlines() if report.exists() else []
    source = [" ".join(line.split()) for line in path.read_text("utf-8-sig", errors="replace").splitlines()]
    mistakes = []
    for line, quoted in zip(lines, [*lines[1:], ""], strict=True):
        said = line.strip()
        if said.startswith("Error ") and not said.startswith(_SUMMARIES):
            text = " ".join(quoted.split())
            if text not in source:
                # where no line is quoted, an ID may end what is said
                first = said.split()[-1]
                text = next((line for line in source if line.split(" ")[0] == first), "")
            number = source.index(text) + 1 if text else 0
            mistakes.append(Mistake(path.name, number, said.rstrip(":")))
    return mistakes


def _raw(nodes: int) -> Raw:
    demand, emitter, volume = np.zeros((3, nodes))
    return Raw(demand, emitter, volume, np.zeros(1), np.zeros(2, dtype=np.int64))


def _shared(count: int) -> tuple[Any, Vector]:
    """Return a SWIG array and a NumPy view of the same memory."""
    swig = en.doubleArray(max(1, count))
    memory = (ctypes.c_double * count).from_address(int(swig.this))
    return swig, np.ctypeslib.as_array(memory)

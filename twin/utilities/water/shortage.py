"""Water that customers miss, put down to what could not carry it: see `upstream`."""

from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.pinned import Pinned, pin
from twin.utilities.base import Cause, Vector
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.saved import Copies, copies, put_back
from twin.utilities.epanet.structures import Index
from twin.utilities.water.upstream import KINDS, TRUNK, UNSOLVED, Places, Search, missing_now


class Causes(NamedTuple):
    """What was missing by cause, m3, of each kind's links or nodes, and in which order causes were met.

    Attributes
    ----------
    met, number
        Numbers of the causes that were met, and how many these are.
    """

    missing_m3: Vector
    met: Index
    number: Index


class Work(NamedTuple):
    """What a search goes by, and where what it finds is put down."""

    search: Search
    causes: Causes


class Shortage:
    """Puts down the water that customers miss to what could not carry it.

    Parameters
    ----------
    engine
        The hydraulics.
    """

    def __init__(self, engine: Hydraulics) -> None:
        self._engine, self._width = engine, max(len(engine.nodes), len(engine.links))
        size = len(KINDS) * self._width
        self._causes = Causes(np.zeros(size), np.zeros(size, np.intp), np.zeros(1, np.intp))
        self._look_around()

    def reset(self) -> None:
        """Let nothing have been missing."""
        for values in self._causes:
            values[:] = 0

    def save(self) -> Copies:
        """Return what was put down."""
        return copies(self._causes)

    def restore(self, saved: Copies) -> None:
        """Go on from what was saved."""
        put_back(self._causes, saved)

    def attribute(self, missing_m3: float) -> None:
        """Share what was missing over the last step by its causes, as they are at its solution."""
        engine = self._engine
        if engine.ways is not self._ways:
            self._look_around()
        held = engine.held_links()
        if engine.failed or not _attribute(engine.whole, self._work, held, missing_m3):
            _put_down(self._causes, UNSOLVED * self._width, missing_m3)

    def causes(self) -> dict[Cause, float]:
        """Return the m3 that was missing, by cause."""
        found: dict[Cause, float] = {}
        for place in self._causes.met[: self._causes.number[0]].tolist():
            kind, asset = divmod(place, self._width)
            cause = Cause("unserved_m3", KINDS[kind], f"{self._engine.name}/{self._name(kind, asset)}")
            found[cause] = found.get(cause, 0.0) + float(self._causes.missing_m3[place])
        return found

    def _name(self, kind: int, asset: int) -> str:
        if kind == UNSOLVED:
            return "network"
        named: list[str] = self._engine.links if kind <= TRUNK else self._engine.nodes
        return named[asset]

    def _look_around(self) -> None:
        """Take over what leads where; it changes with what is built."""
        engine = self._engine
        self._ways = engine.ways
        places = engine.ends, engine.junctions, engine.pumps, engine.flow_control_valves, engine.reservoirs
        unit = engine.project.flow_unit
        search = Search(Places(*places), engine.ways, engine.setting, unit)
        self._work = pin(Work(search, self._causes))


@compiled
def _attribute(whole: Pinned, work: Pinned, held: Index, missing_m3: float) -> bool:
    """Put down what was missing to its causes now; return whether there are any.

    Parameters
    ----------
    whole, work
        The `Whole` of the hydraulics, and a `Work`.
    held
        Links that are held closed for want of power.
    """
    kinds, assets, rates = missing_now(whole.parts.reading, whole.parts.tanks, work.parts.search, held)
    causes: Causes = work.parts.causes
    width, total = len(causes.met) // len(KINDS), 0.0
    for rate in rates:
        total += rate
    for i in range(len(rates)):
        _put_down(causes, kinds[i] * width + assets[i], missing_m3 * rates[i] / total)
    return len(rates) > 0


@compiled
def _put_down(causes: Causes, cause: int, missing_m3: float) -> None:
    if causes.missing_m3[cause] == 0.0:
        causes.met[causes.number[0]] = cause
        causes.number[0] += 1
    causes.missing_m3[cause] += missing_m3

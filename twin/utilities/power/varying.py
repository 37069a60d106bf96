"""What changes from step to step beside districts' demand: what series give, and what control sets.

Loads take it over as their own demand. What else draws or feeds in constant power was compiled with the
file's power; what it draws beyond that is written into the compiled injections, in place.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import NOTHING, Mask, Signal, Vector
from twin.utilities.demand import Given
from twin.utilities.power.asked import Loads
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.rules import Complex, Index
from twin.utilities.power.state import State

_SIGN = {"load": 1.0, "storage": 1.0, "sgen": -1.0, "gen": -1.0}
_SLACK = "its power comes out of the solution: a series gives it none"


class Taken(NamedTuple):
    """What elements of some kind draw, by what is given: MW and Mvar, shape (2, elements).

    Attributes
    ----------
    rows
        Which elements.
    always, by, column
        ``always + by * given[column]``.
    """

    rows: Index
    always: Vector
    by: Vector
    column: Index

    def of(self, given: Vector) -> Vector:
        """Return MW and Mvar drawn by each."""
        return np.asarray(self.always + self.by * given[self.column])


class Opened(NamedTuple):
    """Injections of a switching state as the file has them, pu."""

    fixed: Complex
    drawn: Complex


class Varying:
    """Elements of a grid whose power is another at each step.

    Parameters
    ----------
    net
        As opened.
    constants
        Its elements of constant power; what they draw now is kept there.
    given
        What series give.
    where
        Table and row of each element, by address.
    controlled
        Addresses of elements that a control sets, beside those to which series give.
    steady
        Addresses of loads whose power does not grow with the file's own.

    Attributes
    ----------
    addresses
        Elements of constant power that vary.
    signals
        What they feed in; what storage draws.
    controlled_mw
        What each controlled element draws from now on, at a power factor of 1.
    """

    def __init__(
        self,
        net: Any,
        constants: Constants,
        given: Sequence[Given],
        where: Mapping[str, tuple[str, int]],
        controlled: Sequence[str] = (),
        steady: Collection[str] = (),
    ) -> None:
        self._constants = constants
        places = {(t, r): i for i, (t, r) in enumerate(zip(constants.table, constants.row, strict=True))}
        own = _columns(given)
        own |= {address: {} for address in controlled if address not in own}
        loads = [a for a in own if where[a][0] == "load"]
        self.addresses = tuple(address for address in own if where[address][0] != "load")
        self._loads = _taken(net, loads, own, where, [where[a][1] for a in loads])
        self._grows = np.array([address not in steady for address in loads], dtype=bool)
        self._places = [where[address] for address in self.addresses]
        rows = [int(places[place]) for place in self._places]
        self._others = _taken(net, self.addresses, own, where, rows)
        self._opened_mva = _file_mva(net, self.addresses, where)
        self._now = self._opened_mva.copy()
        self._states: dict[int, tuple[State, Opened]] = {}
        self._given, self._size = NOTHING, len(given)
        self.signals = tuple(Signal(address, "power_mw", "MW") for address in self.addresses)
        # what is fed in is told as such, what storage draws as drawn
        self._controlled = np.array([self.addresses.index(a) for a in controlled], dtype=np.intp)
        self.controlled_mw = np.zeros(len(controlled))
        self._told = np.array([_SIGN[where[address][0]] for address in self.addresses])

    def __bool__(self) -> bool:
        return bool(len(self.addresses) or len(self._loads.rows))

    @property
    def given(self) -> Vector:
        """Return what is given now; the array is not to be changed."""
        return self._given

    def take(self, given: Vector, loads: Loads) -> None:
        """Take over what series give now."""
        if not self._size or len(given) != self._size:
            return
        self._given = given
        if len(self._loads.rows):
            loads.give(self._loads.rows, self._loads.of(given), self._grows)
        if len(self.addresses):
            drawn = self._others.of(given)
            self._now = drawn[0] + 1j * drawn[1]

    def write(self, state: State) -> None:
        """Write what elements draw now into the injections of a switching state."""
        if not len(self.addresses):
            return
        constants, net, layout = self._constants, state.compiled, state.layout
        self._now[self._controlled] = self.controlled_mw
        constants.drawn_mw[self._others.rows] = self._now.real
        bus = layout.constant_bus[self._others.rows]
        live = bus >= 0
        opened, more = self._opened(state), (self._now - self._opened_mva)[live] / net.base_mva
        net.fixed[:] = opened.fixed
        np.subtract.at(net.fixed, bus[live], more)
        if net.rules.follow.size:
            follows = constants.follows[self._others.rows][live]
            net.rules.drawn[:] = opened.drawn
            np.add.at(net.rules.drawn, bus[live][follows], more[follows])
            layout.ref_drawn[:] = net.rules.drawn[layout.ref] * net.base_mva
        layout.ref_other[:] = net.fixed[layout.ref] * net.base_mva
        at_ext = np.flatnonzero(state.ext_share > 0.0)
        state.ext_other[at_ext] = layout.ref_other[layout.ext_slack[at_ext]]

    def kept(self, state: State) -> State:
        """Return a switching state with the present injections, to keep."""
        if not len(self.addresses):
            return state
        net = state.compiled
        rules = replace(net.rules, drawn=net.rules.drawn.copy())
        compiled = replace(net, fixed=net.fixed.copy(), rules=rules)
        own = state.layout
        layout = own._replace(
            ref_other=own.ref_other.copy(),
            ref_drawn=own.ref_drawn.copy(),
            constant_mw=own.constant_mw.copy(),
        )
        return replace(state, compiled=compiled, layout=layout, ext_other=state.ext_other.copy())

    def read(self, state: State, readings: Vector) -> None:
        """Write into readings what each feeds in, or draws, where it stands at a live bus."""
        live = state.layout.constant_bus[self._others.rows] >= 0
        readings[:] = self._told * self._now.real * live + 0.0  # no negative zero

    def put(self, net: Any) -> None:
        """Write what elements draw or feed in now into the tables of a net."""
        for (table, row), mva in zip(self._places, self._now.tolist(), strict=True):
            index = net[table].index[row]
            net[table].loc[index, ["p_mw", "scaling"]] = _SIGN[table] * mva.real, 1.0
            if table != "gen":
                net[table].loc[index, "q_mvar"] = _SIGN[table] * mva.imag

    def fed_in_mw(self, state: State) -> float:
        """Return what generators that vary feed in."""
        live = state.layout.constant_bus[self._others.rows] >= 0
        return float(-(self._now.real * live)[self._told < 0.0].sum())

    def controlled_place(self, number: int) -> int:
        """Return the place of a controlled element among those that vary."""
        return int(self._controlled[number])

    def controlled_bus(self, state: State) -> Index:
        """Return the internal bus of each controlled element, -1 where it is dead or out of service."""
        return state.layout.constant_bus[self._others.rows[self._controlled]]

    def drawn_beside_mw(self, state: State) -> Vector:
        """Return what elements of constant power draw at each internal bus, without controlled ones."""
        drawn = self._constants.drawn_mw.copy()
        drawn[self._others.rows[self._controlled]] = 0.0
        live = state.layout.constant_bus >= 0
        size = len(state.compiled.start)
        drawn_at = np.bincount(state.layout.constant_bus[live], weights=drawn[live], minlength=size)
        return np.asarray(drawn_at, dtype=float)

    def active(self, state: State) -> Mask:
        """Return which are in service at a live bus."""
        return np.asarray(state.layout.constant_bus[self._others.rows] >= 0)

    def reset(self) -> None:
        """Return to what the file says."""
        self._given = NOTHING
        self._now = self._opened_mva.copy()
        self.controlled_mw = np.zeros(len(self._controlled))
        if len(self.addresses):
            self._constants.drawn_mw[self._others.rows] = self._now.real

    def forget(self) -> None:
        """Forget switching states that are kept no longer."""
        self._states.clear()

    def _opened(self, state: State) -> Opened:
        """Return a switching state's injections as compiled, kept when it is first seen."""
        if id(state) not in self._states:
            net = state.compiled
            self._states[id(state)] = state, Opened(net.fixed.copy(), net.rules.drawn.copy())
        return self._states[id(state)][1]


def refuse_misgiven(
    net: Any,
    given: Sequence[Given],
    where: Mapping[str, tuple[str, int]],
    elsewhere: Mapping[str, Collection[str]],
    file: str,
) -> None:
    """Refuse series that give power to what has it from elsewhere, or twice.

    Parameters
    ----------
    elsewhere
        By what it is that gives them their power, addresses of loads.

    Raises
    ------
    InvalidInput
        With every such series.
    """
    mistakes = []
    for address, fields in _columns(given).items():
        table, row = where[address]
        if table == "gen" and bool(net.gen.slack.iloc[row]):
            mistakes.append(Mistake(file, 0, f"{address} is a slack: {_SLACK}", "no series of its power"))
        if {"factor", "p_mw"} <= fields.keys():
            problem = f"{address}: one series gives it MW and another a factor"
            mistakes.append(Mistake(file, 0, problem, "one of them"))
        for giver, addresses in elsewhere.items():
            if address in addresses:
                problem = f"{address} has its power from {giver}: a series gives it none"
                mistakes.append(Mistake(file, 0, problem, "a load of its own"))
    if mistakes:
        raise InvalidInput(mistakes)


def _columns(given: Sequence[Given]) -> dict[str, dict[str, int]]:
    """Return by address and field the place among what is given."""
    own: dict[str, dict[str, int]] = {}
    for column, (address, field) in enumerate(given):
        own.setdefault(address, {})[field] = column
    return own


def _taken(
    net: Any,
    addresses: Sequence[str],
    own: Mapping[str, Mapping[str, int]],
    where: Mapping[str, tuple[str, int]],
    rows: Sequence[int],
) -> Taken:
    """Return how what is given becomes the power of some elements.

    Mvar keep the file's ratio to MW where no series gives them, and the file's value where it has no MW.
    """
    always, by = np.zeros((2, 2, len(addresses)))
    column = np.zeros((2, len(addresses)), dtype=np.intp)
    for i, (address, mva) in enumerate(zip(addresses, _file_mva(net, addresses, where), strict=True)):
        fields, sign = own[address], _SIGN[where[address][0]]
        (by if "factor" in fields else always)[:, i] = mva.real, mva.imag
        column[:, i] = fields.get("factor", 0)
        if "p_mw" in fields:
            always[0, i], by[0, i], column[0, i] = 0.0, sign, fields["p_mw"]
            if mva.real != 0.0:
                always[1, i], by[1, i], column[1, i] = 0.0, sign * mva.imag / mva.real, fields["p_mw"]
        if "q_mvar" in fields:
            always[1, i], by[1, i], column[1, i] = 0.0, sign, fields["q_mvar"]
    return Taken(np.array(rows, dtype=np.intp), always, by, column)


def _file_mva(net: Any, addresses: Sequence[str], where: Mapping[str, tuple[str, int]]) -> Complex:
    """Return what the file lets some elements draw, MVA."""
    found = np.zeros(len(addresses), dtype=np.complex128)
    for i, address in enumerate(addresses):
        table, row = where[address]
        frame = net[table]
        mvar = float(frame.q_mvar.iloc[row]) if table != "gen" else 0.0
        mva = complex(float(frame.p_mw.iloc[row]), mvar) * float(frame.scaling.iloc[row])
        found[i] = _SIGN[table] * mva
    return np.nan_to_num(found)

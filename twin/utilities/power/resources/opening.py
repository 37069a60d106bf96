"""Resources in a net that is opened: its elements that vary, their control, and what is given to them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from twin.utilities.base import Mask, Vector
from twin.utilities.demand import Given
from twin.utilities.power.addresses import Where, places_of
from twin.utilities.power.asked import Loads
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.in_service import InService
from twin.utilities.power.measure import Measured, exceeds
from twin.utilities.power.resources.control import Control
from twin.utilities.power.resources.elements import add_resources, bus_of
from twin.utilities.power.resources.heat import Heated
from twin.utilities.power.resources.relieving import Seen
from twin.utilities.power.resources.reserve import Reserve
from twin.utilities.power.resources.table import Resource
from twin.utilities.power.rules import Complex, Index
from twin.utilities.power.shedder import Shedder
from twin.utilities.power.state import State
from twin.utilities.power.varying import Varying

_ROUNDS = 6


class Beside(NamedTuple):
    """What varies in a grid beside districts' demand.

    Attributes
    ----------
    varying
        Elements whose power is another at each step.
    control
        Of batteries, plants and contracts.
    heated
        Turns what is given into power.
    reserve
        Serves buses without supply.
    acts
        Whether there is anything of the kind.
    """

    varying: Varying
    control: Control
    heated: Heated
    reserve: Reserve
    acts: bool

    def begin(self, state: State, loads: Loads) -> None:
        """Write into a switching state what its elements draw: batteries as before, if they can."""
        batteries, plants = self._buses(state)
        self.control.batteries.within(batteries)
        self.control.plants.begin(self.varying.given, plants)
        self.control.contracts.begin(loads)
        self.go_on(state)

    def follow(
        self,
        solved: bool,
        flow: Callable[[], bool],
        state: State,
        loads: Loads,
        drawn_mva: Complex,
        measured: Measured,
        shedder: Shedder,
    ) -> bool:
        """Let batteries follow their rules; against broken limits: they rest, plants, contracts, they help.

        Parameters
        ----------
        solved
            Whether there is a solution now.
        flow
            Solves anew; returns whether there is a solution.
        drawn_mva
            What loads are served at each internal bus by the last solution.

        Returns
        -------
        bool
            Whether there is a solution.
        """
        varying, batteries, contracts = self.varying, self.control.batteries, self.control.contracts
        plants, (bus, of_plants) = self.control.plants, self._buses(state)

        def see() -> Seen:
            around = drawn_mva.real + varying.drawn_beside_mw(state)
            return Seen(bus, around[bus] * (bus >= 0), measured, shedder)

        def dispatch(solved: bool) -> bool:
            return plants.dispatch(see()._replace(bus=of_plants), solved)

        def solve() -> bool:
            self.go_on(state)
            return flow()

        def call(solved: bool) -> bool:
            return shedder.shedding is None and contracts.call(loads, solved, measured, shedder)

        def help_out(solved: bool) -> bool:
            return batteries.help(see(), solved)

        def rest(solved: bool) -> bool:
            return batteries.rest(see(), solved)

        if solved and batteries:
            solved = batteries.follow(see, solve)
        steps = ((batteries, rest), (plants, dispatch), (contracts, call), (batteries, help_out))
        for own, act in steps:
            for _ in range(_ROUNDS if own else 0):
                if (solved and not exceeds(measured.loading, shedder.limits)) or not act(solved):
                    break
                solved = solve()
            if own is plants and plants.burn():
                solved = solve()
        return solved

    def _buses(self, state: State) -> tuple[Index, Index]:
        """Return the internal buses of batteries, and of plants."""
        bus = self.varying.controlled_bus(state)
        first = len(self.control.batteries.addresses)
        return bus[:first], bus[first:]

    def go_on(self, state: State) -> None:
        """Write into a switching state what its elements draw now."""
        self.varying.controlled_mw = self.control.drawn_mw
        self.varying.write(state)

    def read(self, state: State, loads: Loads, varied: Vector, controlled: Vector) -> None:
        """Write the power of what varies, and what control tells, into readings."""
        self.varying.read(state, varied)
        self.control.read(loads, controlled)

    def advance(self, hours: float, state: State, loads: Loads) -> None:
        """Let time pass."""
        if self.acts:
            self.control.advance(hours, self.varying.fed_in_mw(state), loads)

    def active(self, state: State) -> Mask:
        """Return for each signal of the grid and of these whether its element is in service and energised."""
        batteries, plants = (bus >= 0 for bus in self._buses(state))
        contracts = np.ones(len(self.control.contracts.signals), dtype=bool)
        own = np.repeat(batteries, 2), contracts, plants
        return np.concatenate([state.active, self.varying.active(state), *own])

    def serve(
        self, standing: InService, state: State, asked_mw: Vector, readings: Vector, varied: Vector
    ) -> None:
        """Serve loads at dead buses out of reserves, and write that into readings."""
        batteries = self.control.batteries
        given = self.reserve.serve(standing, state.bus_of_load, asked_mw, batteries, readings)
        for battery, mw in given.items():
            varied[self.varying.controlled_place(battery)] = -mw


def stand_up(net: Any, resources: Mapping[str, Resource], names: Mapping[str, list[str]]) -> None:
    """Add resources, by name, to a net as it was read, and to the names of its elements by table."""
    where = places_of(names)
    elements = {name: row for name, row in resources.items() if row.of.table}
    add_resources(net, elements, {name: bus_of(row.at, where, net) for name, row in elements.items()})
    for name, row in elements.items():
        names[row.of.table].append(name)


def open_beside(
    net: Any,
    constants: Constants,
    given: Sequence[Given],
    where: Where,
    resources: Mapping[str, Resource],
    first_supply: int,
    fuelled: Sequence[str],
) -> Beside:
    """Return what varies in a net to which its resources were added.

    Parameters
    ----------
    first_supply
        Where the readings of loads begin.
    fuelled
        Plants whose fuel another network delivers.
    """
    rows = {f"power/{name}": row for name, row in resources.items()}
    heated = Heated(given, rows)
    control = Control(rows, fuelled, heated.given)
    steady = [address for address, row in rows.items() if row.of.table == "load"]
    varying = Varying(net, constants, heated.given, where, control.addresses, steady)
    batteries = control.batteries
    reserves = [(i, where[batteries.addresses[i]][1]) for i in batteries.reserves]
    acts = bool(varying) or bool(control)
    return Beside(varying, control, heated, Reserve(net, reserves, first_supply), acts)

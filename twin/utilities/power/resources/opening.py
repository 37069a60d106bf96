"""Resources in a net that is opened: its elements that vary, their control, and what is given to them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from twin.utilities.base import Mask, Vector
from twin.utilities.demand import Given
from twin.utilities.power.addresses import Where, places_of
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.in_service import InService
from twin.utilities.power.measure import Measured
from twin.utilities.power.resources.batteries import Seen
from twin.utilities.power.resources.control import Control
from twin.utilities.power.resources.elements import add_resources, bus_of
from twin.utilities.power.resources.heat import Heated
from twin.utilities.power.resources.reserve import Reserve
from twin.utilities.power.resources.table import Resource
from twin.utilities.power.rules import Complex
from twin.utilities.power.shedder import Shedder
from twin.utilities.power.state import State
from twin.utilities.power.varying import Varying


class Beside(NamedTuple):
    """What varies in a grid beside districts' demand.

    Attributes
    ----------
    varying
        Elements whose power is another at each step.
    control
        Of batteries.
    heated
        Turns what is given into power.
    reserve
        Serves buses without supply.
    """

    varying: Varying
    control: Control
    heated: Heated
    reserve: Reserve

    def begin(self, state: State) -> None:
        """Write into a switching state what its elements draw: batteries as before, if they can."""
        self.control.begin(self.varying, state)
        self.varying.write(state)

    def follow(
        self,
        solved: bool,
        flow: Callable[[], bool],
        state: State,
        drawn_mva: Callable[[], Complex],
        measured: Measured,
        shedder: Shedder,
    ) -> bool:
        """Let batteries follow their rules, and help where they must; return whether there is a solution.

        Parameters
        ----------
        solved
            Whether there is one now.
        flow
            Solves anew; returns whether there is a solution.
        drawn_mva
            Tells what loads are served at each internal bus.
        """
        varying, batteries = self.varying, self.control.batteries
        bus = varying.controlled_bus(state)

        def see() -> Seen:
            around = drawn_mva().real + varying.drawn_beside_mw(state)
            return Seen(bus, around[bus] * (bus >= 0), measured, shedder)

        def solve() -> bool:
            varying.controlled_mw = batteries.drawn_mw
            varying.write(state)
            return flow()

        return batteries.solve(solved, see, solve)

    def read(self, state: State, varied: Vector, stored: Vector) -> None:
        """Write the power of what varies, and what is stored, into readings."""
        self.varying.read(state, varied)
        self.control.batteries.read(stored)

    def serve(
        self, standing: InService, state: State, asked_mw: Vector, readings: Vector, varied: Vector
    ) -> None:
        """Serve loads at dead buses out of reserves, and write that into readings."""
        batteries = self.control.batteries
        given = self.reserve.serve(standing, state.bus_of_load, asked_mw, batteries, readings)
        for battery, mw in given.items():
            varied[self.varying.controlled_place(battery)] = -mw

    def go_on(self, state: State) -> None:
        """Write into a switching state what its elements drew when it was saved."""
        self.varying.controlled_mw = self.control.batteries.drawn_mw
        self.varying.write(state)

    def active(self, state: State) -> Mask:
        """Return for each signal of the grid and of these whether its element is in service and energised."""
        batteries = np.repeat(self.varying.controlled_bus(state) >= 0, 2)
        return np.concatenate([state.active, self.varying.active(state), batteries])


def stand_up(net: Any, resources: Mapping[str, Resource], names: Mapping[str, list[str]]) -> None:
    """Add resources, by name, to a net as it was read, and to the names of its elements by table."""
    where = places_of(names)
    add_resources(net, resources, {name: bus_of(row.at, where, net) for name, row in resources.items()})
    for name, row in resources.items():
        names[row.of.table].append(name)


def open_beside(
    net: Any,
    constants: Constants,
    given: Sequence[Given],
    where: Where,
    resources: Mapping[str, Resource],
    first_supply: int,
) -> Beside:
    """Return what varies in a net to which its resources were added.

    Parameters
    ----------
    first_supply
        Where the readings of loads begin.
    """
    rows = {f"power/{name}": row for name, row in resources.items()}
    control, heated = Control(rows), Heated(given, rows)
    steady = [address for address, row in rows.items() if row.of.table == "load"]
    varying = Varying(net, constants, heated.given, where, control.batteries.addresses, steady)
    batteries = control.batteries
    reserves = [(i, where[batteries.addresses[i]][1]) for i in batteries.reserves]
    return Beside(varying, control, heated, Reserve(net, reserves, first_supply))

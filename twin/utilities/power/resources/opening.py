"""Resources in a net that is opened: its elements that vary, their control, and what is given to them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from twin.utilities.base import Mask
from twin.utilities.demand import Given
from twin.utilities.power.addresses import Where, places_of
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.resources.control import Control
from twin.utilities.power.resources.elements import add_resources, bus_of
from twin.utilities.power.resources.heat import Heated
from twin.utilities.power.resources.table import Resource
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
    """

    varying: Varying
    control: Control
    heated: Heated

    def begin(self, state: State) -> None:
        """Write into a switching state what its elements draw: batteries as before, if they can."""
        self.control.begin(self.varying, state)
        self.varying.write(state)

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
) -> Beside:
    """Return what varies in a net to which its resources were added."""
    rows = {f"power/{name}": row for name, row in resources.items()}
    control, heated = Control(rows), Heated(given, rows)
    steady = [address for address, row in rows.items() if row.of.table == "load"]
    varying = Varying(net, constants, heated.given, where, control.batteries.addresses, steady)
    return Beside(varying, control, heated)

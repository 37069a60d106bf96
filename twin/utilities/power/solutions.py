"""A solved load flow, kept for studies that go on from it."""

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.load_flow import LoadFlow, Solution
from twin.utilities.power.rules import Complex
from twin.utilities.power.shedder import Shedder
from twin.utilities.power.state import State


def solution_of(
    state: State, flow: LoadFlow, at_bus: Complex, served: Vector, constants: Constants, shedder: Shedder
) -> Solution:
    """Return the last solution, to keep.

    Parameters
    ----------
    state
        The switching state, with injections that stay as they are.
    at_bus
        What is served at each internal bus, MVA.
    served
        MW and Mvar served to each load.
    """
    layout = state.layout
    wanted, constant = np.zeros((2, len(flow.voltage)))
    loads, others = layout.load_bus >= 0, (layout.constant_bus >= 0) & ~constants.link
    np.add.at(wanted, layout.load_bus[loads], np.maximum(served[0], 0.0)[loads])
    np.add.at(constant, layout.constant_bus[others], np.maximum(constants.drawn_mw, 0.0)[others])
    return Solution(
        state,
        flow.matrices,
        flow.voltage.copy(),
        at_bus.copy(),
        wanted,
        constant,
        shedder.elements,
        shedder.limits,
        served.copy(),
        flow.position.copy(),
    )

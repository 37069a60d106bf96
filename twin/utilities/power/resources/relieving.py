"""What resources see of a solution, and how they relieve what is beyond its limit."""

from typing import NamedTuple

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.power.measure import Measured
from twin.utilities.power.rules import Index
from twin.utilities.power.shedder import Shedder

BEHIND = 0.02


class Seen(NamedTuple):
    """What resources see of a solution.

    Attributes
    ----------
    bus
        Internal bus of each, -1 where it is dead or out of service.
    around_mw
        What draws at each one's bus beside what is controlled, less what is fed in there.
    measured
        Flows and loadings.
    shedder
        Knows the elements and how they are relieved.
    """

    bus: Index
    around_mw: Vector
    measured: Measured
    shedder: Shedder


def relieved(seen: Seen, drawn_mw: Vector, least: Vector) -> Vector:
    """Return what resources draw once they have relieved what is beyond its limit, the worst first.

    Parameters
    ----------
    drawn_mw
        What they draw now.
    least
        What each can draw at least, below 0 where it can feed in.
    """
    over, drawn = seen.measured.loading / seen.shedder.limits, drawn_mw.copy()
    for element in sorted(np.flatnonzero(over > 1.0), key=lambda e: -over[e]):
        flow = float(seen.measured.power_mw[element])
        needed = abs(flow) * (1.0 - 1.0 / float(over[element])) * (1.0 + BEHIND)
        relief = seen.shedder.relief_at(int(element))[seen.bus] * (seen.bus >= 0) * np.sign(flow or 1.0)
        for i in np.argsort(-relief, kind="stable"):
            if relief[i] < BEHIND or needed <= 0.0:
                break
            more = min(float(drawn[i] - least[i]), needed / float(relief[i]))
            drawn[i] -= more
            needed -= more * float(relief[i])
    return drawn

"""What EPANET's rounding does to flows where nothing flows."""

from typing import NamedTuple

import numpy as np

from twin.utilities.base import Vector

_FEET = 0.3048
_ROUNDED_M2_PER_S = float(np.finfo(float).eps) / 1e-7 * _FEET**2
"""EPANET's slope of a link at rest is 1e-7 ft per cfs: its heads, in feet, round to flow, per m of head."""
_CLOSED_M3_PER_S = 1e-6 * _FEET**3
"""What EPANET lets a closed link carry."""
_LEAST_STILL_M3_PER_S, _ROUNDINGS, _SHARE_OF_LINKS, _SHARE_CLOSED = 1e-6, 6.5, 0.05, 0.25
_MOST_MOVED_M3_PER_S, _MOVED_PER_LINK = 1e-5, 0.5
"""In dry sewers of 30 to 3,000 pipes a trial moves less than half a rounding for each link."""


class AtRest(NamedTuple):
    """What EPANET's rounding does where nothing flows, m3/s.

    Attributes
    ----------
    still
        What one link may carry.
    rounding
        What all together may carry or lack.
    moved
        By how much another trial may move a link.
    """

    still: float
    rounding: float
    moved: float


def at_rest(links: int, elevation: Vector) -> AtRest:
    """Return what rounding does: the more links and the higher the ground, the more.

    EPANET keeps heads above sea level.
    """
    rounded = _ROUNDED_M2_PER_S * float(np.abs(elevation).max(initial=0.0))
    each = max(_SHARE_CLOSED * _CLOSED_M3_PER_S, _SHARE_OF_LINKS * rounded)
    still = max(_LEAST_STILL_M3_PER_S, _ROUNDINGS * rounded)
    moved = max(still, min(_MOST_MOVED_M3_PER_S, _MOVED_PER_LINK * links * rounded))
    return AtRest(still, max(_LEAST_STILL_M3_PER_S, links * each), moved)

"""What utilities of pipes have in common: volumes a day, and stations whose largest pump may fail."""

from collections.abc import Sequence

from twin.model import Model
from twin.utilities.capacity_kind import CapacityKind

VOLUMES = {
    "m3/day": 1.0,
    "m3/d": 1.0,
    "m3/h": 24.0,
    "m3/s": 86400.0,
    "l/s": 86.4,
    "l/day": 1e-3,
    "l/h": 0.024,
    "l/min": 1.44,
    "ML/day": 1e3,
    "MLD": 1e3,
}
"""What a volume may be given in, in m3 a day."""


def pumping(of: str) -> CapacityKind:
    """Return the kind of a pumping station, which carries a share of what another kind does."""
    return CapacityKind(
        "pumping",
        "flow_m3_per_s",
        VOLUMES,
        ("pump", "valve", "pipe"),
        daily=True,
        firm=without_the_largest,
        spread="share",
        of=of,
    )


def without_the_largest(ratings: Sequence[float], settings: Model | None) -> tuple[float, float]:
    """Return what all pumps bring, and what is left when the largest is out."""
    return sum(ratings), sum(ratings) - max(ratings)

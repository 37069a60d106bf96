"""What a gas network can rely on: its sources, its stations after the loss of the largest line, its mains."""

from collections.abc import Sequence

from twin.model import Model
from twin.utilities.capacity_kind import CapacityKind

SOURCE, STATION, MAIN = "gas_source", "gas_station", "gas_main"
VOLUMES = {"m3/h": 1.0, "thousand m3/h": 1000.0}
ASKED = "wanted_m3_per_h"


def without_largest(ratings: Sequence[float], settings: Model | None) -> tuple[float, float]:
    """Return what the lines of a station pass together, and without the largest of them."""
    return sum(ratings), sum(ratings) - max(ratings, default=0.0)


CAPACITIES = (
    CapacityKind(SOURCE, ASKED, VOLUMES, ("ext_grid", "infeed"), main=True),
    CapacityKind(
        STATION,
        ASKED,
        VOLUMES,
        ("press_control", "compressor"),
        firm=without_largest,
        spread="share",
        of=SOURCE,
    ),
    CapacityKind(MAIN, ASKED, VOLUMES, ("pipe",), spread="share", of=SOURCE),
)

"""How pages show the water network."""

from twin.utilities.metric import Loss
from twin.utilities.shown import Mark, Reading, Shown

SHOWN = Shown(
    readings=(
        Reading("pressure_m", low_hurts=True),
        Reading("fill_percent", best=100.0, low_hurts=True),
        Reading("level_m", low_hurts=True),
        Reading("required_m3_per_s", drawn=False),
        Reading("flow_m3_per_s", along=True),
    ),
    kinds=(
        Mark("junction", minor=True),
        Mark("valve", minor=True, as_mark=True),
        Mark("pump", "triangle", as_mark=True),
        Mark("tank", "square"),
        Mark("reservoir", "square"),
    ),
    losing=("pressure lost",),
)
LOSSES = (
    Loss(
        "unserved_m3",
        "m3",
        metric="unserved_water_m3",
        price="unserved_water_kzt_per_m3",
        part="water",
        instead={"served_m3": 1, "stored_m3": -1},
    ),
)

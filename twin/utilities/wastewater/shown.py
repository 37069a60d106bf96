"""How pages show the wastewater network."""

from twin.utilities.metric import Loss
from twin.utilities.shown import Mark, Reading, Shown

SHOWN = Shown(
    readings=(
        Reading("fill_percent", most=100.0, low_hurts=True),
        Reading("spill_m3_per_s", lost=True),
        Reading("flow_m3_per_s", along=True),
    ),
    kinds=(
        Mark("junction", minor=True),
        Mark("valve", minor=True, as_mark=True),
        Mark("pump", "triangle", as_mark=True),
        Mark("tank", "square"),
        Mark("reservoir", "square"),
        Mark("plant", "square", serves=True),
    ),
    losing=("spill",),
)
LOSSES = (
    Loss(
        "spilled_m3",
        "m3",
        metric="sewage_spilled_m3",
        price="spill_kzt_per_m3",
        part="spills",
        words="spilled",
        instead={"treated_m3": 1},
        gathers=True,
    ),
)

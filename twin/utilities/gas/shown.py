"""How pages show the gas network."""

from twin.utilities.metric import Loss
from twin.utilities.shown import Mark, Reading, Shown

SHOWN = Shown(
    readings=(
        Reading("pressure_bar", low_hurts=True),
        Reading("linepack_minutes", low_hurts=True),
        Reading("gas_m3_per_h", along=True),
        Reading("wanted_m3_per_h", drawn=False),
    ),
    kinds=(
        Mark("junction", minor=True),
        Mark("sink", "diamond", minor=True, serves=True),
        Mark("infeed", "square"),
        Mark("ext_grid", "square"),
        Mark("mass_storage", "square", minor=True),
        Mark("pipe", both_ways=True),
        Mark("valve", minor=True, as_mark=True, both_ways=True),
        Mark("press_control", as_mark=True),
        Mark("flow_control", minor=True, as_mark=True),
        Mark("compressor", "triangle", as_mark=True),
        Mark("pump", "triangle", as_mark=True),
    ),
    losing=("gas curtailed",),
)
LOSSES = (
    Loss(
        "gas_unserved_m3",
        "m3",
        metric="unserved_gas_m3",
        price="unserved_gas_kzt_per_m3",
        part="gas",
    ),
)

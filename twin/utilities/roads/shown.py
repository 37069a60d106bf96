"""How pages show the road network."""

from twin.utilities.shown import Mark, Reading, Shown

SHOWN = Shown(
    readings=(
        Reading("volume_over_capacity_percent"),
        Reading("volume_veh_per_h", along=True),
        Reading("cut_off_veh_per_h", lost=True),
        Reading("jobs_within_45_min", low_hurts=True),
        Reading("relative_gap", drawn=False),
    ),
    kinds=(Mark("zone", "diamond", serves=True), Mark("node", minor=True)),
    losing=("cut off",),
    first=("mean_car_trip_min",),
    tables=("closures",),
)

"""How pages show the power network."""

from twin.utilities.metric import Loss
from twin.utilities.shown import Mark, Reading, Shown

SHOWN = Shown(
    readings=(
        Reading("voltage_pu", best=1.0, low_hurts=True),
        Reading("supply_pu", drawn=False),
    ),
    kinds=(
        Mark("bus", minor=True),
        Mark("switch", minor=True, as_mark=True, both_ways=True),
        Mark("load", "diamond", minor=True, serves=True),
        Mark("line", both_ways=True),
        Mark("trafo", as_mark=True),
        Mark("trafo3w", as_mark=True),
        Mark("ext_grid", "square"),
        Mark("gen", "square"),
        Mark("sgen", "diamond"),
        Mark("storage", "square", minor=True),
        *(Mark(kind, "diamond") for kind in ("pv", "wind", "run_of_river", "chp", "peaking")),
        *(Mark(kind, "square") for kind in ("battery", "ev", "heat_pump", "data_centre", "demand_response")),
    ),
    losing=("load shed",),
    first=("peak_power_mw",),
    tables=("security", "contingencies", "firm_load", "generation_headroom", "fault_levels"),
)
LOSSES = (
    Loss(
        "unserved_mwh",
        "MWh",
        metric="unserved_energy_mwh",
        price="unserved_energy_kzt_per_kwh",
        part="energy",
        units=1000.0,
    ),
)

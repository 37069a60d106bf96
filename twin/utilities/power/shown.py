"""How pages show the power network."""

from twin.utilities.metric import Loss
from twin.utilities.shown import AssetKind, Reading, Shown

SHOWN = Shown(
    readings=(
        Reading("voltage_pu", best=1.0, low_hurts=True),
        Reading("supply_pu", drawn=False),
    ),
    kinds=(
        AssetKind("bus", minor=True),
        AssetKind("switch", minor=True, as_mark=True, both_ways=True),
        AssetKind("load", "diamond", minor=True, serves=True),
        AssetKind("line", both_ways=True),
        AssetKind("trafo", as_mark=True),
        AssetKind("trafo3w", as_mark=True),
        AssetKind("ext_grid", "square"),
        AssetKind("gen", "square"),
        AssetKind("sgen", "diamond"),
    ),
    losing=("load shed",),
    first=("unserved_energy_mwh", "peak_power_mw"),
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

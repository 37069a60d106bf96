"""What is told of resources, in runs that have any."""

from collections.abc import Mapping

from twin.utilities.metric import Line, Metric, Sums
from twin.utilities.power.resources.batteries import TOTALS
from twin.utilities.power.resources.control import GENERATED

CHARGED, DISCHARGED, LOST = TOTALS

METRICS: tuple[Metric[Sums], ...] = (
    Metric(
        "energy_generated_mwh",
        "MWh",
        lambda s: s.totals[GENERATED],
        better="more",
        decimals=0,
        total=GENERATED,
    ),
    Metric("battery_charged_mwh", "MWh", lambda s: s.totals[CHARGED], decimals=0, total=CHARGED),
    Metric(
        "battery_discharged_mwh",
        "MWh",
        lambda s: s.totals[DISCHARGED],
        better="more",
        decimals=0,
        total=DISCHARGED,
    ),
    Metric("battery_losses_mwh", "MWh", lambda s: s.totals[LOST], total=LOST),
)
GENERATION, INTO, OUT_OF, BATTERY_LOSSES = METRICS


def _generated(values: Mapping[str, float]) -> str:
    return GENERATION.told(values) if values.get(GENERATION.name) else ""


def _batteries(values: Mapping[str, float]) -> str:
    if INTO.name not in values:
        return ""
    return f"{INTO.told(values)} charged, {OUT_OF.told(values)} discharged"


SUMMARY = (Line("generation", _generated), Line("batteries", _batteries))

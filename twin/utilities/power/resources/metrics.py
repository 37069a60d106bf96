"""What is told of resources, in runs that have any."""

from collections.abc import Mapping

from twin.utilities.metric import Line, Metric, Sums
from twin.utilities.power.resources.totals import CALLED, CALLED_H, CHARGED, DISCHARGED, GENERATED, LOST

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
    Metric("demand_response_mwh", "MWh", lambda s: s.totals[CALLED], total=CALLED),
    Metric("demand_response_hours", "h", lambda s: s.totals[CALLED_H], total=CALLED_H),
)
GENERATION, INTO, OUT_OF, _, LESS, LESS_H = METRICS


def _generated(values: Mapping[str, float]) -> str:
    return GENERATION.told(values) if values.get(GENERATION.name) else ""


def _batteries(values: Mapping[str, float]) -> str:
    if INTO.name not in values:
        return ""
    return f"{INTO.told(values)} charged, {OUT_OF.told(values)} discharged"


def _called(values: Mapping[str, float]) -> str:
    return f"{LESS.told(values)} in {LESS_H.told(values)}" if LESS.name in values else ""


SUMMARY = (
    Line("generation", _generated),
    Line("batteries", _batteries),
    Line("demand response", _called),
)

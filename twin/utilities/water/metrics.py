"""What is told of a finished run of the water network."""

from twin.utilities.epanet.metrics import PUMP_ENERGY
from twin.utilities.metric import LOST, Line, Metric, Narrowed, Sums, open_share


def _balance(s: Sums) -> float:
    t = s.totals
    return open_share(t["supplied_m3"], t["served_m3"] + t["leaked_m3"] + t["stored_m3"], t["required_m3"])


SERVED: Metric[Sums] = Metric(
    "water_served_m3", "m3", lambda s: s.totals["served_m3"], better="more", decimals=0
)
UNSERVED: Metric[Sums] = Metric(
    "unserved_water_m3",
    "m3",
    lambda s: s.totals["unserved_m3"],
    headline=LOST,
    decimals=0,
    narrowed=Narrowed("unserved", "unserved_m3", "amount", "sum"),
)
METRICS: tuple[Metric[Sums], ...] = (
    SERVED,
    UNSERVED,
    Metric("water_leaked_m3", "m3", lambda s: s.totals["leaked_m3"]),
    Metric("negative_pressure_hours", "h", lambda s: s.totals.get("negative_pressure_h", 0.0)),
    Metric(
        "min_pressure_m",
        "m",
        lambda s: s.lowest("pressure_m", s.points),
        better="more",
        narrowed=Narrowed(
            "monthly", "pressure_m", "min", "min", ("asset", "district", "period"), points=True
        ),
    ),
    Metric("balance_error_water", "", _balance),
    PUMP_ENERGY,
)
SUMMARY = Line("water served", SERVED.told), Line("water unserved", UNSERVED.told)

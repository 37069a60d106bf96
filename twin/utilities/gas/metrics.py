"""What is told of a finished run of the gas network."""

from twin.utilities.metric import LOST, Line, Metric, Narrowed, Sums, open_share

_NOTHING_M3 = 1e-3


def _balance(s: Sums) -> float:
    t = s.totals
    if t["supplied_m3"] + t["served_m3"] < _NOTHING_M3:
        return 0.0  # what rounding leaves where nothing flows
    return open_share(t["supplied_m3"], t["served_m3"] + t["fed_back_m3"], t["supplied_m3"])


SERVED: Metric[Sums] = Metric(
    "gas_served_m3", "m3", lambda s: s.totals["served_m3"], better="more", decimals=0
)
UNSERVED: Metric[Sums] = Metric(
    "unserved_gas_m3",
    "m3",
    lambda s: s.totals["unserved_m3"],
    headline=LOST,
    decimals=0,
    narrowed=Narrowed("unserved", "gas_unserved_m3", "amount", "sum"),
)
METRICS: tuple[Metric[Sums], ...] = (
    SERVED,
    UNSERVED,
    Metric(
        "min_gas_pressure_bar",
        "bar",
        lambda s: s.lowest("pressure_bar", s.points),
        better="more",
        decimals=3,
        narrowed=Narrowed(
            "monthly", "pressure_bar", "min", "min", ("asset", "district", "period"), points=True
        ),
    ),
    Metric(
        "max_gas_velocity_m_per_s",
        "m/s",
        lambda s: s.highest("gas_velocity_m_per_s", ()),
        decimals=1,
        narrowed=Narrowed("monthly", "gas_velocity_m_per_s", "max", "max"),
    ),
    Metric(
        "min_linepack_minutes",
        "min",
        lambda s: s.lowest("linepack_minutes", ()),
        better="more",
        decimals=1,
        narrowed=Narrowed("monthly", "linepack_minutes", "min", "min"),
    ),
    Metric("balance_error_gas", "", _balance),
)
SUMMARY = Line("gas served", SERVED.told), Line("gas unserved", UNSERVED.told)

"""What is told of a finished run of the sewers."""

from twin.utilities.epanet.metrics import PUMP_ENERGY
from twin.utilities.metric import LOST, Line, Metric, Narrowed, Sums, open_share


def _balance(s: Sums) -> float:
    t = s.totals
    return open_share(t["inflow_m3"], t["treated_m3"] + t["spilled_m3"] + t["stored_m3"], t["inflow_m3"])


TREATED: Metric[Sums] = Metric(
    "sewage_treated_m3", "m3", lambda s: s.totals["treated_m3"], better="more", decimals=0
)
SPILLED: Metric[Sums] = Metric(
    "sewage_spilled_m3",
    "m3",
    lambda s: s.totals["spilled_m3"],
    headline=LOST,
    decimals=0,
    narrowed=Narrowed("unserved", "spilled_m3", "amount", "sum"),
)
METRICS: tuple[Metric[Sums], ...] = (
    TREATED,
    SPILLED,
    Metric("balance_error_wastewater", "", _balance),
    PUMP_ENERGY,
)
SUMMARY = Line("sewage treated", TREATED.told), Line("sewage spilled", SPILLED.told)

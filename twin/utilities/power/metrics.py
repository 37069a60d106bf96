"""What is told of a finished run of the grid."""

from collections.abc import Mapping

from twin.figures import NOT_COMPUTED, fixed
from twin.utilities.metric import LOST, Line, Metric, Narrowed, Sums, open_share
from twin.utilities.power.resources import metrics as resources


def _balance(s: Sums) -> float:
    t = s.totals
    taken_in = t["supplied_mwh"] + t["fed_in_mwh"]
    return open_share(taken_in, t["served_mwh"] + t["losses_mwh"], taken_in)


SERVED: Metric[Sums] = Metric(
    "energy_served_mwh", "MWh", lambda s: s.totals["served_mwh"], better="more", decimals=0
)
LOSSES: Metric[Sums] = Metric("losses_energy_mwh", "MWh", lambda s: s.totals["losses_mwh"])
UNSERVED: Metric[Sums] = Metric(
    "unserved_energy_mwh",
    "MWh",
    lambda s: s.totals["unserved_mwh"],
    headline=LOST,
    decimals=0,
    narrowed=Narrowed("unserved", "unserved_mwh", "amount", "sum"),
)
PEAK: Metric[Sums] = Metric(
    "peak_power_mw",
    "MW",
    lambda s: s.highest("supplied_mw", {"power/network"}),
    decimals=1,
    narrowed=Narrowed("monthly", "supplied_mw", "max", "max", ("period",)),
)
LOWEST_VOLTAGE: Metric[Sums] = Metric(
    "min_voltage_pu",
    "pu",
    lambda s: s.lowest("voltage_pu", ()),
    better="more",
    decimals=3,
    narrowed=Narrowed("monthly", "voltage_pu", "min", "min"),
)
METRICS: tuple[Metric[Sums], ...] = (
    SERVED,
    UNSERVED,
    LOSSES,
    Metric("energy_fed_in_mwh", "MWh", lambda s: s.totals["fed_in_mwh"]),
    PEAK,
    LOWEST_VOLTAGE,
    Metric(
        "max_transformer_loading_percent",
        "%",
        lambda s: s.highest("loading_percent", s.rated),
        narrowed=Narrowed("monthly", "loading_percent", "max", "max", ("asset",)),
    ),
    Metric("balance_error_power", "", _balance),
    *resources.METRICS,
)


def _served(values: Mapping[str, float]) -> str:
    gwh = {name: value / 1e3 for name, value in values.items()}
    return f"{SERVED.told(gwh).replace('MWh', 'GWh')}, losses {_share_lost(values)}"


def _share_lost(values: Mapping[str, float]) -> str:
    """Return losses as part of what was served; without anything served there is no such part."""
    losses, served = values.get(LOSSES.name), values.get(SERVED.name)
    if losses is None or not served or served <= 0.0:
        return "none" if losses == 0.0 else NOT_COMPUTED
    return f"{fixed(100.0 * losses / served, 2)} %"


SUMMARY = (
    Line("peak power", PEAK.told),
    Line("energy served", _served),
    Line("energy unserved", UNSERVED.told),
    Line("lowest voltage", LOWEST_VOLTAGE.told),
    *resources.SUMMARY,
)

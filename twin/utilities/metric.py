"""What is told of a finished run: numbers, and service that was not given."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Sums(NamedTuple):
    """What a finished run accounted of one utility, for its metrics.

    Attributes
    ----------
    totals
        What its network accounted, each day as often as it stands for.
    highest, lowest
        The extreme over the run of a quantity, of some assets (of all, if none is named); 0 where nothing
        was in service.
    points
        Addresses of the scenario's demand points.
    assets
        Addresses of the network's assets of a kind.
    """

    totals: Mapping[str, float]
    highest: Callable[[str, Collection[str]], float]
    lowest: Callable[[str, Collection[str]], float]
    points: Collection[str]
    assets: Callable[[str], Collection[str]]


class Narrowed(NamedTuple):
    """Where a metric comes from when a check narrows it: rows of a table, and how they become one value."""

    table: Literal["monthly", "unserved"]
    quantity: str
    column: str
    how: Literal["min", "max", "sum"]
    by: tuple[str, ...] = ("asset", "period")


@dataclass(frozen=True, slots=True)
class Metric:
    """One number computed from a finished run.

    Attributes
    ----------
    name
        With its unit at the end: ``unserved_energy_mwh``.
    unit
        As it is shown: ``MWh``; empty for a ratio or a count.
    value
        The number, from what the run accounted.
    better
        Which way a plan improves.
    headline
        Among the first by which many runs are compared.
    decimals
        How many are shown.
    narrowed
        How a check finds it for a part of the city or of the time, if it can.
    """

    name: str
    unit: str
    value: Callable[[Sums], float]
    better: Literal["less", "more"] = "less"
    headline: bool = False
    decimals: int = 0
    narrowed: Narrowed | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """Service that was not given, and what it is worth.

    Attributes
    ----------
    quantity
        As causes name it: ``unserved_mwh``.
    unit
        As it is shown.
    metric
        The metric that sums it over a run.
    price
        Key of `service_prices`; ``units`` of the price's unit are in one of the quantity's.
    part
        Names its part of the cost of service: ``service_cost_<part>_bn_kzt``.
    """

    quantity: str
    unit: str
    metric: str
    price: str
    part: str
    units: float = 1.0

"""What is told of a finished run: numbers, and service that was not given."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, NamedTuple, TypeVar

from twin.figures import NOT_COMPUTED, amount


class Sums(NamedTuple):
    """What a finished run accounted of one utility, for its metrics.

    Attributes
    ----------
    totals
        What its network accounted, by the names in `Network.totals`, each day as often as it stands for.
    highest, lowest
        The extreme over the run of a signal, of some assets (of all: ``run.highest("loading_percent", ())``);
        0 where nothing was in service, and where no asset has that signal.
    points
        Addresses of the scenario's demand points.
    rated
        Addresses of the assets whose rating the network's file says.
    """

    totals: Mapping[str, float]
    highest: Callable[[str, Collection[str]], float]
    lowest: Callable[[str, Collection[str]], float]
    points: Collection[str]
    rated: Collection[str]


class Narrowed(NamedTuple):
    """Where a metric comes from when a check narrows it: rows of a table, and how they become one value.

    Attributes
    ----------
    table, quantity, column
        Its values: a column of the rows of that quantity.
    how
        They become one value.
    by
        What a check may name; an asset may be narrowed to a period too.
    points
        Only demand points count, as long as no asset is named.
    """

    table: Literal["monthly", "unserved"]
    quantity: str
    column: str
    how: Literal["min", "max", "sum"]
    by: tuple[str, ...] = ("asset", "period")
    points: bool = False


C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Metric(Generic[C]):
    """One number computed from a finished run; C is what it is computed from, `Sums` for a utility's.

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
        Its place among the first by which many runs are compared; 0: it is not among them.
    decimals
        How many are shown; None: as many as its size asks for.
    narrowed
        How a check finds it for a part of the city or of the time, if it can.
    total
        It is computed only where its network accounts this; empty: always.
    """

    name: str
    unit: str
    value: Callable[[C], float]
    better: Literal["less", "more"] = "less"
    headline: int = 0
    decimals: int | None = None
    narrowed: Narrowed | None = None
    total: str = ""

    def told(self, values: Mapping[str, float]) -> str:
        """Return its value among those of a run as people read it, with its unit."""
        if self.name not in values:
            return NOT_COMPUTED
        return f"{amount(values[self.name], self.decimals or 0)} {self.unit}"


class Line(NamedTuple):
    """A line of the table that ends a run: what it tells, and how from the metrics.

    A metric may be missing, where it was not computed: ``Line("heat", SERVED.told)`` says so then. What tells
    nothing, an empty text, is left out.
    """

    label: str
    value: Callable[[Mapping[str, float]], str]


LOST = 7
"""The place of what utilities did not serve among the headlines: after what plans cost."""


def open_share(supplied: float, used: float, throughput: float) -> float:
    """Return an open balance relative to the throughput, or to what there is where nothing passed."""
    scale = throughput or max(abs(supplied), abs(used))
    return abs(supplied - used) / scale if scale else 0.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Service that was not given, and what it is worth.

    What it costs is told as the metric ``service_cost_<part>_bn_kzt``, in runs that price any service.

    Attributes
    ----------
    quantity
        As the network's causes name it, and `unserved.csv` after them: ``unserved_mwh``.
    unit
        As it is shown.
    metric
        The metric that sums it over a run.
    price
        Key of `service_prices`, which the utility adds there in its `fields`.
    units
        So many of the price's unit are in one of the quantity's: 1000 for MWh at a price per kWh.
    instead
        Where storage gives or takes what would have been lost, what totals gain by it: 1 for each unit, or
        -1. Empty: storage does not stand for it.
    gathers
        Storage takes what would be lost, until it is full; else it gives, until it is empty.
    words
        What became of it, after amount and unit: ``5 m3 spilled``.
    part
        Names its part of the cost of service: ``service_cost_<part>_bn_kzt``.
    """

    quantity: str
    unit: str
    metric: str
    price: str
    part: str
    units: float = 1.0
    words: str = "unserved"
    instead: Mapping[str, int] = field(default_factory=dict, hash=False)
    gathers: bool = False

"""All metrics of a run: what each is, and its value."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from twin.demand.developments import Connections
from twin.scenario.currency import ACCOUNT, known_metric
from twin.scenario.currency import told as told_in
from twin.scenario.schema import Scenario
from twin.simulation.account import SETTLING, TYPICAL, Account
from twin.utilities.metric import Metric, Sums
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility
from twin.works.construction import Works
from twin.works.delays import CONNECTION_METRICS, JOBS_DELAYED, connection_metrics
from twin.works.money import (
    MONEY_METRICS,
    NET_PRESENT_VALUE,
    PLAN_COST,
    QUEUE_COSTS,
    REVENUE,
    SERVICE_COST,
    WAITING,
    SiteMoney,
    cost_metrics,
    cost_name,
    money_metrics,
    rate_metrics,
    revenue,
    revenue_metrics,
    service_metrics,
)

if TYPE_CHECKING:  # they bring compiled code, which takes a second
    from twin.city.city import City
    from twin.simulation.recorder import Recorder

Declared = Metric[Any]


@cache
def declared() -> dict[str, Declared]:
    """Return every metric that any run can have, by name; of debts those of a scenario come beside them."""
    own = (metric for utility in utilities().values() for metric in utility.metrics)
    every: list[Declared] = [PLAN_COST, SERVICE_COST, *cost_metrics(), *MONEY_METRICS]
    every += [REVENUE, *revenue_metrics()]
    every += own
    every += CONNECTION_METRICS
    every += [*SETTLING, TYPICAL]
    return {metric.name: metric for metric in every}


def declared_of(scenario: Scenario) -> dict[str, Declared]:
    """Return every metric that a run of a scenario can have, by name."""
    return declared() | {metric.name: metric for metric in rate_metrics(scenario)}


def headlines(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of some metrics that many runs are first compared by, in order; in whatever currency."""
    ranks = {name: metric.headline for name, metric in declared().items() if metric.headline}
    chosen = (name for name in dict.fromkeys(names) if known_metric(name) in ranks)
    return tuple(sorted(chosen, key=lambda name: ranks[known_metric(name)]))


def better(name: str) -> Literal["less", "more"]:
    """Return which way a plan improves a metric."""
    metric = declared().get(known_metric(name))
    return metric.better if metric else "less"


def first_differences() -> tuple[str, ...]:
    """Return the metrics by which plans are told apart: the first in which they differ decides."""
    return PLAN_COST.name, SERVICE_COST.name, JOBS_DELAYED.name, *_lost()


def of_slips() -> tuple[str, ...]:
    """Return the metrics that a slip of a site moves."""
    return PLAN_COST.name, SERVICE_COST.name, NET_PRESENT_VALUE.name, JOBS_DELAYED.name, *_lost()


def told(metrics: Mapping[str, Declared], currency: str = ACCOUNT) -> dict[str, dict[str, Any]]:
    """Return what pages need of metrics, by name, as results keep it."""
    first, leading = headlines(metrics), first_differences()
    return {
        told_in(name, currency): {
            "unit": told_in(metric.unit, currency),
            "better": metric.better,
            "decimals": metric.decimals,
            "headline": first.index(name) + 1 if name in first else 0,
            "leading": leading.index(name) + 1 if name in leading else 0,
        }
        for name, metric in metrics.items()
    }


def computed(
    scenario: Scenario,
    city: "City",
    recorder: "Recorder",
    account: Account,
    works: Mapping[str, Works],
    money: Sequence[SiteMoney],
    connections: Connections,
    left_out: Collection[str],
) -> dict[str, float]:
    """Return the value of every metric of a run.

    Parameters
    ----------
    left_out
        Networks that were mostly unsolved: theirs are left out, and what rests on them.
    """
    values = _of_utilities(scenario, city, recorder, account, left_out)
    values |= {metric.name: metric.value(account) for metric in SETTLING}
    if account.typical_percent >= 0.0:
        values[TYPICAL.name] = TYPICAL.value(account)
    if account.ended:
        # sums over a part of the horizon are no result
        return {metric.name: values[metric.name] for metric in SETTLING}
    if not left_out or scenario.connection == "on-request":
        values |= connection_metrics(scenario, connections.requests, connections.people_waiting)
    values |= money_metrics(scenario, works, money)
    if not left_out:
        values |= revenue(scenario, account.revenue)
    service = _service(scenario, account, connections, left_out)
    values |= service
    if SERVICE_COST.name in service:
        values[PLAN_COST.name] = PLAN_COST.value(values)
    return values


def _lost() -> Iterator[str]:
    return (loss.metric for utility in utilities().values() for loss in utility.losses)


def _of_utilities(
    scenario: Scenario, city: "City", recorder: "Recorder", account: Account, left_out: Collection[str]
) -> dict[str, float]:
    """Return the metrics of each network, and after them the sums of those that several declare."""
    every = utilities()
    declaring = Counter(metric.name for utility in every.values() for metric in utility.metrics)
    own = {name: _Accounted(scenario, city, recorder, account, name).sums() for name in account.totals}
    values: dict[str, float] = {}
    for name in (n for n in every if n in own and n not in left_out):
        for metric in every[name].metrics:
            if declaring[metric.name] == 1 and (not metric.total or metric.total in own[name].totals):
                values[metric.name] = _value(name, metric, own[name])
    for metric in dict.fromkeys(m for u in every.values() for m in u.metrics if declaring[m.name] > 1):
        there = [name for name in own if metric in every[name].metrics]
        if there and not set(left_out) & set(there):
            values[metric.name] = sum(_value(name, metric, own[name]) for name in there)
    return values


def _value(utility: str, metric: Metric[Sums], sums: Sums) -> float:
    try:
        return float(metric.value(sums))
    except Exception as error:
        error.add_note(f"in the metric {metric.name} of {utility}, with totals {', '.join(sums.totals)}")
        raise


def _service(
    scenario: Scenario, account: Account, connections: Connections, left_out: Collection[str]
) -> dict[str, float]:
    """Return what failures of service cost; without the sum where a part of it is not known."""
    waiting = connections.people_waiting.items()
    unserved = {(month, WAITING): people for month, people in waiting}
    for (month, cause, _), amount in account.unserved.items():
        key = month, cause.quantity
        unserved[key] = unserved.get(key, 0.0) + amount
    service = service_metrics(scenario, unserved, connections.requests)
    if not left_out:
        return service
    rested = {SERVICE_COST.name} | {cost for name in left_out for cost in _costs(utilities()[name])}
    if scenario.connection == "when-capacity":
        rested |= {metric.name for metric in QUEUE_COSTS}
    return {name: cost for name, cost in service.items() if name not in rested}


def _costs(utility: Utility) -> Iterator[str]:
    return (cost_name(loss.part) for loss in utility.losses)


class _Accounted:
    """What a run accounted of one network: totals, and extremes over all months of what was in service."""

    def __init__(
        self, scenario: Scenario, city: "City", recorder: "Recorder", account: Account, name: str
    ) -> None:
        self._scenario, self._network = scenario, city.networks[name]
        self._totals = account.totals[name]
        self._signals = [(s.asset.split("/")[0] == name, s.asset, s.quantity) for s in city.signals]
        count, months = len(city.signals), recorder.months
        self._low = np.min([m.minimum for m in months], axis=0) if months else np.full(count, np.inf)
        self._high = np.max([m.maximum for m in months], axis=0) if months else np.full(count, -np.inf)

    def sums(self) -> Sums:
        """Return what metrics are computed from."""
        points = {point.asset for point in self._scenario.demand_points}
        return Sums(self._totals, self._highest, self._lowest, points, set(self._network.ratings))

    def _highest(self, quantity: str, assets: Collection[str]) -> float:
        return _finite(float(self._high[self._chosen(quantity, assets)].max(initial=-np.inf)))

    def _lowest(self, quantity: str, assets: Collection[str]) -> float:
        return _finite(float(self._low[self._chosen(quantity, assets)].min(initial=np.inf)))

    def _chosen(self, quantity: str, assets: Collection[str]) -> list[int]:
        """Return the network's columns of a quantity, of all assets if none are named."""
        return [
            i
            for i, (own, asset, read) in enumerate(self._signals)
            if own and read == quantity and (asset in assets or not assets)
        ]


def _finite(value: float) -> float:
    return value if np.isfinite(value) else 0.0

"""What a run's works and its failures of service cost; docs/orders.md tells the rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from math import inf, isnan, nan
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from twin.columns import columns
from twin.dates import month_position
from twin.demand.requests import Request
from twin.results.tables import CashRow
from twin.scenario.schema import Scenario
from twin.scenario.works import Instrument
from twin.utilities.base import Vector
from twin.utilities.metric import Loss, Metric
from twin.utilities.registry import utilities
from twin.works.construction import Works
from twin.works.finance import Contract, Flows, all_in_rate_percent, flows, present_value

_FOREVER = 10**6
_DEBT = ("loan", "bond", "epcf")
_AMOUNTS = tuple(column.name.removesuffix("_bn_kzt") for column in columns(CashRow) if column.unit)
WAITING = "waiting_people"
"""The quantity of people whose housing waits."""
_BN = 1e-9


class SiteMoney(NamedTuple):
    """One site's contract and its cash within the horizon."""

    site: str
    instrument: str
    contract: Contract
    flows: Flows


def site_money(scenario: Scenario, works: Mapping[str, Works]) -> list[SiteMoney]:
    """Return each signed site's cash flows up to the horizon's end, in the scenario's kind of prices."""
    payers = {site: name for name, terms in scenario.instruments.items() for site in terms.sites}
    until = _last_month(scenario)
    money = []
    for name, w in works.items():
        contract, payer = _contract(w), payers.get(name, "")
        if contract is not None and contract.signed < until:
            cash = flows(scenario.instruments.get(payer), contract, until)
            money.append(SiteMoney(name, payer, contract, _told(scenario, cash)))
    return money


def cashflow(scenario: Scenario, money: Iterable[SiteMoney]) -> list[CashRow]:
    """Return the rows of ``cashflow.csv``: every month in which a site moves money or owes some."""
    rows = []
    start, until = _first_month(scenario), _last_month(scenario)
    names = [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, until)]
    for site, instrument, _, f in money:
        amounts = np.column_stack([getattr(f, name) for name in _AMOUNTS])
        months = f.first - start + np.arange(len(amounts))
        moving = np.any(amounts != 0.0, axis=1) & (months >= 0)
        for month, values in zip(months[moving].tolist(), amounts[moving].tolist(), strict=True):
            rows.append(CashRow(names[month], site, instrument, *values))
    return sorted(rows, key=attrgetter("month"))


class Ledger(NamedTuple):
    """What the works of a run moved.

    Attributes
    ----------
    totals
        Of all sites by month: the amounts of ``cashflow.csv``, what is paid, and what debts take.
    """

    scenario: Scenario
    money: Sequence[SiteMoney]
    totals: Mapping[str, Vector]

    def net_present_value(self) -> float:
        """Return what is left at the end less what is owed and was paid, in money of the start."""
        start, until = _first_month(self.scenario), _last_month(self.scenario)
        rate = self.scenario.finance.discount_rate_percent
        left = residual_value_bn(self.scenario, self.money) - self.totals["liability"][-1]
        npv = present_value(np.array([left]), until - 1, start, rate)
        return npv - present_value(self.totals["paid"], start, start, rate)

    def debt_service(self) -> float:
        """Return what debts take in the year in which they take most."""
        start, service = _first_month(self.scenario), self.totals["debt_service"]
        years = groupby(range(len(service)), key=lambda i: (start + i) // 12)
        return max(float(service[list(months)].sum()) for _, months in years)


NET_PRESENT_VALUE: Metric[Ledger] = Metric(
    "npv_bn_kzt", "bn KZT", Ledger.net_present_value, better="more", headline=3
)
MONEY_METRICS: tuple[Metric[Ledger], ...] = (
    Metric("capex_bn_kzt", "bn KZT", lambda own: float(own.totals["works"].sum()), headline=4, decimals=1),
    NET_PRESENT_VALUE,
    Metric("peak_liability_bn_kzt", "bn KZT", lambda own: float(own.totals["liability"].max()), headline=5),
    Metric("peak_debt_service_bn_kzt_per_year", "bn KZT/year", Ledger.debt_service, headline=6),
    Metric("interest_subsidy_bn_kzt", "bn KZT", lambda own: _subsidy(own.scenario, own.money)),
)


def money_metrics(
    scenario: Scenario, works: Mapping[str, Works], money: Sequence[SiteMoney]
) -> dict[str, float]:
    """Return what the works cost, owe and are worth; amounts to the tenge."""
    start, until = _first_month(scenario), _last_month(scenario)
    count = max(1, until - start)
    totals = {name: np.zeros(count) for name in (*_AMOUNTS, "paid", "debt_service")}
    for _, _, _, f in money:
        places = f.first - start + np.arange(len(f.works))
        inside = places >= 0
        for name, total in totals.items():
            total[places[inside]] += getattr(f, name)[inside]
    ledger = Ledger(scenario, money, totals)
    metrics = {metric.name: round(metric.value(ledger), 9) for metric in MONEY_METRICS}
    rates = {metric.name: metric.value(works) for metric in rate_metrics(scenario)}
    return metrics | {name: rate for name, rate in rates.items() if not isnan(rate)}


def residual_value_bn(scenario: Scenario, money: Iterable[SiteMoney]) -> float:
    """Return what the works are worth at the horizon's end: see `asset_life_years`."""
    end, life = month_position(scenario.end), 12.0 * scenario.finance.asset_life_years
    worth = 0.0
    for _, _, contract, f in money:
        if contract.commissioned < end:
            price = contract.price * _deflator(scenario, contract.signed)
            worth += price * max(0.0, 1.0 - (end - contract.commissioned) / life)
        else:
            worth += float(f.works.sum())
    return worth


class Failed(NamedTuple):
    """Service that failed.

    Attributes
    ----------
    unserved
        By month (``2026-01``) and quantity, people whose housing waits included.
    """

    scenario: Scenario
    unserved: Mapping[tuple[str, str], float]
    requests: Mapping[str, Request]

    def worth(self, quantity: str, price_kzt: float) -> float:
        """Return the present value in bn of what was lost of a quantity."""
        lost = ((_month(month), amount) for (month, q), amount in self.unserved.items() if q == quantity)
        return _worth(self.scenario, lost, price_kzt)


def cost_name(part: str) -> str:
    """Return the name of the metric that is a part of the cost of service."""
    return f"service_cost_{part}_bn_kzt"


def price_of(loss: Loss, scenario: Scenario) -> float:
    """Return what a unit of a lost quantity costs, in KZT at the start."""
    return float(getattr(scenario.service_prices, loss.price) * loss.units)


def _cost_of(loss: Loss) -> Metric[Failed]:
    def value(failed: Failed) -> float:
        return failed.worth(loss.quantity, price_of(loss, failed.scenario))

    return Metric(cost_name(loss.part), "bn KZT", value)


def _cost_of_housing(failed: Failed) -> float:
    return failed.worth(WAITING, failed.scenario.service_prices.waiting_resident_kzt_per_month)


def _cost_of_jobs(failed: Failed) -> float:
    jobs = _jobs_by_month(failed.scenario, failed.requests)
    return _worth(failed.scenario, jobs.items(), failed.scenario.service_prices.delayed_job_kzt_per_month)


QUEUE_COSTS: tuple[Metric[Failed], ...] = (
    Metric(cost_name("housing"), "bn KZT", _cost_of_housing),
    Metric(cost_name("jobs"), "bn KZT", _cost_of_jobs),
)
"""What waiting for connections costs."""
SERVICE_COST: Metric[Mapping[str, float]] = Metric(
    "service_cost_bn_kzt", "bn KZT", lambda parts: sum(parts.values()), headline=2
)
PLAN_COST: Metric[Mapping[str, float]] = Metric(
    "plan_cost_bn_kzt",
    "bn KZT",
    lambda own: own[SERVICE_COST.name] - own[NET_PRESENT_VALUE.name],
    headline=1,
)


REVENUE: Metric[Mapping[str, float]] = Metric(
    "revenue_bn_kzt", "bn KZT", lambda parts: sum(parts.values()), better="more"
)


def revenue_metrics() -> tuple[Metric[Mapping[str, float]], ...]:
    """Return what each utility that sells anything takes in."""
    names = [name for name, own in utilities().items() if own.sold is not None]
    return tuple(Metric(_revenue_name(name), "bn KZT", _part(name), better="more") for name in names)


def _revenue_name(utility: str) -> str:
    return f"revenue_{utility}_bn_kzt"


def _part(name: str) -> Callable[[Mapping[str, float]], float]:
    return lambda parts: parts[name]


def revenue(scenario: Scenario, paid: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """Return the present value of what customers pay, and by utility; nothing without tariffs.

    Parameters
    ----------
    paid
        By month (``2026-01``) and utility, in the scenario's currency at prices of the start.
    """
    by_name: dict[str, list[tuple[int, float]]] = {}
    for (month, name), amount in paid.items():
        by_name.setdefault(name, []).append((_month(month), amount))
    if not by_name:
        return {}
    parts = {name: _worth(scenario, own, 1.0) for name, own in by_name.items()}
    return {REVENUE.name: REVENUE.value(parts), **{_revenue_name(name): own for name, own in parts.items()}}


def cost_metrics() -> tuple[Metric[Failed], ...]:
    """Return the parts of the cost of service: of each utility's losses, then of the queue."""
    losses = (loss for utility in utilities().values() for loss in utility.losses)
    return (*map(_cost_of, losses), *QUEUE_COSTS)


def service_metrics(
    scenario: Scenario, unserved: Mapping[tuple[str, str], float], requests: Mapping[str, Request]
) -> dict[str, float]:
    """Return the present value of service that failed, at its prices, and its parts; nothing without prices.

    Parameters
    ----------
    unserved
        By month (``2026-01``) and quantity, people whose housing waits included.
    """
    if not any(price for _, price in scenario.service_prices):
        return {}
    failed = Failed(scenario, unserved, requests)
    parts = {metric.name: metric.value(failed) for metric in cost_metrics()}
    return {SERVICE_COST.name: SERVICE_COST.value(parts), **parts}


def _worth(scenario: Scenario, amounts: Iterable[tuple[int, float]], price_kzt: float) -> float:
    """Return the present value in bn of amounts by month at a price in money of the start."""
    start, rate = _first_month(scenario), scenario.finance.discount_rate_percent
    return sum(
        present_value(np.array([amount]), month, start, rate)
        * price_kzt
        * _BN
        / _deflator_of_real(scenario, month)
        for month, amount in amounts
    )


def _jobs_by_month(scenario: Scenario, requests: Mapping[str, Request]) -> dict[int, float]:
    jobs: dict[int, float] = {}
    for name, request in requests.items():
        begins = int(month_position(request.requested))
        ends = int(month_position(request.connected or scenario.end))
        for month in range(begins, ends):
            jobs[month] = jobs.get(month, 0.0) + scenario.developments[name].jobs
    return jobs


def _contract(works: Works) -> Contract | None:
    if works.construction_started is None or works.ready is None or works.planned_ready is None:
        return None
    return Contract(
        works.price_bn,
        month_position(works.construction_started),
        month_position(works.ready),
        month_position(works.planned_ready),
        month_position(works.commissioned) if works.commissioned else inf,
    )


def _told(scenario: Scenario, f: Flows) -> Flows:
    """Return flows in money of the start, where prices are real."""
    if scenario.finance.prices == "nominal":
        return f
    factors = [_deflator(scenario, f.first + i + 1) for i in range(len(f.works))]
    return f.scaled(np.array(factors))


def _deflator(scenario: Scenario, position: float) -> float:
    """Return what turns money of a month into money that is told."""
    if scenario.finance.prices == "nominal":
        return 1.0
    return _price_level(scenario, position)


def _deflator_of_real(scenario: Scenario, month: int) -> float:
    """Return what turns money of the start into money that is told."""
    return 1.0 if scenario.finance.prices == "real" else _price_level(scenario, month + 1)


def _price_level(scenario: Scenario, position: float) -> float:
    """Return the worth of money at a month in money of the start."""
    years = (position - _first_month(scenario)) / 12.0
    return float((1.0 + scenario.finance.inflation_percent / 100.0) ** -years)


def _subsidy(scenario: Scenario, money: Iterable[SiteMoney]) -> float:
    """Return by how much more interest would be paid at the market's rate."""
    total = 0.0
    for _, instrument, _, f in money:
        terms = scenario.instruments.get(instrument)
        if terms and terms.market_rate_percent is not None and terms.rate_percent > 0.0:
            total += float(f.interest.sum()) * (terms.market_rate_percent / terms.rate_percent - 1.0)
    return total


def rate_metrics(scenario: Scenario) -> list[Metric[Mapping[str, Works]]]:
    """Return each debt's rate against paying cash, over its whole life; NaN where it is not known."""
    return [_rate(name, terms) for name, terms in scenario.instruments.items() if terms.kind in _DEBT]


def _rate(name: str, terms: Instrument) -> Metric[Mapping[str, Works]]:
    def value(works: Mapping[str, Works]) -> float:
        contracts = [_contract(works[site]) for site in terms.sites if site in works]
        known = [c for c in contracts if c is not None and c.commissioned < inf]
        return all_in_rate_percent([flows(terms, c, _FOREVER) for c in known]) if known else nan

    return Metric(f"all_in_rate_{name}_percent", "%", value)


def _first_month(scenario: Scenario) -> int:
    return int(month_position(scenario.start))


def _last_month(scenario: Scenario) -> int:
    """Return the month after the last of the horizon."""
    return -int(-month_position(scenario.end) // 1)


def _month(text: str) -> int:
    return int(month_position(date.fromisoformat(f"{text}-01")))

"""What a run's works and its failures of service cost; docs/orders.md tells the rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from math import inf
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from twin.columns import columns
from twin.dates import month_position
from twin.demand.requests import Request
from twin.results.tables import CashRow
from twin.scenario.schema import Scenario
from twin.works.construction import Works
from twin.works.finance import Contract, Flows, all_in_rate_percent, flows, present_value

_FOREVER = 10**6
_DEBT = ("loan", "bond", "epcf")
_AMOUNTS = tuple(column.name.removesuffix("_bn_kzt") for column in columns(CashRow) if column.unit)
_KWH_PER_MWH = 1000.0
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
    rate = scenario.finance.discount_rate_percent
    years = groupby(range(count), key=lambda i: (start + i) // 12)
    service = [float(totals["debt_service"][list(months)].sum()) for _, months in years]
    left = residual_value_bn(scenario, money) - totals["liability"][-1]
    npv = present_value(np.array([left]), until - 1, start, rate)
    npv -= present_value(totals["paid"], start, start, rate)
    metrics = {
        "capex_bn_kzt": float(totals["works"].sum()),
        "npv_bn_kzt": npv,
        "peak_liability_bn_kzt": float(totals["liability"].max()),
        "peak_debt_service_bn_kzt_per_year": max(service),
        "interest_subsidy_bn_kzt": _subsidy(scenario, money),
    }
    return {name: round(value, 9) for name, value in metrics.items()} | _all_in_rates(scenario, works)


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


def service_metrics(
    scenario: Scenario, unserved: Mapping[tuple[str, str], float], requests: Mapping[str, Request]
) -> dict[str, float]:
    """Return the present value of service that failed, at its prices, and its parts; nothing without prices.

    Parameters
    ----------
    unserved
        By month (``2026-01``) and quantity, people whose housing waits included.
    """
    prices = scenario.service_prices
    parts = {
        "energy": ("unserved_mwh", prices.unserved_energy_kzt_per_kwh * _KWH_PER_MWH),
        "water": ("unserved_m3", prices.unserved_water_kzt_per_m3),
        "spills": ("spilled_m3", prices.spill_kzt_per_m3),
        "housing": ("waiting_people", prices.waiting_resident_kzt_per_month),
    }
    if not any((*(price for _, price in parts.values()), prices.delayed_job_kzt_per_month)):
        return {}
    metrics = {}
    for part, (quantity, price) in parts.items():
        amounts = ((_month(month), amount) for (month, q), amount in unserved.items() if q == quantity)
        metrics[f"service_cost_{part}_bn_kzt"] = _worth(scenario, amounts, price)
    jobs = _jobs_by_month(scenario, requests)
    metrics["service_cost_jobs_bn_kzt"] = _worth(scenario, jobs.items(), prices.delayed_job_kzt_per_month)
    return {"service_cost_bn_kzt": sum(metrics.values()), **metrics}


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


def _all_in_rates(scenario: Scenario, works: Mapping[str, Works]) -> dict[str, float]:
    """Return each debt's rate against paying cash, over its whole life."""
    rates = {}
    for name, terms in scenario.instruments.items():
        contracts = [_contract(works[site]) for site in terms.sites if site in works]
        known = [c for c in contracts if c is not None and c.commissioned < inf]
        if terms.kind in _DEBT and known:
            rate = all_in_rate_percent([flows(terms, c, _FOREVER) for c in known])
            rates[f"all_in_rate_{name}_percent"] = rate
    return rates


def _first_month(scenario: Scenario) -> int:
    return int(month_position(scenario.start))


def _last_month(scenario: Scenario) -> int:
    """Return the month after the last of the horizon."""
    return -int(-month_position(scenario.end) // 1)


def _month(text: str) -> int:
    return int(month_position(date.fromisoformat(f"{text}-01")))

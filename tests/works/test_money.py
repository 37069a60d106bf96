"""What a plan costs: present values, residual value, real prices and the price of failed service."""

from datetime import date

import pytest

from tests.works.test_orders import plan
from twin.demand.requests import Request
from twin.scenario.schema import Scenario
from twin.works.construction import forecast
from twin.works.money import cashflow, money_metrics, service_metrics, site_money

LOAN = {
    "kind": "loan",
    "sites": "A",
    "rate_percent": 10,
    "market_rate_percent": 15,
    "term_years": 4,
    "grace_years": 1,
    "repayment": "annuity",
    "anchor": "draw",
}


def metrics(scenario: Scenario) -> dict[str, float]:
    works = forecast(scenario)
    return money_metrics(scenario, works, site_money(scenario, works))


def one(**changes: object) -> Scenario:
    return plan({"A": {"cost_bn_kzt": 12, "build_months": 12}}, **changes)


def test_without_discount_the_net_value_is_the_loss_of_worth() -> None:
    found = metrics(one(finance={"discount_rate_percent": 0, "asset_life_years": 30}))
    # paid 12; nine years of thirty are over at the end
    assert found["npv_bn_kzt"] == pytest.approx(-12 + 12 * 21 / 30)
    assert found["capex_bn_kzt"] == pytest.approx(12)
    assert found["peak_liability_bn_kzt"] == found["peak_debt_service_bn_kzt_per_year"] == 0.0


def test_a_loan_at_the_discount_rate_is_worth_what_cash_is() -> None:
    terms = {"discount_rate_percent": 100 * (1.05**2 - 1)}
    cash, loan = metrics(one(finance=terms)), metrics(one(finance=terms, instruments={"loan": LOAN}))
    # interest is 5 % a half-year on simple months: between payments it is a little below the discount rate
    assert loan["npv_bn_kzt"] == pytest.approx(cash["npv_bn_kzt"], abs=0.02)
    assert loan["peak_liability_bn_kzt"] == pytest.approx(12)
    assert loan["interest_subsidy_bn_kzt"] == pytest.approx(0.5 * (sum_of(LOAN, "interest")))


def sum_of(terms: dict[str, object], column: str) -> float:
    scenario = one(instruments={"loan": terms})
    money = site_money(scenario, forecast(scenario))
    return sum(float(getattr(row, f"{column}_bn_kzt")) for row in cashflow(scenario, money))


def test_what_is_owed_beyond_the_horizon_counts_at_its_end() -> None:
    short = {"end": date(2027, 1, 1), "instruments": {"loan": LOAN}, "finance": {"discount_rate_percent": 0}}
    found = metrics(one(**short))
    interest = -found["npv_bn_kzt"]
    assert 0.0 < interest < 1.0
    assert found["peak_liability_bn_kzt"] == pytest.approx(12)


def test_cash_balances_month_by_month() -> None:
    scenario = one(instruments={"loan": LOAN})
    rows = cashflow(scenario, site_money(scenario, forecast(scenario)))
    owed = 0.0
    for row in rows:
        assert row.works_bn_kzt == pytest.approx(row.own_bn_kzt + row.drawn_bn_kzt)
        owed += row.drawn_bn_kzt - row.principal_bn_kzt
        assert row.liability_bn_kzt == pytest.approx(owed, abs=1e-9)
    assert owed == pytest.approx(0.0, abs=1e-9)


def test_real_prices_take_out_inflation() -> None:
    later = [{"site": "A", "start": date(2028, 1, 1)}]
    nominal = metrics(one(order=later, finance={"inflation_percent": 10}))
    real = metrics(one(order=later, finance={"inflation_percent": 10, "prices": "real"}))
    assert nominal["capex_bn_kzt"] == pytest.approx(12 * 1.1**2, rel=0.001)
    assert real["capex_bn_kzt"] == pytest.approx(12 / 1.1**0.5, rel=0.01)


def test_service_that_fails_has_a_price_only_if_one_is_set() -> None:
    assert service_metrics(one(), {("2026-01", "unserved_mwh"): 5.0}, {}) == {}
    prices = {"unserved_energy_kzt_per_kwh": 400, "spill_kzt_per_m3": 100, "delayed_job_kzt_per_month": 1e6}
    row = {"name": "P", "district": "D", "jobs": 50, "request_year": 2026}
    scenario = one(
        service_prices=prices,
        finance={"discount_rate_percent": 0},
        districts={"D": {}},
        developments={"P": row},
    )
    late = Request("P", "D", date(2026, 7, 1), {}, connected=date(2026, 10, 1))
    unserved = {
        ("2026-01", "unserved_mwh"): 5.0,
        ("2027-01", "spilled_m3"): 1e6,
        ("2027-01", "carried_m3"): 9e9,
    }
    found = service_metrics(scenario, unserved, {"P": late})
    assert found == {
        "service_cost_bn_kzt": pytest.approx(0.002 + 0.1 + 0.15),
        "service_cost_energy_bn_kzt": pytest.approx(0.002),
        "service_cost_water_bn_kzt": 0.0,
        "service_cost_gas_bn_kzt": 0.0,
        "service_cost_spills_bn_kzt": pytest.approx(0.1),
        "service_cost_roads_bn_kzt": 0.0,
        "service_cost_trips_bn_kzt": 0.0,
        "service_cost_housing_bn_kzt": 0.0,
        "service_cost_jobs_bn_kzt": pytest.approx(0.15),
    }


def test_people_whose_housing_waits_have_a_price_a_month() -> None:
    prices = {"waiting_resident_kzt_per_month": 50_000}
    scenario = one(service_prices=prices, finance={"discount_rate_percent": 0})
    waiting = {("2026-01", "waiting_people"): 2000.0, ("2026-02", "waiting_people"): 1000.0}
    assert service_metrics(scenario, waiting, {})["service_cost_housing_bn_kzt"] == pytest.approx(0.15)

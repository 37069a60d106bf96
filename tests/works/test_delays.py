"""What sites and developments became, and how long customers waited, by hand."""

from datetime import date

import pytest

from tests.works.test_orders import plan
from twin.demand.requests import Blocker, Request
from twin.scenario.schema import Scenario
from twin.works.construction import forecast
from twin.works.delays import connection_metrics, crew_rows, development_rows, known_dates, site_rows

AXES = {"A": {"build_months": 12}, "B": {"build_months": 12}}


def city(**jobs: float) -> Scenario:
    rows = {
        name: {"name": name, "district": "D", "jobs": own, "investment_bn_kzt": 2.0, "request_year": 2026}
        for name, own in jobs.items()
    }
    return plan({}, end=date(2027, 1, 1), districts={"D": {}}, developments=rows)


def request(name: str, asked: date, connected: date | None, *blockers: Blocker) -> Request:
    return Request(name, "D", asked, {}, connected=connected, blockers=dict.fromkeys(blockers))


def test_a_site_that_waits_for_a_crew_says_so_in_its_row() -> None:
    scenario = plan(AXES)
    works = forecast(scenario)
    first, second = site_rows(scenario, works)
    assert (first.site, first.trade, first.waited_for, first.waited_months) == ("A", "builders", "", 0.0)
    assert second.waited_for == "crew builders"
    assert second.waited_months == pytest.approx(12.0, abs=0.1)
    assert known_dates(works) == {"A": first.commissioned, "B": second.commissioned}


def test_a_cancelled_site_has_no_row() -> None:
    scenario = plan(AXES, order=[{"site": "A"}, {"site": "B", "cancelled": True}])
    assert [row.site for row in site_rows(scenario, forecast(scenario))] == ["A"]


def test_crews_are_counted_on_the_first_of_each_month() -> None:
    scenario = plan(AXES, end=date(2027, 3, 15))
    rows = crew_rows(scenario, forecast(scenario))
    assert [row.month for row in (rows[0], rows[-1])] == ["2026-01", "2027-03"]
    assert {(row.trade, row.crews, row.used) for row in rows} == {("builders", 1, 1)}


def test_a_development_tells_each_blocker_once_and_waits_until_the_end() -> None:
    scenario = city(P=10.0)
    north, main = Blocker("power", "North", "S1"), Blocker("water", "Main", "")
    waiting = request("P", date(2026, 7, 1), None, north, main)
    (row,) = development_rows(scenario, {"P": waiting})
    assert (row.blocked_by, row.missing_sites) == ("power:North;water:Main", "S1")
    assert (row.connected, row.waited_months) == (None, 6.0)


def test_waits_are_summed_over_those_who_asked_within_the_horizon() -> None:
    scenario = city(P=10.0, Q=100.0, R=1000.0)
    requests = {
        "P": request("P", date(2026, 7, 1), date(2026, 9, 1)),
        "Q": request("Q", date(2026, 7, 1), None),
        "R": request("R", date(2027, 7, 1), None),
    }
    found = connection_metrics(scenario, requests, {"2026-01": 5.0, "2026-02": 6.0})
    assert found == {
        "connection_delay_months_p50": pytest.approx(4.0),
        "connection_delay_months_p90": pytest.approx(5.6),
        "jobs_delayed_job_months": pytest.approx(620.0),
        "investment_delayed_bn_kzt_months": pytest.approx(16.0),
        "housing_delayed_person_months": 11.0,
        "developments_unconnected": 1.0,
    }


def test_without_customers_nothing_waits() -> None:
    assert connection_metrics(city(), {}, {}) == {}

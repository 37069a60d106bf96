"""Construction under a build order: crews, money, prerequisites, triggers, winter and luck, as traces."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rows import headroom
from twin.city.events import Postings
from twin.errors import InvalidInput
from twin.results.tables import Headroom
from twin.scenario.document import Document
from twin.scenario.orders import check_orders
from twin.scenario.schema import Scenario
from twin.works.budgets import check_budgets, spending_by_year
from twin.works.construction import Construction, Works, forecast, planned_dates
from twin.works.resources import crews_on

START = date(2026, 1, 1)
GRANT = {"kind": "grant", "sites": "A;B;C"}
SITE = {"kind": "station", "name": "site", "build_months": 20, "stage": "1", "cost_bn_kzt": 10}
ALL_CONSTRUCTION = {"permit_share": 0.0, "procurement_share": 0.0, "commissioning_share": 0.0}


def plan(sites: Mapping[str, Mapping[str, object]], **changes: object) -> Scenario:
    fields: dict[str, object] = {
        "name": "works",
        "start": START,
        "end": date(2036, 1, 1),
        "networks": {},
        "stages": {"1": START},
        "works": ALL_CONSTRUCTION,
        "sites": {name: {**SITE, **site} for name, site in sites.items()},
        "order": [{"site": name} for name in sites],
        "crews": {"builders": {2026: {"crews": 1, "builds": "station"}}},
    }
    return Scenario.model_validate(fields | changes)


def months(works: Works) -> tuple[str, str]:
    return f"{works.construction_started:%Y-%m}", f"{works.commissioned:%Y-%m}"


def test_one_crew_builds_one_site_after_the_other_in_their_order() -> None:
    works = forecast(plan({"A": {}, "B": {}, "C": {}}))
    assert {name: months(w) for name, w in works.items()} == {
        "A": ("2026-01", "2027-09"),
        "B": ("2027-09", "2029-05"),
        "C": ("2029-05", "2031-01"),
    }
    assert works["C"].waited_for == ["crew builders"]
    assert round(works["C"].waited_days / 30.4375) == 40


def test_the_order_decides_who_comes_first() -> None:
    order = [{"site": "C"}, {"site": "A"}, {"site": "B"}]
    works = forecast(plan({"A": {}, "B": {}, "C": {}}, order=order))
    assert months(works["C"]) == ("2026-01", "2027-09")


def test_a_site_of_two_crews_is_not_overtaken() -> None:
    crews = {"builders": {2026: {"crews": 2, "builds": "station"}}}
    works = forecast(plan({"A": {"build_months": 10}, "B": {"crews": 2}, "C": {}}, crews=crews))
    assert months(works["B"])[0] == "2026-11"
    assert months(works["C"])[0] == months(works["B"])[1]


def test_no_site_begins_that_would_outlast_its_crew() -> None:
    crews = {"builders": {year: {"crews": n, "builds": "station"} for year, n in ((2026, 2), (2027, 1))}}
    works = forecast(plan({"A": {}, "B": {}}, crews=crews))
    assert months(works["B"])[0] == "2027-09"


def test_money_of_a_year_holds_a_site_back_until_a_year_has_room() -> None:
    limited = {"grant": GRANT | {"limit_bn_kzt_per_year": 12}}
    crews = {"builders": {2026: {"crews": 9, "builds": "station"}}}
    works = forecast(
        plan({"A": {"build_months": 12}, "B": {"build_months": 12}}, crews=crews, instruments=limited)
    )
    assert works["B"].waited_for == ["money grant"]
    begun, ready = works["B"].construction_started, works["B"].ready
    assert begun is not None and ready is not None
    spent, _ = spending_by_year(plan({"A": {}}), "", 10.0, begun, ready)
    assert spent[2026] <= 2.0 < spending_by_year(plan({"A": {}}), "", 10.0, START, ready)[0][2026]


def test_a_debt_service_ceiling_holds_a_site_back() -> None:
    loan = {
        "kind": "loan",
        "sites": "A;B",
        "rate_percent": 10,
        "term_years": 3,
        "repayment": "equal principal",
        "anchor": "commissioning",
    }
    crews = {"builders": {2026: {"crews": 9, "builds": "station"}}}
    scenario = plan(
        {"A": {}, "B": {}},
        crews=crews,
        instruments={"loan": loan},
        finance={"debt_service_ceiling_bn_kzt_per_year": 6},
    )
    works = forecast(scenario)
    assert works["B"].waited_for == ["money debt service"]


def test_a_site_waits_for_what_it_requires_without_holding_its_crew() -> None:
    works = forecast(plan({"A": {"requires": "B", "build_months": 10}, "B": {}}))
    assert months(works["A"]) == ("2026-01", "2028-07")
    assert months(works["B"]) == ("2026-11", "2028-07")
    assert works["A"].waited_for == ["site B"]


def test_winter_slows_outdoor_work() -> None:
    def finished(speed: float) -> date:
        crews = {"builders": {2026: {"crews": 1, "builds": "station", "winter_speed": speed}}}
        day = forecast(plan({"A": {"build_months": 12}}, crews=crews))["A"].commissioned
        assert day is not None
        return day

    assert finished(1.0) == date(2027, 1, 1)
    # January, February and December do half: 45 of 365.25 days are left, 29.5 are done by the end of February
    assert finished(0.5) == date(2027, 3, 1) + timedelta(days=16)


def test_postponed_and_cancelled_sites_are_rows_of_the_order() -> None:
    order = [{"site": "A", "start": date(2028, 1, 1)}, {"site": "B", "cancelled": True}]
    works = forecast(plan({"A": {}, "B": {}}, order=order))
    assert list(works) == ["A"]
    assert works["A"].commissioned == date(2029, 9, 1)
    assert planned_dates(plan({"A": {}, "B": {}}, order=order)) == {"A": date(2029, 9, 1)}


def plant(month: str, firm: float) -> Headroom:
    return headroom("Plant", "treatment", 10.0, 8.0, month=month, firm_headroom=firm)


def test_a_trigger_fires_after_so_many_months_in_a_row() -> None:
    row = {"site": "A", "capacity": "Plant", "headroom_below": 3, "months": 2}
    scenario = plan({"A": {}}, order=[row])
    env = simpy.Environment()
    works = Construction(env, scenario, Postings())
    day = START
    for month, firm in enumerate([5.0, 2.0, 5.0, 2.0, 2.0], 1):
        day = date(2026, month + 1, 1)
        env.run((day - START).days * 86400 - 1)
        works.look([plant(f"2026-{month:02}", firm)])
    env.run(10**9)
    assert works.works["A"].started == day == date(2026, 6, 1)
    assert works.works["A"].waited_for == ["trigger"]
    assert forecast(scenario)["A"].started is None
    assert planned_dates(scenario) == {"A": None}


UNSURE = {"slip": {"*": {"distribution": "lognormal", "median": 1.15, "p90": 1.6}}}


def test_adding_a_site_leaves_every_other_sites_luck_unchanged() -> None:
    few = forecast(plan({"A": {}, "B": {}}, uncertainties=UNSURE, future=3))
    more = forecast(plan({"X": {}, "A": {}, "B": {}}, uncertainties=UNSURE, future=3))
    assert [w.slip_months for w in few.values()] == [more[name].slip_months for name in few]
    assert few["A"].slip_months != few["B"].slip_months
    other = forecast(plan({"A": {}, "B": {}}, uncertainties=UNSURE, future=4))
    assert other["A"].slip_months != few["A"].slip_months


def test_drawn_slips_have_their_median_and_their_ninetieth_percentile() -> None:
    crews = {"builders": {2026: {"crews": 2000, "builds": "station"}}}
    scenario = plan({f"S{i}": {} for i in range(2000)}, uncertainties=UNSURE, future=1, crews=crews)
    factors = sorted(1.0 + w.slip_months / 20.0 for w in forecast(scenario).values())
    assert factors[1000] == pytest.approx(1.15, rel=0.03)
    assert factors[1800] == pytest.approx(1.6, rel=0.03)


@st.composite
def towns(draw: st.DrawFn) -> Scenario:
    count = draw(st.integers(2, 7))
    sites = {
        f"S{i}": {
            "build_months": draw(st.integers(1, 30)),
            "kind": draw(st.sampled_from(["station", "road"])),
            "crews": draw(st.integers(1, 2)),
            "slip_months": draw(st.integers(0, 6)),
            "cost_bn_kzt": draw(st.integers(1, 10)),
            "requires": ";".join(f"S{j}" for j in range(i) if draw(st.integers(0, 4)) == 0),
        }
        for i in range(count)
    }
    payers = [draw(st.sampled_from(["grant", "own"])) for _ in sites]
    return plan(
        sites,
        works={},
        crews={
            "builders": {
                2026: {"crews": draw(st.integers(2, 3)), "builds": "station"},
                2028: {"crews": 2, "builds": "station"},
            },
            "roads": {2026: {"crews": 2, "builds": "road"}},
        },
        instruments={
            kind: {
                "kind": kind,
                "sites": ";".join(s for s, p in zip(sites, payers, strict=True) if p == kind),
                "limit_bn_kzt_per_year": 12,
            }
            for kind in ("grant", "own")
        },
    )


@settings(max_examples=60, deadline=None)
@given(towns())
def test_no_limit_and_no_prerequisite_is_ever_broken(scenario: Scenario) -> None:
    works = forecast(scenario)
    for name, w in works.items():
        assert w.construction_started and w.ready and w.commissioned
        assert all(works[r].commissioned <= w.commissioned for r in scenario.sites[name].requires)
    for kind, trade in (("station", "builders"), ("road", "roads")):
        own = {n: w for n, w in works.items() if scenario.sites[n].kind == kind}
        for day in [w.construction_started for w in own.values()] + [
            date(y, 1, 1) for y in range(2026, 2040)
        ]:
            busy = [n for n, w in own.items() if w.construction_started <= day < w.ready]
            assert sum(scenario.sites[n].crews for n in busy) <= crews_on(scenario, trade, day)
    for instrument, terms in scenario.instruments.items():
        spent: dict[int, float] = {}
        for n in terms.sites:
            w = works[n]
            by_year, _ = spending_by_year(scenario, instrument, w.price_bn, w.construction_started, w.ready)
            for year, amount in by_year.items():
                spent[year] = spent.get(year, 0.0) + amount
        assert max(spent.values(), default=0.0) <= 12.0 + 1e-6


@settings(max_examples=40, deadline=None)
@given(towns(), st.integers(0, 6), st.integers(1, 20))
def test_delaying_a_site_leaves_those_that_share_nothing_with_it_alone(
    scenario: Scenario, index: int, slip: int
) -> None:
    name = list(scenario.sites)[index % len(scenario.sites)]
    site = scenario.sites[name]
    late = site.model_copy(update={"slip_months": site.slip_months + slip})
    delayed = forecast(scenario.model_copy(update={"sites": {**scenario.sites, name: late}}))
    before = forecast(scenario)
    payer = {s: n for n, terms in scenario.instruments.items() for s in terms.sites}

    def bonds(a: str) -> set[str]:
        mine = scenario.sites[a]
        return {
            b
            for b, other in scenario.sites.items()
            if mine.kind == other.kind or payer[a] == payer[b] or a in other.requires or b in mine.requires
        }

    touched, todo = {name}, [name]
    while todo:
        new = bonds(todo.pop()) - touched
        touched |= new
        todo += new
    for other in scenario.sites.keys() - touched:
        assert delayed[other].commissioned == before[other].commissioned


def test_what_can_never_start_is_told_before_the_run() -> None:
    scenario = plan(
        {"A": {"crews": 2}, "B": {"kind": "canal"}, "C": {}, "D": {"requires": "C"}},
        order=[{"site": "A"}, {"site": "B"}, {"site": "C", "cancelled": True}, {"site": "D"}],
    )
    document = Document()
    check_orders(scenario, document)
    assert sorted(m.problem for m in document.mistakes) == [
        "A can never start: it takes 2 builders crews of at most 1",
        "B can never start: no trade builds a canal",
        "D requires C, which is cancelled",
    ]
    dear = plan({"A": {}}, instruments={"grant": GRANT | {"sites": "A", "limit_bn_kzt_per_year": 2}})
    with pytest.raises(InvalidInput, match="A can never start: it costs more a year than grant pays"):
        check_budgets(dear)


def test_an_order_forgets_nobody() -> None:
    document = Document()
    check_orders(plan({"A": {}, "B": {}}, order=[{"site": "A"}, {"site": "A"}]), document)
    problems = {m.problem for m in document.mistakes}
    assert problems == {"A 2 times", "no row for B"}


@pytest.mark.parametrize("count", [1000])
def test_a_long_chain_of_sites_is_no_problem(count: int) -> None:
    sites = {f"S{i}": {"requires": f"S{i - 1}" if i else ""} for i in range(count)}
    crews = {"builders": {2026: {"crews": count, "builds": "station"}}}
    scenario = plan(sites, crews=crews)
    assert {w.commissioned for w in forecast(scenario).values()} == {date(2027, 9, 1)}
    assert set(planned_dates(scenario).values()) == {date(2027, 9, 1)}


def test_a_site_under_way_at_the_start_holds_its_crew_until_it_is_ready_and_no_longer() -> None:
    order = [{"site": "A", "start": "2025-01-01"}, {"site": "B"}]
    works = forecast(plan({"A": {}, "B": {}}, order=order))
    assert months(works["A"]) == ("2025-01", "2026-09")
    assert months(works["B"]) == ("2026-09", "2028-05")


def test_a_site_under_way_is_not_asked_whether_it_may_begin() -> None:
    order = [{"site": "A", "start": "2024-12-01"}, {"site": "B", "start": "2025-01-01"}, {"site": "C"}]
    poor = {"grants": {**GRANT, "limit_bn_kzt_per_year": 1.0}}
    works = forecast(plan({"A": {}, "B": {}, "C": {"cost_bn_kzt": 0.5}}, order=order, instruments=poor))
    assert [months(works[name]) for name in "AB"] == [("2024-12", "2026-08"), ("2025-01", "2026-09")]
    assert works["C"].construction_started is not None
    assert works["C"].construction_started >= date(2026, 9, 1)


def test_a_site_that_was_ready_before_the_start_is_there_from_it_on() -> None:
    scenario = plan(
        {"A": {"requires": "B"}, "B": {}}, order=[{"site": s, "start": "2020-01-01"} for s in "AB"]
    )
    postings, env = Postings(), simpy.Environment()
    Construction(env, scenario, postings)
    env.run(until=1)
    assert sorted(postings.commissioned) == ["A", "B"]

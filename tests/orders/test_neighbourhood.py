"""Moves of a build order: what they change, what is tried first, and what a search learns."""

from datetime import date
from itertools import islice

import numpy as np
import pytest

from tests.works.test_orders import START, plan
from twin.orders.neighbourhood import Move, Neighbourhood, moved
from twin.scenario.schema import Scenario
from twin.scenario.works import OrderRow

CHAIN = {"A": {}, "B": {"requires": "A"}, "C": {"requires": "A;B"}, "D": {"requires": "C;E"}, "E": {}}
ENOUGH = {"builders": {2026: {"crews": 9, "builds": "station"}}}


def starts(rows: tuple[OrderRow, ...]) -> dict[str, date | None]:
    return {row.site: row.start for row in rows}


def networked(sites: dict[str, dict[str, object]], unseen: str = "") -> Scenario:
    """Return a plan whose sites all change a network, but for one."""
    changes = [
        {"site": site, "asset": f"power/{site}", "field": "in_service", "value": True}
        for site in sites
        if site != unseen
    ]
    return plan(sites, crews=ENOUGH, site_changes=changes)


@pytest.fixture(scope="module")
def town() -> Scenario:
    return networked(CHAIN)


def hood(town: Scenario, wants: dict[str, float], used: dict[str, float], seed: int = 1) -> Neighbourhood:
    return Neighbourhood(town, wants, used, np.random.default_rng(seed))


def test_moves_made_together_keep_the_largest_and_never_start_before_the_scenario(town: Scenario) -> None:
    both = moved(town.order, [Move({"A": 6, "B": 6}), Move({"B": 12, "C": -3}, "E", "A")], START)
    assert starts(both) == {"E": None, "A": date(2026, 7, 1), "B": date(2027, 1, 1), "C": None, "D": None}
    assert [row.site for row in both] == ["E", "A", "B", "C", "D"]
    back = moved(both, [Move({"B": -48}), Move({"A": -5})], START)
    assert starts(back)["B"] is None
    assert starts(back)["A"] == date(2026, 2, 1)


def test_a_cancelled_site_stays_as_it_is() -> None:
    order = (OrderRow(site="A", cancelled=True), OrderRow(site="B"))
    assert moved(order, [Move({"A": 6})], START) == order


def test_a_site_is_not_ready_long_before_what_it_requires() -> None:
    late = networked({"A": {"build_months": 30}, "B": {"requires": "A", "build_months": 10}})
    first = next(hood(late, {}, {}).propose(late.order))
    assert first.months == {"B": 20}


def test_a_site_is_put_off_with_all_that_only_depends_on_it(town: Scenario) -> None:
    moves = list(islice(hood(town, {}, {}).propose(town.order), 30))
    later = {tuple(m.months) for m in moves if m.months and min(m.months.values()) > 0}
    assert {("A",), ("A", "B", "C"), ("D",), ("E",)} <= later
    assert ("A", "B", "C", "D") not in later


def test_what_no_network_knows_is_not_put_off() -> None:
    own = hood(networked(CHAIN, unseen="C"), {}, {})
    moves = list(islice(own.propose(own._scenario.order), 30))
    later = {site for m in moves for site, months in m.months.items() if months > 0}
    assert later == {"A", "B", "D", "E"}


def test_an_order_that_leaves_a_site_unbuilt_is_none(town: Scenario) -> None:
    own = hood(town, {}, {})
    assert own.keeps(moved(town.order, [Move({"E": 12})], START))
    assert not own.keeps(moved(town.order, [Move({"E": 120})], START))


def test_what_is_wanted_comes_earlier_with_what_it_requires_and_what_is_used_is_seldom_put_off(
    town: Scenario,
) -> None:
    firsts = []
    for seed in range(40):
        proposed = hood(town, {"C": 5.0}, {"D": 0.9, "E": 0.1}, seed).propose(town.order)
        moves = [m for m in islice(proposed, 30) if m.idea >= 0]
        assert {"C": -12, "A": -12, "B": -12} in [dict(m.months) for m in moves]
        single = [next(iter(m.months)) for m in moves if list(m.months.values()) == [12]]
        firsts.append(single.index("E") < single.index("D"))
    assert sum(firsts) > 30


def test_steps_grow_with_success_and_shrink_with_failure(town: Scenario) -> None:
    own = hood(town, {}, {})
    move = next(m for m in own.propose(town.order) if list(m.months) == ["E"])

    def step() -> int:
        return next(m.months["E"] for m in own.propose(town.order) if m.idea == move.idea)

    assert step() == 12
    own.learn(move, better=True)
    assert step() == 24
    for expected in (12, 6, 3, 1, 1):
        own.learn(move, better=False)
        assert step() == expected
    for _ in range(9):
        own.learn(move, better=True)
    assert step() == 48


def test_every_move_keeps_every_site_and_the_same_luck_proposes_the_same(town: Scenario) -> None:
    proposed = [list(islice(hood(town, {"C": 5.0}, {}).propose(town.order), 60)) for _ in range(2)]
    assert proposed[0] == proposed[1]
    for move in proposed[0]:
        changed = moved(town.order, [move], START)
        assert sorted(row.site for row in changed) == list("ABCDE")
        assert all(row.start is None or row.start > START for row in changed)

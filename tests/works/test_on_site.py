"""What works do to networks while they last, and what the way of their material does to them."""

from datetime import date

import pytest
import simpy

from twin.city.events import Postings
from twin.dates import add_months, next_month
from twin.scenario.schema import Scenario
from twin.utilities.base import Change
from twin.works.construction import Construction, Works

START = date(2026, 1, 1)


def scenario(**site: object) -> Scenario:
    """Return a substation that is rebuilt: one of its transformers is out while that lasts."""
    row = {"kind": "substation", "name": "S", "build_months": 20, "stage": "1"} | site
    changes = [
        {"site": "S", "asset": "power/T-1", "field": "in_service", "value": False, "phase": "works"},
        {"site": "S", "asset": "power/T-1", "field": "in_service", "value": True},
    ]
    return Scenario.model_validate(
        {
            "name": "works",
            "start": START,
            "end": date(2030, 1, 1),
            "networks": {},
            "stages": {"1": START},
            "sites": {"S": row},
            "site_changes": changes,
        }
    )


def test_works_take_a_transformer_out_until_the_site_is_commissioned() -> None:
    env, postings = simpy.Environment(), Postings()
    construction = Construction(env, scenario(), postings)
    seen = []
    for month in range(30):
        env.run(((add_months(START, month + 1)) - START).days * 86400)
        seen += [(add_months(START, month), change) for change in postings.take()]
    assert [change for _, change in seen] == [
        Change("power/T-1", "in_service", False),
        Change("power/T-1", "in_service", True),
    ]
    # permits and procurement take 35 % of 20 months; commissioning comes with the first instant of the 21st
    assert [day for day, _ in seen] == [date(2026, 8, 1), date(2027, 9, 1)]
    assert construction.works["S"].commissioned == date(2027, 9, 1)


def built(minutes: float, slowest: float | None = None) -> date:
    """Return when a site is commissioned whose material takes so long from February 2026 on."""
    day = works(minutes, slowest).commissioned
    assert day is not None
    return day


def works(minutes: float, slowest: float | None = None) -> Works:
    """Return what becomes of that site."""
    own = scenario(delivered_at="water/DEPOT")
    if slowest is not None:
        own = own.model_copy(update={"works": own.works.model_copy(update={"slowest_pace": slowest})})
    env = simpy.Environment()
    construction, month = Construction(env, own, Postings()), START
    while month < date(2030, 1, 1):
        env.run((next_month(month) - START).days * 86400)
        construction.hear(month, {"water/DEPOT": 20.0 if month == START else minutes})
        month = next_month(month)
    return construction.works["S"]


@pytest.mark.parametrize("minutes", [0.0, 12.0, 20.0])
def test_material_that_comes_no_later_than_at_first_slows_nothing(minutes: float) -> None:
    assert built(minutes) == date(2027, 9, 1)


def test_material_that_takes_longer_slows_the_works_and_no_more_than_is_stated() -> None:
    # 13 months of works, 396 days: at 20/25 of their pace 495 days, at the slowest 0.7 566 of them; what is
    # left in the month in which they end goes at full pace
    assert (built(25.0) - date(2026, 8, 1)).days == pytest.approx(396 / 0.8, abs=30 * 0.3)
    assert (built(80.0) - date(2026, 8, 1)).days == pytest.approx(396 / 0.7, abs=30 * 0.45)
    assert built(80.0, slowest=1.0) == date(2027, 9, 1)


def test_what_works_lose_is_told_in_days_and_its_parts_though_they_move_no_date() -> None:
    barely, longer = works(20.02), works(25.0)
    # 12 whole months of 13, the last at full pace
    assert barely.slowed_days == pytest.approx(0.36, abs=0.03)
    assert barely.commissioned == date(2027, 9, 1)
    assert longer.commissioned is not None
    assert int(longer.slowed_days) == (longer.commissioned - date(2027, 9, 1)).days
    assert works(20.0).slowed_days == 0.0

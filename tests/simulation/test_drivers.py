"""What acts on the city goes ahead of it: what is posted, and what stands by it, at any second."""

from datetime import date

from twin.demand.growth import Growth
from twin.scenario.schema import Scenario
from twin.simulation.drivers import Drivers, Live
from twin.utilities.base import Change

HOUR, DAY_S = 3600, 86400


def drivers(*outages: tuple[str, str, float], **changes: object) -> Drivers:
    rows = [{"assets": assets, "start": start, "hours": hours} for assets, start, hours in outages]
    fields = {
        "name": "x",
        "start": date(2026, 1, 1),
        "end": date(2027, 1, 1),
        "networks": {},
        "outages": rows,
    }
    scenario = Scenario.model_validate(fields | {"outages": rows} | changes)
    own = Drivers(scenario, Growth(scenario), (), lambda _: True, lambda _: "", lambda _: 0.0)
    own.start_day(scenario.start)
    return own


def held(asset: str, value: bool = True) -> Change:
    return Change(asset, "held", value)


OUTAGES = (("water/B", "2026-01-01T06:00", 30.0), ("water/A", "2026-01-02T03:00", 2.0))


def test_what_is_posted_is_told_by_its_second() -> None:
    own = drivers(*OUTAGES)
    own.until(3 * DAY_S)
    assert own.now == 3 * DAY_S
    assert [(one.second, one.changes) for one in own.posted(DAY_S, 2 * DAY_S)] == [
        (3 * HOUR, (held("water/A"),)),
        (5 * HOUR, (held("water/A", False),)),
        (12 * HOUR, (held("water/B", False),)),
    ]
    assert [one.second for one in own.posted(0, DAY_S)] == [6 * HOUR]


def test_nothing_happens_before_its_second() -> None:
    own = drivers(*OUTAGES)
    own.until(6 * HOUR)
    assert own.posted(0, DAY_S) == ()
    assert own.next_s() == 6 * HOUR
    own.until(6 * HOUR + 1)
    assert len(own.posted(0, DAY_S)) == 1


def test_what_stands_is_sorted_and_what_was_let_go_is_not_part_of_it() -> None:
    own = drivers(*OUTAGES)
    own.until(3 * DAY_S)
    assert own.standing(5 * HOUR) == ()
    assert own.standing(DAY_S) == (held("water/B"),)
    assert own.standing(DAY_S + 4 * HOUR) == (held("water/A"), held("water/B"))
    assert own.standing(DAY_S + 5 * HOUR) == (held("water/B"),)
    assert own.standing(2 * DAY_S) == ()


def test_an_outage_that_is_over_before_a_day_leaves_the_same_standing_as_none() -> None:
    with_one, without = drivers(OUTAGES[1]), drivers()
    for own in (with_one, without):
        own.until(10 * DAY_S)
    assert with_one.standing(9 * DAY_S) == without.standing(9 * DAY_S)


def test_a_day_that_goes_by_is_told_of_each_instant_once() -> None:
    own = drivers(("water/A", "2026-01-01T00:00", 1.0), ("water/B", "2026-01-01T01:00", 1.0))
    day = Live(own, 0)
    told, second = [], 0
    while second < DAY_S:
        posted = day.take(second)
        told += [(posted.second, sorted(c.asset for c in posted.changes))] if posted else []
        assert day.take(second) is None
        second += min(day.next_s(second), HOUR)
    assert told == [(0, ["water/A"]), (HOUR, ["water/A", "water/B"]), (2 * HOUR, ["water/B"])]


def test_headroom_is_heeded_by_the_queue_and_by_triggers_alone() -> None:
    assert not drivers().heed_headroom
    assert drivers(connection="when-capacity").heed_headroom

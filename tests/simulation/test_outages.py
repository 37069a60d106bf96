"""Outages: who is out, for how long, and what waits for a crew."""

from datetime import date, datetime

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.city.events import Event, Postings
from twin.dates import add_months
from twin.random_streams import stream
from twin.scenario.schema import Scenario
from twin.simulation.outages import outages
from twin.utilities.base import Change

HOUR = 3600
YEAR = 365 * 24 * HOUR
ASSETS = tuple(f"power/T-{i}" for i in range(20))


def after(until_s: int, stands: object = None, **changes: object) -> Postings:
    fields = {"name": "x", "start": date(2026, 1, 1), "end": date(2028, 1, 1), "networks": {}, **changes}
    postings, env = Postings(), simpy.Environment()
    outages(
        env,
        Scenario.model_validate(fields),
        postings,
        ASSETS,
        stands or (lambda asset: True),
        lambda place: 90.0,
    )  # type: ignore[arg-type]
    env.run(until_s)
    return postings


def often(**changes: object) -> dict[str, object]:
    return {"transformers": {"assets": "power/T-*", "failures_per_year": 2.0, "repair_h": 24.0, **changes}}


def test_a_listed_outage_takes_several_assets_out_together_and_brings_them_back() -> None:
    row = {"assets": "power/T-1;water/PU", "start": "2026-01-02T03:00", "hours": 1.5}
    postings = after(YEAR, outages=[row])
    assert [(e.time_s / HOUR, e.kind, e.cause) for e in postings.events] == [
        (27.0, "outage", 0),
        (28.5, "back in service", 1),
    ]
    assert [(c.asset, c.field, c.value) for c in postings.changes] == [
        ("power/T-1", "held", True),
        ("water/PU", "held", True),
        ("power/T-1", "held", False),
        ("water/PU", "held", False),
    ]


def test_a_maintenance_window_comes_again() -> None:
    row = {"assets": "power/T-1", "start": "2025-11-10T08:00", "hours": 8, "repeat_months": 3}
    postings = after(YEAR, outages=[row])
    days = [e.time_s // (24 * HOUR) for e in postings.events if e.kind == "maintenance"]
    assert [date(2026, 1, 1).toordinal() + day for day in days] == [
        date(2026, month, 10).toordinal() for month in (2, 5, 8, 11)
    ]


def test_what_two_outages_hold_is_let_go_with_the_second() -> None:
    postings, down = Postings(), ["power/T-1"]
    first = postings.take_out(Event(0, "outage", "power/T-1"), down)
    second = postings.take_out(Event(1, "failure", "power/T-1"), down)
    postings.bring_back(Event(3, "back in service", "power/T-1"), first)
    assert all(change.value is True for change in postings.take())
    postings.bring_back(Event(4, "repaired", "power/T-1"), second)
    assert postings.take() == [Change("power/T-1", "held", False)]


def test_random_failures_come_at_their_rate() -> None:
    postings = after(40 * YEAR, failures=often(), repair_crews=20)
    failures = sum(e.kind == "failure" for e in postings.events)
    assert failures == pytest.approx(20 * 2 * 40, rel=0.1)


def test_what_is_not_in_service_does_not_fail() -> None:
    postings = after(YEAR, failures=often(), stands=lambda asset: asset == "power/T-3")
    assert {e.subject for e in postings.events} == {"power/T-3"}


def test_a_common_cause_takes_all_at_once() -> None:
    postings = after(4 * YEAR, failures=often(together=True))
    assert {e.subject for e in postings.events} == {";".join(ASSETS)}


def test_repairs_wait_for_a_crew() -> None:
    few = after(4 * YEAR, failures=often(repair_h=400.0), repair_crews=1)
    many = after(4 * YEAR, failures=often(repair_h=400.0), repair_crews=20)
    assert any("without a crew" in e.detail for e in few.events)
    assert not any("without a crew" in e.detail for e in many.events)
    under_way = [sum(outage.holds(4 * YEAR) for outage in p.outages.values()) for p in (few, many)]
    assert under_way[0] > under_way[1]


def test_another_class_of_failures_does_not_reshuffle_the_luck_of_the_first() -> None:
    alone = after(2 * YEAR, failures=often(), repair_crews=99)
    more = often() | {"one": {"assets": "power/T-1", "failures_per_year": 5, "repair_h": 1}}
    beside = after(2 * YEAR, failures=more, repair_crews=99)
    times = {(e.time_s, e.subject) for e in alone.events if e.kind == "failure"}
    assert times < {(e.time_s, e.subject) for e in beside.events if e.kind == "failure"}


def test_streams_differ_by_seed_name_and_purpose() -> None:
    draws = {
        float(stream(seed, name, purpose).random())
        for seed in (1, 2)
        for name in ("a", "b")
        for purpose in ("life", "repair")
    }
    assert len(draws) == 8
    assert np.isclose(stream(1, "a", "life").random(), stream(1, "a", "life").random())


def times(postings: Postings) -> list[tuple[float, str]]:
    return [(event.time_s / HOUR, event.kind) for event in postings.events]


@pytest.mark.parametrize(
    ("start", "hours", "seen"),
    [
        ("2025-12-31T20:00", 10, [(0.0, "outage"), (6.0, "back in service")]),
        ("2024-02-29T00:00", 20000, [(0.0, "outage"), (3872.0, "back in service")]),
        ("2026-01-01T00:00", 2, [(0.0, "outage"), (2.0, "back in service")]),
        ("2025-12-31T20:00", 4, []),
        ("2025-12-30T00:00", 1, []),
    ],
)
def test_what_is_under_way_at_the_start_holds_for_what_remains(
    start: str, hours: float, seen: list[tuple[float, str]]
) -> None:
    postings = after(YEAR, outages=[{"assets": "power/T-1", "start": start, "hours": hours}])
    assert times(postings) == seen


def test_an_outage_under_way_says_how_much_of_it_is_left() -> None:
    row = {"assets": "power/T-1", "start": "2025-12-31T20:00", "hours": 10}
    assert after(YEAR, outages=[row]).events[0].detail == "10 h, 6 h of them left"


def test_a_window_that_repeats_is_under_way_too() -> None:
    row = {"assets": "power/T-1", "start": "2025-08-31T12:00", "hours": 24, "repeat_months": 2}
    postings = after(24 * 90 * HOUR, outages=[row])
    assert times(postings) == [
        (0.0, "maintenance"),
        (12.0, "back in service"),
        ((31 + 27) * 24 + 12.0, "maintenance"),
        ((31 + 28) * 24 + 12.0, "back in service"),
    ]


def test_a_monthly_window_on_the_31st_is_on_the_last_of_shorter_months() -> None:
    row = {"assets": "power/T-1", "start": "2026-01-31T00:00", "hours": 1, "repeat_months": 1}
    postings = after(YEAR, outages=[row])
    days = [
        date.fromordinal(START + e.time_s // (24 * HOUR)) for e in postings.events if e.kind == "maintenance"
    ]
    assert [(day.month, day.day) for day in days] == [
        (1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30),
        (7, 31), (8, 31), (9, 30), (10, 31), (11, 30), (12, 31),
    ]  # fmt: skip


START = date(2026, 1, 1).toordinal()


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(datetime(2010, 1, 1), datetime(2027, 12, 31)),
    st.integers(1, 5000),
    st.integers(0, 40),
)
def test_every_window_that_touches_the_run_is_there_for_what_it_touches(
    start: datetime, hours: int, months: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    postings = after(
        YEAR, outages=[{"assets": "power/T-1", "start": start, "hours": hours, "repeat_months": months}]
    )
    begin = datetime(2026, 1, 1)
    held = np.zeros(YEAR // HOUR + 1, dtype=bool)
    for number in range(400 if months else 1):
        due = datetime.combine(add_months(start.date(), number * months), start.time())
        first = (due - begin).total_seconds() / HOUR
        held[max(0, int(np.ceil(first))) : max(0, int(np.ceil(first + hours)))] = True
    out, seen, changes = False, np.zeros_like(held), {}
    for event in postings.events:
        changes[int(np.ceil(event.time_s / HOUR))] = event.kind != "back in service"
    for hour in range(len(seen)):
        out = changes.get(hour, out)
        seen[hour] = out
    assert (seen[:-1] == held[:-1]).all()


def test_a_crew_that_drives_is_later_by_its_way_whatever_it_repairs() -> None:
    """The crew is 90 minutes away; the failure and its repair are the same as without a way."""
    plain = after(YEAR, failures=often(), repair_crews=20)
    far = after(YEAR, failures=often(reached_at="power/T-1"), repair_crews=20)
    spells = [
        {e.subject: e.time_s for e in reversed(run.events) if e.kind == kind}
        for run in (plain, far)
        for kind in ("failure", "repaired")
    ]
    repaired = [subject for subject in spells[3] if subject in spells[1]]
    assert repaired
    assert all(spells[0][subject] == spells[2][subject] for subject in repaired)
    assert all(spells[3][subject] - spells[1][subject] == 90 * 60 for subject in repaired)
    assert "90 min on the way" in {e.detail for e in far.events if e.kind == "repaired"}

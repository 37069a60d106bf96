"""The connection queue: room is reserved, blockers are named, housing that waits is not built."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demand.test_growth import city
from tests.rows import headroom
from twin.city.events import Postings
from twin.demand.developments import NO_POINT, Connections
from twin.demand.gates import Gates
from twin.demand.growth import Growth
from twin.results.tables import Headroom
from twin.scenario.schema import Scenario

START = date(2026, 1, 1)
ONTO_STATION = {"Station": np.array([1.0])}


def development(power_mw: float = 0.0, water: float = 0.0, year: int = 2026) -> dict[str, object]:
    return {
        "name": "P",
        "district": "Old",
        "power_mw": power_mw,
        "water_m3_per_day": water,
        "jobs": 10,
        "request_year": year,
    }


def town(developments: Mapping[str, Mapping[str, object]], **changes: object) -> Scenario:
    fields: dict[str, object] = {
        "end": date(2030, 1, 1),
        "networks": {"power": {}, "water": {}},
        "population": {"Old": {2025: {"population_k": 10}, 2035: {"population_k": 10}}},
        "developments": developments,
        "connection": "when-capacity",
        "demand": {"coincidence": 1.0},
        "sites": {"S": {"kind": "station", "name": "S", "build_months": 1, "stage": "1"}},
        "stages": {"1": START},
        "capacities": {
            "Station": {
                "power/T": {"kind": "substation"},
                "power/U": {"kind": "substation", "from_site": "S"},
            },
            "Sources": {"water/W": {"kind": "source", "rating": 100}},
        },
    }
    return city(**(fields | changes))


def station(capacity: float, peak: float, intact: float = 0.0) -> Headroom:
    return headroom("Station", "substation", capacity, peak, intact)


def sources(capacity: float, peak: float) -> Headroom:
    return headroom("Sources", "source", capacity, peak)


class Queue:
    """A queue whose months are closed by hand."""

    def __init__(self, scenario: Scenario) -> None:
        self.env, self.scenario, self.postings = simpy.Environment(), scenario, Postings()
        self.growth = Growth(scenario)
        opened: dict[str, simpy.Event] = {}
        gates = Gates(
            *(self.env, scenario, self.postings, self.growth, {"S": date(2026, 7, 1)}),
            lambda site: opened.setdefault(site, self.env.event()),
        )
        self.opened = opened
        self.connections = Connections(
            self.env, scenario, self.postings, self.growth, lambda sites: min(sites, default=""), gates
        )

    def close(self, month: date, *rows: Headroom) -> None:
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        self.env.run(max(1, (following - START).days * 86400 - 1))
        self.connections.end_month(month, rows, ONTO_STATION, [])
        self.env.run((following - START).days * 86400 + 1)

    def connected(self) -> dict[str, str]:
        requests = self.connections.requests.items()
        return {name: str(r.connected) for name, r in requests if r.connected}


def test_a_development_is_connected_when_it_asks_if_there_is_room() -> None:
    queue = Queue(town({"P": development(5)}))
    queue.close(date(2026, 5, 1), station(20, 10))
    assert queue.connected() == {}
    queue.close(date(2026, 6, 1), station(20, 10))
    assert queue.connected() == {"P": "2026-07-01"}
    assert queue.postings.connected == ["P"]


def test_room_is_reserved_and_a_smaller_one_may_pass() -> None:
    queue = Queue(town({"A": development(6), "B": development(6), "C": development(4)}))
    queue.close(date(2026, 6, 1), station(20, 10))
    assert queue.connected() == {"A": "2026-07-01", "C": "2026-07-01"}
    queue.close(date(2026, 7, 1), station(20, 20))
    assert "B" not in queue.connected()
    rows = [(r.month, r.development, r.utility, r.missing_site) for r in queue.connections.queue]
    assert rows == [("2026-07", "B", "power", "S"), ("2026-08", "B", "power", "S")]
    assert [e.detail for e in queue.postings.events if e.kind == "development waits"] == ["power: Station"]


def test_every_utility_must_have_room() -> None:
    queue = Queue(town({"P": development(5, water=50)}))
    queue.close(date(2026, 6, 1), station(20, 10), sources(100, 60))
    assert [b.capacity_name for b in queue.connections.requests["P"].blockers] == ["Sources"]
    queue.close(date(2026, 7, 1), station(20, 10), sources(100, 50))
    assert queue.connected() == {"P": "2026-08-01"}


def test_a_growing_load_keeps_what_it_will_still_draw() -> None:
    scenario = town(
        {"A": development(10), "B": development(5, year=2027)}, connection_terms={"ramp_months": 24}
    )
    queue = Queue(scenario)
    queue.close(date(2026, 6, 1), station(20, 5))
    assert queue.connections.shares(date(2027, 1, 1)) == {"A": pytest.approx(0.25)}
    # half of A draws in July 2027 and is in the peak: 20 - 10 - 5 is just enough for B, 20 - 10.1 - 5 is not
    queue.close(date(2027, 6, 1), station(20, 10.1))
    assert "B" not in queue.connected()
    queue.close(date(2027, 7, 1), station(20, 10))
    assert queue.connected()["B"] == "2027-08-01"


def test_headroom_may_be_counted_with_all_units_in() -> None:
    queue = Queue(town({"P": development(5)}, connection_terms={"headroom": "intact"}))
    queue.close(date(2026, 6, 1), station(12, 10, intact=24))
    assert queue.connected() == {"P": "2026-07-01"}


def test_where_no_network_reaches_yet_the_site_that_brings_it_is_named() -> None:
    points = [
        {"asset": "power/B", "district": "Old", "weight": 1, "from_site": "S"},
        {"asset": "water/J", "district": "Old", "weight": 1},
    ]
    queue = Queue(town({"P": development(5)}, demand_points=points))
    queue.close(date(2026, 6, 1), station(20, 0))
    (blocker,) = queue.connections.requests["P"].blockers
    assert (blocker.utility, blocker.capacity_name, blocker.missing_site) == ("power", NO_POINT, "S")


def test_housing_that_waits_is_not_built() -> None:
    people = {"Old": {2025: {"population_k": 10}, 2035: {"population_k": 20}}}
    queue = Queue(town({}, population=people))
    begun = queue.growth.demand(START, [])["power"].base.sum()
    queue.close(date(2026, 1, 1), station(20, 20))
    assert queue.growth.demand(date(2026, 12, 1), [])["power"].base.sum() == pytest.approx(begun)
    assert {r.development for r in queue.connections.queue} == {"housing Old 2026"}
    missing = queue.growth.people_on(date(2026, 2, 1)) - queue.growth.people_on(START)
    assert queue.connections.people_waiting == {"2026-01": pytest.approx(missing.sum())}
    queue.close(date(2026, 2, 1), station(20, 1))
    assert queue.growth.demand(date(2026, 12, 1), [])["power"].base.sum() > 1.05 * begun
    queue.close(date(2026, 3, 1), station(20, 1))
    assert list(queue.connections.people_waiting) == ["2026-01", "2026-02"]
    assert queue.growth.people_on(date(2030, 1, 1))[0] > 12_000


def test_who_asks_on_request_is_connected_whatever_the_room() -> None:
    queue = Queue(town({"P": development(50)}, connection="on-request"))
    queue.env.run(200 * 86400)
    assert queue.connected() == {"P": "2026-07-01"}


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.1, 8.0), min_size=1, max_size=8),
    st.lists(st.floats(0, 20), min_size=12, max_size=12),
)
def test_never_more_is_connected_than_there_was_room_for(needs: list[float], free: list[float]) -> None:
    queue = Queue(town({f"P{i}": development(mw) for i, mw in enumerate(needs)}))
    served: set[str] = set()
    for month, room in enumerate(free):
        day = date(2026 + (month + 6) // 12, (month + 6) % 12 + 1, 1)
        queue.close(day, station(100.0, 100.0 - room))
        new = set(queue.connected()) - served
        assert sum(needs[int(name[1:])] for name in new) <= room + 1e-6
        waiting = [needs[int(n[1:])] for n in queue.connections.requests if n not in queue.connected()]
        used = sum(needs[int(name[1:])] for name in new)
        assert all(mw > room - used - 1e-6 for mw in waiting)
        served |= new


@pytest.mark.parametrize(("year", "share"), [(2020, 1.0), (2025, 0.25), (2026, 0.0)])
def test_a_load_that_began_to_grow_before_the_start_has_grown(year: int, share: float) -> None:
    developments = {"A": development(10, year=year)}
    terms = {"ramp_months": 24}
    queue = Queue(town(developments, connection_terms=terms, connection="on-request"))
    queue.env.run(86400 * 200)
    assert queue.connections.shares(START if year < 2026 else date(2026, 7, 1)) == {"A": pytest.approx(share)}

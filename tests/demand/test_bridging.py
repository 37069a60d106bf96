"""Housing that need not wait for a utility: who is served, what others carry, what the queue makes of it."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pytest

from tests.demand.test_developments import START, Queue, development, sources, station, town
from tests.demand.test_growth import city
from twin.demand.growth import Growth
from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Instead
from twin.utilities.registry import utilities
from twin.utilities.water import Water

KW_EACH = 0.3
PEOPLE: dict[str, object] = {
    "population": {"Old": {2025: {"population_k": 10}, 2026: {"population_k": 20}}},
}


@pytest.fixture
def bottled() -> Iterator[None]:
    """Let water be replaced, where there is none yet, by what is boiled with power."""

    def instead(self: Water, people: Vector, basis: Basis) -> Sequence[Instead]:
        return (Instead("power", "commercial", np.outer(np.ones(24), people * KW_EACH / 1000.0)),)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Water, "instead", instead)
        yield


def served(growth: Growth, day: date) -> float:
    position = day.year + (day - date(day.year, 1, 1)).days / 365.0
    return float(growth.served("water", position).sum())


def power_mw(growth: Growth, day: date) -> float:
    own = growth.demand(day, ())["power"]
    base = own.base if own.base.ndim == 3 else own.base[None]
    return float((base * own.factors[:, None, :]).sum(axis=(1, 2)).max())


@pytest.mark.usefixtures("bottled")
def test_housing_comes_without_what_others_stand_in_for_and_gets_it_later() -> None:
    queue = Queue(town({}, **PEOPLE))
    queue.close(date(2026, 1, 1), station(20, 10), sources(100, 100))
    rows = [(r.month, r.development, r.utility) for r in queue.connections.queue]
    assert rows == [("2026-02", "housing Old 2026", "water")]
    assert queue.growth.people(2027.0)[0] == pytest.approx(20000)
    assert served(queue.growth, date(2027, 1, 1)) == pytest.approx(10000)
    boiled = queue.growth.bridging.unserved("water", date(2027, 1, 1))
    assert boiled[0] == pytest.approx(10000)
    queue.close(date(2026, 2, 1), station(20, 10), sources(100, 100))
    assert [r.month for r in queue.connections.queue] == ["2026-02", "2026-03"]
    queue.close(date(2026, 3, 1), station(20, 10), sources(10000, 100))
    assert [r.month for r in queue.connections.queue] == ["2026-02", "2026-03"]
    assert served(queue.growth, date(2027, 1, 1)) == pytest.approx(20000)
    assert queue.growth.bridging.unserved("water", date(2027, 1, 1))[0] == 0.0


@pytest.mark.usefixtures("bottled")
def test_it_waits_for_all_where_those_who_stand_in_have_no_room() -> None:
    needs = 10000 * 0.33 / 1000.0
    queue = Queue(town({}, **PEOPLE))
    queue.close(date(2026, 1, 1), station(10 + needs + 1, 10), sources(100, 100))
    assert queue.growth.people(2027.0)[0] == pytest.approx(10000)
    queue.close(date(2026, 2, 1), station(10 + needs + 10000 * KW_EACH / 1000.0, 10), sources(100, 100))
    assert queue.growth.people(2027.0)[0] == pytest.approx(20000)


@pytest.mark.usefixtures("bottled")
def test_later_housing_does_without_as_long_as_earlier_does() -> None:
    people = {"Old": {2025: {"population_k": 10}, 2027: {"population_k": 10.2}}}
    queue = Queue(town({}, population=people, end=date(2028, 1, 1)))
    queue.close(date(2026, 1, 1), station(20, 10), sources(100, 100))
    queue.close(date(2026, 12, 1), station(20, 10), sources(100, 100))
    waiting = {r.development for r in queue.connections.queue if r.month == "2027-01"}
    assert waiting == {"housing Old 2026", "housing Old 2027"}
    assert queue.growth.people(2028.0)[0] == pytest.approx(10200)


@pytest.mark.usefixtures("bottled")
def test_who_comes_before_the_point_of_connection_is_carried_by_others() -> None:
    points = [
        {"asset": "power/A", "district": "Old", "weight": 1},
        {"asset": "water/J", "district": "Old", "weight": 1, "from_site": "S"},
    ]
    scenario = city(networks={"power": {}, "water": {}}, demand_points=points, **PEOPLE)
    growth = Growth(scenario)
    day = date(2027, 1, 1)
    more = KW_EACH * (growth.people(2027.0)[0] - growth.people(2026.0)[0]) / 1000.0
    late = power_mw(growth, day)
    growth.commission(["S"])
    assert late - power_mw(growth, day) == pytest.approx(more)


def test_nothing_is_carried_where_nothing_stands_in() -> None:
    queue = Queue(town({"P": development(5)}, **PEOPLE))
    assert not queue.growth.bridging
    queue.close(date(2026, 1, 1), station(20, 10), sources(100, 100))
    assert queue.growth.people(2027.0)[0] == pytest.approx(10000)


def test_who_is_not_planned_to_be_served_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose sites are told by their kinds is not asked for where it has no point: that is a warning."""
    monkeypatch.setattr(Water, "planned_by", "water")
    points = [{"asset": "power/A", "district": "Old", "weight": 1}]
    scenario = town({"P": development(5, water=50)}, demand_points=points, **PEOPLE)
    queue = Queue(scenario)
    assert queue.connections.requests["P"].needs["water"] == 0.0
    assert dict(queue.growth.housing(START, date(2027, 1, 1)))["Old"]["water"] == 0.0
    assert queue.growth.committed(())["water"][1] == 0.0
    queue.close(date(2026, 6, 1), station(50, 10), sources(1, 1))
    assert queue.connected() == {"P": "2026-07-01"}
    monkeypatch.setattr(type(utilities()["water"]), "planned_by", "")
    assert Queue(scenario).connections.requests["P"].needs["water"] == 50.0

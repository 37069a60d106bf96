"""A site gates only the growth that is planned for after its own opening, whatever it builds."""

from datetime import date, timedelta

import simpy

from tests.demand.test_developments import START, development, town
from twin.city.events import Postings
from twin.demand.developments import Connections
from twin.demand.gates import Gates
from twin.demand.growth import Growth
from twin.scenario.schema import Scenario

DISTRICT = next(iter(town({}).districts))
OPENS = date(2026, 9, 1)
PEOPLE = {DISTRICT: {2025: {"population_k": 10}, 2027: {"population_k": 20}}}


def gated(**changes: object) -> Scenario:
    """Return a town whose growth waits for a station: no road is needed for a gate."""
    fields: dict[str, object] = {
        "connection": "on-request",
        "gates": [{"site": "S", "district": DISTRICT}],
        "population": PEOPLE,
    }
    return town({"EARLY": development(5), "LATE": development(5, year=2027)}, **(fields | changes))


class Drivers:
    """Gates and connections, with a site that opens by hand."""

    def __init__(self, scenario: Scenario) -> None:
        self.env, self.growth, self.postings = simpy.Environment(), Growth(scenario), Postings()
        self.site = self.env.event()
        gates = Gates(self.env, scenario, self.postings, self.growth, {"S": OPENS}, lambda _: self.site)
        self.connections = Connections(
            self.env, scenario, self.postings, self.growth, lambda sites: min(sites, default=""), gates
        )

    def until(self, day: date) -> None:
        self.env.run((day - START).days * 86400 + 1)

    def open_on(self, day: date) -> None:
        def opening() -> object:
            yield self.env.timeout((day - START).days * 86400 - int(self.env.now))
            self.site.succeed()

        self.env.process(opening())  # type: ignore[arg-type]

    def connected(self) -> dict[str, str]:
        requests = self.connections.requests.items()
        return {name: str(r.connected) for name, r in requests if r.connected}

    def people(self, day: date) -> float:
        before = day - timedelta(days=1)
        return float(sum(row.people for row in self.growth.people_rows(before.replace(day=1))))


def test_a_site_on_time_holds_nothing_back() -> None:
    drivers, free = Drivers(gated()), Growth(gated(gates=[]))
    drivers.open_on(OPENS)
    drivers.until(date(2027, 12, 1))
    assert drivers.connected() == {"EARLY": "2026-07-01", "LATE": "2027-07-01"}
    assert [event.kind for event in drivers.postings.events if "district" in event.kind] == []
    assert drivers.growth.people_on(date(2027, 12, 1)) == free.people_on(date(2027, 12, 1))
    assert drivers.growth.waiting_on(date(2027, 12, 1)) == 0.0


def test_what_was_planned_for_after_it_waits_and_what_was_before_does_not() -> None:
    drivers = Drivers(gated())
    drivers.open_on(date(2027, 10, 1))
    drivers.until(date(2027, 8, 31))
    drivers.connections.note_gates(date(2027, 8, 1))
    assert drivers.connected() == {"EARLY": "2026-07-01"}
    held = drivers.growth.waiting_on(date(2027, 9, 1))
    planned = drivers.growth.people_on
    assert held == (planned(date(2027, 9, 1)) - planned(OPENS)).sum() > 0.0
    rows = {(r.development, r.capacity_name, r.missing_site) for r in drivers.connections.queue}
    assert rows == {("LATE", "not open", "S"), (f"housing {DISTRICT}", "not open", "S")}
    assert drivers.connections.people_waiting == {"2027-08": held}
    drivers.until(date(2027, 12, 1))
    assert drivers.connected() == {"EARLY": "2026-07-01", "LATE": "2027-10-01"}
    assert drivers.growth.waiting_on(date(2027, 12, 1)) == 0.0
    assert [e.kind for e in drivers.postings.events if "district" in e.kind] == [
        "district waits",
        "district opens",
    ]


def test_a_site_that_is_never_built_holds_back_for_good() -> None:
    drivers = Drivers(gated())
    drivers.until(date(2027, 12, 1))
    assert drivers.connected() == {"EARLY": "2026-07-01"}


def test_in_a_queue_a_gate_is_one_more_thing_to_wait_for() -> None:
    drivers = Drivers(gated(connection="when-capacity"))
    drivers.until(date(2026, 6, 30))
    drivers.connections.end_month(date(2026, 6, 1), [], {}, [])
    drivers.until(date(2027, 7, 31))
    drivers.connections.end_month(date(2027, 7, 1), [], {}, [])
    drivers.until(date(2027, 8, 2))
    assert drivers.connected() == {"EARLY": "2026-07-01"}
    rows = {(r.development, r.capacity_name, r.missing_site) for r in drivers.connections.queue}
    assert rows == {("LATE", "not open", "S")}

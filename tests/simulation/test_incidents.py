"""What begins and ends by itself is told once each, with what led to it."""

from collections.abc import Collection, Mapping
from datetime import date

import numpy as np

from twin.city.events import Event, Postings, TakenOut
from twin.scenario.schema import Scenario
from twin.simulation.incidents import Incidents
from twin.utilities.base import Mask, Signal, Vector

SIGNALS = (
    Signal("water/T", "fill_percent", "%"),
    Signal("wastewater/PLANT", "spill_m3_per_s", "m3/s"),
    Signal("water/J", "required_m3_per_s", "m3/s"),
    Signal("water/J", "delivered_m3_per_s", "m3/s"),
    Signal("wastewater/network", "spill_m3_per_s", "m3/s"),
)
WELL = [50.0, 0.0, 1.0, 1.0, 0.0]
VALID = np.ones(len(SIGNALS), dtype=bool)


def watched() -> tuple[Incidents, Postings]:
    scenario = Scenario.model_validate(
        {
            "name": "town",
            "start": date(2026, 1, 1),
            "end": date(2026, 2, 1),
            "networks": {"water": {}, "wastewater": {}},
            "districts": {"Old": {}},
            "demand_points": [{"asset": "water/J", "district": "Old", "weight": 1}],
        }
    )
    postings = Postings()
    return Incidents(scenario, SIGNALS, postings), postings


def look(
    incidents: Incidents, now_s: int, readings: Vector, valid: Mask, without: Mapping[str, Collection[str]]
) -> None:
    bad, _ = incidents.judge(readings[None], valid[None])
    incidents.update(now_s, bad[0], without)


def told(postings: Postings) -> list[tuple[int, str, str, int]]:
    return [(event.time_s, event.kind, event.subject, event.cause) for event in postings.events]


def test_a_tank_is_empty_until_there_is_something_in_it_again() -> None:
    incidents, postings = watched()
    for now, fill in ((0, 50.0), (1, 0.4), (2, 3.0), (3, 5.1), (4, 0.6)):
        look(incidents, now, np.array([fill, *WELL[1:]]), VALID, {})
    assert told(postings) == [(1, "tank empty", "water/T", 0), (3, "tank refills", "water/T", 0)]


def test_each_is_put_down_to_the_nearest_that_could_have_led_to_it() -> None:
    incidents, postings = watched()
    number = postings.post(Event(0, "outage", "water/PU"))
    postings.outages[number] = TakenOut(("water/PU",), 0)
    look(incidents, 1, np.array(WELL), VALID, {"stopped": ["water/PU"]})
    look(incidents, 2, np.array([0.0, *WELL[1:]]), VALID, {"stopped": ["water/PU"]})
    look(incidents, 3, np.array([0.0, 0.0, 1.0, 0.5, 0.0]), VALID, {"stopped": ["water/PU"]})
    kinds = {event.kind: event for event in postings.events}
    numbers = {event.kind: place for place, event in enumerate(postings.events, 1)}
    assert kinds["tank empty"].cause == numbers["stopped"]
    assert kinds["pressure lost"].cause == numbers["tank empty"]
    assert kinds["pressure lost"].subject == "Old"


def test_a_spill_is_told_of_its_place_and_not_of_the_network_nor_without_a_solution() -> None:
    incidents, postings = watched()
    spilling = np.array([50.0, 0.1, 1.0, 1.0, 0.1])
    look(incidents, 0, spilling, np.array([True, False, True, True, False]), {})
    assert told(postings) == []
    look(incidents, 1, spilling, VALID, {})
    look(incidents, 2, np.array(WELL), VALID, {})
    assert [line[:3] for line in told(postings)] == [
        (1, "spill", "wastewater/PLANT"),
        (2, "spill ends", "wastewater/PLANT"),
    ]

"""Firm capacity by hand, headroom over trailing months, first breach once."""

from datetime import date

import numpy as np
import pytest

from twin.city.capacity import Ledger
from twin.city.relief import relief_sites
from twin.scenario.schema import Scenario
from twin.utilities.base import Signal
from twin.utilities.power.capacities import firm_substation_mw


def test_two_transformers_rely_on_one_at_its_emergency_rating() -> None:
    assert firm_substation_mw([16, 16], 1.4, 0.95) == pytest.approx(21.28)
    assert firm_substation_mw([40, 25], 1.4, 0.95) == pytest.approx(33.25)


def test_a_single_transformer_has_no_reserve() -> None:
    assert firm_substation_mw([16], 1.4, 0.95) == 0.0


def ledger(**row: object) -> Ledger:
    scenario = Scenario.model_validate(
        {
            "name": "one source",
            "start": date(2026, 1, 1),
            "end": date(2028, 1, 1),
            "networks": {},
            "capacities": {"Wells": {"water/V": {"kind": "source", "rating": 100, **row}}},
        }
    )
    return Ledger(scenario, [Signal("water/network", "required_m3_per_s", "m3/s")], {})


def day(book: Ledger, m3_per_day: float) -> None:
    counted = np.ones((24, 1), dtype=bool)
    book.accumulate(np.full((24, 1), m3_per_day / 86400.0), counted, np.full(24, 3600.0))
    book.end_day(86400.0)


def test_a_breach_is_seen_on_the_trailing_year_and_named_once() -> None:
    book = ledger()
    for month, volume in enumerate([90.0, 120.0, 80.0, 130.0], start=1):
        day(book, volume)
        book.end_month(f"2026-{month:02}", [])
    assert [round(row.firm_headroom) for row in book.rows] == [10, -20, -20, -30]
    assert [row.first_breach for row in book.rows] == [False, True, False, False]
    assert [round(row.peak) for row in book.rows] == [90, 120, 80, 130]


def test_capacity_that_is_not_built_is_not_there() -> None:
    book = ledger(from_site="W01")
    day(book, 50.0)
    assert book.end_month("2026-01", []) == []
    day(book, 50.0)
    assert [row.capacity for row in book.end_month("2026-02", ["W01"])] == [100.0]


def test_an_hour_without_solution_does_not_dilute_the_day() -> None:
    book = ledger()
    counted = np.arange(24)[:, None] < 12
    readings = np.where(counted, 100.0 / 86400.0, 1e9)
    book.accumulate(readings, counted, np.full(24, 3600.0))
    book.end_day(12 * 3600.0)
    assert book.end_month("2026-01", [])[0].peak == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("unit", "m3_per_day"), [("l/s", 8640.0), ("m3/h", 2400.0), ("ML/day", 1e5), ("", 100.0)]
)
def test_headroom_is_reckoned_in_the_unit_of_its_kind(unit: str, m3_per_day: float) -> None:
    book = ledger(unit=unit)
    day(book, 50.0)
    (row,) = book.end_month("2026-01", [])
    assert (row.unit, row.capacity) == ("m3/day", pytest.approx(m3_per_day))


def test_a_single_pump_is_relied_on_for_nothing_and_two_for_one() -> None:
    scenario = Scenario.model_validate(
        {
            "name": "pumps",
            "start": date(2026, 1, 1),
            "end": date(2028, 1, 1),
            "networks": {},
            "capacities": {
                "One": {"water/A": {"kind": "pumping", "rating": 100}},
                "Two": {f"water/{p}": {"kind": "pumping", "rating": 100} for p in "BC"},
            },
        }
    )
    rows = Ledger(scenario, [Signal("water/A", "flow_m3_per_s", "m3/s")], {}).end_month("2026-01", [])
    assert [(row.name, row.capacity, row.worst_outage) for row in rows] == [
        ("One", 0.0, "water/A"),
        ("Two", 100.0, "water/B"),
    ]


def test_what_does_not_stand_lacks_nothing() -> None:
    """B comes with S1 and is part of what S2 adds to; as long as B is not there, S2 helps nobody at A."""
    source = {"kind": "source", "rating": 1}
    capacities = {
        "Old": {"water/A": {**source, "until_site": "S1"}, "water/B": {**source, "from_site": "S1"}},
        "All": {
            "water/B": {**source, "from_site": "S1"},
            "water/C": {**source, "from_site": "S2"},
        },
    }
    scenario = Scenario.model_validate(
        {
            "name": "two stations",
            "start": date(2026, 1, 1),
            "end": date(2027, 1, 1),
            "networks": {},
            "capacities": capacities,
        }
    )
    assert relief_sites(scenario, "Old", []) == {"S1"}
    assert relief_sites(scenario, "Old", ["S1"]) == {"S2"}
    assert relief_sites(scenario, "All", ["S1"]) == {"S2"}

"""A transformer that stands alone is beyond its rating for years as is meant for hours: a run says so."""

from collections.abc import Sequence

import pytest

from tests.town import write_town
from twin.results.tables import EventRow, Violation
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation.overuse import overused

PUMPS = "power/T-PUMPS"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return load_scenario(write_town(tmp_path_factory.mktemp("town") / "town"))


def broken(month: str, hours: float, asset: str = PUMPS, quantity: str = "loading_percent") -> Violation:
    return Violation(month, asset, quantity, "%", 100.0, 104.6, hours, f"{month}-01T00:00", asset)


def told(town: Scenario, rows: Sequence[Violation], events: Sequence[EventRow] = ()) -> list[str]:
    return [str(mistake) for mistake in overused(town, {Violation: rows, EventRow: events})]


def test_hours_of_a_year_add_up(town: Scenario) -> None:
    assert told(town, [broken("2026-05", 60.0), broken("2027-05", 60.0)]) == []
    assert told(town, [broken("2026-05", 60.0), broken("2026-06", 50.0)]) == [
        "power: beyond their limit for over 100 h of a year though nothing is out: power/T-PUMPS 110 h in "
        "2026, up to 105 % (emergency_factor 1.4 is meant for hours)"
    ]


def test_what_may_never_pass_its_limit_is_left_to_its_violations(town: Scenario) -> None:
    assert told(town, [broken("2026-05", 700.0, quantity="voltage_pu")]) == []
    assert told(town, [broken("2026-05", 700.0, asset="power/NO-TRANSFORMER")]) == []


@pytest.mark.parametrize(("back", "counts"), [("2026-05-20T06:00", True), ("2026-07-02T06:00", False)])
def test_months_in_which_something_is_out_do_not_count(town: Scenario, back: str, counts: bool) -> None:
    events = [
        EventRow(1, "2026-05-05T06:00", "outage", "power/T-TOWN", "", None),
        EventRow(2, back, "back in service", "power/T-TOWN", "", 1),
    ]
    rows = [broken("2026-05", 700.0), broken("2026-06", 700.0)]
    lines = told(town, rows, events)
    assert [("700 h in 2026" in line) for line in lines] == ([True] if counts else [])


def test_an_outage_elsewhere_is_none_of_the_grid(town: Scenario) -> None:
    events = [EventRow(1, "2026-05-05T06:00", "outage", "water/PU-INTAKE", "", None)]
    assert len(told(town, [broken("2026-05", 700.0)], events)) == 1

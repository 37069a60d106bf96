"""From what a run accounted to its tables and metrics: what is left out, and what a breach says."""

from dataclasses import fields
from pathlib import Path

import pytest

from tests.orders_town import write_orders_town
from tests.town import write_town
from twin.columns import values
from twin.results.run import Run
from twin.results.tables import CrewsRow, EventRow, Headroom, QueueRow, SiteRow, Unserved
from twin.scenario import load_scenario
from twin.simulation.account import SETTLING
from twin.simulation.clock import Clock
from twin.utilities.base import Cause


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    clock = Clock(load_scenario(write_town(tmp_path / "town"), ["end=2026-05-05"]))
    clock.books.account.open(clock.city.read_totals())
    return clock


def test_a_run_that_ended_early_has_its_counters_alone(clock: Clock) -> None:
    clock.books.account.ended = "power had no solution for 24 hours: collapse"
    run = clock.outcome(0.0)
    assert list(run.metrics) == [metric.name for metric in SETTLING]
    assert (run.status, run.reason) == ("unsolved", clock.books.account.ended)


def test_the_metrics_of_a_network_that_was_mostly_unsolved_and_sums_with_it_are_left_out(
    clock: Clock,
) -> None:
    whole = clock.outcome(0.0).metrics
    clock.books.account.hours, clock.books.account.unsolved = 24.0, {"water": 12.0}
    clock.books.account.why = {"water": "no way"}
    without = clock.outcome(0.0).metrics
    own = {"water_served_m3", "unserved_water_m3", "min_pressure_m", "pump_energy_mwh"}
    assert own <= whole.keys() - without.keys()
    assert {"energy_served_mwh", "sewage_spilled_m3"} <= without.keys()


def test_what_was_not_served_is_a_row_by_month_cause_and_site(clock: Clock) -> None:
    cause = Cause("unserved_mwh", "transformer", "power/T-TOWN")
    clock.books.account.unserved = {("2026-05", cause, ""): 2.0, ("2026-05", cause, "S"): 3.0}
    rows = clock.outcome(0.0).rows(Unserved)
    assert [values(row) for row in rows] == [
        ["2026-05", "power", "unserved_mwh", "transformer", "power/T-TOWN", 2.0, ""],
        ["2026-05", "power", "unserved_mwh", "transformer", "power/T-TOWN", 3.0, "S"],
    ]


@pytest.fixture(scope="module")
def queued(tmp_path_factory: pytest.TempPathFactory) -> Run:
    from twin.simulation import clock as simulation

    town = write_orders_town(tmp_path_factory.mktemp("orders") / "town")
    return simulation.run(load_scenario(town, ["build_order=small_first"]))


def test_rows_are_of_their_types_and_every_value_is_of_its_column(queued: Run) -> None:
    for table, rows in queued.tables.items():
        assert all(type(row) is table for row in rows)
    for kind in (SiteRow, QueueRow, CrewsRow, Headroom):
        assert queued.rows(kind)
    events = queued.rows(EventRow)
    assert [row.number for row in events] == list(range(1, len(events) + 1))
    assert all(row.cause is None or row.cause < row.number for row in events)


def test_headrooms_are_differences_of_the_columns_beside_them(queued: Run) -> None:
    for row in queued.rows(Headroom):
        assert row.firm_headroom == row.capacity - row.peak_12_months
        assert row.firm_headroom_in_month == row.capacity - row.peak
        assert row.intact_headroom_in_month == row.intact_capacity - row.peak
        assert row.peak <= row.peak_12_months and row.capacity <= row.intact_capacity
        assert row.first_breach or not (row.relieved_by or row.latest_safe_start)


def test_a_run_has_no_field_for_a_single_table() -> None:
    assert not {"headroom", "events", "sites"} & {field.name for field in fields(Run)}

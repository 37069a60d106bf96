"""The table that ends a run says when something first failed, not only when a capacity was first short."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.town import write_town
from twin.columns import Row
from twin.results.run import Run
from twin.results.summary import summary
from twin.results.tables import Unserved, Violation
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.utilities.registry import utilities


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = write_town(tmp_path_factory.mktemp("town") / "town")
    return simulation.run(load_scenario(folder, ["end=2026-05-05"]))


def told(run: Run, line: str, rows: Sequence[Row]) -> str:
    tables = {**run.tables, Unserved: [], Violation: []} | {type(row): list(rows) for row in rows}
    return dict(summary(replace(run, tables=tables)))[line]


def lost(month: str, network: str, quantity: str, kind: str, asset: str, amount: float) -> Unserved:
    return Unserved(month, network, quantity, kind, f"{network}/{asset}", amount, "")


def test_the_first_month_of_each_loss_is_told_with_its_largest_cause(town: Run) -> None:
    rows = [
        lost("2028-09", "water", "unserved_m3", "trunk", "329", 70.0),
        lost("2026-05", "power", "unserved_mwh", "line", "Line 1-2", 2.0),
        lost("2026-05", "power", "unserved_mwh", "line", "Line 2-3", 5.0),
        lost("2027-01", "power", "unserved_mwh", "line", "Line 9", 900.0),
    ]
    assert told(town, "first not served", rows) == "power 2026-05 (line Line 2-3); water 2028-09 (trunk 329)"


def test_what_became_of_it_is_told_where_it_was_not_just_unserved(town: Run) -> None:
    rows = [lost("2026-07", "wastewater", "spilled_m3", "plant", "PLANT", 3.0)]
    assert told(town, "first not served", rows) == "wastewater spilled 2026-07 (plant PLANT)"


def test_a_services_name_is_not_said_twice(town: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (loss,) = utilities()["wastewater"].losses
    monkeypatch.setattr(
        type(utilities()["wastewater"]), "losses", (replace(loss, words="lost of wastewater"),)
    )
    rows = [lost("2026-07", "wastewater", "spilled_m3", "plant", "PLANT", 3.0)]
    assert told(town, "first not served", rows).startswith("lost of wastewater 2026-07")


def test_a_loss_that_the_table_shows_as_nothing_is_none(town: Run) -> None:
    rows = [lost("2026-05", "water", "unserved_m3", "trunk", "329", 0.3)]
    assert told(town, "first not served", rows) == "none"
    rows.append(lost("2026-08", "water", "unserved_m3", "trunk", "330", 0.6))
    assert told(town, "first not served", rows) == "water 2026-08 (trunk 330)"


def test_the_first_time_beyond_each_limit_is_told_with_the_asset(town: Run) -> None:
    rows = [
        Violation(month, asset, quantity, "", 1.0, 2.0, 1.0, seen, "")
        for month, asset, quantity, seen in (
            ("2026-05", "Substation", "firm_capacity", "2026-05"),
            ("2027-01", "power/T1", "loading_percent", "2027-01-03T18:00"),
            ("2027-01", "power/T2", "loading_percent", "2027-01-02T18:00"),
            ("2026-06", "water/P1", "velocity_m_per_s", "2026-06-01T07:00"),
            ("2028-01", "power/T1", "loading_percent", "2028-01-01T00:00"),
        )
    ]
    expected = "velocity_m_per_s 2026-06 (water/P1); loading_percent 2027-01 (power/T2)"
    assert told(town, "first over limit", rows) == expected


def test_a_run_in_which_nothing_fails_says_so(town: Run) -> None:
    assert told(town, "first not served", []) == told(town, "first over limit", []) == "none"

"""Recordings in sweeps: kept where they are asked for, else nothing is recorded and a line says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sweep.inline import Inline
from twin.results.arrow import schema
from twin.results.tables import Hourly
from twin.simulation.recording import Recording
from twin.sweep import Plan, execute
from twin.sweep.querying import query

SWEEP = """
name: recorded
scenario: town
set: {end: 2026-05-05%s}
matrix:
  pumps: {fed: {}, cut: {outages.0.hours: 12}}
"""
RECORD = ", record: [{assets: power/T-TOWN, quantities: loading_percent}]"


def test_recordings_of_all_runs_are_one_table(planned: Callable[[str], Plan], tmp_path: Path) -> None:
    plan = planned(SWEEP % RECORD + "tables: [hourly, headroom]\n")
    assert plan.unkept() == []
    assert execute(plan, tmp_path / "out", Inline()).complete == 2
    _, rows = query(
        tmp_path / "out",
        "SELECT pumps, asset, count(*), min(hours) FROM hourly JOIN runs USING (run_id) "
        "GROUP BY ALL ORDER BY 1",
    )
    assert rows == [("cut", "power/T-TOWN", 24, 1.0), ("fed", "power/T-TOWN", 24, 1.0)]


def test_a_sweep_that_keeps_none_records_none_and_says_so(
    planned: Callable[[str], Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recording, "take", lambda *_: pytest.fail("it records"))
    plan = planned(SWEEP % RECORD)
    (told,) = plan.unkept()
    assert "what the scenario's record names is not kept (tables: [hourly])" in str(told)
    assert execute(plan, tmp_path / "out", Inline()).complete == 2
    assert not (tmp_path / "out" / "hourly").exists()


def test_a_table_of_recordings_without_any_is_told_and_empty(
    planned: Callable[[str], Plan], tmp_path: Path
) -> None:
    plan = planned(SWEEP % "" + "tables: [hourly]\n")
    (told,) = plan.unkept()
    assert (told.file, told.line) == ("test.yaml", 7)
    assert "hourly stays empty" in str(told)
    execute(plan, tmp_path / "out", Inline())
    columns, rows = query(tmp_path / "out", "SELECT * FROM hourly")
    assert (columns, rows) == (["run_id", *schema(Hourly).names], [])

"""What is told to have stopped: an asset that runs, or would run, and may not."""

from pathlib import Path

import pytest

from tests.town import write_town
from twin.results.tables import EventRow
from twin.scenario import load_scenario
from twin.simulation import clock as simulation


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        (("8 PM", "11 PM"), []),
        (("4 AM", "11 PM"), [("stopped", "2026-05-05T06:00"), ("restarted", "2026-05-05T12:15")]),
        (("9 AM", "10 AM"), [("stopped", "2026-05-05T09:00"), ("restarted", "2026-05-05T12:15")]),
    ],
)
def test_a_pump_stops_only_where_its_file_would_let_it_run(
    tmp_path: Path, runs: tuple[str, str], told: list[tuple[str, str]]
) -> None:
    file = write_town(tmp_path / "town") / "water.inp"
    text, (begins, ends) = file.read_text(encoding="utf-8"), runs
    by_clock = f"LINK PU-INTAKE OPEN AT CLOCKTIME {begins}\nLINK PU-INTAKE CLOSED AT CLOCKTIME {ends}\n"
    own = text.index("LINK PU-INTAKE OPEN"), text.index("[TIMES]")
    file.write_text(text[: own[0]] + by_clock + text[own[1] :], encoding="utf-8")
    run = simulation.run(load_scenario(tmp_path / "town"))
    pump = [(row.kind, row.time) for row in run.rows(EventRow) if row.subject == "water/PU-INTAKE"]
    assert pump == told

"""A run at the prompt: what it lists, prints and gives as data frames."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import twin
from tests.town import write_town
from twin.results.reference import every_table

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_town(tmp_path_factory.mktemp("town") / "town")
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    (folder / "scenario.yaml").write_text(text + "record: [{assets: water/T-*}]\n", encoding="utf-8")
    (folder / "capacities.csv").write_text(
        "capacity,asset,kind\nTown,power/T-TOWN,substation\n", encoding="utf-8"
    )
    return folder


def test_the_package_lists_what_it_has() -> None:
    assert {"load_scenario", "run", "plot", "results", "sweep"} <= set(dir(twin))
    for name in dir(twin):
        assert getattr(twin, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'runs'"):
        _ = twin.runs  # type: ignore[attr-defined]


def test_tables_are_data_frames_as_they_are_saved(town: Path, tmp_path: Path) -> None:
    run = twin.run(twin.load_scenario(town))
    saved = twin.results.read(run.save(tmp_path / "results"))
    for table in every_table():
        frame = run.frame(table.table)
        assert table.table in dir(run)
        if table.table in saved:
            pd.testing.assert_frame_equal(frame, saved[table.table], check_categorical=False)
        else:
            assert frame.empty
    assert len(run.frame("hourly")) and len(run.frame("monthly")) and len(run.frame("assets"))
    assert saved["metrics"].loc[0].to_dict() == run.metrics


def test_a_run_prints_as_a_page_and_names_what_it_lacks(town: Path) -> None:
    run = twin.run(twin.load_scenario(town, ["end=2026-05-05"]))
    page = str(run)
    assert page.startswith("run") and "Town" in page.splitlines()[0]
    assert len(page) < 5000
    assert repr(run) == page
    with pytest.raises(AttributeError, match="a run has no headrom: its tables are"):
        _ = run.headrom
    assert not hasattr(run, "__array__")


def test_the_page_of_the_package_runs(town: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", "-c", code],
        cwd=town.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Town" in done.stdout
    assert (town.parent / "headroom.png").stat().st_size > 1000

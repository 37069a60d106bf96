"""View models of comparisons and sweeps."""

import json
from pathlib import Path

import pytest

from tests.command import twin
from tests.report.folders import write_comparison, write_run, write_sweep
from twin.report import comparison, sweeps, write_side_by_side
from twin.report.folder import kind_of
from twin.results.formats import FORMAT


def test_a_comparison_sets_plans_side_by_side(tmp_path: Path) -> None:
    folder = write_comparison(tmp_path / "plans")
    model = comparison.view_model(folder)
    assert kind_of(folder) == "comparison"
    roadmap, late = model["plans"]
    assert model["leading"] == "jobs_delayed_job_months"
    assert model["metrics"][0]["values"] == [900.0, 2100.0]
    assert model["futures"]["jobs_delayed_job_months"][late][0] == 1800.0
    i = model["atlas"]["asset"].index("power/T-1")
    assert [letters[i] for letters in model["atlas"]["plans"].values()] == ["B2C7D8E1.6", "B2C7D8E5.2"]
    assert model["breaches"][roadmap][0]["until"] == "2027-07"
    assert model["breaches"][late][0]["until"] == "2027-11"


def test_a_comparison_without_its_tables_reads_the_runs(tmp_path: Path) -> None:
    folder = write_comparison(tmp_path / "plans")
    for name in ("metrics", "futures", "summary"):
        (folder / f"{name}.csv").unlink()
    model = comparison.view_model(folder)
    values = {row["metric"]: row["values"] for row in model["metrics"]}
    assert values["jobs_delayed_job_months"] == [900.0, 2100.0]
    assert model["futures"] == {}


def test_without_drawn_futures_nothing_is_said_of_futures(tmp_path: Path) -> None:
    folder = write_comparison(tmp_path / "plans")
    about = json.loads((folder / "comparison.json").read_text())
    (folder / "comparison.json").write_text(json.dumps(about | {"futures": 0}))
    model = comparison.view_model(folder)
    assert (model["futures"], model["summary"]) == ({}, [])


def test_runs_beside_each_other_have_a_page_of_their_own(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / "a" / "town"), write_run(tmp_path / "b" / "town", built="2027-11-01")]
    page = write_side_by_side(runs, tmp_path / "page")
    assert page == tmp_path / "page" / "report.html"
    assert all(json.dumps(str(run)) in page.read_text(encoding="utf-8") for run in runs)
    assert write_side_by_side(runs, tmp_path / "page") == page
    (tmp_path / "page" / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="holds something else"):
        write_side_by_side(runs, tmp_path / "page")


def test_the_command_writes_a_page_of_two_folders(tmp_path: Path) -> None:
    write_run(tmp_path / "early")
    write_run(tmp_path / "late", built="2027-11-01")
    done = twin("compare", "early", "late", "--report", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "report: results/compare-early-late/report.html"
    assert (tmp_path / "results" / "compare-early-late" / "report.html").is_file()


def test_a_sweep_spreads_by_cell_and_counts_what_failed(tmp_path: Path) -> None:
    model = sweeps.view_model(write_sweep(tmp_path / "sweep"))
    assert model["cells"] == ["gate=late", "gate=on time"]
    low, middle, high = model["spread"]["unserved_energy_mwh"]["gate=on time"]
    assert (low, middle, high) == pytest.approx((835.0, 975.0, 1115.0))
    assert [own["run"] for own in model["without"]] == ["r15"]


def test_breach_bands_count_runs_without_a_breach_as_later(tmp_path: Path) -> None:
    on_time = next(
        band
        for band in sweeps.view_model(write_sweep(tmp_path / "sweep"))["bands"]
        if "on time" in band["cell"]
    )
    # seven of eight runs breach, in months 1 to 7; nine of ten never do, so P90 lies beyond the horizon
    assert on_time["share"] == pytest.approx(7 / 8, abs=1e-3)
    assert on_time["dates"] == ["2026-02", "2026-05", ""]


def test_drivers_are_ordered_by_their_effect(tmp_path: Path) -> None:
    gate, use = sweeps.view_model(write_sweep(tmp_path / "sweep"))["drivers"]["unserved_energy_mwh"]
    assert (gate["input"], gate["low_at"], gate["high_at"]) == ("gate", "on time", "late")
    assert (use["input"], use["low_at"]) == ("use", "< 0.975")
    assert use["rank"] > 0.3


def test_a_sweep_that_has_not_begun_is_empty(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(json.dumps({"format": FORMAT, "name": "x", "runs": 4}))
    model = sweeps.view_model(tmp_path)
    assert (model["count"], model["spread"], model["bands"], model["checks"]) == (0, {}, [], None)

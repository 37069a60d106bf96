"""Guard, folder and page of the benchmark, without measuring."""

import json
from pathlib import Path

import pytest

from benchmarks import guard, performance, profile
from benchmarks.cases import PAIRS
from benchmarks.days import Comparison
from benchmarks.folder import case_of, one
from benchmarks.kept import FIRST
from benchmarks.steady import Timing

_MEASURED = {
    "twin": 0.25, "floor": 0.125, "alone": 0.1, "over_floor": 2.0, "over_alone": 2.5,
    "solutions": 2.6, "solutions_alone": 2.2, "naive": 300.0, "series": 12.34,
}  # fmt: skip


def test_row_tells_both_floors_and_both_ratios() -> None:
    row = performance.cells("town", _MEASURED)
    assert len(row) == len(performance.COLUMNS)
    assert dict(zip(performance.COLUMNS, row, strict=True)) == {
        "case": "town", "twin ms/h": "0.250",
        "tape ms/h": "0.125", "twin/tape": "2.00", "alone ms/h": "0.100", "twin/alone": "2.50",
        "solutions/h": "2.6", "alone": "2.2", "naive ms/h": "300", "naive/twin": "1,200",
        "pandapower series ms/h": "12.3", "coupled hours/s": "4,000",
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["naive", "series"])
def test_loop_without_a_solution_is_a_dash(missing: str) -> None:
    assert "-" in performance.cells("town", {**_MEASURED, missing: None})


@pytest.mark.parametrize(
    ("ratio", "word"), [(2.0, "ok"), (2.59, "ok"), (2.7, "slower than committed"), (4.1, "doubled")]
)
def test_guard_judges_by_the_ratio(ratio: float, word: str) -> None:
    assert guard.verdict(ratio, 2.0) == word


def test_guard_fails_if_one_floor_of_one_network_is_doubled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guard, "GUARD", tmp_path / "guard.json")
    guard.write(dict.fromkeys(guard.GUARDED, (2.0, 3.0)))
    monkeypatch.setattr(guard, "measure", lambda: dict.fromkeys(guard.GUARDED, (2.0, 3.0)))
    assert guard.main([]) == 0
    monkeypatch.setattr(
        guard, "measure", lambda: dict.fromkeys(guard.GUARDED, (2.0, 3.0)) | {guard.GUARDED[-1]: (2.0, 6.5)}
    )
    assert guard.main([]) == 1
    assert (
        f"speed of {guard.GUARDED[-1]}: twin/alone 6.50, committed 3.00: doubled" in capsys.readouterr().out
    )


def test_guard_covers_three_networks_that_are_kept() -> None:
    kept = json.loads(guard.GUARD.read_text(encoding="utf-8"))
    assert set(kept) == set(guard.GUARDED) <= set(PAIRS)
    assert all(set(own) == set(guard.FLOORS) for own in kept.values())


def test_folder_needs_one_file_of_each_kind(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"one \.inp file is measured, found: none"):
        one(tmp_path, "inp")
    (tmp_path / "a.INP").touch()
    assert one(tmp_path, "inp").name == "a.INP"
    (tmp_path / "b.inp").touch()
    with pytest.raises(SystemExit, match=r"a\.INP, b\.inp"):
        one(tmp_path, "inp")


def test_folder_that_is_a_scenario_is_run_as_it_is(tmp_path: Path) -> None:
    alatau = Path(__file__).parents[2] / "scenarios" / "alatau"
    case = case_of(alatau, tmp_path, 2)
    assert (case.name, case.scenario.days) == ("alatau", "every")
    assert (case.scenario.end - case.scenario.start).days == 2


@pytest.mark.parametrize(("part", "owner", "names"), profile.PARTS)
def test_stopwatch_watches_what_is_there(part: str, owner: object, names: tuple[str, ...]) -> None:
    assert all(callable(getattr(owner, name)) for name in names), part


def test_page_is_written_from_what_was_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    timing = Timing(0.1, 0.4, 2000.0, (500.0, 501.0))
    results = {
        "cases": {"town": _MEASURED, "valley": {**_MEASURED, "naive": None, "series": None}},
        "size": {1: timing, 2: timing},
        "horizon": {1: 1.0, 2: 2.0},
        "n1": {"outages": 119.0, "all_ms": 13.0, "own_ms": 7.0, "ratio": 29.0, "intact_ms": 0.2},
        "startup": {"python -c 'import pandapower'": 2.0, "twin --help": 0.2},
        "days": Comparison(
            totals={"energy_served_mwh": (1000.0, 1001.0)},
            peaks={"SS01": 0.004},
            breaches={"SS01": ("2030-01", "2030-01")},
            shortages={"2034-07": (5.0, 5.1)},
            every=timing,
        ),
        "kept": {"on request": {FIRST: 6.0}},
        "series": {
            "grid": "a grid",
            "steps": 96,
            "open_s": 0.5,
            "twin_s": 0.1,
            "pandapower_s": 9.6,
            "apart": {"bus.vm_pu": 1e-9},
        },
        "loading": {"series": 10.0, "gb": 0.1, "processor_s": 2.0, "wall_s": 3.0, "day_ms": 1.0},
        "profile": {"city": 30.0, "a part that was not there before": 10.0},
    }
    monkeypatch.setattr(performance, "PAGE", tmp_path / "performance.md")
    performance.write(results)
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| town | 0.250 | 0.125 | 2.00 | 0.100 | 2.50 | 2.6 | 2.2 | 300 | 1,200 | 12.3 | 4,000 |" in page
    assert "| valley | 0.250 | 0.125 | 2.00 | 0.100 | 2.50 | 2.6 | 2.2 | - | - | - | 4,000 |" in page
    assert "| a part that was not there before | - | 10 |" in page
    assert "| pandapower | 9.6 | 100,000 |" in page
    assert "## How it is measured" in page
    performance.replace(performance.kept_section({"on request": {FIRST: 7.0}}))
    again = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert again == page.replace("| 6.00 |", "| 7.00 |")

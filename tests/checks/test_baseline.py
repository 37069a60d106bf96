"""What moved against a baseline: worse, better, gone and new, each metric by its own tolerance."""

import json
from pathlib import Path
from typing import Any

import pytest

from twin.checks.baseline import compare, read_baseline, update
from twin.checks.checks import Allowed, Checks
from twin.checks.why import reasons
from twin.errors import InvalidInput

DIRECTIONS = {"less_is_better": "less", "more_is_better": "more"}


def lines(old: dict[str, float], new: dict[str, float], **tolerances: Any) -> tuple[str, list[str]]:
    before, now = ({"all": {n: {"": v} for n, v in own.items()}} for own in (old, new))
    checks = Checks(tolerance=tolerances.pop("tolerance", 0.001), tolerances=tolerances)
    (verdict,) = compare(now, before, checks, lambda name: DIRECTIONS.get(name, ""))
    return verdict.status, verdict.detail.splitlines()


@pytest.mark.parametrize(
    ("name", "new", "status", "kind"),
    [
        ("less_is_better", 12.0, "fail", "worse"),
        ("less_is_better", 8.0, "pass", "better"),
        ("more_is_better", 8.0, "fail", "worse"),
        ("more_is_better", 12.0, "pass", "better"),
        ("declares_none", 8.0, "fail", "moved"),
    ],
)
def test_the_direction_of_a_metric_decides(name: str, new: float, status: str, kind: str) -> None:
    sign = "+" if new > 10.0 else "-"
    assert lines({name: 10.0}, {name: new}) == (status, [f"{kind}: {name} 10 -> {new:g} ({sign}20 %)"])


def test_what_is_gone_comes_first_and_what_is_new_is_listed_in_one_line() -> None:
    old = {"gone": 3.0, "less_is_better": 1.0, "more_is_better": 1.0}
    new = {"less_is_better": 2.0, "more_is_better": 2.0, **{f"new_{n}": 1.0 for n in range(40)}}
    status, told = lines(old, new)
    assert status == "fail"
    assert told == [
        "gone: gone 3 -> none",
        "worse: less_is_better 1 -> 2 (+100 %)",
        "better: more_is_better 1 -> 2 (+100 %)",
        "new, not judged: new_0, new_1, new_2, new_3, new_4 and 35 more",
    ]


def test_a_baseline_may_be_a_part() -> None:
    assert lines({"less_is_better": 1.0}, {"less_is_better": 1.0005, "other": 2.0})[0] == "pass"


@pytest.mark.parametrize(
    ("allowed", "new", "status"),
    [
        (Allowed(relative=0.5), 14.0, "pass"),
        (Allowed(relative=0.1), 14.0, "fail"),
        (Allowed(absolute=5.0), 14.0, "pass"),
        (Allowed(absolute=3.0), 14.0, "fail"),
        (Allowed(relative=0.01, absolute=5.0), 14.0, "pass"),
    ],
)
def test_a_metric_may_move_by_its_own_tolerance(allowed: Allowed, new: float, status: str) -> None:
    assert lines({"less_is_better": 10.0}, {"less_is_better": new}, **{"less_*": allowed})[0] == status
    assert lines({"declares_none": 10.0}, {"declares_none": new}, **{"less_*": allowed})[0] == "fail"


def test_a_change_is_one_figure_relative_to_the_baseline() -> None:
    before, now = ({"all": {"declares_none": {"": value}}} for value in (319525.0, 573670.0))
    (verdict,) = compare(now, before, Checks(tolerance=0.5))
    assert verdict.status == "fail"
    assert verdict.detail == "moved: declares_none 319525 -> 573670 (+79.5 %)"
    assert verdict.value == pytest.approx(573670.0 / 319525.0 - 1.0)


def test_what_passes_tells_its_largest_change() -> None:
    before = {"all": {"a": {"": 100.0}, "b": {"": 100.0}, "c": {"": 0.0}}}
    now = {"all": {"a": {"": 101.0}, "b": {"": 97.0}, "c": {"": 0.4}}}
    checks = Checks(tolerance=0.05, tolerances={"c": Allowed(absolute=0.5)})
    (verdict,) = compare(now, before, checks)
    assert verdict.status == "pass"
    assert verdict.value == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("allowed", "told"),
    [
        (Allowed(relative=100.0), ("fail", ["worse: less_is_better 0 -> 5 (from 0)"])),
        (Allowed(absolute=5.0), ("pass", [])),
    ],
)
def test_a_change_from_0_is_judged_by_the_absolute_tolerance(
    allowed: Allowed, told: tuple[str, list[str]]
) -> None:
    assert lines({"less_is_better": 0.0}, {"less_is_better": 5.0}, less_is_better=allowed) == told


def test_what_only_rounding_left_of_a_balance_is_not_compared() -> None:
    assert lines({"balance_error_x": 1e-8}, {"balance_error_x": 5e-7}) == ("pass", [])


def test_a_cell_that_is_gone_from_the_sweep_is_told() -> None:
    (verdict,) = compare({}, {"gate=late": {"a": {"p50": 1.0}}}, Checks())
    assert (verdict.cell, verdict.status) == ("gate=late", "fail")
    assert verdict.detail == "gone: a p50 1 -> none"


def results(folder: Path, build_months: int = 24, **about: Any) -> Path:
    folder.mkdir()
    (folder / "metrics.json").write_text('{"less_is_better": 1.0}')
    content = {"format": 1, "versions": {"twin": "1"}, "inputs_sha256": {"sites.csv": "a"}, **about}
    (folder / "run.json").write_text(json.dumps(content))
    (folder / "scenario.yaml").write_text(f"name: Town\nsites:\n  S1: {{build_months: {build_months}}}\n")
    return folder


def test_why_results_differ_names_version_table_and_site(tmp_path: Path) -> None:
    kept = tmp_path / "baseline"
    assert update(kept, results(tmp_path / "old")) == ["metrics.json", "run.json", "scenario.yaml"]
    new = results(tmp_path / "new", 36, versions={"twin": "2"}, inputs_sha256={"sites.csv": "b"})
    assert reasons(read_baseline(kept), new) == [
        "version of twin: 1 -> 2",
        "inputs changed: sites.csv",
        "sites S1: build_months 24 -> 36",
    ]
    same = reasons(read_baseline(kept), tmp_path / "old")
    assert same == ["inputs, versions and program are those of the baseline"]


def test_what_was_asked_is_told_in_words(tmp_path: Path) -> None:
    old = results(tmp_path / "old", overrides=[], asked={"matrix": {"a": {}}, "replicates": 1})
    new = results(tmp_path / "new", overrides=["end=2027-01-01"], asked={"matrix": {}, "replicates": 1})
    assert reasons(read_baseline(old), new) == [
        "overrides: none -> end=2027-01-01",
        "the sweep file differs in matrix",
    ]


def test_a_baseline_of_metrics_alone_says_that_it_knows_no_reason(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "metrics.json").write_text('{"less_is_better": 1.0}')
    (line,) = reasons(read_baseline(old), results(tmp_path / "new"))
    assert line.startswith("the baseline holds metrics alone")


def test_a_folder_of_something_else_is_no_baseline(tmp_path: Path) -> None:
    new = results(tmp_path / "new")
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"holds something else, thesis\.txt"):
        update(strange, new)
    with pytest.raises(FileExistsError, match="the results themselves"):
        update(new, new)


@pytest.mark.parametrize(
    "content", ['{"a": "much"}', '{"all": {"a": {"p50": true}}}', '{"all": {"a": 1}, "b": 2}']
)
def test_a_baseline_without_numbers_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "metrics.json").write_text(content)
    with pytest.raises(InvalidInput, match="no number"):
        read_baseline(tmp_path)

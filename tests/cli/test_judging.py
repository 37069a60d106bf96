"""`twin check`, baselines and what a verdict leaves behind, as a pipeline sees them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from tests.orders_town import write_orders_town
from twin.cli.main import app

WORDS = ("run", "town", "--set", "end=2026-07-01")
CHECKS = """
checks:
  - {name: lights, metric: unserved_energy_mwh, is: "<= 0"}
  - {name: room, headroom: Town, is: ">= 1e6"}
  - {name: pressure, metric: min_pressure_m, district: Town, period: 2026-06, is: ">= 0"}
"""
pytestmark = pytest.mark.xdist_group("judging")


def twin(*words: str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output.splitlines()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a town, its result, and checks that the run was judged by."""
    place = tmp_path_factory.mktemp("judging")
    write_orders_town(place / "town")
    (place / "checks.yaml").write_text(CHECKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        code, lines = twin(*WORDS, "--out", "done", "--checks", "checks.yaml")
    assert (code, lines[-1]) == (
        1,
        "verdict: FAIL: 4 checks; 3 hold, 1 fails; first room since 2026-05",
    )
    return place


@pytest.fixture(autouse=True)
def there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)


def test_results_are_judged_again_as_they_were_when_the_run_ended(place: Path) -> None:
    before = json.loads((place / "done" / "checks.json").read_text())
    assert twin("check", "done", "--checks", "checks.yaml")[0] == 1
    again = json.loads((place / "done" / "checks.json").read_text())
    for old, new in zip(before["verdicts"], again["verdicts"], strict=True):
        assert new.pop("value") == pytest.approx(old.pop("value"), rel=1e-8)  # tables are saved rounded
    assert again == before
    (suite,) = ElementTree.fromstring((place / "done" / "junit.xml").read_text())
    assert float(suite.get("time") or 0) > 0.0
    assert [case.get("line") for case in suite.findall("testcase")] == [None, "3", "4", "5"]
    assert {case.get("file") for case in suite.findall("testcase")[1:]} == {"checks.yaml"}


def test_the_summary_explains_the_first_failure_by_charts(place: Path) -> None:
    twin("check", "done", "--checks", "checks.yaml")
    summary = (place / "done" / "summary.md").read_text()
    assert "### Why room fails" in summary
    first, second = summary.split("```mermaid\n")[1:3]
    assert first.splitlines()[:3] == [
        "xychart-beta",
        '  title "firm_headroom of Town by month"',
        '  x-axis ["2026-05", "2026-06"]',
    ]
    assert first.splitlines()[4] == "  line [1e+06, 1e+06]"
    assert 'title "Town: peak and firm capacity, MW"' in second


def test_a_failing_headroom_tells_unit_capacity_and_peak(place: Path) -> None:
    row = next(
        line for line in twin("check", "done", "--checks", "checks.yaml")[1] if line.startswith("room")
    )
    assert row.split(None, 1)[1] == (
        "FAILS: -4.86991 MW, must be >= 1e+06; first breach 2026-05; Town in 2026-05: capacity 0 MW, "
        "peak of twelve months 4.86991 MW; would be relieved by BIG"
    )


def test_other_checks_come_to_another_verdict(place: Path, tmp_path: Path) -> None:
    excused = CHECKS.replace('is: ">= 1e6"', 'is: ">= 1e6", known: {reason: r, owner: o, until: 2999-01-01}')
    (tmp_path / "known.yaml").write_text(excused)
    code, lines = twin("check", "done", "--checks", str(tmp_path / "known.yaml"))
    assert (code, lines[-1]) == (0, "verdict: PASS: 4 checks; 3 hold, 1 known to fail")


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("metric: unserved_energy", "checks.yaml:2: a: no metric unserved_energy in this scenario (did you"),
        ("headroom: Nord", "checks.yaml:2: a: no capacity Nord"),
    ],
)
def test_what_the_results_do_not_have_is_refused(tmp_path: Path, check: str, said: str) -> None:
    (tmp_path / "checks.yaml").write_text(f'checks:\n  - {{name: a, {check}, is: "<= 0"}}\n')
    code, (line,) = twin("check", "done", "--checks", str(tmp_path / "checks.yaml"))
    assert code == 2
    assert line.startswith(said)


@pytest.mark.parametrize("words", [("town",), ("nowhere",), ("done",)])
def test_nothing_to_judge_or_to_judge_by_is_refused(words: tuple[str, ...]) -> None:
    more = () if words == ("done",) else ("--checks", "checks.yaml")
    assert twin("check", *words, *more)[0] == 2


@pytest.mark.parametrize("content", ["checks: []\n", "tolerance: 0.1\n"])
@pytest.mark.parametrize(
    "words", [("run", "town"), ("validate", "town"), ("sweep", "sweep.yaml"), ("check", "done")]
)
def test_a_file_that_holds_no_checks_is_no_verdict(
    words: tuple[str, str], content: str, place: Path, tmp_path: Path
) -> None:
    (place / "sweep.yaml").write_text("name: two\nscenario: town\nmatrix: {a: {b: {}}}\n")
    (tmp_path / "empty.yaml").write_text(content)
    code, lines = twin(*words, "--checks", str(tmp_path / "empty.yaml"))
    assert (code, len(lines)) == (2, 1), lines
    assert lines[0].startswith("empty.yaml:1: nothing to judge by")


def test_validate_names_the_command_of_a_sweep_file_and_excuses_that_are_past(
    place: Path, tmp_path: Path
) -> None:
    (place / "sweep.yaml").write_text("name: two\nscenario: town\nmatrix: {a: {b: {}}}\n")
    told = twin("validate", "sweep.yaml")
    assert told == (2, ["sweep.yaml: a sweep file (twin sweep sweep.yaml --dry-run)"])
    past = CHECKS.replace('is: ">= 1e6"', 'is: ">= 1e6", known: {reason: r, owner: o, until: 2020-01-01}')
    (tmp_path / "past.yaml").write_text(past)
    code, lines = twin("validate", "town", "--checks", str(tmp_path / "past.yaml"))
    assert code == 0
    assert "past.yaml:4: room: excused until 2020-01-01, which is past" in lines


def test_tolerances_alone_judge_by_a_baseline(place: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("tolerance: 0.1\n")
    assert twin("check", "done", "--checks", str(tmp_path / "empty.yaml"), "--baseline", "done")[0] == 0


def test_a_baseline_is_written_moved_and_told(place: Path, tmp_path: Path) -> None:
    kept = str(tmp_path / "baseline")
    code, lines = twin("check", "done", "--baseline", kept, "--update-baseline")
    assert (code, lines[-2]) == (0, f"baseline: {kept} (metrics.json, run.json, scenario.yaml)")
    more = ("--set", "norms.power_kw_per_person.2025.value=0.8", "--out", "more")
    code, lines = twin(*WORDS, *more, "--baseline", kept)
    assert code == 1
    told = json.loads((place / "more" / "checks.json").read_text())
    baseline = told["verdicts"][-1]
    worse = [line for line in baseline["detail"].splitlines() if line.startswith("worse: ")]
    assert any("losses_energy_mwh" in line for line in worse)
    assert "better: energy_served_mwh" in baseline["detail"]
    assert "beside the baseline: norms power_kw_per_person 2025: value 0.4 -> 0.8" in lines
    code, lines = twin(*WORDS, *more, "--baseline", kept, "--update-baseline")
    assert code == 0
    assert any(line.startswith("all: worse: losses_energy_mwh ") for line in lines)
    assert twin("check", "more", "--baseline", kept)[0] == 0


def test_a_baseline_of_a_sweep_is_none_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"all": {"unserved_energy_mwh": {"p50": 0.0}}}')
    for words in (("check", "done"), ("run", "town", "--out", "new")):
        code, lines = twin(*words, "--baseline", str(tmp_path))
        assert (code, lines) == (2, [f"{tmp_path}: this baseline is of a sweep (the baseline of a run)"])


def test_a_failing_result_becomes_no_baseline(tmp_path: Path) -> None:
    kept = tmp_path / "baseline"
    code, lines = twin(
        "check", "done", "--checks", "checks.yaml", "--baseline", str(kept), "--update-baseline"
    )
    assert code == 1
    assert f"{kept}: not written: a check decides against the result" in lines
    assert not kept.exists()


def test_a_baseline_that_cannot_be_read_can_be_replaced(tmp_path: Path) -> None:
    kept = tmp_path / "baseline"
    kept.mkdir()
    (kept / "metrics.json").write_text("{}")
    (kept / "run.json").write_text('{"format": 0}')
    assert twin("check", "done", "--baseline", str(kept))[0] == 2
    assert twin("check", "done", "--baseline", str(kept), "--update-baseline")[0] == 0
    assert twin("check", "done", "--baseline", str(kept))[0] == 0

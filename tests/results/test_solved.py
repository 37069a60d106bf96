"""Hours without a solution, open balances and values that are no numbers are told and are never a result."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.test_main import twin
from tests.simulation.test_clock import Diary, scenario
from tests.town import write_town
from twin.checks.checks import Check, Checks
from twin.checks.evaluate import Evaluation, Verdict
from twin.city import city as city_module
from twin.errors import Mistake
from twin.results import run as results
from twin.results.run import Run
from twin.results.solved import Gap, status_of, tell_hours
from twin.results.summary import summary, utilities
from twin.simulation import clock as simulation
from twin.sweep.tables import run_tables
from twin.utilities.base import Stores, Vector

Totals = tuple[float, ...]


class Water(Diary):
    """A diary whose totals a test chooses: supplied, served, leaked, stored, unserved, required a second."""

    rates: Totals = (1.0, 1.0, 0.0, 0.0, 0.0, 1.0)

    def read_totals(self) -> Vector:
        with np.errstate(invalid="ignore"):
            return self.now * np.array(self.rates)


@pytest.fixture
def water(monkeypatch: pytest.MonkeyPatch) -> Water:
    network = Water()
    monkeypatch.setattr(city_module, "open_networks", lambda *_: {"water": network})
    monkeypatch.setattr(simulation, "opening_key", lambda _: "water")
    return network


def run(**changes: Any) -> Run:
    return simulation.run(scenario(**{"end": date(2026, 1, 11), **changes}))


def judged(one: Run, **check: Any) -> tuple[Verdict, Verdict]:
    judge = Evaluation(Checks((Check.model_validate({"name": "it", **check}),), (("checks.yaml", 2),)))
    reason = "" if one.status == "complete" else one.reason
    judge.take({"run": ("all", reason)}, run_tables(one, "run", ["headroom", "monthly", "unserved"]))
    solved, verdict = judge.verdicts()
    return solved, verdict


@pytest.mark.parametrize(
    ("hours", "status"), [(range(0), "complete"), (range(5, 7), "complete"), (range(5, 8), "unsolved")]
)
def test_more_than_one_percent_of_the_hours_is_status_unsolved(
    water: Water, hours: range, status: str
) -> None:
    water.fails = hours
    one = run()
    assert one.status == status
    assert one.metrics["unsolved_hours"] == len(hours)
    assert ("water_served_m3" in one.metrics) == (status == "complete")
    told = dict(summary(one)).get("unsolved", "")
    assert told == (f"water: {len(hours)} of 240 hours unsolved: no way" if hours else "")
    assert [line for line in one.warnings if "no way" in line] == (
        [f"water: {len(hours)} of 240 hours unsolved: no way"] if hours else []
    )


def test_sixteen_hours_of_a_day_are_no_figures(water: Water) -> None:
    water.fails = range(4, 20)
    one = run(end=date(2026, 1, 2))
    text = "\n".join(f"{name} {value}" for name, value in summary(one))
    assert one.status == "unsolved"
    assert "water not computed: 16 of 24 hours unsolved" in text
    assert "water served" not in text and "nan" not in text
    assert utilities(one)[0][1:] == ("not computed: 16 of 24 hours unsolved", "not computed", "not computed")


def test_days_that_only_settle_do_not_count(water: Water, monkeypatch: pytest.MonkeyPatch) -> None:
    one_tank = Stores(("water/T",), np.zeros(1), np.ones(1), np.full(1, np.nan), np.zeros(1, dtype=bool))
    monkeypatch.setattr(water, "stores", one_tank, raising=False)
    monkeypatch.setattr(water, "read_stored", lambda: np.ones(1), raising=False)
    water.fails = range(5, 15)
    one = run(end=date(2026, 2, 1), days="representative")
    assert one.status == "complete"
    assert one.metrics["unsolved_hours"] == 0.0


def test_a_run_that_ended_early_has_counters_only_and_the_rest_counts_as_unsolved(water: Water) -> None:
    water.fails = range(2, 100)
    one = run()
    assert (one.status, one.ended_early) == ("unsolved", True)
    assert set(one.metrics) == {"settle_rounds_max", "unsettled_hours", "unsolved_hours", "coupled_hours"}
    assert one.metrics["unsolved_hours"] == 238.0
    assert dict(summary(one))["water"] == "not computed: the run ended before its time"


def test_a_check_on_what_was_not_computed_fails_and_says_so(water: Water) -> None:
    water.fails = range(5, 9)
    one = run()
    solved, verdict = judged(one, metric="unserved_water_m3", **{"is": "<= 1e300"})
    assert (solved.status, verdict.status) == ("fail", "fail")
    assert "not computed: water: 4 of 240 hours unsolved" in verdict.detail
    _, verdict = judged(one, metric="unserved_water_m3", asset="water/T", **{"is": "<= 1e300"})
    assert verdict.status == "fail"
    solved, verdict = judged(one, metric="unsolved_hours", **{"is": "<= 4"})
    assert (solved.status, verdict.status) == ("pass", "pass")
    solved, verdict = judged(one, metric="unsolved_hours", **{"is": "<= 3"})
    assert (solved.status, verdict.status) == ("fail", "fail")


@pytest.mark.parametrize(
    ("rates", "status", "warned"),
    [
        ((1.0, 1.0, 0.0, 0.0, 0.0, 1.0), "complete", False),
        ((1.0, 1.0 - 1e-8, 0.0, 0.0, 0.0, 1.0), "complete", False),
        ((1.0, 1.0 - 1e-5, 0.0, 0.0, 0.0, 1.0), "complete", True),
        ((1.0, 0.9, 0.0, 0.05, 0.0, 1.0), "unbalanced", True),
        ((5.7, 1.0, 0.0, 0.0, 0.0, 1.0), "unbalanced", True),
        ((1.0, 0.5, 0.0, 0.0, 0.0, 0.0), "unbalanced", True),
    ],
)
def test_an_open_balance_is_told_and_a_large_one_is_no_result(
    water: Water, rates: Totals, status: str, warned: bool
) -> None:
    water.rates = rates
    one = run()
    assert one.status == status
    assert any(line.startswith("water: balance open by") for line in one.warnings) == warned
    solved, _ = judged(one, metric="unsolved_hours", **{"is": "<= 99"})
    assert (solved.status == "fail") == (status == "unbalanced")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_left_out_and_named(
    water: Water, value: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "input_files", lambda _: [])
    water.rates = (1.0, 1.0, 0.0, 0.0, value, 1.0)
    one = run()
    assert "unserved_water_m3" not in one.metrics
    assert dict(summary(one))["water unserved"] == "not computed"
    (line,) = [line for line in one.warnings if line.startswith("unserved_water_m3: came out as")]
    folder = results.save(one, tmp_path / "out")
    assert line in json.loads((folder / "run.json").read_text())["warnings"]
    json.loads((folder / "metrics.json").read_text(), parse_constant=pytest.fail)


def test_warnings_of_a_network_reach_the_run_once(water: Water) -> None:
    water.warnings = (Mistake("w.inp", 3, "a rule is not used"),) * 2  # type: ignore[assignment]
    assert run().warnings == ("w.inp:3: a rule is not used",)


@given(
    hours=st.lists(st.floats(0, 1e4), max_size=3),
    of=st.floats(1, 1e4),
    error=st.one_of(st.floats(0, 1), st.just(float("nan"))),
)
def test_a_run_is_complete_only_if_nothing_is_missing_or_open(
    hours: list[float], of: float, error: float
) -> None:
    gaps = [Gap(f"n{i}", own, of, "why") for i, own in enumerate(hours)]
    status, reason = status_of("", gaps, {"balance_error_water": error})
    assert (status == "complete") == (all(h <= 0.01 * of for h in hours) and error <= 1e-3)
    assert bool(reason) == (status != "complete")


@pytest.mark.parametrize(("hours", "told"), [(0, "0"), (0.01, "0.01"), (6.4, "6.4"), (1234, "1,234")])
def test_hours_in_words(hours: float, told: str) -> None:
    assert tell_hours(hours) == told


@pytest.fixture(scope="module")
def half_solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a town whose grid has no solution in the evening."""
    return write_town(tmp_path_factory.mktemp("half") / "town")


HALF = (
    "--set",
    "end=2026-05-05",
    "--set",
    "networks.power.shedding=false",
    "--set",
    "norms.power_kw_per_person.2025.value=7",
)


def test_status_exit_code_terminal_and_page_tell_of_unsolved_hours(half_solved: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = twin("run", str(half_solved), *HALF, "--out", str(out), "--report")
    told = json.loads((out / "run.json").read_text())
    assert (done.returncode, told["status"]) == (3, "unsolved"), done.stdout + done.stderr
    (gap,) = told["unsolved"]
    assert (gap["network"], gap["of"]) == ("power", 24.0)
    assert "of 24 hours unsolved" in done.stdout and "power" in done.stdout
    assert "losses" not in done.stdout
    assert "energy_served_mwh" not in json.loads((out / "metrics.json").read_text())
    assert "water_served_m3" in json.loads((out / "metrics.json").read_text())
    assert gap["reason"] in (out / "report.html").read_text()


def test_a_check_that_takes_the_hours_on_leaves_only_the_checks_to_decide(
    half_solved: Path, tmp_path: Path
) -> None:
    checks = tmp_path / "checks.yaml"
    line = "  - {name: %s, metric: %s, is: '%s'}\n"
    checks.write_text("checks:\n" + line % ("hours", "unsolved_hours", "<= 24"))
    arguments = ("run", str(half_solved), *HALF, "--out", str(tmp_path / "out"), "--checks", str(checks))
    assert twin(*arguments).returncode == 0
    checks.write_text("checks:\n" + line % ("hours", "unsolved_hours", "<= 0.5"))
    assert twin(*arguments).returncode == 3
    both = line % ("hours", "unsolved_hours", "<= 24") + line % ("v", "min_voltage_pu", ">= 0")
    checks.write_text("checks:\n" + both)
    done = twin(*arguments)
    assert done.returncode == 1
    assert "not computed" in done.stdout

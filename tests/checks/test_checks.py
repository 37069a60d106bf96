"""Assertions on runs: reading them, measuring, and what can never look like success."""

from datetime import date
from math import inf, isinf, isnan
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from twin.checks.checks import Bound, Check, Checks, read_checks
from twin.checks.evaluate import Evaluation, Verdict, passed
from twin.checks.measure import observe
from twin.errors import InvalidInput


def check(**fields: Any) -> Check:
    return Check.model_validate({"name": "it", **fields})


def judge(
    one: Check, values: dict[str, float], missing: tuple[str, ...] = (), **hours: float
) -> list[Verdict]:
    judge = Evaluation(Checks((one,), (("checks.yaml", 2),)))
    zeros = {"unsolved_hours": 0.0, "unsettled_hours": 0.0} | hours
    table = pa.table(
        {
            "run_id": list(values),
            "m": list(values.values()),
            **{n: [v] * len(values) for n, v in zeros.items()},
        }
    )
    judge.take(dict.fromkeys(values, ("all", "")), {"metrics": table})
    for run in missing:
        judge.missing("all", run, "lost: its worker died")
    return judge.verdicts()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{name: a, metric: x, is: '<= 0', assett: y}", "unknown key checks.0.assett (did you mean asset?)"),
        ("{name: a, metric: x, is: '= 0'}", "'= 0' is not a bound"),
        ("{name: a, metric: x}", "missing checks.0.is"),
        ("{name: a, is: '<= 0'}", "metric or headroom, one of them"),
        ("{name: a, metric: x, headroom: y, is: '<= 0'}", "metric or headroom, one of them"),
        ("{name: a, metric: capex_bn_kzt, period: 2030, is: '<= 0'}", "capex_bn_kzt cannot be narrowed"),
        ("{name: a, metric: sewage_spilled_m3, district: D, is: '<= 0'}", "narrowed by asset and period"),
        ("{name: a, metric: max_transformer_loading_percent, period: 2030, is: '<= 9'}", "narrowed by asset"),
        ("{name: a, headroom: y, period: 2030..2028, is: '>= 0'}", "ends before it begins"),
        ("{name: a, headroom: y, period: soon, is: '>= 0'}", "'soon' is not a period"),
        ("{name: a, metric: x, quantile: 2, is: '>= 0'}", "checks.0.quantile is 2"),
        ("{name: a, metric: x, is: '<= 0', severity: fatal}", "checks.0.severity is 'fatal'"),
        (
            "{name: a, metric: x, is: '<= 0', known: {reason: r, until: 2027-01-01}}",
            "missing checks.0.known",
        ),
        (
            "{name: a, metric: x, is: '<= 0', known: {reason: r, owner: o, until: soon}}",
            "'soon' is not",
        ),
        ("{name: solved, metric: x, is: '>= 0'}", "solved is the name of a check that the program adds"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "checks.yaml").write_text(f"checks:\n  - {line}\n")
    with pytest.raises(InvalidInput) as error:
        read_checks(tmp_path / "checks.yaml")
    (mistake,) = error.value.mistakes
    assert str(mistake).startswith("checks.yaml:2: ")
    assert said in str(mistake)


@pytest.mark.parametrize("content", ["  - {name: a, metric: x, is: >= 0}", "  - name: a\n    is: >= 0"])
def test_a_bound_without_quotes_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "checks.yaml").write_text(f"checks:\n{content}\n")
    with pytest.raises(InvalidInput) as error:
        read_checks(tmp_path / "checks.yaml")
    (mistake,) = error.value.mistakes
    assert mistake.line == 1 + len(content.splitlines())
    assert mistake.remedy == 'quote the bound: is: ">= 0"'


def test_two_of_a_name_hide_no_other_mistake(tmp_path: Path) -> None:
    row = "  - {name: a, metric: x, is: '<= 0'}\n"
    (tmp_path / "checks.yaml").write_text(f"checks:\n{row}{row}  - {{name: b, metric: x, is: '= 0'}}\n")
    with pytest.raises(InvalidInput) as error:
        read_checks(tmp_path / "checks.yaml")
    told = sorted(map(str, error.value.mistakes))
    assert told[0].startswith("checks.yaml:3: two checks are called a")
    assert told[1].startswith("checks.yaml:4: ")
    assert len(told) == 2


def test_checks_know_their_place_and_their_tables(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "tolerance: 0.01\nchecks:\n  - {name: a, metric: x, is: '<= 0'}\n\n"
        "  - {name: b, headroom: 'SS*', is: '>= 0'}\n"
        "  - {name: c, metric: unserved_water_m3, period: 2030-06, is: '< 5'}\n"
    )
    checks = read_checks(tmp_path / "c.yaml")
    assert checks.places == (("c.yaml", 3), ("c.yaml", 5), ("c.yaml", 6))
    assert checks.tables == {"metrics", "headroom", "unserved"}
    assert checks.tolerance == 0.01
    assert checks.checks[2].period == ("2030-06", "2030-06")


def tables() -> dict[str, pa.Table]:
    months = ["2030-01", "2030-02", "2030-03"]
    rows = [(run, month) for run in ("r1", "r2") for month in months]
    runs, when = [r for r, _ in rows], [m for _, m in rows]
    return {
        "metrics": pa.table({"run_id": ["r1", "r2"], "x": [1.0, 2.0]}),
        "headroom": pa.table(
            {
                "run_id": runs,
                "month": when,
                "capacity_name": ["SS01 Gate"] * 6,
                "district": ["Gate"] * 6,
                "firm_headroom": [5.0, 4.0, -1.0, 5.0, 4.0, 3.0],
                "committed_headroom": [-9.0] * 6,
            }
        ),
        "unserved": pa.table(
            {
                "run_id": ["r1", "r1", "r1"],
                "month": ["2030-01", "2030-03", "2030-03"],
                "quantity": ["unserved_m3", "unserved_m3", "spilled_m3"],
                "asset": ["water/W-1", "water/W-2", "wastewater/P"],
                "amount": [10.0, 20.0, 500.0],
            }
        ),
        "monthly": pa.table(
            {
                "run_id": pa.array(runs).dictionary_encode(),
                "month": pa.array(when).dictionary_encode(),
                "asset": pa.array(["water/J-1"] * 5 + ["water/J-2"]).dictionary_encode(),
                "quantity": pa.array(["pressure_m"] * 6).dictionary_encode(),
                "district": pa.array(["Gate"] * 5 + [""]).dictionary_encode(),
                "min": [12.0, 9.0, 11.0, 14.0, 13.0, 1.0],
                "max": [20.0] * 6,
            }
        ),
    }


@pytest.mark.parametrize(
    ("fields", "first", "second"),
    [
        ({"metric": "x", "is": "<= 0"}, (1.0, ""), (2.0, "")),
        ({"headroom": "SS01*", "is": ">= 0"}, (-1.0, "2030-03"), (3.0, "")),
        ({"headroom": "SS01*", "is": "<= 4"}, (5.0, "2030-01"), (5.0, "2030-01")),
        ({"headroom": "*", "of": "committed_headroom", "is": ">= 0"}, (-9.0, "2030-01"), (-9.0, "2030-01")),
        ({"headroom": "*", "district": "Gate", "period": "2030-02", "is": ">= 0"}, (4.0, ""), (4.0, "")),
        ({"metric": "unserved_water_m3", "period": 2030, "is": "<= 15"}, (30.0, "2030-03"), (0.0, "")),
        ({"metric": "unserved_water_m3", "asset": "*/W-1", "is": "<= 5"}, (10.0, "2030-01"), (0.0, "")),
        ({"metric": "min_pressure_m", "period": 2030, "is": ">= 10"}, (9.0, "2030-02"), (13.0, "")),
        ({"metric": "min_pressure_m", "asset": "water/J-2", "is": ">= 10"}, None, (1.0, "2030-03")),
        ({"metric": "y", "is": ">= 10"}, None, None),
        ({"headroom": "none", "is": ">= 10"}, None, None),
    ],
)
def test_a_check_measures_each_run(
    fields: dict[str, Any], first: tuple[float, str] | None, second: tuple[float, str] | None
) -> None:
    found = observe(check(**fields), tables())
    for run, expected in (("r1", first), ("r2", second)):
        assert isnan(found[run].value) if expected is None else found[run][:2] == expected


def test_the_worst_run_counts_or_the_quantile() -> None:
    values = {f"r{n}": float(n) for n in range(11)}
    _, worst = judge(check(metric="m", **{"is": "<= 9"}), values)
    assert (worst.status, worst.value, worst.worst_run) == ("fail", 10.0, "r10")
    _, p90 = judge(check(metric="m", quantile=0.9, **{"is": "<= 9"}), values)
    assert (p90.status, p90.value) == ("pass", 9.0)
    _, low = judge(check(metric="m", quantile=0.1, **{"is": ">= 1"}), values)
    assert (low.status, low.value) == ("pass", 1.0)


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    lost=st.integers(0, 30),
    quantile=st.floats(0, 1),
    upper=st.booleans(),
)
def test_a_run_without_result_never_helps(
    values: list[float], lost: int, quantile: float, upper: bool
) -> None:
    one = check(metric="m", quantile=quantile, **{"is": "<= 0" if upper else ">= 0"})
    runs = {f"r{n}": value for n, value in enumerate(values)}
    solved, verdict = judge(one, runs, tuple(f"lost{n}" for n in range(lost)))
    _, without = judge(one, runs)
    assert verdict.runs == len(values) + lost
    assert solved.status == ("fail" if lost else "pass")
    if verdict.status == "pass":
        assert without.status == "pass"
        assert not isinf(verdict.value)


def test_no_result_at_all_fails_every_check() -> None:
    solved, verdict = judge(check(metric="m", quantile=0.5, **{"is": "<= 1e300"}), {}, ("a", "b"))
    assert (solved.status, solved.value) == ("fail", 2.0)
    assert "its worker died" in solved.detail
    assert (verdict.status, verdict.value) == ("fail", inf)


def test_hours_without_a_solution_fail_unless_a_check_takes_them_on() -> None:
    solved, verdict = judge(check(metric="m", **{"is": "<= 5"}), {"r": 1.0}, unsolved_hours=2.0)
    assert (solved.status, verdict.status) == ("fail", "pass")
    assert "2 unsolved_hours" in solved.detail
    accepted = check(metric="unsolved_hours", **{"is": "<= 2"})
    assert [v.status for v in judge(accepted, {"r": 1.0}, unsolved_hours=2.0)] == ["pass", "pass"]
    assert [v.status for v in judge(accepted, {"r": 1.0}, unsettled_hours=1.0)] == ["fail", "pass"]


def test_a_missing_metric_is_an_error_that_suggests() -> None:
    _, verdict = judge(check(metric="mm", **{"is": "<= 5"}), {"r": 1.0})
    assert (verdict.status, verdict.detail) == ("error", "no metric mm (did you mean m?)")


def test_not_a_number_is_never_a_pass() -> None:
    _, verdict = judge(check(metric="m", **{"is": "<= 5"}), {"r": 1.0, "s": float("nan")})
    assert verdict.status == "error"
    assert not Bound("<=", 5.0).holds(float("nan"))


TODAY = date(2026, 11, 27)


def outcome(until: str = "", severity: str = "error", value: float = 1.0) -> Verdict:
    more = {"known": {"reason": "late works", "owner": "Aigul", "until": until}} if until else {}
    one = check(metric="m", severity=severity, **more, **{"is": "<= 0"})
    evaluation = Evaluation(Checks((one,), (("checks.yaml", 2),)), TODAY)
    table = pa.table({"run_id": ["r"], "m": [value], "unsolved_hours": [0.0], "unsettled_hours": [0.0]})
    evaluation.take({"r": ("all", "")}, {"metrics": table})
    return evaluation.verdicts()[1]


def test_a_known_failure_is_excused_until_its_day_is_over() -> None:
    excused = outcome("2026-11-27")
    assert (excused.status, excused.outcome, excused.decides) == ("fail", "known", False)
    assert excused.known == "known until 2026-11-27: late works (Aigul)"
    ended = outcome("2026-11-26")
    assert (ended.outcome, ended.decides) == ("fail", True)
    assert ended.detail == "excused until 2026-11-26, which is past: late works (Aigul)"
    holds = outcome("2026-11-27", value=0.0)
    assert (holds.outcome, holds.decides) == ("pass", False)
    assert holds.detail.startswith("it holds again: ")


def test_an_excuse_holds_no_further_than_its_bound() -> None:
    known = {"reason": "late works", "owner": "Aigul", "until": "2999-01-01", "no_worse_than": "<= 5"}
    one = check(metric="m", known=known, **{"is": "<= 0"})
    near, far = (judge(one, {"r": value})[1] for value in (4.0, 6.0))
    assert (near.outcome, far.outcome) == ("known", "fail")
    assert far.detail == "worse than its excuse allows, <= 5: late works (Aigul)"
    with pytest.raises(ValidationError, match="no bound of the same side"):
        check(metric="m", known=known, **{"is": ">= 0"})


@pytest.mark.parametrize(("severity", "decides"), [("error", True), ("warning", False), ("info", False)])
def test_only_an_error_decides(severity: str, decides: bool) -> None:
    broken = outcome(severity=severity)
    assert (broken.status, broken.decides) == ("fail", decides)
    assert passed([broken]) is not decides
    assert outcome(severity=severity, value=float("nan")).decides  # there is nothing to judge


def test_no_excuse_covers_a_run_without_result() -> None:
    known = {"reason": "late works", "owner": "Aigul", "until": "2999-01-01"}
    _, verdict = judge(check(metric="m", known=known, **{"is": "<= 0"}), {}, ("a",))
    assert (verdict.outcome, verdict.decides) == ("fail", True)


@pytest.mark.parametrize(
    "more",
    [{"severity": "warning"}, {"known": {"reason": "r", "owner": "o", "until": "2999-01-01"}}],
    ids=["warning", "known"],
)
def test_hours_are_taken_on_by_a_check_that_decides_alone(more: dict[str, Any]) -> None:
    accepted = check(metric="unsolved_hours", **more, **{"is": "<= 2"})
    solved, _ = judge(accepted, {"r": 1.0}, unsolved_hours=1.0)
    assert solved.status == "fail"


def test_rounding_does_not_break_a_bound() -> None:
    assert Bound("<=", 0.0).holds(1e-12)
    assert not Bound("<=", 0.0).holds(1e-6)
    assert not Bound("<", 0.0).holds(0.0)

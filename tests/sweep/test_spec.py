"""Sweep files: each mistake is one line with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.errors import InvalidInput
from twin.sweep import Plan, Sweep

HEAD = "name: t\nscenario: town\n"
VARIABLE = HEAD + "uncertain:\n  samples: 4\n  variables:\n    v: "
ON = "set: seed, "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "matrx: {}", "test.yaml:3: unknown key matrx (did you mean matrix?)"),
        ("name: t", "test.yaml:1: missing scenario"),
        ("- a", "test.yaml:1: not a mapping (name: ..., scenario: ...)"),
        (HEAD + "matrix: {gate: {}}", "test.yaml:3: matrix.gate is {}"),
        (
            HEAD + "matrix:\n  gate:\n    late: {sites.SS99.slip_months: 1}",
            "test.yaml:5: sites.SS99.slip_months=1: unknown key",
        ),
        (HEAD + "matrix: {status: {a: {}}}", "test.yaml:3: status is a column of its own"),
        (HEAD + "set: {dayz: every}", 'test.yaml:3: dayz="every": unknown key dayz (did you mean days?)'),
        (HEAD + "replicates: 0", "test.yaml:3: replicates is 0"),
        (HEAD + "tables: [daily]", "test.yaml:3: tables.0 is 'daily'"),
        (
            VARIABLE + "{" + ON + "uniform: {low: 2, high: 1}}",
            "test.yaml:6: uncertain.variables.v.uniform: low 2 is not below high 1",
        ),
        (
            VARIABLE + "{" + ON + "uniform: {low: 1}}",
            "test.yaml:6: missing uncertain.variables.v.uniform.high",
        ),
        (VARIABLE + "{" + ON + "uniform: {low: 1, high: .inf}}", "uniform.high is inf"),
        (VARIABLE + "{" + ON + "normal: {mean: 1, sd: 0}}", "normal.sd is 0"),
        (VARIABLE + "{" + ON + "lognormal: {median: -1, sd_log: 1}}", "lognormal.median is -1"),
        (VARIABLE + "{" + ON + "triangular: {low: 1, mode: 3, high: 2}}", "not low <= mode <= high: 1, 3, 2"),
        (VARIABLE + "{" + ON + "choices: []}", "choices is []"),
        (VARIABLE + "{" + ON + "choices: [1, one]}", "choices of several kinds"),
        (VARIABLE + "{multiply: seed, choices: [one]}", "'one' cannot multiply"),
        (VARIABLE + "{" + ON + "csv: {file: none.csv, column: a}}", "test.yaml:6: no file none.csv"),
        (
            VARIABLE + "{" + ON + "csv: {file: town/links.csv, column: a}}",
            "no column a in town/links.csv (one of kind, ",
        ),
        (
            VARIABLE + "{" + ON + "csv: {file: town/links.csv, column: lag_h}, uniform: {low: 0, high: 1}}",
            "uniform and csv; one of",
        ),
        (VARIABLE + "{" + ON + "}", "no distribution; one of uniform"),
        (VARIABLE + "{uniform: {low: 0, high: 1}}", "acts on nothing; set or multiply a key"),
        (
            VARIABLE + "{multiply: norms.*.1999.value, uniform: {low: 0, high: 1}}",
            "test.yaml:6: no key norms.*.1999.value to multiply",
        ),
        (
            VARIABLE + "{multiply: name, uniform: {low: 0, high: 1}}",
            "name is not a number and cannot be multiplied",
        ),
        (VARIABLE + "{set: settling.max_rounds, choices: [3, 0]}", "settling.max_rounds is 0"),
        (
            HEAD + "uncertain: {samples: 3, method: sobol, variables: {v: {set: seed, choices: [1]}}}",
            "samples 3 is not a power of two",
        ),
        (
            HEAD + "matrix: {v: {a: {}}}\nuncertain: {samples: 3, variables: {v: {set: seed, choices: [1]}}}",
            "v is a choice too",
        ),
    ],
)
def test_a_mistake_is_one_line(planned: Callable[[str], Plan], text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as error:
        planned(text)
    (line,) = {str(mistake) for mistake in error.value.mistakes}
    assert line.startswith("test.yaml:")
    assert said in line


def test_several_mistakes_come_together(planned: Callable[[str], Plan]) -> None:
    with pytest.raises(InvalidInput) as error:
        planned(HEAD + "matrix:\n  a:\n    x: {seed: one}\n    y: {dayz: 1}\nset: {}\n")
    assert [mistake.line for mistake in error.value.mistakes] == [5, 6]


def test_a_scenario_that_is_not_there(planned: Callable[[str], Plan]) -> None:
    with pytest.raises(InvalidInput, match="nowhere: no scenario here"):
        planned("name: t\nscenario: nowhere")


def test_a_combination_that_cannot_be_is_told_before_the_first_run(planned: Callable[[str], Plan]) -> None:
    text = HEAD + (
        "set: {start: 2026-05-05}\n"
        "matrix:\n  begin: {early: {}, late: {start: 2026-05-06}}\n"
        "  stop: {late: {end: 2026-05-07}, early: {end: 2026-05-06}}\n"
    )
    with pytest.raises(InvalidInput) as error:
        planned(text)
    (mistake,) = error.value.mistakes
    assert "end 2026-05-06 is not after start 2026-05-06" in str(mistake)


def test_a_notebook_shows_what_a_sweep_varies(town: Path) -> None:
    text = (town / "sweep.yaml").read_text(encoding="utf-8").replace("name: town", "name: <b>town</b>")
    (town / "shown.yaml").write_text(text, encoding="utf-8")
    card = Sweep(town / "shown.yaml")._repr_html_()
    assert "Sweep &lt;b&gt;town&lt;/b&gt;" in card and "<b>" not in card
    for words in ("choice of pumps", "fed, cut", "uniform: low 0.9, high 1.2", "2 by sobol, seed 1"):
        assert words in card

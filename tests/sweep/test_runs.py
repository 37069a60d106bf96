"""From a sweep file to its runs."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.sweep.conftest import SWEEP
from twin.scenario import load_scenario
from twin.sweep import Plan

FUTURES = """
name: t
scenario: town
uncertain:
  method: {method}
  samples: {samples}
  variables:
    uniform: {{set: settling.tolerance_kw, uniform: {{low: 2, high: 4}}}}
    normal: {{set: settling.tolerance_kw, normal: {{mean: 10, sd: 0.5}}}}
    lognormal: {{set: settling.tolerance_kw, lognormal: {{median: 5, sd_log: 0.1}}}}
    triangular: {{set: settling.tolerance_kw, triangular: {{low: 1, mode: 2, high: 4}}}}
    choices: {{set: settling.tolerance_kw, choices: [1, 1, 7]}}
    csv: {{set: settling.tolerance_kw, csv: {{file: values.csv, column: v}}}}
"""


def test_every_combination_meets_the_same_futures(planned: Callable[[str], Plan]) -> None:
    plan = planned(SWEEP)
    runs = list(plan.runs())
    assert plan.total == len(runs) == 8
    assert [run.number for run in runs] == list(range(8))
    assert len({run.run_id for run in runs}) == 8
    cells = [
        f"pumps={pumps}, pressure={pressure}" for pumps in ("fed", "cut") for pressure in ("low", "high")
    ]
    assert list(dict.fromkeys(run.cell for run in runs)) == plan.cells == cells
    futures = {run.cell: [] for run in runs}
    for run in runs:
        futures[run.cell].append(run.sampled)
    assert len({repr(own) for own in futures.values()}) == 1


def test_a_run_is_the_scenario_with_its_overrides(planned: Callable[[str], Plan], town: Path) -> None:
    run = list(planned(SWEEP).runs())[-1]
    base, scenario = load_scenario(town / "town"), load_scenario(town / "town", run.overrides)
    assert scenario.outages[0].hours == 12
    assert scenario.networks.water is not None
    assert scenario.networks.water.required_pressure_m == 25
    use = (
        scenario.norms["water_l_per_person_day"][2025].value
        / base.norms["water_l_per_person_day"][2025].value
    )
    assert use == pytest.approx(run.sampled["use"], rel=1e-15)
    for year in (2025, 2030):
        people = scenario.population["Town"][year].population_k
        assert people == pytest.approx(12 * run.sampled["people"], rel=1e-15)


def test_shards_divide_the_runs(planned: Callable[[str], Plan]) -> None:
    plan = planned(SWEEP)
    whole = {run.run_id: run for run in plan.runs()}
    parts = [{run.run_id: run for run in plan.runs((part, 3))} for part in (1, 2, 3)]
    assert sorted(map(len, parts)) == [2, 3, 3]
    assert {run_id: run for part in parts for run_id, run in part.items()} == whole


def test_replicates_are_seeds(planned: Callable[[str], Plan]) -> None:
    runs = list(planned("name: t\nscenario: town\nset: {seed: 5}\nreplicates: 3\n").runs())
    assert [(run.seed, run.replicate, run.cell) for run in runs] == [
        (5, 0, "all"),
        (6, 1, "all"),
        (7, 2, "all"),
    ]
    assert [run.overrides[-1] for run in runs] == ["seed=5", "seed=6", "seed=7"]


def test_a_run_is_known_by_what_goes_into_it(planned: Callable[[str], Plan], town: Path) -> None:
    def ids(text: str) -> list[str]:
        return [run.run_id for run in planned(text).runs()]

    first = ids(SWEEP)
    assert ids(SWEEP) == first
    assert not set(ids(SWEEP.replace("2026-05-05", "2026-05-06"))) & set(first)
    assert set(ids(SWEEP.replace("hours: 12", "hours: 13"))) & set(first) == set(first[:4])
    more = ids(SWEEP.replace("samples: 2", "samples: 4"))
    assert set(first) < set(more)
    profiles = town / "town" / "profiles.csv"
    text = profiles.read_text()
    try:
        profiles.write_text(text + "\n")
        assert not set(ids(SWEEP)) & set(first)
    finally:
        profiles.write_text(text)


@pytest.mark.parametrize("method", ["latin_hypercube", "sobol"])
def test_samples_follow_their_distributions(planned: Callable[[str], Plan], town: Path, method: str) -> None:
    (town / "values.csv").write_text("v,w\n0.5,a\n0.5,b\n0.5,c\n2.5,d\n")
    plan = planned(FUTURES.format(method=method, samples=512))
    drawn = {name: np.array([run.sampled[name] for run in plan.runs()]) for name in plan.variables}
    for name, mean, low, high in (
        ("uniform", 3.0, 2.0, 4.0),
        ("normal", 10.0, 8.0, 12.0),
        ("lognormal", 5.0 * np.exp(0.005), 3.0, 8.0),
        ("triangular", 7.0 / 3.0, 1.0, 4.0),
    ):
        assert drawn[name].mean() == pytest.approx(mean, rel=0.005)
        assert drawn[name].min() >= low
        assert drawn[name].max() <= high
        assert len(set(drawn[name])) == 512
    assert (drawn["choices"] == 7).mean() == pytest.approx(1 / 3, abs=0.01)
    assert (drawn["csv"] == 0.5).mean() == pytest.approx(0.75, abs=0.01)
    for one, other in product(("uniform", "normal"), ("lognormal", "triangular")):
        assert abs(np.corrcoef(drawn[one], drawn[other])[0, 1]) < 0.15


def test_two_variables_may_multiply_the_same_key(planned: Callable[[str], Plan]) -> None:
    text = """
name: t
scenario: town
uncertain:
  samples: 1
  variables:
    a: {multiply: [norms.*.2025.value], choices: [0.5]}
    b: {multiply: norms.sewered_share.2025.value, choices: [0.25]}
"""
    (run,) = planned(text).runs()
    assert "norms.sewered_share.2025.value=0.125" in run.overrides
    assert "norms.water_l_per_person_day.2025.value=100.0" in run.overrides

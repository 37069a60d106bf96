"""A metric is declared once: value, checks, comparisons, headlines and pages follow from it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tests.town import write_town
from twin.checks.checks import Check, sources
from twin.checks.measure import observe
from twin.orders.compare import regrets
from twin.report import as_html
from twin.results import run as results
from twin.results.run import Run
from twin.results.summary import summary
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.simulation.metrics import better, declared, first_differences, headlines, of_slips, told
from twin.sweep.tables import run_tables
from twin.utilities.metric import LOST, Line, Metric, Narrowed, Sums, open_share
from twin.utilities.registry import utilities
from twin.utilities.water import Water

HIGHEST: Metric[Sums] = Metric(
    "max_pressure_m",
    "m",
    lambda s: s.highest("pressure_m", s.points),
    better="more",
    headline=LOST,
    decimals=1,
    narrowed=Narrowed("monthly", "pressure_m", "max", "max", points=True),
)


@pytest.fixture(scope="module", autouse=True)
def one_more() -> Iterator[None]:
    """Declare one more metric of the water network, in one place."""
    before = Water.metrics
    Water.metrics = (*before, HIGHEST)
    for known in (declared, sources):
        known.cache_clear()
    yield
    Water.metrics = before
    for known in (declared, sources):
        known.cache_clear()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, one_more: None) -> Run:
    folder = write_town(tmp_path_factory.mktemp("town") / "town")
    return simulation.run(load_scenario(folder, ["end=2026-05-05"]))


def test_its_value_is_saved_with_what_is_told_of_it(done: Run, tmp_path: Path) -> None:
    folder = results.save(done, tmp_path / "results")
    value = json.loads((folder / "metrics.json").read_text())["max_pressure_m"]
    assert 10.0 < value < 60.0
    assert json.loads((folder / "run.json").read_text())["metrics"]["max_pressure_m"] == {
        "unit": "m",
        "better": "more",
        "decimals": 1,
        "headline": headlines(declared()).index("max_pressure_m") + 1,
        "leading": 0,
    }
    assert "max_pressure_m" in as_html(folder)


def test_a_check_narrows_it_to_an_asset(done: Run) -> None:
    tables: dict[str, pa.Table] = run_tables(done, "r", ["monthly"])
    whole = Check.model_validate({"name": "a", "metric": "max_pressure_m", "is": "<= 1"})
    high = Check.model_validate({"name": "b", "metric": "max_pressure_m", "asset": "*/J-HIGH", "is": "<= 1"})
    (value,), (narrow,) = (observe(check, tables).values() for check in (whole, high))
    assert narrow.value < value.value == done.metrics["max_pressure_m"]
    assert narrow.first_breach == "2026-05"


def test_more_of_it_is_better_and_less_of_others() -> None:
    values = pa.array([1.0, 3.0]).to_numpy().reshape(2, 1)
    assert regrets(values, "max_pressure_m").tolist() == [[2.0], [0.0]]
    assert regrets(values, "unserved_water_m3").tolist() == [[0.0], [2.0]]
    assert better("all_in_rate_loan_percent") == "less"


def test_headlines_stand_by_their_places() -> None:
    assert headlines(declared()) == (
        *("plan_cost_bn_kzt", "service_cost_bn_kzt", "npv_bn_kzt", "capex_bn_kzt", "peak_liability_bn_kzt"),
        *("peak_debt_service_bn_kzt_per_year", "unserved_energy_mwh", "unserved_water_m3", "max_pressure_m"),
        *("sewage_spilled_m3", "unserved_gas_m3", "person_hours_lost", "trips_not_made"),
        *("connection_delay_months_p90", "jobs_delayed_job_months"),
    )


def test_what_decides_between_plans_and_what_slips_move_is_what_costs_and_is_lost() -> None:
    lost = tuple(loss.metric for utility in utilities().values() for loss in utility.losses)
    assert first_differences() == (
        *("plan_cost_bn_kzt", "service_cost_bn_kzt", "jobs_delayed_job_months"),
        *lost,
    )
    assert set(of_slips()) == {*first_differences(), "npv_bn_kzt"}


def test_a_metric_of_several_networks_is_their_sum(done: Run) -> None:
    own = [
        utility for utility in utilities().values() if "pump_energy_mwh" in {m.name for m in utility.metrics}
    ]
    assert len(own) == 2
    assert done.metrics["pump_energy_mwh"] > 0.0
    assert list(done.metrics).index("pump_energy_mwh") == list(done.metrics).index("settle_rounds_max") - 1


def test_every_metric_of_a_run_is_declared_and_every_loss_has_its_metric(done: Run) -> None:
    assert done.metrics.keys() <= declared().keys()
    assert {loss.metric for utility in utilities().values() for loss in utility.losses} <= declared().keys()
    assert told(declared()).keys() == declared().keys()


@pytest.mark.parametrize(
    ("supplied", "used", "throughput", "share"),
    [(10.0, 9.0, 10.0, 0.1), (0.0, 0.0, 0.0, 0.0), (0.0, 2.0, 0.0, 1.0), (-1.0, 1.0, 4.0, 0.5)],
)
def test_an_open_balance_is_a_share_of_what_passed(
    supplied: float, used: float, throughput: float, share: float
) -> None:
    assert open_share(supplied, used, throughput) == pytest.approx(share)


def test_a_metric_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing: Metric[Sums] = Metric("served_m3_misspelt", "m3", lambda s: s.totals["sreved_m3"])
    monkeypatch.setattr(Water, "metrics", (*Water.metrics, failing))
    with pytest.raises(KeyError, match="sreved_m3") as raised:
        simulation.run(load_scenario(write_town(tmp_path / "town"), ["end=2026-05-05"]))
    (note,) = raised.value.__notes__
    assert note.startswith("in the metric served_m3_misspelt of water, with totals ") and "served_m3" in note


def test_a_line_of_the_table_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    town = load_scenario(write_town(tmp_path / "town"), ["end=2026-05-05"])
    monkeypatch.setattr(Water, "summary", (Line("leaks", lambda values: f"{values['leeked_m3']}"),))
    with pytest.raises(KeyError) as raised:
        summary(simulation.run(town))
    assert raised.value.__notes__ == ["in the line leaks of water, made of its metrics"]

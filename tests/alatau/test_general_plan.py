"""The general plan to 2050: demand four times what is built, and every hour still has its answer."""

from collections.abc import Callable

import pytest

from tests.alatau.conftest import SCENARIO, Results
from twin.results import run as results
from twin.results.summary import summary
from twin.scenario import load_scenario
from twin.simulation import clock as simulation


@pytest.fixture(scope="module")
def general_plan(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Results]:
    def run(*overrides: str) -> Results:
        scenario = load_scenario(SCENARIO / "general_plan_2050.yaml", overrides)
        finished = simulation.run(scenario)
        folder = results.save(finished, tmp_path_factory.mktemp("general") / "run")
        return Results(folder, tuple(summary(finished)))

    return run


def check(run: Results) -> None:
    assert run.metrics["unsettled_hours"] == 0.0
    unsolved = {(row["subject"], row["kind"]) for row in run.table("events") if row["kind"] == "unsolved"}
    assert unsolved <= {("gas/network", "unsolved")}  # four times what the stations pass
    assert run.metrics["unsolved_hours"] <= max(1.0, 0.002 * run.metrics["coupled_hours"])
    for network in ("power", "water", "wastewater"):
        assert run.metrics[f"balance_error_{network}"] < 1e-6
    lost = {row["quantity"] for row in run.table("unserved")}
    assert {"unserved_mwh", "unserved_m3", "spilled_m3"} <= lost
    assert run.metrics["min_voltage_pu"] > 0.9
    assert run.metrics["max_transformer_loading_percent"] < 140.2


def test_the_last_month_sheds_starves_and_spills_by_the_rules(general_plan: Callable[..., Results]) -> None:
    check(general_plan("start=2050-12-01"))


@pytest.mark.slow
def test_it_shows_when_the_roadmap_is_used_up(general_plan: Callable[..., Results]) -> None:
    run = general_plan()
    check(run)
    assert run.first_breach("SS01 infeed") == run.first_breach("SS10 infeed") == "2037-12"
    assert run.first_breach("Infeed") == "2039-12"
    breached = {r["capacity_name"] for r in run.table("headroom") if r["first_breach"] == "yes"}
    assert len(breached) >= 20

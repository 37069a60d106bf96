"""The search for a better build order: deterministic, resumable, honest about what it found."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.orders_town import write_orders_town
from twin.errors import InvalidInput
from twin.orders import search as plan
from twin.orders.search import Found, search, write_order
from twin.orders.start_order import start_order
from twin.results.formats import read_table
from twin.scenario import load_scenario
from twin.scenario.works import OrderRow

pytestmark = pytest.mark.xdist_group("orders")
SHORT = ["build_order=small_first", "end=2027-01-01"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders_town(tmp_path_factory.mktemp("plan") / "town")


@pytest.fixture(scope="module")
def found(town: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Path]:
    out = tmp_path_factory.mktemp("searched") / "out"
    metric = "jobs_delayed_job_months"
    return search(town, out, objective=metric, budget=6, overrides=SHORT, held_back=1), out


def test_a_better_order_is_found_and_judged_on_other_futures(found: tuple[Found, Path]) -> None:
    result, out = found
    assert 2 <= result.evaluations <= 6
    assert result.objective < result.given_objective
    progress = [float(row["best"]) for row in read_table(out / "progress.csv")]
    assert progress == sorted(progress, reverse=True)
    assert progress[-1] == result.objective
    plans = {(row["plan"], row["metric"]) for row in result.held_back}
    assert {("given", "jobs_delayed_job_months"), ("best", "jobs_delayed_job_months")} <= plans


def test_the_result_is_a_file_to_edit_and_to_run(found: tuple[Found, Path], town: Path) -> None:
    result, out = found
    scenario = load_scenario(town, [f"build_order={out / 'best.csv'}"])
    assert scenario.order == result.best
    assert (out / "best.csv").read_text().startswith("site")


def test_a_search_goes_on_where_it_was(
    found: tuple[Found, Path], town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, out = found
    simulated: list[str] = []
    real = plan.run_table

    def counted(runs: object, *arguments: object, **named: object) -> object:
        listed = list(runs)  # type: ignore[call-overload]
        simulated.extend(name for name, _, _ in listed if name not in ("given", "best"))
        return real(listed, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(plan, "run_table", counted)
    again = search(town, out, objective="jobs_delayed_job_months", budget=6, overrides=SHORT, held_back=0)
    assert simulated == []
    assert (again.best, again.objective) == (result.best, result.objective)


@pytest.mark.parametrize("damage", ["cut", "no json", "no object", "no number", "lost"])
def test_evaluations_that_a_kill_or_a_full_disk_cut_short_are_made_again(
    found: tuple[Found, Path], town: Path, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, out = found
    whole = (out / "evaluations.jsonl").read_text(encoding="utf-8")
    kept, last = whole.splitlines(keepends=True)[:-1], whole.splitlines()[-1]
    ends = {
        "cut": last[:-7],
        "no json": "{",
        "no object": "[1]\n",
        "no number": '{"value": "x"}\n',
        "lost": "",
    }
    (tmp_path / "evaluations.jsonl").write_text("".join(kept) + ends.get(damage, ""), encoding="utf-8")
    if damage != "cut":  # what is done again is tried once; how lines are read is the same for all
        monkeypatch.setattr(plan, "_search", lambda _scenario, judge, *_: judge._known)
        known: Any = search(town, tmp_path, objective="jobs_delayed_job_months", budget=6, overrides=SHORT)
        assert len(known) == len(kept)
        assert (tmp_path / "evaluations.jsonl").read_text(encoding="utf-8") == "".join(kept)
        return
    again = search(
        town, tmp_path, objective="jobs_delayed_job_months", budget=6, overrides=SHORT, held_back=0
    )
    assert (again.best, again.objective) == (result.best, result.objective)
    assert (tmp_path / "evaluations.jsonl").read_text(encoding="utf-8") == whole


def test_a_program_that_has_solved_an_order_can_still_be_interrupted(town: Path) -> None:
    start_order(load_scenario(town, SHORT), {"BIG": 5.0})
    child = os.fork()
    if not child:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5.0)
        except KeyboardInterrupt:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_constructive_order_builds_first_what_weighs_most(town: Path) -> None:
    scenario = load_scenario(town, SHORT)
    assert [row.site for row in start_order(scenario, {"BIG": 5.0})] == ["BIG", "SMALL"]
    assert [row.site for row in start_order(scenario, {"SMALL": 5.0})] == ["SMALL", "BIG"]
    assert start_order(scenario, {"BIG": 5.0}) == start_order(scenario, {"BIG": 5.0})


def test_an_order_is_written_with_the_columns_it_needs(tmp_path: Path) -> None:
    rows = (OrderRow(site="A"), OrderRow(site="B", capacity="Plant", headroom_below=5, cancelled=True))
    write_order(tmp_path / "order.csv", rows)
    text = (tmp_path / "order.csv").read_text().splitlines()
    assert text == ["site,capacity,headroom_below,cancelled", "A,,,", "B,Plant,5.0,true"]


def test_there_must_be_an_order_and_a_metric(town: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no build order"):
        search(town, tmp_path / "a", objective="npv_bn_kzt", budget=2)
    with pytest.raises(InvalidInput, match="no metric beauty in this scenario"):
        search(
            town,
            tmp_path / "b",
            objective="beauty",
            budget=2,
            overrides=[*SHORT, "end=2026-06-01"],
            held_back=0,
        )


def test_an_order_whose_run_has_no_figure_is_never_the_better_one(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = [*SHORT, "end=2026-06-01"]
    given = load_scenario(town, overrides).order
    real = plan.run_table

    def run_table(runs: Any, *arguments: Any, **named: Any) -> Any:
        orders = {name: scenario.order for name, _, scenario in runs}
        table = real(runs, *arguments, **named)
        return {key: own if orders[key[0]] == given else {} for key, own in table.items()}

    monkeypatch.setattr(plan, "run_table", run_table)
    found = search(town, tmp_path, objective="npv_bn_kzt", budget=3, overrides=overrides, held_back=0)
    assert (found.best, found.objective) == (given, found.given_objective)
    assert search(town, tmp_path, objective="npv_bn_kzt", budget=3, overrides=overrides, held_back=0) == found

"""Build orders side by side: the same luck for all, regret, and what the printed comparison says."""

import csv
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import twin
from tests.orders_town import write_orders_town
from twin.errors import InvalidInput
from twin.orders import commands
from twin.orders.compare import Comparison, compare_orders, read_threshold, summarise
from twin.orders.slips import slips
from twin.report.folder import Folder
from twin.report.reasons import reasons
from twin.results.differences import first_difference, read_folder, site_lines, year_lines
from twin.results.manifest import strangers
from twin.results.tables import SiteRow
from twin.scenario import load_scenario
from twin.scenario.reach import WITHIN
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation
from twin.simulation.recording import Recording
from twin.utilities.base import Signal

pytestmark = pytest.mark.xdist_group("orders")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders_town(tmp_path_factory.mktemp("orders") / "town")


@pytest.fixture(scope="module")
def compared(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("compared") / "out"
    thresholds = [read_threshold("unserved_energy_mwh<=1"), read_threshold("connection_delay_months_p90<2.5")]
    compare_orders(
        town, ["big_first", "small_first"], out, overrides=["seed=9"], futures=1, thresholds=thresholds
    )
    yield out


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_order_that_builds_what_is_waited_for_connects_sooner(compared: Path) -> None:
    folders = {name: read_folder(compared / "runs" / name) for name in ("big_first", "small_first")}
    assert folders["big_first"].developments["MILL"]["connected"] == "2026-10-01"
    assert folders["small_first"].developments["MILL"]["connected"] == "2026-12-01"
    rows = folders["small_first"].developments["MILL"]
    assert (rows["blocked_by"], rows["missing_sites"]) == ("power:Town", "BIG")
    both = list(folders.values())
    assert [line[0] for line in site_lines(both)] == ["site", "BIG", "SMALL"]
    assert first_difference(both).startswith("2026-08-01: SMALL commissioned: big_first 202")
    assert [line[0] for line in year_lines(both)] == ["year", "2026"]


def test_a_comparison_is_a_folder_of_tables(compared: Path) -> None:
    assert json.loads((compared / "comparison.json").read_text())["plans"] == ["big_first", "small_first"]
    assert next(iter(table(compared / "metrics.csv"))).keys() == {"metric", "big_first", "small_first"}
    futures = table(compared / "futures.csv")
    assert {row["future"] for row in futures} == {"0", "1"}
    summary = {(r["plan"], r["metric"]): r for r in table(compared / "summary.csv")}
    best = summary["big_first", "jobs_delayed_job_months"]
    assert float(best["probability_best"]) == 1.0
    assert float(summary["small_first", "jobs_delayed_job_months"]["regret_max"]) > 0.0
    assert 0.0 <= float(best["share_thresholds_met"]) <= 1.0


def test_runs_that_are_saved_record_and_no_others(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[str] = []
    begin = Recording.__init__

    def count(self: Recording, scenario: Scenario, signals: Sequence[Signal]) -> None:
        recorded.append(f"{scenario.name}, {scenario.future}")
        begin(self, scenario, signals)

    monkeypatch.setattr(Recording, "__init__", count)
    overrides = ["end=2026-06-01", "record=[{assets: power/network}]"]
    compare_orders(town, ["big_first", "small_first"], tmp_path / "out", overrides=overrides, futures=1)
    assert [name.split(", ")[1:] for name in recorded] == [["big_first", "0"], ["small_first", "0"]]
    assert (tmp_path / "out" / "runs" / "big_first" / "hourly" / "power.parquet").is_file()
    assert strangers(tmp_path / "out") == []


def test_what_makes_a_plan_dearer_adds_up_to_the_difference(compared: Path) -> None:
    first, other = (Folder(compared / "runs" / name) for name in ("big_first", "small_first"))
    found = reasons(first, other)
    assert found is not None
    cost = "plan_cost_bn_kzt"
    assert sum(own.amount for own in found) == pytest.approx(other.metrics[cost] - first.metrics[cost])
    assert {own.kind for own in found} == {"investor", "paid", "worth"}  # and no rest
    (waits,) = (own for own in found if own.kind == "investor")
    assert (waits.values["name"], waits.values["months"]) == ("Mill", 2)


@pytest.mark.parametrize(("uncertain", "asked", "run"), [(True, None, 8), (False, None, 0), (True, 0, 0)])
def test_plans_are_ranked_under_eight_futures_where_anything_is_uncertain(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uncertain: bool, asked: int | None, run: int
) -> None:
    own = tmp_path / "town"
    shutil.copytree(town, own)
    if not uncertain:
        (own / "uncertainties.csv").unlink()

    class Enough(Exception):
        pass

    def count(*_: object, futures: int, **__: object) -> None:
        raise Enough(futures)

    monkeypatch.setattr(commands, "compare_orders", count)
    told: list[str] = []
    with pytest.raises(Enough) as caught:
        commands.compare(
            [own],
            ["big_first"],
            futures=asked,
            slips=0.0,
            thresholds=[],
            jobs=1,
            out=tmp_path / "out",
            overrides=[],
            reach=WITHIN,
            tell=told.append,
            show=lambda *_: None,
        )
    assert caught.value.args == (run,)
    assert bool(told) is not uncertain


def test_a_notebook_shows_a_comparison_with_a_column_per_plan() -> None:
    rows = [
        {"plan": plan, "metric": "npv_bn_kzt", "mean": mean, "p10": mean - 1, "p90": mean + 2}
        for plan, mean in (("<b>", -4.0), ("late", -10.0))
    ]
    card = Comparison(Path("out"), "A & B", ("<b>", "late"), 5, rows)._repr_html_()
    assert "A &amp; B: mean (p10 to p90) of 5 futures" in card
    assert "&lt;b&gt;" in card and "<b>" not in card
    assert ">-4 (-5 to -2)<" in card and ">-10 (-11 to -8)<" in card
    planned = Comparison(Path("out"), "A", ("late",), 0, rows[1:])._repr_html_()
    assert "the planned future" in planned and ">-10<" in planned


def test_orders_share_the_luck_of_a_future(town: Path) -> None:
    def drawn(order: str) -> dict[str, float]:
        overrides = [f"build_order={order}", "future=2", "end=2026-06-01"]
        run = simulation.run(load_scenario(town, overrides))
        return {row.site: row.slip_months for row in run.rows(SiteRow)}

    assert drawn("big_first") == drawn("small_first")


def test_a_site_that_is_waited_for_matters_most(town: Path, tmp_path: Path) -> None:
    rows = slips(town, 1, tmp_path, overrides=["build_order=big_first"], jobs=1)
    assert [row["site"] for row in rows] == ["BIG", "SMALL"]
    assert rows[0]["jobs_delayed_job_months"] == pytest.approx(100)
    assert rows[0]["service_cost_bn_kzt"] > 0.02 > rows[1]["service_cost_bn_kzt"]


def test_the_command_compares_folders(compared: Path) -> None:
    runs = [str(compared / "runs" / name) for name in ("big_first", "small_first")]
    done = twin("compare", *runs)
    assert done.returncode == 0, done.stderr
    assert "first difference\n2026-08-01: SMALL commissioned" in done.stdout
    assert "jobs_delayed_job_months" in done.stdout
    assert "why small_first differs from big_first\nThe cities part in 2026-08: SMALL" in done.stdout
    assert "Mill waits 2 months longer for Town, 2026-10 to 2026-11" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--build-order", "bigfirst"], "--build-order bigfirst: no such build order (one of big_first"),
        ([], "cannot be compared"),
        (["--build-order", "big_first", "--threshold", "cost"], "--threshold cost: not a threshold"),
    ],
)
def test_what_cannot_be_compared_is_one_line(town: Path, arguments: list[str], said: str) -> None:
    done = twin("compare", town, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (Path("results") / "compare-town").exists()


def test_a_run_under_an_order_tells_of_its_crews_and_its_cash(compared: Path) -> None:
    used = [int(row["used"]) for row in table(compared / "runs" / "big_first" / "crews.csv")]
    assert max(used) == 1
    cash = table(compared / "runs" / "big_first" / "cashflow.csv")
    assert sum(float(row["works_bn_kzt"]) for row in cash) == pytest.approx(5.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=6))
def test_regret_is_nothing_for_the_best_and_never_negative(values: list[tuple[float, float]]) -> None:
    metrics = {
        (plan, future): {"cost": pair[i]} for future, pair in enumerate(values) for i, plan in enumerate("ab")
    }
    rows = {row["plan"]: row for row in summarise(metrics, ["a", "b"], range(len(values)))}
    gaps = [a - b for a, b in values]
    assert rows["a"]["regret_mean"] == pytest.approx(sum(max(g, 0) for g in gaps) / len(gaps), abs=1e-6)
    assert rows["a"]["regret_max"] == pytest.approx(max(0.0, *gaps), abs=1e-6) if len(gaps) > 1 else True
    assert rows["a"]["probability_best"] + rows["b"]["probability_best"] >= 1.0 - 1e-12


def test_a_metric_that_should_be_high_has_its_regret_the_other_way() -> None:
    metrics = {("a", 0): {"npv_bn_kzt": -10.0}, ("b", 0): {"npv_bn_kzt": -4.0}}
    rows = {row["plan"]: row for row in summarise(metrics, ["a", "b"], [0])}
    assert (rows["a"]["regret_max"], rows["b"]["regret_max"]) == (6.0, 0.0)


def test_a_threshold_is_a_metric_and_a_bound() -> None:
    assert read_threshold("npv_bn_kzt >= -5").holds({"npv_bn_kzt": -4.0})
    with pytest.raises(InvalidInput):
        read_threshold("npv_bn_kzt=5")


def test_only_a_comparison_is_overwritten(town: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        compare_orders(town, ["big_first"], tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_comparison_that_fails_leaves_the_one_that_stood_there(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    short = ["end=2026-06-01"]
    compare_orders(town, ["big_first"], out, overrides=short)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for metric, said in (
        ("beauty", "no metric beauty in this scenario"),
        ("battery_losses_mwh", "no such metric"),
    ):
        bound = read_threshold(f"{metric}<=1")
        with pytest.raises(InvalidInput, match=said):
            compare_orders(town, ["big_first"], out, overrides=short, thresholds=[bound])
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    (out / "runs" / "big_first" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"notes\.txt"):
        compare_orders(town, ["big_first"], out, overrides=short)
    assert (out / "runs" / "big_first" / "notes.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]

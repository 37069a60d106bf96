from pathlib import Path

import pytest

from tests.orders_town import write_orders_town
from tests.report.folders import write_run, write_table
from twin.report.costs import JOBS, Pricing, cost_of_service, housing, waits
from twin.report.folder import Folder
from twin.results import run as results
from twin.scenario import load_scenario
from twin.simulation import clock as simulation


def test_what_is_lost_and_waited_for_adds_up_to_the_metric_of_the_run(tmp_path: Path) -> None:
    terms = ["finance.inflation_percent=8", "build_order=small_first"]
    run = simulation.run(load_scenario(write_orders_town(tmp_path / "town"), terms))
    folder = Folder(results.save(run, tmp_path / "run"))
    worth = Pricing(folder)
    lost = [row for row in folder.table("unserved") if row["quantity"] in folder.losses]
    unserved = sum(worth.of(row["quantity"], row["month"], float(row["amount"])) for row in lost)
    waiting = sum(worth.of(JOBS, own.month, own.jobs * own.share) for own in waits(folder))
    cost = cost_of_service(folder)
    assert cost is not None and waiting > 0.0
    assert waiting == pytest.approx(cost["parts"]["jobs"], rel=1e-9)
    assert unserved + waiting == pytest.approx(cost["total"], rel=1e-9)


def test_a_development_that_several_block_is_shared_among_them(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    head = ["month", "development", "utility", "capacity_name", "missing_site"]
    rows = [
        ["2026-07", "P1", "power", "Old", "SS1"],
        ["2026-07", "P1", "water", "Wells", ""],
        ["2026-07", "housing Gate 2026", "water", "Wells", ""],
        ["2028-01", "P1", "water", "Wells", ""],
    ]
    write_table(folder / "queue.csv", [head, *rows])
    assert [(own.capacity, own.share) for own in waits(Folder(folder))] == [("Old", 0.5), ("Wells", 0.5)]
    assert housing(Folder(folder))["Wells"][6] == {"housing Gate 2026"}


def test_without_prices_nothing_is_worth_anything(tmp_path: Path) -> None:
    folder = Folder(write_run(tmp_path / "run"))
    assert Pricing(folder).of(JOBS, "2026-01", 100.0) == 0.0
    assert cost_of_service(folder) is None

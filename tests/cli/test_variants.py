"""Variants on the command line: run, validate, compare and plan take them; wrong ones are told."""

import csv
import json
from pathlib import Path

import pytest

from tests.command import twin
from tests.orders_town import write_orders_town

pytestmark = pytest.mark.xdist_group("orders")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    town = write_orders_town(tmp_path_factory.mktemp("variants") / "town")
    (town / "variants").mkdir()
    late = (
        "name: A later start\nbase: old\nset: {build_order: big_first}\nsites: {BIG: {start: 2026-08-01}}\n"
    )
    (town / "variants" / "late.yaml").write_text(late, encoding="utf-8")
    (town / "variants" / "wrong.yaml").write_text(
        "name: Wrong\nsites:\n  BOG: {start: 2027-01-01}\n  BIG: {cancelled: maybe}\nsets: {}\n", "utf-8"
    )
    return town


def test_a_variant_is_run_by_its_file_alone(town: Path, tmp_path: Path) -> None:
    done = twin("run", "--variant", town / "variants" / "late.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "late.yaml:2: the scenario has changed since this variant was made" in done.stderr
    folder = tmp_path / "results" / "town-late"
    told = json.loads((folder / "run.json").read_text("utf-8"))
    assert told["name"] == "Town, A later start"
    assert told["overrides"] == ['build_order="big_first"', 'order.BIG.start="2026-08-01"']
    plain = tmp_path / "plain"
    sets = [part for own in told["overrides"] for part in ("--set", own)]
    assert twin("run", town, *sets, "--out", plain, folder=tmp_path).returncode == 0
    assert (plain / "metrics.json").read_text() == (folder / "metrics.json").read_text()


def test_each_mistake_is_one_line_before_anything_is_computed(town: Path, tmp_path: Path) -> None:
    for command in ("run", "validate"):
        done = twin(command, "--variant", town / "variants" / "wrong.yaml", folder=tmp_path)
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            "wrong.yaml:4: sites.BIG.cancelled is 'maybe' (true or false)",
            "wrong.yaml:5: unknown key sets (did you mean set?)",
        ]
    assert twin("run", folder=tmp_path).stderr == "SCENARIO: none is named (a scenario, or --variant FILE)\n"
    assert list(tmp_path.iterdir()) == []


def test_variants_stand_beside_build_orders_under_the_same_futures(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "compared"
    late = town / "variants" / "late.yaml"
    done = twin(
        "compare", town, "--build-order", "big_first", "--variant", late, "--futures", 1, "--out", out,
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (out / "summary.csv").open(encoding="utf-8") as file:
        assert {row["plan"] for row in csv.DictReader(file)} == {"big_first", "late"}
    twice = twin("compare", town, "--variant", late, "--variant", late, "--out", out, folder=tmp_path)
    assert (twice.returncode, twice.stderr) == (2, "--build-order: two plans of one name (each once)\n")


def test_a_search_begins_with_a_variant(town: Path, tmp_path: Path) -> None:
    pytest.importorskip("ortools")
    late = town / "variants" / "late.yaml"
    done = twin("plan", town, "--variant", late, "--budget", 2, "--held-back", 0, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    given = (tmp_path / "results" / "plan-late" / "given" / "scenario.yaml").read_text("utf-8")
    assert "2026-08-01" in given

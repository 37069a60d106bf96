"""A run's tables in a sweep's dataset: `run_id` first, types that depend on no run, districts where known."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

import pyarrow as pa
import pytest

from tests.report.folders import MONTHS, write_run
from twin.columns import About, Row
from twin.results import run as results
from twin.results.arrow import schema
from twin.results.run import Run
from twin.results.tables import DevelopmentRow, Unserved
from twin.scenario.located import asset_districts, capacity_districts
from twin.scenario.schema import Scenario
from twin.sweep.tables import run_tables, with_district


@dataclass(frozen=True, slots=True)
class Flood(Row):
    """Each flooded street."""

    table: ClassVar[str] = "floods"

    street: Annotated[str, About("name of the street")]
    depth_m: Annotated[float, About("highest water", "m")]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the run of made-up rows that the report's tests save."""
    kept: list[Run] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.report.folders.save", lambda run, folder: kept.append(run))
        write_run(tmp_path_factory.mktemp("runs"))
    return kept[0]


def test_each_table_begins_with_the_run(done: Run) -> None:
    wanted = ["monthly", "headroom", "developments", "unserved"]
    tables = run_tables(done, "r1", wanted)
    assert list(tables) == ["metrics", *wanted]
    assert all(table.column_names[0] == "run_id" for table in tables.values())
    assert tables["metrics"].to_pylist() == [{"run_id": "r1", **done.metrics}]


def test_types_depend_on_no_run(done: Run) -> None:
    empty = replace(done, tables=dict.fromkeys(done.tables, ()), months=[])
    wanted = ["monthly", "headroom", "developments", "unserved"]
    full, none = (run_tables(run, "r", wanted) for run in (done, empty))
    assert [full[name].schema for name in wanted] == [none[name].schema for name in wanted]
    for kind in (DevelopmentRow, Unserved):
        assert pa.schema(list(full[kind.table].schema)[1:]) == schema(kind)
    assert full["headroom"].schema.field("first_breach").type == pa.bool_()


def test_a_table_of_ones_own_is_one_of_them(done: Run, tmp_path: Path) -> None:
    run = replace(done, tables={**done.tables, Flood: [Flood("Main", 0.25)]})
    assert run_tables(run, "r", ["floods"])["floods"].to_pylist() == [
        {"run_id": "r", "street": "Main", "depth_m": 0.25}
    ]
    folder = results.save(run, tmp_path / "run")
    assert (folder / "floods.csv").read_text() == "street,depth_m\nMain,0.25\n"


def test_a_row_has_the_district_of_its_asset_or_capacity(done: Run) -> None:
    tables = run_tables(done, "r", ["monthly", "headroom"])
    assert set(tables["monthly"]["district"].to_pylist()) == {"Gate", ""}
    assert tables["headroom"]["district"].to_pylist() == [""] * sum(month < "2027-07" for month in MONTHS)


def test_a_district_is_known_where_there_is_one_alone() -> None:
    site = {"name": "S", "kind": "station", "district": "East", "build_months": 1, "stage": "1"}
    scenario = Scenario.model_validate(
        {
            "name": "two",
            "start": "2026-01-01",
            "end": "2027-01-01",
            "networks": {},
            "sites": {"S": site},
            "demand_points": [
                {"asset": "power/L", "district": "East", "weight": 1},
                {"asset": "power/M", "district": "East", "weight": 1},
                {"asset": "power/M", "district": "West", "weight": 1},
            ],
            "capacities": {
                "New": {"power/T": {"kind": "substation", "from_site": "S"}},
                "Both": {
                    "power/U": {"kind": "substation", "from_site": "S"},
                    "power/V": {"kind": "substation"},
                },
            },
        }
    )
    assert asset_districts(scenario) == {"power/L": "East"}
    assert capacity_districts(scenario) == {"New": "East"}


def test_districts_are_added_to_text_and_to_dictionaries_alike() -> None:
    for names in (pa.array(["a", "b", "a"]), pa.array(["a", "b", "a"]).dictionary_encode()):
        table = with_district(pa.table({"asset": names}), "asset", {"a": "East"})
        assert table["district"].to_pylist() == ["East", "", "East"]

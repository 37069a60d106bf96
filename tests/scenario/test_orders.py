"""What can never be built or served is told before a run, with file and line."""

import json
import shutil
from pathlib import Path

import pytest

from tests.command import twin
from tests.orders_town import write_orders_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.warnings import warnings
from twin.utilities.registry import utilities
from twin.works.budgets import check_budgets

ORDER = "build_order=small_first"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders_town(tmp_path_factory.mktemp("pristine") / "town")


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "town")
    return tmp_path / "town"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("sites.csv", "4,4,1,", "4,4,1,SMALL;BIG", "sites.csv:2: cycle among sites: BIG requires BIG"),
        ("sites.csv", "SMALL,station", "SMALL,canal", "sites.csv:3: SMALL can never start: no trade builds"),
        ("crews.csv", "2026,1,", "2026,0,", "sites.csv:2: BIG can never start: it takes 1 builders crews of"),
        ("sites.csv", "Yard,1,", "Yard,99,", "sites.csv:3: SMALL can never start: it costs more a year than"),
        ("scenario.yaml", "name: Town", "name: Town\nfinance: {debt_service_ceiling_bn_kzt_per_year: 1}",
         "sites.csv:2: BIG can never start: its debt service is above the ceiling (1 bn)"),
        ("developments.csv", "Mill,Town", "Mill,Moor", "developments.csv:2: MILL asks for power in Moor"),
    ],
)  # fmt: skip
def test_what_can_never_be_is_one_line_with_file_and_line(
    town: Path, name: str, old: str, new: str, said: str
) -> None:
    edit(town / "districts.csv", "\n", "\nMoor,1\n" if name == "developments.csv" else "\n")
    edit(town / name, old, new)
    with pytest.raises(InvalidInput) as caught:
        check_budgets(load_scenario(town, [ORDER]))
    lines = [str(mistake) for mistake in caught.value.mistakes]
    assert [line for line in lines if line.startswith(said)], lines


def test_crews_that_are_gone_when_a_site_may_start_do_not_build_it(town: Path) -> None:
    edit(town / "crews.csv", "builders,2026,1,station", "builders,2026,1,station\nbuilders,2027,0,station")
    load_scenario(town, [ORDER])
    edit(town / "build_orders" / "small_first.csv", "BIG,", "BIG,2027-02-01")
    with pytest.raises(InvalidInput, match="BIG can never start: it takes 1 builders crews of at most 0"):
        load_scenario(town, [ORDER])


def test_gas_is_served_only_where_a_site_of_gas_is_planned(town: Path) -> None:
    edit(town / "developments.csv", "request_year", "request_year,gas_m3_per_h")
    edit(town / "developments.csv", "30,2026", "30,2026,500")
    said = ["developments.csv:2: MILL asks for gas in Town, where none is planned: not served"]
    assert [str(w) for w in warnings(load_scenario(town, [ORDER]))] == said
    for kind, place, expected in (
        ("gas pipeline", "Coast>Town", []),
        ("gas pipeline", "Coast", said),
        ("gasworks museum", "Town", said),
    ):
        chosen = [f"sites.SMALL.kind={kind}", f"sites.SMALL.district={place}"]
        scenario = load_scenario(town, chosen)
        assert [str(w) for w in warnings(scenario)] == expected
    gas = load_scenario(town, ["sites.SMALL.kind=gas pipeline", "sites.SMALL.district=Town"])
    order = [{"site": "SMALL", "cancelled": True}]
    cancelled = type(gas).model_validate({**gas.model_dump(), "order": order, "folder": town})
    assert [str(w) for w in warnings(cancelled)] == said


def test_any_utility_may_tell_that_none_of_it_is_planned(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(town / "developments.csv", "request_year", "request_year,gas_m3_per_h")
    edit(town / "developments.csv", "30,2026", "30,2026,0")
    monkeypatch.setattr(type(utilities()["power"]), "planned_by", "substation")
    line = "developments.csv:2: MILL asks for power in Town, where none is planned: not served"
    there = load_scenario(town, [ORDER])
    assert warnings(there) == []
    others = tuple(point for point in there.demand_points if not point.asset.startswith("power/"))
    assert line in map(str, warnings(there.model_copy(update={"demand_points": others})))
    chosen = load_scenario(town, ["sites.SMALL.kind=substation", "sites.SMALL.district=Town"])
    assert line not in map(str, warnings(chosen.model_copy(update={"demand_points": others})))


def test_a_warning_is_told_and_kept_and_stops_nothing(town: Path, tmp_path: Path) -> None:
    edit(town / "developments.csv", "request_year", "request_year,gas_m3_per_h")
    edit(town / "developments.csv", "30,2026", "30,2026,500")
    line = "developments.csv:2: MILL asks for gas in Town, where none is planned: not served"
    for words in (["validate", str(town)], ["run", str(town), "--set", "end=2026-05-06", "--out", "out"]):
        done = twin(*words, folder=tmp_path)
        assert (done.returncode, done.stderr.splitlines()) == (0, [line])
    assert json.loads((tmp_path / "out" / "run.json").read_text())["warnings"] == [line]

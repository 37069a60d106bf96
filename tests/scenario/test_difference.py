"""`twin diff`: what differs between two scenarios, in values and sentences, and the capacities it touches."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandapower as pp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.orders_town import write_orders_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.changes import Change, differences, sentences
from twin.scenario.difference import Difference, compare_scenarios, load_either

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"
Edit = Callable[[Path], None]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("difference") / "town"
    write_orders_town(folder)
    return folder


def between(town: Path, tmp_path: Path, edit: Edit) -> Difference:
    other = Path(shutil.copytree(town, tmp_path / "other"))
    edit(other)
    return compare_scenarios(load_scenario(town), load_scenario(other))


def cell(table: str, row: int, column: str, value: str) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / f"{table}.csv"
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        rows[row][rows[0].index(column)] = value
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)

    return edit


def without_last_row(table: str) -> Edit:
    def edit(folder: Path) -> None:
        lines = (folder / f"{table}.csv").read_text().splitlines()
        (folder / f"{table}.csv").write_text("\n".join(lines[:-1]) + "\n")

    return edit


def text(name: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        content = (folder / name).read_text()
        assert old in content
        (folder / name).write_text(content.replace(old, new))

    return edit


def larger_transformer(folder: Path) -> None:
    net = pp.from_json(str(folder / "power.json"))
    net.trafo.loc[0, "sn_mva"] = 40.0
    pp.to_json(net, str(folder / "power.json"))


@pytest.mark.parametrize(
    ("edit", "sentence", "capacities"),
    [
        (cell("sites", 1, "build_months", "6"), "sites BIG: build_months 4 -> 6", ["Town"]),
        (cell("sites", 2, "cost_bn_kzt", "2"), "sites SMALL: cost_bn_kzt 1 -> 2", []),
        (cell("population", 2, "population_k", "13"), "population Town 2030: population_k 12 -> 13", []),
        (cell("developments", 1, "power_mw", "40"), "developments MILL: power_mw 30 -> 40", []),
        (without_last_row("developments"), "developments MILL is gone", []),
        (without_last_row("capacities"), "capacities Town power/T-SECOND is gone", ["Town"]),
        (text("scenario.yaml", "days: representative", "days: every"), "days: representative -> every", []),
        (larger_transformer, "power power/T-TOWN: sn_mva 25 -> 40", ["Town"]),
        (text("water.inp", "P-MAIN J-INTAKE T-HILL 2000", "P-MAIN J-INTAKE T-HILL 2500"),
         "water water/P-MAIN: length 2000 -> 2500", []),
        (text("wastewater.inp", "C-LIFT 120 18", "C-LIFT 120 20"),
         "wastewater wastewater/network: curves C-LIFT 120 18 -> 120 20", []),
    ],
)  # fmt: skip
def test_a_change_is_one_sentence_with_what_it_touches(
    town: Path, tmp_path: Path, edit: Edit, sentence: str, capacities: list[str]
) -> None:
    found = between(town, tmp_path, edit)
    assert list(sentences(found.changes)) == [sentence]
    assert list(found.capacities) == capacities
    json.dumps([change.fields for change in found.changes])


def test_nothing_differs_between_a_scenario_and_itself(town: Path, tmp_path: Path) -> None:
    found = between(town, tmp_path, lambda folder: None)
    assert (found.changes, found.capacities) == ((), {})


def test_a_file_that_only_looks_different_says_nothing(town: Path, tmp_path: Path) -> None:
    edit = text("water.inp", "T-HILL 2000 300", "T-HILL  2000.0 300.00")
    found = between(town, tmp_path, edit)
    assert found.changes == ()


def test_a_row_that_moves_in_the_order_is_told_by_its_place() -> None:
    rows = [{"site": name, "start": None} for name in ("A", "B", "C", "D")]
    moved = [rows[i] for i in (0, 3, 1, 2)]
    (change,) = differences({"order": rows}, {"order": moved})
    assert str(change) == "order D comes in place 2 instead of 4"


def test_many_changes_of_a_kind_are_one_sentence() -> None:
    old = {"sites": {f"S{n}": {"build_months": 1} for n in range(30)}}
    new = {"sites": {f"S{n}": {"build_months": 2} for n in range(30)}}
    changes = differences(old, new)
    assert len(list(sentences(changes))) == 30
    assert list(sentences(changes, 5)) == ["sites: 30 changed: S0, S1, S2, S3, S4 and 25 more"]


names = st.sampled_from(["S1", "S2", "S3", "S4"])
tables = st.dictionaries(names, st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.integers(0, 2)}))


@given(before=tables, after=tables)
def test_changes_turn_one_table_into_the_other(
    before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]
) -> None:
    made = {name: dict(row) for name, row in before.items()}
    for change in differences({"sites": before}, {"sites": after}):
        if change.kind == "gone":
            del made[change.key]
        for name, (_, value) in change.fields.items() if change.kind != "gone" else ():
            made.setdefault(change.key, {})[name] = value
    assert made == after


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_a_folder_is_compared_with_an_earlier_revision(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = Path(shutil.copytree(town, tmp_path / "plans" / "city"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "a plan")
    cell("sites", 1, "build_months", "6")(city)
    monkeypatch.chdir(tmp_path / "plans")
    found = compare_scenarios(load_either("HEAD:city"), load_either("city"))
    assert list(sentences(found.changes)) == ["sites BIG: build_months 4 -> 6"]
    git(tmp_path, "commit", "-q", "-a", "-m", "a later one")
    monkeypatch.chdir(city)
    found = compare_scenarios(load_either("HEAD~1:."), load_either("HEAD:../city"))
    assert list(sentences(found.changes)) == ["sites BIG: build_months 4 -> 6"]


@pytest.mark.parametrize(
    "where", ["HEAD:nowhere", "nothing:city", "--output=x:city", "HEAD:city/scenario.yaml"]
)
def test_a_revision_that_there_is_not_is_one_line(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    shutil.copytree(town, tmp_path / "city")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "a plan")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as error:
        load_either(where)
    assert len(error.value.mistakes) == 1
    assert not (tmp_path / "x").exists()


def test_all_of_alatau_is_the_same_as_itself() -> None:
    scenario = load_scenario(ALATAU)
    assert compare_scenarios(scenario, scenario).changes == ()


def test_a_change_says_what_it_is() -> None:
    assert str(Change("sites", "S1", "new", {"build_months": (None, 3)})) == "sites S1 is new"
    many = {f"f{n}": (0, 1) for n in range(9)}
    assert str(Change("sites", "S1", "changed", many)).endswith("f5 0 -> 1 and 3 more")

"""Money in the user's currency: names carry it in every file, and no amount is another."""

import csv
import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.orders_town import write_orders_town
from tests.report.test_page import Reader
from twin import load_scenario
from twin.errors import InvalidInput
from twin.orders.compare import compare_orders
from twin.report import as_html, write_report
from twin.report.exports.write import export
from twin.report.folder import Folder
from twin.results.run import Run, save
from twin.results.summary import summary
from twin.scenario.currency import known, known_metric, told, within
from twin.scenario.loading import dump_resolved
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation
from twin.simulation.metrics import better, declared, headlines
from twin.sweep.runs import match_keys


def in_euros(folder: Path) -> Path:
    """Change a scenario in KZT into one in EUR: the currency is stated, and names carry it."""
    for path in (folder / "scenario.yaml", *folder.glob("*.csv")):
        path.write_text(path.read_text(encoding="utf-8").replace("kzt", "eur"), encoding="utf-8")
    with (folder / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write("currency: EUR\n")
    return folder


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("currency")
    tenge = write_orders_town(folder / "tenge")
    return tenge, in_euros(Path(shutil.copytree(tenge, folder / "euros")))


@pytest.fixture(scope="module")
def runs(towns: tuple[Path, Path]) -> tuple[Run, Run]:
    orders = ["build_order=big_first"]
    tenge, euros = (simulation.run(load_scenario(town, orders)) for town in towns)
    return tenge, euros


@pytest.fixture
def town(towns: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(towns[1], tmp_path / "town"))


def mistakes(folder: Path, *overrides: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_scenario(folder, overrides)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_scenario_in_another_currency_is_the_same_but_for_that(towns: tuple[Path, Path]) -> None:
    tenge, euros = map(load_scenario, towns)
    assert euros.model_copy(update={"currency": "KZT", "folder": tenge.folder}) == tenge
    assert "bn EUR" in euros._repr_html_()


def test_what_is_resolved_is_in_the_currency_and_loads_again(
    towns: tuple[Path, Path], tmp_path: Path
) -> None:
    text = dump_resolved(load_scenario(towns[1]))
    assert "cost_bn_eur" in text and "unserved_energy_eur_per_kwh" in text
    assert "kzt" not in text.lower()
    for name in ("power.json", "water.inp", "wastewater.inp"):
        shutil.copy(towns[1] / name, tmp_path / name)
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")
    assert dump_resolved(load_scenario(tmp_path)) == text


def test_results_are_the_same_numbers_under_names_of_the_currency(runs: tuple[Run, Run]) -> None:
    tenge, euros = runs
    assert euros.metrics == {told(name, "EUR"): value for name, value in tenge.metrics.items()}
    assert euros.metrics["capex_bn_eur"] > 0.0
    assert euros.told["capex_bn_eur"]["unit"] == "bn EUR"
    assert euros.told["npv_bn_eur"] == tenge.told["npv_bn_kzt"] | {"unit": "bn EUR"}
    assert "bn EUR in all" in str(summary(euros))


def test_no_file_of_results_names_another_currency(runs: tuple[Run, Run], tmp_path: Path) -> None:
    folder = save(runs[1], tmp_path / "run")
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["currency"] == "EUR"
    write_report(folder)
    files = {"--gis": folder / "map.geojson", "--headroom": folder / "h.csv", "--xlsx": folder / "all.xlsx"}
    export(folder, files)
    for path in folder.rglob("*"):
        if path.suffix in (".json", ".csv", ".yaml", ".geojson"):
            assert "kzt" not in path.read_text(encoding="utf-8").lower(), path.name
    with (folder / "sites.csv").open(encoding="utf-8") as file:
        assert "cost_bn_eur" in next(csv.reader(file))
    book = openpyxl.load_workbook(folder / "all.xlsx")
    assert "drawn_bn_eur" in [cell.value for cell in book["cashflow"][1]]
    assert ["capex_bn_eur", runs[1].metrics["capex_bn_eur"], "bn EUR"] in [
        [cell.value for cell in row] for row in book["metrics"].iter_rows()
    ]


def said(page: str) -> str:
    """Return all that a page may say in any language."""
    words = json.loads(Reader(page).scripts[0])["words"]
    return "\n".join(text for own in words.values() for text in own.values())


def test_the_page_shows_the_currency(runs: tuple[Run, Run], tmp_path: Path) -> None:
    pages = [as_html(save(run, tmp_path / str(i))) for i, run in enumerate(runs)]
    assert "KZT" in said(pages[0]) and "KZT" not in said(pages[1])
    assert "bn EUR" in said(pages[1])
    own = [Folder(tmp_path / str(i)) for i in range(2)]
    assert own[0].metrics == own[1].metrics
    assert own[0].table("cashflow") == own[1].table("cashflow")


def test_a_sweep_takes_the_names_of_the_scenario(towns: tuple[Path, Path]) -> None:
    found = match_keys(load_scenario(towns[1]), "sites.*.cost_bn_eur")
    assert found == [("sites.BIG.cost_bn_eur", 4), ("sites.SMALL.cost_bn_eur", 1)]


def test_build_orders_are_compared_in_the_currency(towns: tuple[Path, Path], tmp_path: Path) -> None:
    compared = compare_orders(towns[1], ["big_first", "small_first"], tmp_path / "compared", futures=1)
    told_names = {row["metric"] for row in compared.rows}
    assert "plan_cost_bn_eur" in told_names
    assert not any("kzt" in name for name in told_names)
    assert "npv_bn_eur" in compared._repr_html_()
    page = as_html(tmp_path / "compared")
    assert "KZT" not in said(page) and "bn EUR" in said(page)


def test_a_name_of_another_currency_is_a_mistake(town: Path) -> None:
    text = (town / "sites.csv").read_text(encoding="utf-8")
    (town / "sites.csv").write_text(text.replace("eur", "kzt"), encoding="utf-8")
    assert mistakes(town)[0] == "sites.csv:1: cost_bn_kzt, in a scenario in EUR (cost_bn_eur)"
    yaml = (town / "scenario.yaml").read_text(encoding="utf-8")
    (town / "scenario.yaml").write_text(yaml.replace("job_eur", "job_kzt"), encoding="utf-8")
    assert any(
        "delayed_job_kzt_per_month, in a scenario in EUR (delayed_job_eur_per_month)" in m
        for m in mistakes(town)
    )


def test_mistakes_and_overrides_speak_of_the_currency(town: Path) -> None:
    assert load_scenario(town, ["sites.BIG.cost_bn_eur=7"]).sites["BIG"].cost_bn_kzt == 7
    assert mistakes(town, "sites.BIG.cost_bn_eur=much") == [
        "--set sites.BIG.cost_bn_eur=much: sites.BIG.cost_bn_eur is 'much' (a number)"
    ]
    line = "--set currency=USD: the currency is that of the scenario's tables, and cannot be set"
    assert mistakes(town, "currency=USD") == [f"{line} (currency in scenario.yaml)"]


def test_what_is_no_currency_is_a_mistake(towns: tuple[Path, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(towns[0], tmp_path / "town"))
    with (folder / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write("currency: euro\n")
    (line,) = mistakes(folder)
    assert "currency is 'euro'" in line


def names() -> list[str]:
    """Return every name in the schema and among the metrics that carries the unit of account."""
    schema = json.dumps(Scenario.model_json_schema())
    found = {part for part in schema.replace('"', " ").split() if "kzt" in part}
    return sorted(found | {name for name in declared() if "kzt" in name})


def test_every_name_of_money_is_told_and_known_again() -> None:
    assert len(names()) > 15
    for name in names():
        assert "kzt" not in told(name, "EUR"), name
        assert known(told(name, "EUR"), "EUR") == name
    for name in declared():
        assert known_metric(told(name, "USD")) == name
        assert better(told(name, "USD")) == better(name)
    told_all = [told(name, "USD") for name in declared()]
    assert headlines(told_all) == tuple(told(name, "USD") for name in headlines(declared()))


CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
KEYS = st.one_of(
    st.sampled_from(["cost_bn_kzt", "spill_kzt_per_m3", "site_kzt", "kzt", "year"]), st.text(max_size=9)
)


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(KEYS, inner, max_size=4)), CODES)
def test_nested_names_come_back_and_values_never_change(content: object, currency: str) -> None:
    there = within(content, told, currency)
    if currency.lower() not in str(content):
        assert within(there, known, currency) == content

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.report.folders import MONTHS, edit_scenario, edit_table, write_run, write_table
from twin.errors import InvalidInput
from twin.report import views
from twin.report.findings import breaches
from twin.report.folder import Folder, kind_of
from twin.report.map import atlas, histories
from twin.report.provenance import provenance, standing
from twin.report.usage import Rules, classes, read_signals
from twin.results.declarations import declarations


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(write_run(tmp_path_factory.mktemp("results") / "run"))


def test_strain_colours_by_limits_and_by_firm_capacity(run: Folder) -> None:
    letters = classes(run, read_signals(run))
    # its own loading passes 80 % in month 8, its capacity's peak in month 2; that is short from month 9
    assert letters["power/T-1"] == "11" + "2" * 7 + "3" * 8 + "4" + "." * 6
    assert letters["power/T-2"] == "." * 18 + "0" * 3 + "1" * 3
    # 26 m are required at five storeys; 26 / (30 - i) passes 1 when the pressure falls below 26
    assert letters["water/J-1"].index("3") == 5
    assert letters["water/PU-1"] == "-" * 24


def test_the_map_is_one_frame_of_true_proportions(run: Folder) -> None:
    view = atlas(run, read_signals(run))
    assert view is not None
    assert min(view["x"]) >= 0.0 and max(view["x"] + view["y"]) <= 1.0
    east = next(d for d in view["districts"] if d["name"] == "<b>East</b>")
    # 9 thousand hectares: a circle of 5.35 km in a frame from Gate's south to the east's north
    assert east["radius"] == pytest.approx(5.352 / 111.2 / _span(view), rel=1e-2)
    assert view["links"] == [[view["asset"].index("water/PU-1"), view["asset"].index("power/L-1"), "pump"]]
    assert view["drawn"] == 2  # a reservoir that the file places nowhere, and its pump


def _span(view: dict[str, list[dict[str, float]]]) -> float:
    a, b = view["districts"]
    return 0.08 / (b["y"] - a["y"])


def test_an_asset_without_readings_stands_while_its_nodes_do(run: Folder) -> None:
    view = atlas(run, read_signals(run))
    assert view is not None
    assert view["classes"][view["asset"].index("power/L-1")] == "-" * 24


def test_histories_keep_the_lowest_where_low_hurts(run: Folder) -> None:
    own = histories(run, read_signals(run))
    (pressure,) = own["row"]["water/J-1"]
    assert own["low"][pressure][:2] == [30.0, 29.0]
    assert own["kinds"][own["kind"][pressure]] == {
        "quantity": "pressure_m",
        "unit": "m",
        "limit": (26.0, 60.0),
        "lost": False,
    }
    assert own["low"][own["row"]["power/T-2"][0]] == []
    assert own["mean"][own["row"]["power/T-2"][0]][:18] == [None] * 18


def test_histories_of_many_signals_are_kept_by_year(run: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.report.map._MONTHLY_SIGNALS", 2)
    own = histories(run, read_signals(run))
    (pressure,) = own["row"]["water/J-1"]
    assert own["low"][pressure] == [19.0, 7.0]
    assert own["high"][own["row"]["power/T-2"][0]] == [None, 53.0]
    assert own["mean"][own["row"]["power/T-2"][0]][1] == pytest.approx((20 + 30 + 20.5) / 2, rel=1e-3)


def test_calendar_queue_crews_and_money_follow_the_tables(run: Folder) -> None:
    north, main = views.calendar(run)
    assert (north["planned_start"], north["commissioned"]) == ("2026-10-01", "2027-07-01")
    assert main["waited_for"] == ["site SS1", "money loan"]
    assert north["trigger"] is None
    queue = views.queue(run)
    assert queue is not None and queue["waiting"]["power"][5] == 1
    assert queue["developments"][1]["connected"] == ""
    assert views.crews(run)[0]["used"][:3] == [0, 1, 2]
    cash = views.cash_flow(run)
    assert cash is not None and cash["works"]["grant"][9] == 1.0
    assert cash["liability"][-1] == pytest.approx(1.5)


def test_missing_tables_leave_out_views_not_the_rest(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    for file in [*folder.glob("*.csv"), folder / "monthly.parquet"]:
        file.unlink()
    bare = Folder(folder)
    assert atlas(bare, read_signals(bare)) is None
    assert views.queue(bare) is None and views.cash_flow(bare) is None
    assert views.headroom(bare) == {"rows": []}
    assert breaches(bare) == [] and views.supply(bare) == []


def test_standing_is_read_from_the_letters_of_a_source(run: Folder) -> None:
    assert standing("city total P, split A") == ["published", "assumption"]
    assert standing("N, 160-350 by fittings") == ["norm"]
    assert standing("EPANET manual") == []
    tables = {table["table"]: table["sources"] for table in provenance(run)["tables"]}
    assert tables["population"] == [
        {"source": "total P, split A", "rows": 2, "standing": ["published", "assumption"]}
    ]


def test_months_before_a_date() -> None:
    assert views.months_before("2028-01-01", 20.0) == "2026-05-01"
    assert views.months_before("2028-01-01", 1.5) == "2027-11-16"


def test_the_map_tells_the_people_of_the_run_and_none_where_it_tells_none(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    view = atlas(Folder(folder), read_signals(Folder(folder)))
    assert view is not None
    gate, east = view["districts"]
    assert gate["people"][:2] == [10049.0, 10149.0] and east["people"] == []
    (folder / "people.csv").unlink()
    view = atlas(Folder(folder), read_signals(Folder(folder)))
    assert view is not None and view["districts"][0]["people"] == []


def test_a_signal_that_the_run_held_to_no_bound_has_no_share_of_a_limit(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    assert set(classes(Folder(folder), read_signals(Folder(folder)))["water/J-1"]) <= set("01234")
    (folder / "bounds.csv").unlink()
    assert set(classes(Folder(folder), read_signals(Folder(folder)))["water/J-1"]) == {"-"}


@pytest.mark.parametrize(
    ("asset", "quantity", "bounds", "low", "high", "share"),
    [
        ("power/B", "voltage_pu", (0.9, 1.1), 0.95, 1.02, 0.5),
        ("power/B", "voltage_pu", (None, 1.1), 0.95, 1.02, 0.2),
        ("power/B", "voltage_pu", (0.9, None), 0.95, 1.02, 0.5),
        ("power/T", "loading_percent", (None, 80.0), 10.0, 40.0, 0.5),
        ("water/T", "fill_percent", (20.0, None), 60.0, 90.0, 0.5),
        ("water/J", "pressure_m", (26.0, 60.0), 20.0, 30.0, 1.3),
        ("water/J", "pressure_m", (None, 60.0), 20.0, 30.0, 0.5),
        ("wastewater/T", "fill_percent", (None, None), 10.0, 25.0, 0.25),
        ("wastewater/T", "fill_percent", (None, 50.0), 10.0, 25.0, 0.5),
        ("wastewater/M", "spill_m3_per_s", (None, 1e-9), 0.0, 1e-6, 2.0),
        ("wastewater/M", "spill_m3_per_s", (None, 1e-9), 0.0, 0.0, 0.0),
        ("water/P", "flow_m3_per_s", (None, None), 1.0, 2.0, None),
    ],
)
def test_the_share_of_a_limit_follows_what_the_utility_declares(
    tmp_path: Path,
    asset: str,
    quantity: str,
    bounds: tuple[float | None, float | None],
    low: float,
    high: float,
    share: float | None,
) -> None:
    folder = write_run(tmp_path / "run")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["utilities"] = declarations(("power", "water", "wastewater"))
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    write_table(folder / "bounds.csv", [["asset", "quantity", "lower", "upper"], [asset, quantity, *bounds]])
    used = Rules(Folder(folder)).strain(asset, quantity, np.array([low]), np.array([high]))
    assert (used is None) == (share is None)
    assert used is None or used[0] == pytest.approx(share)


def test_a_scenario_of_another_version_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit_scenario(folder, lambda own: own.update(weather="sunny"))
    with pytest.raises(InvalidInput, match=r"no scenario of this version: weather .* \(run the scenario"):
        _ = Folder(folder).scenario


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "a: 1\na: 2", None])
def test_a_scenario_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path, text: str | None) -> None:
    file = write_run(tmp_path / "run") / "scenario.yaml"
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"scenario\.yaml: no scenario of this version"):
        _ = Folder(file.parent).scenario


def test_kinds_of_folders(run: Folder, tmp_path: Path) -> None:
    assert kind_of(run.path) == "run"
    assert kind_of(tmp_path) == ""
    assert run.months == MONTHS


def test_a_site_that_starts_on_a_condition_says_which(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    trigger = {"site": "SS1", "capacity": "Old", "utilisation_above_percent": 80.0, "months": 2}
    edit_scenario(folder, lambda own: own.update(order=[trigger, {"site": "W1"}]))
    north, main = views.calendar(Folder(folder))
    assert north["trigger"] == {"capacity": "Old", "utilisation_above_percent": 80.0}
    assert main["trigger"] is None


def test_headrooms_are_those_of_the_month(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    # a mild March after a cold winter
    march = {"peak": "9", "peak_12_months": "14", "firm_headroom": "1.5", "firm_headroom_in_month": "6.5"}
    cells = {name: partial(_in_march, name, cell) for name, cell in march.items()}
    edit_table(folder, "headroom", **cells)
    (row,) = views.headroom(Folder(folder))["rows"]
    assert row["firm"][2] == pytest.approx(15.5 - 9.0)
    assert row["firm"][1] == pytest.approx(15.5 - 12.4)


def _in_march(name: str, cell: str, row: dict[str, str]) -> str:
    return cell if row["month"] == "2026-03" else row[name]


def test_a_queue_adds_up_to_the_developments_that_wait(run: Folder) -> None:
    queue = views.queue(run)
    assert queue is not None
    assert [sum(months[8] for months in queue["waiting"].values()), queue["housing"][8]] == [2.0, 0]


def test_a_network_that_was_mostly_unsolved_has_no_charts_and_no_breaches(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    assert {view["utility"] for view in views.supply(Folder(folder))} >= {"power"}
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run |= {"not_computed": {"power": "16 of 24 hours unsolved"}, "ended_early": False}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "power" not in {view["utility"] for view in views.supply(Folder(folder))}
    assert [own["capacity"] for own in breaches(Folder(folder))] == []
    run["ended_early"] = True
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "power" in {view["utility"] for view in views.supply(Folder(folder))}


def test_a_link_whose_flow_turns_round_has_a_sign_for_each_month(run: Folder) -> None:
    signals = read_signals(run)
    view = atlas(run, signals)
    assert view is not None and view["turns"] == {}
    row = next(i for i, name in enumerate(signals.quantities) if name == "flow_m3_per_s")
    signals.mean[row] = [-0.01 if month % 2 else 0.02 for month in range(24)]
    view = atlas(run, signals)
    assert view is not None and view["turns"] == {signals.assets[row]: "+-" * 12}
    assert view["flow"][view["asset"].index(signals.assets[row])] == 1

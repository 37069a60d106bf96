"""A page does not promise more than it knows: marks, caveats, needs, what was not looked at; in a browser."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser import Open
from tests.report.folders import MONTHS, edit_scenario, edit_table, write_comparison, write_run
from twin.cells import read_csv, write_csv
from twin.report import write_report
from twin.report.findings import breaches
from twin.report.folder import Folder


def test_what_rests_on_an_assumption_is_marked_where_it_stands(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit_scenario(folder, lambda own: own["sites"]["SS1"].update(source="sum P; rest A"))
    edit_scenario(folder, lambda own: own["capacities"]["Old"]["power/T-1"].update(source="A"))
    page = open_page(write_report(folder)).page
    remedy, card = page.locator("#remedy"), page.locator(".breach")
    expect(remedy).to_contain_text("Demand is 15.6ᴬ MW; 15.5ᴬ MW can be relied on")
    expect(remedy).to_contain_text("site SS1 North (14ᴬ bn KZT)")
    expect(remedy).to_contain_text("ᴬ marks figures that do")
    expect(card).to_contain_text("15.5ᴬ MW can be relied on")
    expect(card).to_contain_text("14ᴬ bn KZT")
    # of the two sites that cost 3.5 bn in the calendar one says where that is from
    costs = page.locator("#calendar-table td:nth-child(4)")
    assert costs.all_text_contents() == ["3.5ᴬ", "3.5"]


def test_what_is_published_is_not_marked(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")

    def publish(own: dict[str, Any]) -> None:
        own["sites"]["SS1"]["source"] = own["capacities"]["Old"]["power/T-1"]["source"] = "P"
        for row in own["population"]["Gate"].values():
            row["source"] = "P"

    edit_scenario(folder, publish)
    page = open_page(write_report(folder)).page
    expect(page.locator("#remedy")).to_contain_text("Demand is 15.6 MW; 15.5 MW can be relied on")
    expect(page.locator("#remedy")).to_contain_text("site SS1 North (14 bn KZT)")


def test_the_scenarios_caveats_stand_on_the_first_screen(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    assert "caveats" in Folder(folder).scenario.model_dump()
    edit_scenario(folder, lambda own: own.update(caveats=["Not surveyed.", "Prices are <b>guessed</b>."]))
    page = open_page(write_report(folder)).page
    said = page.locator("#remedy dd", has_text="Not surveyed. Prices are <b>guessed</b>.")
    expect(said).to_be_visible()
    box = said.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < page.evaluate("innerHeight")


def test_one_run_says_that_other_futures_were_not_looked_at(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    expect(page.locator("#remedy")).to_contain_text("how far other futures differ was not looked at")
    expect(page.locator("#remedy")).not_to_contain_text("Bear in mind")


def test_the_header_says_whether_crews_and_money_count(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    page = open_page(write_report(folder)).page
    expect(page.locator("#subtitle")).to_contain_text("sites start by stages, crews and money not counted")
    edit_scenario(folder, lambda own: own.update(build_order="fast", works={"means": "at-hand"}))
    page = open_page(write_report(folder)).page
    expect(page.locator("#subtitle")).to_contain_text("build order fast, crews and money not counted")


def test_a_shortage_of_the_last_month_is_no_need_of_a_site(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", built="2028-06-01")
    rows = [row | {"first_breach": "no"} for row in read_csv(folder / "headroom.csv")]
    for row in rows[:-1]:
        row.update(peak="9", firm_headroom="5", peak_12_months="9")
    rows[-1]["first_breach"] = "yes"
    write_csv(folder / "headroom.csv", list(rows[0]), rows)
    write_csv(folder / "queue.csv", list(read_csv(folder / "queue.csv")[0]), [])
    page = open_page(write_report(folder)).page
    expect(page.locator(".breach")).to_contain_text("the peak may pass")
    expect(page.locator("#remedy")).not_to_contain_text("Plan a new site")


def test_a_shortage_that_lasts_needs_a_site_and_room_for_the_housing_that_waits(
    open_page: Open, tmp_path: Path
) -> None:
    folder = write_run(tmp_path / "run", built="2028-06-01")
    edit_table(folder, "headroom", relieved_by=lambda row: "")
    rows = read_csv(folder / "queue.csv")
    waits = [month for month in MONTHS if month >= "2026-08"]
    homes = [
        rows[0] | {"month": month, "development": "housing Gate 2026", "missing_site": ""} for month in waits
    ]
    write_csv(folder / "queue.csv", list(rows[0]), [row | {"missing_site": ""} for row in rows] + homes)
    (breach,) = breaches(Folder(folder))
    assert breach["housing_from"] == "2026-08"
    page = open_page(write_report(folder)).page
    expect(page.locator("#remedy")).to_contain_text(
        "Plan a new site for Old by October 2026: at least 5.7 MW. New housing waits for it from August 2026"
    )


def test_start_by_counts_what_a_site_requires_first(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit_scenario(folder, lambda own: own["sites"]["SS1"].update(requires=["W1"]))
    edit_scenario(folder, lambda own: own["sites"]["W1"].update(build_months=8.0))
    page = open_page(write_report(folder)).page
    expect(page.locator("#remedy")).to_contain_text("Start SS1 (North, 14 bn KZT) by 1 Apr 2026")
    expect(page.locator("#remedy")).to_contain_text(
        "Before that, start W1, which it requires, by 1 Feb 2026."
    )
    # what has to start before the run begins cannot be met by starting the site itself
    edit_scenario(folder, lambda own: own["sites"]["W1"].update(build_months=24.0))
    page = open_page(write_report(folder)).page
    expect(page.locator("#remedy")).not_to_contain_text("Start SS1 (North, 14 bn KZT) by")


def test_the_queue_names_the_sites_that_its_own_rows_name(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit_table(folder, "queue", missing_site=lambda row: "W1" if row["capacity_name"] == "Old" else "")
    edit_table(folder, "sites", commissioned=lambda row: row["commissioned"] or "2027-06-01")
    page = open_page(write_report(folder)).page
    row = page.locator("#queue-table tr", has_text="Mill").locator("td").last
    page.locator("#month").fill("8")
    expect(row).to_have_text("W1")


def test_a_difference_below_what_is_printed_is_none(open_page: Open, tmp_path: Path) -> None:
    folder = write_comparison(tmp_path / "compared")
    about = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    first, second = about["plans"]
    rows = read_csv(folder / "metrics.csv")
    capex = next(row for row in rows if row["metric"] == "capex_bn_kzt")
    capex.update({first: "17.5", second: "17.5000001"})
    write_csv(folder / "metrics.csv", list(rows[0]), rows)
    page = open_page(write_report(folder)).page
    row = page.locator("#plans-table tr", has_text="17.5").first
    expect(row.locator("td .quiet")).to_have_count(0)
    expect(row.locator("td.best")).to_have_count(0)


def test_nobody_who_waits_is_left_out_of_the_queue(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    mill = read_csv(folder / "developments.csv")[0]
    rows = [mill | {"development": f"P{i}", "name": f"Mill {i}"} for i in range(50)]
    write_csv(folder / "developments.csv", list(mill), rows)
    page = open_page(write_report(folder)).page
    page.locator("#month").fill("8")
    expect(page.locator("#queue-table tbody tr")).to_have_count(6)
    rest = page.locator("#queue-rest")
    expect(rest.locator("summary")).to_have_text("Show 44 more")
    expect(rest.locator("tbody tr")).to_have_count(44)

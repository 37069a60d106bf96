"""Pages of comparisons and sweeps, in a real browser."""

import csv
import io
import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import Open
from tests.report.folders import NASTY, write_comparison, write_run, write_sweep
from tests.report.test_browser import scroll_through
from tests.serve.test_server import serving
from twin.report import write_report


def test_a_comparison_names_the_best_plan_and_where_cities_differ(open_page: Open, tmp_path: Path) -> None:
    watched = open_page(write_report(write_comparison(tmp_path / "plans")))
    page = watched.page
    expect(page.locator("#headline")).to_have_text("roadmap does best on jobs delayed: 900 job-months.")
    expect(page.locator("#remedy")).to_contain_text("most often the best (100% of them)")
    expect(page.locator("#breaches-table tbody tr")).to_have_count(1)
    scroll_through(page)
    expect(page.locator("#month-label")).to_have_text("July 2027")  # the first month that differs
    page.locator("#month").fill("5")
    before = page.locator("#panel").text_content()
    page.locator("#month").fill("19")
    assert page.locator("#panel").text_content() != before
    page.locator("#panel .chip").first.click()
    expect(page.locator("#opened")).to_contain_text("roadmap:")
    _no_barrier(page)
    assert watched.complaints == []
    assert len(watched.requests) == 1


def test_a_comparison_says_why_one_plan_costs_more_and_where_cities_part(
    open_page: Open, tmp_path: Path
) -> None:
    folder = write_comparison(tmp_path / "plans")
    for number, run in enumerate(sorted((folder / "runs").iterdir(), reverse=True)):
        file = run / "metrics.json"
        costs = {"plan_cost_bn_kzt": 12.0 - 2.0 * number, "npv_bn_kzt": -9.0}
        file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | costs), encoding="utf-8")
    watched = open_page(write_report(folder))
    page = watched.page
    scroll_through(page)
    expect(page.locator("#parting")).to_contain_text("The cities part in July 2027: SS1 is in service 1 Jul")
    expect(page.locator("#why-difference")).to_contain_text("2 bn KZT")
    lost = page.locator('#why-table [data-kind="lost"]')
    expect(lost).to_contain_text("for want of SS1: 400 MWh of electricity not served, Jul 2027 to Oct 2027")
    amounts = [
        float(cell.inner_text().replace("\u2212", "-"))
        for cell in page.locator("#why-table tr td:last-child").all()
    ]
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=0.01)
    expect(page.locator("#dates-chart .chart")).to_have_attribute("data-drawn", "yes")
    expect(page.locator("#dates-chart .shapelayer path")).to_have_count(1)
    assert watched.complaints == []


def test_a_sweep_shows_checks_spread_bands_and_drivers(open_page: Open, tmp_path: Path) -> None:
    watched = open_page(write_report(write_sweep(tmp_path / "sweep")))
    page = watched.page
    expect(page.locator("#headline")).to_have_text("1 of 2 checks fail over 16 runs.")
    expect(page.locator("#without-table")).to_contain_text(NASTY)
    scroll_through(page)
    expect(page.locator(".chart")).to_have_count(3)
    page.locator("#language").select_option("kk")
    expect(page.locator("#checks h2")).to_have_text("Тексерулер")
    _no_barrier(page)
    assert watched.complaints == []


def test_a_page_makes_pictures_and_tables_without_a_server(open_page: Open, tmp_path: Path) -> None:
    watched = open_page(write_report(write_comparison(tmp_path / "plans")))
    page = watched.page
    page.locator("#files summary").click()
    for ending, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.locator("#files [data-figure]").first.get_by_role("button", name=ending).click()
        assert download.value.suggested_filename.endswith(f".{ending.lower()}")
        assert download.value.path().read_bytes().startswith(begins)
    with page.expect_download() as download:
        page.locator('#files [data-table="plans-table"] button').click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert len(rows[0]) == 3
    assert any("900" in row[1] for row in rows)
    expect(page.locator("#files-served a")).to_have_count(0)
    _no_barrier(page)
    assert watched.complaints == []
    assert len([own for own in watched.requests if own.startswith(("http", "file"))]) == 1


def test_a_sweep_without_checks_leaves_them_out(open_page: Open, tmp_path: Path) -> None:
    watched = open_page(write_report(write_sweep(tmp_path / "sweep", checks=False)))
    expect(watched.page.locator("#checks")).to_have_count(0)
    assert watched.complaints == []


def test_the_server_lists_compares_and_opens(open_page: Open, tmp_path: Path) -> None:
    write_run(tmp_path / "early")
    write_run(tmp_path / "late", built="2027-11-01")
    with serving(tmp_path) as address:
        watched = open_page(address)
        page = watched.page
        expect(page.locator("#shelf tbody tr")).to_have_count(2)
        expect(page.locator("#shelf")).to_contain_text("Old falls short first, in October 2026")
        _no_barrier(page)
        for box in page.locator("#shelf input").all():
            box.check()
        page.locator("#compare").click()
        expect(page.locator("#headline")).to_contain_text("early does best on jobs delayed")
        page.go_back()
        page.locator("#shelf a", has_text="late").click()
        expect(page.locator("#headline")).to_contain_text("Old (substation) is the first to fall short")
        assert watched.complaints == []
        assert all(request.startswith(address) for request in watched.requests)


def _no_barrier(page: object) -> None:
    found = Axe().run(page).response["violations"]  # type: ignore[arg-type]
    assert [own["id"] for own in found if own["impact"] in ("serious", "critical")] == []

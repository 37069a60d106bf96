"""What a planner does with the board, in a real browser."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import Open, Watched
from tests.orders_town import write_orders_town
from tests.serve.conftest import free_port, serving

pytestmark = pytest.mark.xdist_group("board")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    town = write_orders_town(tmp_path_factory.mktemp("pristine") / "town")
    text = (town / "scenario.yaml").read_text(encoding="utf-8")
    (town / "scenario.yaml").write_text(text.replace("end: 2027-01-01", "end: 2028-01-01"), "utf-8")
    return town


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "town")
    return tmp_path / "town"


@pytest.fixture
def address(town: Path, tmp_path: Path) -> Iterator[str]:
    with serving(town, "--results", str(tmp_path / "results")) as address:
        yield address


def opened(open_page: Open, address: str, **look: object) -> Watched:
    watched: Watched = open_page(address, **look)
    answered(watched.page)
    return watched


def answered(page: Page) -> None:
    """Wait until the city has answered what is shown."""
    expect(page.locator("#change .mark")).to_have_count(0, timeout=120_000)
    expect(page.locator("#asking progress")).to_have_count(0, timeout=120_000)


def drag(page: Page, site: str, months: int) -> None:
    bar = page.locator(f'.bar[data-site="{site}"]')
    bar.scroll_into_view_if_needed()
    box, track = bar.bounding_box(), page.locator(".site .track").first.bounding_box()
    assert box and track
    x, y, by = box["x"] + 4, box["y"] + box["height"] / 2, months * track["width"] / 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y)
    page.mouse.move(x + by, y)
    page.mouse.up()


def figures(page: Page) -> dict[str, str]:
    rows = page.locator("#money-table tbody tr").all()
    return {str(row.get_attribute("data-metric")): row.locator("td").first.inner_text() for row in rows}


def run(command: str, out: Path) -> dict[str, float]:
    words = [sys.executable, "-m", *shlex.split(command), "--out", str(out)]
    subprocess.run(words, check=True, capture_output=True)
    return dict(json.loads((out / "metrics.json").read_text(encoding="utf-8")))


def test_a_site_is_dragged_and_the_city_answers_with_what_changes(
    open_page: Open, address: str, tmp_path: Path, town: Path
) -> None:
    watched = opened(open_page, address)
    page = watched.page
    before = {path.name: path.read_bytes() for path in town.glob("*.*")}
    planned, queued = figures(page), page.locator("#queue-answer").inner_text()
    drag(page, "BIG", 12)
    answered(page)
    expect(page.locator("#variant")).to_have_value("variant-1")
    expect(page.locator('[data-metric="jobs_delayed_job_months"] .bad')).to_be_visible()
    expect(page.locator("#months-change")).to_have_text("12 more months short, over all capacities.")
    expect(page.locator("#queue-answer")).not_to_have_text(queued)
    late = figures(page)
    assert late["jobs_delayed_job_months"] != planned["jobs_delayed_job_months"]
    expect(page.locator('.bar[data-site="BIG"]')).to_have_attribute(
        "aria-valuetext", "BIG starts 1 May 2027, 4 months"
    )

    page.locator("#undo").click()
    answered(page)
    assert figures(page) == planned
    page.locator("#redo").click()
    answered(page)
    assert figures(page) == late

    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    answered(page)
    assert figures(page) == late
    expect(page.locator("#undo")).to_be_enabled()

    page.locator("#order-name").fill("later")
    page.locator("#keep-order button").click()
    by_variant = run(page.locator("#command").inner_text(), tmp_path / "one")
    by_order = run(page.locator("#order-command").inner_text(), tmp_path / "two")
    assert by_variant == by_order
    assert f"{by_variant['jobs_delayed_job_months']:,.0f}" == late["jobs_delayed_job_months"]
    assert watched.complaints == []
    page.locator("#keep-order button").click()
    expect(page.locator("#kept .bad")).to_contain_text("is there already")

    assert {path.name: path.read_bytes() for path in town.glob("*.*")} == before
    assert all(request.startswith(address) for request in watched.requests)


def test_a_bar_that_is_dragged_is_kept_while_an_answer_is_drawn(open_page: Open, address: str) -> None:
    page = opened(open_page, address).page
    bar = page.locator('.bar[data-site="BIG"]')
    box, track = bar.bounding_box(), page.locator(".site .track").first.bounding_box()
    assert box and track
    x, y = box["x"] + 4, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y)
    page.evaluate("drawBoard()")
    page.mouse.move(x + 2 * track["width"] / 20, y)
    page.mouse.up()
    expect(bar).to_have_attribute("aria-valuetext", "BIG starts 1 Jul 2026, 4 months")
    answered(page)


def test_why_it_falls_short_is_a_click_away_and_is_there_after_a_reload(
    open_page: Open, address: str
) -> None:
    page = opened(open_page, address).page
    expect(page.locator("#first-why")).to_contain_text("Ended by BIG")
    drag(page, "BIG", 6)
    expect(page.locator("#variant")).to_have_value("variant-1")
    answered(page)
    row = page.locator('details[data-capacity="Town"]')
    expect(row.locator("dl")).to_be_hidden()
    row.locator("summary").click()
    expect(row.locator("dl")).to_contain_text("can be relied on")
    expect(row.locator("dl")).to_contain_text("BIG")
    expect(page.locator("#compared-table")).not_to_contain_text("not run")
    told = page.locator("#compared-table").text_content() or ""
    page.locator("#variant").select_option("")  # what is shown after a reload is not the variant
    page.locator("#as-one-goes").uncheck()
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    expect(page.locator("#compared-table")).to_have_text(told, timeout=60_000)


def test_no_bar_is_moved_before_the_run_begins(open_page: Open, address: str) -> None:
    page = opened(open_page, address).page
    bar = page.locator('.bar[data-site="BIG"]')
    for _ in range(2):
        bar.press("PageUp")
        expect(bar).to_have_attribute("aria-valuetext", "BIG starts 1 May 2027, 4 months")
        bar.press("PageDown")
        bar.press("PageDown")
        expect(bar).to_have_attribute("aria-valuetext", "BIG starts 1 May 2026, 4 months")


def test_what_is_not_built_is_said_beside_the_cost(open_page: Open, address: str) -> None:
    page = opened(open_page, address).page
    page.locator('.bar[data-site="SMALL"]').press("Delete")
    expect(page.locator("#unbuilt")).to_have_text(
        " Not in service by the end, but in As planned: SMALL.", timeout=60_000
    )


def test_the_keyboard_alone_is_enough(open_page: Open, address: str) -> None:
    page = opened(open_page, address).page
    bar = page.locator('.bar[data-site="BIG"]')
    bar.focus()
    for key, said in (
        ("PageUp", "BIG starts 1 May 2027, 4 months"),
        ("ArrowLeft", "BIG starts 1 Apr 2027, 4 months"),
        ("Shift+ArrowRight", "BIG starts 1 Apr 2027, 4 months, 1 month longer"),
        ("Delete", "BIG is not built"),
        ("Control+z", "BIG starts 1 Apr 2027, 4 months, 1 month longer"),
        ("Control+y", "BIG is not built"),
    ):
        page.keyboard.press(key)
        expect(bar).to_have_attribute("aria-valuetext", said)
        expect(bar).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".bar").first).to_have_attribute("data-site", "SMALL")
    expect(bar).to_be_focused()


def test_switches_and_any_other_key_change_the_city(open_page: Open, address: str, town: Path) -> None:
    page = opened(open_page, address).page
    page.locator('[data-key="connection"]').select_option("on request, room or not")
    expect(page.locator("#queue-waited strong")).to_have_class("good")
    page.locator("#other-key").fill("sites.BIG.cost_bn_kzt")
    page.locator("#other-key").dispatch_event("change")
    expect(page.locator("#other-value")).to_have_value("4")
    page.locator("#other-value").fill("8")
    page.locator("#other button").click()
    expect(page.locator("#set-list")).to_contain_text("sites.BIG.cost_bn_kzt = 8")
    answered(page)
    expect(page.locator('[data-metric="capex_bn_kzt"] .bad')).to_have_text("+4.0")
    page.locator("#other-key").fill("BIG price")
    page.locator("#other-value").fill("9")
    page.locator("#other button").click()
    expect(page.locator("#banner")).to_contain_text("There is no key “BIG price”")
    page.locator("#other-key").fill("sites.BIG.colour")
    page.locator("#other-value").fill("red")
    page.locator("#other button").click()
    expect(page.locator("#problems")).to_contain_text("unknown key sites.BIG.colour")
    text = (town / "variants" / "variant-1.yaml").read_text(encoding="utf-8")
    assert "connection: on-request" in text


def test_other_futures_are_looked_at_in_the_background(open_page: Open, address: str) -> None:
    page = opened(open_page, address).page
    drag(page, "BIG", 6)
    answered(page)
    expect(page.locator("#change")).to_contain_text(
        "Cost of the plan, lost service included: \u22120.067 bn KZT"
    )
    page.locator("#ask-futures").click()
    row = page.locator('[data-band="service_cost_bn_kzt"] td')
    expect(row.last).to_have_text("0%", timeout=180_000)
    expect(row.first).to_contain_text(" to ")
    drag(page, "BIG", 1)
    expect(page.locator("#ask-futures")).to_be_visible()  # they were of another variant


def test_what_is_known_before_the_city_is_asked_is_marked(open_page: Open, address: str) -> None:
    page = opened(open_page, address).page
    while not page.request.get(f"{address}state.json").json()["provisional"]["headroom"]:
        page.wait_for_timeout(100)  # the networks' ratings are told after the first answer
    page.locator("#as-one-goes").uncheck()
    drag(page, "BIG", 6)
    expect(page.locator("#headline")).to_contain_text(
        "Provisional: by the demand as planned, Town is the first"
    )
    expect(page.locator("#months-change")).to_contain_text("6 more months short")
    expect(page.locator("#capacities-mark")).to_be_visible()
    expect(page.locator('[data-capacity="Town"] strong')).to_have_text("+6")
    expect(page.locator('[data-metric="capex_bn_kzt"] td').first).to_have_text("5.0")
    expect(page.locator('[data-metric="plan_cost_bn_kzt"]')).to_have_count(0)
    page.locator("#by-year summary").click()
    below = page.locator("#bands").bounding_box()
    table = page.locator("#years-table").bounding_box()
    assert below and table
    assert table["y"] + table["height"] <= below["y"]
    paid = page.locator('[data-year="2026"] td')
    expect(paid.nth(1)).to_contain_text("\u2212")  # less is built in the first year
    page.locator("#run").click()
    answered(page)
    expect(page.locator("#capacities-mark, #money-mark")).to_have_count(2)
    for mark in page.locator("#capacities-mark, #money-mark").all():
        expect(mark).to_be_hidden()
    expect(page.locator('[data-metric="plan_cost_bn_kzt"]')).to_have_count(1)


def test_variants_are_ranked_under_the_same_futures(open_page: Open, address: str) -> None:
    page = opened(open_page, address).page
    for number in (1, 2):
        drag(page, "BIG", 4)
        expect(page.locator("#variant")).to_have_value(f"variant-{number}")
        answered(page)
        page.locator("#copy").click()
        expect(page.locator("#variant")).to_have_value(f"variant-{number + 1}")
        answered(page)
    page.locator("#rank-all").click()
    expect(page.locator("#verdict-band")).to_contain_text("Over 8 drawn futures", timeout=300_000)
    expect(page.locator("#ranked-by")).to_contain_text("over 8 drawn futures, the same for all")
    rows = page.locator("#compared-table tbody tr")
    expect(rows).to_have_count(4)
    shares = [int(row.locator('[data-rank="best"]').inner_text().strip("%")) for row in rows.all()]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) >= 99
    expect(rows.first.locator('[data-rank="regret_mean"]')).to_have_text(re.compile(r"[0-9.]+"))
    page.locator("#undo").click()  # another variant now: what was ranked is of what was before
    expect(page.locator("#verdict-band")).to_have_count(0)


def test_the_map_and_the_files_of_a_variant_are_on_the_board(open_page: Open, address: str) -> None:
    watched = opened(open_page, address, language="ru-RU")
    page = watched.page
    page.locator("#place summary").click()
    inner = page.frame_locator("#place iframe")
    expect(inner.locator("#map-view canvas, #map-view svg").first).to_be_visible(timeout=60_000)
    expect(inner.locator("#headroom")).to_be_hidden()
    expect(inner.locator("html")).to_have_attribute("lang", "ru")
    before = page.locator("#place iframe").get_attribute("src")
    with page.expect_download() as download:
        page.locator("#answer-files a").first.click()
    assert download.value.suggested_filename == "tables.xlsx"
    drag(page, "BIG", 6)
    answered(page)
    expect(page.locator("#place iframe")).not_to_have_attribute("src", str(before))
    expect(inner.locator("#map-view canvas, #map-view svg").first).to_be_visible(timeout=60_000)
    assert all(request.startswith((address, "data:", "blob:")) for request in watched.requests)


def test_two_tabs_do_not_overwrite_each_other(open_page: Open, address: str, town: Path) -> None:
    one = opened(open_page, address).page
    drag(one, "BIG", 2)
    answered(one)
    other = open_page(address).page
    other.locator("#variant").select_option("variant-1")
    other.locator("#variant-note").fill("from the other tab")
    other.locator("#variant-note").blur()
    expect(other.locator('#variant option[value="variant-1"]')).to_have_count(1)
    other.wait_for_timeout(500)
    one.evaluate("document.querySelector('#variant-name').value = 'Mine'")
    one.locator("#variant-name").dispatch_event("change")
    expect(one.locator("#banner")).to_contain_text("Another tab has changed this variant")
    expect(one.locator("#variant")).to_have_value("variant-2")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (town / "variants").glob("*.yaml")}
    assert "from the other tab" in texts["variant-1"]
    assert "Mine" in texts["variant-2"]


def test_a_variant_that_is_removed_can_be_put_back(open_page: Open, address: str, town: Path) -> None:
    page = opened(open_page, address).page
    expect(page.locator("#remove")).to_be_disabled()  # what is planned stays
    drag(page, "BIG", 3)
    expect(page.locator("#variant")).to_have_value("variant-1")
    answered(page)
    late, other = figures(page), open_page(address).page
    expect(other.locator("#variant option")).to_have_count(2)
    page.locator("#remove").click()
    expect(page.locator("#banner")).to_contain_text("“Variant 1” is removed.")
    expect(page.locator("#variant option")).to_have_count(1)
    answered(page)
    assert not list((town / "variants").glob("*.yaml"))
    other.evaluate("dispatchEvent(new Event('focus'))")  # another tab sees it when it is looked at
    expect(other.locator("#variant option")).to_have_count(1)
    page.locator("#put-back").click()
    expect(page.locator("#variant")).to_have_value("variant-1")
    expect(page.locator("#banner")).to_be_hidden()
    answered(page)
    assert figures(page) == late


def test_a_server_that_is_killed_loses_nothing(open_page: Open, town: Path, tmp_path: Path) -> None:
    port = free_port()
    with serving(town, "--results", str(tmp_path / "results"), port=port) as address:
        watched = opened(open_page, address)
        drag(watched.page, "BIG", 2)
        expect(watched.page.locator("#variant")).to_have_value("variant-1")
        answered(watched.page)
    drag(watched.page, "SMALL", 3)
    expect(watched.page.locator("#banner")).to_contain_text("The server does not answer")
    with serving(town, "--results", str(tmp_path / "results"), port=port) as again:
        page = watched.page
        page.goto(again)  # the address has another secret; what was not written is written now
        page.wait_for_selector("html[data-ready=yes]")
        bar = page.locator('.bar[data-site="SMALL"]')
        expect(bar).to_have_attribute("aria-valuetext", "SMALL starts 1 Aug 2026, 3 months")
        answered(page)
    text = (town / "variants" / "variant-1.yaml").read_text(encoding="utf-8")
    assert re.search(r"SMALL:\n\s+start: '2026-08-01'", text)


@pytest.mark.parametrize(("width", "scheme", "language"), [(390, "dark", "kk-KZ"), (1440, "light", "ru-RU")])
def test_no_serious_barrier_and_nothing_wider_than_the_screen(
    open_page: Open, address: str, width: int, scheme: str, language: str
) -> None:
    page = opened(open_page, address, width=width, scheme=scheme, language=language).page
    drag(page, "BIG", 6)
    answered(page)
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

"""The map as a place, in a real browser: land, scale, arrows, finding, and an address that leads back."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import Open
from tests.report.folders import edit_scenario, write_run
from twin.report import write_report

LAND = [
    {
        "kind": "river",
        "name": "Ili",
        "filled": False,
        "parts": [[[77.0, 43.38], [77.05, 43.42], [77.1, 43.46]]],
    },
    {
        "kind": "outline",
        "name": "Gate",
        "filled": True,
        "parts": [[[76.99, 43.39], [77.02, 43.39], [77.02, 43.41]]],
    },
    {"kind": "place", "name": '<b id="bad">Almaty</b>', "filled": False, "parts": [[[77.04, 43.4]]]},
]
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""A frame has passed: the map is drawn once a frame."""
NAMES = {"Gate": {"ru": "Гейт"}, "North": {"ru": "Север"}, "Ili": {"ru": "Или"}, "Old": {"ru": "Старая"}}


@pytest.fixture(scope="module")
def land_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("land") / "run")

    def change(own: dict[str, Any]) -> None:
        own.update(background=LAND, names=NAMES)

    edit_scenario(folder, change)
    return write_report(folder)


def test_land_lies_beneath_the_networks_with_its_names(open_page: Open, land_page: Path) -> None:
    watched = open_page(land_page)
    page = watched.page
    expect(page.locator("#map .land.river")).to_have_count(1)
    expect(page.locator("#map .land.outline")).to_have_count(1)
    expect(page.locator("#map .land-name", has_text="Ili")).to_have_count(1)
    # of two districts one has an outline; the other is a circle of its area
    expect(page.locator("#map .districts circle:not(.land)")).to_have_count(1)
    first = page.evaluate("document.querySelector('#map').firstElementChild.className.baseVal")
    assert first == "districts"
    assert page.locator("#bad").count() == 0
    assert watched.complaints == []


def test_the_scale_is_a_round_length_of_the_right_width(open_page: Open, land_page: Path) -> None:
    page = open_page(land_page).page
    for _ in range(3):
        wide = page.evaluate("document.querySelector('#map .scale').getBBox().width")
        said, unit = (page.locator("#map .scale-length").text_content() or "").split()
        km = float(said) / (1000.0 if unit == "m" else 1.0)
        # from Gate's centre to the other district's, in degrees of latitude
        per_km = page.evaluate("(A.districts[1].y - A.districts[0].y) * view.scale * view.k / (111.2 * 0.08)")
        assert wide == pytest.approx(km * per_km, abs=1.0)
        assert 30.0 < wide < 111.0
        page.locator("#zoom-in").click()
        page.evaluate(DRAWN)


def test_labels_do_not_lie_on_each_other_at_any_zoom(open_page: Open, land_page: Path) -> None:
    page = open_page(land_page).page
    boxes = """[...document.querySelectorAll('#map text')].filter(t => t.getBoundingClientRect().width)
        .map(t => { const b = t.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"""
    for _ in range(5):
        found = page.evaluate(boxes)
        assert len(found) >= 2
        for i, a in enumerate(found):
            for b in found[:i]:
                assert a[0] >= b[2] - 2 or b[0] >= a[2] - 2 or a[1] >= b[3] - 6 or b[1] >= a[3] - 6
        page.locator("#zoom-in").click()
        page.evaluate(DRAWN)


@pytest.mark.parametrize(("wanted", "x"), [("Ili", 0.5), ("Gate", None), ("SS1 North", None)])
def test_places_and_sites_are_found_by_name(
    open_page: Open, land_page: Path, wanted: str, x: float | None
) -> None:
    page = open_page(land_page).page
    before = page.evaluate("[view.x, view.y, view.k]")
    page.locator("#find").fill(wanted)
    page.keyboard.press("Enter")
    expect(page.locator("#find-none")).to_have_text("")
    assert page.evaluate("[view.x, view.y, view.k]") != before


def test_the_address_leads_to_an_asset_and_a_month(open_page: Open, land_page: Path) -> None:
    page = open_page(land_page).page
    page.locator("#find").fill("power/T-1")
    page.keyboard.press("Enter")
    page.locator("#month").fill("4")
    expect(page).to_have_url(re.compile("#asset=power/T-1&month=2026-05$"))
    address = page.url
    label = page.locator("#month-label").inner_text()
    again = open_page(address).page
    expect(again.locator("#opened")).to_have_text("T-1")
    expect(again.locator("#month-label")).to_have_text(label)
    again.evaluate("location.hash = '#asset=water/J-1&month=2027-03'")
    expect(again.locator("#opened")).to_have_text("J-1")
    expect(again.locator("#month-label")).to_have_text("March 2027")
    again.evaluate("location.hash = '#asset=nothing&month=1900-01'")
    expect(again.locator("#opened")).to_have_text("J-1")


def test_names_are_told_in_the_readers_language_and_others_as_they_are(
    open_page: Open, land_page: Path
) -> None:
    watched = open_page(land_page, language="ru-RU")
    page = watched.page
    expect(page.locator("#headline")).to_contain_text("Старая")
    expect(page.locator("#map .place", has_text="Гейт")).to_have_count(1)
    expect(page.locator("#map .land-name", has_text="Или")).to_have_count(1)
    expect(page.locator("#headroom-grid")).to_contain_text("Старая")
    page.locator("#language").select_option("kk")
    expect(page.locator("#headline")).to_contain_text("Old")
    page.locator("#language").select_option("en")
    expect(page.locator("#map .place", has_text="Gate")).to_have_count(1)
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("language", "forms", "told"),
    [
        (
            "en-US",
            ["month", "months"],
            {"1": "month", "2": "months", "0": "months", "1,001": "months", "1.5": "months"},
        ),
        (
            "ru-RU",
            ["a", "b", "c"],
            {"1": "a", "21": "a", "3": "b", "5": "c", "11": "c", "1 001": "a", "1,5": "b"},
        ),
        ("kk-KZ", ["ай"], {"1": "ай", "5": "ай"}),
    ],
)
def test_a_count_takes_the_form_that_its_language_has(
    open_page: Open, land_page: Path, language: str, forms: list[str], told: dict[str, str]
) -> None:
    page = open_page(land_page, language=language).page
    found = {number: page.evaluate("([n, f]) => formOf(n, f)", [number, forms]) for number in told}
    assert found == told

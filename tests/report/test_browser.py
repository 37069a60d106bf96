"""What a reader does with a run's page, in a real browser."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import Open
from tests.report.folders import edit_scenario, write_run
from twin.report import write_report
from twin.report.folder import Folder


def test_the_verdict_answers_what_when_how_much_and_what_would_help(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    expect(page.locator("#headline")).to_have_text(
        "Old (substation) is the first to fall short, in October 2026."
    )
    remedy = page.locator("#remedy")
    expect(remedy).to_contain_text("Demand is 15.6ᴬ MW; 15.5 MW can be relied on if T-1 fails.")
    expect(remedy).to_contain_text("It ends in July 2027 with site SS1 North (14 bn KZT).")
    expect(remedy).to_contain_text(
        "3 months later than planned (April 2027): works took 2 months longer than planned"
    )
    expect(remedy).to_contain_text("1,235 MWh of electricity not served")
    expect(remedy).to_contain_text("Investors wait for it from June 2026 on.")
    expect(remedy).to_contain_text(
        "Start SS1 (North, 14 bn KZT) by 1 Apr 2026, not on 1 Aug 2026: with its planned 6"
    )
    card = page.locator(".breach")
    expect(card).to_contain_text("Service is lost")
    expect(card).to_contain_text("Oct 2026 – Jun 2027 (9 months)")
    expect(card).to_contain_text("3.3 MW too little in Jun 2027; 15.5 MW can be relied on")
    expect(card).to_contain_text(
        "900 MWh of electricity not served and waiting investors: 1, from Jun 2026 on, 3,900 job-months"
    )
    expect(card).to_contain_text("start SS1 by 1 Apr 2026, if works take the planned 6 months")
    expect(card).to_contain_text("by 15 Jan 2026, to be in time nine times in ten")


def test_the_cost_of_the_run_is_told_with_its_parts(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    metrics |= {f"service_cost_{part}_bn_kzt": cost for part, cost in (("jobs", 3.0), ("energy", 0.5))}
    metrics["service_cost_bn_kzt"] = 3.5
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    page = open_page(write_report(folder)).page
    said = "3 for delayed jobs, 0.5 for electricity not served"
    expect(page.locator("#remedy")).to_contain_text("Service not given costs 3.5 bn KZT over the run")
    expect(page.locator("#remedy")).to_contain_text(said)
    expect(page.locator(".tile").first).to_contain_text(said)


def test_a_page_says_what_tells_its_run_from_others(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", name="Town")
    edit_scenario(folder, lambda own: own.update(build_order="roadmap"))
    edit_scenario(folder, lambda own: own["sites"]["SS1"].update(slip_months=2.0))
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["overrides"] = ["build_order=roadmap", "sites.SS1.slip_months=2", "demand.coincidence=0.7"]
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    page = open_page(write_report(folder)).page
    expect(page.locator("header .name")).to_have_text("Town: roadmap")
    expect(page.locator("#subtitle")).to_have_text(
        "1 Jan 2026 – 1 Jan 2028 · build order roadmap, crews and money counted · connected on request "
        "· representative days · the planned future · works longer than planned: SS1 +2 months "
        "· set: demand.coincidence=0.7"
    )


def test_a_site_that_was_planned_in_time_prevents_by_keeping_to_the_plan(
    open_page: Open, tmp_path: Path
) -> None:
    folder = write_run(tmp_path / "run")
    sites = (folder / "sites.csv").read_text(encoding="utf-8")
    (folder / "sites.csv").write_text(sites.replace("2027-04-01", "2026-06-01"), encoding="utf-8")
    page = open_page(write_report(folder)).page
    remedy = page.locator("#remedy")
    expect(remedy).to_contain_text(
        "Keep SS1 North to its plan (June 2026): it is then in service before Old falls"
    )
    expect(remedy).not_to_contain_text("Start SS1")
    expect(page.locator(".breach")).to_contain_text("keep to the planned dates: SS1 in service by Jun 2026")


def test_the_headline_tells_what_is_short_from_the_start(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    said = page.evaluate("headline([{ capacity: 'Wells', kind: 'source', state: 'lost', month: MONTHS[0] }])")
    assert said == "Wells (water source) is already short when the run begins, in January 2026."
    said = page.evaluate(
        "headline([{ capacity: 'Wells', kind: 'source', state: 'reserve', month: MONTHS[3] }])"
    )
    assert (
        said == "Nothing is lost yet, but Wells (water source) is the first without reserve, in April 2026."
    )


def test_no_complaint_and_no_request_leaves_the_page(open_page: Open, run_page: Path) -> None:
    watched = open_page(run_page)
    scroll_through(watched.page)
    expect(watched.page.locator(".chart:not([data-drawn])")).to_have_count(0)
    assert watched.complaints == []
    assert watched.requests == [run_page.as_uri()]


def test_the_slider_moves_every_view(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    scroll_through(page)
    watched = {
        "label": "document.getElementById('month-label').textContent",
        "map": "[...document.querySelectorAll('#map [data-asset]')].map(e => e.getAttribute('class')).join()",
        "list": "document.getElementById('panel').textContent",
        "year": "document.querySelector('#headroom-grid .now').textContent",
        "supply": "document.querySelector('#supply .cursor').style.left",
        "calendar": "document.getElementById('calendar-readout').textContent",
        "queue": "document.getElementById('queue-readout').textContent",
        "money": "document.getElementById('money-readout').textContent",
        "chains": "[...document.querySelectorAll('.chain > li')].map(e => e.className).join()",
    }
    page.locator("#month").fill("4")
    before = {name: page.evaluate(script) for name, script in watched.items()}
    page.locator("#month").fill("12")
    after = {name: page.evaluate(script) for name, script in watched.items()}
    assert [name for name in watched if before[name] == after[name]] == []
    assert after["label"] == "January 2027"


def test_an_asset_opens_its_history_limits_and_what_it_feeds(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    page.locator("#map [data-asset='2']").click(force=True)
    panel = page.locator("#panel")
    expect(panel.locator("h3")).to_have_text("T-1")
    expect(panel).to_contain_text("Replaced by site")
    expect(panel).to_contain_text("Gate (1)")
    expect(panel.locator("button", has_text="PU-1")).to_be_visible()
    expect(panel.locator(".chart[data-drawn] .scatterlayer .trace")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(panel.locator("h3").first).to_contain_text("Short in")


def test_layers_toggle(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    water = page.locator("#map .of-water")
    expect(water.first).to_be_attached()
    page.locator("#layers input[value=water]").uncheck()
    expect(water).to_have_count(0)
    page.locator("#layers input[value=water]").check()
    expect(water.first).to_be_attached()


def test_the_keyboard_alone_is_enough(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    page.keyboard.press("Tab")
    expect(page.locator(".skip").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#month")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#month-label")).to_have_text("November 2026")
    page.keyboard.press("PageUp")
    expect(page.locator("#month-label")).to_have_text("November 2027")
    page.locator("#find").fill("nowhere")
    page.keyboard.press("Enter")
    expect(page.locator("#find-none")).to_have_text("No asset of that name.")
    page.locator("#find").fill("water/J-1")
    page.keyboard.press("Enter")
    expect(page.locator("#opened")).to_be_focused()
    page.locator("#headroom-grid tbody td button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#capacity h3")).to_have_text("Old")
    expect(page.locator("#month-label")).to_have_text("June 2027")


def test_three_headrooms_can_be_chosen(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    cell = page.locator("#headroom-grid tbody td button").first
    expect(cell).to_have_text("-6%")
    page.locator("input[value=intact]").check()
    expect(cell).to_have_text("88%")
    page.locator("input[value=committed]").check()
    expect(cell).to_have_text("-38%")


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("ru-RU", "Раньше всего мощности не хватит здесь: Old (подстанция) — октябрь 2026."),
        ("kk-KZ", "Қуат ең алдымен мына жерде жетпейді: Old (қосалқы станция) — 2026 ж. қазан."),
    ],
)
def test_the_page_speaks_the_readers_language(
    open_page: Open, run_page: Path, language: str, headline: str
) -> None:
    watched = open_page(run_page, language=language)
    expect(watched.page.locator("#headline")).to_have_text(headline)
    assert watched.page.evaluate("document.documentElement.lang") == language[:2]
    watched.page.locator("#language").select_option("en")
    expect(watched.page.locator("#headline")).to_contain_text("is the first to fall short")
    assert watched.complaints == []


def test_printing_draws_every_chart_that_was_not_scrolled_to(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    seen = "[...document.querySelectorAll('.chart')].filter((own) => own.clientWidth)"
    assert page.evaluate(f"{seen}.some((own) => !own.dataset.drawn)")
    page.emulate_media(media="print")
    for _ in range(100):  # the page's own policy lets nothing wait inside of it
        if page.evaluate(f"{seen}.every((own) => own.dataset.drawn)"):
            return
        page.wait_for_timeout(100)
    pytest.fail("charts are missing on paper")


def test_a_pdf_holds_every_chart(open_page: Open, run_page: Path) -> None:
    page = open_page(run_page).page
    seen = "[...document.querySelectorAll('.chart')].filter((own) => own.clientWidth)"
    whole = f"globalThis.drawn = {seen}.map((own) => own.dataset.drawn === 'yes')"
    # what is asked later is told later: by then the page has drawn itself for paper
    page.evaluate(f"addEventListener('beforeprint', () => {{ {whole}; }})")
    page.pdf()
    drawn = page.evaluate("globalThis.drawn")
    assert drawn
    assert all(drawn)


@pytest.mark.parametrize("status", ["unsolved", "unbalanced"])
def test_warnings_and_hours_without_a_solution_stand_on_top_with_their_count(
    open_page: Open, tmp_path: Path, status: str
) -> None:
    folder = write_run(tmp_path / "run", status=status)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    gap = {"network": "water", "hours": 16.0, "of": 24.0, "reason": "<b>no way</b>"}
    run |= {"warnings": ["w.inp:3: a rule is not used"], "unsolved": [gap], "ended_early": False}
    run["not_computed"] = {"water": "16 of 24 hours unsolved"}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    page = open_page(write_report(folder)).page
    expect(page.locator("#warnings summary")).to_have_text("Warnings: 2")
    expect(page.locator("#warnings li").first).to_contain_text(
        "Water: 16 of 24 hours had no solution. The first: <b>no way</b>"
    )
    expect(page.locator("#warnings li").nth(1)).to_have_text("w.inp:3: a rule is not used")
    expect(page.locator("#banner")).to_be_visible()


def test_a_run_that_ended_early_says_so_first(open_page: Open, tmp_path: Path) -> None:
    page = open_page(write_report(write_run(tmp_path / "run", status="unsolved"))).page
    expect(page.locator("#banner")).to_contain_text("voltage collapse")


def test_missing_tables_leave_out_their_views(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    for table in ("assets", "cashflow", "developments", "events", "headroom", "unserved"):
        (folder / f"{table}.csv").unlink()
    watched = open_page(write_report(folder))
    for view in ("map-view", "money", "queue", "chains", "headroom", "supply"):
        expect(watched.page.locator(f"#{view}")).to_have_count(0)
    expect(watched.page.locator("#calendar")).to_be_visible()
    expect(watched.page.locator("nav li:visible")).to_have_count(2)
    assert watched.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark"), (1920, "light")])
def test_no_serious_barrier_and_nothing_wider_than_the_screen(
    open_page: Open, run_page: Path, width: int, scheme: str
) -> None:
    page = open_page(run_page, width=width, scheme=scheme).page
    scroll_through(page)
    page.locator("#map [data-asset='2']").click(force=True)
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def scroll_through(page: Page) -> None:
    """Bring every chart into sight once, so that all are drawn."""
    page.evaluate("document.querySelectorAll('details').forEach(own => { own.open = true; })")
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", "yes")
    page.evaluate("scrollTo(0, 0)")


def test_tables_of_a_utility_are_shown_for_the_chosen_month(open_page: Open, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    columns = [
        {"name": name, "unit": "", "meaning": f"the {name}", "text": name != "lost_mw"}
        for name in ("month", "outage", "lost_mw")
    ]
    run["utilities"][0]["tables"] = [{"name": "outcomes", "meaning": "What was lost.", "columns": columns}]
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    first, second = Folder(folder).months[:2]
    rows = f"month,outage,lost_mw\n{first},L-1,1.5\n{second},L-2,2.5\n{second},L-3,\n"
    (folder / "outcomes.csv").write_text(rows, encoding="utf-8")
    page = open_page(write_report(folder)).page
    shown = page.locator("#study-outcomes")
    page.locator("#month").fill("1")
    expect(shown.locator("tbody tr")).to_have_count(2)
    expect(shown).to_contain_text("L-2")
    expect(shown).to_contain_text("2.5")
    page.locator("#month").fill("0")
    expect(shown.locator("tbody tr")).to_have_count(1)
    expect(shown).to_contain_text("L-1")
    page.locator("#month").fill("2")
    expect(page.locator("#study-outcomes-said")).to_have_text("Nothing in this month.")

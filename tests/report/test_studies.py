"""Tables that a page shows as they are: rows of the chosen month or year, sections that are there or not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import Open
from tests.report.folders import MONTHS, write_run
from twin.columns import Row
from twin.report import studies, write_report
from twin.report.folder import Folder
from twin.results.tables import AccessRow, FurtherDayRow, StandInRow

ROWS: tuple[Sequence[Row], ...] = (
    (
        AccessRow("2026", "Gate", "water", "pressure_m", "m", 7.0, 21.5),
        AccessRow("2027", "Gate", "water", "pressure_m", "m", 3.0, 18.25),
    ),
    (FurtherDayRow("2026-02", "cold", "power", "unserved_mwh", "transformer", "power/T-1", 12.5, "SS1"),),
    (
        StandInRow("2026-01", "water", "power", "Old", "MW", 1.75),
        StandInRow("2026-02", "water", "power", "Old", "MW", 2.5),
    ),
)
SECTIONS = ("access", "further_days", "stand_ins")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", tables=ROWS)


def test_rows_stand_by_month_and_by_year(folder: Path) -> None:
    found = {own["name"]: own for own in studies.studies(Folder(folder))}
    assert list(found) == list(SECTIONS)
    assert all(own["section"] == name for name, own in found.items())
    access, further, stand_ins = found.values()
    assert [access["periods"][at] for at in access["at"]] == [
        *[[["Gate", "water", "pressure_m", "m", 7.0, 21.5]]] * 12,
        *[[["Gate", "water", "pressure_m", "m", 3.0, 18.25]]] * 12,
    ]
    assert [len(further["periods"][at]) for at in further["at"]] == [0, 1, *[0] * 22]
    assert [stand_ins["periods"][at][0][-1] for at in stand_ins["at"][:2]] == [1.75, 2.5]
    assert len(stand_ins["at"]) == len(MONTHS)


def test_what_is_too_much_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "MOST_ROWS", 1)
    many = [StandInRow("2026-01", "water", "power", f"Old {i}", "MW", 1.0) for i in range(5)]
    found = studies.studies(Folder(write_run(folder.parent / "many", tables=(many,))))
    assert [(len(own["periods"][0]), own["left_out"][0]) for own in found] == [(1, 4)]


def test_a_run_without_such_tables_has_no_such_sections(open_page: Open, run_page: Path) -> None:
    watched = open_page(run_page)
    assert not watched.complaints
    for section in SECTIONS:
        expect(watched.page.locator(f"#{section}")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-US", ("What people reach", "Power", "MWh of electricity not served", "transformer")),
        ("ru-RU", ("Что доступно людям", "Электричество", "МВт·ч", "трансформатор")),
        ("kk-KZ", ("Адамдарға не қолжетімді", "Электр", "МВт·сағ", "трансформатор")),
    ],
)
def test_sections_follow_the_month_and_speak_the_page_s_language(
    language: str, said: Sequence[str], open_page: Open, folder: Path
) -> None:
    watched = open_page(write_report(folder), language=language)
    page: Any = watched.page
    page.locator("#month").fill("1")
    for details in page.locator("details.fold").all():
        details.evaluate("own => { own.open = true; }")
    title, network, lost, kind = said
    expect(page.locator("#access h2")).to_have_text(title)
    expect(page.locator("#study-access tbody tr")).to_contain_text(["21"])
    for text in (network, lost, kind, "SS1"):
        expect(page.locator("#study-further_days")).to_contain_text(text)
    expect(page.locator("#study-stand_ins tbody td.right")).to_have_text(
        ["2.5" if language == "en-US" else "2,5"]
    )
    page.locator("#month").fill("12")
    expect(page.locator("#study-access tbody tr")).to_contain_text(["18"])
    expect(page.locator("#study-further_days tbody tr")).to_have_count(0)
    assert not watched.complaints

"""Workbooks: every table of the folder, as its columns' kinds, and nothing that a spreadsheet runs."""

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.report.folders import NASTY, edit_table, write_run
from twin.cells import read_csv
from twin.report.exports import workbook as module
from twin.report.exports.headroom import in_a_name
from twin.report.exports.write import export


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("book") / "run")


def book(results: Path, file: Path) -> Any:
    export(results, {"--xlsx": file})
    return openpyxl.load_workbook(file)


def table(sheet: Any) -> list[dict[str, Any]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_every_table_is_a_sheet_with_the_same_numbers(results: Path, tmp_path: Path) -> None:
    own = book(results, tmp_path / "a.xlsx")
    files = {path.stem for path in results.glob("*.csv")}
    assert files | {"monthly", "metrics"} <= set(own.sheetnames)
    for name in files:
        written = read_csv(results / f"{name}.csv")
        sheet = table(own[name])
        assert len(sheet) == len(written)
        for row, cells in zip(written, sheet, strict=True):
            for text, value in zip(row.values(), cells.values(), strict=True):
                if isinstance(value, bool):
                    assert text == ("yes" if value else "no")
                elif isinstance(value, int | float):
                    assert float(text) == value
                elif isinstance(value, datetime):
                    assert value.isoformat() == f"{text}T00:00:00"
                else:
                    assert text == (value or "")


def test_headers_are_frozen_and_have_units(results: Path, tmp_path: Path) -> None:
    own = book(results, tmp_path / "a.xlsx")
    assert all(own[name].freeze_panes == "A2" for name in own.sheetnames)
    header = [cell.value for cell in own["headroom"][1]]
    assert header[4:7] == ["unit", "capacity [unit]", "intact_capacity [unit]"]
    assert "cost_bn_kzt" in [cell.value for cell in own["sites"][1]]
    metrics = {row["metric"]: row for row in table(own["metrics"])}
    assert metrics["peak_power_mw"] == {"metric": "peak_power_mw", "value": 17.2, "unit": "MW"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A1", NASTY, "a\x07b"])
def test_a_text_stays_a_text(text: str, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit_table(folder, "sites", kind=lambda row: text)
    cell = book(folder, tmp_path / "a.xlsx")["sites"]["C2"]
    assert cell.data_type == "s"
    assert cell.value == text.replace("\x07", "\\x07")
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@"))


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = table(book(results, tmp_path / "a.xlsx")["monthly"])
    monkeypatch.setattr(module, "MOST_SHEET_ROWS", 51)
    own = book(results, tmp_path / "a.xlsx")
    names = [name for name in own.sheetnames if name.startswith("monthly")]
    assert names == ["monthly", "monthly 2", "monthly 3"]
    assert [row for name in names for row in table(own[name])] == whole


@pytest.mark.parametrize(
    ("unit", "name"),
    [("MW", "mw"), ("m3/day", "m3_per_day"), ("l/s", "l_per_s"), ("%", "percent"), ("m3 / h", "m3_per_h")],
)
def test_a_unit_is_the_end_of_a_name(unit: str, name: str) -> None:
    assert in_a_name(unit) == name


def test_the_headroom_of_operators_adds_up(results: Path, tmp_path: Path) -> None:
    assert export(results, {"--headroom": tmp_path / "h.csv"}) == []
    rows = read_csv(tmp_path / "h.csv")
    assert [row["year"] for row in rows] == ["2026", "2027"]
    for row in rows:
        assert (row["substation_name"], row["voltage_kv"]) == ("Old", "110")
        assert float(row["firm_capacity_mw"]) - float(row["peak_demand_mw"]) == pytest.approx(
            float(row["demand_headroom_mw"])
        )
        assert (float(row["latitude"]), float(row["longitude"])) == pytest.approx((43.425, 77.05))

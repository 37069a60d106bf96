"""Why one plan costs more than another: who waits, what is lost, what is paid, and where cities part."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.report.folders import edit_table, write_run
from twin.report.folder import Folder
from twin.report.reasons import compared, reasons
from twin.report.telling import why

COSTS = {"plan_cost_bn_kzt": 10.0, "npv_bn_kzt": -9.0}


def run(folder: Path, built: str = "2027-07-01", **metrics: float) -> Folder:
    write_run(folder, built=built)
    file = folder / "metrics.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | COSTS | metrics), encoding="utf-8")
    return Folder(folder)


@pytest.fixture
def first(tmp_path: Path) -> Folder:
    return run(tmp_path / "first")


def by_key(first: Folder, other: Folder) -> dict[str, Mapping[str, Any]]:
    return {own.key: own.values for own in reasons(first, other) or ()}


def test_who_waits_longer_and_what_is_lost_is_named_with_months_and_capacities(
    first: Folder, tmp_path: Path
) -> None:
    late = run(tmp_path / "late", built="2027-11-01", plan_cost_bn_kzt=12.0)
    found = by_key(first, late)
    assert found["why.lost_more"] == {
        "what": {"key": "lost.unserved_mwh", "values": {"amount": 400.0}},
        "site": "SS1",
        "from": "2027-07",
        "to": "2027-10",
    }
    told = compared(first, late)
    assert told["difference"] == 2.0
    amounts = [own["amount"] for own in told["reasons"]]
    assert sum(amounts) == pytest.approx(2.0)
    assert amounts == sorted(amounts, key=lambda own: -abs(own))
    back = by_key(late, first)
    assert back["why.lost_less"]["what"]["values"]["amount"] == 400.0


def test_a_delayed_job_has_its_price(first: Folder, tmp_path: Path) -> None:
    late = run(tmp_path / "late", built="2027-11-01")
    for folder in (first, late):
        text = (folder.path / "scenario.yaml").read_text("utf-8")
        (folder.path / "scenario.yaml").write_text(
            text.replace("delayed_job_kzt_per_month: 0.0", "delayed_job_kzt_per_month: 1e+6"), "utf-8"
        )
    (investor,) = (own for own in reasons(first, late) or () if own.kind == "investor")
    assert investor.values == {
        "name": "Mill",
        "months": 4,
        "from": "2027-07",
        "to": "2027-10",
        "capacities": ["Old"],
    }
    assert 0.8 * 4 * 0.3 < investor.amount < 4 * 0.3  # 300 jobs, four months, worth less than today


def test_payments_that_move_end_or_begin_are_told(first: Folder, tmp_path: Path) -> None:
    other = run(tmp_path / "other")
    months = first.months
    edit_table(other.path, "cashflow", month=lambda row: months[months.index(row["month"]) - 2])
    found = by_key(first, other)
    assert found["why.paid_moved"]["from"] > found["why.paid_moved"]["to"]
    sites = {"W1": "SS1"}
    edit_table(other.path, "cashflow", site=lambda row: sites.get(row["site"], row["site"]))
    gone = by_key(first, Folder(other.path))
    assert gone["why.paid_gone"]["site"] == "W1"
    assert by_key(Folder(other.path), first)["why.paid_new"]["site"] == "W1"


def test_cities_part_where_a_date_or_a_peak_first_differs(first: Folder, tmp_path: Path) -> None:
    late = run(tmp_path / "late", built="2027-11-01")
    parting = compared(first, late)["parting"]
    assert parting["month"] == "2027-07"
    assert parting["what"][0] == {"kind": "site", "name": "SS1", "was": "2027-07-01", "now": "2027-11-01"}
    assert {own["kind"] for own in parting["what"]} == {"site", "development"}
    edit_table(late.path, "headroom", peak=lambda row: "13.5" if row["month"] == "2026-03" else row["peak"])
    peaks = compared(first, Folder(late.path))["parting"]
    assert peaks == {
        "month": "2026-03",
        "what": [{"kind": "capacity", "name": "Old", "was": "12.8", "now": "13.5"}],
    }
    assert compared(first, first) == {"parting": None, "difference": 0.0, "reasons": []}


def test_a_terminal_tells_it_in_sentences(first: Folder, tmp_path: Path) -> None:
    late = run(tmp_path / "late", built="2027-11-01", plan_cost_bn_kzt=12.0)
    sentences, lines = why(first, late, ("first", "late"))
    assert sentences[0].startswith("The cities part in 2027-07: SS1 is in service 2027-07-01 in fir")
    assert sentences[1] == "late costs 2 bn KZT more than first."
    said = "More is lost for want of SS1: 400 MWh of electricity not served, 2027-07 to 2027-10"
    assert said in [text for _, text in lines]
    (late.path / "metrics.json").write_text("{}", encoding="utf-8")
    sentences, lines = why(first, Folder(late.path), ("first", "late"))
    assert (sentences[1][:29], lines) == ("These runs have no cost of th", [])

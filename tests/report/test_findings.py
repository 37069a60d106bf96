from pathlib import Path

import pytest

from tests.report.folders import MONTHS, edit_table, write_run
from twin.cells import read_csv, write_csv
from twin.report.findings import breaches
from twin.report.folder import Folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(write_run(tmp_path_factory.mktemp("results") / "run"))


def test_a_breach_says_when_how_much_what_it_costs_and_what_ends_it(run: Folder) -> None:
    (breach,) = breaches(run)
    assert (breach["capacity"], breach["month"], breach["until"]) == ("Old", "2026-10", "2027-07")
    assert breach["short"] == pytest.approx(15.5 - 12.0 - 0.4 * 17)
    assert breach["stretches"] == [["2026-10", "2027-06"]]
    assert (breach["months_short"], breach["months_between"], breach["state"]) == (9, 9, "lost")
    assert (breach["why"]["peak"], breach["why"]["firm"], breach["why"]["before"]) == (15.6, 15.5, None)
    (ender,) = breach["enders"]
    assert (ender["site"], ender["cost"], ender["commissioned"]) == ("SS1", 14.0, "2027-07-01")
    assert (breach["safe_start"], ender["last_start"]) == ("2026-01-15", "2026-04-01")
    assert ender["no_wait_start"] == "2025-12-01"
    assert breach["lost"] == {"unserved_mwh": 900.0}
    # 100 MWh a month at 500 KZT a kWh, each month discounted at 12 % to the start
    assert breach["price"] == pytest.approx(sum(0.05 * 1.12 ** -(i / 12) for i in range(10, 19)), rel=1e-3)
    assert (breach["waiting"], breach["waiting_from"], breach["job_months"]) == (1, "2026-06", 13 * 300.0)
    assert breach["late"] == {
        "months": 3,
        "planned": "2027-04-01",
        "in_time": False,
        "roots": ["SS1"],
        "roots_planned": "2027-04-01",
    }


def test_a_breach_that_no_site_ends_counts_what_its_members_missed(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", built="2028-06-01")
    edit_table(folder, "headroom", relieved_by=lambda row: "", latest_safe_start=lambda row: "")
    edit_table(folder, "unserved", missing_site=lambda row: "")
    (breach,) = breaches(Folder(folder))
    assert (breach["site"], breach["until"]) == ("", "")
    assert breach["lost"] == {"unserved_mwh": 1500.0}


def test_a_breach_that_lasts_has_no_end(tmp_path: Path) -> None:
    (breach,) = breaches(Folder(write_run(tmp_path / "run", built="2028-06-01")))
    assert breach["until"] == ""


def test_a_shortage_ends_with_its_last_peak_and_names_what_came_then(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", built="2027-03-05")
    # short from October to February by itself, and for the look back of twelve months after that
    rows = read_csv(folder / "headroom.csv")
    after = {"peak": "10", "peak_12_months": "17.6", "firm_headroom": "-2.1", "first_breach": "no"}
    rows += [rows[-1] | after | {"month": month} for month in MONTHS[14:]]
    write_csv(folder / "headroom.csv", list(rows[0]), rows)
    edit_table(folder, "headroom", relieved_by=lambda row: "", latest_safe_start=lambda row: "")
    (breach,) = breaches(Folder(folder))
    assert (breach["month"], breach["until"]) == ("2026-10", "2027-03")
    assert [own["site"] for own in breach["enders"]] == ["SS1"]


def test_months_without_shortage_between_are_told(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    mild = "2026-12", "2027-01"
    edit_table(folder, "headroom", peak=lambda row: "9" if row["month"] in mild else row["peak"])
    (breach,) = breaches(Folder(folder))
    assert breach["stretches"] == [["2026-10", "2026-11"], ["2027-02", "2027-06"]]
    assert (breach["months_short"], breach["months_between"]) == (7, 9)


def test_a_capacity_that_carries_all_with_every_unit_lacks_only_its_reserve(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    for name in ("unserved", "queue"):
        (folder / f"{name}.csv").unlink()
    (breach,) = breaches(Folder(folder))
    assert (breach["state"], breach["price"], breach["waiting"]) == ("reserve", None, 0)


def test_without_a_site_of_its_own_a_shortage_ends_with_what_its_queue_waits_for(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", built="2027-10-01")
    rows = [row for row in read_csv(folder / "headroom.csv") if row["month"] < "2027-08"]
    write_csv(folder / "headroom.csv", list(rows[0]), rows)
    edit_table(folder, "headroom", relieved_by=lambda row: "")
    (breach,) = breaches(Folder(folder))
    (ender,) = breach["enders"]
    assert (ender["site"], ender["last_start"]) == ("SS1", "2026-04-01")

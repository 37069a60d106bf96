"""What a correct twin finds out by itself: the facts that the city's planning inputs imply.

Customers connect on request and sites stand on the roadmap's dates (`on_request.yaml`).
Every assertion reads the results folder; no date or capacity of these is written into the scenario.
"""

from collections.abc import Callable

import pytest

from tests.alatau.conftest import ON_REQUEST, Results
from twin.scenario import load_scenario
from twin.works.construction import commissioning_dates

pytestmark = pytest.mark.xdist_group("alatau")

ROADMAP = {
    "2027-01": ["SS06", "SS09", "G04"],
    "2027-07": ["S03"],
    "2027-11": ["W01", "W02", "W03", "W04", "S01"],
    "2028-01": ["SS01", "SS02", "SS03", "SS04", "SS05", "SS07", "SS08", "E01", "S02"],
    "2030-05": ["SS10", "SS11"],
    "2030-09": ["S04"],
}


def test_sites_are_commissioned_when_the_roadmap_says(on_time: Results) -> None:
    dates = on_time.commissioned()
    assert {m: [s for s in sites if dates[s][:7] == m] for m, sites in ROADMAP.items()} == ROADMAP


def test_a_slip_of_the_first_220_kv_station_delays_what_hangs_on_it(
    on_time: Results,
) -> None:
    slip = load_scenario(ON_REQUEST, ["sites.SS01.slip_months=36"])
    late = {site: day.isoformat() for site, day in commissioning_dates(slip).items()}
    moved = {site for site, day in on_time.commissioned().items() if late[site] != day}
    assert {"SS01", "E01", "SS02", "SS03", "SS04", "SS05", "SS07", "SS08", "S02", "S04"} <= moved
    assert not moved & {"SS06", "SS09", "SS10", "SS11", "W01", "W02", "S01", "S03", "G01", "R01"}
    assert late["E01"] == late["SS01"] == "2031-01-01"


def test_zhetygen_is_full_at_the_start_and_passed_within_the_year(on_time: Results) -> None:
    """Growing alone fills 85 % of its firm capacity; with the SEZ on it the first month reaches it."""
    rows = on_time.headroom("Zhetygen")
    assert float(rows["2026-01"]["capacity"]) == pytest.approx(21.28)
    assert 0.80 <= float(rows["2026-01"]["peak"]) / float(rows["2026-01"]["capacity"]) <= 1.02
    assert on_time.first_breach("Zhetygen").startswith("2026")
    assert float(rows["2026-12"]["firm_headroom"]) < 0.0


def test_zhetygen_stays_short_as_long_as_its_reconstruction_is_late(simulate: Callable[..., Results]) -> None:
    late = simulate("sites.SS06.slip_months=12", "end=2027-06-01")
    assert "2027-03" in late.short_months("Zhetygen")


def test_koyankus_is_passed_when_its_first_large_customer_connects(on_time: Results) -> None:
    assert float(on_time.headroom("Koyankus")["2026-01"]["capacity"]) == pytest.approx(13.3)
    assert on_time.first_breach("Koyankus").startswith("2026")
    assert max(on_time.headroom("Koyankus")) == "2026-12"


def test_wells_fall_short_in_two_summers_and_all_sources_are_used_up_later(on_time: Results) -> None:
    short = on_time.short_months("Water sources")
    assert "2026-07" in short
    assert "2027-07" in short
    assert not {m for m in short if m.startswith("2026") and not "2026-05" <= m <= "2026-10"}
    assert not [m for m in short if "2027-11" <= m < "2033"]
    assert "2033" <= min(m for m in short if m > "2027-11") <= "2034-07"


def test_treatment_is_exceeded_from_the_start_and_again_before_the_large_plant(on_time: Results) -> None:
    short = on_time.short_months("Wastewater treatment")
    assert "2026-01" in short
    assert "2027-08" not in short
    again = min(m for m in short if m >= "2027-08")
    assert "2028-01" <= again <= "2029-12"
    assert "2030-08" in short
    assert not [m for m in short if m >= "2030-09"]


def test_the_import_suffices_with_the_first_220_kv_station_on_time(on_time: Results) -> None:
    assert on_time.short_months("Infeed") == []


def test_the_import_is_exceeded_in_the_winter_when_that_station_comes_at_its_p90(
    simulate: Callable[..., Results],
) -> None:
    """July 2028 touches it already: the year's developments connect and the intake pumps run most."""
    late = simulate("sites.SS01.slip_months=14.4", "end=2029-05-01")
    assert late.commissioned()["SS01"].startswith("2029-03")
    short = late.short_months("Infeed")
    assert [m for m in short if m != "2028-07"] == ["2028-11", "2028-12", "2029-01", "2029-02"]
    assert float(late.headroom("Infeed")["2028-07"]["peak"]) < 1.03 * 120.0
    assert late.metrics["unserved_energy_mwh"] > 0.0


def test_with_every_site_on_time_only_known_shortages_stand_in_2026_and_none_in_2031(
    on_time: Results,
) -> None:
    assert on_time.causes(2026) == {"Koyankus", "Zhetygen", "Water sources", "Wastewater treatment"}
    assert on_time.causes(2031) == set()


def test_balances_close_and_every_hour_is_solved_and_settled(on_time: Results) -> None:
    for network in ("power", "water", "wastewater"):
        assert on_time.metrics[f"balance_error_{network}"] < 1e-6
    assert on_time.metrics["unsolved_hours"] == 0.0
    assert on_time.metrics["unsettled_hours"] == 0.0


def test_who_asks_before_there_is_room_waits_and_hears_which_utility_blocks(
    simulate: Callable[..., Results],
) -> None:
    run = simulate("connection=when-capacity", "end=2028-10-01")
    rows = {row["development"]: row for row in run.table("developments")}
    assert rows["P01"]["requested"] == "2026-07-01"
    assert rows["P01"]["blocked_by"].split(";") == [
        "power:Koyankus",
        "water:Water sources",
        "wastewater:Wastewater treatment",
    ]
    assert rows["P01"]["missing_sites"] == "SS09;W01;S03"
    # the last of the three, the intake, comes in November 2027; its room is seen in its first month
    assert rows["P01"]["connected"] == "2027-12-01"
    assert float(rows["P01"]["waited_months"]) == 17
    blocked = {(r["utility"], r["capacity_name"]) for r in run.table("queue") if r["month"] == "2026-07"}
    assert ("power", "Koyankus") in blocked
    # treatment is used up before the large plant: the rest of 2028 waits for that, and for nothing else
    late = [row for row in rows.values() if row["requested"] == "2028-07-01" and not row["connected"]]
    assert len(late) >= 3
    assert {(row["blocked_by"], row["missing_sites"]) for row in late} == {
        ("wastewater:Wastewater treatment", "S04")
    }
    connected = {e["subject"] for e in run.table("events") if e["kind"] == "development connected"}
    assert connected == {name for name, row in rows.items() if row["connected"]}
    assert run.metrics["jobs_delayed_job_months"] > 900 * 17
    assert run.metrics["unserved_energy_mwh"] < 1e-6

"""What `make demo` tells: who waits for what, which sites come late and why, read from its results folder."""

import re
import shutil
from pathlib import Path

import pytest

from tests.alatau.conftest import ON_REQUEST, SCENARIO, Results
from tests.browser import Open
from twin.report import write_report
from twin.report.costs import JOBS, Pricing, waits
from twin.report.findings import breaches
from twin.report.folder import Folder
from twin.scenario import Scenario, load_scenario
from twin.scenario.orders import means_are_limited

pytestmark = pytest.mark.xdist_group("alatau")

PAGE = Path(__file__).parents[2] / "docs" / "which-order.md"
LATE = {
    "SS01": "crew electrical",
    "SS02": "site SS01;site E01",
    "SS03": "site SS01",
    "SS04": "site E01",
    "SS05": "crew electrical;site E01",
    "SS07": "crew electrical",
    "SS08": "site E01",
    "E01": "site SS01",
    "G01": "money gas_company;crew pipeline",
    "G02": "site G01",
    "G03": "site G01",
    "S01": "crew pipeline",
    "S02": "site SS04",
    "R01": "crew road",
    "R02": "crew road",
    "R04": "site R01",
}
"""What each site waited for that comes later than on the roadmap."""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(SCENARIO)


def investors(run: Results) -> dict[str, dict[str, str]]:
    return {row["development"]: row for row in run.table("developments")}


@pytest.mark.parametrize("file", sorted(SCENARIO.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_city_of_the_folder_is_without_mistakes(file: Path) -> None:
    """Its tables serve all of them: no row may fit one alone."""
    assert len(load_scenario(file).sites) == 30


def test_the_default_counts_crews_and_money_and_keeps_a_queue_and_the_other_does_not(
    scenario: Scenario,
) -> None:
    other = load_scenario(ON_REQUEST)
    assert means_are_limited(scenario)
    assert not means_are_limited(other)
    assert (scenario.connection, other.connection) == ("when-capacity", "on-request")
    own = {"name", "description", "caveats", "connection", "build_order", "order"}
    alike = [s.model_dump(mode="json", exclude=own) for s in (scenario, other)]
    assert alike[0] == alike[1]


def test_it_is_built_in_the_order_of_the_roadmap_and_later_for_want_of_crews_and_money(
    demo: Results, on_time: Results
) -> None:
    rows = {row["site"]: row for row in demo.table("sites")}
    assert {site: row["planned"] for site, row in rows.items()} == on_time.commissioned()
    late = {site: row["waited_for"] for site, row in rows.items() if row["commissioned"] > row["planned"]}
    assert late == LATE
    assert rows["SS01"]["commissioned"] == "2028-04-19"
    assert rows["S04"]["commissioned"] == rows["S04"]["planned"] == "2030-09-01"


def test_what_a_late_site_waited_for_came_late_itself_or_is_crews_or_money(demo: Results) -> None:
    dates = demo.commissioned()
    for site, waited_for in LATE.items():
        sites = re.findall(r"site (\w+)", waited_for)
        assert set(sites) <= set(LATE)
        assert all(dates[other] <= dates[site] for other in sites)


def test_the_first_investor_waits_for_a_station_the_wells_and_the_plants_extension(demo: Results) -> None:
    own = investors(demo)["P01"]
    assert (own["name"], own["requested"], own["connected"]) == ("PepsiCo", "2026-07-01", "2027-12-01")
    assert own["missing_sites"] == "SS09;W01;S03"


def test_most_wait_for_the_large_treatment_plant_and_it_costs_most(demo: Results) -> None:
    waited = {name: row for name, row in investors(demo).items() if float(row["waited_months"])}
    plant = {name: row for name, row in waited.items() if "S04" in row["missing_sites"].split(";")}
    assert (len(waited), len(plant)) == (35, 27)
    assert max(float(row["waited_months"]) for row in plant.values()) == 27.0
    assert {row["connected"] for row in plant.values()} == {"2030-10-01", "2031-05-01"}
    # those that are connected later are Golden's, whose highway R01 gates it
    golden = {name for name, row in plant.items() if row["connected"] == "2031-05-01"}
    assert golden == {name for name, row in waited.items() if "R01" in row["missing_sites"].split(";")}
    assert {waited[name]["district"] for name in golden} == {"Golden"}
    jobs = sum(float(row["jobs"]) * float(row["waited_months"]) for row in waited.values())
    assert demo.metrics["jobs_delayed_job_months"] == pytest.approx(jobs)
    delayed, whole = (demo.metrics[f"service_cost_{part}bn_kzt"] for part in ("jobs_", ""))
    assert 0.9 < delayed / whole < 0.95


def test_everybody_is_connected_in_the_end_and_no_energy_is_missing(demo: Results) -> None:
    assert demo.metrics["developments_unconnected"] == 0.0
    assert demo.metrics["unserved_energy_mwh"] == 0.0
    assert demo.metrics["unsolved_hours"] == demo.metrics["unsettled_hours"] == 0.0


def test_who_waits_is_not_served_badly_instead(demo: Results, on_time: Results) -> None:
    for lost in ("sewage_spilled_m3", "unserved_water_m3", "person_hours_lost"):
        assert demo.metrics[lost] < 0.5 * on_time.metrics[lost]
    assert demo.metrics["peak_power_mw"] < on_time.metrics["peak_power_mw"]


def test_capacities_are_short_when_the_pages_say(demo: Results) -> None:
    plant, sources = demo.short_months("Wastewater treatment"), demo.short_months("Water sources")
    again = [month for month in plant if month > "2027-12"]
    assert (plant[0], again[0], again[-1], len(again)) == ("2026-01", "2028-09", "2030-08", 24)
    assert {month[:4] for month in sources} == {"2026", "2027", "2035"}
    assert {month[:4] for month in demo.short_months("Zhetygen")} == {"2026"}
    assert demo.short_months("Koyankus") == []


def test_the_queue_names_only_sites_that_relieve_what_is_short(demo: Results, scenario: Scenario) -> None:
    """A site relieves a capacity that it adds to, or takes over demand from, or a district that it opens."""
    named = {(row["capacity_name"], row["missing_site"]) for row in demo.table("queue")}
    opens = {("not open", gate.site) for gate in scenario.gates}
    points = [p for p in scenario.demand_points if p.from_site]
    for capacity, site in named - {("Water sources", "")}:
        members = scenario.capacities.get(capacity, {})
        adds = {site for row in members.values() for site in (row.from_site, row.until_site)}
        networks = {asset.split("/")[0] for asset in members}
        takes = {p.from_site for p in points if p.asset.split("/")[0] in networks}
        assert site in adds | takes or (capacity, site) in opens, (capacity, site)
    # nothing planned relieves the sources a second time
    assert {r["month"][:4] for r in demo.table("queue") if not r["missing_site"]} <= {"2034", "2035", "2036"}


@pytest.mark.parametrize("table", ["sites", "developments"])
def test_the_study_quotes_the_default(demo: Results, table: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(rf"<!-- numbers: roadmap {table} -->\n((?:\|.*\n)+)", page)
    quoted = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines()[2:]]
    assert quoted
    if table == "sites":
        rows = {row["site"]: row for row in demo.table("sites")}
        columns = ["planned", "commissioned", "waited_for"]
    else:
        rows = {f"{row['development']} {row['name']}": row for row in demo.table("developments")}
        columns = ["requested", "connected", "blocked_by", "missing_sites"]
    for cells in quoted:
        row = rows[cells[0]]
        told = [row[column] for column in columns]
        assert [re.sub(r"([:;]) ", r"\1", cell) for cell in cells[1:]] == told


@pytest.mark.parametrize(("width", "height", "screens"), [(1440, 900, 5), (390, 844, 8)])
def test_its_page_is_short(
    open_page: Open, demo: Results, tmp_path: Path, width: int, height: int, screens: int
) -> None:
    own = shutil.copytree(demo.folder, tmp_path / "run")
    page = open_page(write_report(own), width=width).page
    assert page.evaluate("document.documentElement.scrollHeight") <= screens * height


def test_what_its_shortages_cost_adds_up_but_for_waiting_outside_of_them(demo: Results) -> None:
    """Who waits for a district that is not open, or for what connects nobody and so is never short."""
    folder = Folder(demo.folder)
    found = breaches(folder)
    short = {own["capacity"] for own in found}
    worth, outside = Pricing(folder), [wait for wait in waits(folder) if wait.capacity not in short]
    assert {wait.capacity for wait in outside} == {"Koyankus", "not open"}
    rest = sum(worth.of(JOBS, wait.month, wait.jobs * wait.share) for wait in outside)
    told = sum(own["price"] or 0.0 for own in found)
    assert told + rest == pytest.approx(demo.metrics["service_cost_bn_kzt"], rel=1e-3)
    months = sum(own["job_months"] for own in found) + sum(wait.jobs * wait.share for wait in outside)
    assert months == pytest.approx(demo.metrics["jobs_delayed_job_months"])

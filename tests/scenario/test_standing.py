"""When an asset stands: one answer from three tables; contradictions are told with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.town import write_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.document import Document
from twin.scenario.schema import Scenario
from twin.scenario.standing import bringing_and_retiring, check_standing, counts, needed_sites

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"
SITES = """id,kind,name,build_months,stage,requires
A,works,First,1,1,
B,works,Second,1,1,A
C,works,Other,1,1,
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = write_town(tmp_path / "town")
    with (folder / "scenario.yaml").open("a") as file:
        file.write('stages: {"1": 2026-05-01}\n')
    (folder / "sites.csv").write_text(SITES)
    return folder


def said(folder: Path, changes: str, capacities: str = "", points: str = "") -> list[str]:
    """Return what is refused of changes, members of a capacity and demand points, as rows of their tables."""
    (folder / "site_changes.csv").write_text(f"site,asset,field,value\n{changes}\n")
    if capacities:
        header = "capacity,asset,kind,from_site,until_site"
        (folder / "capacities.csv").write_text(f"{header}\n{capacities}\n")
    if points:
        header = "asset,district,weight,from_site,until_site"
        (folder / "demand_points.csv").write_text(f"{header}\nwater/J-LOW,Town,1,,\n{points}\n")
    try:
        load_scenario(folder)
    except InvalidInput as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


@pytest.mark.parametrize(
    ("change", "row", "problem"),
    [
        ("A,power/T-TOWN,in_service,true", "C,", "counts from C, but A switches it on (from A)"),
        ("B,power/T-TOWN,in_service,true", "A,", "counts from A, but B switches it on (from B)"),
        ("A,power/T-TOWN,in_service,true", ",", "counts from the start, but A switches it on (from A)"),
        ("A,power/T-TOWN,in_service,false", ",C", "counts until C, but A switches it off (until A)"),
        ("A,power/T-TOWN,in_service,false", ",B", "counts until B, but A switches it off (until A)"),
        ("A,power/T-TOWN,in_service,false", ",", "counts to the end, but A switches it off (until A)"),
    ],
)
def test_a_member_that_counts_while_its_asset_is_out_is_one_line(
    town: Path, change: str, row: str, problem: str
) -> None:
    lines = said(town, change, f"Town,power/T-TOWN,substation,{row}")
    assert lines == [f"capacities.csv:2: power/T-TOWN {problem}"]


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ("A,power/T-TOWN,in_service,true", "A,"),
        ("A,power/T-TOWN,in_service,true", "B,"),  # B requires A: it counts later than it stands
        ("B,power/T-TOWN,in_service,false", ",A"),  # it stops counting before it is switched off
        ("A,power/T-TOWN,in_service,true\nC,power/T-TOWN,in_service,true", "C,"),
        ("A,power/T-TOWN,in_service,false\nB,power/T-TOWN,in_service,true", ","),  # rebuilt in between
        ("A,power/T-TOWN,in_service,true\nC,power/T-TOWN,in_service,false", "A,C"),
        ("A,power/T-PUMPS,in_service,true", "C,"),  # another asset
        ("A,water/PU-INTAKE,setting,0.5", "C,"),  # a setting switches nothing
    ],
)
def test_what_agrees_is_taken(town: Path, changes: str, row: str) -> None:
    assert said(town, changes, f"Town,power/T-TOWN,substation,{row}") == []


@pytest.mark.parametrize(
    ("change", "row", "problem"),
    [
        ("A,power/L-TOWN,in_service,true", "C,", "counts from C, but A switches it on (from A)"),
        ("A,power/L-TOWN,in_service,true", ",", "counts from the start, but A switches it on (from A)"),
        ("A,power/L-TOWN,in_service,false", ",", "counts to the end, but A switches it off (until A)"),
        ("A,power/L-TOWN,in_service,false", ",C", "counts until C, but A switches it off (until A)"),
    ],
)
def test_a_demand_point_on_a_load_that_is_out_is_one_line(
    town: Path, change: str, row: str, problem: str
) -> None:
    lines = said(town, change, points=f"power/L-TOWN,Town,1,{row}")
    assert lines == [f"demand_points.csv:3: power/L-TOWN {problem}"]


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        ("A,", "C,", "from C here and from A in One"),
        ("A,", ",", "from no site here and from A in One"),
        (",A", ",C", "until C here and until A in One"),
    ],
)
def test_two_capacities_count_an_asset_over_the_same_time(
    town: Path, first: str, second: str, problem: str
) -> None:
    rows = f"One,power/T-TOWN,substation,{first}\nTwo,power/T-TOWN,substation,{second}"
    expected = f"capacities.csv:3: power/T-TOWN counts {problem} (the same in both)"
    assert said(town, "A,power/T-PUMPS,in_service,true", rows) == [expected]
    same = f"One,power/T-TOWN,substation,{first}\nTwo,power/T-TOWN,substation,{first}"
    assert said(town, "A,power/T-PUMPS,in_service,true", same) == []


def test_an_unknown_site_is_told_once(town: Path) -> None:
    lines = said(town, "A,power/T-TOWN,in_service,true", "Town,power/T-TOWN,substation,D,")
    assert lines == ["capacities.csv:2: unknown site D"]


def scenario(**tables: object) -> Scenario:
    sites = {name: {"kind": "works", "name": name, "build_months": 1, "stage": "1"} for name in "ABC"}
    content = {"name": "T", "start": "2026-01-01", "end": "2027-01-01", "networks": {}, "sites": sites}
    return Scenario.model_validate({**content, **tables})


SITE = st.sampled_from(["A", "B", "C"])


@given(on=st.none() | SITE, off=st.none() | SITE, wrong=SITE, as_point=st.booleans())
def test_rows_that_repeat_the_changes_agree_and_others_do_not(
    on: str | None, off: str | None, wrong: str, as_point: bool
) -> None:
    changes = [
        {"site": site, "asset": "power/T", "field": "in_service", "value": value}
        for site, value in ((on, True), (off, False))
        if site
    ]

    def mistakes(first: str, last: str) -> int:
        row = {"from_site": first, "until_site": last}
        points = [{"asset": "power/T", "district": "D", "weight": 1, **row}] if as_point else []
        members = {} if as_point else {"Town": {"power/T": {"kind": "substation", **row}}}
        document = Document()
        check_standing(scenario(site_changes=changes, demand_points=points, capacities=members), document)
        return len(document.mistakes)

    assert mistakes(on or "", off or "") == 0
    assert mistakes(wrong, off or "") == (on is not None and wrong != on)
    assert mistakes(on or "", wrong) == (off is not None and wrong != off)


@given(first=st.sampled_from(["", "A"]), last=st.sampled_from(["", "B"]), done=st.sets(SITE))
def test_a_row_counts_between_its_sites(first: str, last: str, done: set[str]) -> None:
    row = scenario(
        demand_points=[
            {"asset": "power/L", "district": "D", "weight": 1, "from_site": first, "until_site": last}
        ]
    ).demand_points[0]
    assert counts(row, done) == ((first == "" or first in done) and (last == "" or last not in done))


def test_what_a_pump_needs_is_its_own_site_and_that_of_its_load(town: Path) -> None:
    changes = "A,power/L-INTAKE,in_service,true\nC,water/PU-INTAKE,open,true\nB,power/T-TOWN,in_service,false"
    assert said(town, changes) == []
    loaded = load_scenario(town)
    assert needed_sites(loaded)["water/PU-INTAKE"] == {"A", "C"}
    assert "power/T-TOWN" not in needed_sites(loaded)
    brings, retires = bringing_and_retiring(loaded)
    assert (brings["water/PU-INTAKE"], retires) == ("C", {"power/T-TOWN": "B"})


def test_alatau_contradicts_itself_nowhere() -> None:
    document = Document()
    check_standing(load_scenario(ALATAU), document)
    assert document.mistakes == []

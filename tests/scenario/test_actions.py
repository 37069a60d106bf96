"""What is done to assets, and what makes up a capacity, is checked before anything is opened."""

from pathlib import Path

import pandapower as pp
import pytest

from tests.town import write_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.schema import kind_of
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.registry import utilities

PUMP, LIFT = "water/PU-INTAKE,pumping,5", "wastewater/PU-LIFT-1,pumping,5"
TRAFO = "power/T-TOWN,substation,"
SITES = "id,kind,name,build_months,stage\nS1,pump,New,1,1\n"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = write_town(tmp_path / "town")
    with (folder / "scenario.yaml").open("a") as file:
        file.write('stages: {"1": 2026-05-01}\n')
    (folder / "sites.csv").write_text(SITES)
    return folder


def refusals(folder: Path) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_scenario(folder)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("power/T-TOWN,in_servise,true", "power/T-TOWN, a trafo, has no field in_servise (in_service)"),
        ("power/T-TOWN,open,true", "power/T-TOWN, a trafo, has no field open (in_service)"),
        ("power/T-TOWN,in_service,1", "in_service of power/T-TOWN is 1 (true or false)"),
        ("water/P-HIGH,setting,1", "water/P-HIGH, a pipe, has no field setting (open)"),
        ("water/PU-INTAKE,in_service,true", "has no field in_service (open or setting)"),
        ("water/PU-INTAKE,setting,true", "setting of water/PU-INTAKE is true (a number)"),
        ("water/PU-INTAKE,setting,-1", "setting of water/PU-INTAKE is -1 (0 or more)"),
        ("water/PU-INTAKE,open,0.5", "open of water/PU-INTAKE is 0.5 (true or false)"),
        ("water/T-HILL,open,true", "water/T-HILL, a tank, has no field open (none"),
        ("wastewater/PLANT,open,true", "wastewater/PLANT, a plant, has no field open (in_service)"),
    ],
)
def test_a_field_that_an_asset_does_not_have_is_named(town: Path, change: str, said: str) -> None:
    (town / "site_changes.csv").write_text(f"site,asset,field,value\nS1,{change}\n")
    (line,) = refusals(town)
    assert line.startswith("site_changes.csv:2: ")
    assert said in line


def test_right_fields_are_taken(town: Path) -> None:
    rows = ("power/T-TOWN,in_service,FALSE", "water/PU-INTAKE,setting,0.9", "water/P-HIGH,open,true")
    (town / "site_changes.csv").write_text("site,asset,field,value\n" + "".join(f"S1,{r}\n" for r in rows))
    assert [change.value for change in load_scenario(town).site_changes] == [False, 0.9, True]


@pytest.mark.parametrize("asset", ["water/J-HIGH", "water/T-HILL", "wastewater/OUT-PLANT"])
def test_an_outage_of_a_node_is_refused(town: Path, asset: str) -> None:
    (town / "outages.csv").write_text(f"assets,start,hours\n{asset},2026-05-05,1\n")
    assert "which cannot be taken out of service" in refusals(town)[0]


def test_failures_of_nodes_alone_are_refused(town: Path) -> None:
    (town / "failures.csv").write_text("failure,assets,failures_per_year,repair_h\nF,water/J-*,1,1\n")
    assert "which cannot be taken out of service" in refusals(town)[0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("power/T-TOWN,source,5,", "is a trafo, no member of a source"),
        ("power/L-TOWN,substation,5,", "is a load, no member of a substation (trafo or trafo3w)"),
        ("water/J-HIGH,pumping,5,", "is a junction, no member of a pumping"),
        ("power/EG,supply,,", "power/EG has no rating"),
        ("water/R-RIVER,source,5,gallons", "'gallons' is no unit of a source (m3/day"),
        ("power/T-TOWN,substation,5,MW", "'MW' is no unit of a substation (MVA, kVA, GVA)"),
        ("water/R-RIVER,source,5,Ml/s", "is no unit"),
    ],
)
def test_a_member_that_tells_no_load_is_refused(town: Path, row: str, said: str) -> None:
    (town / "capacities.csv").write_text(f"capacity,asset,kind,rating,unit\nC,{row}\n")
    (line,) = refusals(town)
    assert line.startswith("capacities.csv:2: ")
    assert said in line


def test_a_capacity_is_of_one_kind(town: Path) -> None:
    rows = "capacity,asset,kind,rating\nC,power/T-TOWN,substation,\nC,power/EG,supply,5\n"
    (town / "capacities.csv").write_text(rows)
    assert refusals(town) == [
        "capacities.csv:3: C is a substation and a supply (one kind for all its members)"
    ]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (PUMP, LIFT, "C has members of water and wastewater"),
        (LIFT, PUMP, "C has members of wastewater and water"),
        (PUMP, "power/T-TOWN,pumping,5", "power/T-TOWN is a trafo, no member of a pumping"),
        (TRAFO, "water/PU-INTAKE,substation,", "water/PU-INTAKE is a pump, no member of a"),
        (TRAFO, "gas/T,substation,", "unknown asset gas/T"),
        (TRAFO, "T-TOWN,substation,", "unknown asset T-TOWN"),
        (PUMP, PUMP, "capacities.C.water/PU-INTAKE again"),
    ],
)  # fmt: skip
def test_a_member_of_another_network_is_one_line(town: Path, first: str, second: str, said: str) -> None:
    (town / "capacities.csv").write_text(f"capacity,asset,kind,rating\nC,{first}\nC,{second}\n")
    (line,) = refusals(town)
    assert line.startswith(f"capacities.csv:3: {said}")


def test_stations_of_two_networks_each_have_their_own_members(town: Path) -> None:
    rows = "A,water/PU-INTAKE,pumping,5\nB,wastewater/PU-LIFT-1,pumping,5\nB,wastewater/PU-LIFT-2,pumping,5\n"
    (town / "capacities.csv").write_text(f"capacity,asset,kind,rating\n{rows}")
    capacities = load_scenario(town).capacities
    assert [kind_of(members).of for members in capacities.values()] == ["source", "treatment"]


@pytest.mark.parametrize("kind", [kind for own in utilities().values() for kind in own.capacities])
@pytest.mark.parametrize(
    "asset", ["power/T-TOWN", "power/L-TOWN", "water/J-LOW", "wastewater/PLANT", "x", "gas/y"]
)
def test_any_kind_on_any_asset_is_taken_or_one_line(town: Path, kind: CapacityKind, asset: str) -> None:
    (town / "capacities.csv").write_text(f"capacity,asset,kind,rating\nC,{asset},{kind.name},5\n")
    try:
        assert kind_of(load_scenario(town).capacities["C"]).name == kind.name
    except InvalidInput as error:
        assert len(error.mistakes) == 1


def test_an_outage_of_a_switch_is_one_line(town: Path) -> None:
    net = pp.from_json(str(town / "power.json"))
    pp.create_switch(net, 0, 1, et="b", name="CB")
    pp.to_json(net, str(town / "power.json"))
    (town / "outages.csv").write_text("assets,start,hours\npower/CB,2026-05-05,1\n")
    (line,) = refusals(town)
    assert line.startswith("outages.csv:2: power/CB is a switch, which cannot be taken out of service")


@pytest.mark.parametrize(
    ("unit", "m3_per_day"),
    [("", 100), ("m3/day", 100), ("l/s", 8640), ("L/s", 8640), ("m³/h", 2400), ("m3/s", 8.64e6),
     ("MLD", 1e5), ("ML/day", 1e5)],
)  # fmt: skip
def test_a_rating_is_read_in_its_unit(town: Path, unit: str, m3_per_day: float) -> None:
    rows = f"capacity,asset,kind,rating,unit\nC,water/R-RIVER,source,100,{unit}\n"
    (town / "capacities.csv").write_text(rows)
    assert load_scenario(town).capacities["C"]["water/R-RIVER"].amount == pytest.approx(m3_per_day)


@pytest.mark.parametrize(("unit", "mva"), [("MVA", 40), ("kVA", 0.04), ("GVA", 4e4)])
def test_a_power_rating_is_read_in_its_unit(town: Path, unit: str, mva: float) -> None:
    rows = f"capacity,asset,kind,rating,unit\nC,power/EG,supply,40,{unit}\n"
    (town / "capacities.csv").write_text(rows)
    assert load_scenario(town).capacities["C"]["power/EG"].amount == pytest.approx(mva)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("water_loss_share,2025,0.1", "water_loss_share,2025,1", "a share from 0 to 0.95"),
        ("sewered_share,2025,1", "sewered_share,2025,85", "85 % is 0.85"),
        ("power_kw_per_person,2025,0.4", "power_kw_per_person,2025,0.4\npower_kw_per_person,99,1", "99"),
    ],
)
def test_norms_are_within_their_range(town: Path, old: str, new: str, said: str) -> None:
    path = town / "norms.csv"
    path.write_text(path.read_text().replace(old, new))
    (line,) = refusals(town)
    assert line.startswith("norms.csv:")
    assert said in line


def test_a_norm_in_another_unit_is_refused(town: Path) -> None:
    text = (town / "norms.csv").read_text().replace("value", "value,unit").replace(",0.1", ",0.1,%")
    rows = [row if row.count(",") == 3 else f"{row}," for row in text.split()]
    (town / "norms.csv").write_text("\n".join(rows))
    assert refusals(town) == [
        "norms.csv:4: norms.water_loss_share.2025.unit is % (in 1; nothing is converted)"
    ]


def test_a_profile_of_zeros_is_refused(town: Path) -> None:
    rows = (town / "profiles.csv").read_text().splitlines()
    column = rows[0].split(",").index("water")
    cut = [row.split(",") for row in rows]
    for row in cut[1:]:
        row[column] = "0"
    (town / "profiles.csv").write_text("\n".join(",".join(row) for row in cut))
    assert refusals(town) == ["profiles.csv:1: water is 0 in every hour (an hour above 0)"]

"""What utilities read of files and tables without an engine: the same names, kinds and places for each."""

from pathlib import Path

import pytest

from tests.town import write_town
from twin.scenario import Scenario, load_scenario
from twin.utilities.checking import HOURS, is_flat_zero
from twin.utilities.names import AssetKind
from twin.utilities.registry import utilities

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"
NAMES = ["power", "water", "wastewater", "roads"]


@pytest.fixture(scope="module", params=["alatau", "town"])
def scenario(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    made = request.param == "town"
    return load_scenario(write_town(tmp_path_factory.mktemp("files") / "town") if made else ALATAU)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_in_a_file_is_declared_and_every_place_is_of_a_name(scenario: Scenario, name: str) -> None:
    if name not in scenario.simulated:
        return  # the town has no such network
    own, path = utilities()[name], scenario.folder / scenario.simulated[name].file
    names, places = own.read_names(path, scenario), own.places(path, scenario)
    assert names.by_kind.keys() <= own.assets.keys()
    assert {(asset.kind, asset.name) for asset in places} == {
        (kind, asset) for kind, assets in names.by_kind.items() for asset in assets
    }
    assert all(asset.startswith(f"{name}/") for asset in names.all)
    ends = {end for asset in places for end in (asset.start, asset.end) if end}
    assert ends <= {asset.name for asset in places if not asset.start}


@pytest.mark.parametrize("name", NAMES)
def test_own_tables_name_assets_that_are_there(scenario: Scenario, name: str) -> None:
    if name not in scenario.simulated:
        return  # the town has no such network
    own, path = utilities()[name], scenario.folder / scenario.simulated[name].file
    names = own.read_names(path, scenario)
    assert [ref for ref in own.references(scenario) if ref.asset not in names.of(ref.kind)] == []
    assert {ref.key[0] for ref in own.references(scenario)} == {t for t in own.tables if getattr(scenario, t)}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_declared_of_kinds_of_asset_fits(name: str) -> None:
    own = utilities()[name]
    assert {kind for capacity in own.capacities for kind in capacity.members} <= own.assets.keys()
    assert {to for kind in own.links for to in kind.to} <= own.assets.keys()
    assert own.draws == any(kind.demand for kind in own.assets.values())
    assert set(own.profile_settings) <= {f for part in own.fields.values() for f in part.model_fields}


@pytest.mark.parametrize(
    ("rows", "columns", "zero"),
    [
        ({}, ("a",), False),
        ({hour: {"a": 0.0} for hour in HOURS}, ("a",), True),
        ({hour: {"a": 0.0} for hour in range(23)}, ("a",), False),
        ({hour: {"a": float(hour == 7)} for hour in HOURS}, ("a",), False),
        ({hour: {"a": 0.0, "b": 0.0} for hour in HOURS}, ("a", "b"), True),
        ({hour: {"a": 0.0, "b": 1.0} for hour in HOURS}, ("a", "b"), False),
        ({hour: {"a": 0.0} for hour in HOURS}, ("a", "b"), False),
    ],
)
def test_profiles_that_are_zero_all_day(
    rows: dict[int, dict[str, float]], columns: tuple[str, ...], zero: bool
) -> None:
    assert is_flat_zero(rows, *columns) == zero


def test_a_kind_of_asset_that_is_not_declared_is_said_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = write_town(tmp_path / "town")
    monkeypatch.setattr(type(utilities()["water"]), "assets", {"junction": AssetKind(demand=True)})
    with pytest.raises(ValueError, match=r"^water declares no kind of asset pipe$"):
        load_scenario(town)

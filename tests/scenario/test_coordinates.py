"""A file that cannot lie where the scenario is, is named; one that can, is not."""

import shutil
from pathlib import Path

import pandapower as pp
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.town import WATER, write_town
from twin import load_scenario
from twin.errors import InvalidInput
from twin.scenario.coordinates import DEGREES, mover
from twin.scenario.warnings import warnings
from twin.utilities.registry import utilities

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("coordinates") / "town")


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    """Return a town whose district lies at 77 degrees east, 43.4 north."""
    folder = Path(shutil.copytree(pristine, tmp_path / "town"))
    (folder / "districts.csv").write_text(
        "district,storeys,longitude,latitude\nTown,1,77.0,43.4\n", encoding="utf-8"
    )
    return folder


def place(town: Path, x: float, y: float, crs: str = "") -> list[str]:
    """Put two nodes of the water network there and return what is said of it."""
    lines = f"[COORDINATES]\nJ-HIGH {x} {y}\nJ-LOW {x + 0.001} {y}\n[END]"
    (town / "water.inp").write_text(WATER.replace("[END]", lines), encoding="utf-8")
    if crs:
        scenario = (town / "scenario.yaml").read_text(encoding="utf-8")
        (town / "scenario.yaml").write_text(f"{scenario}crs: {crs}\n", encoding="utf-8")
    return [str(warning) for warning in warnings(load_scenario(town))]


def test_a_file_in_feet_beside_districts_in_degrees_is_named(town: Path) -> None:
    (said,) = place(town, 1_250_000.0, 480_000.0)
    assert said == (
        "scenario.yaml:8: water.inp: coordinates (x 1250000 to 1250000, y 480000 to 480000) are no degrees "
        "of EPSG:4326 (crs: EPSG:... of the file)"
    )


def test_a_file_of_another_place_is_named_with_its_distance(town: Path) -> None:
    (said,) = place(town, 8.0, 27.0)
    assert "water.inp: coordinates (x 8 to 8.001, y 27 to 27) lie 6,3" in said
    assert "km from the nearest district" in said


def test_a_file_near_the_districts_is_not(town: Path) -> None:
    assert place(town, 77.3, 43.2) == []


def test_without_a_place_of_the_scenario_nothing_is_compared(pristine: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(pristine, tmp_path / "town"))
    assert place(own, 1_250_000.0, 480_000.0) == []


def test_a_scenario_that_states_its_system_is_held_to_it(pristine: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(pristine, tmp_path / "town"))
    (said,) = place(own, 1_250_000.0, 480_000.0, "EPSG:4326")
    assert "are no degrees of EPSG:4326" in said


def test_metres_are_compared_in_the_system_that_is_stated(town: Path) -> None:
    x, y = pyproj.Transformer.from_crs(DEGREES, "EPSG:32643", always_xy=True).transform(77.0, 43.4)
    assert place(town, x, y, "EPSG:32643") == []
    (said,) = place(town, 77.0, 43.4)
    assert "km from the nearest district" in said


def test_a_system_that_does_not_exist_is_named(town: Path) -> None:
    (said,) = place(town, 77.0, 43.4, "EPSG:99999")
    assert said == ("scenario.yaml:10: EPSG:99999 is no coordinate system (an EPSG code, such as EPSG:32643)")


def test_what_is_no_code_is_a_mistake(town: Path) -> None:
    with pytest.raises(InvalidInput, match=r"scenario.yaml:10: crs is 'metres'"):
        place(town, 77.0, 43.4, "metres")


def test_a_grid_in_metres_is_named_too(town: Path) -> None:
    net = pp.from_json(str(town / "power.json"))
    net.bus["geo"] = '{"type": "Point", "coordinates": [500000.0, 4800000.0]}'
    pp.to_json(net, str(town / "power.json"))
    (said,) = (str(warning) for warning in warnings(load_scenario(town)))
    assert said.startswith("scenario.yaml:7: power.json: coordinates (x 500000 to 500000")


def test_a_file_whose_places_cannot_be_read_costs_no_run(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(self: object, path: Path, scenario: object) -> list[object]:
        raise ValueError("no map here")

    monkeypatch.setattr(type(utilities()["water"]), "places", unreadable)
    assert place(town, 1_250_000.0, 480_000.0) == []


def test_alatau_lies_where_its_districts_are() -> None:
    assert not [w for w in warnings(load_scenario(ALATAU)) if "coordinates" in str(w)]


@given(st.floats(75.0, 78.0), st.floats(40.0, 50.0))
def test_a_point_comes_back_from_another_system(x: float, y: float) -> None:
    there, back = mover(DEGREES, "EPSG:32643"), mover("EPSG:32643", DEGREES)
    (moved,) = there([(x, y)])
    assert moved is not None
    assert back([moved])[0] == pytest.approx((x, y), abs=1e-9)

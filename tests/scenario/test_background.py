"""The land beneath the networks, and names in other languages."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.town import write_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.loading import input_files

RIVER = {"kind": "river", "name": "Ili"}


def feature(geometry: str, coordinates: Any, **about: Any) -> dict[str, Any]:
    own = {"type": geometry, "coordinates": coordinates}
    return {"type": "Feature", "properties": about or RIVER, "geometry": own}


def write(folder: Path, *features: Any, **more: Any) -> Path:
    """Write a town with a background, a feature on each line from the second on."""
    town = write_town(folder / "town")
    rows = ",\n".join(map(json.dumps, features))
    about = "".join(f', "{key}": {json.dumps(value)}' for key, value in more.items())
    text = f'{{"type": "FeatureCollection"{about}, "features": [\n{rows}\n]}}\n'
    (town / "background.geojson").write_text(text, encoding="utf-8")
    return town


def refused(folder: Path) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_scenario(folder)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_lines_areas_and_points_are_shapes(tmp_path: Path) -> None:
    ring, hole = [[0, 0], [4, 0], [4, 4], [0, 0]], [[1, 1], [2, 1], [2, 2], [1, 1]]
    town = write(
        tmp_path,
        feature("LineString", [[77, 43, 650.0], [78, 44, 660.0]]),
        feature("MultiPolygon", [[ring, hole], [ring]], kind="lake"),
        feature("Point", [77, 43], kind="place", name="Town"),
        feature("MultiLineString", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], kind="railway", colour="red"),
    )
    scenario = load_scenario(town)
    assert [shape.kind for shape in scenario.background] == [
        *("river", "lake", "lake", "place", "railway"),
    ]
    assert scenario.background[0].parts == (((77.0, 43.0), (78.0, 44.0)),)
    assert [[len(part) for part in shape.parts] for shape in scenario.background[1:3]] == [[4, 4], [4]]
    assert [shape.filled for shape in scenario.background] == [False, True, True, False, False]
    assert len(scenario.background[4].parts) == 2
    assert town / "background.geojson" in input_files(scenario)


def test_every_feature_that_cannot_be_drawn_is_told_with_its_line(tmp_path: Path) -> None:
    town = write(
        tmp_path,
        feature("Circle", [77, 43]),
        {"type": "Feature", "properties": RIVER, "geometry": None},
        feature("LineString", [77, 43]),
        feature("Point", {"x": 1}),
        "no feature",
        7,
    )
    told = refused(town)
    assert [line.split(" ")[0] for line in told] == [f"background.geojson:{line}:" for line in range(2, 8)]


def test_kinds_and_places_that_are_none_are_told_with_their_line(tmp_path: Path) -> None:
    town = write(
        tmp_path,
        feature("Point", [77, 43], kind="volcano"),
        feature("LineString", [[610000, 4810000], [620000, 4820000]]),
        feature("Point", [77, "north"], kind="place"),
        feature("Point", [77, 43], name="without a kind"),
    )
    told = refused(town)
    assert told[0].startswith("background.geojson:2: background.0.kind is 'volcano'")
    assert any(line.startswith("background.geojson:3:") and "610000" in line for line in told)
    assert any(line.startswith("background.geojson:4:") and "north" in line for line in told)
    assert any(line.startswith("background.geojson:5: missing background.3.kind") for line in told)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "background.geojson:1: not JSON"),
        ("[]", "background.geojson:1: not a FeatureCollection"),
        ('{"type": "FeatureCollection"}', "background.geojson:1: not a FeatureCollection"),
        ('{"type": "Topology", "features": []}', "background.geojson:1: not a FeatureCollection"),
    ],
)
def test_what_is_no_geojson_is_told(tmp_path: Path, text: str, says: str) -> None:
    town = write_town(tmp_path / "town")
    (town / "background.geojson").write_text(text, encoding="utf-8")
    (told,) = refused(town)
    assert told.startswith(says)


def test_another_coordinate_system_is_told(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32643"}}
    (told,) = refused(write(tmp_path, feature("Point", [77, 43], kind="place"), crs=crs))
    assert told.startswith("background.geojson:1: in another coordinate system")


def test_a_translation_of_a_name_that_is_not_there_is_told(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    (town / "names.csv").write_text("name,ru,kk\nTown,Город,Қала\nTwon,Город,Қала\n", encoding="utf-8")
    (told,) = refused(town)
    assert told.startswith("names.csv:3: ")
    assert "did you mean Town?" in told


def test_names_are_kept_by_language(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    (town / "names.csv").write_text("name,ru\nTown,Город\n", encoding="utf-8")
    (own,) = load_scenario(town).names.items()
    assert (own[0], own[1].ru, own[1].kk) == ("Town", "Город", "")

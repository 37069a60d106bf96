"""Maps: every asset is there, where its file says; what has no place is named."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import pytest

from tests.report.folders import NASTY, edit_scenario, edit_table, write_run
from twin.errors import InvalidInput
from twin.report.exports.write import export

LAYERS = ["asset_points", "asset_lines", "headroom", "violations", "sites", "queue", "districts"]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


def layer(file: Path, name: str) -> Any:
    return pyogrio.read_dataframe(file, layer=name)


def test_a_geopackage_has_every_layer_and_every_asset(results: Path, tmp_path: Path) -> None:
    file = tmp_path / "town.gpkg"
    assert export(results, {"--gis": file}) == []
    assert [name for name, _ in pyogrio.list_layers(file)] == LAYERS
    assert all(pyogrio.read_info(file, layer=name)["crs"] == "EPSG:4326" for name in LAYERS)
    points, lines = layer(file, "asset_points"), layer(file, "asset_lines")
    own = {*points["asset"], *lines["asset"]}
    assert own == {"power/B-1", "power/B-2", "power/L-1", "power/T-1", "power/T-2"} | {
        "water/J-1",
        "water/R-1",
        "water/PU-1",
    }
    where = dict(zip(points["asset"], points.geometry, strict=True))
    assert (where["power/B-1"].x, where["power/B-1"].y) == (77.0, 43.4)
    assert (where["water/J-1"].x, where["water/J-1"].y) == (77.0, 43.43)
    trafo = lines.set_index("asset").loc["power/T-2"]
    assert list(trafo.geometry.coords) == [(77.0, 43.4), (77.1, 43.45)]
    assert trafo["level"] == "110 kV"
    assert (trafo["capacity"], trafo["capacity_unit"], trafo["site"]) == (40.0, "MVA", "SS1")
    assert points.set_index("asset").loc["water/R-1", "placed"] == "neighbours"


def test_headroom_is_that_of_each_years_tightest_month(results: Path, tmp_path: Path) -> None:
    export(results, {"--gis": tmp_path / "town.gpkg"})
    rows = layer(tmp_path / "town.gpkg", "headroom")
    assert list(rows["year"]) == [2026, 2027]
    assert list(rows["month"]) == ["2026-12", "2027-06"]
    assert list(rows["demand_headroom_mw"]) == pytest.approx([15.5 - 16.4, 15.5 - 18.8])
    assert list(rows["first_breach"]) == ["2026-10", None]
    assert str(rows["latest_safe_start"][0])[:10] == "2026-01-15"
    middle = rows.geometry[0]
    assert (middle.x, middle.y) == pytest.approx((77.05, 43.425))


def test_sites_queue_and_districts_stand_where_they_are(results: Path, tmp_path: Path) -> None:
    export(results, {"--gis": tmp_path / "town.gpkg"})
    sites = layer(tmp_path / "town.gpkg", "sites").set_index("site")
    assert sites.loc["W1", "name"] == NASTY
    assert str(sites.loc["SS1", "commissioned"])[:10] == "2027-07-01"
    assert (sites.geometry["W1"].x, sites.geometry["W1"].y) == (77.0, 43.42)
    queue = layer(tmp_path / "town.gpkg", "queue").set_index("development")
    assert queue.loc["P1", ["first_month", "last_month", "waiting_months"]].tolist() == [
        "2026-06",
        "2027-06",
        13,
    ]
    assert queue.geometry["P1"].x == 77.0
    people = layer(tmp_path / "town.gpkg", "districts")
    gate = people[people["district"] == "Gate"].set_index("year")
    assert gate["people"].to_dict() == {2026: 10049.0 + 1100.0, 2027: 10049.0 + 2300.0}
    assert people[people["district"] == "<b>East</b>"]["people"].isna().all()


def test_geojson_is_in_degrees_of_one_file_with_the_layer_as_a_property(
    results: Path, tmp_path: Path
) -> None:
    export(results, {"--gis": tmp_path / "town.geojson"})
    content = json.loads((tmp_path / "town.geojson").read_text(encoding="utf-8"))
    assert "crs" not in content
    features = content["features"]
    assert list(dict.fromkeys(own["properties"]["layer"] for own in features)) == [
        name for name in LAYERS if name != "violations"
    ]
    (bus,) = (own for own in features if own["properties"].get("asset") == "power/B-1")
    assert bus["geometry"] == {"type": "Point", "coordinates": [77.0, 43.4]}
    assert len(pyogrio.read_dataframe(tmp_path / "town.geojson")) == len(features)


def test_files_in_metres_are_moved_to_where_the_districts_are(results: Path, tmp_path: Path) -> None:
    """The town's buses in metres of zone 43 north lie, in degrees, where they lay in degrees."""
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32643", always_xy=True).transform
    edit_table(
        results,
        "assets",
        x=lambda row: to_metres(float(row["x"]), float(row["y"]))[0],
        y=lambda row: row["y"],
    )
    degrees = {"power/B-1": (77.0, 43.4), "water/J-1": (77.0, 43.43)}
    metres = {"power/B-1": to_metres(77.0, 43.4), "power/B-2": to_metres(77.1, 43.45)}
    metres["water/J-1"] = metres["water/R-1"] = metres["water/PU-1"] = to_metres(77.0, 43.43)
    edit_table(
        results,
        "assets",
        x=lambda row: repr(metres.get(row["asset"], metres["power/B-1"])[0]),
        y=lambda row: repr(metres.get(row["asset"], metres["power/B-1"])[1]),
    )
    edit_scenario(results, lambda own: own.update(crs="EPSG:32643"))
    export(results, {"--gis": tmp_path / "m.gpkg"})
    export(results, {"--gis": tmp_path / "d.geojson"})
    assert pyogrio.read_info(tmp_path / "m.gpkg", layer="asset_points")["crs"] == "EPSG:32643"
    rows = layer(tmp_path / "m.gpkg", "asset_points").set_index("asset")
    districts = layer(tmp_path / "m.gpkg", "districts")
    assert districts.geometry[0].distance(rows.geometry["power/B-1"]) < 3_000.0
    content = json.loads((tmp_path / "d.geojson").read_text(encoding="utf-8"))
    for asset, place in degrees.items():
        (own,) = (f for f in content["features"] if f["properties"].get("asset") == asset)
        assert own["geometry"]["coordinates"] == pytest.approx(place, abs=1e-6)


def test_what_has_no_place_is_named_and_kept_without_geometry(results: Path, tmp_path: Path) -> None:
    edit_table(
        results, "assets", placed=lambda row: "layout" if row["asset"] == "power/L-1" else row["placed"]
    )
    edit_table(results, "assets", x=lambda row: "1e5" if row["asset"] == "water/J-1" else row["x"])
    said = export(results, {"--gis": tmp_path / "town.gpkg"})
    assert said == [
        "power: exported without geometry, for want of coordinates: 1 asset: power/L-1",
        "water: 1 of 3 assets outside EPSG:4326: all are exported without geometry (crs in scenario.yaml)",
    ]
    rows = layer(tmp_path / "town.gpkg", "asset_points").set_index("asset")
    assert rows.geometry["power/L-1"] is None
    assert rows.geometry["water/J-1"] is None
    assert rows.geometry["power/B-1"] is not None


@pytest.mark.parametrize(
    ("table", "column", "cell"),
    [
        ("assets", "x", "east"),
        ("assets", "level", "a/b kV"),
        ("headroom", "peak", "much"),
        ("headroom", "month", "soon"),
        ("sites", "commissioned", "later"),
        ("people", "people", "many"),
    ],
)
def test_damaged_results_are_one_line(
    results: Path, tmp_path: Path, table: str, column: str, cell: str
) -> None:
    edit_table(results, table, **{column: lambda row: cell})
    files = {"--gis": tmp_path / "town.gpkg", "--headroom": tmp_path / "h.csv"}
    with pytest.raises(InvalidInput, match="run: cannot be exported: ValueError") as caught:
        export(results, files)
    assert len(caught.value.mistakes) == 1
    assert not (tmp_path / "h.csv").exists()


def test_a_system_that_nobody_knows_is_one_line(results: Path, tmp_path: Path) -> None:
    edit_scenario(results, lambda own: own.update(crs="EPSG:99999"))
    with pytest.raises(InvalidInput, match="EPSG:99999 is no coordinate system"):
        export(results, {"--gis": tmp_path / "town.gpkg"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_our_own_file_is_replaced_and_no_other(results: Path, tmp_path: Path) -> None:
    for option, name in (
        ("--gis", "a.gpkg"),
        ("--gis", "a.geojson"),
        ("--xlsx", "a.xlsx"),
        ("--headroom", "a.csv"),
    ):
        file = tmp_path / name
        file.write_text("mine", encoding="utf-8")
        with pytest.raises(FileExistsError, match=r"is not of twin export"):
            export(results, {option: file})
        assert file.read_text(encoding="utf-8") == "mine"
        export(results, {option: file}, force=True)
        before = file.stat().st_mtime_ns
        export(results, {option: file})
        assert file.stat().st_mtime_ns > before
    file.unlink()
    os.symlink(tmp_path / "a.gpkg", file)
    with pytest.raises(FileExistsError, match="is a link"):
        export(results, {"--headroom": file}, force=True)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_file_in_the_results_folder_is_of_the_run(results: Path) -> None:
    export(results, {"--gis": results / "map.gpkg"})
    assert "map.gpkg" in json.loads((results / "manifest.json").read_text(encoding="utf-8"))["files"]


def test_what_is_asked_wrongly_is_told_at_once(results: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        export(tmp_path, {"--gis": tmp_path / "a.shp", "--xlsx": tmp_path / "a.xls"})
    assert len(caught.value.mistakes) == 3
    with pytest.raises(InvalidInput, match="writes nothing"):
        export(results, {})


def test_all_extras_that_are_missing_are_told_at_once_with_their_options_and_nothing_is_written(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("pyogrio", "openpyxl"):
        monkeypatch.setitem(sys.modules, package, None)
    files = {
        "--headroom": tmp_path / "own.csv",
        "--gis": tmp_path / "town.gpkg",
        "--xlsx": tmp_path / "town.xlsx",
    }
    with pytest.raises(InvalidInput) as caught:
        export(results, files)
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "--gis: needs pyogrio, which is not installed (pip install 'twin[gis]')",
        "--xlsx: needs openpyxl, which is not installed (pip install 'twin[xlsx]')",
    ]
    assert not any(path.exists() for path in files.values())

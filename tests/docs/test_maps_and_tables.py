"""The page on maps and tables: its commands run, and what it says of layers, columns and lines is so."""

import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyogrio
import pytest

from tests.town import WATER, write_town
from twin import load_scenario
from twin.cells import read_csv
from twin.errors import InvalidInput
from twin.scenario.warnings import warnings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "maps-and-tables.md").read_text(encoding="utf-8")
OTHER_UNITS = re.compile(r"_(mva|m3_per_day|m3_per_h|veh_per_h)$")
"""Of capacities in other units than MW."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the commands of the page were run, its ten years shortened to two months."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    (commands,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    short = commands.replace("twin run scenarios/alatau", "twin run scenarios/alatau --set end=2026-03-01")
    own = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["sh", "-ec", short], cwd=folder, env=own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_layers_and_columns_are_those_of_the_page(made: Path) -> None:
    told = re.findall(r"^\| `(\w+)` \| (point|line)[^|]* \| [^|]* \| (.*) \|$", PAGE, re.MULTILINE)
    assert [name for name, _, _ in told] == [name for name, _ in pyogrio.list_layers(made / "alatau.gpkg")]
    before: set[str] = set()
    for name, geometry, columns in told:
        info = pyogrio.read_info(made / "alatau.gpkg", layer=name)
        assert info["geometry_type"] == {"point": "Point", "line": "LineString"}[geometry]
        named = set(re.findall(r"`(\w+)`", columns)) | (before if columns.startswith("the same") else set())
        fields = {field for field in info["fields"] if not OTHER_UNITS.search(field)}
        if name != "sites":
            assert named == fields, name
        before = named


def test_the_headroom_table_has_the_columns_of_the_page(made: Path) -> None:
    part = PAGE.partition("--headroom FILE.csv`\n")[2].partition("\n## ")[0]
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \| ", part, re.MULTILINE)))
    columns = list(read_csv(made / "headroom.csv")[0])
    assert named == [column for column in columns if not OTHER_UNITS.search(column)]


def test_the_workbook_has_a_sheet_for_each_table(made: Path) -> None:
    names = set(openpyxl.load_workbook(made / "alatau.xlsx", read_only=True).sheetnames)
    assert names == {"metrics", "monthly"} | {
        path.stem for path in (made / "results" / "alatau").glob("*.csv")
    }


def test_the_lines_of_the_page_are_what_is_said(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    (town / "districts.csv").write_text(
        "district,storeys,longitude,latitude\nTown,1,77,43.4\n", encoding="utf-8"
    )
    places = "[COORDINATES]\nJ-HIGH 500000 4790000\nJ-LOW 512000 4801000\n[END]"
    (town / "water.inp").write_text(WATER.replace("[END]", places), encoding="utf-8")
    (said,) = map(str, warnings(load_scenario(town)))
    assert f"<!-- warning -->\n```\n{said}\n```" in PAGE
    book = openpyxl.Workbook()
    book.active.title = "sites"
    for row in (["id", "kind", "name", "cost_bn_kzt", "build_months", "stage"], [], [], []):
        book.active.append(row)
    book.active.append(["W01", "water main", "Main", "tbd", 6, "1"])
    book.save(town / "sites.xlsx")
    with pytest.raises(InvalidInput) as caught:
        load_scenario(town, ["stages.1=2026-05-04"])
    assert f"```\n{caught.value}\n```" in PAGE

"""What a comparison says beside its figures."""

import json
import shutil
from pathlib import Path

import pytest

from tests.orders_town import write_orders_town
from tests.town import write_town
from twin.orders.commands import compare
from twin.results import run as results
from twin.scenario import load_scenario
from twin.scenario.reach import WITHIN
from twin.simulation import clock


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    scenario = load_scenario(write_town(folder / "town"), ["end=2026-05-05"])
    return results.save(clock.run(scenario), folder / "saved")


def compared(*folders: Path) -> tuple[list[str], list[str]]:
    """Compare folders; return what is told, and the first cell of each line that is shown."""
    said: list[str] = []
    shown: list[str] = []
    compare(
        folders,
        [],
        futures=0,
        slips=0.0,
        thresholds=[],
        jobs=1,
        out=None,
        overrides=[],
        reach=WITHIN,
        tell=said.append,
        show=lambda title, lines: shown.extend([title, *(line[0] for line in lines)]),
    )
    return said, shown


def told(*folders: Path) -> list[str]:
    return compared(*folders)[0]


def test_folders_of_one_program_are_compared_without_a_word(saved: Path, tmp_path: Path) -> None:
    assert told(saved, Path(shutil.copytree(saved, tmp_path / "copy"))) == []


def test_a_folder_that_another_version_made_is_named(saved: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(saved, tmp_path / "other"))
    about = json.loads((other / "run.json").read_text(encoding="utf-8"))
    for program in ("twin-0123456789ab", None):
        changed = {key: value for key, value in about.items() if key != "program"}
        changed |= {"program": program} if program else {}
        (other / "run.json").write_text(json.dumps(changed), encoding="utf-8")
        (line,) = told(saved, other)
        assert str(other) in line
        assert "another version" in line


def test_an_order_that_leaves_out_works_is_not_called_cheap_without_a_word(tmp_path: Path) -> None:
    town = write_orders_town(tmp_path / "town")
    first = results.save(clock.run(load_scenario(town)), tmp_path / "all")
    fewer = results.save(clock.run(load_scenario(town, ["sites.BIG.slip_months=60"])), tmp_path / "fewer")
    for folders in ((first, fewer), (fewer, first), (first, first)):
        said = [line for line in compared(*folders)[1] if "does not build" in line]
        assert said == (
            ["fewer does not build until its end what another does: BIG"] if fewer in folders else []
        )

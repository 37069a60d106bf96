"""`twin snapshot` writes an instant of a saved run as files that other programs open."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
import wntr
from typer.testing import CliRunner, Result

from tests.town import write_town
from tests.utilities.test_snapshot import AT_REST_M3_PER_S, PRESSURE_M, epanet
from twin.cli.main import app
from twin.results.run import Run, save
from twin.scenario import load_scenario
from twin.simulation import clock as simulation


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    folder = tmp_path_factory.mktemp("snapshot")
    run = simulation.run(load_scenario(write_town(folder / "town"), ["end=2026-05-06"]))
    save(run, folder / "results" / "town")
    return folder, run


@pytest.fixture
def folder(made: tuple[Path, Run], tmp_path: Path) -> Path:
    shutil.copytree(made[0], tmp_path / "all")
    return tmp_path / "all"


def ends(link: Any) -> tuple[str, str]:
    return link.start_node_name, link.end_node_name


def snapshot(folder: Path, *words: str) -> Result:
    arguments = ["snapshot", str(folder / "results" / "town"), "--out", str(folder / "out"), *words]
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("at", ["2026-05-05T19:00", "worst"])
def test_its_files_hold_the_figures_of_the_run(folder: Path, made: tuple[Path, Run], at: str) -> None:
    assert snapshot(folder, "--at", at).exit_code == 0
    when = made[1].worst() if at == "worst" else datetime.fromisoformat(at)
    instant = made[1].at(when)
    net = pp.from_json(str(folder / "out" / "power.json"))
    np.testing.assert_allclose(net.res_bus.vm_pu, instant.models["power"].res_bus.vm_pu, atol=1e-9)
    before = net.res_bus.vm_pu.copy()
    pp.runpp(net, numba=False)
    np.testing.assert_allclose(net.res_bus.vm_pu, before, atol=1e-6)
    for name in ("water", "wastewater"):
        path, results = folder / "out" / f"{name}.inp", instant.results[name]
        heads, flows, accuracy = epanet(path)
        assert np.abs(heads - results.node["head"].loc[0]).max() < PRESSURE_M
        ours = results.link["flowrate"].loc[0]
        assert np.abs(flows / 3600.0 - ours).max() <= 2.0 * accuracy * ours.abs().sum() + AT_REST_M3_PER_S
        model = wntr.network.WaterNetworkModel(str(path))
        theirs = wntr.sim.EpanetSimulator(model).run_sim(str(folder / name)).node["pressure"].loc[0]
        passed = {n for _, link in model.links() for n in ends(link) if abs(ours[link.name]) > 1e-6}
        apart = (theirs - results.node["pressure"].loc[0][theirs.index]).abs()
        # where nothing flows a pressure means nothing
        assert (apart[sorted(passed)] < PRESSURE_M).all()
    about = json.loads((folder / "out" / "snapshot.json").read_text())
    assert about["time"] == when.isoformat()
    assert about["files"] == {"power": "power.json", "water": "water.inp", "wastewater": "wastewater.inp"}
    assert any("basins" in told for told in about["cannot_show"])


def test_the_worst_hour_is_found_in_the_saved_statistics(folder: Path, made: tuple[Path, Run]) -> None:
    done = snapshot(folder, "--at", "worst", "--asset", "power/T-TOWN")
    assert done.exit_code == 0
    about = json.loads((folder / "out" / "snapshot.json").read_text())
    assert about["time"] == made[1].worst("power/T-TOWN").isoformat()
    again = snapshot(folder, "--at", "worst")
    assert again.exit_code == 0


@pytest.mark.parametrize("change", ["gone", "table", "yaml", "table gone"])
def test_a_scenario_that_is_gone_or_another_is_one_line(folder: Path, change: str) -> None:
    town = folder / "town"
    if change == "gone":
        shutil.rmtree(town)
    elif change == "table":
        (town / "population.csv").write_text("district,year,population_k\nTown,2025,13\n")
    elif change == "yaml":
        (town / "scenario.yaml").write_text((town / "scenario.yaml").read_text() + "seed: 3\n")
    else:
        (town / "outages.csv").unlink()
    done = snapshot(folder, "--at", "2026-05-05T19:00")
    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1
    assert ("gone" if change == "gone" else "changed") in done.output
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "2026-05-05T19:30:30"), "nearest simulated"),
        (("--at", "2027-01-01"), "no instant of this run"),
        (("--at", "tomorrow"), "is no instant"),
        (("--at", "worst", "--asset", "power/none"), "has no worst hour"),
        (("--at", "2026-05-05T19:00", "--asset", "power/T-TOWN"), "--at worst"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    folder: Path, words: tuple[str, ...], told: str
) -> None:
    done = snapshot(folder, *words)
    assert done.exit_code == 2
    assert told in done.output
    assert not (folder / "out").exists()


def test_a_folder_that_holds_something_else_stays(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("mine")
    done = snapshot(folder, "--at", "2026-05-05T19:00")
    assert done.exit_code == 2
    assert [path.name for path in (folder / "out").iterdir()] == ["mine.txt"]


def test_results_from_elsewhere_lead_to_no_other_file(folder: Path) -> None:
    secret = folder / "secret.yaml"
    secret.write_text("password: hunter2\n")
    path = folder / "results" / "town" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scenario": "../../secret.yaml"}))
    done = snapshot(folder, "--at", "2026-05-05T19:00")
    assert done.exit_code == 2
    assert "hunter2" not in done.output
    assert "password" not in done.output

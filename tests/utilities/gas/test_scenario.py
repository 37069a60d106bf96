"""A gas network from `twin new` to results, and files that are refused."""

import json
from pathlib import Path

import pandapipes.networks as nw
import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.utilities.gas import examples as made
from twin.cli.main import app


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    net = made.empty()
    a, b, c, d = made.junctions(net, 4)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 2.0, 150.0)
    made.regulator(net, b, c, 3.0, "R1")
    made.pipe(net, c, d)
    made.sink(net, c, 900.0, "homes")
    made.sink(net, d, 600.0, "works")
    return made.written(net, tmp_path)


def test_a_scenario_around_a_file_runs_and_its_balance_closes(file: Path, tmp_path: Path) -> None:
    town, results = tmp_path / "town", tmp_path / "results"
    assert invoke("new", town, "--gas", file).exit_code == 0
    yaml = (town / "scenario.yaml").read_text(encoding="utf-8")
    (town / "scenario.yaml").write_text(yaml.replace("end: 2026-02-01", "end: 2026-01-03"), encoding="utf-8")
    with (town / "capacities.csv").open("w", encoding="utf-8") as rows:
        rows.write("capacity,asset,kind,rating,unit\nStation,gas/R1,gas_station,1000,m3/h\n")
    done = invoke("run", town, "--out", results)
    assert done.exit_code == 0, done.output
    metrics = json.loads((results / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["gas_served_m3"] == pytest.approx(48 * 1000.0)
    assert metrics["unserved_gas_m3"] == pytest.approx(48 * 500.0)
    assert metrics["balance_error_gas"] < 1e-9
    unserved = (results / "unserved.csv").read_text(encoding="utf-8")
    assert "gas_station,gas/R1" in unserved


def test_a_network_of_water_is_refused(tmp_path: Path) -> None:
    with made.quiet():
        path = made.written(nw.water_meshed_delta(), tmp_path)
    town = tmp_path / "town"
    invoke("new", town, "--gas", path)
    done = invoke("run", town, "--out", tmp_path / "results")
    assert done.exit_code == 2
    assert "a liquid" in done.output

"""The worked example of CONTRIBUTING.md: a utility that another package brings, through a whole run."""

import csv
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pandapower as pp
import pytest

from tests.town import write_town

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "heat"
HEAT = {
    "losses_mw": 0.1,
    "pumps": {"HP1": {"rated_mw": 3.0, "cop": 3.0}, "HP2": {"rated_mw": 2.0, "cop": 3.0}},
    "buildings": ["Old town"],
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return one in which the example is installed, as pip would: its code and its entry points."""
    site = tmp_path_factory.mktemp("site")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    information = site / "twin_heat-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        f"Name: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in own.items())
        for group, own in project["entry-points"].items()
    )
    (information / "entry_points.txt").write_text(points, "utf-8")
    paths = [str(site), str(EXAMPLE), str(ROOT)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """Return the results of a town that is heated, with a day's outage of its larger heat pump's feeder."""
    folder = tmp_path_factory.mktemp("heated")
    town = write_town(folder / "town")
    (town / "heat.json").write_text(json.dumps(HEAT), "utf-8")
    net = pp.from_json(str(town / "power.json"))
    bus = int(net.bus.index[net.bus.name == "B-PUMPS"][0])
    for pump in HEAT["pumps"]:
        pp.create_load(net, bus, 0.0, name=f"L-{pump}")
    pp.to_json(net, str(town / "power.json"))
    extend(town / "scenario.yaml", "  heat: {}\n")
    extend(town / "links.csv", "pump,heat/HP1,power/L-HP1,,,900\npump,heat/HP2,power/L-HP2,,,900\n")
    extend(town / "norms.csv", "heat_kw_per_person,2025,0.25\n")
    extend(town / "demand_points.csv", "heat/Old town,Town,1\n")
    (town / "capacities.csv").write_text(
        "capacity,asset,kind,rating,unit\nHeat,heat/HP1,heat pump,3,MW\nHeat,heat/HP2,heat pump,2,MW\n",
        "utf-8",
    )
    profiles = rows(town / "profiles.csv")
    with (town / "profiles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*profiles[0], "heat"])
        writer.writeheader()
        writer.writerows({**row, "heat": 1.0} for row in profiles)
    (town / "checks.yaml").write_text(
        "checks:\n- {name: warm, metric: unserved_heat_mwh, is: '<= 0'}\n"
        "- {name: room, headroom: Heat, is: '>= 1'}\n",
        "utf-8",
    )
    command = ["run", str(town), "--out", str(folder / "results"), "--checks", str(town / "checks.yaml")]
    done = subprocess.run(
        [sys.executable, "-m", "twin", *command, "--report"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    (folder / "results" / "said.txt").write_text(done.stdout + done.stderr, "utf-8")
    return folder / "results"


def extend(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8")
    path.write_text(before if before.endswith("\n") else before + "\n", "utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_its_metrics_are_those_worked_out_by_hand(results: Path) -> None:
    metrics = json.loads((results / "metrics.json").read_text(encoding="utf-8"))
    # 12,000 people of 0.25 kW for three days, less six hours without power and the restart's quarter
    missing = 3.0 * 6.25
    assert metrics["unserved_heat_mwh"] == pytest.approx(missing, rel=1e-6)
    assert metrics["heat_served_mwh"] == pytest.approx(3.0 * 72 - missing, rel=1e-6)
    assert metrics["balance_error_heat"] < 1e-9


def test_its_capacity_its_cause_and_its_event_are_told(results: Path) -> None:
    (headroom,) = rows(results / "headroom.csv")
    assert (headroom["kind"], headroom["unit"], float(headroom["capacity"])) == ("heat pump", "MW", 5.0)
    (lost,) = (row for row in rows(results / "unserved.csv") if row["network"] == "heat")
    assert (lost["quantity"], lost["asset"]) == ("unserved_heat_mwh", "heat/HP1")
    events = {row["number"]: row for row in rows(results / "events.csv")}
    cold = next(row for row in events.values() if row["kind"] == "cold")
    assert events[cold["cause"]]["kind"] == "stopped"
    assert events[cold["cause"]]["subject"].startswith("heat/HP")


def test_checks_and_page_know_it(results: Path) -> None:
    said = (results / "said.txt").read_text(encoding="utf-8")
    assert "warm" in said and "room" in said
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "unserved_heat_mwh" in page and "heat pump" in page


def test_its_mistakes_are_told_by_file_and_line(tmp_path: Path, environment: dict[str, str]) -> None:
    town = write_town(tmp_path / "town")
    extend(town / "scenario.yaml", "  heat: {min_supply_share: 2}\n")
    command = [sys.executable, "-m", "twin", "validate", str(town)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert "scenario.yaml:" in done.stderr and "min_supply_share" in done.stderr

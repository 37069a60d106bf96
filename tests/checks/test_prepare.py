"""What a run would refuse is found before it: by `validate`, and by `run` before anything is computed."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import twin
from tests.town import write_town
from twin.checks.checks import read_checks
from twin.checks.prepare import prepare
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

ALATAU = Path(__file__).parents[2] / "scenarios" / "alatau"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("prepare") / "town")


def refusals(folder: Path, tmp_path: Path, checks: str = "", **tables: str) -> list[str]:
    for name in folder.iterdir():
        (tmp_path / name.name).write_bytes(name.read_bytes())
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    asserted = None
    if checks:
        (tmp_path / "checks.yaml").write_text(f"checks:\n{checks}")
        asserted = read_checks(tmp_path / "checks.yaml")
    with pytest.raises(InvalidInput) as caught:
        prepare(load_scenario(tmp_path), asserted)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_limit_on_what_is_not_there_is_named_with_what_is(town: Path, tmp_path: Path) -> None:
    limits = "asset,quantity,upper\nwater/J-HIGH,loading_percent,5\npower/T-TOWN,loading_percent,5\n"
    (line,) = refusals(town, tmp_path, limits=limits)
    assert line.startswith("limits.csv:2: water/J-HIGH has no loading_percent (one of pressure_m, ")


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("metric: unserved_energy", "no metric unserved_energy in this scenario (did you mean unserved_"),
        ("metric: service_cost_bn_kzt", "no metric service_cost_bn_kzt"),
        ("metric: connection_delay_months_p90", "no metric connection_delay_months_p90"),
        ("headroom: Nord", "no capacity Nord"),
        ("metric: min_voltage_pu, asset: power/B-TOWNE", "no asset power/B-TOWNE (did you mean power/"),
        ("metric: min_pressure_m, district: Tawn", "no district Tawn (did you mean Town?)"),
        ("metric: unserved_water_m3, period: 2031", "its period is outside the horizon (2026-05 to 2026-05)"),
    ],
)  # fmt: skip
def test_a_check_on_what_cannot_be_is_named_at_its_line(
    town: Path, tmp_path: Path, check: str, said: str
) -> None:
    good = '  - {name: a, metric: unserved_energy_mwh, is: "<= 0"}\n'
    (line,) = refusals(town, tmp_path, f'{good}  - {{name: b, {check}, is: ">= 0"}}\n')
    assert line.startswith(f"checks.yaml:3: b: {said}")


def test_every_metric_of_a_run_may_be_checked(town: Path, tmp_path: Path) -> None:
    scenario = load_scenario(town)
    metrics = simulation.run(scenario).metrics
    checks = "".join(f'  - {{name: {name}, metric: {name}, is: ">= 0"}}\n' for name in metrics)
    (tmp_path / "checks.yaml").write_text(f"checks:\n{checks}")
    prepare(scenario, read_checks(tmp_path / "checks.yaml"))


def test_a_prepared_city_runs_as_one_just_opened(town: Path) -> None:
    scenario = load_scenario(town)
    plain, prepared = simulation.run(scenario), simulation.run(scenario, None, prepare(scenario))
    assert plain.metrics == prepared.metrics


@pytest.mark.parametrize("command", ["validate", "run"])
def test_a_wrong_check_ends_before_anything_is_written(town: Path, tmp_path: Path, command: str) -> None:
    checks = tmp_path / "checks.yaml"
    checks.write_text('checks:\n  - {name: a, headroom: Nord, is: ">= 0"}\n')
    words = [command, str(town), "--checks", str(checks)]
    done = twin(*words, *(["--out", str(tmp_path / "out")] if command == "run" else []))
    assert (done.returncode, done.stderr.splitlines()) == (2, ["checks.yaml:2: a: no capacity Nord"])
    assert not (tmp_path / "out").exists()


def test_the_quick_pass_opens_nothing() -> None:
    code = (
        "import sys, twin.cli.main; sys.argv = ['twin', 'validate', sys.argv[1], '--quick']\n"
        "try: twin.cli.main.main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert not {'pandapower', 'epanet', 'lightsim2grid', 'numba'} & set(sys.modules)\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, str(ALATAU)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # under half a second on a machine of its own; others may slow this one
    assert after.ru_utime - before.ru_utime < 1.0


def test_a_change_that_leaves_no_supply_is_no_mistake(town: Path, tmp_path: Path) -> None:
    for file in town.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "sites.csv").write_text("id,kind,name,build_months,stage\nS,end,End,1,now\n")
    (tmp_path / "site_changes.csv").write_text("site,asset,field,value\nS,power/EG,in_service,false\n")
    assert "power" in prepare(load_scenario(tmp_path, ["stages={now: 2026-05-01}"])).networks

"""What no run can have is found by names alone, before a network is opened."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import twin
from tests.orders_town import write_orders_town
from tests.town import write_town
from twin.checks.checks import read_checks
from twin.checks.possible import unknown
from twin.scenario import load_scenario
from twin.simulation import clock

ENGINES = ("pandapower", "epanet", "lightsim2grid", "wntr", "numba")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("possible") / "town")


def found(town: Path, tmp_path: Path, text: str, *overrides: str) -> list[str]:
    (tmp_path / "checks.yaml").write_text(text)
    checks = read_checks(tmp_path / "checks.yaml")
    return [str(mistake) for mistake in unknown(checks, load_scenario(town, overrides))]


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("metric: unserved_energy", "a: no metric unserved_energy in this scenario (did you mean unserved_"),
        ("metric: capex_bn", "a: no metric capex_bn in this scenario (did you mean capex_bn_kzt?)"),
        ("headroom: Nord", "a: no capacity Nord"),
        ("metric: min_voltage_pu, asset: power/B-TOWNE", "a: no asset power/B-TOWNE (did you mean power/"),
        ("metric: min_pressure_m, district: Tawn", "a: no district Tawn (did you mean Town?)"),
    ],
)
def test_a_check_on_what_cannot_be_is_named(town: Path, tmp_path: Path, check: str, said: str) -> None:
    (line,) = found(town, tmp_path, f'checks:\n  - {{name: a, {check}, is: ">= 0"}}\n')
    assert line.startswith(f"checks.yaml:2: {said}")


def test_a_metric_of_a_utility_that_is_not_simulated_is_none(town: Path, tmp_path: Path) -> None:
    text = 'checks:\n  - {name: a, metric: sewage_spilled_m3, is: "<= 0"}\n'
    assert found(town, tmp_path, text) == []
    for name in town.iterdir():
        (tmp_path / name.name).write_bytes(name.read_bytes())
    scenario = (tmp_path / "scenario.yaml").read_text().replace("  wastewater: {file: wastewater.inp}\n", "")
    (tmp_path / "scenario.yaml").write_text(scenario)
    rows = (tmp_path / "links.csv").read_text().splitlines()
    kept = [row for row in rows if "wastewater" not in row]
    (tmp_path / "links.csv").write_text("\n".join(kept) + "\n")
    (line,) = found(tmp_path, tmp_path, text)
    assert "no metric sewage_spilled_m3 in this scenario" in line


def test_a_tolerance_of_nothing_is_named(town: Path, tmp_path: Path) -> None:
    text = "tolerances:\n  unserved_*: {absolute: 1}\n  peek_power_mw: {relative: 0.1}\n"
    assert found(town, tmp_path, text) == [
        "checks.yaml:3: tolerances: no metric peek_power_mw (did you mean peak_power_mw?)"
    ]


def test_every_metric_of_a_run_is_possible(town: Path, tmp_path: Path) -> None:
    metrics = clock.run(load_scenario(town, ["end=2026-05-05"])).metrics
    checks = "".join(f'  - {{name: {name}, metric: {name}, is: ">= 0"}}\n' for name in metrics)
    assert found(town, tmp_path, f"checks:\n{checks}") == []


CHECKED = 'checks:\n  - {name: a, metric: unserved_energy, is: "<= 0"}\n'
ORDERS = ("orders", "--out", "out")
BROKEN = {
    "a misspelt check": ("run", "town", "--out", "out", "--checks", "checks.yaml"),
    "a misspelt check of a sweep": ("sweep", "sweep.yaml", "--out", "out", "--checks", "checks.yaml"),
    "a baseline that is none": ("run", "town", "--out", "out", "--baseline", "nowhere"),
    "a broken sweep file": ("sweep", "broken.yaml", "--out", "out"),
    "nothing to update": ("run", "town", "--out", "out", "--update-baseline"),
    "a missing extra": ("run", "town", "--out", "out", "--report"),
    "a missing extra of a sweep": ("sweep", "sweep.yaml", "--out", "out", "--report"),
    "a missing extra of a comparison": ("compare", "town", "--out", "out", "--report", "--futures", "1"),
    "a baseline of a sweep that is none": ("sweep", "sweep.yaml", "--out", "out", "--baseline", "nowhere"),
    "a misspelt threshold": (
        "compare",
        *ORDERS,
        "--build-order",
        "small_first",
        "--threshold",
        "unserved<=0",
    ),
    "a misspelt objective": (
        "plan",
        *ORDERS,
        "--set",
        "build_order=small_first",
        "--budget",
        "2",
        "--objective",
        "cost",
    ),
}


@pytest.mark.parametrize("words", BROKEN.values(), ids=BROKEN.keys())
def test_it_ends_before_an_engine_starts(town: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "town").symlink_to(town)
    write_orders_town(tmp_path / "orders")
    (tmp_path / "checks.yaml").write_text(CHECKED)
    (tmp_path / "sweep.yaml").write_text("name: One\nscenario: town\n")
    (tmp_path / "broken.yaml").write_text("name: One\nscenario: town\nsamples: 4\n")
    without = "sys.modules['plotly'] = None\n" if "--report" in words else ""
    code = (
        f"import sys\n{without}import twin.cli.main\nsys.argv = ['twin', *sys.argv[1:]]\n"
        "try: twin.cli.main.main()\n"
        f"finally: print(sorted({set(ENGINES)!r} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_mistakes_of_checks_and_scenario_are_told_at_once(town: Path, tmp_path: Path) -> None:
    (tmp_path / "checks.yaml").write_text("checks:\n  - {name: a, metric: x}\n")
    words = ["validate", str(town), "--set", "dayz=every", "--checks", str(tmp_path / "checks.yaml")]
    done = twin(*words)
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["--set dayz=every", "checks.yaml"]

"""`twin new` on networks that others made gives a scenario that runs as it is."""

import json
import subprocess
from pathlib import Path

import pandapower as pp
import pandapower.networks as pn
import pytest
import wntr

from tests.command import twin
from twin.errors import InvalidInput
from twin.results.run import Run
from twin.results.tables import Headroom
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold
from twin.simulation import clock as simulation

NET3 = Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp"


def new(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return twin("new", *arguments, folder=folder)


def save(net: pp.pandapowerNet, path: Path) -> Path:
    pp.to_json(net, str(path))
    return path


def assert_sound(run: Run) -> None:
    assert run.status == "complete"
    assert run.metrics["unsolved_hours"] == 0.0
    for network in ("power", "water"):
        assert run.metrics[f"balance_error_{network}"] < 1e-6


def power_mw(run: Run, asset: str) -> float:
    """Return the highest power of an asset in the first month."""
    return run.months[0].maximum[[(s.asset, s.quantity) for s in run.signals].index((asset, "power_mw"))]


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(pn.create_cigre_network_mv(), tmp_path_factory.mktemp("grid") / "cigre.json")


def test_cigre_mv_and_net3_run_as_they_are(grid: Path, tmp_path: Path) -> None:
    done = new(tmp_path / "mine", "--power", grid, "--water", NET3)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert ["water/335", "fed", "from", "bus", "Bus", "12", "(guess)"] in [line.split() for line in lines]
    assert lines[-1] == f"next: twin run {tmp_path / 'mine'}"
    run = simulation.run(load_scenario(tmp_path / "mine"))
    assert_sound(run)
    assert run.metrics["pump_energy_mwh"] > 1.0
    assert run.metrics["unserved_water_m3"] < 1e-6 * run.metrics["water_served_m3"]
    assert {row.name for row in run.rows(Headroom)} == {"Trafo 0-1", "Trafo 0-12"}


def test_the_pumps_draw_from_their_own_loads(grid: Path, tmp_path: Path) -> None:
    scaffold(tmp_path / "mine", {"power": grid, "water": NET3})
    scenario = load_scenario(tmp_path / "mine", ["end=2026-01-02"])
    assert {link.to for link in scenario.links} == {"power/pump 10", "power/pump 335"}
    assert all(link.source.startswith("guess: ") for link in scenario.links)
    assert power_mw(simulation.run(scenario), "power/pump 335") > 0.1


def test_generators_in_the_grid_are_kept(tmp_path: Path) -> None:
    grid = save(pn.create_cigre_network_mv(with_der="pv_wind"), tmp_path / "der.json")
    scaffold(tmp_path / "mine", {"power": grid, "water": NET3})
    assert_sound(simulation.run(load_scenario(tmp_path / "mine", ["end=2026-01-02"])))


def test_every_guess_stands_in_the_readme(grid: Path, tmp_path: Path) -> None:
    guesses = scaffold(tmp_path / "mine", {"power": grid, "water": NET3})
    readme = (tmp_path / "mine" / "README.md").read_text()
    assert all(f"- **{guess.what}**: {guess.chosen} ({guess.rule})" in readme for guess in guesses)
    assert {"growth", "horizon", "power loads", "pump motors"} <= {guess.what for guess in guesses}


@pytest.mark.parametrize("table", ["load", "bus"])
def test_a_name_that_the_grid_already_has_is_a_loads_or_not_taken(tmp_path: Path, table: str) -> None:
    net = pn.create_cigre_network_mv()
    net[table].loc[3, "name"] = "pump 10"
    scaffold(tmp_path / "mine", {"power": save(net, tmp_path / "grid.json"), "water": NET3})
    scenario = load_scenario(tmp_path / "mine", ["end=2026-01-02"])
    # a load so called is the pump's, as in a grid that came from here
    own = "power/pump 10" if table == "load" else "power/pump 10 (2)"
    assert {link.to for link in scenario.links} == {own, "power/pump 335"}
    assert power_mw(simulation.run(scenario), "power/pump 335") > 0.1


def test_no_pump_is_fed_from_what_is_out_of_service(tmp_path: Path) -> None:
    net = pn.create_cigre_network_mv()
    dead = pp.create_bus(net, 20.0, name="dead", in_service=False)
    pp.create_load(net, dead, 90.0)
    pp.create_load(net, 5, 80.0, in_service=False)
    guesses = scaffold(tmp_path / "mine", {"power": save(net, tmp_path / "grid.json"), "water": NET3})
    fed = {guess.what: guess.chosen for guess in guesses}
    assert (fed["water/10"], fed["water/335"]) == ("fed from bus Bus 1", "fed from bus Bus 12")


@pytest.mark.parametrize("which", ["power", "water"])
def test_one_network_alone_is_enough(grid: Path, tmp_path: Path, which: str) -> None:
    scaffold(tmp_path / "mine", {which: grid if which == "power" else NET3})
    assert simulation.run(load_scenario(tmp_path / "mine", ["end=2026-01-02"])).status == "complete"


def test_mistakes_are_told_together_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    wrong = tmp_path / "wrong.inp"
    wrong.write_text("not a network")
    done = new(tmp_path / "mine", "--power", tmp_path / "none.json", "--water", wrong)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{tmp_path / 'mine'}: exists and is not empty (a new folder)",
        f"{tmp_path / 'none.json'}: no such file",
        f"{wrong}: not an EPANET network",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "wrong.inp"]
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_no_network_and_the_current_folder_are_mistakes(tmp_path: Path) -> None:
    done = new(".", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        ".: is the current folder (a new folder)",
        ".: no network given "
        "(--power FILE, --water FILE, --wastewater FILE, --gas FILE, --roads FILE or several)",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not json", ":1: not JSON: Expecting value (pandapower.to_json)"),
        (json.dumps({"_object": {}}), ": not a pandapower network in JSON"),
        (pp.to_json(pp.create_empty_network()), ": has no bus in service"),
    ],
)
def test_a_file_that_is_no_grid_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "grid.json").write_text(content)
    with pytest.raises(InvalidInput) as caught:
        scaffold(tmp_path / "mine", {"power": tmp_path / "grid.json", "water": NET3})
    assert str(caught.value) == f"{tmp_path / 'grid.json'}{said}"
    assert [p.name for p in tmp_path.iterdir()] == ["grid.json"]


def test_a_file_that_may_not_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("twin.text.os.open", refuse)
    with pytest.raises(InvalidInput) as caught:
        scaffold(tmp_path / "mine", {"water": NET3})
    assert str(caught.value) == f"{NET3}: cannot be read: Permission denied"


def test_it_is_told_that_load_is_shed(grid: Path, tmp_path: Path) -> None:
    done = new(tmp_path / "mine", "--power", grid)
    assert "load is shed by class (guess)" in done.stdout
    assert "shedding: true" in (tmp_path / "mine" / "scenario.yaml").read_text()
    assert "`networks.power.shedding: false`: only reported" in (tmp_path / "mine" / "README.md").read_text()


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251"])
def test_a_file_in_another_encoding_is_named(grid: Path, tmp_path: Path, encoding: str) -> None:
    wrong = tmp_path / "wrong.inp"
    wrong.write_bytes(NET3.read_text().replace("[JUNCTIONS]", "[JUNCTIONS]\n Узел 0 0").encode(encoding))
    with pytest.raises(InvalidInput, match=f"^{wrong}:\\d+: .*not UTF-8"):
        scaffold(tmp_path / "mine", {"water": wrong})


def grid_with_loads(folder: Path, *loads: tuple[str, float]) -> Path:
    """Return CIGRE's grid with further loads at bus 3, each a name and kW."""
    net = pn.create_cigre_network_mv()
    for name, kw in loads:
        pp.create_load(net, 3, kw / 1000.0, name=name)
    return save(net, folder / "grid.json")


@pytest.mark.parametrize("name", ["335", "pump 335", "Pump station 335, main"])
def test_a_load_of_a_pumps_name_is_the_pumps(tmp_path: Path, name: str) -> None:
    grid = grid_with_loads(tmp_path, (name, 5.0))
    guesses = {g.what: g for g in scaffold(tmp_path / "mine", {"power": grid, "water": NET3})}
    links = {link.asset: link.to for link in load_scenario(tmp_path / "mine").links}
    assert links["water/335"] == f"power/{name}"
    assert "by its name" in guesses["water/335"].rule
    assert links["water/10"] == "power/pump 10"


@pytest.mark.parametrize("name", ["Load 335-B", "feeder 335", "pump 3350"])
def test_a_name_that_only_looks_like_a_pumps_is_not_taken(tmp_path: Path, name: str) -> None:
    grid = grid_with_loads(tmp_path, (name, 5.0))
    scaffold(tmp_path / "mine", {"power": grid, "water": NET3})
    links = {link.asset: link.to for link in load_scenario(tmp_path / "mine").links}
    assert links["water/335"] == "power/pump 335"


def test_a_load_of_a_pumps_kw_is_the_pumps_if_no_other_is_near(tmp_path: Path) -> None:
    mill, intake, other = ("mill", 276.0), ("intake", 280.0), ("Well field", 275.0)
    for number, loads in enumerate([[mill, intake], [intake, other]]):
        folder = tmp_path / str(number)
        folder.mkdir()
        grid = grid_with_loads(folder, *loads)
        guesses = {g.what: g for g in scaffold(folder / "mine", {"power": grid, "water": NET3})}
        links = {link.asset: link.to for link in load_scenario(folder / "mine").links}
        assert links["water/335"] == ("power/intake" if number == 0 else "power/pump 335")
        assert ("its 280 kW are near the pump's 277.7" in guesses["water/335"].rule) == (number == 0)


def test_guesses_stand_in_the_order_of_what_hangs_on_them(grid: Path, tmp_path: Path) -> None:
    guesses = [guess.what for guess in scaffold(tmp_path / "mine", {"power": grid, "water": NET3})]
    assert guesses[:3] == ["pressures", "water/335", "water/10"]
    assert guesses.index("firm capacity") < guesses.index("power limits") < guesses.index("horizon")

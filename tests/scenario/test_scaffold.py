"""`twin new` on networks that others made gives a scenario that runs as it is."""

from pathlib import Path

import pandapower as pp
import pandapower.networks as pn
import pytest
import wntr

from twin import simulation
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold

NET3 = Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp"


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("grid") / "cigre.json"
    pp.to_json(pn.create_cigre_network_mv(with_der="pv_wind"), str(path))
    return path


def test_cigre_mv_and_net3_run_as_they_are(grid: Path, tmp_path: Path) -> None:
    guesses = scaffold(tmp_path / "mine", grid, NET3)
    assert [g.what for g in guesses][:3] == ["pressures", "water/10", "water/335"]
    run = simulation.run(load_scenario(tmp_path / "mine", ["end=2026-01-03"]))
    assert run.status == "complete"
    assert run.metrics["unsolved_hours"] == 0.0
    assert run.metrics["pump_energy_mwh"] > 1.0
    assert run.metrics["unserved_water_m3"] < 1e-6 * run.metrics["water_served_m3"]
    for network in ("power", "water"):
        assert run.metrics[f"balance_error_{network}"] < 1e-6
    assert {row["capacity_name"] for row in run.headroom} == {"Trafo 0-1", "Trafo 0-12"}


def test_the_pumps_draw_from_their_own_loads(grid: Path, tmp_path: Path) -> None:
    scaffold(tmp_path / "mine", grid, NET3)
    scenario = load_scenario(tmp_path / "mine", ["end=2026-01-02"])
    assert {link.to for link in scenario.links} == {"power/pump 10", "power/pump 335"}
    run = simulation.run(scenario)
    column = next(
        i for i, s in enumerate(run.signals) if (s.asset, s.quantity) == ("power/pump 335", "power_mw")
    )
    assert run.months[0].maximum[column] > 0.1


@pytest.mark.parametrize("which", ["power", "water"])
def test_one_network_alone_is_enough(grid: Path, tmp_path: Path, which: str) -> None:
    scaffold(tmp_path / "mine", grid if which == "power" else None, NET3 if which == "water" else None)
    assert simulation.run(load_scenario(tmp_path / "mine", ["end=2026-01-02"])).status == "complete"


def test_mistakes_are_told_together_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    wrong = tmp_path / "wrong.inp"
    wrong.write_text("not a network")
    with pytest.raises(InvalidInput) as caught:
        scaffold(tmp_path / "mine", tmp_path / "none.json", wrong)
    said = [str(m) for m in caught.value.mistakes]
    assert len(said) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "wrong.inp"]

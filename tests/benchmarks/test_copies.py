"""Cities of several Alataus can be run: every name of theirs is another one."""

from pathlib import Path

from benchmarks.copies import write_copies
from twin.scenario import load_scenario
from twin.simulation import clock as simulation


def test_two_alataus_draw_twice_as_much_as_one(tmp_path: Path) -> None:
    energy = []
    for copies in (1, 2):
        city = write_copies(copies, tmp_path / str(copies))
        run = simulation.run(load_scenario(city, ["end=2026-01-02", "days=every"]))
        assert run.status == "complete"
        energy.append(run.metrics["energy_served_mwh"])
    assert 1.999 < energy[1] / energy[0] < 2.001

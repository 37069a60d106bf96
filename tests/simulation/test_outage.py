"""A transformer that feeds a town's pumps fails for six hours: what follows, and what brings it on."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.town import write_town
from twin.city.city import City
from twin.results import run as results
from twin.results.run import Run
from twin.results.tables import EventRow, Unserved
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.utilities.base import Vector

HOUR = 3600
OUT = slice(30, 36)


class Watched:
    """Readings of a run by whole hour, and the run."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.hours: list[Vector] = []
        settle = City.settle

        def watch(city: City, now_s: int) -> object:
            settled = settle(city, now_s)
            if now_s % HOUR == 0:
                self.hours.append(city.readings.copy())
            return settled

        patch.setattr(City, "settle", watch)
        self.run: Run = simulation.run(load_scenario(folder))
        self._column = {(s.asset, s.quantity): i for i, s in enumerate(self.run.signals)}

    def __call__(self, asset: str, quantity: str) -> Vector:
        return np.array(self.hours)[:, self._column[asset, quantity]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        yield Watched(write_town(tmp_path_factory.mktemp("town") / "town"), patch)


@pytest.fixture(scope="module")
def unlinked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        yield Watched(write_town(tmp_path_factory.mktemp("town") / "town", linked=False), patch)


def test_the_pumps_stop_for_six_hours_and_their_restart_delay(town: Watched) -> None:
    lifting = town("wastewater/PU-LIFT-1", "power_kw")
    assert (lifting[OUT] == 0.0).all()
    assert (lifting[12:30] > 0.0).all()
    assert (lifting[39:] > 0.0).all()
    assert (town("water/PU-INTAKE", "power_kw")[OUT] == 0.0).all()
    assert town("water/PU-INTAKE", "power_kw")[37] > 0.0


def test_the_tank_drains_until_pressure_falls_and_water_is_missing(town: Watched) -> None:
    fill = town("water/T-HILL", "fill_percent")
    assert (np.diff(fill[30:34]) < 0.0).all()
    assert fill[OUT].min() < 1.0
    assert town("water/J-HIGH", "pressure_m")[OUT].min() < 10.0 < town("water/J-HIGH", "pressure_m")[29]
    missing = town("water/J-HIGH", "required_m3_per_s") - town("water/J-HIGH", "delivered_m3_per_s")
    assert missing[29] == pytest.approx(0.0, abs=1e-9)
    assert missing[35] > 1e-4
    assert town.run.metrics["unserved_water_m3"] > 10.0


def test_the_wet_well_spills(town: Watched) -> None:
    spill = town("wastewater/WW-LIFT", "spill_m3_per_s")
    assert spill[:30].max() == 0.0
    assert spill[31:36].min() > 0.0
    assert town.run.metrics["sewage_spilled_m3"] > 50.0


def test_one_fault_is_told_as_one_chain_across_utilities(town: Watched) -> None:
    """A short readable trace: what, where, and after what."""
    events = {row.number: row for row in town.run.rows(EventRow)}

    def trace(row: EventRow) -> str:
        before = events[row.cause] if row.cause else None
        after = f" < {before.kind} {before.subject}" if before else ""
        return f"{row.time[11:]} {row.kind} {row.subject}{after}"

    assert [trace(row) for row in town.run.rows(EventRow)] == [
        "06:00 outage power/T-PUMPS",
        "06:00 stopped wastewater/PU-LIFT-1 < outage power/T-PUMPS",
        "06:00 stopped wastewater/PU-LIFT-2 < outage power/T-PUMPS",
        "06:01 stopped water/PU-INTAKE < outage power/T-PUMPS",
        "06:25 spill wastewater/WW-LIFT < stopped wastewater/PU-LIFT-2",
        "08:41 pressure lost Town < stopped water/PU-INTAKE",
        "08:59 tank empty water/T-HILL < stopped water/PU-INTAKE",
        "10:00 spill ends wastewater/WW-LIFT",
        "12:00 back in service power/T-PUMPS < outage power/T-PUMPS",
        "12:15 restarted wastewater/PU-LIFT-1 < back in service power/T-PUMPS",
        "12:15 restarted wastewater/PU-LIFT-2 < back in service power/T-PUMPS",
        "12:15 restarted water/PU-INTAKE < back in service power/T-PUMPS",
        "12:15 pressure back Town < restarted water/PU-INTAKE",
        "13:00 tank refills water/T-HILL < restarted water/PU-INTAKE",
    ]


def test_what_was_lost_is_put_down_to_the_want_of_power(town: Watched) -> None:
    lost = {(row.quantity, row.kind, row.asset): row.amount for row in town.run.rows(Unserved)}
    by_power = lost["unserved_m3", "power", "water/PU-INTAKE"]
    water = sum(amount for (quantity, *_), amount in lost.items() if quantity == "unserved_m3")
    assert water == pytest.approx(town.run.metrics["unserved_water_m3"], rel=1e-6)
    assert by_power > 0.5 * water
    spilled = lost["spilled_m3", "power", "wastewater/PU-LIFT-2"]
    assert spilled == pytest.approx(town.run.metrics["sewage_spilled_m3"], rel=1e-6)


def test_all_recover(town: Watched) -> None:
    assert town("water/T-HILL", "fill_percent")[-1] > 50.0
    assert town("water/J-HIGH", "pressure_m")[-1] > 15.0
    assert town("wastewater/WW-LIFT", "spill_m3_per_s")[38:].max() == 0.0
    needed = town("water/network", "required_m3_per_s")[40:]
    np.testing.assert_allclose(town("water/network", "delivered_m3_per_s")[40:], needed, rtol=1e-9)


def test_without_the_link_nothing_of_it_happens(unlinked: Watched) -> None:
    assert unlinked.run.metrics["unserved_water_m3"] < 1e-3
    assert unlinked.run.metrics["sewage_spilled_m3"] < 1e-3
    assert (unlinked("wastewater/PU-LIFT-1", "power_kw")[12:] > 0.0).all()


def test_balances_close_through_the_outage(town: Watched) -> None:
    for network in ("power", "water", "wastewater"):
        assert town.run.metrics[f"balance_error_{network}"] < 1e-6
    assert town.run.metrics["unsolved_hours"] == 0.0


def test_the_same_run_gives_the_same_files(tmp_path: Path) -> None:
    scenario = load_scenario(write_town(tmp_path / "town"))
    first, second = (results.save(simulation.run(scenario), tmp_path / name) for name in ("first", "second"))
    names = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    differing = [n for n in names if (first / n).read_bytes() != (second / n).read_bytes()]
    assert [str(n) for n in differing] in ([], ["run.json"])


def test_a_backup_generator_is_told_until_its_fuel_is_gone(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    rows = (folder / "links.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{row},{'fuel_h' if i == 0 else 2 if 'PU-INTAKE' in row else ''}" for i, row in enumerate(rows)]
    (folder / "links.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    run = simulation.run(load_scenario(folder))
    events = {row.number: row for row in run.rows(EventRow)}
    intake = [row for row in run.rows(EventRow) if row.subject == "water/PU-INTAKE"]
    assert [(r.time[11:], r.kind, events[r.cause].kind if r.cause else "") for r in intake] == [
        ("06:00", "on generator", "outage"),
        ("08:00", "generator stops", ""),
        ("08:00", "stopped", "outage"),
        ("12:15", "restarted", "back in service"),
    ]

"""Gas and power depend on each other, worked by hand: plants that burn gas, stations that need power."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandapipes
import pandapower
import pytest

from tests.utilities.gas import examples as made
from twin.results.run import Run
from twin.results.tables import Unserved
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

SUPPLY_MVA, PLANT_MW, EFFICIENCY = 10.0, 6.0, 0.4
MW_PER_M3_PER_H = EFFICIENCY * 9.3 / 1000.0
SCENARIO = """
name: Plant
start: 2026-01-05
end: 2026-01-06
days: every
networks:
  power: {file: power.json, emergency_factor: 1.0, max_loading_percent: 100}
  gas: {file: gas.json}
"""
Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Case:
    """What is asked of the grid and of its plant, and what the station passes."""

    load_mw: float = 14.0
    kind: str = "peaking"
    rule: str = "merit"
    passes_m3_per_h: float = 5000.0
    homes_m3_per_h: float = 0.0
    outages: Rows = ()


@dataclass(frozen=True)
class Outcome:
    """A run of a day that is alike at every hour."""

    run: Run

    def reading(self, asset: str, quantity: str) -> float:
        (column,) = [i for i, s in enumerate(self.run.signals) if (s.asset, s.quantity) == (asset, quantity)]
        (month,) = self.run.months
        # a plant by merit keeps a margin that differs by where its iterations began
        assert month.minimum[column] == pytest.approx(month.maximum[column], rel=0.01, abs=1e-6)
        return float(month.maximum[column])

    @property
    def given_mw(self) -> float:
        return self.reading("power/PLANT", "power_mw")


@pytest.fixture
def day(tmp_path: Path) -> Callable[[Case], Outcome]:
    def run(case: Case) -> Outcome:
        folder = write(tmp_path / str(len(list(tmp_path.iterdir()))), case)
        finished = simulation.run(load_scenario(folder))
        assert finished.status == "complete", finished.reason
        assert finished.metrics["unsettled_hours"] == 0.0
        return Outcome(finished)

    return run


def write(folder: Path, case: Case) -> Path:
    folder.mkdir()
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    pandapower.to_json(grid(case.load_mw), str(folder / "power.json"))
    pandapipes.to_json(mains(case.homes_m3_per_h), str(folder / "gas.json"))
    for name, rows in tables(case).items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return folder


def grid(load_mw: float) -> pandapower.pandapowerNet:
    net = pandapower.create_empty_network()
    high, town, controls = (
        pandapower.create_bus(net, kv, name=n) for n, kv in (("HIGH", 110), ("TOWN", 10), ("CTRL", 10))
    )
    pandapower.create_ext_grid(net, high, name="EG")
    for bus, name in ((town, "T-TOWN"), (controls, "T-CTRL")):
        pandapower.create_transformer(net, high, bus, "25 MVA 110/10 kV", name=name)
    pandapower.create_load(net, town, load_mw, name="L-TOWN")
    pandapower.create_load(net, controls, 0.0, name="L-CTRL")
    return net


def mains(homes_m3_per_h: float) -> pandapipes.pandapipesNet:
    net = made.empty()
    a, b, c = made.junctions(net, 3)
    made.source(net, a, 12.0)
    made.regulator(net, a, b, 6.0, "R1")
    made.pipe(net, b, c, 1.0, 300.0)
    made.sink(net, c, 0.0, "plant")
    made.sink(net, c, homes_m3_per_h, "homes")
    return net


def tables(case: Case) -> dict[str, Rows]:
    winter = [(month, 1, 1, -15) for month in range(1, 13)]
    return {
        "resources": (
            ("id", "kind", "at", "capacity", "rule"),
            ("PLANT", case.kind, "power/TOWN", PLANT_MW, case.rule),
        ),
        "links": (
            ("kind", "asset", "to", "electric_efficiency", "restart_delay_s"),
            ("fuel", "power/PLANT", "gas/plant", EFFICIENCY, ""),
            ("pump", "gas/R1", "power/L-CTRL", "", 0),
        ),
        "capacities": (
            ("capacity", "asset", "kind", "rating"),
            ("Infeed", "power/EG", "supply", SUPPLY_MVA),
            ("Station", "gas/R1", "gas_station", case.passes_m3_per_h),
        ),
        "seasons": (("month", "power", "water", "mean_temperature_c"), *winter),
        **({"outages": (("assets", "start", "hours"), *case.outages)} if case.outages else {}),
    }


def test_a_plant_by_merit_gives_what_the_infeed_lacks(day: Callable[[Case], Outcome]) -> None:
    own = day(Case())
    assert 4.0 < own.given_mw < 4.3
    assert own.run.metrics["unserved_energy_mwh"] == 0.0
    assert own.reading("power/EG", "apparent_mva") <= SUPPLY_MVA
    burnt = own.given_mw / MW_PER_M3_PER_H
    assert own.reading("gas/plant", "delivered_m3_per_h") == pytest.approx(burnt, rel=1e-3)


def test_it_rests_where_the_infeed_is_enough(day: Callable[[Case], Outcome]) -> None:
    own = day(Case(load_mw=8.0))
    assert own.given_mw == 0.0
    assert own.reading("gas/plant", "wanted_m3_per_h") == 0.0


def test_a_plant_that_runs_always_gives_all_it_has(day: Callable[[Case], Outcome]) -> None:
    own = day(Case(load_mw=8.0, rule="always"))
    assert own.given_mw == pytest.approx(PLANT_MW)
    assert own.reading("gas/plant", "wanted_m3_per_h") == pytest.approx(PLANT_MW / MW_PER_M3_PER_H)


@pytest.mark.parametrize(("kind", "rule"), [("peaking", "always"), ("peaking", "merit"), ("chp", "")])
def test_a_plant_short_of_gas_is_derated_in_the_same_hour(
    day: Callable[[Case], Outcome], kind: str, rule: str
) -> None:
    """Of 500 m3/h a plant of 40 % makes 1.86 MW; without merit heat or the rule ask for 6 MW."""
    own = day(Case(kind=kind, rule=rule, passes_m3_per_h=500.0))
    assert own.given_mw == pytest.approx(500.0 * MW_PER_M3_PER_H, rel=1e-3)
    wanted = own.reading("power/PLANT", "wanted_mw")
    assert wanted == (pytest.approx(4.15, abs=0.15) if rule == "merit" else pytest.approx(PLANT_MW))
    lost = own.run.metrics["unserved_energy_mwh"] / 24.0
    assert lost == pytest.approx(14.0 - SUPPLY_MVA - own.given_mw, abs=1.5)
    assert own.run.metrics["unserved_gas_m3"] > 0.0


def test_homes_go_before_a_plant(day: Callable[[Case], Outcome]) -> None:
    own = day(Case(rule="always", passes_m3_per_h=1000.0, homes_m3_per_h=700.0))
    assert own.reading("gas/homes", "delivered_m3_per_h") == pytest.approx(700.0, rel=1e-6)
    assert own.given_mw == pytest.approx(300.0 * MW_PER_M3_PER_H, rel=1e-3)


def test_a_station_without_power_passes_nothing_and_its_plant_stands_still(
    day: Callable[[Case], Outcome],
) -> None:
    out = (("power/T-CTRL", f"{date(2026, 1, 5)}T00:00", 24),)
    own = day(Case(load_mw=8.0, rule="always", homes_m3_per_h=700.0, outages=out))
    assert own.given_mw == 0.0
    assert own.reading("power/PLANT", "wanted_mw") == pytest.approx(PLANT_MW)
    causes = {(r.network, r.kind, r.asset) for r in own.run.rows(Unserved) if r.network == "gas"}
    assert causes == {("gas", "power", "gas/R1")}

"""Instants of a run, asked for again: its figures, whatever led to them, as its users' tools have them."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pyarrow as pa
import pytest
import wntr

from tests.town import write_town
from tests.utilities.test_snapshot import PRESSURE_M, epanet
from twin.errors import InvalidInput
from twin.results.instants import full_hours, parse_instant, worst_of
from twin.results.run import Run
from twin.results.tables import BoundRow
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.simulation.clock import Clock

PEAK = "2026-05-16T19:00"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("a") / "town")


@pytest.fixture(scope="module", params=["every", "representative"])
def run(town: Path, request: pytest.FixtureRequest) -> Run:
    return simulation.run(
        load_scenario(town, [f"days={request.param}", "start=2026-05-01", "end=2026-06-01"])
    )


def readings(run: Run, instant: str) -> dict[tuple[str, str], float]:
    """Return what a run has read at an instant, taken while the day goes by."""
    clock, found = Clock(run.scenario), {}
    when = parse_instant(instant)

    def watch(day: Any, second: int) -> None:
        if second == when.hour * 3600:
            names = [(s.asset, s.quantity) for s in clock.city.signals]
            found.update(zip(names, clock.city.readings.copy(), strict=True))

    list(clock.walk({when.date()}, watch))
    return found


def test_each_model_holds_the_figures_of_the_run(run: Run, tmp_path: Path) -> None:
    instant, read = run.at(PEAK), readings(run, PEAK)
    assert set(instant.models) == {"power", "water", "wastewater"}
    assert set(instant.results) == {"water", "wastewater"}
    grid = instant.models["power"]
    for name, vm_pu in zip(grid.bus.name, grid.res_bus.vm_pu, strict=True):
        assert vm_pu == pytest.approx(read[f"power/{name}", "voltage_pu"], abs=1e-6)
    before = grid.res_line.copy()
    pp.runpp(grid, numba=False)
    np.testing.assert_allclose(grid.res_line.loading_percent, before.loading_percent, atol=1e-6)
    water, results = instant.models["water"], instant.results["water"]
    for name in water.junction_name_list:
        pressure = results.node["pressure"].loc[0, name]
        assert pressure == pytest.approx(read[f"water/{name}", "pressure_m"], abs=1e-9)
    for name in water.tank_name_list:
        assert water.get_node(name).init_level == pytest.approx(read[f"water/{name}", "level_m"], abs=1e-9)
    for name in water.link_name_list:
        flow = results.link["flowrate"].loc[0, name]
        assert flow == pytest.approx(read[f"water/{name}", "flow_m3_per_s"], abs=1e-9)
    wntr.network.write_inpfile(water, str(tmp_path / "again.inp"))
    heads, _, _ = epanet(tmp_path / "again.inp")
    ours = results.node["head"].loc[0]
    assert np.abs(heads - ours[water.node_name_list]).max() < PRESSURE_M


def test_during_an_outage_pumps_stand_still_in_the_model_too(town: Path) -> None:
    run = simulation.run(load_scenario(town))
    instant = run.at("2026-05-05T08:00")
    water, results = instant.models["water"], instant.results["water"]
    assert str(water.get_link("PU-INTAKE").initial_status) == "Closed"
    assert results.link["flowrate"].loc[0, "PU-INTAKE"] == pytest.approx(0.0, abs=1e-6)
    assert any("holds closed PU-INTAKE" in str(told) for told in instant.told)
    grid = instant.models["power"]
    assert not grid.trafo.in_service[grid.trafo.name == "T-PUMPS"].any()
    assert np.isnan(grid.res_bus.vm_pu[grid.bus.name == "B-PUMPS"]).all()


def test_a_stretch_of_hours_is_one_of_wntrs_results(run: Run) -> None:
    day = run.wntr_results("2026-05-16", "2026-05-17")
    midnight = 15 * 86400
    assert list(day.node["head"].index) == [midnight + 3600 * hour for hour in range(24)]
    at = run.at(PEAK)
    np.testing.assert_allclose(
        day.node["head"].loc[midnight + 19 * 3600], at.results["water"].node["head"].loc[0]
    )
    water = at.models["water"]
    pumps = day.link["flowrate"][water.pump_name_list]
    arguments = day.node["head"], day.node["pressure"], day.node["demand"], pumps, water, 14.0
    assert np.isfinite(wntr.metrics.todini_index(*arguments)).all()
    served = wntr.metrics.water_service_availability(
        day.node["expected_demand"][water.junction_name_list], day.node["demand"][water.junction_name_list]
    )
    assert served.max().max() <= 1.0 + 1e-4
    sewers = run.wntr_results("2026-05-16T18:30", "2026-05-16T20:00", "wastewater")
    assert len(sewers.link["flowrate"]) == 1


def test_the_worst_hour_of_an_asset_is_that_of_its_statistics(run: Run) -> None:
    (line, *_) = [s.asset for s in run.signals if s.quantity == "loading_percent"]
    highest = max(
        float(month.maximum[i])
        for month in run.months
        for i, s in enumerate(run.signals)
        if (s.asset, s.quantity) == (line, "loading_percent")
    )
    worst = run.worst(line)
    assert readings(run, worst.isoformat())[line, "loading_percent"] == pytest.approx(highest, rel=1e-9)
    assert run.worst() is not None


def test_what_was_not_simulated_names_the_nearest_and_what_stands_for_it(town: Path) -> None:
    run = simulation.run(load_scenario(town, ["days=representative", "start=2026-05-01", "end=2026-07-01"]))
    with pytest.raises(InvalidInput) as error:
        run.at("2026-05-20T08:00")
    told = str(error.value)
    assert told == (
        "2026-05-20T08:00: was not simulated: 2026-05-16 stands for this day "
        "(the nearest simulated is 2026-05-16T08:00)"
    )
    with pytest.raises(InvalidInput, match=r"between instants.*nearest simulated is 2026-05-16T08:"):
        run.at("2026-05-16T08:20:10")
    with pytest.raises(InvalidInput, match="no instant of this run"):
        run.at("2027-05-01T00:00")
    with pytest.raises(InvalidInput, match="is no instant"):
        run.at("noon")
    with pytest.raises(InvalidInput, match="names a time zone"):
        run.at("2026-05-16T08:00+05:00")
    with pytest.raises(InvalidInput) as several:
        run.wntr_results("2026-05-15T22:00", "2026-05-16T02:00")
    assert len(several.value.mistakes) == 2
    with pytest.raises(InvalidInput, match="has no worst hour"):
        run.worst("water/none")
    with pytest.raises(InvalidInput, match="has no results apart"):
        run.wntr_results("2026-05-16", "2026-05-17", "power")


def test_hours_are_full_and_end_before_the_end() -> None:
    start, end = datetime(2026, 1, 1, 5, 20), datetime(2026, 1, 1, 8)
    assert full_hours(start, end) == [datetime(2026, 1, 1, hour) for hour in (6, 7)]
    with pytest.raises(InvalidInput, match="no full hour"):
        full_hours(end, end)


def test_days_before_are_walked_where_the_queue_hears_of_them(town: Path) -> None:
    overrides = ["days=representative", "start=2026-05-01", "end=2026-08-01", "connection=when-capacity"]
    run = simulation.run(load_scenario(town, overrides))
    month = run.months[2]
    worst = run.worst()
    instant = run.at(worst)
    assert instant.models["power"].converged
    assert month.month == "2026-07"


def test_the_worst_of_all_limits_is_measured_by_each_limit(town: Path) -> None:
    scenario = load_scenario(town)
    signals = {
        "power/T-TOWN": ("loading_percent", 20.0, 130.0),
        "power/B-TOWN": ("voltage_pu", 0.88, 1.0),
        "wastewater/WW-LIFT": ("spill_m3_per_s", 0.0, 0.2),
        "water/J-LOW": ("pressure_m", 3.0, 40.0),
    }
    monthly = pa.table(
        {
            "asset": list(signals),
            "quantity": [quantity for quantity, _, _ in signals.values()],
            "month": ["2026-05"] * 4,
            "min": [low for _, low, _ in signals.values()],
            "max": [high for _, _, high in signals.values()],
        }
    )
    bounds = [
        BoundRow("power/T-TOWN", "loading_percent", "%", None, 100.0),
        BoundRow("power/B-TOWN", "voltage_pu", "pu", 0.9, 1.1),
        BoundRow("wastewater/WW-LIFT", "spill_m3_per_s", "m3/s", None, 1e-9),
    ]
    assert worst_of(scenario, monthly, bounds) == ("power/T-TOWN", "loading_percent", False, "2026-05")
    assert worst_of(scenario, monthly, bounds, "power/B-TOWN").low
    assert worst_of(scenario, monthly, bounds, "water/J-LOW") == (
        "water/J-LOW",
        "pressure_m",
        True,
        "2026-05",
    )
    with pytest.raises(InvalidInput, match="no worst hour"):
        worst_of(scenario, monthly, [])

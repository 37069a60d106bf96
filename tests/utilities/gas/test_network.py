"""A gas network by hand: friction, what holds pressures, what is cut and why."""

from math import log10, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandapipes as pp
import pytest

from tests.utilities.gas import examples as made
from tests.utilities.gas.examples import reading
from twin.errors import InvalidInput
from twin.utilities.base import Cause, Change
from twin.utilities.gas.network import GasNetwork

OUTER = 1.01325
STEADY = np.zeros(0)


def test_a_pipe_loses_what_darcy_says(tmp_path: Path) -> None:
    net = made.empty()
    a, b = made.junctions(net, 2)
    made.source(net, a, 5.0)
    made.pipe(net, a, b, 3.0, 200.0)
    made.sink(net, b, 5000.0, "town")
    network = made.opened(net, tmp_path)
    network.solve()
    kg_per_s = 5000.0 / 3600.0 / made.M3_PER_KG
    area = pi * 0.1**2
    re = kg_per_s * 0.2 / (1.1e-5 * area)
    factor = 64.0 / re + 1.0 / (2.0 * log10(0.2 / 1e-4) + 1.14) ** 2
    # p1^2 - p2^2 = factor L/D (m/A)^2 pn T / (Tn rho_n), with Z = 1, Pa
    loss = factor * 3000.0 / 0.2 * (kg_per_s / area) ** 2 * 101325.0 * 293.15 / (273.15 * 0.7)
    outlet = sqrt(((5.0 + OUTER) * 1e5) ** 2 - loss) / 1e5
    assert reading(network, "J1", "pressure_bar") == pytest.approx(outlet - OUTER, rel=1e-9)
    mean = 2.0 / 3.0 * ((5.0 + OUTER) ** 3 - outlet**3) / ((5.0 + OUTER) ** 2 - outlet**2)
    content_m3 = area * 3000.0 * mean / OUTER
    assert reading(network, "P0", "linepack_minutes") == pytest.approx(content_m3 / (5000.0 / 60.0), rel=1e-9)
    speed = 5000.0 / 3600.0 / area * OUTER / outlet
    assert reading(network, "P0", "gas_velocity_m_per_s") == pytest.approx(speed, rel=1e-9)


def test_height_weighs(tmp_path: Path) -> None:
    net = made.empty()
    (a,) = made.junctions(net, 1)
    (b,) = made.junctions(net, 1, height=500.0)
    made.source(net, a, 5.0)
    made.pipe(net, a, b, 1.0, 500.0)
    network = made.opened(net, tmp_path)
    network.solve()
    with made.quiet():
        pp.pipeflow(net, **made.TIGHT)
    assert reading(network, "J1", "pressure_bar") == pytest.approx(net.res_junction.p_bar[1], rel=1e-9)


def station(folder: Path, wanted: dict[str, float], **more: Any) -> GasNetwork:
    """Return a source at 6 bar, a regulator to 3 bar, and behind it a main to homes and works."""
    net = made.empty()
    a, b, c, d = made.junctions(net, 4)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 1.0, 300.0)
    made.regulator(net, b, c, 3.0, "R1")
    made.pipe(net, c, d, 1.0, 300.0)
    made.sink(net, c, wanted["homes"], "homes")
    made.sink(net, d, 0.0, "works")
    network = made.opened(net, folder, demand_points=["gas/works"], ranks=(0, 2), **more)
    network.set_base(np.array([[wanted["works"], wanted.get("flats", 0.0)]]))
    network.set_demand(np.ones(2))
    return network


def test_a_station_cuts_interruptible_demand_first(tmp_path: Path) -> None:
    ratings = {"gas_station": {"gas/R1": 1000.0}}
    network = station(tmp_path, {"homes": 700.0, "works": 500.0}, ratings=ratings)
    network.solve()
    assert reading(network, "homes", "delivered_m3_per_h") == pytest.approx(700.0)
    assert reading(network, "works", "delivered_m3_per_h") == pytest.approx(300.0)
    assert reading(network, "R1", "gas_m3_per_h") == pytest.approx(1000.0)
    assert reading(network, "R1", "wanted_m3_per_h") == pytest.approx(1200.0)
    network.advance(7200)
    totals = dict(zip(network.totals, network.read_totals(), strict=True))
    assert totals["unserved_m3"] == pytest.approx(400.0)
    assert totals["supplied_m3"] == pytest.approx(totals["served_m3"]) == pytest.approx(2000.0)
    ((cause, amount),) = network.read_causes().items()
    assert cause == Cause("gas_unserved_m3", "gas_station", "gas/R1")
    assert amount == pytest.approx(400.0)


def test_homes_are_cut_last(tmp_path: Path) -> None:
    ratings = {"gas_station": {"gas/R1": 1000.0}}
    network = station(tmp_path, {"homes": 600.0, "works": 500.0, "flats": 800.0}, ratings=ratings)
    network.solve()
    # works go without, then what the file itself draws, then homes among the points
    assert reading(network, "homes", "delivered_m3_per_h") == pytest.approx(200.0)
    assert reading(network, "works", "delivered_m3_per_h") == pytest.approx(800.0)


def test_a_source_that_passes_no_more_is_the_cause(tmp_path: Path) -> None:
    ratings = {"gas_source": {"gas/GRS": 900.0}, "gas_station": {"gas/R1": 1000.0}}
    network = station(tmp_path, {"homes": 700.0, "works": 500.0}, ratings=ratings)
    network.solve()
    network.advance(3600)
    assert reading(network, "GRS", "gas_m3_per_h") == pytest.approx(900.0)
    assert reading(network, "GRS", "wanted_m3_per_h") == pytest.approx(1200.0)
    causes = {cause.kind: amount for cause, amount in network.read_causes().items()}
    assert sum(causes.values()) == pytest.approx(300.0)
    assert set(causes) <= {"gas_source", "gas_station"}


def test_a_second_line_takes_what_the_first_cannot(tmp_path: Path) -> None:
    net = made.empty()
    a, b, c = made.junctions(net, 3)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 1.0, 300.0)
    made.regulator(net, b, c, 3.0, "R1")
    made.regulator(net, b, c, 2.9, "R2")
    made.sink(net, c, 1500.0, "homes")
    ratings = {"gas_station": {"gas/R1": 1000.0, "gas/R2": 800.0}}
    network = made.opened(net, tmp_path, ratings=ratings)
    network.solve()
    assert reading(network, "R1", "gas_m3_per_h") == pytest.approx(1000.0)
    assert reading(network, "R2", "gas_m3_per_h") == pytest.approx(500.0)
    assert reading(network, "homes", "pressure_bar") == pytest.approx(2.9)
    network.set_demand(STEADY, 0.5)
    network.solve()
    assert reading(network, "R2", "gas_m3_per_h") == pytest.approx(0.0)
    assert reading(network, "homes", "pressure_bar") == pytest.approx(3.0)


def test_lines_of_one_pressure_share_by_their_ratings(tmp_path: Path) -> None:
    net = made.empty()
    a, b = made.junctions(net, 2)
    made.source(net, a, 6.0)
    made.regulator(net, a, b, 3.0, "R1")
    made.regulator(net, a, b, 3.0, "R2")
    made.sink(net, b, 900.0, "homes")
    ratings = {"gas_station": {"gas/R1": 1000.0, "gas/R2": 500.0}}
    network = made.opened(net, tmp_path, ratings=ratings)
    network.solve()
    assert reading(network, "R1", "gas_m3_per_h") == pytest.approx(600.0)
    assert reading(network, "R2", "gas_m3_per_h") == pytest.approx(300.0)
    network.set_demand(STEADY, 2.0)
    network.solve()
    assert reading(network, "homes", "delivered_m3_per_h") == pytest.approx(1500.0)


def test_a_second_source_takes_what_the_first_cannot(tmp_path: Path) -> None:
    net = made.empty()
    a, b, c = made.junctions(net, 3)
    made.source(net, a, 6.0, "G1")
    made.source(net, b, 6.0, "G2")
    made.pipe(net, a, c, 1.0, 300.0)
    made.pipe(net, b, c, 1.0, 300.0)
    made.sink(net, c, 2000.0, "homes")
    network = made.opened(net, tmp_path, ratings={"gas_source": {"gas/G1": 600.0}})
    network.solve()
    assert reading(network, "G1", "gas_m3_per_h") == pytest.approx(600.0)
    assert reading(network, "G2", "gas_m3_per_h") == pytest.approx(1400.0)
    assert reading(network, "homes", "delivered_m3_per_h") == pytest.approx(2000.0)


def test_a_regulator_keeps_the_pressure_before_it(tmp_path: Path) -> None:
    settings = {"min_inlet_pressures_bar": {"gas/R1": 5.0}}
    net = made.empty()
    a, b, c = made.junctions(net, 3)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 10.0, 150.0)
    made.regulator(net, b, c, 3.0, "R1")
    made.sink(net, c, 4000.0, "homes")
    network = made.opened(net, tmp_path, settings)
    network.solve()
    network.advance(3600)
    assert reading(network, "J1", "pressure_bar") == pytest.approx(5.0, rel=1e-4)
    assert 0.0 < reading(network, "homes", "delivered_m3_per_h") < 4000.0
    (cause,) = network.read_causes()
    assert (cause.kind, cause.asset) == ("gas_main", "gas/P0")


def test_a_regulator_stands_open_where_there_is_no_more_before_it(tmp_path: Path) -> None:
    net = made.empty()
    a, b, c = made.junctions(net, 3)
    made.source(net, a, 2.0)
    made.pipe(net, a, b, 1.0, 300.0)
    made.regulator(net, b, c, 3.0, "R1")
    made.sink(net, c, 1000.0, "homes")
    network = made.opened(net, tmp_path)
    network.solve()
    assert reading(network, "J2", "pressure_bar") == pytest.approx(reading(network, "J1", "pressure_bar"))
    assert reading(network, "homes", "delivered_m3_per_h") == pytest.approx(1000.0)


def test_a_regulator_may_hold_the_pressure_of_a_junction_further_on(tmp_path: Path) -> None:
    net = made.empty()
    a, b, c, d = made.junctions(net, 4)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 1.0, 300.0)
    made.pipe(net, c, d, 2.0, 200.0)
    made.regulator(net, b, c, 3.0, "R1", at=d)
    made.sink(net, d, 3000.0, "homes")
    network = made.opened(net, tmp_path)
    network.solve()
    with made.quiet():
        pp.pipeflow(net, **made.TIGHT)
    assert reading(network, "J3", "pressure_bar") == pytest.approx(3.0, rel=1e-9)
    assert reading(network, "J2", "pressure_bar") == pytest.approx(net.res_junction.p_bar[2], rel=1e-9)


def test_a_main_that_is_too_narrow_is_the_cause(tmp_path: Path) -> None:
    net = made.empty()
    a, b, c = made.junctions(net, 3)
    made.source(net, a, 1.0)
    made.pipe(net, a, b, 0.1, 200.0)
    made.pipe(net, b, c, 5.0, 100.0, name="narrow")
    made.sink(net, c, 3000.0, "town")
    network = made.opened(net, tmp_path)
    network.solve()
    network.advance(3600)
    delivered = reading(network, "town", "delivered_m3_per_h")
    assert 0.0 < delivered < 3000.0
    assert 0.01 < reading(network, "town", "pressure_bar") < 0.02
    # one of two ranks' bands of 5 mbar: the file's own demand is in the second
    part = (reading(network, "town", "pressure_bar") - 0.01) / 0.005
    assert delivered == pytest.approx(3000.0 * part, rel=1e-6)
    ((cause, amount),) = network.read_causes().items()
    assert (cause.kind, cause.asset) == ("gas_main", "gas/narrow")
    assert amount == pytest.approx(3000.0 - delivered)
    assert reading(network, "GRS", "wanted_m3_per_h") == pytest.approx(3000.0)


def test_without_electricity_a_station_stops(tmp_path: Path) -> None:
    network = station(tmp_path, {"homes": 700.0, "works": 500.0}, running=["gas/R1"])
    network.set_input("running", np.zeros(1))
    network.solve()
    network.advance(3600)
    assert reading(network, "homes", "delivered_m3_per_h") == 0.0
    (cause,) = network.read_causes()
    assert (cause.kind, cause.asset) == ("power", "gas/R1")
    network.set_input("running", np.ones(1))
    network.solve()
    assert reading(network, "homes", "delivered_m3_per_h") == pytest.approx(700.0)


def test_a_plant_is_cut_before_homes(tmp_path: Path) -> None:
    net = made.empty()
    a, b = made.junctions(net, 2)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 1.0, 300.0)
    made.sink(net, b, 700.0, "homes")
    made.sink(net, b, 0.0, "plant")
    network = made.opened(net, tmp_path, burnt=["gas/plant"], ratings={"gas_source": {"gas/GRS": 1000.0}})
    network.set_input("burnt", np.array([500.0]))
    network.set_demand(STEADY)
    network.solve()
    assert reading(network, "plant", "delivered_m3_per_h") == pytest.approx(300.0)
    assert reading(network, "homes", "delivered_m3_per_h") == pytest.approx(700.0)


def test_an_outage_is_the_cause_of_what_it_cuts_off(tmp_path: Path) -> None:
    network = station(tmp_path, {"homes": 700.0, "works": 500.0})
    network.apply([Change("gas/P1", "held", True)])
    network.solve()
    network.advance(3600)
    ((cause, amount),) = network.read_causes().items()
    assert (cause.kind, cause.asset, amount) == ("gas_main", "gas/P1", pytest.approx(500.0))


def test_a_compressor_lifts_by_its_ratio(tmp_path: Path) -> None:
    net = made.empty()
    a, b, c = made.junctions(net, 3)
    made.source(net, a, 2.0)
    pp.create_compressor(net, a, b, 1.5, name="C1")
    made.pipe(net, b, c, 1.0, 300.0)
    made.sink(net, c, 1000.0, "town")
    network = made.opened(net, tmp_path)
    network.solve()
    with made.quiet():
        pp.pipeflow(net, **made.TIGHT)
    assert reading(network, "J1", "pressure_bar") == pytest.approx(1.5 * (2.0 + OUTER) - OUTER)
    kw = float(net.res_compressor.compr_power_mw[0]) * 1e3
    assert reading(network, "C1", "power_kw") == pytest.approx(kw / 0.75, rel=1e-6)


def test_a_snapshot_is_the_same_network_to_pandapipes(tmp_path: Path) -> None:
    ratings = {"gas_station": {"gas/R1": 1000.0}}
    network = station(tmp_path, {"homes": 700.0, "works": 500.0}, ratings=ratings)
    network.solve()
    snapshot = network.snapshot()
    assert not snapshot.told
    net = snapshot.model()
    assert net.res_junction.p_bar[3] == pytest.approx(reading(network, "J3", "pressure_bar"), rel=1e-6)
    snapshot.write(tmp_path / "solved.json")
    assert (tmp_path / "solved.json").stat().st_size > 1000


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda net: net.pipe.__setitem__("length_km", -1.0), "pipe 0 'P0': length_km is -1.0"),
        (lambda net: net.pipe.__setitem__("k_mm", np.nan), "k_mm is empty"),
        (lambda net: net.ext_grid.__setitem__("in_service", False), "has no source"),
        (lambda net: net.pipe.__setitem__("to_junction", 77), "to_junction 77 is not a junction"),
        (lambda net: net.__setitem__("fluid", pp.call_lib("water")), "holds water, a liquid"),
        (lambda net: made.sink(net, made.junctions(net, 1)[0], 9.0, "alone"), "no gas reaches gas/alone"),
        (
            lambda net: pp.create_heat_exchanger(net, 0, 1, qext_w=1.0, inner_diameter_mm=100),
            "1 of heat_exchanger in service: the twin does not compute them",
        ),
    ],
)
def test_a_bad_file_is_told_by_its_element(spoil: Any, said: str, tmp_path: Path) -> None:
    net = made.empty()
    a, b = made.junctions(net, 2)
    made.source(net, a, 5.0)
    made.pipe(net, a, b, 3.0, 200.0)
    made.sink(net, b, 100.0, "town")
    with made.quiet():
        spoil(net)
    with pytest.raises(InvalidInput, match=said):
        made.opened(net, tmp_path)


def test_a_regulator_stands_open_where_no_gas_reaches_what_it_holds(tmp_path: Path) -> None:
    net = made.empty()
    a, b, c, d = made.junctions(net, 4)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 1.0, 300.0)
    made.pipe(net, c, d, 2.0, 200.0, name="far")
    made.regulator(net, b, c, 3.0, "R1", at=d)
    made.sink(net, c, 500.0, "homes")
    network = made.opened(net, tmp_path)
    network.apply([Change("gas/far", "held", True)])
    assert network.active().any()
    network.solve()
    assert reading(network, "J2", "pressure_bar") == pytest.approx(reading(network, "J1", "pressure_bar"))

"""A snapshot opened with its users' tools gives the twin's figures of that instant."""

import csv
import warnings
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pandas as pd
import pytest
import wntr
from epanet import toolkit as en
from hypothesis import given

from tests.utilities.conftest import LIBRARY, Example, simulate_day
from tests.utilities.power.test_series import cigre_series
from tests.utilities.random_networks import random_grid, random_water
from tests.utilities.test_random import FEW, seeds
from twin.errors import Unsolved
from twin.utilities.base import Change, Network
from twin.utilities.epanet.snapshot import EpanetSnapshot
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings
from twin.utilities.roads.files import read_plan
from twin.utilities.roads.network import RoadNetwork
from twin.utilities.roads.settings import RoadsSettings
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

PRESSURE_M, AT_REST_M3_PER_S = 1e-3, 2e-5
"""The latter EPANET's rounding leaves where nothing flows."""


def epanet(path: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """Return heads and flows of EPANET at time 0 of a file, in its units, and its accuracy."""
    handle = en.createproject()
    en.open(handle, str(path), str(path.with_suffix(".rpt")), "")
    en.openH(handle)
    en.initH(handle, en.INITFLOW)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # negative pressures and the like, as at the twin's instant
        en.runH(handle)
    heads = [en.getnodevalue(handle, n + 1, en.HEAD) for n in range(en.getcount(handle, en.NODECOUNT))]
    flows = [en.getlinkvalue(handle, n + 1, en.FLOW) for n in range(en.getcount(handle, en.LINKCOUNT))]
    accuracy = en.getoption(handle, en.ACCURACY)
    en.close(handle)
    en.deleteproject(handle)
    return np.array(heads), np.array(flows), accuracy


def check_epanet(network: Any, folder: Path) -> EpanetSnapshot:
    """Compare a snapshot, opened with EPANET, with the twin's solution."""
    snapshot: EpanetSnapshot = network.snapshot()
    path = folder / snapshot.file
    snapshot.write(path)
    heads, flows, accuracy = epanet(path)
    project = network._engine.project
    of_node, of_link = snapshot.of_nodes, snapshot.of_links
    assert (
        np.abs(heads * project.length_unit - of_node["head"])[snapshot.compared].max(initial=0.0) < PRESSURE_M
    )
    total = np.abs(of_link["flowrate"]).sum()
    gap = np.abs(flows * project.flow_unit - of_link["flowrate"]).max()
    assert gap <= 2.0 * accuracy * total + AT_REST_M3_PER_S
    return snapshot


def check_grid(network: Network) -> Any:
    """Compare a snapshot, solved by pandapower, with the twin's solution."""
    snapshot = network.snapshot()
    assert snapshot is not None
    assert snapshot.told == ()
    net = snapshot.model()
    values = {(s.asset, s.quantity): v for s, v in zip(network.signals, network.read(), strict=True)}
    for row, name in enumerate(network.names["bus"]):  # type: ignore[attr-defined]
        voltage = np.nan_to_num(net.res_bus.vm_pu.iloc[row])
        assert voltage == pytest.approx(values[f"power/{name}", "voltage_pu"], abs=1e-6)
    before = net.res_bus.copy()
    pp.runpp(net, numba=False)
    np.testing.assert_allclose(net.res_bus.vm_pu, before.vm_pu, atol=1e-6)
    supplied = values["power/network", "supplied_mw"]
    assert net.res_ext_grid.p_mw.sum() == pytest.approx(supplied, rel=1e-6, abs=1e-6)
    return net


def check_roads(network: Any, folder: Path) -> None:
    """Compare the volumes that a snapshot's network carries by itself with the twin's solution."""
    snapshot = network.snapshot()
    snapshot.write(folder / snapshot.file)
    with zipfile.ZipFile(folder / snapshot.file) as archive:
        archive.extractall(folder)
    settings = RoadsSettings(file="link.csv")
    plan = read_plan(folder / "link.csv", settings, folder)
    with (folder / "link.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    volumes = [float(row["volume_veh_per_h"]) for row in rows]
    np.testing.assert_array_equal(volumes, network.read()[: len(volumes)])
    again = RoadNetwork(plan, settings)
    open_ = np.array([row["in_service"] == "True" for row in rows])
    np.testing.assert_array_equal(again.active()[: len(open_)], open_)
    assert not open_.all()
    tables = snapshot.model()
    assert tables["link"].volume_veh_per_h.tolist() == volumes
    assert snapshot.told == ()


def check_pipes(network: Network) -> None:
    """Compare a snapshot, solved by pandapipes, with the twin's solution."""
    snapshot = network.snapshot()
    assert snapshot is not None
    assert snapshot.told == ()
    net = snapshot.model()
    values = {(s.asset, s.quantity): v for s, v in zip(network.signals, network.read(), strict=True)}
    for name, bar in zip(net.junction.name, net.res_junction.p_bar, strict=True):
        assert bar == pytest.approx(values[f"gas/{name}", "pressure_bar"], rel=1e-6)


CHECKS: dict[str, Any] = {
    "power": lambda network, _: check_grid(network),
    "water": check_epanet,
    "wastewater": check_epanet,
    "gas": lambda network, _: check_pipes(network),
    "roads": check_roads,
}


def test_an_instant_after_an_outage_is_as_its_tool_has_it(example: Example, tmp_path: Path) -> None:
    network = example.network
    example.hours(network, 7)
    network.apply([example.switch])
    simulate_day(example, 7)
    network.solve()
    CHECKS[network.name](network, tmp_path)


def test_a_snapshot_stays_as_it_was_when_the_network_goes_on(example: Example, tmp_path: Path) -> None:
    network = example.network
    example.hours(network, 3)
    network.solve()
    snapshot = network.snapshot()
    assert snapshot is not None
    simulate_day(example, 12)
    network.apply([example.switch])
    network.solve()
    snapshot.write(tmp_path / "later")
    network.reset()
    example.hours(network, 3)
    network.solve()
    again = network.snapshot()
    assert again is not None
    again.write(tmp_path / "at once")
    if network.name == "power":
        nets = [pp.from_json(str(tmp_path / name)) for name in ("later", "at once")]
        assert pp.dataframes_equal(nets[0].res_bus, nets[1].res_bus, tol=1e-9)
    else:
        assert (tmp_path / "later").read_bytes() == (tmp_path / "at once").read_bytes()


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3", "Net6", "ky4", "ky10"])
def test_hours_of_other_peoples_files(name: str, tmp_path: Path) -> None:
    path = LIBRARY / f"{name}.inp"
    network = WaterNetwork(path, WaterSettings(demand_model="file"))
    network.set_demand(np.zeros(0))
    left = 9 * 3600
    while left > 0:
        network.solve()
        step = min(left, network.next_change_s())
        network.advance(step)
        left -= step
    network.solve()
    snapshot = check_epanet(network, tmp_path)
    results = snapshot.series([0], [])
    simulated = wntr.sim.EpanetSimulator(snapshot.model()).run_sim(str(tmp_path / "wntr"))
    for quantity, tolerance in (("velocity", 1e-2), ("headloss", 1e-2)):
        theirs, ours = simulated.link[quantity].loc[0], results.link[quantity].loc[0]
        np.testing.assert_allclose(theirs, ours[theirs.index], rtol=1e-2, atol=tolerance)
    assert (simulated.link["status"].loc[0] == results.link["status"].loc[0]).mean() > 0.98


@FEW
@given(seeds)
def test_any_grid_at_any_load_is_as_pandapower_has_it(seed: int) -> None:
    with TemporaryDirectory() as folder:
        network = random_grid(seed, Path(folder))
        for factor in (0.2, 1.0, 4.0):
            network.set_demand(np.full(3, factor))
            network.solve()
            check_grid(network)


@FEW
@given(seeds)
def test_any_water_network_in_any_state_is_as_epanet_has_it(seed: int) -> None:
    with TemporaryDirectory() as folder:
        network = random_water(seed, Path(folder))
        for hour in range(12):
            network.set_demand(np.zeros(0), 0.2 + 0.1 * hour)
            if network._engine.pumps.size:
                network.set_input("running", np.array([0.0 if 4 <= hour < 8 else 1.0]))
            try:
                network.solve()
            except Unsolved:
                break
            check_epanet(network, Path(folder))
            network.advance(min(3600, network.next_change_s()))


def test_taps_and_windings_of_a_snapshot_are_those_of_the_instant(tmp_path: Path) -> None:
    net = pn.mv_oberrhein()
    for trafo in net.trafo.index:
        pp.control.DiscreteTapControl(net, trafo, vm_lower_pu=1.02, vm_upper_pu=1.04, side="lv")
    pp.to_json(net, str(tmp_path / "grid.json"))
    network = PowerNetwork(tmp_path / "grid.json", PowerSettings())
    network.set_demand(np.zeros(0), 1.4)
    network.solve()
    out = check_grid(network)
    assert (out.trafo.tap_pos != net.trafo.tap_pos).any()


def test_without_a_source_nothing_is_energised_and_that_is_told(tmp_path: Path) -> None:
    pp.to_json(pn.create_cigre_network_mv(), str(tmp_path / "grid.json"))
    network = PowerNetwork(tmp_path / "grid.json", PowerSettings())
    (grid,) = network.names["ext_grid"]
    network.apply([Change(f"power/{grid}", "in_service", False)])
    network.solve()
    snapshot = network.snapshot()
    assert "no source" in str(snapshot.told[0])
    assert snapshot.model().res_bus.vm_pu.isna().all()


def test_a_link_held_closed_keeps_so_in_the_file_and_its_controls_are_told(tmp_path: Path) -> None:
    network = WaterNetwork(LIBRARY / "Net1.inp", WaterSettings(), inputs=["water/9"])
    network.set_input("running", np.zeros(1))
    network.set_demand(np.zeros(0))
    network.solve()
    snapshot = check_epanet(network, tmp_path)
    assert any("holds closed 9" in str(told) for told in snapshot.told)
    assert str(snapshot.model().get_link("9").initial_status) == "Closed"
    assert snapshot.series([0], []).link["flowrate"].loc[0, "9"] == pytest.approx(0.0, abs=1e-6)


def test_what_series_give_at_an_instant_is_in_its_net(tmp_path: Path) -> None:
    net = pn.create_cigre_network_mv(with_der="all")
    given, values, _ = cigre_series(net, seed=5)
    net["profiles"] = {"load": pd.DataFrame({"H0": np.ones(8760)})}
    net.load["profile"] = "H0"
    pp.to_json(net, str(tmp_path / "grid.json"))
    network = PowerNetwork(tmp_path / "grid.json", PowerSettings(), given=given)
    for hour in (3, 12):
        network.set_demand(np.zeros(0), 1.0, values[hour])
        network.solve()
        out = check_grid(network)
        own = {table: out[table].p_mw.to_numpy() for table in ("load", "sgen", "storage")}
        np.testing.assert_allclose(np.concatenate(list(own.values())), values[hour], atol=1e-12)
        assert "profiles" not in out
        assert "profile" not in out.load

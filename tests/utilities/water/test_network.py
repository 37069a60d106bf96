"""Water against EPANET run straight, and against what can be worked by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from epanet import toolkit as en

from tests.utilities.conftest import LIBRARY
from twin.errors import InvalidInput
from twin.utilities.base import Vector
from twin.utilities.epanet.project import Project
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

HOURS = 24
SETTINGS = WaterSettings(min_pressure_m=0.0, required_pressure_m=15.0)
FEET = 0.3048


def straight(path: Path, folder: Path, instants: Sequence[int]) -> tuple[list[Vector], list[Vector]]:
    """Let EPANET run a day that stops at instants; return heads, m, and flows, its unit, at each hour."""
    project = en.createproject()
    en.open(project, str(path), str(folder / "report"), str(folder / "binary"))
    en.setoption(project, en.PRESS_UNITS, en.METERS)
    en.setdemandmodel(project, en.PDA, 0.0, 15.0, 0.5)
    en.settimeparam(project, en.DURATION, HOURS * 3600)
    length = FEET if en.getflowunits(project) == en.GPM else 1.0
    nodes, links = en.getcount(project, en.NODECOUNT), en.getcount(project, en.LINKCOUNT)
    heads, flows = [], []
    en.openH(project)
    en.initH(project, en.INITFLOW)
    while True:
        now = en.runH(project)
        if now % 3600 == 0:
            heads.append(length * np.array([en.getnodevalue(project, i + 1, en.HEAD) for i in range(nodes)]))
            flows.append(np.array([en.getlinkvalue(project, i + 1, en.FLOW) for i in range(links)]))
        following = next((t for t in instants if t > now), now + 3600)
        en.settimeparam(project, en.HYDSTEP, following - now)
        if en.nextH(project) == 0:
            break
    en.closeH(project)
    en.close(project)
    en.deleteproject(project)
    return heads[:HOURS], flows[:HOURS]


def stepped(network: WaterNetwork) -> tuple[list[Vector], list[Vector], list[int]]:
    """Step the network as the clock does; return the same, and its instants."""
    engine = network._engine
    heads, flows, instants = [], [], [0]
    for _ in range(HOURS):
        left = 3600
        while left > 0:
            network.solve()
            if left == 3600:
                heads.append(engine.head.copy())
                flows.append(engine.flow / engine.project.flow_unit)
            step = min(left, network.next_change_s())
            network.advance(step)
            left -= step
            instants.append(instants[-1] + step)
    return heads, flows, instants


@pytest.mark.filterwarnings("ignore:WARNING")  # EPANET's own run warns of negative pressures in ky4
@pytest.mark.parametrize("name", ["Net1", "Net3", "ky4"])
def test_a_day_is_epanets_day(name: str, tmp_path: Path) -> None:
    path = LIBRARY / f"{name}.inp"
    own_heads, own_flows, instants = stepped(WaterNetwork(path, SETTINGS))
    heads, flows = straight(path, tmp_path, instants)
    largest = np.abs(flows).max()
    np.testing.assert_allclose(own_heads, heads, atol=0.02)
    np.testing.assert_allclose(own_flows, flows, atol=2e-3 * largest)


def test_us_units_are_read_as_si() -> None:
    network = WaterNetwork(LIBRARY / "Net1.inp", SETTINGS)
    network.solve()
    values = {(s.asset, s.quantity): v for s, v in zip(network.signals, network.read(), strict=True)}
    assert values["water/2", "level_m"] == pytest.approx(120.0 * FEET)
    assert values["water/9", "flow_m3_per_s"] == pytest.approx(1866.18 * 6.30902e-5, rel=1e-3)


PIPE = "Q J T0 100 300 120 0 OPEN"

SMALL = """
[JUNCTIONS]
J 0 {demand}
[RESERVOIRS]
{reservoir}
[TANKS]
{tank}
[PIPES]
P {start} J 10 500 150 0 OPEN
{more}
[TIMES]
HYDRAULIC TIMESTEP 1:00
[OPTIONS]
UNITS CMH
HEADLOSS H-W
[END]
"""


def small(folder: Path, **parts: object) -> WaterNetwork:
    fields = {"reservoir": "", "tank": "", "more": "", "demand": 36, "start": "T"} | parts
    (folder / "small.inp").write_text(SMALL.format(**fields), encoding="utf-8")
    return WaterNetwork(folder / "small.inp", WaterSettings(min_pressure_m=2.0, required_pressure_m=20.0))


def totals(network: WaterNetwork) -> dict[str, float]:
    return dict(zip(network.totals, map(float, network.read_totals()), strict=True))


@pytest.mark.parametrize("head", [5.0, 10.0, 19.0])
def test_delivery_falls_with_the_root_of_pressure(tmp_path: Path, head: float) -> None:
    """Wagner: q = d sqrt((p - p_min) / (p_req - p_min)); the pipe is short and wide."""
    network = small(tmp_path, reservoir=f"R {head}", start="R")
    network.solve()
    values = {(s.asset, s.quantity): v for s, v in zip(network.signals, network.read(), strict=True)}
    expected = 0.01 * np.sqrt((head - 2.0) / 18.0)
    assert values["water/J", "delivered_m3_per_s"] == pytest.approx(expected, rel=1e-3)
    assert values["water/J", "required_m3_per_s"] == pytest.approx(0.01, rel=1e-9)


def run_hours(network: WaterNetwork, hours: int) -> None:
    for _ in range(hours):
        left = 3600
        while left > 0:
            network.solve()
            step = min(left, network.next_change_s())
            network.advance(step)
            left -= step


def test_a_tank_serves_what_it_holds_and_then_nothing(tmp_path: Path) -> None:
    """A tank of 100 m2 between 1 and 3 m holds 200 usable m3: 5.6 h at 36 m3/h; EPANET 2.2 serves more."""
    network = small(tmp_path, tank="T 40 3 1 5 11.2838 0")
    run_hours(network, 10)
    sums = totals(network)
    assert sums["served_m3"] == pytest.approx(200.0, abs=0.02)
    assert sums["unserved_m3"] == pytest.approx(160.0, abs=0.02)
    assert sums["stored_m3"] == pytest.approx(-200.0, abs=0.02)


def test_what_overflows_is_lost_and_the_balance_closes(tmp_path: Path) -> None:
    """Reservoir 60 m above a tank that may overflow: it fills and spills."""
    pipe = "P2 R T 1000 100 130 0 OPEN"
    network = small(tmp_path, reservoir="R 60", tank="T 40 3 1 4 11.2838 0 * YES", more=pipe, demand=5)
    run_hours(network, 24)
    sums = totals(network)
    assert sums["leaked_m3"] > 1.0
    assert sums["stored_m3"] == pytest.approx(100.0, abs=0.05)
    used = sums["served_m3"] + sums["leaked_m3"] + sums["stored_m3"]
    assert sums["supplied_m3"] == pytest.approx(used, rel=1e-6)


@pytest.mark.parametrize("name", ["Net1", "Net3"])
def test_a_pump_without_power_stands_still_whatever_controls_and_rules_say(name: str) -> None:
    pump = {"Net1": "water/9", "Net3": "water/335"}[name]
    network = WaterNetwork(LIBRARY / f"{name}.inp", SETTINGS, inputs=[pump])
    column = next(i for i, s in enumerate(network.signals) if (s.asset, s.quantity) == (pump, "power_kw"))

    def powers(hours: int) -> list[float]:
        values = []
        for _ in range(hours):
            network.solve()
            values.append(float(network.read()[column]))
            network.advance(3600)
        return values

    network.set_input("running", np.zeros(1))
    assert max(powers(20)) == 0.0
    network.set_input("running", np.ones(1))
    assert max(powers(20)) > 0.0


def test_a_full_tank_takes_no_more(tmp_path: Path) -> None:
    """A level a rounding error below its maximum must not keep the inlet open: water would vanish."""
    network = small(tmp_path, reservoir="R 60", start="R", tank="T0 37.79 2.95 0 4.92 12.11 0", more=PIPE)
    run_hours(network, 8)
    storage = network._engine.storage
    assert storage.volume[0] == pytest.approx(storage.max_volume[0], abs=1e-9)
    assert network._engine.flow[network._engine.link_at["water/Q"]] == 0.0
    sums = totals(network)
    assert sums["supplied_m3"] == pytest.approx(sums["served_m3"] + sums["stored_m3"], rel=1e-6)


def test_what_epanet_refuses_is_told_by_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        small(tmp_path, reservoir="R 60", start="R", more="[VALVES]\nV R J 300 FCV 237.2 0")
    assert [str(m).split(": ")[0] for m in caught.value.mistakes] == ["small.inp:11"]
    assert "illegal valve connection" in str(caught.value.mistakes[0])


def test_files_that_epanet_refuses_leave_the_process_whole_and_nothing_open(tmp_path: Path) -> None:
    import gc
    import os

    (tmp_path / "bad.inp").write_text("[JUNCTIONS]\nA 0 0\n[PIPES]\nP A B 1 1 1\n[END]\n")
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with pytest.raises(InvalidInput):
            Project(tmp_path / "bad.inp", tmp_path, None)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before

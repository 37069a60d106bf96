"""One example of every network, opened anew for each test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
import wntr

from tests.town import WASTEWATER
from tests.utilities.gas import examples as made
from tests.utilities.roads.examples import BASE, hour_factors, ring
from twin.utilities.base import Change, Network, Vector
from twin.utilities.demand import Given
from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.resources.table import Resource
from twin.utilities.power.settings import PowerSettings
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.wastewater.settings import LiftStation, Treatment, WastewaterSettings
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

LIBRARY = Path(wntr.__file__).parent / "library" / "networks"


@dataclass(frozen=True)
class Example:
    """A network with something to switch and the names of its balance.

    Attributes
    ----------
    hours
        Called before each hour's solution.
    supply, uses, throughput
        Names of totals: ``sum(supply) == sum(uses)``.
    port, idle
        What links fill, and values under which it carries less, or more for others.
    """

    network: Network
    switch: Change
    back: Change
    hours: Callable[[Network, int], None]
    supply: tuple[str, ...]
    uses: tuple[str, ...]
    throughput: str
    port: str
    idle: Vector


def power(folder: Path) -> Example:
    net = pn.create_cigre_network_mv(with_der="pv_wind")
    pp.to_json(net, str(folder / "power.json"))
    network = PowerNetwork(folder / "power.json", PowerSettings(), inputs=["power/Load R1"])
    line = "power/Line 4-5"

    def hour(network: Network, number: int) -> None:
        network.set_demand(np.zeros(0), 0.5 + 0.02 * number)

    return Example(
        network,
        Change(line, "in_service", False),
        Change(line, "in_service", True),
        hour,
        ("supplied_mwh", "fed_in_mwh"),
        ("served_mwh", "losses_mwh"),
        "supplied_mwh",
        "drawn",
        np.array([[25.0], [8.0]]),
    )


def resources(folder: Path) -> Example:
    net = pn.create_cigre_network_mv(with_der="pv_wind")
    pp.to_json(net, str(folder / "resources.json"))
    battery = {"kind": "battery", "at": "power/Bus 6", "capacity": 2.0, "energy_mwh": 9.0}
    shave = {"rule": "peak-shaving", "asset": "power/Trafo 0-1", "limit_mw": 14.0}
    rows = {
        "shaver": Resource(**battery, **shave),  # type: ignore[arg-type]
        "keeper": Resource(**battery | {"at": "power/Bus 11"}),  # type: ignore[arg-type]
        "sun": Resource(kind="pv", at="power/Bus 8", capacity=6.0),
        "pumps": Resource(kind="heat_pump", at="power/Bus 4", capacity=3.0),
    }
    given = Given("power/sun", "factor"), Given("power/pumps", "temperature_c"), Given("power/PV 3", "p_mw")
    network = PowerNetwork(
        folder / "resources.json", PowerSettings(), inputs=["power/Load R1"], given=given, resources=rows
    )
    line = "power/Line 4-5"

    def hour(network: Network, number: int) -> None:
        sun = max(0.0, np.sin(np.pi * (number % 24 - 6) / 12))
        network.set_demand(np.zeros(0), 0.5 + 0.02 * number, np.array([sun, 10.0 * sun - 5.0, 0.02 * sun]))

    return Example(
        network,
        Change(line, "in_service", False),
        Change(line, "in_service", True),
        hour,
        ("supplied_mwh", "fed_in_mwh"),
        ("served_mwh", "losses_mwh"),
        "supplied_mwh",
        "drawn",
        np.array([[25.0], [8.0]]),
    )


def water(folder: Path) -> Example:
    network = WaterNetwork(LIBRARY / "Net3.inp", WaterSettings(), inputs=["water/10", "water/335"])

    def hour(network: Network, number: int) -> None:
        network.set_demand(np.zeros(0), 0.8 + 0.01 * number)

    return Example(
        network,
        Change("water/101", "open", False),
        Change("water/101", "open", True),
        hour,
        ("supplied_m3",),
        ("served_m3", "leaked_m3", "stored_m3"),
        "required_m3",
        "running",
        np.zeros(2),
    )


def wastewater(folder: Path) -> Example:
    path = folder / "wastewater.inp"
    path.write_text(WASTEWATER, encoding="utf-8")
    pumps = ("PU-LIFT-1", "PU-LIFT-2")
    network = WastewaterNetwork(
        path,
        WastewaterSettings(),
        {"PLANT": Treatment(node="OUT-PLANT", capacity_m3_per_day=3000, equalisation_m3=100)},
        {"LIFT": LiftStation(wet_well="WW-LIFT", pumps=pumps, main=("FM-LIFT",), discharge="D-LIFT")},
        ["wastewater/MH-HIGH", "wastewater/MH-LOW"],
        [f"wastewater/{pump}" for pump in pumps],
    )

    def hour(network: Network, number: int) -> None:
        flow = 0.01 + 0.02 * np.sin(np.pi * number / 24) ** 2
        network.set_input("arriving", np.array([flow, 0.8 * flow]))
        network.set_input("running", np.ones(2))

    return Example(
        network,
        Change("wastewater/PU-LIFT-1", "open", False),
        Change("wastewater/PU-LIFT-1", "open", True),
        hour,
        ("inflow_m3",),
        ("treated_m3", "spilled_m3", "stored_m3"),
        "inflow_m3",
        "arriving",
        np.zeros(2),
    )


def gas(folder: Path) -> Example:
    net = made.empty()
    source, high, low, far, works = made.junctions(net, 5)
    made.source(net, source, 6.0)
    made.pipe(net, source, high, 4.0, 150.0)
    made.regulator(net, high, low, 3.0, "R1")
    made.pipe(net, low, far, 2.0, 100.0, name="loop")
    made.pipe(net, low, works, 3.0, 100.0)
    made.pipe(net, far, works, 1.0, 100.0)
    made.sink(net, far, 900.0, "homes")
    made.sink(net, works, 0.0, "works")
    network = GasNetwork(
        made.written(net, folder),
        GasSettings(),
        ["gas/works"],
        (1, 0),
        running=["gas/R1"],
        ratings={"gas_station": {"gas/R1": 1500.0}},
    )

    def hour(network: Network, number: int) -> None:
        network.set_base(np.array([[200.0, 300.0 + 30.0 * number]]))
        network.set_demand(np.ones(2), 0.5 + 0.02 * number)

    return Example(
        network,
        Change("gas/loop", "in_service", False),
        Change("gas/loop", "in_service", True),
        hour,
        ("supplied_m3",),
        ("served_m3", "fed_back_m3"),
        "supplied_m3",
        "running",
        np.zeros(1),
    )


def roads(folder: Path) -> Example:
    network = ring(folder)

    def hour(network: Network, number: int) -> None:
        network.set_base(BASE)
        network.set_demand(hour_factors(number))

    return Example(
        network,
        Change("roads/NM", "in_service", False),
        Change("roads/NM", "in_service", True),
        hour,
        ("trips_veh",),
        ("made_veh", "not_made_veh"),
        "trips_veh",
        "running",
        np.zeros(1),
    )


EXAMPLES = {
    "power": power,
    "resources": resources,
    "water": water,
    "wastewater": wastewater,
    "gas": gas,
    "roads": roads,
}


@pytest.fixture(params=EXAMPLES.values(), ids=EXAMPLES.keys())
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    made: Example = request.param(tmp_path)
    return made


@pytest.fixture(params=EXAMPLES.values(), ids=EXAMPLES.keys())
def examples(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Example, Example]:
    """Two of the same kind, opened from the same file in the same way."""
    return request.param(tmp_path), request.param(tmp_path)


def simulate_day(example: Example, hours: int = 24, start: int = 0) -> list[Vector]:
    """Run a day, hydraulic events included; return the readings at each whole hour."""
    network, readings = example.network, []
    for number in range(start, start + hours):
        example.hours(network, number)
        left = 3600
        while left > 0:
            network.solve()
            if left == 3600:
                readings.append(network.read().copy())
            step = min(left, network.next_change_s())
            network.advance(step)
            left -= step
    return readings

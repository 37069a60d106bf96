"""What sources in service bring of temperature, beside `pandapipes.pipeflow` in every switching state."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandapipes as pp
import pytest

from tests.utilities.gas import examples as ex
from twin.utilities.base import Change
from twin.utilities.gas.network import GasNetwork

GRIDS = ("COLD", "WARM", "OTHER", "HEAT")
STATES = [state for state in product((True, False), repeat=4) if any(state[:3])]


def net_of(stands: tuple[bool, ...]) -> Any:
    """Return a ring of unequal sources, of which one holds a temperature alone; two stand at one junction."""
    net = ex.empty()
    j = ex.junctions(net, 4)
    for start, end in ((0, 1), (1, 2), (2, 3), (3, 0)):
        ex.pipe(net, start, end, 20.0)
    pp.create_compressor(net, j[2], ex.junctions(net, 1)[0], 1.2, name="C")
    ex.sink(net, 4, 500.0, "S4")
    ex.sink(net, j[1], 3000.0, "S1")
    ex.sink(net, j[3], 2000.0, "S3")
    at = {"COLD": (j[0], 253.15, "pt"), "WARM": (j[0], 313.15, "pt"), "OTHER": (j[2], 333.15, "pt")}
    for name, (junction, kelvin, kind) in at.items():
        pp.create_ext_grid(net, junction, p_bar=3.0, t_k=kelvin, name=name, type=kind)
    pp.create_ext_grid(net, j[1], p_bar=3.0, t_k=283.15, name="HEAT", type="t")
    net.ext_grid["in_service"] = list(stands)
    return net


def put(network: GasNetwork, stands: tuple[bool, ...]) -> None:
    network.apply([Change(f"gas/{n}", "in_service", on) for n, on in zip(GRIDS, stands, strict=True)])


def pressures(network: GasNetwork) -> np.ndarray:
    network.solve()
    return np.array([ex.reading(network, f"J{i}", "pressure_bar") for i in range(5)])


@pytest.mark.parametrize("opening", [(True, False, False, False), (False, False, True, True)])
@pytest.mark.parametrize("stands", STATES)
def test_a_source_brings_its_temperature_while_it_is_in_service(
    opening: tuple[bool, ...], stands: tuple[bool, ...], tmp_path: Path
) -> None:
    network = ex.opened(net_of(opening), tmp_path)
    network.solve()
    put(network, stands)
    net = net_of(stands)
    with ex.quiet():
        pp.pipeflow(net, friction_model="nikuradse", mode="hydraulics", **ex.TIGHT)
    assert pressures(network) == pytest.approx(net.res_junction.p_bar.to_numpy(), rel=1e-9)


def test_what_is_read_follows_temperatures_as_if_opened_so(tmp_path: Path) -> None:
    first, last = (True, False, False, False), (False, True, True, False)
    opened = ex.opened(net_of(last), tmp_path)
    opened.solve()
    changed = ex.opened(net_of(first), tmp_path)
    changed.solve()
    before = changed.read().copy()
    put(changed, last)
    changed.solve()
    assert changed.read() == pytest.approx(opened.read(), rel=1e-9)
    for asset, quantity in (
        ("P0", "gas_velocity_m_per_s"),
        ("P0", "linepack_minutes"),
        ("C", "power_kw"),
    ):
        place = [(s.asset, s.quantity) for s in changed.signals].index((f"gas/{asset}", quantity))
        assert before[place] != pytest.approx(changed.read()[place], rel=1e-2)


def test_reset_and_restore_bring_temperatures_back_to_the_bit(tmp_path: Path) -> None:
    network = ex.opened(net_of((True, False, False, False)), tmp_path)
    begun = pressures(network)
    put(network, (False, True, True, False))
    other = pressures(network)
    kept = network.save()
    network.reset()
    assert np.array_equal(pressures(network), begun)
    network.restore(kept)
    assert np.array_equal(pressures(network), other)

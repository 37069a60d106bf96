"""Random small grids with two open points: what is restored is the best of all switchings."""

from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import numpy as np
import pandapower as pp
import pandapower.topology as topology
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utilities.power.restoration.test_oberrhein import Exhaustive
from tests.utilities.power.restoration.test_restoration import opened

BUSES, TIES = 9, 2


@st.composite
def grids(draw: st.DrawFn) -> pp.pandapowerNet:
    """Return a tree of lines with a switch each, and two open lines between its buses."""
    net = pp.create_empty_network()
    buses = [pp.create_bus(net, 20.0) for _ in range(BUSES)]
    pp.create_ext_grid(net, buses[0])
    rated = st.sampled_from((0.06, 0.1, 0.15, 0.3))
    pairs = [(draw(st.integers(0, i - 1)), i) for i in range(1, BUSES)]
    ties = [
        draw(st.lists(st.integers(0, BUSES - 1), min_size=2, max_size=2, unique=True)) for _ in range(TIES)
    ]
    for number, (a, b) in enumerate([*pairs, *ties]):
        line = pp.create_line_from_parameters(net, a, b, 1.0, 0.2, 0.2, 10.0, draw(rated))
        pp.create_switch(net, a, line, "l", closed=number < len(pairs))
    for bus in buses[1:]:
        pp.create_load(net, bus, draw(st.sampled_from((0.2, 0.5, 1.0))), 0.1)
    return net


@settings(max_examples=12, deadline=None, derandomize=True)
@given(net=grids(), line=st.integers(0, BUSES - 2))
def test_the_best_of_all_switchings_is_found(net: pp.pandapowerNet, line: int) -> None:
    with TemporaryDirectory() as folder:
        network = opened(net, Path(folder))
    restorer = network.gear.restorer(network.solution())
    assert restorer is not None
    found = restorer.after(f"power/{network.names['line'][line]}")
    assert found.restored_mw == pytest.approx(Exhaustive(restorer).most_mw(line), abs=1e-9)

    net.line.loc[line, "in_service"] = False
    pp.runpp(net, lightsim2grid=False)
    before, over = float(net.res_load.p_mw.sum()), net.res_line.loading_percent.fillna(0.0).to_numpy()
    net.switch.loc[list(found.closed), "closed"] = True
    net.switch.loc[list(found.opened), "closed"] = False
    pp.runpp(net, lightsim2grid=False)
    assert net.res_load.p_mw.sum() - before == pytest.approx(found.restored_mw, abs=1e-9)
    loaded = net.res_line.loading_percent.fillna(0.0).to_numpy()
    assert (loaded <= np.maximum(100.0, over) + 1e-6).all()
    graph = topology.create_nxgraph(net, multi=True)
    assert nx.number_of_edges(graph) == len(graph) - nx.number_connected_components(graph)

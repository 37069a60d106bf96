"""What is wrong with a grid is said by name, all of it at once, before pandapower sees it."""

import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandapower.control import ConstControl

from tests.networks.grid_of_all_kinds import KINDS, add, apart, backbone, opened
from twin.errors import InvalidInput
from twin.networks.power import PowerNetwork
from twin.networks.power_numbers import NUMBERS, REFERENCES
from twin.scenario.schema import PowerSettings


def said(net: pp.pandapowerNet | str, folder: Path) -> str:
    """Return what is said of a net that is refused."""
    path = folder / "power.json"
    if isinstance(net, str):
        path.write_text(net, encoding="utf-8")
    else:
        pp.to_json(net, str(path))
    with pytest.raises(InvalidInput) as refused:
        PowerNetwork(path, PowerSettings())
    assert all("\n" not in str(mistake) for mistake in refused.value.mistakes)
    return str(refused.value)


def everything() -> pp.pandapowerNet:
    """Return a grid of one's own with an element of each kind."""
    return deepcopy(_everything())


@cache
def _everything() -> pp.pandapowerNet:
    net = backbone()
    pp.create_dcline(net, 4, 5, 0.1, 2.0, 0.01, vm_from_pu=1.01, vm_to_pu=1.01)
    for kind in KINDS:
        add(net, kind, 3, 0.3)
    net.load["name"] = [f"L{i}" for i in net.load.index]
    transformer = {"sn_mva": 1.0, "vn_hv_kv": 20.0, "vn_lv_kv": 0.4, "vkr_percent": 1.0, "vk_percent": 6.0}
    low = pp.create_bus(net, 0.4)
    pp.create_transformer_from_parameters(net, 1, low, **transformer, pfe_kw=1.0, i0_percent=0.1)
    return net


NUMERIC = [(t, c) for t, columns in NUMBERS.items() if t != "trafo3w" for c in columns]


@pytest.mark.parametrize("table", [table for table in NUMBERS if table != "trafo3w"])
def test_numbers_that_are_none_are_refused_by_name(table: str, tmp_path: Path) -> None:
    net = everything()
    for column in NUMBERS[table]:
        net[table][column] = net[table][column].astype(float)
        net[table].loc[net[table].index[0], column] = np.nan if len(column) % 2 else np.inf
    text = said(net, tmp_path)
    for column in NUMBERS[table]:
        assert re.search(rf"{table} \S+: {column} is (nan|inf|None), not a number", text), column


REFERRED = [table for table in REFERENCES if table not in ("trafo3w", "switch")]


@pytest.mark.parametrize("table", REFERRED)
def test_buses_that_do_not_exist_are_refused_by_name(table: str, tmp_path: Path) -> None:
    net = everything()
    for column in REFERENCES[table]:
        net[table].loc[net[table].index[0], column] = 999
    text = said(net, tmp_path)
    for column in REFERENCES[table]:
        assert re.search(rf"{table} \S+: {column} 999 does not exist", text), column


def test_a_bus_that_is_no_number_is_refused_by_name(tmp_path: Path) -> None:
    net = everything()
    net.load["bus"] = net.load.bus.astype(float)
    net.load.loc[0, "bus"] = np.nan
    assert "load L0: bus nan does not exist" in said(net, tmp_path)


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    net = everything()
    net.load.loc[0, "p_mw"] = np.nan
    net.line.loc[1, "length_km"] = 0.0
    net.trafo.loc[0, "vkr_percent"] = 7.0
    net.bus.loc[2, "vn_kv"] = 0.0
    net.sgen.loc[0, "bus"] = 77
    pp.create_switch(net, 1, 1, "l")
    net.switch["element"] = 55
    text = said(net, tmp_path)
    assert "load L0: p_mw" in text
    assert "line 1 has no impedance" in text
    assert "trafo 0: vkr_percent is above vk_percent" in text
    assert "bus B2: vn_kv is 0 (above zero)" in text
    assert "sgen 0: bus 77 does not exist" in text
    assert "switch 0: element 55 does not exist" in text


def with_svc(net: pp.pandapowerNet) -> None:
    pp.create_svc(net, 2, 1.0, -10.0, 1.0, 130.0)


def with_control(net: pp.pandapowerNet) -> None:
    ConstControl(net, "load", "p_mw", 0)


def with_distributed_slack(net: pp.pandapowerNet) -> None:
    pp.set_user_pf_options(net, distributed_slack=True)


def with_impedance_load(net: pp.pandapowerNet) -> None:
    net.load.loc[0, "const_z_p_percent"] = 50.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_svc, "svc 0: static var compensators are not computed .*take it out of service"),
        (with_control, "controllers ConstControl are not computed .*take it out of service"),
        (with_distributed_slack, "a slack that is distributed is not computed .distributed_slack false"),
        (with_impedance_load, "load L0 depends on voltage .constant power"),
    ],
)
def test_what_is_not_computed_is_refused_with_what_to_do(
    change: Callable[[pp.pandapowerNet], None], words: str, tmp_path: Path
) -> None:
    net = everything()
    change(net)
    assert re.search(words, said(net, tmp_path))


def test_what_is_out_of_service_is_not_refused(tmp_path: Path) -> None:
    net = everything()
    with_svc(net)
    with_control(net)
    net.svc["in_service"] = net.controller["in_service"] = False
    net.line.loc[net.line.index[-1], "in_service"] = False
    opened(net, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", r"power.json:1: is no JSON"),
        ('{"a": 1,\n', r"power.json:2: is no JSON"),
        ('{"_module": "pandapipes.pandapipes_net", "_class": "pandapipesNet"}', "pandapipesNet"),
        ("[1, 2]", "is no pandapower net"),
        ('{"bus": {}}', "is no pandapower net"),
        ("3", "is no pandapower net"),
    ],
)
def test_a_file_that_is_no_net_is_refused(content: str, words: str, tmp_path: Path) -> None:
    assert re.search(words, said(content, tmp_path))


def test_nets_without_bus_or_supply_are_refused(tmp_path: Path) -> None:
    net = pp.create_empty_network()
    assert "holds no bus" in said(net, tmp_path)
    pp.create_bus(net, 20.0)
    assert "holds no supply" in said(net, tmp_path)


def test_setpoints_that_disagree_are_one_line(tmp_path: Path) -> None:
    net = backbone()
    pp.create_gen(net, 2, 0.1, vm_pu=1.0)
    pp.create_gen(net, 2, 0.1, vm_pu=1.02)
    assert "pandapower cannot convert it" in said(net, tmp_path)


def test_indices_written_with_a_point_are_whole_numbers(tmp_path: Path) -> None:
    net = pn.case14()
    pp.runpp(net, lightsim2grid=False)
    expected = deepcopy(net)
    for table in ("bus", "load", "line", "gen"):
        net[table].index = net[table].index.astype(float)
    for column in ("from_bus", "to_bus"):
        net.line[column] = net.line[column].astype(float)
    assert apart(opened(net, tmp_path), expected) < 1e-6


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.sampled_from(NUMERIC), st.sampled_from([np.nan, np.inf, -np.inf, -1.0, 0.0, 1e300]))
def test_any_number_opens_or_is_refused(where: tuple[str, str], value: float) -> None:
    table, column = where
    net = everything()
    net[table][column] = net[table][column].astype(float)
    net[table].loc[net[table].index[-1], column] = value
    with TemporaryDirectory() as folder:
        path = Path(folder) / "power.json"
        pp.to_json(net, str(path))
        try:
            PowerNetwork(path, PowerSettings())
        except InvalidInput as refused:
            assert all(mistake.remedy for mistake in refused.mistakes)

"""A file that cannot be right is refused by the element's name, all at once; what is not used is told."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InvalidInput
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.read import read_net
from twin.utilities.power.settings import PowerSettings


def grid() -> pp.pandapowerNet:
    net = pp.create_empty_network()
    for number in range(3):
        pp.create_bus(net, 20.0, name=f"B{number}")
    pp.create_ext_grid(net, 0, name="EG")
    for number in (1, 2):
        pp.create_line_from_parameters(
            net, number - 1, number, 2.0, 0.1, 0.3, 10.0, 0.4, name=f"LINE{number}"
        )
        pp.create_load(net, number, 1.0, 0.2, name=f"TOWN{number}")
    pp.create_sgen(net, 2, 0.5, name="ROOFS")
    return net


def opened(net: pp.pandapowerNet, folder: Path) -> PowerNetwork:
    pp.to_json(net, str(folder / "power.json"))
    return PowerNetwork(folder / "power.json", PowerSettings())


WRONG: dict[str, tuple[tuple[str, int, str, float], str]] = {
    "load without power": (("load", 0, "p_mw", np.nan), "load 0 'TOWN1': p_mw is nan"),
    "endless power, null in JSON": (
        ("load", 1, "q_mvar", np.inf),
        "load 1 'TOWN2': q_mvar is nan",
    ),
    "scaling that is no number": (("sgen", 0, "scaling", np.nan), "sgen 0 'ROOFS': scaling is nan"),
    "no voltage level": (("bus", 1, "vn_kv", np.nan), "bus 1 'B1': vn_kv is nan"),
    "voltage level of zero": (("bus", 1, "vn_kv", 0.0), "bus 1 'B1': vn_kv is 0.0"),
    "no impedance": (("line", 0, "x_ohm_per_km", np.nan), "line 0 'LINE1': x_ohm_per_km is nan"),
    "load at no bus": (("load", 0, "bus", np.nan), "load 0 'TOWN1': bus nan is not a bus"),
    "line to a bus that is not there": (("line", 1, "to_bus", 7), "line 1 'LINE2': to_bus 7 is not a bus"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_right_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    (table, row, column, value), words = WRONG[kind]
    net = grid()
    if column == "bus":
        net[table][column] = net[table][column].astype(float)
    net[table].loc[row, column] = value
    with pytest.raises(InvalidInput, match=words):
        opened(net, tmp_path)


@given(st.lists(st.sampled_from(sorted(WRONG)), min_size=1, max_size=4, unique=True))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_all_mistakes_are_told_at_once(tmp_path_factory: pytest.TempPathFactory, kinds: list[str]) -> None:
    net, words = grid(), {}
    net.load["bus"] = net.load["bus"].astype(float)
    for kind in kinds:
        (table, row, column, value), text = WRONG[kind]
        net[table].loc[row, column] = value
        words[table, row, column] = text
    with pytest.raises(InvalidInput) as caught:
        opened(net, tmp_path_factory.mktemp("grid"))
    told = [mistake.problem for mistake in caught.value.mistakes]
    assert sorted(told) == sorted(words.values())


def test_what_is_out_of_service_need_not_be_right(tmp_path: Path) -> None:
    net = grid()
    net.load.loc[0, ["p_mw", "in_service"]] = [np.nan, False]
    network = opened(net, tmp_path)
    network.set_demand(np.zeros(0))
    network.solve()
    assert np.isfinite(network.read()).all()


def test_indices_that_are_written_as_fractions_are_read(tmp_path: Path) -> None:
    net = grid()
    for table, column in (("load", "bus"), ("line", "to_bus"), ("sgen", "bus"), ("ext_grid", "bus")):
        net[table][column] = net[table][column].astype(float)
    network, whole = opened(net, tmp_path), opened(grid(), tmp_path)
    for each in (network, whole):
        each.set_demand(np.zeros(0))
        each.solve()
    assert network.read() == pytest.approx(whole.read())


DEVICES: dict[str, Callable[[pp.pandapowerNet], object]] = {
    "svc": lambda net: pp.create_svc(net, 2, 1.0, -10.0, 1.0, 144.0, name="SVC"),
    "ssc": lambda net: pp.create_ssc(net, 2, 0.0, 5.0, 1.0, name="SSC"),
    "tcsc": lambda net: pp.create_tcsc(net, 1, 2, 1.0, -10.0, 1.0, 144.0, name="TCSC"),
}


@pytest.mark.parametrize("device", DEVICES)
def test_a_controlled_device_is_refused_with_what_to_do_unless_out_of_service(
    device: str, tmp_path: Path
) -> None:
    net = grid()
    DEVICES[device](net)
    with pytest.raises(
        InvalidInput, match=f"{device} 0 '{device.upper()}': the twin does not compute .*gen|imp"
    ):
        opened(net, tmp_path)
    net[device]["in_service"] = False
    opened(net, tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"bus": 3}', "not JSON", "\x00\x01"])
def test_a_file_that_is_no_net_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"grid\.json") as caught:
        read_net(path)
    assert len(caught.value.mistakes) == 1
    assert "\n" not in str(caught.value)


def test_what_pandapower_refuses_is_said_of_the_file(tmp_path: Path) -> None:
    net = grid()
    pp.create_gen(net, 2, 0.5, vm_pu=1.02)
    pp.create_gen(net, 2, 0.5, vm_pu=1.05)
    with pytest.raises(InvalidInput, match=r"power\.json: pandapower cannot build this grid: .*setpoints"):
        opened(net, tmp_path)


def test_an_older_file_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    pp.to_json(pn.case9(), str(path))
    text = json.loads(path.read_text(encoding="utf-8"))
    text["_object"]["version"], text["_object"]["format_version"] = "2.2.0", "2.1.0"
    path.write_text(json.dumps(text), encoding="utf-8")
    network = PowerNetwork(path, PowerSettings())
    network.set_demand(np.zeros(0))
    network.solve()
    assert network.read()[-3] == pytest.approx(315.0)


def test_generation_and_missing_ratings_are_told_by_name(tmp_path: Path) -> None:
    net = grid()
    net.line.loc[1, "max_i_ka"] = np.nan
    for number in range(5):
        pp.create_storage(net, 1, 0.1, 1.0, name=f"BATTERY{number}")
    told = [str(warning) for warning in opened(net, tmp_path).warnings]
    assert any("ROOFS: generation runs at the file's MW" in line for line in told)
    assert any("LINE2: no max_i_ka" in line for line in told)
    assert any("BATTERY0, BATTERY1, BATTERY2 and 2 more: storage" in line for line in told)
    assert all(line.startswith("power.json: ") for line in told)


def test_an_element_without_a_rating_has_no_loading_and_no_limit(tmp_path: Path) -> None:
    net = grid()
    net.line["max_i_ka"] = [np.nan, 0.0]
    network = opened(net, tmp_path)
    network.set_demand(np.zeros(0))
    network.solve()
    loading = [
        v for s, v in zip(network.signals, network.read(), strict=True) if s.quantity == "loading_percent"
    ]
    assert loading == [0.0, 0.0]
    assert network.read()[-1] == pytest.approx(0.0, abs=1e-12)


def test_a_plain_grid_has_nothing_to_tell(tmp_path: Path) -> None:
    net = grid()
    net.sgen["in_service"] = False
    assert opened(net, tmp_path).warnings == ()


def test_a_file_of_an_older_pandapower_is_converted(tmp_path: Path) -> None:
    net = grid()
    net.load = net.load.drop(columns=["const_z_q_percent", "const_i_q_percent"]).rename(
        columns={"const_z_p_percent": "const_z_percent", "const_i_p_percent": "const_i_percent"}
    )
    net.version, net.format_version = "2.13.1", "2.13.1"
    assert {"const_z_p_percent", "const_i_q_percent"} <= set(opened(net, tmp_path)._net.load.columns)

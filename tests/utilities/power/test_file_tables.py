"""What a grid's tables hold is in pandapower's form, or refused by name before anything indexes by it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utilities.power.test_read import grid, opened
from twin.errors import InvalidInput
from twin.utilities.power.names import read_names
from twin.utilities.power.read import read_net

Frame = dict[str, Any]


def edited(folder: Path, table: str, edit: Callable[[Frame], object], net: Any = None) -> Path:
    """Write a grid whose table was changed in the file."""
    path = folder / "power.json"
    pp.to_json(grid() if net is None else net, str(path))
    content = json.loads(path.read_text(encoding="utf-8"))
    frame = json.loads(content["_object"][table]["_object"])
    edit(frame)
    content["_object"][table]["_object"] = json.dumps(frame)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def put(row: int, column: str, value: object) -> Callable[[Frame], object]:
    return lambda frame: frame["data"][row].__setitem__(frame["columns"].index(column), value)


def index(row: int, value: object) -> Callable[[Frame], object]:
    return lambda frame: frame["index"].__setitem__(row, value)


WRONG: dict[str, tuple[str, Callable[[Frame], object], str]] = {
    "a negative bus": ("bus", index(2, -1), "bus -1: the index is not from 0"),
    "a bus beyond memory": (
        "bus",
        index(2, 10**12),
        "bus 1000000000000: the index is not from 0 to 10000000",
    ),
    "a bus without a whole number": ("bus", index(2, 0.5), "bus 0.5: the index is no whole number"),
    "a bus with a word": ("bus", index(2, "a"), "bus a: the index is no whole number"),
    "a bus twice": ("bus", index(2, 1), "bus 1 again"),
    "a line beyond memory": ("line", index(0, 2**40), "line 1099511627776: the index is not from 0"),
    "a load at a negative bus": ("load", put(0, "bus", -1), "bus (-1|4294967295) is not a bus"),
    "a load at a bus beyond the table": ("load", put(0, "bus", 99), "bus 99 is not a bus"),
    "a word for a number": ("load", put(0, "p_mw", "abc"), "load 0 'TOWN1': p_mw is"),
    "a list for a number": ("line", put(0, "df", [1, 2]), "line 0 'LINE1': df is"),
    "a column twice": ("load", lambda f: f["columns"].__setitem__(3, f["columns"][2]), "no column q_mvar"),
    "no column": (
        "load",
        lambda f: f["columns"].__setitem__(f["columns"].index("bus"), "x"),
        "no column bus",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_indexed_or_reckoned_with_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    table, edit, words = WRONG[kind]
    path = edited(tmp_path, table, edit)
    with pytest.raises(InvalidInput, match=words) as caught:
        read_net(path)
    assert all(mistake.file == "power.json" for mistake in caught.value.mistakes)


@pytest.mark.parametrize("value", ["", "abc", -5, 0, None, [1], 1e400])
@pytest.mark.parametrize("key", ["sn_mva", "f_hz"])
def test_a_net_without_base_or_frequency_is_refused(key: str, value: object, tmp_path: Path) -> None:
    path = edited(tmp_path, "load", lambda frame: None)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["_object"][key] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInput, match=f"{key} is"):
        read_net(path)


@pytest.mark.parametrize(
    ("kind", "at", "words"),
    [
        ("l", 7, "element 7 is no line"),
        ("b", -1, "element -1 is no bus"),
        ("t", 0, "element 0 is no trafo"),
        ("x", 0, "et is 'x'"),
    ],
)
def test_a_switch_at_what_is_not_there_is_refused(kind: str, at: int, words: str, tmp_path: Path) -> None:
    net = grid()
    pp.create_switch(net, 1, 1, et="l")
    net.switch["et"], net.switch["element"] = kind, at
    with pytest.raises(InvalidInput, match=words):
        opened(net, tmp_path)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("tap_max", 10**9, "tap_min, tap_pos, tap_max are -9, 0, 1e"),
        ("tap_pos", np.nan, "tap_min, tap_pos, tap_max are -9, nan, 9"),
        ("tap_min", 5, "tap_min, tap_pos, tap_max are 5, 0, 9"),
    ],
)
def test_tap_positions_that_are_none_or_too_many_are_refused(
    column: str, value: float, words: str, tmp_path: Path
) -> None:
    net = grid()
    pp.create_bus(net, 110.0)
    pp.create_transformer(net, 3, 1, "25 MVA 110/20 kV")
    pp.control.DiscreteTapControl(net, element_index=0, vm_lower_pu=0.99, vm_upper_pu=1.01)
    net.trafo[column] = float(value)
    with pytest.raises(InvalidInput, match=words):
        opened(net, tmp_path)


def test_flags_and_numbers_that_are_written_otherwise_are_read(tmp_path: Path) -> None:
    net = grid()
    net.load["in_service"], net.line["in_service"] = [1, 1], [1.0, 0.0]
    net.load["p_mw"] = np.array(["1.5", "2"], dtype=object)
    read = read_net(edited(tmp_path, "bus", lambda frame: None, net))
    assert read.load.in_service.dtype == read.line.in_service.dtype == bool
    assert read.load.p_mw.tolist() == [1.5, 2.0]
    assert read.line.in_service.tolist() == [True, False]


@pytest.mark.parametrize(
    "edit", [lambda f: f["index"].pop(), lambda f: f["data"][0].pop(), lambda f: f.pop("data")]
)
def test_rows_that_do_not_fit_are_no_network(edit: Callable[[Frame], object], tmp_path: Path) -> None:
    path = edited(tmp_path, "load", edit)
    with pytest.raises(InvalidInput, match="not a pandapower network in JSON"):
        read_names(path)


@pytest.mark.parametrize("value", ["no", None, 2, 0.5, [], "true"])
@pytest.mark.parametrize("table", ["bus", "load", "line", "sgen"])
def test_a_flag_that_is_neither_true_nor_false_is_refused(table: str, value: object, tmp_path: Path) -> None:
    path = edited(tmp_path, table, put(0, "in_service", value))
    with pytest.raises(InvalidInput, match=f"{table} 0: in_service is"):
        read_names(path)


any_cell = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]))


@given(
    table=st.sampled_from(["bus", "load", "line", "ext_grid", "sgen"]),
    column=st.integers(0, 9),
    value=any_cell,
)
@settings(max_examples=15, deadline=None, derandomize=True)
def test_any_cell_is_read_or_refused(
    table: str, column: int, value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def edit(frame: Frame) -> None:
        frame["data"][0][column % len(frame["columns"])] = value

    path = edited(tmp_path_factory.mktemp("grid"), table, edit)
    try:
        opened_as_file(path)
    except InvalidInput as error:
        assert error.mistakes


def opened_as_file(path: Path) -> None:
    from twin.utilities.power.network import PowerNetwork
    from twin.utilities.power.settings import PowerSettings

    network = PowerNetwork(path, PowerSettings())
    network.set_demand(np.zeros(0))

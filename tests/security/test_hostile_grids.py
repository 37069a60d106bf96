"""A grid that comes from a stranger is data: what it names is looked up before anything is built."""

import json
from pathlib import Path
from typing import Any

import pandapower as pp
import pandapower.networks as pn
import pytest

from twin.errors import InvalidInput
from twin.utilities.power.read import read_net

COMMAND = "touch PLACE"


def call(module: str = "os", name: str = "system", argument: str = COMMAND) -> dict[str, str]:
    """Return what pandapower's reader would call."""
    return {"_module": module, "_class": name, "_object": argument}


def in_a_key(content: dict[str, Any], hostile: Any) -> None:
    content["_object"]["name"] = hostile


def in_a_cell(content: dict[str, Any], hostile: Any) -> None:
    table = content["_object"]["load"]
    frame = json.loads(table["_object"])
    frame["data"][0][frame["columns"].index("name")] = hostile
    table["_object"] = json.dumps(frame)


def in_a_nested_string(content: dict[str, Any], hostile: Any) -> None:
    in_a_cell(content, json.dumps(hostile))


def in_a_string_within_a_string(content: dict[str, Any], hostile: Any) -> None:
    in_a_cell(content, json.dumps([json.dumps(hostile)]))


def in_a_list(content: dict[str, Any], hostile: Any) -> None:
    content["_object"]["notes"] = [1, [2, hostile]]


def as_a_table(content: dict[str, Any], hostile: Any) -> None:
    content["_object"]["line"] = hostile


def as_the_whole(content: dict[str, Any], hostile: Any) -> None:
    content |= hostile


PLACES = (
    in_a_key,
    in_a_cell,
    in_a_nested_string,
    in_a_string_within_a_string,
    in_a_list,
    as_a_table,
    as_the_whole,
)
CALLS = {
    "a command": call(),
    "a command by another name": call("posix", "system"),
    "a process": call("subprocess", "check_output"),
    "eval": call("builtins", "eval", "__import__('os').system('touch PLACE')"),
    "exec": call("builtins", "exec", "open('PLACE', 'w')"),
    "a file to write": call("pathlib", "Path", "PLACE"),
    "a pickle": call("pandas.io.pickle", "read_pickle", "PLACE"),
    "a file through NumPy": call("numpy", "fromfile", "PLACE"),
    "a file through pandas": call("pandas", "read_csv", "PLACE"),
    "a function": call("os", "function", "system"),
    "a function of pandapower": call("pandapower.control.run_control", "run_control", "PLACE"),
    "a module of ours": call("twin.results.run", "save", "PLACE"),
    "pandapower's own door": call("pandapower.io_utils", "get_raw_data_from_pickle", "PLACE"),
    "a lookalike": call("pandapower.auxiliary.os", "system"),
    "no module": {"_class": "system", "_object": COMMAND},
}


def write(folder: Path, change: Any) -> Path:
    path = folder / "power.json"
    pp.to_json(pn.example_simple(), str(path))
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", CALLS)
def test_nothing_that_a_file_names_is_called(what: str, place: Any, tmp_path: Path) -> None:
    mark = tmp_path / "called"
    hostile = json.loads(json.dumps(CALLS[what]).replace("PLACE", str(mark)))
    path = write(tmp_path, lambda content: place(content, hostile))
    with pytest.raises(InvalidInput, match=r"no part of a network"):
        read_net(path)
    assert not mark.exists()


def test_names_in_escapes_are_read_as_what_they_are(tmp_path: Path) -> None:
    mark = tmp_path / "called"
    escaped = json.dumps(call(argument=f"touch {mark}")).replace("_module", "\\u005fmodule")
    path = write(tmp_path, lambda content: in_a_cell(content, escaped))
    with pytest.raises(InvalidInput, match="no part of a network"):
        read_net(path)
    assert not mark.exists()


def test_json_without_end_is_refused(tmp_path: Path) -> None:
    value: Any = call()
    for _ in range(14):
        value = json.dumps([value])
    path = write(tmp_path, lambda content: in_a_cell(content, value))
    with pytest.raises(InvalidInput, match="no part of a network"):
        read_net(path)


@pytest.mark.parametrize(
    "make", [pn.example_multivoltage, pn.create_cigre_network_mv, pn.mv_oberrhein, pn.case118]
)
def test_what_pandapower_writes_is_read(make: Any, tmp_path: Path) -> None:
    net = make()
    tapped = net.trafo.index[net.trafo.tap_side.isin(["hv", "lv"])]
    if len(tapped):
        pp.control.DiscreteTapControl(net, element_index=tapped[0], vm_lower_pu=0.98, vm_upper_pu=1.02)
    pp.to_json(net, str(tmp_path / "power.json"))
    assert len(read_net(tmp_path / "power.json").bus) == len(net.bus)

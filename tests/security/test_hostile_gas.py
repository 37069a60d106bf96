"""A gas network that comes from a stranger is data: what it names is looked up before anything is built."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.security.test_hostile_grids import as_a_table, call, in_a_key, in_a_list
from tests.utilities.gas import examples as made
from twin.errors import InvalidInput
from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings


def network(folder: Path) -> Path:
    net = made.empty()
    source, far = made.junctions(net, 2)
    made.source(net, source, 6.0)
    made.pipe(net, source, far, 1.0, 100.0)
    made.sink(net, far, 100.0, "homes")
    return made.written(net, folder)


def in_a_cell(content: dict[str, Any], hostile: Any) -> None:
    table = content["_object"]["sink"]
    frame = json.loads(table["_object"])
    frame["data"][0][frame["columns"].index("name")] = hostile
    table["_object"] = json.dumps(frame)


def in_the_fluid(content: dict[str, Any], hostile: Any) -> None:
    content["_object"]["fluid"] = hostile


PLACES = [in_a_key, in_a_cell, in_a_list, in_the_fluid, as_a_table]


@pytest.mark.parametrize("place", PLACES, ids=lambda own: own.__name__)
def test_a_file_that_names_a_command_is_not_opened(tmp_path: Path, place: Any) -> None:
    path, mark = network(tmp_path), tmp_path / "called"
    content = json.loads(path.read_text(encoding="utf-8"))
    place(content, call(argument=f"touch {mark}"))
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"names os\.system, which is no part of a network: not opened"):
        GasNetwork(path, GasSettings(), [], ())
    assert not mark.exists()


def test_a_file_that_is_changed_while_it_is_open_is_looked_at_again(tmp_path: Path) -> None:
    path, mark = network(tmp_path), tmp_path / "called"
    opened = GasNetwork(path, GasSettings(), [], ())
    opened.solve()
    content = json.loads(path.read_text(encoding="utf-8"))
    in_a_key(content, call(argument=f"touch {mark}"))
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"names os\.system"):
        opened.snapshot().model()
    assert not mark.exists()

"""Names in a grid's own file: the same in every form pandapower has written, and one line for no grid."""

import json
from pathlib import Path

import pandapower as pp
import pytest

from twin.errors import InvalidInput
from twin.utilities.power.names import read_names


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    net = pp.create_empty_network()
    bus = pp.create_bus(net, 110.0, name="B")
    pp.create_ext_grid(net, bus, name="EG")
    pp.create_load(net, bus, 1.0)
    pp.to_json(net, str(tmp_path / "grid.json"))
    return tmp_path / "grid.json"


def test_names_are_read_in_each_form_that_was_ever_written(grid: Path) -> None:
    expected = {"power/B", "power/EG", "power/load-0"}
    assert read_names(grid).all == expected
    content = json.loads(grid.read_text())
    grid.write_bytes(b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert read_names(grid).all == expected
    content["_object"] = json.dumps(content["_object"])
    grid.write_text(json.dumps(content))
    assert read_names(grid).all == expected


@pytest.mark.parametrize(
    "text",
    ["", "[]", "5", "null", '"a"', "{}", '{"_object": 5}', '{"_object": "x"}', '{"_object": {"bus": 5}}',
     '{"_object": {"bus": {"_object": "{"}}}', '{"_object": {"bus": {"_object": {"columns": []}}}}',
     '{"a": {}}', "[" * 100000],
)  # fmt: skip
def test_no_grid_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "g.json").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read_names(tmp_path / "g.json")
    (mistake,) = caught.value.mistakes
    assert mistake.remedy == "pandapower.to_json"

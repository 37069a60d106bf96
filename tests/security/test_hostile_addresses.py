"""Hostile names of elements: distinct addresses or one line of refusal, and outages act on what is named."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from epanet import toolkit as en
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.town import write_town
from twin.city.opening import open_networks
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.utilities.base import Change
from twin.utilities.epanet.names import read_names as read_ids
from twin.utilities.frames import distinct_names
from twin.utilities.power.names import NAMED_TABLES, element_names, read_frames, read_grid
from twin.utilities.power.names import read_names as read_elements
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

NAMES = (
    *("network", "bus-0", "bus-1", "bus-2", "load-0", "line-0", "motor-0", "trafo-0"),
    *("A", "a", "\u0410", "é", "e\u0301", "\u017f", "ﬁ", "None", "nan", "", " ", "\u00a0", "\t", "\x1b[31m"),
    *("a b", " a", "a ", "a/b", "/", "..", "*", "[a]", "power/A", "'q'", "=1+1", "\u202ea"),
)
ODD: tuple[object, ...] = (None, 1, 1.0, 0, -0.0, True, False, 10**15, 1e300, float("nan"), [], {"a": 1})
"""What else a cell of JSON may hold."""
IDS = (
    *("network", "junction", "J-1", "LINK", "NODE", "A", "a", "\u0410", "é", "e\u0301", "\u017f", "\u00a0"),
    *("a/b", "/", "..", "*", "[", "'q'", "=1+1", "\u202ea", "1", "01", "1e0", "x" * 31, "x" * 32),
    *('"a b"', '"a', 'a"', '""'),
)
_SLOW = settings(deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
names = st.one_of(st.sampled_from(NAMES), st.sampled_from(ODD))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _objects(own: Sequence[object]) -> Any:
    """Return a column that holds names as they are."""
    column = np.empty(len(own), dtype=object)
    column[:] = own
    return column


def _grid(own: Sequence[object], path: Path) -> None:
    """Write a small grid whose elements have these names, in turn."""
    net = pp.create_empty_network()
    buses = [pp.create_bus(net, kv) for kv in (110.0, 10.0, 10.0)]
    pp.create_ext_grid(net, buses[0])
    pp.create_transformer(net, buses[0], buses[1], "25 MVA 110/10 kV")
    pp.create_line(net, buses[1], buses[2], 1.0, "NAYY 4x150 SE")
    for bus in buses[1:]:
        pp.create_load(net, bus, 0.1)
    pp.create_motor(net, buses[2], pn_mech_mw=0.1, cos_phi=0.9)
    pp.create_switch(net, buses[1], 0, et="l")
    given_names = iter(own)
    for table in NAMED_TABLES:
        if len(net[table]):
            net[table]["name"] = np.array(
                [next(given_names) for _ in net[table].index] + [None], dtype=object
            )[:-1]
    pp.to_json(net, str(path))


@given(st.lists(names, min_size=10, max_size=10))
@settings(_SLOW, max_examples=6)
def test_elements_of_a_grid_are_called_the_same_with_and_without_the_engine(own: list[object]) -> None:
    with _folder() as folder:
        path = folder / "power.json"
        _grid(own, path)
        read = element_names(read_frames(read_grid(path)))
        network = PowerNetwork(path, PowerSettings())
        opened = {table: [f"power/{name}" for name in found] for table, found in network.names.items()}
        assert {table: found for table, found in read.items() if found} == {
            table: found for table, found in opened.items() if found
        }
        every = [name for found in read.values() for name in found]
        assert len({*every, "power/network"}) == len(every) + 1
        places = [(signal.asset, signal.quantity) for signal in network.signals]
        assert len(set(places)) == len(places)
        assert read_elements(path).all <= set(every)
        _acts_on_what_is_named(network, opened)


def _acts_on_what_is_named(network: PowerNetwork, names: Mapping[str, Sequence[str]]) -> None:
    """Hold one element after another out: it is the one of that name, and no other."""
    for table in ("bus", "line", "trafo", "load", "switch"):
        for row, name in enumerate(names[table]):
            network.reset()
            before = {t: network._standing.now(t).copy() for t in NAMED_TABLES}
            network.apply([Change(name, "held", True)])
            moved = {t: np.flatnonzero(before[t] != network._standing.now(t)).tolist() for t in NAMED_TABLES}
            assert {t: rows for t, rows in moved.items() if rows} == {table: [row]}


@given(
    st.dictionaries(
        st.sampled_from(("bus", "load", "line")),
        st.lists(st.tuples(st.integers(0, 9), names), unique_by=lambda row: row[0], max_size=10),
    )
)
@settings(deadline=None, derandomize=True)
def test_no_two_elements_are_called_the_same_whatever_their_names(
    own: dict[str, list[tuple[int, object]]],
) -> None:
    found = distinct_names(own)
    flat = [name for given_names in found.values() for name in given_names]
    assert len({*flat, "network"}) == len(flat) + 1
    for table, rows in own.items():
        for name, (index, named) in zip(found[table], rows, strict=True):
            assert name in (str(named), f"{table}-{index}")


def test_a_chain_of_elements_called_like_the_next_one_is_followed_to_its_end_at_once() -> None:
    size = 100_000
    own: list[tuple[int, object]] = [(i, f"bus-{i + 1}") for i in range(size)]
    assert distinct_names({"bus": own})["bus"][-1] == f"bus-{size}"
    assert distinct_names({"bus": [*own, (size, None)]})["bus"] == [f"bus-{i}" for i in range(size + 1)]


def _inp(own: Sequence[str]) -> str:
    """Return a small network whose nodes and links have these IDs, in turn."""
    source, tank, a, b, pump, first, second, third = own
    return f"""[JUNCTIONS]
{a} 0 1
{b} 5 2
[RESERVOIRS]
{source} 10
[TANKS]
{tank} 40 2 0 5 10 0
[PIPES]
{first} {a} {tank} 100 300 130 0 OPEN
{second} {tank} {b} 100 300 130 0 OPEN
{third} {a} {b} 100 300 130 0 OPEN
[PUMPS]
{pump} {source} {a} POWER 10
[OPTIONS]
UNITS CMH
HEADLOSS H-W
[END]
"""


@given(st.lists(st.sampled_from(IDS), min_size=8, max_size=8))
@settings(_SLOW, max_examples=150)
def test_ids_of_a_pipe_network_are_taken_whole_or_refused_by_line(own: list[str]) -> None:
    _try(own)


@pytest.mark.parametrize("shift", range(len(IDS)))
def test_each_id_is_taken_in_each_place_or_refused_by_line(shift: int) -> None:
    odd = IDS[shift]
    for place in range(8):
        _try([odd if place == i else f"n{i}" for i in range(8)])
    _try([odd if i in (0, 4) else f"n{i}" for i in range(8)])  # a node and a link


def _try(own: Sequence[str]) -> None:
    with _folder() as folder:
        path = folder / "water.inp"
        path.write_text(_inp(own), encoding="utf-8")
        try:
            found = read_ids(path, "water")
        except InvalidInput as error:
            assert all(mistake.line for mistake in error.mistakes if "nodes" not in mistake.problem)
            return
        network = WaterNetwork(path, WaterSettings(file="water.inp"))
        engine = network._engine
        assert found.of("junction", "reservoir", "tank") == {f"water/{name}" for name in engine.nodes}
        assert found.of("pipe", "pump", "valve") == {f"water/{name}" for name in engine.links}
        places = [(signal.asset, signal.quantity) for signal in network.signals]
        assert len(set(places)) == len(places)
        for name in found.of("pipe", "pump"):
            network.reset()
            network.apply([Change(name, "held", True)])
            (closed,) = np.flatnonzero(~engine.standing)
            assert en.getlinkid(engine.project.handle, int(closed) + 1) == name.removeprefix("water/")


_CALLED = ("J-LOW", "P-LOW", "T-HILL", "PU-INTAKE", "WW-LIFT", "G-LOW", "PLANT", "OUT-PLANT", "R-RIVER")
_NEW = (*_CALLED, "network", "bus-2", "a/b")


@given(
    st.dictionaries(st.sampled_from(_CALLED), st.sampled_from(_NEW), max_size=3),
    st.lists(names, min_size=3, max_size=3),
)
@settings(_SLOW, max_examples=6)
def test_a_whole_scenario_has_distinct_addresses_or_is_refused_before_it_is_opened(
    called: dict[str, str], buses: list[object]
) -> None:
    with _folder() as place:
        folder = write_town(place / "town")
        for path in sorted(folder.glob("*.*")):
            if path.suffix in (".inp", ".csv"):
                path.write_text(_called(path.read_text(encoding="utf-8"), called), encoding="utf-8")
        net = pp.from_json(str(folder / "power.json"))
        net.bus["name"] = _objects(buses)
        pp.to_json(net, str(folder / "power.json"))
        try:
            scenario = load_scenario(folder)
        except InvalidInput as error:
            assert all(mistake.line for mistake in error.mistakes)
            return
        networks = open_networks(scenario, {})
        places = [(signal.asset, signal.quantity) for n in networks.values() for signal in n.signals]
        assert len(set(places)) == len(places)


def _called(text: str, called: Mapping[str, str]) -> str:
    """Return a text with some words replaced, all at once."""
    number = count()
    marks = {f"\0{next(number)}\0": new for new in called.values()}
    for old, mark in zip(called, marks, strict=True):
        text = "".join(mark if part == old else part for part in _words(text))
    for mark, new in marks.items():
        text = text.replace(mark, new)
    return text


def _words(text: str) -> list[str]:
    """Return the words of a text and what stands between them."""
    return re.split(r"([\s,;/]+)", text)

"""Whatever stands in a file, it is opened or refused by name: no reader's or solver's exception gets out."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.utilities.gas import examples as made
from twin.errors import InvalidInput, Unsolved
from twin.utilities.gas import names, places
from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings

ODD = (None, True, -1, 0, 1e308, float("inf"), float("nan"), "x", "", [], {}, [1], {"a": 1}, 2**70, 3.5)


def plain(value: Any) -> Any:
    """Return what texts within the text hold."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        return plain(json.loads(value))
    return value


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*way, key)
        yield from ways(part, (*way, key))


@pytest.mark.parametrize("seed", range(8))
def test_odd_values_are_refused_or_do_no_harm(seed: int, tmp_path: Path) -> None:
    net = made.empty()
    a, b, c, d = made.junctions(net, 4)
    made.source(net, a, 6.0)
    made.pipe(net, a, b, 2.0, 150.0)
    made.regulator(net, b, c, 3.0, "R1")
    made.pipe(net, c, d, sections=2)
    made.sink(net, d, 600.0, "works")
    path = made.written(net, tmp_path)
    content = plain(json.loads(path.read_text(encoding="utf-8")))
    content["_object"].pop("std_types")
    there, rng = list(ways(content)), random.Random(seed)
    for _ in range(40):
        odd = copy.deepcopy(content)
        *way, last = rng.choice(there)
        place = odd
        for key in way:
            place = place[key]
        place[last] = rng.choice(ODD)
        path.write_text(json.dumps(odd), encoding="utf-8")
        for read in (names.read_names, places.places, solved):
            try:
                read(path)
            except (InvalidInput, Unsolved) as told:
                assert str(told)


def solved(path: Path) -> None:
    network = GasNetwork(path, GasSettings())
    network.set_demand(np.zeros(0))
    network.solve()
    assert np.isfinite(network.read()).all()

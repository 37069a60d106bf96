"""A pinned structure is the same here and in compiled code, and keeps its arrays."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numba.core.caching import NullCache

import twin
from twin import pinned as pinned_module
from twin.compiled import compiled
from twin.pinned import Pinned, pin
from twin.utilities.base import Vector

PROGRAM = """
import sys
import numpy as np
import twin.pinned
from twin.utilities.power.kept_factors import Buses
pinned = twin.pinned.pin(Buses(np.zeros(2, complex), np.zeros(2, complex), 1.0))
print(sum(twin.pinned._pin.stats.cache_hits.values()))
"""


class Pipe(NamedTuple):
    flow: Vector
    length: Vector


class Network(NamedTuple):
    pipe: Pipe
    unit: float


@compiled
def double(network: Pinned) -> float:
    """Double the flows of a `Network`, and return the first of them in its unit."""
    own: Network = network.parts
    for i in range(len(own.pipe.flow)):
        own.pipe.flow[i] *= 2.0
    return own.pipe.flow[0] * own.unit


@pytest.fixture(autouse=True)
def _not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep nothing of structures that only tests know beside those of the program."""
    monkeypatch.setattr(pinned_module._pin, "_cache", NullCache())


def test_a_kernel_writes_into_the_arrays_that_were_pinned() -> None:
    network = Network(Pipe(np.array([1.5, 2.0]), np.ones(2)), 10.0)
    pinned = pin(network)
    assert pinned.parts is network
    assert [double(pinned), double(pinned)] == [30.0, 60.0]
    assert network.pipe.flow.tolist() == [6.0, 8.0]


def test_a_pinned_structure_keeps_its_arrays_and_lets_them_go_with_it() -> None:
    flow = np.array([4.0])
    pinned, seen = pin(Network(Pipe(flow, np.ones(1)), 1.0)), weakref.ref(flow)
    del flow
    pinned.parts = None
    gc.collect()
    assert double(pinned) == 8.0
    del pinned
    gc.collect()
    assert seen() is None


def test_what_was_compiled_to_pin_is_found_by_the_next_program(tmp_path: Path) -> None:
    def hits() -> str:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(Path(twin.__file__).parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert [hits(), hits()] == ["0", "1"]

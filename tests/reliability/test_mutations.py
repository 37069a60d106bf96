"""A seeded sample of mutated folders and networks; `make reliability` tries many more."""

import resource
from pathlib import Path

import numpy as np
import pytest

from reliability.bases import KINDS, write_base
from reliability.folder_mutations import mutate_folder
from reliability.forked import apart
from reliability.mutated_folders import mutated_folders
from reliability.mutated_networks import mutant, mutated_networks
from reliability.schema_values import columns, options
from twin.scenario.schema import TABLES, Scenario

SEED = 15


def test_mutated_folders_are_read_or_refused_and_those_that_pass_run_or_are_refused_before() -> None:
    read, ran = mutated_folders(200, 6, SEED)
    assert not read.failures + ran.failures
    assert read.counts["passed"] >= 50  # of many, a third passes
    assert ran.counts.total() == 6


def test_mutated_networks_run_or_are_refused() -> None:
    found = mutated_networks(16, SEED)
    assert not found.failures
    assert found.counts["ran"]
    assert found.counts["refused"]


def test_every_option_and_column_of_the_schema_is_a_target() -> None:
    assert set(columns()) == set(TABLES)
    top = {path[0] for path, _ in options()}
    assert top == set(Scenario.model_fields) - set(TABLES) - {"folder", "file", "overrides"}
    assert ("networks", "power", "emergency_factor") in {path for path, _ in options()}
    assert {"asset", "rating", "until_site"} <= set(columns()["capacities"])


@pytest.mark.parametrize("number", range(3))
def test_a_number_and_a_seed_give_the_same_mutant(number: int, tmp_path: Path) -> None:
    assert mutant(SEED, number) == mutant(SEED, number)
    base = write_base(KINDS[0], tmp_path / "base")
    for name in ("one", "two"):
        mutate_folder(base, tmp_path / name, np.random.default_rng([SEED, number]))
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / n).glob("*.*")} for n in ("one", "two"))
    assert one == two


def test_a_crash_a_hang_and_too_much_memory_are_told() -> None:
    def crash() -> dict[str, object]:
        import ctypes

        ctypes.string_at(0)
        return {}

    def hang() -> dict[str, object]:
        while True:
            pass

    def devour() -> dict[str, object]:
        try:
            np.ones(1 << 30)
        except MemoryError:
            return {"limit": resource.getrlimit(resource.RLIMIT_AS)[0] > 0}
        return {}

    assert apart(crash, 20.0, 1 << 28) == {"ended": "SIGSEGV"}
    assert apart(hang, 1.0, 1 << 28) == {"ended": "not done in 1 s"}
    assert apart(devour, 20.0, 1 << 28) == {"limit": True}
    assert apart(lambda: {"done": 1}, 20.0, 1 << 28) == {"done": 1}

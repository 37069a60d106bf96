"""Days on disk: what is found is what was kept, to the bit; what does not check out is no hit."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import Mistake, Unsolved
from twin.simulation.day import DayRecord, Stored
from twin.simulation.store import Store, pack, store_of_user, unpack
from twin.utilities.base import Cause

DIGEST = "ab" + 38 * "0"


def record(seed: int = 0, instants: int = 5, signals: int = 4) -> DayRecord:
    rng = np.random.default_rng(seed)
    return DayRecord(
        times=np.arange(instants, dtype=np.int64),
        seconds=rng.integers(1, 3600, instants),
        readings=rng.normal(size=(instants, signals)),
        active_from=np.array([0, 2], dtype=np.int64),
        active=rng.random((2, signals)) > 0.5,
        solved=np.ones((instants, 2), dtype=bool),
        rounds=rng.integers(1, 9, instants),
        residual_kw=rng.random(instants),
        unsettled=rng.random(instants) > 0.5,
        held=((1, {"stopped": ("water/PU", "water/Ä")}),),
        unsolved=((3, {"power": Unsolved("no way", "power/T")}),),
        totals={"water": {"served_m3": float(rng.random())}},
        causes={Cause("unserved_m3", "source", "water/R"): 0.1 + 0.2},
        relief={"North": rng.random(3)},
        warnings=(Mistake("a.inp", 3, "open", "shut"),),
        stored={"water": Stored(1.0, 2.0, 3.0, True)},
        settling_days=2,
    )


def reasons(unsolved: tuple[tuple[int, Mapping[str, Unsolved]], ...]) -> list[object]:
    return [(row, {name: (why.reason, why.element) for name, why in of.items()}) for row, of in unsolved]


def same(a: DayRecord, b: DayRecord) -> bool:
    for field in fields(DayRecord):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, np.ndarray):
            if one.dtype != other.dtype or one.shape != other.shape or one.tobytes() != other.tobytes():
                return False
        elif field.name == "relief":
            if {k: v.tobytes() for k, v in one.items()} != {k: v.tobytes() for k, v in other.items()}:
                return False
        elif field.name == "unsolved":
            if reasons(one) != reasons(other):
                return False
        elif one != other:
            return False
    return True


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.integers(0, 30))
def test_a_day_comes_back_to_the_bit(seed: int, instants: int, signals: int) -> None:
    kept = record(seed, instants, signals)
    assert same(kept, unpack(pack(kept)))


def test_not_a_number_and_infinities_come_back_to_the_bit() -> None:
    kept = replace(record(), residual_kw=np.array([np.nan, np.inf, -np.inf, -0.0, 1e-320]))
    assert same(kept, unpack(pack(kept)))


def test_what_comes_back_can_be_written_to_and_owns_its_memory() -> None:
    back = unpack(pack(record()))
    back.readings[0, 0] = 1.0
    assert all(getattr(back, f.name).flags.writeable for f in fields(back) if f.name in ("times", "readings"))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_day_with_any_byte_changed_or_cut_off_is_refused(data: st.DataObject) -> None:
    packed = pack(record())
    at = data.draw(st.integers(0, len(packed) - 1))
    changed = packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]
    bad = packed[:at] if data.draw(st.booleans()) else changed
    with pytest.raises(ValueError, match="damaged"):
        unpack(bad)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "another program's": lambda path: path.write_bytes(os.urandom(1000)),
    "another day's, renamed by hand": lambda path: path.write_bytes(b"twin day 0\n" + bytes(100)),
    "a folder": a_folder,
    "a link": a_link,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_day_is_no_hit_and_is_kept_anew(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    store.put(DIGEST, pack(record()))
    (path,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    DAMAGES[damage](path)
    assert store.get(DIGEST) is None
    store.put(DIGEST, pack(record(1)))
    found = store.get(DIGEST)
    assert damage == "a folder" or (found is not None and same(found, record(1)))


def test_a_store_that_cannot_be_written_keeps_nothing_and_says_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here is no folder", encoding="utf-8")
    store = Store(blocked)
    store.put(DIGEST, pack(record()))
    assert store.get(DIGEST) is None
    assert blocked.read_text(encoding="utf-8") == "here is no folder"


def test_days_that_were_not_used_for_longest_go_first(tmp_path: Path) -> None:
    packed = pack(record(instants=50, signals=50))
    store = Store(tmp_path, most_bytes=10 * len(packed))
    for number in range(10):
        store.put(f"{number:040x}", packed)
        os.utime(tmp_path / "00" / f"{number:040x}", (number, number))
    assert store.get(f"{0:040x}") is not None  # used now
    for number in range(10, 12):
        Store(tmp_path, most_bytes=10 * len(packed)).put(f"{number:040x}", packed)
    left = {int(path.name, 16) for path in tmp_path.rglob("*") if path.is_file()}
    assert {0, 10, 11} <= left
    assert 1 not in left
    assert len(left) <= 10


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(DIGEST, pack(record()))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [DIGEST]
    assert stat.S_IMODE(files[0].stat().st_mode) & 0o077 == 0


def test_where_the_store_lies(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert store_of_user({"TWIN_DAYS": "off", **home}) is None
    assert store_of_user({}) is None
    for variables, place in (
        ({"TWIN_DAYS": str(tmp_path / "own")}, tmp_path / "own"),
        ({"XDG_CACHE_HOME": str(tmp_path / "cache")}, tmp_path / "cache" / "twin" / "days"),
        (home, tmp_path / ".cache" / "twin" / "days"),
    ):
        store = store_of_user(variables)
        assert store is not None
        store.put(DIGEST, pack(record()))
        assert (place / "ab" / DIGEST).is_file()

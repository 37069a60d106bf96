"""Compiled kernels where nothing can be written: found if they were kept, else compiled anew with a word."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit
from numba.core.caching import FunctionCache

import twin
from twin import interrupts
from twin.compiled import NOT_KEPT, _Kept, meaning

KERNEL = """
from twin.compiled import compiled

@compiled
def add(a: float, b: float) -> float:
    return a + b
"""
CALL = """
import os, sys
import numba
numba.njit(lambda a, b: a + b)(1.0, 2.0)  # Python itself may lie where only root reads
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
import kernel
print(kernel.add(1.0, 2.0), sum(kernel.add.stats.cache_hits.values()))
"""
NOBODY, NO_ENTRY = 65534, 54321
TWIN = Path(twin.__file__).parent


@pytest.fixture
def install() -> Iterator[Path]:
    """Yield a folder that everyone may read, with a kernel and the module that compiles it."""
    with tempfile.TemporaryDirectory(prefix="twin-test-") as name:
        folder = Path(name)
        (folder / "twin").mkdir()
        (folder / "twin" / "__init__.py").touch()
        for name in ("compiled.py", "interrupts.py"):
            shutil.copy(TWIN / name, folder / "twin")
        (folder / "kernel.py").write_text(KERNEL)
        (folder / "__pycache__").mkdir()
        (folder / "present").mkdir()
        folder.chmod(0o755)
        yield folder
        lock(folder, 0o755)


def lock(folder: Path, mode: int = 0o555) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(mode if path.is_dir() else mode & 0o666 | 0o444)


def call(folder: Path, user: int = NOBODY, **environment: str) -> tuple[str, str]:
    """Return what is printed and what is said by someone who is not root and has no home."""
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CALL, str(user)],
        env=known | environment,
        cwd=folder / "present",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("user", "environment"),
    [
        (NOBODY, {}),
        (NO_ENTRY, {}),
        (NOBODY, {"HOME": "/nonexistent"}),
        (NOBODY, {"XDG_CACHE_HOME": "/proc"}),
        (NOBODY, {"XDG_CACHE_HOME": "relative"}),
    ],
)
def test_nothing_that_can_be_written_is_one_word(
    install: Path, user: int, environment: dict[str, str]
) -> None:
    lock(install)
    (install / "present").chmod(0o777)
    if os.geteuid() != 0 and "HOME" not in environment:
        pytest.skip("this user has a home")
    assert call(install, user, **environment) == ("3.0 0\n", NOT_KEPT + "\n")
    assert list((install / "present").iterdir()) == []


def test_what_was_compiled_before_is_found_where_nothing_can_be_written(install: Path) -> None:
    (install / "__pycache__").chmod(0o777)
    assert call(install) == ("3.0 0\n", "")
    lock(install)
    assert call(install) == ("3.0 1\n", "")


def test_a_named_folder_is_used(install: Path) -> None:
    lock(install)
    (install / "present").chmod(0o777)
    assert call(install, NUMBA_CACHE_DIR=str(install / "present")) == ("3.0 0\n", "")
    assert call(install, NUMBA_CACHE_DIR=str(install / "present")) == ("3.0 1\n", "")


@pytest.mark.parametrize(
    ("suffix", "content"), [("nbi", b""), ("nbi", None), ("nbc", b"\x80"), ("nbc", None)]
)
def test_a_kept_kernel_that_is_damaged_is_compiled_anew_and_kept(
    install: Path, suffix: str, content: bytes | None
) -> None:
    (install / "__pycache__").chmod(0o777)
    call(install)
    (kept,) = (install / "__pycache__").glob(f"*.{suffix}")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert [call(install) for _ in range(2)] == [("3.0 0\n", ""), ("3.0 1\n", "")]


def test_a_function_of_another_file_that_was_edited_is_compiled_anew_in_all_that_call_it(
    install: Path,
) -> None:
    (install / "__pycache__").chmod(0o777)
    kernel = KERNEL.replace("\n@", "from callee import plus\n@", 1).replace("a + b", "plus(a, b)")
    (install / "kernel.py").write_text(kernel)
    callee = KERNEL.replace("add", "plus")
    (install / "callee.py").write_text(callee)
    assert [call(install) for _ in range(2)] == [("3.0 0\n", ""), ("3.0 1\n", "")]
    (install / "callee.py").write_text(callee.replace("a + b", "a - b"))
    assert [call(install) for _ in range(2)] == [("-1.0 0\n", ""), ("-1.0 1\n", "")]
    (install / "callee.py").write_text("# longer, and the same\n" + callee)
    (install / "kernel.py").touch()
    assert call(install)[0].startswith("3.0")


CALLER = """
@compiled
def caller(x):
    return {}

@compiled
def later(x):
    return far(x)
"""
FAR = """
@compiled
def far(x, k=2.0):
    return {}
"""


class One(NamedTuple):
    a: float
    b: float


class Other(NamedTuple):
    b: float
    a: float


def meant(caller: str, far: str = "x * k", **constants: object) -> str:
    """Return the meaning of a kernel of one module that calls one of another."""
    one, other = ModuleType("one"), ModuleType("other")
    vars(other).update(compiled=_uncached, np=np, **constants)
    exec(FAR.format(far), vars(other))
    vars(one).update({**vars(other), "other": other})
    exec(CALLER.format(caller), vars(one))
    return meaning(vars(one)["caller"].py_func)


def _uncached(function: Callable[..., object]) -> object:
    return njit(function)


@pytest.mark.parametrize(
    ("caller", "before", "after"),
    [
        ("far(x)", {"far": "x * k"}, {"far": "x + k"}),
        ("later(x)", {"far": "x * 2"}, {"far": "x * 3"}),
        ("other.far(x)", {"far": "x * k"}, {"far": "x - k"}),
        ("far(x)", {"far": "x * K", "K": 1.0}, {"far": "x * K", "K": 1.5}),
        ("x + K", {"K": 1}, {"K": 1.0}),
        ("x + other.K", {"K": 1}, {"K": 2}),
        ("x + K[1]", {"K": (1, 2)}, {"K": (1, 3)}),
        ("x + K[1]", {"K": np.array([1.0, 2.0])}, {"K": np.array([1.0, 2.5])}),
        ("x + K[1]", {"K": np.arange(5000)}, {"K": np.arange(5000) + (np.arange(5000) == 2500)}),
        ("K(x, x)", {"K": One}, {"K": Other}),
        ("K(x)", {"K": np.floor}, {"K": np.ceil}),
        ("sum([far(x) for _ in range(2)])", {"far": "x * k"}, {"far": "x / k"}),
    ],
)
def test_a_kernel_is_known_by_what_it_calls_and_by_what_it_names(
    caller: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert meant(caller, **before) == meant(caller, **before)
    assert meant(caller, **before) != meant(caller, **after)
    assert meant("x", **before) == meant("x", **after)


def test_kernels_that_call_each_other_have_a_meaning() -> None:
    assert meant("caller(x - 1) if x > 0 else later(x)") != meant("caller(x - 2) if x > 0 else later(x)")


def test_a_program_that_is_asked_to_end_keeps_a_kernel_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What numba writes beside its place it would leave there."""
    seen: list[int] = []
    monkeypatch.setattr(FunctionCache, "save_overload", lambda *_: seen.append(interrupts._own.deferred))
    _Kept.save_overload(object.__new__(_Kept), None, None)
    assert seen == [1]

"""Compiled kernels where nothing can be written: found if they were kept, else compiled anew with a word."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import twin
from twin.compiled import NOT_KEPT

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
        shutil.copy(TWIN / "compiled.py", folder / "twin")
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
def test_a_kept_kernel_that_is_damaged_is_compiled_anew(
    install: Path, suffix: str, content: bytes | None
) -> None:
    (install / "__pycache__").chmod(0o777)
    call(install)
    (kept,) = (install / "__pycache__").glob(f"*.{suffix}")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert call(install) == ("3.0 0\n", "")

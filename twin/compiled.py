"""Kernels, compiled when they are first called and kept on disk, so that the next program need not.

What was compiled lies beside the code, or in the user's cache folder. An installation that cannot be written
is read where it was compiled before; where there is none and nothing can be written, every program compiles
for itself and says so once. A kept kernel that is damaged, or for which the disk is full, is compiled anew:
no run ends for want of it.
"""

import multiprocessing
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)

Plain = tuple[Any, ...]
"""A named structure without its names: it enters compiled code at half the price, and is named there."""

NOT_KEPT = (
    "compiled code is not kept, so every start takes longer: neither twin's folder nor a cache of the user "
    "can be written (NUMBA_CACHE_DIR names another)"
)
_told = False


def compiled(function: Callable[..., Any]) -> Any:
    """Return a function compiled without Python objects, and kept on disk where that is possible."""
    kernel = njit(function)
    try:
        kernel._cache = _Kept(function)
    except RuntimeError:  # no place for it
        _tell()
    return kernel


def _tell() -> None:
    """Say once that nothing is kept; a worker leaves that to who started it."""
    global _told
    if not _told and multiprocessing.parent_process() is None and sys.stderr is not None:
        print(NOT_KEPT, file=sys.stderr)
    _told = True


class _Filled(InTreeCacheLocator):
    """Beside the code, where it was compiled before by someone who could write there."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Return the place if it holds this function."""
        place = cls(py_func, py_file)
        name = f"{Path(py_file).stem}.{py_func.__qualname__}-{place.get_disambiguator()}."
        return place if any(Path(place.get_cache_path()).glob(f"{name}*.nbi")) else None


class _OfUser(UserWideCacheLocator):
    """The user's cache folder; who has no home has none, and the present folder is no place for it."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Return the place if it can be written."""
        place = Path(cls(py_func, py_file).get_cache_path())
        return super().from_function(py_func, py_file) if place.is_absolute() else None


class _Places(CompileResultCacheImpl):
    """Where kernels are kept; the first that will do."""

    _locator_classes = [UserProvidedCacheLocator, InTreeCacheLocator, _Filled, _OfUser]


class _Kept(FunctionCache):
    """What is kept of a kernel; that it cannot be read or written is no error."""

    _impl_class = _Places

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was kept, None if there is nothing of use."""
        with suppress(Exception):  # cut short, of another version, not to be read
            return super().load_overload(sig, target_context)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, where it can be written."""
        with suppress(Exception):
            super().save_overload(sig, data)

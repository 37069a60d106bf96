"""Kernels, compiled when they are first called and kept on disk, so that the next program need not.

What was compiled lies beside the code, or in the user's cache folder. An installation that cannot be written
is read where it was compiled before; where there is none and nothing can be written, every program compiles
for itself and says so once. A kept kernel that is damaged, or for which the disk is full, is compiled anew:
no run ends for want of it.

Compiled code holds the functions that it calls and the constants that it names, and those of other files too:
a kept kernel is one of the same functions and constants as this program has, or it is compiled anew.
"""

import hashlib
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from inspect import ismodule
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
from numba import njit, types
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)
from numba.core.dispatcher import Dispatcher

from twin.interrupts import deferred

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

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        """Return what a kept kernel is known by."""
        return (*super()._index_key(sig, codegen), meaning(self._py_func))

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was kept, None if there is nothing of use."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # cut short, of another version, not to be read: nothing could be kept beside it
            with deferred(), suppress(Exception):
                self.flush()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, where it can be written."""
        with deferred(), suppress(Exception):
            super().save_overload(sig, data)


def meaning(function: Callable[..., Any]) -> str:
    """Return a sum that differs between functions of which a compiled one could do something else.

    It is taken over the code of a function and of every compiled one that it can call, and over the constants
    that they name, as they were imported: their files may have been changed since.
    """
    told = hashlib.sha256()
    met, ahead = {function}, [function]
    while ahead:
        one: Any = ahead.pop()
        names: set[str] = set()
        for code in _codes(one.__code__):
            constants = [value for value in code.co_consts if not isinstance(value, CodeType)]
            told.update(repr((code.co_code, constants, code.co_names, code.co_varnames)).encode())
            names |= {*code.co_names}
        told.update(repr(one.__defaults__).encode())
        for name, value in _named(one, names):
            if not isinstance(value, Dispatcher):
                told.update(f"{name} {_constant(value)}".encode())
            elif value.py_func not in met:
                met.add(value.py_func)
                ahead.append(value.py_func)
    return told.hexdigest()


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of those within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _named(function: Any, names: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the values of names of a function's module, and of the modules that it names."""
    here = {name: function.__globals__[name] for name in sorted(names) if name in function.__globals__}
    yield from here.items()
    for module, value in here.items():
        if ismodule(value):
            yield from (
                (f"{module}.{name}", vars(value)[name]) for name in sorted(names) if name in vars(value)
            )


def _constant(value: Any) -> str:
    """Return what compiled code takes over of a value, as text."""
    if isinstance(value, bool | int | float | complex | str | bytes | tuple | np.generic):
        return repr(value)
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {value.tobytes().hex()}"
    if isinstance(value, types.ExternalFunction):
        return f"{value} {value.sig}"
    return f"{getattr(value, '__name__', '')} {getattr(value, '_fields', '')}"
